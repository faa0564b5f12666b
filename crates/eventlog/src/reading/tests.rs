//! Whether one thread does it all or several do, the same is taken in, and the same is found wrong first.

use super::*;
use crate::envelope::{CommitPart, Envelope, StoredActor, StoredAuthentication};
use crate::epochs::Epochs;
use crate::store::Append;
use crate::tree::Tree;
use async_trait::async_trait;
use chrono::DateTime;
use futures_util::{FutureExt, stream, stream::BoxStream};
use serde_json::value::RawValue;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

/// Enough that batches wait for each other.
const FRAMES: u64 = 120;
const EVENTS_A_FRAME: u64 = 4;
/// So that a batch holds two frames.
const DATA_BYTES: usize = 33_000;

fn event(position: u64) -> Envelope {
    Envelope {
        id: Uuid::nil(),
        event_type: "DapRevoked".to_owned(),
        version: 1,
        position,
        commit: CommitPart { index: 0, size: 1 },
        tenants: vec![],
        actor: StoredActor::Operator("ops".to_owned()),
        authentication: StoredAuthentication::Stated,
        issuer: None,
        command: Uuid::nil(),
        idempotency: None,
        recorded_at: DateTime::from_timestamp(i64::try_from(position).unwrap(), 0).unwrap(),
        imported_at: None,
        salt: [7; 16],
        data: RawValue::from_string(format!("\"{}\"", "x".repeat(DATA_BYTES))).unwrap(),
        sealed: None,
    }
}

/// A sound log, but for what `change` does to the bytes of events.
fn frames(change: impl Fn(u64, Vec<u8>) -> Vec<u8>) -> Vec<Frame> {
    let mut tree = Tree::new();
    let frame = |number| {
        let first = number * EVENTS_A_FRAME + 1;
        let events =
            (first..first + EVENTS_A_FRAME).map(|position| change(position, event(position).encode().unwrap()));
        let events: Vec<_> = events.collect();
        events.iter().for_each(|event| tree.push(event));
        Frame::encode(Uuid::nil(), 1, first, tree.root(), events).unwrap()
    };
    (0..FRAMES).map(frame).collect()
}

fn sound() -> Vec<Frame> {
    frames(|_, bytes| bytes)
}

/// A store that hands out frames up to where it fails, and counts them.
struct Shelf {
    frames: Vec<Frame>,
    fails_at: Option<usize>,
    panics_at: Option<usize>,
    read: AtomicUsize,
}

impl Shelf {
    fn of(frames: Vec<Frame>) -> Shelf {
        Shelf { frames, fails_at: None, panics_at: None, read: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl FrameStore for Shelf {
    async fn append(&self, _: &Frame, _: u64) -> Result<Append, StoreError> {
        Ok(Append::Unknown)
    }

    fn read(&self, _: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        let frames = self.frames.iter().enumerate().map(|(number, frame)| {
            self.read.fetch_add(1, Ordering::Relaxed);
            assert_ne!(Some(number), self.panics_at, "the store panics");
            let failed = StoreError::Damaged { position: frame.first_position(), cause: "the disk" };
            if Some(number) == self.fails_at { Err(failed) } else { Ok(frame.clone()) }
        });
        stream::iter(frames).boxed()
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.read(from)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        Ok(FRAMES * EVENTS_A_FRAME)
    }
}

/// What came of a reading: up to where commits were taken in, the root, and what was wrong.
type Outcome = (u64, Option<[u8; 32]>, String);

/// Takes the last positions of commits in.
#[expect(clippy::type_complexity, reason = "closures have no shorter names")]
fn positions(
    reached: &mut u64,
    prepare: impl Fn(u64) -> Result<(), &'static str> + Send,
    take: impl Fn(u64) -> Result<(), &'static str>,
) -> Intake<
    impl Fn(CommitRef<'_>) -> Result<u64, &'static str> + Send,
    impl FnMut(u64, Option<&u64>) -> Result<(), &'static str>,
> {
    let prepare = move |commit: CommitRef<'_>| prepare(commit.last_position()).map(|()| commit.last_position());
    let take = move |position, next: Option<&u64>| {
        assert_eq!(*reached + 1, position, "in order");
        assert!(next.is_none_or(|next| *next == position + 1), "{next:?} behind {position}");
        take(position)?;
        *reached = position;
        Ok(())
    };
    Intake { prepare, take }
}

/// What comes of it with several threads, which is what comes of it with one.
fn outcome(
    store: &Shelf,
    prepare: impl Fn(u64) -> Result<(), &'static str> + Send + Copy,
    take: impl Fn(u64) -> Result<(), &'static str> + Copy,
) -> Outcome {
    let said = |read: Result<Verifier, OpenLogError<&str>>| match read {
        Ok(checks) => (Some(checks.head().root), String::new()),
        Err(error) => (None, error.to_string()),
    };
    let (epochs, mut here, mut beside) = (Epochs::first(), 0, 0);
    let tiles = Tiles::in_memory();
    let read = read_here(store, &tiles, Verifier::new(&epochs, None), positions(&mut here, prepare, take));
    let alone = said(read.now_or_never().unwrap());
    let intake = positions(&mut beside, prepare, take);
    let (root, error) = said(read_beside(store, runtime(), &Tiles::in_memory(), Verifier::new(&epochs, None), intake));
    assert_eq!((beside, &root, &error), (here, &alone.0, &alone.1));
    (beside, root, error)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn all_well(_: u64) -> Result<(), &'static str> {
    Ok(())
}

#[test]
fn a_sound_log_is_taken_in_whole() {
    let frames = sound();
    let root = frames.last().map(Frame::root);
    assert_eq!(outcome(&Shelf::of(frames), all_well, all_well), (FRAMES * EVENTS_A_FRAME, root, String::new()));
}

#[test]
fn nothing_of_a_damaged_frame_is_taken_in_and_everything_before_it_is() {
    for position in [1, 4, 5, 201, FRAMES * EVENTS_A_FRAME] {
        let frames = frames(|at, bytes| if at == position { b"{}".to_vec() } else { bytes });
        let (reached, _, said) = outcome(&Shelf::of(frames), all_well, all_well);
        assert_eq!(reached, (position - 1) / EVENTS_A_FRAME * EVENTS_A_FRAME);
        assert!(said.starts_with(&format!("the log is damaged at position {position}: not an envelope")), "{said}");
    }
    let mut gap = sound();
    gap.remove(100);
    let (reached, _, said) = outcome(&Shelf::of(gap), all_well, all_well);
    assert_eq!(reached, 400);
    assert!(said.starts_with("the log is damaged at position 401: events are missing"), "{said}");
}

#[test]
fn the_first_fault_is_told_whatever_kind_it_is_of() {
    let says = |at: u64, what: &'static str| move |position| if position == at { Err(what) } else { Ok(()) };
    let damaged = |at: u64| frames(move |position, bytes| if position == at { b"{}".to_vec() } else { bytes });
    let failing = |at: usize| Shelf { fails_at: Some(at), ..Shelf::of(damaged(401)) };
    for (store, prepared, taken, reached, expected) in [
        (failing(101), 390, 389, 388, "position 389 cannot be taken: refused"),
        (failing(101), 389, 389, 388, "position 389 cannot be taken: unread"),
        (failing(101), 389, 390, 388, "position 389 cannot be taken: unread"),
        (failing(101), 402, 403, 400, "damaged at position 401"),
        (failing(100), 401, 401, 400, "damaged at position 401, the disk"),
        (failing(100), 400, 401, 399, "position 400 cannot be taken: unread"),
    ] {
        let (found, _, said) = outcome(&store, says(prepared, "unread"), says(taken, "refused"));
        assert!(found == reached && said.contains(expected), "{found}: {said}");
    }
}

/// No more frames are read that nobody takes in than may wait.
#[test]
fn what_is_on_its_way_is_bounded_and_left_where_the_caller_stops() {
    let store = Shelf::of(sound());
    let intake = Intake { prepare: |_: CommitRef<'_>| Ok(()), take: |(), _: Option<&()>| Err("stopped") };
    let epochs = Epochs::first();
    let stopped = read_beside(&store, runtime(), &Tiles::in_memory(), Verifier::new(&epochs, None), intake);
    assert!(matches!(stopped, Err(OpenLogError::Commit { position: 1, source: "stopped" })));
    let frames_a_batch = BATCH_BYTES.div_ceil(DATA_BYTES * 4);
    // Those that wait for either thread, and the one that each of the three has in hand.
    let most = frames_a_batch * (2 * BATCHES_WAITING_MAX + 3);
    let read = store.read.load(Ordering::Relaxed);
    assert!(read <= most && most < 100, "{read} of {most}");
}

#[test]
fn a_panic_on_another_thread_is_one_of_the_caller() {
    let store = Shelf { panics_at: Some(100), ..Shelf::of(sound()) };
    let open = |prepare: fn(CommitRef<'_>) -> Result<(), ()>| {
        let intake = Intake { prepare, take: |(), _: Option<&()>| Ok(()) };
        let read = || {
            read_beside(&store, runtime(), &Tiles::in_memory(), Verifier::new(&Epochs::first(), None), intake).is_ok()
        };
        *catch_unwind(AssertUnwindSafe(read)).unwrap_err().downcast::<String>().unwrap()
    };
    assert!(open(|_| Ok(())).contains("the store panics"));
    assert!(open(|commit| panic!("no {}", commit.last_position())).contains("no 1"));
}
