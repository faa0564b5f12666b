//! One run: the lives of a log, one after the other.

use crate::{
    book::{Became, Book},
    commands,
    faulty::{Fault, FaultyStore, Plan},
};
use futures_util::{FutureExt, future::BoxFuture};
use procura_domain::temporal::Timestamp;
use procura_engine::{
    Engine, Fatal, IDEMPOTENCY_KEYS_MAX, KEYS_FILE, Keyring, OnFatal, Recorded, SNAPSHOTS_FOLDER, Settings,
    SnapshotFolder, Submission, SubmitError,
    ambient::{Clock, Entropy},
};
use procura_eventlog::FrameStore;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    ops::AddAssign,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{runtime, select, time::timeout};
use uuid::Uuid;

const LOG_ID: Uuid = Uuid::nil();
/// After how many events a snapshot is written.
const SNAPSHOT_EVENTS: u64 = 4;

/// Where the keys of personal data are kept from one life to the next: in memory if there is such a place, because
/// it is the store that goes wrong here.
fn keys_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// Nothing here takes longer, unless it waits for good.
const LONG: Duration = Duration::from_secs(60);

/// What happened, to tell whether everything was tried.
#[derive(Debug, Default)]
pub(crate) struct Count {
    became: BTreeMap<Became, u64>,
    /// Lives that ended by a fault, with the frame lost or found again.
    faults: BTreeMap<(Fault, bool), u64>,
    lives: u64,
    /// Frames of more than one command.
    groups: u64,
    /// Commands that had no answer when the log failed.
    unanswered: u64,
    asked: u64,
    /// Lives that began with a snapshot.
    snapshots: u64,
    /// Of those, lives in which all of the log below it was checked.
    checked: u64,
    /// Snapshots that were damaged before a life.
    damaged: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        other.became.into_iter().for_each(|(became, times)| *self.became.entry(became).or_default() += times);
        other.faults.into_iter().for_each(|(fault, times)| *self.faults.entry(fault).or_default() += times);
        self.lives += other.lives;
        self.groups += other.groups;
        self.unanswered += other.unanswered;
        self.asked += other.asked;
        self.snapshots += other.snapshots;
        self.checked += other.checked;
        self.damaged += other.damaged;
    }
}

impl Count {
    /// Panics where something that can happen did not.
    pub(crate) fn had_everything(&self, faults: &[Fault]) {
        let became = [Became::Recorded, Became::Refused, Became::Repeated, Became::KeyReused];
        became.iter().for_each(|became| assert!(self.became.contains_key(became), "never {became:?}"));
        for fault in faults {
            assert!(self.faults.contains_key(&(*fault, false)), "never {fault:?}");
            let may_survive = *fault != Fault::Conflict;
            assert_eq!(self.faults.contains_key(&(*fault, true)), may_survive, "{fault:?} with the frame written");
        }
        assert!(self.groups > 0 && self.unanswered > 0 && self.asked > 0);
        assert!(self.snapshots > 0 && self.checked > 0 && self.damaged > 0);
    }
}

/// A clock that says what it is told, in microseconds; and how much time went by meanwhile.
struct SetClock {
    clock: AtomicI64,
    steady: AtomicI64,
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.clock.load(SeqCst)).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::from_micros(self.steady.load(SeqCst).unsigned_abs())
    }
}

/// Several lives of one log. Panics where the engine does not keep its word.
pub(crate) fn simulate(seed: u64) -> Count {
    let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut rng = StdRng::seed_from_u64(seed);
        let (mut book, mut count, mut submitted) = (Book::default(), Count::default(), Vec::new());
        let clock = Arc::new(SetClock { clock: AtomicI64::new(1_592_553_600_000_000), steady: AtomicI64::new(0) });
        let mut store = Arc::new(FaultyStore::default());
        let mut last_plan: Option<Plan> = None;
        let keys = keys_folder();
        for _ in 0..rng.random_range(2..=4) {
            let failed = last_plan.is_some_and(|plan| store.appends() >= plan.append);
            let survived = failed && last_plan.is_some_and(|plan| plan.survives);
            let plan = rng.random_bool(0.85).then(|| random_plan(&mut rng));
            store = Arc::new(store.after_power_cut(plan).await);
            last_plan = plan;
            book.found(store.frames().await, survived);
            // Nothing on disk says which instants were answered about, so that only a clock which is past them keeps
            // what was said before a restart true.
            let past = book.after_everything().timestamp_micros();
            clock.clock.fetch_max(past, SeqCst);
            count.damaged += u64::from(damage_a_snapshot(keys.path(), &mut rng));
            let mut life =
                Life::open(&store, keys.path(), &clock, &mut rng, &mut book, &mut count, &mut submitted).await;
            life.count.snapshots += u64::from(life.engine.opened_behind().0 > 0);
            life.book.matches(&life.engine, &store.frames().await);
            life.live(plan).await;
            count.lives += 1;
        }
        count
    })
}

/// Leaves a snapshot as a power cut or a bad disk may: cut off, with a bit of it flipped, or gone.
fn damage_a_snapshot(data: &Path, rng: &mut StdRng) -> bool {
    let files = fs::read_dir(data.join(SNAPSHOTS_FOLDER)).into_iter().flatten().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.collect();
    // Whoever wrote one is gone with the engine, whatever became of it.
    assert!(files.iter().all(|file| file.extension().is_some()), "{files:?}");
    let Some(file) = files.choose(rng).filter(|_| rng.random_bool(0.5)) else { return false };
    let mut bytes = fs::read(file).unwrap();
    match rng.random_range(0..3) {
        0 => bytes.truncate(rng.random_range(0..=bytes.len())),
        1 if !bytes.is_empty() => {
            let place = rng.random_range(0..bytes.len());
            bytes[place] ^= 1 << rng.random_range(0..8);
        }
        _ => {
            fs::remove_file(file).unwrap();
            return true;
        }
    }
    fs::write(file, bytes).unwrap();
    true
}

fn random_plan(rng: &mut StdRng) -> Plan {
    let fault = *[Fault::Error, Fault::Unknown, Fault::Conflict, Fault::Panic].choose(rng).unwrap();
    // Where somebody else has written, the frame is not there.
    Plan { append: rng.random_range(1..=7), fault, survives: fault != Fault::Conflict && rng.random_bool(0.5) }
}

type Answer = Result<Recorded, SubmitError>;

/// An engine, from start to stop.
struct Life<'a> {
    engine: Engine,
    store: Arc<FaultyStore>,
    clock: &'a SetClock,
    rng: &'a mut StdRng,
    book: &'a mut Book,
    count: &'a mut Count,
    /// Every command ever submitted.
    submitted: &'a mut Vec<Submission>,
    /// Commands without an answer, in the order in which they were submitted.
    waiting: VecDeque<(Submission, BoxFuture<'static, Answer>)>,
    /// How many of these, from the front, are in the frame that waits at the gate. None: the writer has nothing to do.
    at_gate: usize,
    fatal: Arc<Mutex<Vec<String>>>,
    on_fatal: OnFatal,
}

impl<'a> Life<'a> {
    async fn open(
        store: &Arc<FaultyStore>,
        keys: &Path,
        clock: &'a Arc<SetClock>,
        rng: &'a mut StdRng,
        book: &'a mut Book,
        count: &'a mut Count,
        submitted: &'a mut Vec<Submission>,
    ) -> Self {
        let fatal = Arc::new(Mutex::new(Vec::new()));
        let told = fatal.clone();
        let on_fatal: OnFatal = Arc::new(move |error: &Fatal| told.lock().unwrap().push(error.to_string()));
        let settings = Settings {
            snapshots: Some(SnapshotFolder::of(keys, LOG_ID).every(SNAPSHOT_EVENTS)),
            keyring: Keyring::open(&keys.join(KEYS_FILE), LOG_ID).unwrap(),
            public_url: "https://procura.example".into(),
            invitation_link: None,
            clock: clock.clone(),
            entropy: Entropy::seeded(rng.random()),
            has_room: Arc::new(|| true),
            idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
            on_fatal: on_fatal.clone(),
        };
        let engine = Engine::open(store.clone(), settings).await.unwrap_or_else(|error| panic!("{error}"));
        let (store, waiting) = (store.clone(), VecDeque::new());
        Self { engine, store, clock, rng, book, count, submitted, waiting, at_gate: 0, fatal, on_fatal }
    }

    async fn live(&mut self, plan: Option<Plan>) {
        if plan.is_none() {
            self.engine.check_below_snapshot();
        }
        let fails_at = plan.map_or(u64::MAX, |plan| plan.append);
        for _ in 0..self.rng.random_range(10..=60) {
            match self.rng.random_range(0..10) {
                0..=4 => self.submit().await,
                5 => self.tell_the_time(),
                6 => self.ask(),
                7 => {
                    let index = self.rng.random_range(0..1_000_000);
                    self.book.ask_again(&self.engine, index);
                }
                _ if self.at_gate == 0 => {}
                _ if self.store.appends() == fails_at => break,
                _ => self.let_through().await,
            }
        }
        while self.at_gate > 0 && self.store.appends() < fails_at {
            self.let_through().await;
        }
        match plan.filter(|_| self.at_gate > 0) {
            Some(plan) => self.fail(plan).await,
            None => self.stop().await,
        }
    }

    /// A caller submits a command: a new one, or an earlier one again, or another one with an earlier one's key.
    async fn submit(&mut self) {
        let mut submission = commands::random(self.rng, self.submitted.len());
        match (self.rng.random_range(0..10), self.submitted.choose(self.rng)) {
            _ if self.submitted.len() < commands::BEGINNING => {}
            (0..=1, Some(earlier)) => submission = earlier.clone(),
            (2, Some(earlier)) => (submission.by, submission.key) = (earlier.by.clone(), earlier.key.clone()),
            _ => {}
        }
        self.submitted.push(submission.clone());
        self.engine.prepare(&submission).await.unwrap();
        let answer = self.engine.enqueue(submission.clone()).expect("the queue is neither full nor closed");
        self.waiting.push_back((submission, answer.boxed()));
        if self.at_gate == 0 {
            self.settle().await;
        }
    }

    /// Waits until the writer, which takes all that is waiting, is at the gate with it or has answered it.
    async fn settle(&mut self) {
        while let Some((_, answer)) = self.waiting.front_mut() {
            let answer = select! {
                biased;
                () = self.store.arrived() => break,
                answer = answer => answer,
                () = tokio::time::sleep(LONG) => panic!("the writer neither writes nor answers"),
            };
            self.answered(answer);
        }
        self.at_gate = self.waiting.len();
        self.count.groups += u64::from(self.at_gate > 1);
        for (submission, answer) in &mut self.waiting {
            let early = answer.now_or_never();
            assert!(early.is_none(), "answered before its frame was durable: {submission:?}");
        }
    }

    fn answered(&mut self, answer: Answer) {
        let (submission, _) = self.waiting.pop_front().unwrap();
        let became = self.book.answered(submission, answer, self.clock.now());
        *self.count.became.entry(became).or_default() += 1;
        let durable = self.store.head().now_or_never().unwrap().unwrap();
        assert!(self.book.head().0 <= durable, "answered before its frame was durable");
    }

    /// Lets the frame at the gate through, and waits for the answers that waited for it.
    async fn let_through(&mut self) {
        self.store.let_through();
        for _ in 0..self.at_gate {
            let answer = timeout(LONG, &mut self.waiting[0].1).await.expect("the writer does not answer");
            self.answered(answer);
        }
        self.settle().await;
    }

    fn tell_the_time(&mut self) {
        // What goes by, and by how much the clock is set: a little, as time services do.
        let (passed, set) = match self.rng.random_range(0..4) {
            0 => (0, -self.rng.random_range(0..5_000_000)),
            1 => (self.rng.random_range(0..10), 0),
            2 => (self.rng.random_range(0..10_000_000), self.rng.random_range(0..5_000_000)),
            _ => (86_400_000_000 * self.rng.random_range(0..40), 0),
        };
        self.clock.steady.fetch_add(passed, SeqCst);
        self.clock.clock.fetch_add(passed + set, SeqCst);
    }

    fn ask(&mut self) {
        self.count.asked += 1;
        self.book.ask(&self.engine);
    }

    /// Returns when the writer's thread is gone.
    async fn writer_is_gone(&self) {
        let gone = async {
            // Here, and by what checks the log below a snapshot; the writer lets go of it.
            let others = 1 + usize::from(self.engine.opened_behind().0 > 0);
            while Arc::strong_count(&self.on_fatal) > others {
                tokio::time::sleep(Duration::from_micros(20)).await;
            }
        };
        timeout(LONG, gone).await.expect("the writer goes on");
    }

    /// The store fails: whoever waits hears that the service is stopping, and nothing more happens.
    async fn fail(&mut self, plan: Plan) {
        *self.count.faults.entry((plan.fault, plan.survives)).or_default() += 1;
        self.store.let_through();
        for (submission, answer) in std::mem::take(&mut self.waiting) {
            let answer = timeout(LONG, answer).await.expect("everyone who waits hears of it");
            assert!(
                matches!(answer, Err(SubmitError::Stopping)),
                "{:?} after {plan:?}: {answer:?}",
                submission.command
            );
            self.count.unanswered += 1;
            self.book.unanswered.push(submission);
        }
        self.writer_is_gone().await;
        assert_eq!(self.fatal.lock().unwrap().len(), 1, "after {plan:?}: {:?}", self.fatal);
        assert!(!self.engine.is_ready());
        let late = self.engine.enqueue(commands::random(self.rng, 0)).err();
        assert!(matches!(late, Some(SubmitError::Stopping)), "after {plan:?}: {late:?}");
        assert_eq!(self.store.appends(), plan.append, "nothing is appended after a failure");
        self.ask();
        let index = self.rng.random_range(0..1_000_000);
        self.book.ask_again(&self.engine, index);
    }

    /// Everything was answered: the state is that of the log, and the writer goes when the engine does.
    async fn stop(&mut self) {
        assert!(self.waiting.is_empty());
        self.ask();
        self.book.matches(&self.engine, &self.store.frames().await);
        let checked = async {
            while self.engine.below_snapshot().is_some() {
                assert_eq!(*self.fatal.lock().unwrap(), [""; 0]);
                tokio::time::sleep(Duration::from_micros(100)).await;
            }
        };
        self.engine.check_below_snapshot();
        timeout(LONG, checked).await.expect("what lies below the snapshot is checked");
        self.count.checked += u64::from(self.engine.opened_behind().0 > 0);
        assert!(self.engine.is_ready() && self.fatal.lock().unwrap().is_empty());
    }
}
