//! Idempotency keys: the same command again gives the first answer. Folded from the log, so they survive a restart.

use procura_domain::{temporal::Position, vocabulary::Actor};
use serde::Serialize;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    str::FromStr,
};

/// How many keys are remembered; beyond that the oldest is forgotten.
pub const IDEMPOTENCY_KEYS_MAX: usize = 100_000;
/// Longest key, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 64;

/// A caller's name for one command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct IdempotencyKey(Box<str>);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key is 1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII characters")]
pub struct KeyError;

impl FromStr for IdempotencyKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let printable = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        let fits = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len());
        if printable && fits { Ok(Self(text.into())) } else { Err(KeyError) }
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
    /// SHA-256 of the command's name and fields.
    pub(crate) body_hash: [u8; 32],
    /// The first position of its commit.
    pub(crate) first: Position,
}

/// The keys of accepted commands, by actor.
#[derive(Debug)]
pub(crate) struct Keys {
    accepted: HashMap<(Actor, IdempotencyKey), Accepted>,
    oldest_first: VecDeque<(Actor, IdempotencyKey)>,
    max: usize,
}

impl Keys {
    pub(crate) fn new(max: usize) -> Self {
        Self { accepted: HashMap::new(), oldest_first: VecDeque::new(), max }
    }

    pub(crate) fn accepted(&self, actor: &Actor, key: &IdempotencyKey) -> Option<Accepted> {
        self.accepted.get(&(actor.clone(), key.clone())).copied()
    }

    pub(crate) fn remember(&mut self, actor: Actor, key: IdempotencyKey, accepted: Accepted) {
        if self.accepted.insert((actor.clone(), key.clone()), accepted).is_none() {
            self.oldest_first.push_back((actor, key));
        }
        while self.oldest_first.len() > self.max {
            if let Some(oldest) = self.oldest_first.pop_front() {
                self.accepted.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bounded_in_length_and_number() {
        let key = |text: &str| text.parse::<IdempotencyKey>();
        assert!(key("").is_err() && key("tab\t").is_err() && key("é").is_err());
        assert!(key(&"k".repeat(64)).is_ok() && key(&"k".repeat(65)).is_err());

        let actor = Actor::Operator("ops".into());
        let mut keys = Keys::new(2);
        for (n, name) in ["a", "b", "c"].iter().enumerate() {
            let first = Position(n as u64 + 1);
            keys.remember(actor.clone(), key(name).expect("a key"), Accepted { body_hash: [0; 32], first });
        }
        let found = |name| keys.accepted(&actor, &key(name).expect("a key")).map(|accepted| accepted.first.0);
        assert_eq!(["a", "b", "c"].map(found), [None, Some(2), Some(3)]);
        let other = Actor::Operator("others".into());
        assert_eq!(keys.accepted(&other, &key("c").expect("a key")), None);
    }
}
