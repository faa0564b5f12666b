//! Commands as lines of JSON, for imports, scripts and tests: a command, who issues it, perhaps when.

use crate::{Error, error::Code};
use procura_domain::{
    command::named_fields,
    event::EventType,
    rule::Rule,
    temporal::{Position, Timestamp},
    vocabulary::{Actor, Author, User},
};
use procura_engine::{
    IdempotencyKey, KeyError, Misfit, Recorded, Submission,
    codec::{self, CommandError},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap};
use uuid::Uuid;

/// A line that is no command: it cannot be answered, only reported.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is not the JSON of a line.
    #[error(
        "`{field}`: {problem}; a line is {{\"command\":…,\"actor\":…,\"data\":{{…}}}}, with `id` and `at` as it likes"
    )]
    Shape {
        /// The field that it is about; `.` where it is about the line.
        field: String,
        problem: String,
    },
    #[error("`id`: {0}")]
    Id(#[from] KeyError),
}

/// A line of commands.
#[derive(Debug)]
pub struct Line {
    pub command: String,
    pub actor: Actor,
    /// When it happened, for what is brought in from elsewhere.
    pub at: Option<Timestamp>,
    /// The caller's name for it.
    pub id: Option<IdempotencyKey>,
    /// The command's fields, as JSON.
    pub data: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    command: String,
    #[serde(deserialize_with = "named_fields")]
    actor: ActorFields,
    at: Option<Timestamp>,
    id: Option<String>,
    data: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`actor` is {\"tenant\":…,\"user\":…} or {\"operator\":…}")]
enum ActorFields {
    User(User),
    Operator(OperatorFields),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorFields {
    operator: String,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// [`LineError`] where it is not one. What is wrong with the command itself shows when it is submitted.
    pub fn read(line: &str) -> Result<Self, LineError> {
        let mut json = serde_json::Deserializer::from_str(line);
        let mut track = serde_path_to_error::Track::new();
        let read = named_fields(serde_path_to_error::Deserializer::new(&mut json, &mut track));
        let read = read.and_then(|read| json.end().map(|()| read));
        let fields = read.map_err(|error| {
            let Misfit { field, problem, .. } = Misfit::of(&track.path().to_string(), &error);
            LineError::Shape { field: if field.is_empty() { ".".to_owned() } else { field }, problem }
        })?;
        let Fields { command, actor, at, id, data } = fields;
        let actor = match actor {
            ActorFields::User(user) => Actor::User(user),
            ActorFields::Operator(OperatorFields { operator }) => Actor::Operator(operator),
        };
        let id = id.map(|id| id.parse()).transpose()?;
        Ok(Self { command, actor, at, id, data })
    }

    /// The command to submit: its actor is stated, not authenticated.
    ///
    /// # Errors
    /// [`CommandError`] names the field that is wrong.
    pub fn submission(&self) -> Result<Submission, CommandError> {
        let command = codec::read_command(&self.command, self.data.get().as_bytes())?;
        let by = Author::stated(self.actor.clone());
        Ok(Submission { command, by, key: self.id.clone(), at: self.at, if_match: None })
    }
}

/// The answer to a line.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum LineAnswer {
    Recorded {
        /// The line's own id, else the command's.
        id: String,
        /// Always true.
        ok: bool,
        /// Where its events stand.
        positions: Vec<Position>,
        events: Vec<EventType>,
        /// The ids of what it made.
        result: BTreeMap<Cow<'static, str>, Uuid>,
    },
    Refused {
        /// The line's own id.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Always false.
        ok: bool,
        code: Code,
        /// The rule it rests on.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Rule>,
        message: String,
    },
}

impl LineAnswer {
    /// The answer to a line with that id.
    pub fn new(id: Option<&IdempotencyKey>, outcome: Result<Recorded, Error>) -> Self {
        let id = id.map(ToString::to_string);
        match outcome {
            Ok(Recorded { id: command, positions, events, result, .. }) => {
                let id = id.unwrap_or_else(|| command.to_string());
                let events = events.into_iter().map(|event| event.event_type).collect();
                Self::Recorded { id, ok: true, positions, events, result }
            }
            Err(error) => {
                let (code, rule, message) = (error.code(), error.rule(), error.detail().to_owned());
                Self::Refused { id, ok: false, code, rule, message }
            }
        }
    }

    /// Whether it was recorded.
    pub fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded { .. })
    }
}
