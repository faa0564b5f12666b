//! What the tests work with: a clock that stands still, a store with a gate, and a few commands.

use async_trait::async_trait;
use futures_util::{StreamExt, stream::BoxStream};
use procura_domain::{
    temporal::Timestamp,
    text::TokenIssuer,
    vocabulary::{Actor, Author, User},
};
use procura_engine::{
    Engine, Fatal, IDEMPOTENCY_KEYS_MAX, Keyring, OpenError, Settings, SnapshotFolder, Submission, SubmitError,
    ambient::{Clock, Entropy},
    codec,
};
use procura_eventlog::{Append, Frame, FrameStore, MemoryStore, StoreError, Stored};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

pub(crate) const PARTNER: &str = "faaaaaaa-0000-4000-8000-000000000001";
pub(crate) const CUSTOMER: &str = "caaaaaaa-0000-4000-8000-000000000001";
pub(crate) const ADMINISTRATOR: &str = "ad000000-0000-4000-8000-000000000001";
pub(crate) const AGENT: &str = "a6000000-0000-4000-8000-000000000001";

/// A clock that says what it is told, in microseconds.
#[derive(Default)]
pub(crate) struct SetClock {
    now: AtomicI64,
    /// By how much of it somebody set the clock, while no time went by.
    stepped: AtomicI64,
}

impl SetClock {
    /// Time goes on until it is `time`.
    pub(crate) fn set(&self, time: Timestamp) {
        self.now.store(time.timestamp_micros(), Ordering::SeqCst);
    }

    /// Somebody sets the clock, by so many seconds.
    pub(crate) fn step(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        self.stepped.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.now.load(Ordering::SeqCst)).unwrap()
    }

    fn steady(&self) -> Duration {
        let since = self.now.load(Ordering::SeqCst) - self.stepped.load(Ordering::SeqCst);
        Duration::from_micros(since.try_into().unwrap())
    }
}

/// A memory store that appends only while its gate is open, and fails when told to.
#[derive(Default)]
pub(crate) struct Gated {
    pub(crate) memory: MemoryStore,
    pub(crate) opened: Option<Semaphore>,
    pub(crate) failing: Mutex<Option<Failing>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Failing {
    Error,
    Unknown,
    Conflict,
    Panic,
}

impl Gated {
    pub(crate) fn closed() -> Self {
        Self { opened: Some(Semaphore::new(0)), ..Self::default() }
    }

    pub(crate) fn open(&self) {
        self.opened.as_ref().unwrap().add_permits(1_000);
    }
}

#[async_trait]
impl FrameStore for Gated {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        if let Some(opened) = &self.opened {
            opened.acquire().await.unwrap().forget();
        }
        let failing = *self.failing.lock().unwrap();
        match failing {
            None => self.memory.append(frame, expected_last).await,
            Some(Failing::Error) => Err(StoreError::Blobs { path: "blobs".into() }),
            Some(Failing::Unknown) => Ok(Append::Unknown),
            Some(Failing::Panic) => panic!("as sled does"),
            Some(Failing::Conflict) => Ok(Append::Conflict { head: expected_last + 1 }),
        }
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.memory.read(from)
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.memory.follow(from)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        self.memory.head().await
    }
}

/// An engine on a store, with what it was opened with.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) fatal: Arc<Mutex<Vec<String>>>,
}

/// 2020-06-19T08:00:00Z, and some seconds.
pub(crate) fn second(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_592_553_600 + seconds, 0).unwrap()
}

impl World {
    pub(crate) async fn open(store: Arc<dyn FrameStore>) -> Self {
        Self::open_with(store, Keyring::in_memory()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// With keys of its own, which may not be those of the log.
    pub(crate) async fn open_with(store: impl Into<Stored>, keyring: Keyring) -> Result<Self, OpenError> {
        let clock = Arc::new(SetClock::default());
        clock.set(second(0));
        Self::open_at(store, keyring, clock).await
    }

    /// With a clock that may say anything.
    pub(crate) async fn open_at(
        store: impl Into<Stored>,
        keyring: Keyring,
        clock: Arc<SetClock>,
    ) -> Result<Self, OpenError> {
        Self::open_beside(store, keyring, clock, None).await
    }

    /// With snapshots.
    pub(crate) async fn open_beside(
        store: impl Into<Stored>,
        keyring: Keyring,
        clock: Arc<SetClock>,
        snapshots: Option<SnapshotFolder>,
    ) -> Result<Self, OpenError> {
        let fatal = Arc::new(Mutex::new(Vec::new()));
        let told = fatal.clone();
        let settings = Settings {
            public_url: "https://procura.example".into(),
            invitation_link: None,
            clock: clock.clone(),
            entropy: Entropy::seeded(7),
            has_room: Arc::new(|| true),
            snapshots,
            keyring,
            idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
            on_fatal: Arc::new(move |error: &Fatal| told.lock().unwrap().push(error.to_string())),
        };
        let engine = Engine::open(store, settings).await?;
        Ok(Self { engine, clock, fatal })
    }
}

pub(crate) fn issuer() -> TokenIssuer {
    TokenIssuer::new("https://id.example").unwrap()
}

pub(crate) fn command(name: &str, actor: Actor, fields: &Value) -> Submission {
    let command = codec::read_command(name, fields.to_string().as_bytes()).unwrap();
    Submission { command, by: Author::by_token(actor, issuer()), key: None, at: None, if_match: None }
}

/// What became of a command that was not recorded, by its name.
pub(crate) trait Coded {
    fn code(&self) -> &'static str;
}

impl Coded for SubmitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => name(refusal),
            other => name(other),
        }
    }
}

/// The name of a variant, like `alreadyMember`.
fn name(variant: &impl std::fmt::Debug) -> &'static str {
    let shown = format!("{variant:?}");
    let (first, rest) = shown.split_at(1);
    let rest = rest.split([' ', '(']).next().unwrap();
    format!("{}{rest}", first.to_lowercase()).leak()
}

pub(crate) fn operator() -> Actor {
    Actor::Operator("ops".into())
}

pub(crate) fn user(tenant: &str, user: &str) -> Actor {
    Actor::User(User { tenant: tenant.parse().unwrap(), user: user.parse().unwrap() })
}

pub(crate) fn register_partner() -> Submission {
    let fields =
        json!({"partner": PARTNER, "name": "Fabrikam", "domain": "fabrikam.com", "globalAdministrator": ADMINISTRATOR});
    command("RegisterPartner", operator(), &fields)
}

pub(crate) fn register_customer() -> Submission {
    let fields =
        json!({"customer": CUSTOMER, "name": "Contoso", "domain": "contoso.com", "globalAdministrator": ADMINISTRATOR});
    command("RegisterCustomer", operator(), &fields)
}

pub(crate) fn add_agent() -> Submission {
    let fields = json!({"partner": PARTNER, "group": "AdminAgents", "user": AGENT});
    command("AddGroupMember", user(PARTNER, ADMINISTRATOR), &fields)
}

pub(crate) fn remove_agent() -> Submission {
    let fields = json!({"partner": PARTNER, "group": "AdminAgents", "user": AGENT});
    command("RemoveGroupMember", user(PARTNER, ADMINISTRATOR), &fields)
}

pub(crate) fn send_invite() -> Submission {
    let fields = json!({"partner": PARTNER, "delegatedAdmin": true, "locale": "en"});
    command("SendInvite", user(PARTNER, AGENT), &fields)
}

/// Every frame of a store, as bytes.
pub(crate) async fn bytes(store: &dyn FrameStore) -> Vec<Vec<u8>> {
    store.read(1).map(|frame| frame.unwrap().bytes().to_vec()).collect().await
}
