//! A log read from its beginning: every event decoded and folded, as the writer did when it was recorded.

use crate::{
    codec,
    idempotency::{Accepted, IDEMPOTENCY_KEYS_MAX, Keys},
};
use procura_domain::{
    state::{Committed, FoldError, State},
    temporal::Position,
};
use procura_eventlog::Commit;

/// What was read so far.
pub struct Replay {
    pub(crate) state: State,
    pub(crate) keys: Keys,
}

/// A commit that the log holds and the state cannot take in.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An event that this version cannot read.
    #[error(transparent)]
    Decode(#[from] codec::DecodeError),
    /// An event that does not follow from those before.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A key that could not have been accepted.
    #[error(transparent)]
    Key(#[from] crate::idempotency::KeyError),
}

impl Default for Replay {
    fn default() -> Self {
        Self { state: State::default(), keys: Keys::new(IDEMPOTENCY_KEYS_MAX) }
    }
}

impl Replay {
    /// Takes in the next commit.
    ///
    /// # Errors
    /// [`ReplayError`] says what this version cannot read, or what does not follow.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), ReplayError> {
        let Some(first) = commit.events.first() else { return Ok(()) };
        let events = commit.events.iter().map(codec::decode).collect::<Result<Vec<_>, _>>()?;
        let position = Position(first.position);
        self.state.fold(&Committed { first: position, at: first.recorded_at, events })?;
        if let Some(idempotency) = &first.idempotency {
            let accepted = Accepted { body_hash: idempotency.body_hash, first: position };
            self.keys.remember(codec::read_actor(&first.actor), idempotency.key.parse()?, accepted);
        }
        Ok(())
    }
}
