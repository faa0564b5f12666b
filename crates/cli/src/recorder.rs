//! Where commands go: into the log of this process, or to a server as the token's user. The answers are alike.

use crate::{
    failure::Failure,
    pipeline::Pending,
    remote::{Remote, Response},
};
use futures_util::{FutureExt, future::ready};
use procura_engine::{
    Engine,
    line::{Line, LineAnswer},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Takes commands; clones are the same one.
#[derive(Clone)]
pub(crate) enum Recorder {
    /// The log of this process.
    Here(Engine),
    /// A server. Whoever its token names is the actor, whatever a line says.
    There(Remote),
}

/// The answer to a line, as it is printed.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Here(LineAnswer),
    There(Value),
}

impl Recorder {
    /// Sends a command. Here it is in the queue when this returns, and many may wait; a server answers one at a time.
    pub(crate) fn record(&self, line: &Line) -> Pending<Answer> {
        match self {
            Self::Here(engine) => submit(engine, line),
            Self::There(remote) => ready(post(remote, line)).boxed(),
        }
    }
}

impl Answer {
    /// Whether the command was recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        match self {
            Self::Here(answer) => answer.is_recorded(),
            Self::There(line) => line.get("ok") == Some(&Value::Bool(true)),
        }
    }

    /// A text in it, by its JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> Option<String> {
        let line = serde_json::to_value(self).ok()?;
        line.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }
}

fn submit(engine: &Engine, line: &Line) -> Pending<Answer> {
    let id = line.id.clone();
    let answered = |answer| Ok(Answer::Here(answer));
    let submission = match line.submission() {
        Ok(submission) => submission,
        Err(error) => return ready(answered(LineAnswer::invalid(id.as_ref(), &error))).boxed(),
    };
    match engine.enqueue(submission) {
        Ok(answer) => async move { answered(LineAnswer::new(id.as_ref(), answer.await)) }.boxed(),
        Err(error) => ready(answered(LineAnswer::new(id.as_ref(), Err(error)))).boxed(),
    }
}

fn post(remote: &Remote, line: &Line) -> Result<Answer, Failure> {
    let key = line.id.as_ref().map(ToString::to_string);
    let response = remote.post(&format!("/v1/commands/{}", line.command), key.as_deref(), line.data.get())?;
    result_line(key, response).map(Answer::There)
}

/// The result line for what the server answered. What is no answer to this command ends the run.
fn result_line(key: Option<String>, response: Response) -> Result<Value, Failure> {
    if matches!(response.status, 401 | 415 | 429 | 500..) {
        return response.expect_status(201);
    }
    let recorded = response.status == 201;
    let field = |name: &str| response.body.get(name).cloned();
    let types =
        |events: Value| events.as_array().into_iter().flatten().map(|event| event.get("type").cloned()).collect();
    let id = key.map(Value::String);
    let fields = if recorded {
        let events = field("events").map(types).map(|types: Vec<Option<Value>>| json!(types));
        vec![
            ("id", id.or(field("id"))),
            ("positions", field("positions")),
            ("events", events),
            ("result", field("result")),
        ]
    } else {
        vec![("id", id), ("code", field("code")), ("rule", field("rule")), ("message", field("detail"))]
    };
    let mut line = Map::from_iter([("ok".to_owned(), Value::Bool(recorded))]);
    line.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(Value::Object(line))
}
