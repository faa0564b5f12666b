//! A command with its fields and who issues it, taken from the command line: to be tried, or to be issued.

use crate::{args::Issue, asking::Asked, erase, failure::Failure, labels::Labels, naming::Naming, remote::Remote};
use procura_app::{
    Error,
    commands::{Line, Outcome, submit, what_if},
    find::ThingKind,
};
use procura_domain::{temporal::Position, visibility::Reader, vocabulary::Actor};
use procura_engine::{Submission, ambient::Entropy};
use serde_json::{Map, Value, json};
use std::{thread, time::Duration};

/// How often a command is sent whose answer was lost.
const TRIES: usize = 4;
/// How long to wait before it is sent again.
const PAUSE: Duration = Duration::from_millis(500);

/// A command, ready to be tried or issued; clones nothing, so that it is issued once.
pub(crate) struct Issuing {
    pub(crate) asked: Asked,
    pub(crate) command: String,
    /// The customer, partner or tenant that it is about, as it was written.
    pub(crate) about: Option<String>,
    fields: Value,
    /// Who issues it; over HTTP the token's user does.
    actor: Option<Value>,
}

/// What it did or would do. What the rules say no to is an answer; what is no command, or did not reach them, is an error.
pub(crate) type Answer = Result<Value, Error>;

impl Issuing {
    /// The command that the flags give, with ids for what they name.
    pub(crate) async fn of(command: String, issue: Issue) -> Result<Self, Failure> {
        let Issue { fields, place, token, issuer, operator, .. } = issue;
        let mut fields = object(&fields)?;
        let about =
            ["customer", "partner", "tenant"].iter().find_map(|name| fields.get(*name)?.as_str()).map(str::to_owned);
        let asked = Asked::open(&place, token.as_deref()).await?;
        let naming = Naming::by(&asked);
        naming.fields(&mut fields).await?;
        let actor = match (&asked, issuer.as_deref()) {
            (Asked::There(_), _) => None,
            (Asked::Here(_), None) => Some(json!({"operator": erase::operator(operator)})),
            (Asked::Here(_), Some(issuer)) => Some(match issuer.strip_prefix("operator:") {
                Some(operator) => json!({"operator": operator}),
                None => {
                    let user = naming.id("--as", ThingKind::User, issuer).await?;
                    let (tenant, user) = user.split_once('/').ok_or(Failure::NotAUser)?;
                    json!({"tenant": tenant, "user": user})
                }
            }),
        };
        Ok(Self { asked, command, about, fields, actor })
    }

    /// Who issues it, for people.
    pub(crate) async fn issuer(&self) -> Result<String, Failure> {
        let actor = match &self.asked {
            Asked::Here(_) => self.submission()?.by.actor,
            Asked::There(remote) => match remote.caller()?.actor() {
                Ok(actor) => actor,
                Err(error) => return Err(Failure::Refused(error)),
            },
        };
        let stated = if self.actor.is_some() { ", as stated" } else { "" };
        Ok(match actor {
            Actor::Operator(operator) => format!("operator {operator}{stated}"),
            Actor::User(user) => {
                let mut labels = Labels::default();
                labels.want("user", &user.to_string());
                let labels = labels.ask(&self.asked).await?;
                format!("{}{stated}", labels.of("user", &user.to_string()))
            }
        })
    }

    /// What it would do now.
    pub(crate) async fn what_if(&self) -> Result<Answer, Failure> {
        match &self.asked {
            Asked::Here(data) => here(match self.submission() {
                Ok(submission) => what_if(&data.engine, Reader::Overseer, submission).await.map(|told| told.answer),
                Err(failure) => return Err(failure),
            }),
            Asked::There(remote) => there(remote.post(&format!("{}?dryRun=true", self.path()), None, &self.body())),
        }
    }

    /// Has it recorded, unless something newer than that position concerns it. One that a lost answer has sent again is
    /// recorded once.
    pub(crate) async fn record(&self, seen: Option<Position>) -> Result<Answer, Failure> {
        match &self.asked {
            Asked::Here(data) => {
                let submission = Submission { if_match: seen, ..self.submission()? };
                here(submit(&data.engine, Reader::Overseer, submission).await.map(|told| told.answer))
            }
            Asked::There(remote) => self.send(remote, seen),
        }
    }

    fn send(&self, remote: &Remote, seen: Option<Position>) -> Result<Answer, Failure> {
        let key = Entropy::from_os().guid().to_string();
        let mut left = TRIES;
        loop {
            left = left.saturating_sub(1);
            match remote.post_since(&self.path(), Some(&key), seen, &self.body()) {
                Err(failure) if !failure.leaves_open() => return there(Err(failure)),
                Err(failure) if left == 0 => {
                    return Err(Failure::Unanswered { command: self.command.clone(), cause: failure.to_string() });
                }
                Err(_) => thread::sleep(PAUSE),
                Ok(answer) => return there(Ok(answer)),
            }
        }
    }

    fn submission(&self) -> Result<Submission, Failure> {
        let line = json!({"command": self.command, "actor": self.actor, "data": self.fields}).to_string();
        let line = Line::read(&line).map_err(|error| Failure::NotAsked(error.to_string()))?;
        line.submission().map_err(|error| Failure::Refused(error.into()))
    }

    fn path(&self) -> String {
        format!("/v1/commands/{}", self.command)
    }

    fn body(&self) -> String {
        self.fields.to_string()
    }
}

fn here(outcome: Result<Outcome, Error>) -> Result<Answer, Failure> {
    match outcome {
        Ok(outcome) => Ok(Ok(serde_json::to_value(outcome).map_err(internal)?)),
        Err(error) if error.is_refusal() => Ok(Err(error)),
        Err(error) => Err(Failure::Refused(error)),
    }
}

fn there(answer: Result<Value, Failure>) -> Result<Answer, Failure> {
    match answer {
        Err(Failure::Refused(error)) if error.is_refusal() => Ok(Err(error)),
        answer => Ok(Ok(answer?)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it on")]
pub(crate) fn internal(error: serde_json::Error) -> Failure {
    Failure::Internal(error.to_string())
}

/// The fields as JSON: `a.b=c` is a field in a field; what reads as an object, a list, a number, a quoted text, true or
/// false is that, and anything else a text.
fn object(fields: &[(String, String)]) -> Result<Value, Failure> {
    let mut object = Map::new();
    for (name, value) in fields {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
        let taken = || {
            let problem = "is given twice, or as a value and with fields of its own; give it once".to_owned();
            Failure::Flag { flag: name.clone(), problem }
        };
        let (path, last) = name.rsplit_once('.').map_or((None, name.as_str()), |(path, last)| (Some(path), last));
        let mut inside = &mut object;
        for part in path.into_iter().flat_map(|path| path.split('.')) {
            let part = inside.entry(part).or_insert_with(|| Value::Object(Map::new()));
            inside = part.as_object_mut().ok_or_else(taken)?;
        }
        if inside.insert(last.to_owned(), value).is_some() {
            return Err(taken());
        }
    }
    Ok(Value::Object(object))
}
