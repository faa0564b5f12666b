//! How commands come in and how events look in the log: JSON to the domain's types and back.

use crate::{
    idempotency::IdempotencyKey,
    misfit::{Misfit, MisfitKind},
    upcast::{UPCASTS, Upcast, newest_version, upcast},
    written::is_written,
};
use procura_domain::{
    command::Command,
    event::{Event, EventType},
    id::{ObjectId, TenantId},
    temporal::Timestamp,
    text::TokenIssuer,
    vocabulary::{Actor, Authentication, Author, User, did_you_mean, nearest, shortened},
};
use procura_eventlog::{self as eventlog, CommitPart, Envelope, EnvelopeError};
use serde_json::value::RawValue;
use std::borrow::Borrow;
use uuid::Uuid;

/// The version that events of that type are written with.
pub fn event_version(event_type: EventType) -> u32 {
    newest_version(UPCASTS, event_type)
}

/// A command that has not the shape of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error(
        "there is no command `{}`; the commands are {}{}",
        shortened(.0),
        Command::NAMES.join(", "),
        did_you_mean(nearest(.0, Command::NAMES.iter().copied()))
    )]
    Unknown(String),
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A field is missing, unknown, given twice or of the wrong type.
    #[error("`{field}`: {problem}")]
    Malformed { field: String, problem: String },
    /// A field has a value that it does not take.
    #[error("`{field}`: {problem}")]
    OutOfRange { field: String, problem: String },
}

/// Reads the command of that name from the JSON of its fields.
///
/// # Errors
/// [`CommandError`] names the command, or the field and what is wrong with it.
pub fn read_command(name: &str, fields: &[u8]) -> Result<Command, CommandError> {
    let mut json = serde_json::Deserializer::from_slice(fields);
    let mut track = serde_path_to_error::Track::new();
    let read = Command::read(name, serde_path_to_error::Deserializer::new(&mut json, &mut track));
    let Some(read) = read else { return Err(CommandError::Unknown(shortened(name))) };
    let command = read.map_err(|error| Misfit::of(&track.path().to_string(), &error))?;
    json.end().map_err(|error| CommandError::NotJson(error.to_string()))?;
    Ok(command)
}

impl From<Misfit> for CommandError {
    fn from(Misfit { field, problem, kind }: Misfit) -> Self {
        let field = if field.is_empty() { "data".to_owned() } else { field };
        match kind {
            MisfitKind::Syntax => Self::NotJson(problem),
            MisfitKind::Shape => Self::Malformed { field, problem },
            MisfitKind::Value => Self::OutOfRange { field, problem },
        }
    }
}

/// An event of the log that this version cannot read. Never skipped: the log is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// An unknown event type, or an unknown version of a known one.
    #[error(
        "event type {name} version {version} is unknown. It was written by a newer Procura: use that version or a newer one"
    )]
    UnknownType { name: String, version: u32 },
    /// Its data are not what that type says.
    #[error("the data of a {name} event are not what version {version} of it says: {problem}")]
    Data { name: EventType, version: u32, problem: String },
    /// Who issued the token is not written as this version writes it.
    #[error("the issuer of an event's token {problem}")]
    Issuer { problem: String },
}

/// Reads the event in an envelope. The data of the version that is written today must be, byte for byte, what would be
/// written; those of an older one are brought up to it, in memory alone.
///
/// # Errors
/// [`DecodeError`] where the type or the version is unknown, or the data do not fit it.
pub fn decode<Text: AsRef<str>, Tenants, Data: Borrow<RawValue>, Sealed>(
    envelope: &Envelope<Text, Tenants, Data, Sealed>,
) -> Result<Event, DecodeError> {
    decode_with(UPCASTS, envelope)
}

pub(crate) fn decode_with<Text: AsRef<str>, Tenants, Data: Borrow<RawValue>, Sealed>(
    upcasts: &[Upcast],
    envelope: &Envelope<Text, Tenants, Data, Sealed>,
) -> Result<Event, DecodeError> {
    let event_type = envelope.event_type.as_ref();
    let unknown = || DecodeError::UnknownType { name: event_type.to_owned(), version: envelope.version };
    let name: EventType = event_type.parse().map_err(|_| unknown())?;
    let (version, newest) = (envelope.version, newest_version(upcasts, name));
    if !(1..=newest).contains(&version) {
        return Err(unknown());
    }
    let unfit = |problem: String| DecodeError::Data { name, version, problem };
    let data = envelope.data.borrow().get();
    if version < newest {
        let old = serde_json::from_str(data).map_err(|error| unfit(error.to_string()))?;
        let data = upcast(upcasts, name, version, old).map_err(unfit)?;
        return Event::read(name, data).map_err(|error| unfit(error.to_string()));
    }
    let event = Event::read(name, &mut serde_json::Deserializer::from_str(data)).map_err(|e| unfit(e.to_string()))?;
    match is_written(&event, data) {
        Ok(true) => Ok(event),
        Ok(false) => Err(unfit("it has fields or spellings of its own".to_owned())),
        Err(error) => Err(unfit(error.to_string())),
    }
}

/// What all events of a commit share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommitHead<'a> {
    pub(crate) command: Uuid,
    pub(crate) by: &'a Author,
    pub(crate) idempotency: Option<(&'a IdempotencyKey, [u8; 32])>,
    pub(crate) recorded_at: Timestamp,
    pub(crate) imported_at: Option<Timestamp>,
}

/// Puts an event in its envelope, with what is sealed beside it: the bytes that are stored.
pub(crate) fn encode(
    head: CommitHead,
    event: &Event,
    position: u64,
    commit: CommitPart,
    id: Uuid,
    salt: [u8; 16],
    sealed: Option<Box<RawValue>>,
) -> Result<Vec<u8>, EnvelopeError> {
    let idempotency = head.idempotency.map(|(key, body_hash)| eventlog::Idempotency { key: key.as_str(), body_hash });
    Envelope {
        id,
        event_type: event.event_type().name(),
        version: event_version(event.event_type()),
        position,
        commit,
        tenants: event.tenants(),
        actor: write_actor(&head.by.actor),
        authentication: write_authentication(head.by.authentication),
        issuer: head.by.issuer.as_deref(),
        command: head.command,
        idempotency,
        recorded_at: head.recorded_at,
        imported_at: head.imported_at,
        salt,
        data: event,
        sealed,
    }
    .encode()
}

fn write_actor(actor: &Actor) -> eventlog::StoredActor<&str> {
    match actor {
        Actor::User(user) => eventlog::StoredActor::User { tenant: user.tenant.guid(), user: user.user.guid() },
        Actor::Operator(name) => eventlog::StoredActor::Operator(name),
    }
}

/// The actor in an envelope, as the domain knows it.
pub(crate) fn read_actor(actor: &eventlog::StoredActor<impl AsRef<str>>) -> Actor {
    match actor {
        eventlog::StoredActor::User { tenant, user } => {
            Actor::User(User { tenant: TenantId::new(*tenant), user: ObjectId::new(*user) })
        }
        eventlog::StoredActor::Operator(name) => Actor::Operator(name.as_ref().to_owned()),
    }
}

fn write_authentication(authentication: Authentication) -> eventlog::StoredAuthentication {
    match authentication {
        Authentication::Token => eventlog::StoredAuthentication::Token,
        Authentication::Stated => eventlog::StoredAuthentication::Stated,
    }
}

/// Who made an event happen, by its envelope.
///
/// # Errors
/// [`DecodeError::Issuer`] where the issuer's name is not one that this version writes.
pub fn read_author<Text: AsRef<str>, Tenants, Data, Sealed>(
    envelope: &Envelope<Text, Tenants, Data, Sealed>,
) -> Result<Author, DecodeError> {
    let authentication = match envelope.authentication {
        eventlog::StoredAuthentication::Token => Authentication::Token,
        eventlog::StoredAuthentication::Stated => Authentication::Stated,
    };
    let issuer = envelope.issuer.as_ref().map(|issuer| TokenIssuer::new(issuer.as_ref())).transpose();
    let issuer = issuer.map_err(|error| DecodeError::Issuer { problem: error.to_string() })?;
    if issuer.is_some() && authentication == Authentication::Stated {
        return Err(DecodeError::Issuer { problem: "stands beside an actor that was stated".to_owned() });
    }
    Ok(Author { actor: read_actor(&envelope.actor), authentication, issuer })
}
