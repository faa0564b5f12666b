//! Consumers over many lives of a log: readers that forget what they fetched, fail, come late; kills at any moment, parked
//! events, seeks, and logs restored from a backup. Nothing is skipped, and what was acknowledged does not come again, but where
//! that was not yet written.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use procura_app::{
    Code, DELIVERIES_FILE, Deliveries,
    consumers::{self, AckRequest, FailedEvent, FetchRequest, OwnedBy, ParkedRequest, SeekRequest},
};
use procura_domain::{
    id::{Id, ObjectId, TenantId},
    temporal::Timestamp,
    text::FeedName,
    visibility::Reader,
    vocabulary::{Actor, Author, OverseerRole, User},
};
use procura_engine::{
    Engine, Keyring, Settings, Submission,
    ambient::{Clock, Entropy},
    codec,
};
use procura_eventlog::{Cursor, DataDirectory, Elsewhere};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::sleep;
use uuid::Uuid;

const SEEDS: u64 = 20;
const STEPS: usize = 250;
const VISIBILITY_SECONDS: i64 = 10;
const OPERATOR: &str = "Odile";

/// In seconds.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp(self.0.load(SeqCst), 0).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::from_secs(self.0.load(SeqCst).unsigned_abs())
    }
}

/// What became of events.
#[derive(Debug, Clone, Default)]
struct Book {
    /// Acknowledged, dropped, or passed over by a seek.
    dealt: BTreeSet<u64>,
    parked: BTreeSet<u64>,
}

/// How often what can happen did.
#[derive(Debug, Default)]
struct Count(BTreeMap<&'static str, u64>);

impl Count {
    fn add(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

struct Run {
    home: TempDir,
    clock: Arc<SetClock>,
    rng: StdRng,
    /// A log in memory, and its server; none between two lives.
    life: Option<Life>,
    of: OwnedBy,
    book: Book,
    /// The book as the file has it.
    written: Book,
    backup: Option<(PathBuf, Book)>,
    /// What readers have in hand; some of it from lives before.
    held: Vec<Cursor>,
    registered: u128,
}

struct Life {
    engine: Engine,
    deliveries: Deliveries,
    directory: DataDirectory,
}

impl Run {
    async fn begin(seed: u64) -> Self {
        let memory = Path::new("/dev/shm");
        let home = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let owner = User { tenant: TenantId::MIN, user: ObjectId::MIN };
        let of = OwnedBy { owner, name: FeedName::new("billing").unwrap(), reader: Reader::Overseer };
        let mut run = Self {
            home,
            clock: Arc::new(SetClock(AtomicI64::new(1_592_553_600))),
            rng: StdRng::seed_from_u64(seed),
            life: None,
            of,
            book: Book::default(),
            written: Book::default(),
            backup: None,
            held: vec![],
            registered: 0,
        };
        run.live().await;
        let role = OverseerRole::Auditor;
        let on_parked = if run.rng.random_bool(0.5) { "goOn" } else { "wait" };
        let set = json!({"name": "billing", "after": 0, "visibilitySeconds": VISIBILITY_SECONDS, "tries": 3,
            "onParked": on_parked});
        run.submit("SetConsumer", &set, Actor::User(owner), Some(role)).await;
        run
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn now(&self) -> &Life {
        self.life.as_ref().unwrap()
    }

    /// A server begins.
    async fn live(&mut self) {
        let path = self.data();
        let directory = DataDirectory::open(&path, Uuid::from_u128(7)).unwrap();
        let settings = Settings {
            public_url: "https://partners.example".into(),
            invitation_link: None,
            clock: self.clock.clone(),
            entropy: Entropy::from_os(),
            snapshots: None,
            keyring: Keyring::in_memory(),
            has_room: Arc::new(|| true),
            idempotency_keys_max: 1,
            on_fatal: Arc::new(|error| panic!("{error}")),
        };
        let engine = Engine::open(directory.stored().unwrap(), settings).await.unwrap();
        let deliveries = Deliveries::open(&engine, Some(path.join(DELIVERIES_FILE))).unwrap();
        self.life = Some(Life { engine, deliveries, directory });
    }

    /// It is killed: what was not written is gone. Perhaps a backup is there of how it was.
    async fn die(&mut self) {
        let Life { engine, deliveries, directory } = self.life.take().unwrap();
        drop((engine, deliveries));
        // The writer ends on its own, and lets the store go.
        for _ in 0..5_000 {
            if directory.stored().is_ok() {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        self.book = self.written.clone();
    }

    async fn submit(&self, name: &str, fields: &Value, actor: Actor, role: Option<OverseerRole>) {
        let command = codec::read_command(name, fields.to_string().as_bytes()).unwrap().with_role(role);
        let by = Author::stated(actor);
        self.now().engine.submit(Submission { command, by, key: None, at: None, if_match: None }).await.unwrap();
    }

    /// Something happens: two events of one key.
    async fn happen(&mut self) {
        self.registered += 1;
        let id = Uuid::from_u128(self.registered);
        let fields = json!({"partner": id, "name": "Fabrikam", "domain": format!("fabrikam{}.com", self.registered),
            "globalAdministrator": id});
        self.submit("RegisterPartner", &fields, Actor::Operator(OPERATOR.into()), None).await;
    }

    async fn fetch(&mut self, max: usize) -> usize {
        let Life { engine, deliveries, .. } = self.now();
        let request = FetchRequest { max: Some(max), wait: None };
        let fetched = consumers::fetch(engine, deliveries, &self.of, request).await.unwrap();
        let cursors: Vec<_> = fetched.events.iter().map(|fetched| fetched.event.cursor(engine)).collect();
        for cursor in &cursors {
            assert!(cursor.position <= engine.position().0 && engine.epochs().of(cursor.position) == cursor.epoch);
            assert!(!self.book.dealt.contains(&cursor.position), "{cursor} was dealt with");
        }
        assert!(cursors.is_sorted_by(|one, next| one.position < next.position), "{cursors:?}");
        self.held.extend(&cursors);
        self.look_at_parked().await;
        cursors.len()
    }

    /// What was tried too often is parked, by a fetch or a failure.
    async fn look_at_parked(&mut self) {
        let Life { engine, deliveries, .. } = self.now();
        let parked = consumers::parked(engine, deliveries, &self.of).await.unwrap();
        let parked = parked.iter().map(|row| row.event.parse::<Cursor>().unwrap().position);
        self.book.parked = parked.collect();
    }

    /// A reader answers for one that it has: done, or failed. Where the log is another by now, it is told.
    async fn answer(&mut self, done: bool, count: &mut Count) {
        let Some(place) = (0..self.held.len()).choose(&mut self.rng) else { return };
        let cursor = self.held.swap_remove(place);
        let (event, error) = (cursor.to_string(), "no such account".to_owned());
        let request = if done {
            AckRequest { events: vec![event], failed: vec![] }
        } else {
            AckRequest { events: vec![], failed: vec![FailedEvent { event, error }] }
        };
        let Life { engine, deliveries, .. } = self.now();
        let is_here = engine.epochs().went_through(cursor.epoch, cursor.position).is_ok();
        match consumers::acknowledge(engine, deliveries, &self.of, request).await {
            Ok(told) => {
                assert!(is_here || told.acknowledged + told.failed == 0, "{cursor} is of another line");
                if told.acknowledged == 1 {
                    assert!(self.book.dealt.insert(cursor.position), "{cursor} was acknowledged twice");
                    count.add("acknowledged");
                }
            }
            Err(error) => {
                assert!(!is_here && error.code() == Code::OtherEpoch, "{cursor}: {error}");
                count.add("of another epoch");
            }
        }
        self.look_at_parked().await;
    }

    async fn deal_with_parked(&mut self, drop: bool, count: &mut Count) {
        let Some(position) = self.book.parked.first().copied() else { return };
        let Life { engine, deliveries, .. } = self.now();
        let cursors = vec![engine.epochs().cursor(position).to_string()];
        let request = if drop {
            ParkedRequest { replay: vec![], drop: cursors }
        } else {
            ParkedRequest { replay: cursors, drop: vec![] }
        };
        let changes = consumers::change_parked(engine, deliveries, &self.of, &request).await.unwrap();
        assert_eq!(changes.replayed + changes.dropped, 1);
        if drop {
            self.book.dealt.insert(position);
        }
        count.add(if drop { "dropped" } else { "replayed" });
        self.look_at_parked().await;
    }

    async fn seek(&mut self) {
        let head = self.now().engine.position().0;
        let after = self.rng.random_range(0..=head);
        let Life { engine, deliveries, .. } = self.now();
        let request = SeekRequest { after: engine.epochs().cursor(after).to_string() };
        consumers::seek(engine, deliveries, &self.of, &request).await.unwrap();
        let Book { dealt, parked } = &mut self.book;
        parked.retain(|position| *position <= after);
        *dealt = (1..=after).filter(|position| !parked.contains(position)).collect();
    }

    async fn write(&mut self) {
        let Life { engine, deliveries, .. } = self.now();
        deliveries.save(engine).await.unwrap();
        self.written = self.book.clone();
    }

    fn back_up(&mut self) {
        let copy = self.home.path().join("backup");
        let _ = fs::remove_dir_all(&copy);
        copied(&self.data(), &copy);
        self.backup = Some((copy, self.written.clone()));
    }

    /// The log is as it was, in a new epoch; how far consumers are too, or that stayed where it was.
    fn restore(&mut self, count: &mut Count) {
        let Some((copy, book)) = self.backup.clone() else { return };
        let (data, kept) = (self.data(), self.home.path().join("kept"));
        let stays = self.rng.random_bool(0.5) && data.join(DELIVERIES_FILE).exists();
        if stays {
            fs::copy(data.join(DELIVERIES_FILE), &kept).unwrap();
        }
        fs::remove_dir_all(&data).unwrap();
        copied(&copy, &data);
        let directory = DataDirectory::open(&data, Uuid::nil()).unwrap();
        let (head, now) = (directory.reached(), self.clock.now());
        let epochs = directory.epochs().restored(head, now);
        drop(directory);
        let format = fs::read_to_string(data.join("FORMAT")).unwrap();
        let line = format!("epoch {} after {head}\n", epochs.newest());
        fs::write(data.join("FORMAT"), format + &line).unwrap();
        if stays {
            fs::copy(&kept, data.join(DELIVERIES_FILE)).unwrap();
            // Up to where both logs went together, it counts.
            let lines = fs::read_to_string(&kept).unwrap();
            let line: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
            let line = [&line["epoch"], &line["queue"]["reached"]].map(|number| number.as_u64().unwrap());
            let end = match epochs.went_through(line[0], line[1]) {
                Ok(()) => head,
                Err(Elsewhere::Beyond { end, .. }) => end,
                Err(_) => 0,
            };
            self.book.dealt.retain(|position| *position <= end);
            self.book.parked.retain(|position| *position <= end);
        } else {
            self.book = book;
        }
        self.written = self.book.clone();
        count.add(if stays { "restored beside newer deliveries" } else { "restored" });
    }

    /// In the end every event was dealt with.
    async fn finish(&mut self) {
        for _ in 0..10_000 {
            self.clock.0.fetch_add(VISIBILITY_SECONDS + 1, SeqCst);
            let fetched = self.fetch(50).await;
            let mut count = Count::default();
            while !self.held.is_empty() {
                self.answer(true, &mut count).await;
            }
            self.deal_with_parked(false, &mut count).await;
            if fetched == 0 && self.book.parked.is_empty() {
                let head = self.now().engine.position().0;
                let skipped: Vec<_> = (1..=head).filter(|position| !self.book.dealt.contains(position)).collect();
                assert_eq!(skipped, <[u64; 0]>::default(), "skipped");
                return;
            }
        }
        panic!("it does not come to an end");
    }
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copied(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

#[tokio::test]
async fn whatever_happens_every_event_is_dealt_with() {
    let mut count = Count::default();
    for seed in 0..SEEDS {
        let mut run = Run::begin(seed).await;
        for _ in 0..STEPS {
            run.clock.0.fetch_add(run.rng.random_range(0..4), SeqCst);
            match run.rng.random_range(0..100) {
                0..15 => run.happen().await,
                15..40 => {
                    let max = run.rng.random_range(1..6);
                    run.fetch(max).await;
                }
                40..65 => run.answer(true, &mut count).await,
                65..80 => run.answer(false, &mut count).await,
                // It forgets what it had.
                80..82 => run.held.clear(),
                82..87 => {
                    let drop = run.rng.random_bool(0.5);
                    run.deal_with_parked(drop, &mut count).await;
                }
                87..89 => run.seek().await,
                89..95 => run.write().await,
                _ => {
                    run.die().await;
                    match run.rng.random_range(0..10) {
                        0..4 => run.back_up(),
                        4..6 => run.restore(&mut count),
                        _ => count.add("killed"),
                    }
                    run.live().await;
                }
            }
        }
        run.finish().await;
    }
    let all = [
        "acknowledged",
        "dropped",
        "killed",
        "of another epoch",
        "replayed",
        "restored",
        "restored beside newer deliveries",
    ];
    assert_eq!(count.0.keys().copied().collect::<Vec<_>>(), all, "{count:?}");
}
