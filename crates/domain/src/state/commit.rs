//! The events of a commit, and why one is not taken in.

use super::preconditions::Precondition;
use crate::{
    event::Event,
    temporal::{EventRef, Position, Timestamp},
    vocabulary::Author,
};

/// The events of one commit, as they were recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The position of the first event.
    pub first: Position,
    /// When they were recorded.
    pub at: Timestamp,
    /// Who made them happen.
    pub by: Author,
    /// The events, in order, at contiguous positions.
    pub events: Vec<Event>,
}

impl Committed {
    /// The events with the positions they stand at.
    pub fn positioned(&self) -> impl Iterator<Item = (EventRef, &Event)> {
        (self.first.0..)
            .zip(&self.events)
            .map(|(position, event)| (EventRef { position: Position(position), event: event.event_type() }, event))
    }
}

/// A commit that does not follow from what was recorded before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Its place or its time is not the next one.
    #[error("a commit at position {first}, {at}, does not follow one that ended at {head}{}",
        .newest.map(|newest| format!(", {newest}")).unwrap_or_default())]
    NotNext { first: Position, at: Timestamp, head: Position, newest: Option<Timestamp> },
    /// There are no numbers left to name another thing by.
    #[error("the log holds as much as this version can answer about: record nothing more in it")]
    Full,
    /// An event rests on something that is not there, or begins something that is.
    #[error("{event} does not fit what was recorded before it: {precondition}")]
    Unfit {
        event: EventRef,
        /// What the event asks, which is not so.
        precondition: Precondition,
    },
}
