//! Idempotency keys: the same command again gives the first answer. Folded from the log, so they survive a restart.
//!
//! In memory is a hash of each key and where its command stands; the key itself, the command and its answer are read from
//! the log.

use chrono::TimeDelta;
use procura_domain::{
    id::TenantId,
    temporal::{Position, Timestamp},
    vocabulary::{Actor, Authentication, Author},
};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// How many keys a tenant's users together, or an operator, may have in use, unless configured otherwise.
pub const IDEMPOTENCY_KEYS_MAX: usize = 10_000;
/// How many days a key is remembered, by the log's time: to a command recorded later than that it is a new one.
pub const IDEMPOTENCY_KEY_DAYS: i64 = 7;
/// How many keys are written at once.
const KEYS_AT_ONCE: usize = 4_096;
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
        check(text).map(|()| Self(text.into()))
    }
}

fn check(text: &str) -> Result<(), KeyError> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let fits = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len());
    if printable && fits { Ok(()) } else { Err(KeyError) }
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

/// Whose quota a key counts in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum KeyOwner {
    Tenant(TenantId),
    Operator(String),
    /// Commands applied on the log's own machine: they have no quota.
    Machine,
}

impl From<&Author> for KeyOwner {
    fn from(author: &Author) -> Self {
        match (&author.actor, author.authentication) {
            (_, Authentication::Stated) => Self::Machine,
            (Actor::User(user), Authentication::Token) => Self::Tenant(user.tenant),
            (Actor::Operator(name), Authentication::Token) => Self::Operator(name.clone()),
        }
    }
}

/// Tells one actor's key from every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct KeyHash([u8; 16]);

impl KeyHash {
    fn new(actor: &Actor, key: &IdempotencyKey) -> Self {
        Self::unchecked(actor, key.as_str())
    }

    /// That of a key as the log has it.
    pub(crate) fn read(actor: &Actor, key: &str) -> Result<Self, KeyError> {
        check(key).map(|()| Self::unchecked(actor, key))
    }

    fn unchecked(actor: &Actor, key: &str) -> Self {
        let mut hash = Sha256::new();
        match actor {
            Actor::User(user) => {
                hash.update([0]);
                hash.update(user.tenant.guid());
                hash.update(user.user.guid());
            }
            Actor::Operator(name) => {
                hash.update([1]);
                hash.update(name.len().to_be_bytes());
                hash.update(name);
            }
        }
        hash.update(key);
        let hash: [u8; 32] = hash.finalize().into();
        let mut first = [0; 16];
        first.copy_from_slice(hash.split_at(16).0);
        Self(first)
    }
}

/// A command that was recorded under a key.
#[derive(Debug, Clone, Copy)]
struct Accepted {
    /// The first position of its commit.
    first: Position,
    at: Timestamp,
}

impl Accepted {
    /// Whether a command recorded at that time finds it forgotten.
    fn is_forgotten(&self, at: Timestamp) -> bool {
        self.expires_in(at) < TimeDelta::zero()
    }

    fn expires_in(&self, at: Timestamp) -> TimeDelta {
        TimeDelta::days(IDEMPOTENCY_KEY_DAYS) - (at - self.at)
    }
}

/// The keys of recorded commands that are not forgotten.
#[derive(Debug)]
pub(crate) struct Keys {
    /// How many an owner may have in use.
    pub(crate) quota: usize,
    accepted: HashMap<KeyHash, Accepted>,
    /// The keys of each owner, oldest first.
    of: HashMap<Arc<KeyOwner>, VecDeque<KeyHash>>,
    /// All of them, oldest first.
    used: VecDeque<Used>,
}

/// A key that was used.
#[derive(Debug)]
struct Used {
    first: Position,
    hash: KeyHash,
    owner: Arc<KeyOwner>,
}

impl Default for Keys {
    fn default() -> Self {
        let (accepted, of, used) = (HashMap::new(), HashMap::new(), VecDeque::new());
        Self { quota: IDEMPOTENCY_KEYS_MAX, accepted, of, used }
    }
}

impl Keys {
    /// Where the command stands that was recorded under this key, as far as a command recorded at that time remembers it.
    pub(crate) fn accepted(&self, actor: &Actor, key: &IdempotencyKey, at: Timestamp) -> Option<Position> {
        let accepted = self.accepted.get(&KeyHash::new(actor, key));
        accepted.filter(|accepted| !accepted.is_forgotten(at)).map(|accepted| accepted.first)
    }

    /// How long the author of a command recorded at that time has to wait until it may use another key; none if it may now.
    pub(crate) fn wait(&self, author: &Author, at: Timestamp) -> Option<Duration> {
        let owner = KeyOwner::from(author);
        if owner == KeyOwner::Machine {
            return None;
        }
        let keys = self.of.get(&owner).filter(|keys| keys.len() >= self.quota)?;
        // Keys are forgotten when a command is recorded, and this one is not yet: its owner's oldest may have expired. A log from
        // before there was a quota may hold more.
        let in_the_way = keys.len().checked_sub(self.quota).and_then(|over| keys.get(over))?;
        self.accepted.get(in_the_way)?.expires_in(at).to_std().ok()
    }

    /// Records that a command used this key, and forgets the keys that have expired by then.
    pub(crate) fn remember(&mut self, author: &Author, key: &IdempotencyKey, first: Position, at: Timestamp) {
        self.remember_hash(author, KeyHash::new(&author.actor, key), first, at);
    }

    /// The same for a key of the author's that has this hash.
    pub(crate) fn remember_hash(&mut self, author: &Author, hash: KeyHash, first: Position, at: Timestamp) {
        while self.forget_oldest(at) {}
        self.add(hash, KeyOwner::from(author), Accepted { first, at });
    }

    fn add(&mut self, hash: KeyHash, owner: KeyOwner, accepted: Accepted) {
        let owner = self.of.get_key_value(&owner).map_or_else(|| Arc::new(owner), |(owner, _)| owner.clone());
        self.accepted.insert(hash, accepted);
        self.of.entry(owner.clone()).or_default().push_back(hash);
        self.used.push_back(Used { first: accepted.first, hash, owner });
    }

    /// Forgets the oldest key if it has expired, and says whether it had.
    fn forget_oldest(&mut self, at: Timestamp) -> bool {
        let Some(Used { owner, .. }) = self.used.front() else { return false };
        let Some(keys) = self.of.get_mut(owner) else { return false };
        let oldest = keys.front().filter(|oldest| self.accepted.get(oldest).is_none_or(|found| found.is_forgotten(at)));
        let Some(oldest) = oldest else { return false };
        self.accepted.remove(oldest);
        keys.pop_front();
        if keys.is_empty() {
            self.of.remove(owner);
        }
        self.used.pop_front();
        true
    }

    /// Some of the keys that were used behind the position `after` and by `until`, in bytes; none if there are no more.
    /// `after` is then the position of the last of them.
    pub(crate) fn save(&self, after: &mut Position, until: Position) -> Option<Vec<u8>> {
        let begin = self.used.partition_point(|used| used.first <= *after);
        let end = self.used.partition_point(|used| used.first <= until);
        let some = self.used.range(begin..end.min(begin.saturating_add(KEYS_AT_ONCE)).max(begin));
        let mut bytes = Vec::new();
        for used in some {
            *after = used.first;
            if let Some(accepted) = self.accepted_by(used) {
                used.save(accepted, &mut bytes);
            }
        }
        (begin < end).then_some(bytes)
    }

    /// The command that was recorded under this key when it was used there.
    fn accepted_by(&self, used: &Used) -> Option<&Accepted> {
        self.accepted.get(&used.hash).filter(|accepted| accepted.first == used.first)
    }

    /// Begins to compare what was saved with what these are now.
    pub(crate) fn compare(&self) -> KeysComparison<'_> {
        KeysComparison { keys: self, next: 0, missing: None }
    }

    /// Takes in what was [saved](Self::save); none if it is something else.
    pub(crate) fn load(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let first = Position(u64::from_be_bytes(taken(&mut bytes)?));
            let at = Timestamp::from_timestamp_micros(i64::from_be_bytes(taken(&mut bytes)?))?;
            let hash = KeyHash(taken(&mut bytes)?);
            let [kind] = taken(&mut bytes)?;
            let (name, rest) = {
                let length = u32::from_be_bytes(taken(&mut bytes)?);
                bytes.split_at_checked(usize::try_from(length).ok()?)?
            };
            bytes = rest;
            let owner = match kind {
                0 => KeyOwner::Tenant(TenantId::new(Uuid::from_slice(name).ok()?)),
                1 => KeyOwner::Operator(str::from_utf8(name).ok()?.to_owned()),
                2 => KeyOwner::Machine,
                _ => return None,
            };
            self.add(hash, owner, Accepted { first, at });
        }
        Some(())
    }
}

impl Used {
    fn save(&self, accepted: &Accepted, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.first.0.to_be_bytes());
        bytes.extend_from_slice(&accepted.at.timestamp_micros().to_be_bytes());
        bytes.extend_from_slice(&self.hash.0);
        let (kind, name) = match &*self.owner {
            KeyOwner::Tenant(tenant) => (0, tenant.guid().as_bytes().to_vec()),
            KeyOwner::Operator(name) => (1, name.as_bytes().to_vec()),
            KeyOwner::Machine => (2, vec![]),
        };
        bytes.push(kind);
        bytes.extend_from_slice(&u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&name);
    }
}

/// Saved keys on their way to be compared.
pub(crate) struct KeysComparison<'a> {
    keys: &'a Keys,
    /// The next one of those used.
    next: usize,
    /// When the newest one was used that was not among those saved: keys may be forgotten while they are saved.
    missing: Option<Timestamp>,
}

impl KeysComparison<'_> {
    /// Whether the next piece holds only keys that are there, in their order.
    pub(crate) fn holds(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let Some((accepted, saved)) = self.next_saved() else { return false };
            match bytes.strip_prefix(&saved[..]) {
                Some(rest) => bytes = rest,
                None => self.missing = Some(accepted.at),
            }
        }
        true
    }

    /// When the newest key was used that was not among those saved, if any was not.
    pub(crate) fn finish(mut self) -> Option<Timestamp> {
        while let Some((accepted, _)) = self.next_saved() {
            self.missing = Some(accepted.at);
        }
        self.missing
    }

    fn next_saved(&mut self) -> Option<(Accepted, Vec<u8>)> {
        loop {
            let used = self.keys.used.get(self.next)?;
            self.next += 1;
            if let Some(accepted) = self.keys.accepted_by(used) {
                let mut bytes = Vec::new();
                used.save(accepted, &mut bytes);
                return Some((*accepted, bytes));
            }
        }
    }
}

/// Whether a key used at `used` is forgotten where the newest command was recorded at `newest`.
pub(crate) fn is_forgotten(used: Timestamp, newest: Timestamp) -> bool {
    Accepted { first: Position(0), at: used }.is_forgotten(newest)
}

/// The first bytes, which are taken off.
fn taken<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{id::ObjectId, text::TokenIssuer, vocabulary::User};

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const TICK: TimeDelta = TimeDelta::microseconds(1);
    const WEEK: TimeDelta = TimeDelta::days(IDEMPOTENCY_KEY_DAYS);

    fn key(text: &str) -> IdempotencyKey {
        text.parse().expect("a key")
    }

    fn issuer() -> TokenIssuer {
        TokenIssuer::new("https://id.example").expect("an issuer")
    }

    fn operator(name: &str) -> Author {
        Author::by_token(Actor::Operator(name.to_owned()), issuer())
    }

    fn user(tenant: u128, user: u128) -> Author {
        let id = Uuid::from_u128;
        let user = User { tenant: TenantId::new(id(tenant)), user: ObjectId::new(id(user)) };
        Author::by_token(Actor::User(user), issuer())
    }

    #[test]
    fn keys_are_short_and_printable() {
        let key = |text: &str| text.parse::<IdempotencyKey>();
        assert!(key("").is_err() && key("tab\t").is_err() && key("é").is_err());
        assert!(key(&"k".repeat(64)).is_ok() && key(&"k".repeat(65)).is_err());
    }

    #[test]
    fn a_key_is_its_actors_own_however_that_was_authenticated() {
        let (ops, stated) = (operator("ops"), Author::stated(operator("ops").actor));
        let mut keys = Keys::default();
        keys.remember(&ops, &key("a"), Position(1), START);
        keys.remember(&user(1, 1), &key("a"), Position(2), START);
        let found = |author: &Author, name: &str| keys.accepted(&author.actor, &key(name), START).map(|first| first.0);
        let others = [operator("op"), user(1, 2), user(2, 1)];
        assert_eq!([found(&ops, "a"), found(&stated, "a"), found(&user(1, 1), "a")], [Some(1), Some(1), Some(2)]);
        assert_eq!(others.map(|other| found(&other, "a")), [None; 3]);
        assert_eq!(found(&ops, "b"), None);
    }

    #[test]
    fn a_key_is_forgotten_after_seven_days_of_the_logs_time() {
        let ops = operator("ops");
        let mut keys = Keys::default();
        keys.remember(&ops, &key("a"), Position(1), START);
        let found =
            |keys: &Keys, name: &str, after| keys.accepted(&ops.actor, &key(name), START + after).map(|at| at.0);
        assert_eq!([-WEEK, WEEK, WEEK + TICK].map(|after| found(&keys, "a", after)), [Some(1), Some(1), None]);
        // Used again, it is the newer command's, and forgotten with that one.
        keys.remember(&ops, &key("a"), Position(2), START + WEEK + TICK);
        keys.remember(&ops, &key("b"), Position(3), START + WEEK + TICK * 2);
        assert_eq!([found(&keys, "a", WEEK * 2), found(&keys, "a", WEEK * 2 + TICK * 2)], [Some(2), None]);
        // Others' are forgotten as well when anything is recorded, and nothing is left of them.
        keys.remember(&user(1, 1), &key("c"), Position(4), START + WEEK * 3);
        assert_eq!((keys.accepted.len(), keys.of.len(), keys.used.len()), (1, 1, 1));
    }

    #[test]
    fn a_tenants_users_share_a_quota_and_whoever_has_the_machine_has_none() {
        let (ops, machine) = (operator("ops"), Author::stated(operator("ops").actor));
        let mut keys = Keys::default();
        for number in 0..IDEMPOTENCY_KEYS_MAX as u64 {
            let at = START + TICK * i32::try_from(number).expect("small");
            assert_eq!(keys.wait(&user(1, 1), at), None);
            keys.remember(&user(1, number.into()), &key(&number.to_string()), Position(number), at);
            keys.remember(&machine, &key(&number.to_string()), Position(number), at);
        }
        let at = START + TimeDelta::days(1);
        assert_eq!(keys.wait(&user(1, 1), at), Some(Duration::from_secs(6 * 24 * 60 * 60)));
        assert_eq!([user(2, 1), ops, machine.clone()].map(|author| keys.wait(&author, at)), [None; 3]);
        // The oldest is over: one may be used, although none was forgotten yet.
        assert_eq!(keys.wait(&user(1, 1), START + WEEK), Some(Duration::ZERO));
        assert_eq!(keys.wait(&user(1, 1), START + WEEK + TICK), None);
        keys.remember(&user(1, 1), &key("new"), Position(10_000), START + WEEK + TICK);
        assert_eq!(keys.wait(&user(1, 1), START + WEEK + TICK), Some(Duration::ZERO));
        assert!(keys.accepted(&machine.actor, &key("9999"), at).is_some(), "what it brings in is kept");
    }
}
