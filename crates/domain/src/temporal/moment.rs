//! Instants, places in the log, and both together.

use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr};

/// An instant, UTC. Recorded times are whole microseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// A place in the log: the first event is 1, the empty log is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The position before this one; of the empty log, itself.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl FromStr for Position {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A position in the log together with an instant: some facts end by an event, some by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What had been recorded: everything up to here. Always the end of a commit.
    pub position: Position,
    /// What time it was. What expires at T holds before T and not at T.
    pub at: Timestamp,
}
