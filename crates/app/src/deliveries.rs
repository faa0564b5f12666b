//! How far consumers and webhooks have come. What they are is in the log; this is kept beside it, in a file that is written
//! once a second where something changed: a power cut makes what was acknowledged in that second come again. It is written
//! less often where it is so large that this would take more than a twentieth of the time.

mod file;
pub(crate) mod queue;

pub use file::{DELIVERIES_FILE, DeliveriesError};

pub(crate) use file::{Kind, Which};

use file::Line;
use parking_lot::Mutex;
use procura_domain::{
    temporal::{Moment, Position},
    text::FeedName,
    vocabulary::User,
};
use procura_engine::Engine;
use procura_eventlog::Elsewhere;
use queue::Queue;
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// How often what changed is written.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// The writing takes one part in so many of the time, however much tenants leave open and parked.
const SAVE_SHARE: u32 = 20;

/// How far all of them have come: clones share it.
#[derive(Clone)]
pub struct Deliveries(Arc<Shared>);

struct Shared {
    /// Where it is kept; nowhere, for tests.
    path: Option<PathBuf>,
    slots: Mutex<HashMap<Which, Arc<Slot>>>,
    has_changed: AtomicBool,
}

/// How far one has come.
pub(crate) struct Slot {
    /// Where it was made: one that was deleted and made again begins anew.
    made: u64,
    pub(crate) queue: tokio::sync::Mutex<Queue>,
    /// Told when something was acknowledged, or is to be looked at again.
    pub(crate) changed: Notify,
    /// Why the last delivery failed, if it did.
    pub(crate) last_error: Mutex<Option<String>>,
    /// How far it had come when that was looked at last.
    seen: Mutex<Seen>,
}

/// How far one has come, for the metrics.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    done: u64,
    parked: usize,
    paused: bool,
}

/// How far all consumers, or all webhooks, have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveriesNow {
    /// `consumer` or `webhook`.
    pub kind: &'static str,
    pub there: usize,
    /// How far the one that is farthest behind is behind the log, paused ones aside.
    pub lag_events_max: u64,
    /// For how long the oldest event that is not dealt with has been there, paused ones aside.
    pub lag_seconds_max: u64,
    pub parked: usize,
}

impl Seen {
    fn of(queue: &Queue) -> Self {
        Self { done: queue.done(), parked: queue.parked.len(), paused: queue.paused }
    }
}

impl Slot {
    /// How far it has come; while it is being worked on, how far it had.
    fn seen(&self) -> Seen {
        let mut seen = self.seen.lock();
        if let Ok(queue) = self.queue.try_lock() {
            *seen = Seen::of(&queue);
        }
        *seen
    }

    fn new(made: u64, queue: Queue) -> Arc<Self> {
        let seen = Mutex::new(Seen::of(&queue));
        let (queue, changed, last_error) = (tokio::sync::Mutex::new(queue), Notify::new(), Mutex::default());
        Arc::new(Self { made, queue, changed, last_error, seen })
    }
}

impl Deliveries {
    /// Reads how far they have come from the file, if it is there.
    ///
    /// # Errors
    /// [`DeliveriesError`] says what is wrong with it.
    pub fn open(engine: &Engine, path: Option<PathBuf>) -> Result<Self, DeliveriesError> {
        let lines = path.as_deref().map(file::read).transpose()?.unwrap_or_default();
        let there = |line: &Line| engine.read(|state| line.which.made(state) == Some(line.made));
        let slots = lines.into_iter().filter(there).map(|mut line| {
            // A log that was restored may not have gone as far: what came behind is looked at anew.
            let went = engine.epochs().went_through(line.epoch, line.queue.reached);
            let end = match went {
                Ok(()) => engine.position().0,
                Err(Elsewhere::Beyond { end, .. }) => end,
                Err(Elsewhere::Epoch { .. } | Elsewhere::Before { .. }) => 0,
            };
            if line.reached().position > end {
                line.queue.reached = end;
                line.queue.open.retain(|position, _| *position <= end);
                line.queue.parked.retain(|position, _| *position <= end);
            }
            (line.which, Slot::new(line.made, line.queue))
        });
        let slots = Mutex::new(slots.collect());
        Ok(Self(Arc::new(Shared { path, slots, has_changed: AtomicBool::new(false) })))
    }

    /// How far that one has come, which was made there and began behind `after`.
    pub(crate) fn slot(&self, kind: Kind, owner: User, name: &FeedName, made: Position, after: Position) -> Arc<Slot> {
        let which = Which { kind, owner, name: name.clone() };
        let mut slots = self.0.slots.lock();
        if let Some(slot) = slots.get(&which).filter(|slot| slot.made == made.0) {
            return slot.clone();
        }
        let slot = Slot::new(made.0, Queue::after(after.0));
        slots.insert(which, slot.clone());
        slot
    }

    /// One is no more.
    pub(crate) fn forget(&self, kind: Kind, owner: User, name: &FeedName) {
        self.0.slots.lock().remove(&Which { kind, owner, name: name.clone() });
        self.touch();
    }

    /// Something is to be written.
    pub(crate) fn touch(&self) {
        self.0.has_changed.store(true, Ordering::Relaxed);
    }

    /// How far they have come, for a backup.
    ///
    /// # Errors
    /// If it cannot be written as JSON, which is a fault.
    pub async fn bytes(&self, engine: &Engine) -> Result<Vec<u8>, serde_json::Error> {
        file::write(&self.lines(engine).await)
    }

    async fn lines(&self, engine: &Engine) -> Vec<Line> {
        let slots: Vec<_> = self.0.slots.lock().iter().map(|(which, slot)| (which.clone(), slot.clone())).collect();
        let mut lines = Vec::new();
        for (which, slot) in slots {
            let queue = slot.queue.lock().await.clone();
            lines.push(Line { which, made: slot.made, epoch: engine.epochs().of(queue.reached), queue });
        }
        lines.sort_by(|one, other| one.which.cmp(&other.which));
        lines
    }

    /// Writes what changed, if anything did.
    ///
    /// # Errors
    /// [`DeliveriesError`]; it is tried again the next time.
    pub async fn save(&self, engine: &Engine) -> Result<(), DeliveriesError> {
        let Some(path) = self.0.path.clone() else { return Ok(()) };
        if !self.0.has_changed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let (lines, target) = (self.lines(engine).await, path.clone());
        let written = tokio::task::spawn_blocking(move || {
            let bytes = file::write(&lines);
            let bytes = bytes.map_err(|error| DeliveriesError::Write { path: target.clone(), source: error.into() })?;
            file::replace(&target, &bytes)
        });
        let written = written.await.unwrap_or_else(|error| {
            let source = std::io::Error::other(error);
            Err(DeliveriesError::Write { path, source })
        });
        if written.is_err() {
            self.touch();
        }
        written
    }

    /// How far all of them have come.
    pub fn now(&self, engine: &Engine) -> [DeliveriesNow; 2] {
        let Moment { position, at } = engine.now();
        let newest = Position(u64::MAX);
        let consumers = engine.read(|state| {
            let there = state.consumers();
            let there = there.filter_map(|of| {
                Some((of.owner, of.name.clone(), of.at(newest)?.value.made, of.at(newest)?.value.after))
            });
            there.collect::<Vec<_>>()
        });
        let webhooks = engine.read(|state| {
            let there = state.webhooks();
            let there = there.filter_map(|of| {
                Some((of.owner, of.name.clone(), of.at(newest)?.value.made, of.at(newest)?.value.after))
            });
            there.collect::<Vec<_>>()
        });
        [(Kind::Consumer, "consumer", consumers), (Kind::Webhook, "webhook", webhooks)].map(|(kind, name, there)| {
            let mut now =
                DeliveriesNow { kind: name, there: there.len(), lag_events_max: 0, lag_seconds_max: 0, parked: 0 };
            for (owner, name, made, after) in there {
                let Seen { done, parked, paused } = self.slot(kind, owner, &name, made, after).seen();
                now.parked = now.parked.saturating_add(parked);
                if !paused && done < position.0 {
                    let since = engine.read(|state| state.timeline.recorded_at(Position(done.saturating_add(1))));
                    let seconds = since.map_or(0, |since| (at - since).num_seconds());
                    now.lag_events_max = now.lag_events_max.max(position.0 - done);
                    now.lag_seconds_max = now.lag_seconds_max.max(u64::try_from(seconds).unwrap_or_default());
                }
            }
            now
        })
    }

    /// Writes what changed once a second, for good.
    pub async fn keep(&self, engine: &Engine) {
        let (mut is_failing, mut pause) = (false, SAVE_EVERY);
        loop {
            tokio::time::sleep(pause).await;
            let begun = Instant::now();
            match self.save(engine).await {
                Ok(()) => is_failing = false,
                Err(error) if !is_failing => {
                    tracing::error!(%error, "how far consumers and webhooks have come is not written");
                    is_failing = true;
                }
                Err(_) => {}
            }
            pause = pause_after(begun.elapsed());
        }
    }
}

/// How long to wait before the next writing, where the last took so long.
fn pause_after(took: Duration) -> Duration {
    SAVE_EVERY.max(took * SAVE_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_written_less_often() {
        for (took_millis, pause_seconds) in [(0, 1), (3, 1), (50, 1), (300, 6), (5_000, 100)] {
            assert_eq!(pause_after(Duration::from_millis(took_millis)), Duration::from_secs(pause_seconds));
        }
    }
}
