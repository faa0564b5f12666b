//! An event of the log as its readers share it.

use crate::codec::{self, DecodeError};
use procura_domain::{
    event::Event,
    temporal::{Position, Timestamp},
    vocabulary::Author,
};
use procura_eventlog::Envelope;
use std::sync::OnceLock;
use uuid::Uuid;

/// Whether a reader is told who made an event happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Told,
    Untold,
}

/// An event of the log, decoded.
#[derive(Debug)]
pub struct LoggedEvent {
    pub event: Event,
    pub by: Author,
    pub(crate) envelope: Envelope,
    /// As JSON, once somebody asked: with its author, and without.
    json: [OnceLock<Box<str>>; 2],
}

impl LoggedEvent {
    /// Decodes what the log has.
    ///
    /// # Errors
    /// [`DecodeError`] where this version cannot read it.
    pub fn read(envelope: Envelope) -> Result<Self, DecodeError> {
        let (event, by) = (codec::decode(&envelope)?, codec::read_author(&envelope)?);
        Ok(Self { event, by, envelope, json: [const { OnceLock::new() }; 2] })
    }

    /// Where it stands.
    pub fn position(&self) -> Position {
        Position(self.envelope.position)
    }

    /// When it was recorded.
    pub fn recorded_at(&self) -> Timestamp {
        self.envelope.recorded_at
    }

    /// The command that made it happen.
    pub fn command(&self) -> Uuid {
        self.envelope.command
    }

    /// When it was brought in, if it was recorded elsewhere before.
    pub fn imported_at(&self) -> Option<Timestamp> {
        self.envelope.imported_at
    }

    /// It as JSON, which is written once for all readers who are told as much.
    pub(crate) fn json<E>(&self, who: Who, write: impl FnOnce() -> Result<String, E>) -> Result<&str, E> {
        let [told, untold] = &self.json;
        let cell = match who {
            Who::Told => told,
            Who::Untold => untold,
        };
        match cell.get() {
            Some(json) => Ok(json),
            None => write().map(|json| &**cell.get_or_init(|| json.into())),
        }
    }
}
