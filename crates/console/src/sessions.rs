//! Sessions: who is signed in, in memory only. A restart ends all of them.
//!
//! A session is known by the hash of its key, which the browser alone has. A person has so many, and a tenant's people have so
//! many together; of each, the one used the longest ago makes room for another.

use crate::settings::ConsoleSettings;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use procura_app::Owner;
use procura_domain::vocabulary::User;
use procura_engine::ambient::{Clock, Entropy};
use procura_server::SignedIn;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

/// How many sessions there are at most, of everybody together.
const SESSIONS_MAX: usize = 200_000;
/// How many a person has at most: nobody signs their colleagues out by signing in again and again.
const SESSIONS_OF_PERSON_MAX: usize = 16;
/// How often the sessions that ended are forgotten, at most.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What the browser has of a session.
pub(crate) struct SessionKey(String);

/// What a session is known by here.
type KeyHash = [u8; 32];

/// Somebody who is signed in.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) signed_in: SignedIn,
    /// What every form of this session repeats.
    pub(crate) form_token: String,
    begun: Duration,
}

pub(crate) struct Sessions {
    clock: Box<dyn Clock>,
    held: Mutex<Held>,
    idle: Duration,
    whole: Duration,
    of_owner_max: usize,
}

struct Held {
    entropy: Entropy,
    sessions: HashMap<KeyHash, (Arc<Session>, Duration)>,
    /// The sessions of each owner, by when they were last used.
    of_owner: BTreeMap<Owner, BTreeSet<(Duration, KeyHash)>>,
    tidied: Duration,
}

impl Sessions {
    pub(crate) fn new(settings: &ConsoleSettings, clock: impl Clock + 'static) -> Self {
        let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes).saturating_mul(60));
        let held = Held {
            entropy: Entropy::from_os(),
            sessions: HashMap::new(),
            of_owner: BTreeMap::new(),
            tidied: Duration::ZERO,
        };
        Self {
            clock: Box::new(clock),
            held: Mutex::new(held),
            idle: minutes(settings.idle_minutes.get()),
            whole: minutes(settings.hours_max.get().saturating_mul(60)),
            of_owner_max: usize::try_from(settings.sessions_of_tenant.get()).unwrap_or(usize::MAX),
        }
    }

    /// How long a session lasts at most.
    pub(crate) fn whole(&self) -> Duration {
        self.whole
    }

    /// A new session, under a new key.
    pub(crate) fn begin(&self, signed_in: SignedIn) -> SessionKey {
        let (now, owner) = (self.clock.steady(), signed_in.caller.owner());
        let mut held = self.held.lock();
        if now.saturating_sub(held.tidied) >= TIDY_EVERY {
            held.tidied = now;
            held.forget_ended(|session, used| self.has_ended(session, used, now));
        }
        held.keep_few_of(owner, signed_in.caller.user);
        while held.of_owner.get(&owner).map_or(0, BTreeSet::len) >= self.of_owner_max {
            held.forget_oldest_of(owner);
        }
        while held.sessions.len() >= SESSIONS_MAX {
            held.forget_one_of_the_most();
        }
        let random = |held: &mut Held| BASE64_URL_SAFE_NO_PAD.encode(held.entropy.bytes::<32>());
        let (key, form_token) = (SessionKey(random(&mut held)), random(&mut held));
        let (hash, session) = (key.hash(), Session { signed_in, form_token, begun: now });
        held.sessions.insert(hash, (Arc::new(session), now));
        held.of_owner.entry(owner).or_default().insert((now, hash));
        key
    }

    /// The session of that key, if it goes on; it is used by that.
    pub(crate) fn of(&self, key: &SessionKey) -> Option<Arc<Session>> {
        let (now, hash) = (self.clock.steady(), key.hash());
        let mut held = self.held.lock();
        let (session, used) = held.sessions.get(&hash).map(|(session, used)| (session.clone(), *used))?;
        let ended = self.has_ended(&session, used, now);
        held.forget(&hash);
        if ended {
            return None;
        }
        held.of_owner.entry(session.signed_in.caller.owner()).or_default().insert((now, hash));
        held.sessions.insert(hash, (session.clone(), now));
        Some(session)
    }

    /// Ends the session of that key.
    pub(crate) fn end(&self, key: &SessionKey) {
        self.held.lock().forget(&key.hash());
    }

    fn has_ended(&self, session: &Session, used: Duration, now: Duration) -> bool {
        now.saturating_sub(used) >= self.idle || now.saturating_sub(session.begun) >= self.whole
    }
}

impl Held {
    fn forget(&mut self, hash: &KeyHash) {
        let Some((session, used)) = self.sessions.remove(hash) else { return };
        let owner = session.signed_in.caller.owner();
        if let Some(sessions) = self.of_owner.get_mut(&owner) {
            sessions.remove(&(used, *hash));
            if sessions.is_empty() {
                self.of_owner.remove(&owner);
            }
        }
    }

    fn forget_ended(&mut self, has_ended: impl Fn(&Session, Duration) -> bool) {
        let ended = self.sessions.iter().filter(|(_, (session, used))| has_ended(session, *used));
        let ended: Vec<_> = ended.map(|(hash, _)| *hash).collect();
        ended.iter().for_each(|hash| self.forget(hash));
    }

    /// There is room for one more of the person.
    fn keep_few_of(&mut self, owner: Owner, user: User) {
        let user_of = |hash: &KeyHash| self.sessions.get(hash).map(|(session, _)| session.signed_in.caller.user);
        let all = self.of_owner.get(&owner).into_iter().flatten().map(|(_, hash)| *hash);
        let own: Vec<_> = all.filter(|hash| user_of(hash) == Some(user)).collect();
        let more = (own.len() + 1).saturating_sub(SESSIONS_OF_PERSON_MAX);
        own.iter().take(more).for_each(|hash| self.forget(hash));
    }

    fn forget_oldest_of(&mut self, owner: Owner) {
        let oldest = self.of_owner.get(&owner).and_then(|sessions| sessions.first().copied());
        match oldest {
            Some((_, hash)) => self.forget(&hash),
            None => drop(self.of_owner.remove(&owner)),
        }
    }

    /// Whoever has the most makes room.
    fn forget_one_of_the_most(&mut self) {
        match self.of_owner.iter().max_by_key(|(_, sessions)| sessions.len()).map(|(owner, _)| *owner) {
            Some(owner) => self.forget_oldest_of(owner),
            None => self.sessions.clear(),
        }
    }
}

impl SessionKey {
    /// As the browser sends it.
    pub(crate) fn sent(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is given to the browser.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> KeyHash {
        Sha256::digest(&self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{
        id::{ObjectId, TenantId},
        temporal::Timestamp,
        text::TokenIssuer,
    };
    use procura_server::Caller;
    use std::{collections::BTreeSet, num::NonZeroU32};

    /// A clock that is set by hand, in seconds.
    #[derive(Clone, Default)]
    struct Watch(Arc<Mutex<u64>>);

    impl Clock for Watch {
        fn now(&self) -> Timestamp {
            Timestamp::default()
        }

        fn steady(&self) -> Duration {
            Duration::from_secs(*self.0.lock())
        }
    }

    fn sessions(of_tenant: u32) -> (Watch, Sessions) {
        let number = |number| NonZeroU32::new(number).unwrap();
        let settings =
            ConsoleSettings { idle_minutes: number(10), hours_max: number(1), sessions_of_tenant: number(of_tenant) };
        let watch = Watch::default();
        (watch.clone(), Sessions::new(&settings, watch))
    }

    fn somebody(tenant: u128) -> SignedIn {
        person(tenant, 1)
    }

    fn person(tenant: u128, number: u128) -> SignedIn {
        let tenant = TenantId::new(uuid::Uuid::from_u128(tenant));
        let user = User { tenant, user: ObjectId::new(uuid::Uuid::from_u128(number)) };
        let issuer = TokenIssuer::new("https://id.example").unwrap();
        SignedIn { caller: Arc::new(Caller { user, roles: BTreeSet::new(), issuer }), ids: Vec::new() }
    }

    #[test]
    fn a_session_that_is_not_used_ends_and_one_that_is_used_ends_too() {
        let (watch, sessions) = sessions(2);
        let goes_on = |at: u64, key: &SessionKey| {
            *watch.0.lock() = at * 60;
            sessions.of(key).is_some()
        };
        let idle = sessions.begin(somebody(1));
        assert_eq!((goes_on(9, &idle), goes_on(18, &idle), goes_on(28, &idle)), (true, true, false));
        assert!(!goes_on(28, &idle), "it stays ended");
        let used = sessions.begin(somebody(1));
        assert!((28..88).step_by(9).all(|at| goes_on(at, &used)), "an hour");
        assert!(!goes_on(88, &used), "and no longer, however often it is used");
        assert!(sessions.held.lock().of_owner.is_empty());
    }

    #[test]
    fn a_tenant_makes_room_for_its_own_people_alone() {
        let (watch, sessions) = sessions(2);
        let other = sessions.begin(somebody(2));
        let keys: Vec<_> = (1..=3)
            .map(|at| {
                *watch.0.lock() = at;
                sessions.begin(somebody(1))
            })
            .collect();
        let go_on: Vec<_> = keys.iter().map(|key| sessions.of(key).is_some()).collect();
        assert_eq!((go_on, sessions.of(&other).is_some()), (vec![false, true, true], true));
        sessions.end(&keys[2]);
        assert!(sessions.of(&keys[2]).is_none() && sessions.of(&SessionKey::sent("")).is_none());
    }

    /// Its own oldest sessions make room, and nobody else's.
    #[test]
    fn nobody_signs_a_colleague_out() {
        let (watch, sessions) = sessions(2_000);
        let colleague = sessions.begin(person(1, 2));
        let keys: Vec<_> = (1..=3_000)
            .map(|at| {
                *watch.0.lock() = at / 10;
                sessions.begin(person(1, 1))
            })
            .collect();
        assert!(sessions.of(&colleague).is_some());
        assert_eq!(keys.iter().filter(|key| sessions.of(key).is_some()).count(), SESSIONS_OF_PERSON_MAX);
        assert!(sessions.of(&keys[2_999]).is_some());
    }

    #[test]
    fn those_that_ended_are_forgotten() {
        let (watch, sessions) = sessions(2);
        (1..=50).for_each(|tenant| drop(sessions.begin(somebody(tenant))));
        *watch.0.lock() = 3_600;
        sessions.begin(somebody(1));
        assert_eq!(sessions.held.lock().sessions.len(), 1);
    }
}
