//! What a start from a snapshot has not read is checked afterwards, and a snapshot is held against the log.

use crate::world::{
    AGENT, PARTNER, SetClock, World, add_agent, command, operator, register_customer, register_partner, remove_agent,
    second, user,
};
use futures_util::StreamExt;
use procura_domain::temporal::Timestamp;
use procura_engine::{
    BelowSnapshot, KEYS_FILE, Keyring, PreparedCommit, Replay, SnapshotFolder, SnapshotFound, SnapshotProofs,
    Submission,
};
use procura_eventlog::{Frame, FrameStore, Log, MemoryStore, Stored};
use serde_json::json;
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;

const INVITATION: &str = "10000000-0000-4000-8000-000000000001";
/// Where it stands.
const SENT: u64 = 4;

fn invite() -> Submission {
    let message = json!({"subject": "Dear Ada", "body": "Here: {link}"});
    let fields = json!({"invitation": INVITATION, "partner": PARTNER, "delegatedAdmin": true, "locale": "en",
        "recipient": "ada@contoso.example", "message": message});
    command("SendInvite", user(PARTNER, AGENT), &fields)
}

fn erase() -> Submission {
    command("ErasePersonalData", operator(), &json!({"subject": format!("invitation:{INVITATION}")}))
}

fn keyed(key: &str, submission: Submission) -> Submission {
    Submission { key: Some(key.parse().unwrap()), ..submission }
}

/// A log with its keys and snapshots, which outlive the engines over them.
struct Place {
    store: Arc<MemoryStore>,
    folder: TempDir,
    seconds: AtomicI64,
}

impl Place {
    /// A log of some commands, and a snapshot at its end.
    async fn with(last: Option<Submission>) -> Self {
        let place = Self { store: Arc::default(), folder: TempDir::new().unwrap(), seconds: AtomicI64::new(0) };
        let world = place.open().await;
        world.engine.check_below_snapshot();
        assert_eq!(world.engine.below_snapshot(), None, "there is none");
        for submission in
            [register_partner(), add_agent(), invite(), keyed("k", register_customer())].into_iter().chain(last)
        {
            world.engine.submit(submission).await.unwrap();
        }
        drop(world);
        place
    }

    async fn open(&self) -> World {
        let keyring = Keyring::open(&self.folder.path().join(KEYS_FILE), Uuid::nil()).unwrap();
        let clock = Arc::new(SetClock::default());
        clock.set(second(self.seconds.load(Ordering::SeqCst)));
        World::open_beside(self.store.clone(), keyring, clock, Some(self.snapshots().every(1))).await.unwrap()
    }

    fn snapshots(&self) -> SnapshotFolder {
        SnapshotFolder::of(self.folder.path(), Uuid::nil())
    }

    /// The store with something changed in a frame.
    async fn changed(self, position: u64, change: impl Fn(&Frame) -> Frame) -> Self {
        let store = Arc::new(MemoryStore::new());
        let mut frames = self.store.read(1);
        while let Some(frame) = frames.next().await {
            let frame = frame.unwrap();
            let is_it = (frame.first_position()..=frame.last_position()).contains(&position);
            let frame = if is_it { change(&frame) } else { frame };
            store.append(&frame, frame.first_position() - 1).await.unwrap();
        }
        drop(frames);
        Self { store, ..self }
    }

    /// What a check below the snapshot finds; nothing if all is sound.
    async fn checked(&self) -> Option<String> {
        let World { engine, fatal, .. } = self.open().await;
        let of = engine.opened_behind().0;
        assert!(of > SENT, "opened with a snapshot");
        assert_eq!(engine.below_snapshot(), Some(BelowSnapshot { position: 0, of }), "nobody has begun");
        engine.check_below_snapshot();
        while engine.below_snapshot().is_some() && fatal.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fatal.lock().unwrap().first().cloned()
    }

    /// What is found of each snapshot, newest first, when the log is folded beside it.
    async fn compared(&self) -> Vec<SnapshotFound> {
        let (mut replay, stored) = (Replay::default(), Stored::from(self.store.clone()));
        let mut proofs = SnapshotProofs::open(&self.snapshots().files(), &self.snapshots(), &stored).await;
        let take = |prepared: PreparedCommit, next: Option<&PreparedCommit>| {
            let position = prepared.last_position;
            replay.take_in(prepared, next)?;
            proofs.reached(position, &replay);
            Ok(())
        };
        let log = Log::open_prepared(stored, |commit| PreparedCommit::of(&commit), take).await.unwrap();
        proofs.finish(log.end().recorded_at).into_iter().map(|finding| finding.found).collect()
    }

    fn newest(&self) -> PathBuf {
        self.snapshots().files().remove(0)
    }
}

#[tokio::test]
async fn a_sound_log_below_a_snapshot_is_found_sound() {
    assert_eq!(Place::with(None).await.checked().await, None);
}

#[tokio::test]
async fn a_changed_event_below_a_snapshot_ends_it() {
    let place = Place::with(None).await;
    let place = place
        .changed(1, |frame| {
            let mut events: Vec<_> = frame.events().map(<[u8]>::to_vec).collect();
            let text = String::from_utf8(events[0].clone()).unwrap().replace("Fabrikam", "Fabricam");
            events[0] = text.into_bytes();
            Frame::encode(Uuid::nil(), frame.epoch(), frame.first_position(), frame.root(), &events).unwrap()
        })
        .await;
    let found = place.checked().await.unwrap();
    assert!(found.contains("damaged at position 2") && found.contains("Merkle root"), "{found}");
    assert!(found.starts_with("the log is not sound"), "{found}");
}

#[tokio::test]
async fn a_frame_of_another_epoch_below_a_snapshot_ends_it() {
    let place = Place::with(None).await;
    let place = place
        .changed(3, |frame| {
            let events: Vec<_> = frame.events().map(<[u8]>::to_vec).collect();
            Frame::encode(Uuid::nil(), 7, frame.first_position(), frame.root(), &events).unwrap()
        })
        .await;
    let found = place.checked().await.unwrap();
    assert!(found.contains("position 3") && found.contains("epoch 7"), "{found}");
}

#[tokio::test]
async fn a_key_that_is_missing_below_a_snapshot_ends_it_unless_its_subject_is_erased() {
    let place = Place::with(None).await;
    let keys = place.folder.path().join(KEYS_FILE);
    fs::remove_file(&keys).unwrap();
    Keyring::create(&keys, Uuid::nil(), 0).unwrap();
    let found = place.checked().await.unwrap();
    assert!(found.contains(&format!("position {SENT}")) && found.contains("has no key for it"), "{found}");
    assert_eq!(Place::with(Some(erase())).await.checked().await, None);
}

#[tokio::test]
async fn a_check_ends_with_the_engine() {
    let place = Place::with(None).await;
    let world = place.open().await;
    world.engine.check_below_snapshot();
    world.engine.check_below_snapshot();
    drop(world.engine);
    assert_eq!(*world.fatal.lock().unwrap(), [""; 0]);
    assert_eq!(Arc::strong_count(&place.store), 1, "nobody reads any more");
}

#[tokio::test]
async fn snapshots_equal_the_log_up_to_their_positions() {
    let place = Place::with(None).await;
    let head = place.store.head().await.unwrap();
    let found = place.compared().await;
    assert!(found.contains(&SnapshotFound::Equal { position: head }), "{found:?}");
    assert!(found.iter().all(|found| matches!(found, SnapshotFound::Equal { .. })), "{found:?}");
    // One that was written after a start from another.
    let world = place.open().await;
    for submission in [remove_agent(), add_agent()] {
        world.engine.submit(submission).await.unwrap();
    }
    drop(world);
    let found = place.compared().await;
    assert!(matches!(found[0], SnapshotFound::Equal { position } if position > head), "{found:?}");
    assert!(found.iter().all(|found| matches!(found, SnapshotFound::Equal { .. })), "{found:?}");
}

#[tokio::test]
async fn a_snapshot_that_differs_is_found() {
    let different = |found: &SnapshotFound| match found {
        SnapshotFound::Different { problem } => problem.clone(),
        other => panic!("{other:?}"),
    };
    // A value, with the checksum that belongs to it.
    let place = Place::with(None).await;
    let sound = fs::read(place.newest()).unwrap();
    fs::write(place.newest(), with_a_bit_flipped(&sound, b'S')).unwrap();
    assert!(different(&place.compared().await[0]).contains("is not what the log folds to"));
    // An idempotency key of another.
    fs::write(place.newest(), with_a_bit_flipped(&sound, b'K')).unwrap();
    assert!(different(&place.compared().await[0]).contains("is not what the log folds to"));
    // Without any.
    fs::write(place.newest(), without(&sound, b'K')).unwrap();
    assert!(different(&place.compared().await[0]).contains("lacks idempotency keys"));
    // Cut off, and with a bit flipped by the disk.
    fs::write(place.newest(), &sound[..sound.len() / 2]).unwrap();
    different(&place.compared().await[0]);
    let mut flipped = sound.clone();
    flipped[sound.len() - 30] ^= 1;
    fs::write(place.newest(), &flipped).unwrap();
    assert!(different(&place.compared().await[0]).contains("damaged"));
    // Of another version, which is nothing to be found fault with.
    let other = String::from_utf8_lossy(&sound[..sound.len().min(40)]).contains("\"format\":1");
    assert!(other, "it begins with its format");
    let mut newer = sound.clone();
    let at = newer.windows(10).position(|bytes| bytes == b"\"format\":1").unwrap();
    newer[at + 9] = b'9';
    fs::write(place.newest(), &newer).unwrap();
    assert!(
        matches!(&place.compared().await[0], SnapshotFound::PassedOver { problem } if problem.contains("another format"))
    );
    fs::write(place.newest(), &sound).unwrap();
    assert!(matches!(place.compared().await[0], SnapshotFound::Equal { .. }));
}

#[tokio::test]
async fn keys_that_were_forgotten_while_a_snapshot_was_written_are_not_missed() {
    let place = Place::with(None).await;
    let sound = fs::read(place.newest()).unwrap();
    fs::write(place.newest(), without(&sound, b'K')).unwrap();
    place.seconds.store(8 * 24 * 60 * 60, Ordering::SeqCst);
    let keyring = Keyring::open(&place.folder.path().join(KEYS_FILE), Uuid::nil()).unwrap();
    let clock = Arc::new(SetClock::default());
    clock.set(Timestamp::from_timestamp(1_592_553_600 + 8 * 24 * 60 * 60, 0).unwrap());
    let world = World::open_at(place.store.clone(), keyring, clock).await.unwrap();
    world.engine.submit(remove_agent()).await.unwrap();
    drop(world);
    let found = place.compared().await;
    assert!(found.iter().all(|found| matches!(found, SnapshotFound::Equal { .. })), "{found:?}");
}

/// The records of a snapshot: where each begins, and where what is in it begins and ends.
fn records(file: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut at = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut records = Vec::new();
    while at < file.len() {
        let length = u32::from_be_bytes(file[at + 1..at + 5].try_into().unwrap()) as usize;
        records.push((at, at + 9, at + 9 + length));
        at += 9 + length;
    }
    records
}

/// The file with the lowest bit of the last byte of the last such record flipped, and the checksum right.
fn with_a_bit_flipped(file: &[u8], kind: u8) -> Vec<u8> {
    let (begin, first, end) = records(file).into_iter().rfind(|(begin, ..)| file[*begin] == kind).unwrap();
    let mut file = file.to_vec();
    file[end - 1] ^= 1;
    let checksum = crc32fast::hash(&file[first..end]).to_be_bytes();
    file[begin + 5..begin + 9].copy_from_slice(&checksum);
    file
}

/// The file without such records, and the right number of them at its end.
fn without(file: &[u8], kind: u8) -> Vec<u8> {
    let records = records(file);
    let mut less = file[..records[0].0].to_vec();
    let kept: Vec<_> = records.iter().filter(|(begin, ..)| ![kind, b'E'].contains(&file[*begin])).collect();
    kept.iter().for_each(|(begin, _, end)| less.extend_from_slice(&file[*begin..*end]));
    let count = (kept.len() as u64).to_be_bytes();
    less.extend_from_slice(b"E\0\0\0\x08");
    less.extend_from_slice(&crc32fast::hash(&count).to_be_bytes());
    less.extend_from_slice(&count);
    less
}
