//! What callers, readers and the writer do at once, in interleavings that shuttle chooses: an answer is given when its
//! frame is durable and published, never before; *now* shows nothing else; an answer about an instant stays true.
//!
//! `PROCURA_SHUTTLE` says how many interleavings of each kind (400 unless told), `PROCURA_SEED` which ones. Where one
//! fails, shuttle prints its schedule, for `shuttle::replay`.
//!
//! Absent: what is inside tokio's channels and the store; those have tests of their own.

use crate::{
    Engine, Fatal, IDEMPOTENCY_KEYS_MAX, Keyring, Settings, Submission, SubmitError, When,
    ambient::{Clock, Entropy},
    codec,
    sync::thread,
};
use async_trait::async_trait;
use futures_util::{FutureExt, stream::BoxStream};
use procura_domain::{
    access::{CustomerAction, Decision, Named, Question, Resource, Subject},
    temporal::{Moment, Timestamp},
    text::TokenIssuer,
    vocabulary::{Actor, Author, User},
};
use procura_eventlog::{Append, Frame, FrameStore, MemoryStore, StoreError};
use shuttle::{
    Config, Runner,
    future::block_on,
    scheduler::{PctScheduler, RandomScheduler, Scheduler},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

const INTERLEAVINGS: u64 = 400;
const PARTNER: &str = "faaaaaaa-0000-4000-8000-000000000001";
const CUSTOMER: &str = "caaaaaaa-0000-4000-8000-000000000001";
const USER: &str = "a6000000-0000-4000-8000-000000000001";

/// A memory store that lets others go on before and after it writes, and fails at the append it is told.
struct Slow {
    memory: MemoryStore,
    appends: AtomicU64,
    fails_at: u64,
}

impl Slow {
    fn durable(&self) -> u64 {
        self.memory.head().now_or_never().unwrap().unwrap()
    }
}

#[async_trait]
impl FrameStore for Slow {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        thread::yield_now();
        if self.appends.fetch_add(1, SeqCst) + 1 >= self.fails_at {
            return Ok(Append::Unknown);
        }
        let appended = self.memory.append(frame, expected_last).await;
        thread::yield_now();
        appended
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

/// Microseconds; goes on by itself a little whenever somebody looks.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.0.fetch_add(1, SeqCst)).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::ZERO // Steps as small as those here are followed without it.
    }
}

fn command(name: &str, fields: &str, key: Option<&str>) -> Submission {
    let by_operator = name.starts_with("Register");
    let user = User { tenant: PARTNER.parse().unwrap(), user: USER.parse().unwrap() };
    Submission {
        command: codec::read_command(name, fields.as_bytes()).unwrap(),
        by: Author::by_token(
            if by_operator { Actor::Operator("ops".into()) } else { Actor::User(user) },
            TokenIssuer::new("https://id.example").unwrap(),
        ),
        key: key.map(|key| key.parse().unwrap()),
        at: None,
        if_match: None,
    }
}

/// What each caller asks for, one after the other.
fn callers() -> [Vec<Call>; 3] {
    let tenant = format!(r#""name": "n", "domain": "d.example", "globalAdministrator": "{USER}""#);
    let partner = command("RegisterPartner", &format!(r#"{{"partner": "{PARTNER}", {tenant}}}"#), Some("k"));
    let customer = command("RegisterCustomer", &format!(r#"{{"customer": "{CUSTOMER}", {tenant}}}"#), None);
    let fields = format!(r#"{{"partner": "{PARTNER}", "group": "AdminAgents", "user": "{USER}"}}"#);
    let (add, remove) = (command("AddGroupMember", &fields, None), command("RemoveGroupMember", &fields, None));
    // The same command with the same key twice, some that the state refuses when they come too early, and one that is only
    // asked about.
    let (record, ask) = (Call::Record, Call::Ask(add.clone()));
    [vec![record(partner.clone()), record(add)], vec![record(customer)], vec![record(partner), ask, record(remove)]]
}

/// What a caller asks for.
#[derive(Clone)]
enum Call {
    Record(Submission),
    /// What it would do.
    Ask(Submission),
}

/// The engine with what is around it.
#[derive(Clone)]
struct World {
    engine: Engine,
    store: Arc<Slow>,
    clock: Arc<Ticking>,
    fatal: Arc<AtomicU64>,
}

impl World {
    fn open(fails_at: u64) -> Self {
        let store = Arc::new(Slow { memory: MemoryStore::new(), appends: AtomicU64::new(0), fails_at });
        let (clock, fatal) = (Arc::new(Ticking(AtomicI64::new(1_000))), Arc::new(AtomicU64::new(0)));
        let told = fatal.clone();
        let settings = Settings {
            snapshots: None,
            keyring: Keyring::in_memory(),
            public_url: "https://procura.example".into(),
            invitation_link: None,
            clock: clock.clone(),
            entropy: Entropy::seeded(7),
            has_room: Arc::new(|| true),
            idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
            on_fatal: Arc::new(move |_: &Fatal| {
                told.fetch_add(1, SeqCst);
            }),
        };
        let engine = block_on(Engine::open(store.clone(), settings)).unwrap();
        Self { engine, store, clock, fatal }
    }

    /// Submits, and holds the answer against what is durable and published when it comes: itself, or what it was decided
    /// behind.
    fn call(&self, call: Call) -> Result<u64, SubmitError> {
        let last = match call {
            Call::Record(submission) => block_on(self.engine.submit(submission))?.positions.last().unwrap().0,
            Call::Ask(submission) => block_on(self.engine.dry_run(submission))?.positions[0].0 - 1,
        };
        assert!(last <= self.store.durable(), "answered before its frame was durable");
        assert!(last <= self.engine.position().0, "answered before its frame was published");
        Ok(last)
    }

    fn is_the_customer_seen(&self, at: Moment) -> Decision {
        let subject = Subject::parse("user", &format!("{CUSTOMER}/{USER}")).unwrap();
        let resource = Resource::Customer(CustomerAction::View, CUSTOMER.parse().unwrap(), Named::default());
        self.engine.decide(&Question { subject, resource }, at)
    }

    /// Asks about now; what comes out must hold for good.
    fn ask(&self) -> (Moment, Decision) {
        let now = self.engine.moment(When::Now).unwrap();
        assert!(now.position.0 <= self.store.durable(), "now shows what is not durable");
        (now, self.is_the_customer_seen(now))
    }
}

fn all_at_once(fails_at: u64) {
    let world = World::open(fails_at);
    let calling: Vec<_> = callers()
        .into_iter()
        .map(|commands| {
            let world = world.clone();
            let call = move || commands.into_iter().map(|command| world.call(command)).collect::<Vec<_>>();
            thread::spawn(call)
        })
        .collect();
    let reading: Vec<_> = [0, -50]
        .map(|step| {
            let world = world.clone();
            thread::spawn(move || {
                let ask = |_| {
                    thread::yield_now();
                    world.clock.0.fetch_add(step, SeqCst);
                    world.ask()
                };
                (0..3).map(ask).collect::<Vec<_>>()
            })
        })
        .into();
    let answers: Vec<_> = calling.into_iter().map(|caller| caller.join().unwrap()).collect();
    let asked: Vec<_> = reading.into_iter().flat_map(|reader| reader.join().unwrap()).collect();

    if let ([Ok(first), ..], [Ok(repeat), ..]) = (&answers[0][..], &answers[2][..]) {
        assert_eq!(first, repeat, "the same key, the same answer");
    }
    world.clock.0.fetch_add(1_000, SeqCst);
    for (now, decision) in asked {
        let then = world.engine.moment(When::At(now.at)).unwrap();
        assert_eq!(then, now, "an instant answered about has more in it than it had");
        assert_eq!(world.is_the_customer_seen(then), decision, "an answer about an instant is true no longer");
    }
    let stopped = world.store.appends.load(SeqCst) >= fails_at;
    let stopping = answers.iter().flatten().any(|answer| matches!(answer, Err(SubmitError::Stopping)));
    assert_eq!(stopping, stopped, "stopping is said when the log failed, and only then");
    if stopped {
        while world.fatal.load(SeqCst) == 0 {
            thread::yield_now();
        }
        assert_eq!(world.engine.position().0, world.store.durable());
        let revoke = command("RevokeDap", &format!(r#"{{"customer": "{CUSTOMER}", "partner": "{PARTNER}"}}"#), None);
        assert!(world.engine.enqueue(revoke).is_err(), "nothing is taken any more");
        assert_eq!(world.fatal.load(SeqCst), 1);
        assert_eq!(world.store.appends.load(SeqCst), fails_at, "nothing is appended after a failure");
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

fn explore(scheduler: impl Scheduler + 'static, fails_at: u64) {
    let mut config = Config::new();
    config.stack_size = 1 << 20; // serde and debug builds go deep
    Runner::new(scheduler, config).run(move || all_at_once(fails_at));
}

#[test]
fn what_is_answered_is_durable_and_published_in_every_interleaving() {
    let (seed, times) = (number("PROCURA_SEED", 1), usize::try_from(number("PROCURA_SHUTTLE", INTERLEAVINGS)).unwrap());
    for fails_at in [u64::MAX, 1, 2, 3] {
        explore(RandomScheduler::new_from_seed(seed, times), fails_at);
        explore(PctScheduler::new_from_seed(seed, 3, times), fails_at);
    }
}
