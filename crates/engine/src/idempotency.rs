//! Idempotency keys: the same command again gives the first answer. Folded from the log, so they survive a restart.

use chrono::TimeDelta;
use procura_domain::{
    personal::DataSubject,
    temporal::{Position, Timestamp},
    vocabulary::Actor,
};
use serde::{Serialize, Serializer};
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    fmt,
    str::FromStr,
    sync::Arc,
};

/// How many keys are remembered; beyond that the oldest is forgotten.
pub const IDEMPOTENCY_KEYS_MAX: usize = 100_000;
/// How many days a key is remembered, by the log's time: to a command recorded later than that it is a new one.
pub const IDEMPOTENCY_KEY_DAYS: i64 = 7;
/// Longest key, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 64;

/// A caller's name for one command.
/// Clones share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Arc<str>);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key is 1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII characters")]
pub struct KeyError;

impl IdempotencyKey {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let printable = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        let fits = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len());
        if printable && fits { Ok(Self(text.into())) } else { Err(KeyError) }
    }
}

impl Serialize for IdempotencyKey {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        into.serialize_str(self.as_str())
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an accepted command was, for telling a repeat from another command under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The hash of the command's name and fields.
    pub(crate) body_hash: [u8; 32],
    /// Whose key the hash was made with, where the command brought personal data.
    pub(crate) subject: Option<DataSubject>,
    /// The first position of its commit.
    pub(crate) first: Position,
    /// When it was recorded.
    pub(crate) at: Timestamp,
}

/// The keys of accepted commands, by actor.
#[derive(Debug)]
pub(crate) struct Keys {
    accepted: HashMap<(Actor, IdempotencyKey), Accepted>,
    oldest_first: VecDeque<(Actor, IdempotencyKey, Position)>,
    max: usize,
}

impl Keys {
    pub(crate) fn new(max: usize) -> Self {
        Self { accepted: HashMap::new(), oldest_first: VecDeque::new(), max }
    }

    /// What was accepted under this key, as far as a command recorded at that time remembers it.
    pub(crate) fn accepted(&self, actor: &Actor, key: &IdempotencyKey, at: Timestamp) -> Option<Accepted> {
        let accepted = self.accepted.get(&(actor.clone(), key.clone())).copied();
        accepted.filter(|accepted| at - accepted.at <= TimeDelta::days(IDEMPOTENCY_KEY_DAYS))
    }

    pub(crate) fn remember(&mut self, actor: Actor, key: IdempotencyKey, accepted: Accepted) {
        self.accepted.insert((actor.clone(), key.clone()), accepted);
        self.oldest_first.push_back((actor, key, accepted.first));
        while self.oldest_first.len() > self.max {
            let Some((actor, key, first)) = self.oldest_first.pop_front() else { break };
            // A key that was forgotten and used again is remembered by its newer command.
            if let Entry::Occupied(oldest) = self.accepted.entry((actor, key))
                && oldest.get().first == first
            {
                oldest.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn accepted(first: u64, at: Timestamp) -> Accepted {
        Accepted { body_hash: [0; 32], subject: None, first: Position(first), at }
    }

    #[test]
    fn keys_are_bounded_in_length_and_number() {
        let key = |text: &str| text.parse::<IdempotencyKey>();
        assert!(key("").is_err() && key("tab\t").is_err() && key("é").is_err());
        assert!(key(&"k".repeat(64)).is_ok() && key(&"k".repeat(65)).is_err());

        let actor = Actor::Operator("ops".into());
        let mut keys = Keys::new(2);
        for (n, name) in ["a", "b", "c"].iter().enumerate() {
            keys.remember(actor.clone(), key(name).expect("a key"), accepted(n as u64 + 1, START));
        }
        let found = |name| keys.accepted(&actor, &key(name).expect("a key"), START).map(|accepted| accepted.first.0);
        assert_eq!(["a", "b", "c"].map(found), [None, Some(2), Some(3)]);
        let other = Actor::Operator("others".into());
        assert_eq!(keys.accepted(&other, &key("c").expect("a key"), START), None);
    }

    #[test]
    fn a_key_is_forgotten_after_seven_days_of_the_logs_time() {
        let (actor, key) = (Actor::Operator("ops".into()), "a".parse::<IdempotencyKey>().expect("a key"));
        let mut keys = Keys::new(2);
        keys.remember(actor.clone(), key.clone(), accepted(1, START));
        let found =
            |keys: &Keys, after: TimeDelta| keys.accepted(&actor, &key, START + after).map(|found| found.first.0);
        let (week, tick) = (TimeDelta::days(7), TimeDelta::microseconds(1));
        assert_eq!([-week, week, week + tick].map(|after| found(&keys, after)), [Some(1), Some(1), None]);
        // Used again, it is the newer command's, and forgotten with that one.
        keys.remember(actor.clone(), key.clone(), accepted(2, START + week + tick));
        keys.remember(actor.clone(), "b".parse().expect("a key"), accepted(3, START + week + tick * 2));
        assert_eq!(found(&keys, week * 2), Some(2));
        keys.remember(actor.clone(), "c".parse().expect("a key"), accepted(4, START + week + tick * 3));
        assert_eq!(found(&keys, week * 2), None);
    }
}
