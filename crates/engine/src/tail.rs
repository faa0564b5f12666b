//! The end of the log in memory, for readers that follow it: an event that many read is decoded once.

use crate::{horizon::Horizon, logged_event::LoggedEvent, sync::Mutex};
use procura_domain::temporal::Position;
use procura_eventlog::{Envelope, NewCommit};
use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
};
use tokio::sync::watch;

/// How many bytes of events are kept, as the log has them; the newest frame in any case. Decoded they take some five times
/// as many.
const TAIL_BYTES_MAX: usize = 4 << 20;

/// The newest frames.
#[derive(Default)]
pub(crate) struct Tail {
    frames: Mutex<VecDeque<Arc<TailFrame>>>,
    /// The newest position, told to many without the writer's doing.
    heralded: OnceLock<watch::Receiver<Position>>,
}

struct TailFrame {
    last: Position,
    bytes: usize,
    commits: Vec<NewCommit>,
    /// Decoded, once somebody asked; none if that failed, which reading the log will say.
    events: OnceLock<Option<Vec<Arc<LoggedEvent>>>>,
}

impl Tail {
    /// Adds the commits of a frame, whose last event stands at `last`.
    pub(crate) fn add(&self, last: Position, commits: Vec<NewCommit>) {
        let bytes = commits.iter().flat_map(|commit| &commit.events).map(Vec::len).sum();
        let frame = Arc::new(TailFrame { last, bytes, commits, events: OnceLock::new() });
        let mut frames = self.frames.lock();
        frames.push_back(frame);
        let mut all: usize = frames.iter().map(|frame| frame.bytes).sum();
        while all > TAIL_BYTES_MAX && frames.len() > 1 {
            all -= frames.pop_front().map_or(0, |frame| frame.bytes);
        }
    }

    /// The events of the frame behind `after`, if that frame is here and published.
    pub(crate) fn after(&self, after: Position, published: Position) -> Option<Vec<Arc<LoggedEvent>>> {
        let frame = {
            let frames = self.frames.lock();
            let place = frames.partition_point(|frame| frame.last <= after);
            frames.get(place).filter(|frame| frame.last <= published)?.clone()
        };
        let events = frame.events().as_ref()?;
        let first = events.first()?.position();
        // The oldest frame here may not be the one that follows.
        if after.0.saturating_add(1) < first.0 {
            return None;
        }
        let behind = events.partition_point(|event| event.position() <= after);
        events.get(behind..).map(<[_]>::to_vec)
    }

    /// Tells each newest position. Many wait for that, so a task of its own wakes them, and not the writer.
    pub(crate) fn heralded(&self, horizon: &Horizon) -> watch::Receiver<Position> {
        let heralded = self.heralded.get_or_init(|| {
            let mut reached = horizon.watch();
            let (herald, heralded) = watch::channel(*reached.borrow_and_update());
            tokio::spawn(async move {
                while reached.changed().await.is_ok() {
                    herald.send_replace(*reached.borrow_and_update());
                }
            });
            heralded
        });
        heralded.clone()
    }
}

impl TailFrame {
    fn events(&self) -> &Option<Vec<Arc<LoggedEvent>>> {
        self.events.get_or_init(|| {
            let events = self.commits.iter().flat_map(|commit| &commit.events);
            let read = |bytes: &Vec<u8>| LoggedEvent::read(Envelope::decode(bytes).ok()?).ok().map(Arc::new);
            events.map(read).collect()
        })
    }
}
