//! What goes to the writer, and what comes back.

use crate::{
    codec::DecodeError,
    idempotency::{IDEMPOTENCY_KEY_DAYS, IdempotencyKey},
    personal::EventError,
    seal::SealError,
    watched_clock::ClockError,
};
use procura_domain::{
    command::Command,
    event::{Event, EventType},
    id::TenantId,
    refusal::Refusal,
    state::FoldError,
    temporal::{Position, Timestamp},
    text::UserPrincipalName,
    vocabulary::{Actor, Author},
};
use procura_eventlog::{EnvelopeError, ReadError};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::{borrow::Cow, collections::BTreeMap, num::TryFromIntError};
use uuid::Uuid;

/// A command with all that comes with it.
#[derive(Debug, Clone)]
pub struct Submission {
    pub command: Command,
    /// Who issues it, and how that is known.
    pub by: Author,
    /// The caller's name for this command, so that a repeat gives the first answer.
    pub key: Option<IdempotencyKey>,
    /// When it happened, for what is brought in from elsewhere. Later than everything recorded, not after the clock.
    pub at: Option<Timestamp>,
    /// The newest position that the caller has seen: the command is refused where there is a newer one about the customer
    /// that it names, else about the partner.
    pub if_match: Option<Position>,
}

impl Submission {
    /// The user principal name that it gives, and in which tenant: whether another has it is to be known first. Of a user of
    /// another tenant it is refused whoever has the name (PEO-1), so nothing is read for it.
    pub(crate) fn given_name(&self) -> Option<(TenantId, &UserPrincipalName)> {
        let names = self.command.names()?;
        let tenant = names.user.tenant;
        let is_own = !matches!(&self.by.actor, Actor::User(user) if user.tenant != tenant);
        Some((tenant, names.user_principal_name?)).filter(|_| is_own)
    }
}

/// What was recorded for a command, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    pub id: Uuid,
    pub recorded_at: Timestamp,
    /// Where its events stand.
    pub positions: Vec<Position>,
    pub events: Vec<RecordedEvent>,
    /// The ids of what it made, given or generated, by field.
    pub result: BTreeMap<Cow<'static, str>, Uuid>,
}

/// An event of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedEvent {
    pub position: Position,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub data: Event,
}

impl<'de> Deserialize<'de> for RecordedEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            position: Position,
            #[serde(rename = "type")]
            event_type: EventType,
            data: serde_json::Value,
        }
        let Fields { position, event_type, data } = Fields::deserialize(deserializer)?;
        let data = Event::read(event_type, data).map_err(D::Error::custom)?;
        Ok(Self { position, event_type, data })
    }
}

impl Recorded {
    pub(crate) fn new(id: Uuid, recorded_at: Timestamp, first: Position, events: Vec<Event>) -> Self {
        let result = events.iter().filter_map(Event::made).map(|(field, id)| (field.into(), id)).collect();
        let events: Vec<_> = (first.0..)
            .zip(events)
            .map(|(position, data)| RecordedEvent { position: Position(position), event_type: data.event_type(), data })
            .collect();
        let positions = events.iter().map(|event| event.position).collect();
        Self { id, recorded_at, positions, events, result }
    }
}

/// Why a command was not recorded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("this idempotency key was used for another command; use a new key for each command")]
    IdempotencyKeyReused,
    #[error(
        "there are as many idempotency keys of the last {IDEMPOTENCY_KEY_DAYS} days as a tenant or an operator may have: send the command without one, or when the oldest is forgotten, in {seconds} s"
    )]
    IdempotencyQuota {
        /// Until the oldest is forgotten.
        seconds: u64,
    },
    /// The time given is not later than what is recorded.
    #[error("`at`: {at} is not later than the newest record, of {newest}; recorded times only go forward")]
    TimeGoesBack { at: Timestamp, newest: Timestamp },
    #[error("`at`: {at} is after the clock, which says {clock}")]
    TimeAhead { at: Timestamp, clock: Timestamp },
    /// The time given is finer than a microsecond, in a leap second, or before 1970.
    #[error("`at`: {0} is not a time in whole microseconds, from 1970 on and outside leap seconds")]
    TimeUnfit(Timestamp),
    /// There are newer events than the caller has seen. Which, the caller may not know (VIS-6).
    #[error(
        "there is something newer than position {expected}, which the command expected: read what happened, and decide \
         again"
    )]
    PositionConflict { expected: Position },
    /// The caller has seen more than there is: another line of the log's history.
    #[error(
        "position {expected}, which the command expected, is beyond the newest, {newest}: the log was restored from a \
         backup since; read what happened, and decide again"
    )]
    PositionAhead { expected: Position, newest: Position },
    /// The clock is not one to record by.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// There is no room left where the log is kept.
    #[error("the disk of the log has less room than `--free-space-min` wants: nothing is recorded until there is more")]
    LowSpace,
    /// Its events are larger than a commit may be.
    #[error("the command's events take {bytes} bytes; at most {max} fit in a commit")]
    TooLarge { bytes: usize, max: usize },
    #[error("too many commands are waiting; try again in a moment")]
    Busy,
    #[error("the service is stopping; the command was not recorded, or is not known to be")]
    Stopping,
    #[error("internal fault, nothing was recorded: {0}")]
    Fault(#[from] Fault),
    #[error("the names of the tenant's users cannot be read from the log: {0}")]
    NamesUnreadable(EventError),
    #[error("the first answer to this command cannot be read back from the log: {0}")]
    Unreadable(#[from] AnswerError),
}

/// A fault of this program, found before anything was written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A decided event does not follow from what was recorded: a fault of the rules.
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It was put in the queue before its tenant's names were read.
    #[error("the names of the tenant's users are not read yet")]
    NamesUnread,
    #[error("a commit of more events than a number counts: {0}")]
    Size(#[from] TryFromIntError),
}

/// Why the first answer to a repeated command cannot be given again.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("nothing stands at position {0}")]
    Nothing(Position),
}
