//! A log read from its beginning: every event decoded and folded, as the writer did when it was recorded.

use crate::{
    codec,
    idempotency::Keys,
    keyring::{Keyring, KeyringError},
    seal::{SealError, Sealed},
};
use procura_domain::{
    personal::DataSubject,
    state::{Committed, FoldError, State},
    temporal::Position,
};
use procura_eventlog::Commit;
use std::collections::HashSet;

/// What was read so far.
#[derive(Default)]
pub struct Replay {
    pub(crate) state: State,
    pub(crate) keys: Keys,
    /// Where whose personal data is sealed.
    sealed: Vec<(u64, DataSubject)>,
}

/// A commit that the log holds and the state cannot take in.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Decode(#[from] codec::DecodeError),
    /// An event that does not follow from those before.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A key that could not have been accepted.
    #[error(transparent)]
    Key(#[from] crate::idempotency::KeyError),
    /// Something sealed that is not of the form, or of another event.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Nothing is wrong with it: the opening was to end there.
    #[error("the opening of the log was stopped")]
    Stopped,
}

impl Replay {
    /// Takes in the next commit.
    ///
    /// # Errors
    /// [`ReplayError`] says what this version cannot read, or what does not follow.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), ReplayError> {
        let Some(first) = commit.events.first() else { return Ok(()) };
        let events = commit.events.iter().map(codec::decode).collect::<Result<Vec<_>, _>>()?;
        for (envelope, event) in commit.events.iter().zip(&events) {
            if let Some(slot) = &envelope.sealed {
                self.sealed.push((envelope.position, Sealed::read(slot, event.data_subject())?.subject));
            }
        }
        let (position, at) = (Position(first.position), first.recorded_at);
        let by = codec::read_author(first)?;
        if let Some(idempotency) = &first.idempotency {
            self.keys.remember(&by, &idempotency.key.parse()?, position, at);
        }
        self.state.fold(&Committed { first: position, at, by, events })?;
        Ok(())
    }

    /// How many data subjects have personal data in the log that was not erased, and no key among these.
    #[must_use]
    pub fn subjects_without_key(&self, keyring: &Keyring) -> usize {
        let unerased =
            self.sealed.iter().map(|(_, subject)| *subject).filter(|subject| self.state.erased(*subject).is_none());
        unerased.filter(|subject| keyring.key(*subject).is_none()).collect::<HashSet<_>>().len()
    }

    /// Whether what is sealed in the log can be opened with these keys, or was erased.
    ///
    /// # Errors
    /// [`KeyringError`] names the first position whose key is missing.
    pub fn check_keys(&self, keyring: &Keyring) -> Result<(), KeyringError> {
        let missing = |(position, subject): &&(u64, DataSubject)| {
            !keyring.covers(*position, *subject) && self.state.erased(*subject).is_none()
        };
        self.sealed.iter().find(missing).map_or(Ok(()), |(position, subject)| Err(keyring.no_key(*position, *subject)))
    }
}
