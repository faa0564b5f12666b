//! What people wrote beside events, as it is read back.

use crate::{codec::DecodeError, seal::SealError};
use procura_domain::{personal::PersonalData, temporal::Position};
use procura_eventlog::ReadError;

/// What people wrote beside an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Personal {
    /// This, perhaps nothing.
    Known(PersonalData),
    Erased,
    /// Its key is not there: the log came back from a backup without its keys.
    Unavailable,
}

/// An event that could not be read back from the log.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// What is sealed beside it cannot be opened.
    #[error("position {position}: {source}")]
    Seal { position: Position, source: SealError },
}
