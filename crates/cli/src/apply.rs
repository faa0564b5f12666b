//! `procura apply`: commands from JSON lines, one result line each.

use crate::{
    args::{Apply, Place},
    data,
    export::bar,
    failure::Failure,
    remote::{Remote, Response},
};
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, ready},
    stream::FuturesOrdered,
};
use indicatif::ProgressBar;
use procura_engine::{
    Engine, QUEUE_COMMANDS_MAX,
    line::{Line, LineAnswer},
};
use serde_json::{Map, Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader, IsTerminal, Write},
    path::Path,
    process::ExitCode,
    thread,
};
use tokio::sync::mpsc;

/// How many commands wait for their answers at a time: they share the frames of the log.
const IN_FLIGHT_COMMANDS_MAX: usize = QUEUE_COMMANDS_MAX / 4;

pub(crate) async fn run(arguments: Apply) -> Result<ExitCode, Failure> {
    let Apply { place: Place { data, server }, token, public_url, file } = arguments;
    let (lines, length) = lines(file.as_deref())?;
    let mut tally = Tally { applied: 0, refused: 0, progress: progress(length) };
    let done = match (data, server) {
        (Some(data), _) => {
            let data = data::open_or_make(&data, public_url).await?;
            apply_here(&data.engine, lines, &mut tally).await
        }
        (None, server) => {
            let remote = Remote::new(&server.unwrap_or_default(), &token.unwrap_or_default());
            apply_there(&remote, lines, &mut tally).await
        }
    };
    tally.progress.finish_and_clear();
    let code = done.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS);
    anstream::eprintln!("applied {}, refused {}", tally.applied, tally.refused);
    Ok(code)
}

/// How it goes.
struct Tally {
    applied: u64,
    refused: u64,
    progress: ProgressBar,
}

impl Tally {
    /// Prints a result line.
    fn answer(&mut self, recorded: bool, line: &impl serde::Serialize) -> Result<(), Failure> {
        *(if recorded { &mut self.applied } else { &mut self.refused }) += 1;
        let mut text = serde_json::to_string(line).map_err(|error| Failure::Internal(error.to_string()))?;
        text.push('\n');
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
    }
}

/// A bar by bytes read, where results do not go to the same terminal.
fn progress(length: Option<u64>) -> ProgressBar {
    match length {
        Some(length) if !std::io::stdout().is_terminal() => bar(length),
        _ => ProgressBar::hidden(),
    }
}

struct Numbered {
    number: u64,
    text: String,
}

type Lines = mpsc::Receiver<Result<Numbered, Failure>>;

/// The lines of the file or of standard input, read on a thread of their own; empty lines are passed over.
fn lines(file: Option<&Path>) -> Result<(Lines, Option<u64>), Failure> {
    let (input, length): (Box<dyn BufRead + Send>, _) = match file {
        None => (Box::new(BufReader::new(std::io::stdin())), None),
        Some(path) => {
            let at = |source| Failure::File { path: path.to_owned(), source };
            let file = File::open(path).map_err(at)?;
            let length = file.metadata().map_err(at)?.len();
            (Box::new(BufReader::new(file)), Some(length))
        }
    };
    let (sender, lines) = mpsc::channel(IN_FLIGHT_COMMANDS_MAX);
    thread::spawn(move || {
        for (number, text) in (1..).zip(input.lines()) {
            let line = text.map(|text| Numbered { number, text });
            let line = line.map_err(|source| Failure::Unreadable { line: number, source });
            let last = line.is_err();
            let empty = line.as_ref().is_ok_and(|line| line.text.trim().is_empty());
            if (!empty && sender.blocking_send(line).is_err()) || last {
                break;
            }
        }
    });
    Ok((lines, length))
}

/// Applies the lines to the log of this process. Many are on their way at a time; answers come in the lines' order.
async fn apply_here(engine: &Engine, mut lines: Lines, tally: &mut Tally) -> Result<(), Failure> {
    let mut waiting: FuturesOrdered<BoxFuture<'static, LineAnswer>> = FuturesOrdered::new();
    let mut stopped = None;
    let mut more = true;
    while more || !waiting.is_empty() {
        tokio::select! {
            biased;
            Some(answer) = waiting.next(), if !waiting.is_empty() => {
                // Nobody reads the answers any more: take no further line, but count what is on its way.
                if let Err(failure) = tally.answer(answer.is_recorded(), &answer) {
                    (more, stopped) = (false, Some(failure));
                }
            }
            line = lines.recv(), if more && waiting.len() < IN_FLIGHT_COMMANDS_MAX => match line {
                None => more = false,
                Some(line) => match line.and_then(|line| Ok((line.text.len(), read(&line)?))) {
                    Ok((bytes, line)) => {
                        waiting.push_back(submit(engine, line));
                        tally.progress.inc(bytes as u64 + 1);
                    }
                    // What came before it is answered; nothing behind it is applied.
                    Err(failure) => (more, stopped) = (false, Some(failure)),
                },
            },
        }
    }
    stopped.map_or(Ok(()), Err)
}

fn read(line: &Numbered) -> Result<Line, Failure> {
    Line::read(&line.text).map_err(|source| Failure::Line { line: line.number, source })
}

/// Puts the line in the queue now; the future waits for its answer.
fn submit(engine: &Engine, line: Line) -> BoxFuture<'static, LineAnswer> {
    let submission = match line.submission() {
        Ok(submission) => submission,
        Err(error) => return ready(LineAnswer::invalid(line.id.as_ref(), &error)).boxed(),
    };
    match engine.enqueue(submission) {
        Ok(answer) => async move { LineAnswer::new(line.id.as_ref(), answer.await) }.boxed(),
        Err(error) => ready(LineAnswer::new(line.id.as_ref(), Err(error))).boxed(),
    }
}

/// Applies the lines over HTTP, one after the other, as the token's user.
async fn apply_there(remote: &Remote, mut lines: Lines, tally: &mut Tally) -> Result<(), Failure> {
    let me = remote.caller()?;
    while let Some(line) = lines.recv().await {
        let numbered = line?;
        let line = read(&numbered)?;
        let not_over_http = |problem| Failure::NotOverHttp { line: numbered.number, problem };
        if line.at.is_some() {
            return Err(not_over_http("`at` is for local imports only; over HTTP the server's clock says when"));
        }
        if !me.issues(&line.actor) {
            return Err(not_over_http(
                "`actor` is not the token's user; over HTTP a command is issued by whoever sends it",
            ));
        }
        let key = line.id.as_ref().map(ToString::to_string);
        let path = format!("/v1/commands/{}", line.command);
        let response = remote.post(&path, key.as_deref(), line.data.get())?;
        let (recorded, answer) = result_line(key, response)?;
        tally.answer(recorded, &answer)?;
        tally.progress.inc(numbered.text.len() as u64 + 1);
    }
    Ok(())
}

/// The result line for what the server answered. What is no answer to this command ends the run.
fn result_line(key: Option<String>, response: Response) -> Result<(bool, Value), Failure> {
    if matches!(response.status, 401 | 415 | 429 | 500..) {
        return response.expect_status(201).map(|body| (false, body));
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
    Ok((recorded, Value::Object(line)))
}
