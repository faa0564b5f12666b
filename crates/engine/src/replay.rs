//! A log read from its beginning: every event decoded and folded, as the writer did when it was recorded.

use crate::{
    codec,
    idempotency::{KeyHash, Keys},
    keyring::{Keyring, KeyringError},
    seal::{SealError, Sealed},
};
use procura_domain::{
    personal::DataSubject,
    state::{Committed, FoldError, State},
    temporal::Position,
};
use procura_eventlog::{Commit, Envelope, Idempotency};
use serde_json::value::RawValue;
use std::{borrow::Borrow, collections::HashSet};

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
    /// No log has such a commit.
    #[error("the commit has no events")]
    NoEvents,
    /// Nothing is wrong with it: the opening was to end there.
    #[error("the opening of the log was stopped")]
    Stopped,
}

/// A commit, decoded: all that can be found out of it without what was recorded before it.
pub struct PreparedCommit {
    commit: Committed,
    /// The position of its last event.
    pub last_position: u64,
    key: Option<KeyHash>,
    sealed: Vec<(u64, DataSubject)>,
}

impl PreparedCommit {
    /// Decodes a commit of the log's, on any thread.
    ///
    /// # Errors
    /// [`ReplayError`] says what this version cannot read.
    pub fn of<Text: AsRef<str>, Tenants, Data: Borrow<RawValue>, Slot: Borrow<RawValue>>(
        commit: &Commit<Envelope<Text, Tenants, Data, Slot>>,
    ) -> Result<Self, ReplayError> {
        let first = commit.events.first().ok_or(ReplayError::NoEvents)?;
        let last_position = commit.last_position();
        // Collecting them would take room for several where most commits have one.
        let mut events = Vec::with_capacity(commit.events.len());
        for envelope in &commit.events {
            events.push(codec::decode(envelope)?);
        }
        let mut sealed = vec![];
        for (envelope, event) in commit.events.iter().zip(&events) {
            if let Some(slot) = &envelope.sealed {
                sealed.push((envelope.position, Sealed::read(slot.borrow(), event.data_subject())?.subject));
            }
        }
        let by = codec::read_author(first)?;
        let read_key = |sent: &Idempotency<Text>| KeyHash::read(&by.actor, sent.key.as_ref());
        let key = first.idempotency.as_ref().map(read_key).transpose()?;
        let commit = Committed { first: Position(first.position), at: first.recorded_at, by, events };
        Ok(Self { commit, last_position, key, sealed })
    }
}

impl PreparedCommit {
    /// What is sealed in it: where, and whose.
    pub(crate) fn sealed(&self) -> impl Iterator<Item = (u64, DataSubject)> {
        self.sealed.iter().copied()
    }
}

impl Replay {
    /// What a log folds to at a position, to go on from there.
    pub(crate) fn behind(state: State, keys: Keys) -> Self {
        Self { state, keys, sealed: Vec::new() }
    }

    /// Takes in the next commit.
    ///
    /// # Errors
    /// [`ReplayError`] says what this version cannot read, or what does not follow.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), ReplayError> {
        self.take_in(PreparedCommit::of(commit)?, None)
    }

    /// The same, once it is decoded, and where it is known, the one that comes next.
    ///
    /// # Errors
    /// [`ReplayError`] says what does not follow.
    pub fn take_in(&mut self, prepared: PreparedCommit, next: Option<&PreparedCommit>) -> Result<(), ReplayError> {
        let PreparedCommit { commit, key, sealed, .. } = prepared;
        self.sealed.extend(sealed);
        if let Some(key) = key {
            self.keys.remember_hash(&commit.by, key, commit.first, commit.at);
        }
        match next {
            Some(next) => self.state.fold_before(&commit, &next.commit)?,
            None => self.state.fold(&commit)?,
        }
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
