//! When snapshots are written: on a thread of their own, once enough was recorded since the last one.

use crate::{
    idempotency::Keys,
    snapshot::{Pace, SnapshotFolder, SnapshotRequest},
    sync::{Mutex, RwLock},
};
use procura_domain::state::State;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
};

/// Whether there is room left where the log is kept.
pub type HasRoom = Arc<dyn Fn() -> bool + Send + Sync>;

/// The snapshots of a log that is being written.
pub(crate) struct Snapshotting {
    folder: SnapshotFolder,
    shared: Arc<Shared>,
    /// The position that the newest one is for, written or on its way.
    newest: u64,
    writing: Option<thread::JoinHandle<()>>,
}

struct Shared {
    /// The position of the newest one that is written.
    written: AtomicU64,
    /// The process ends: how far those that wait are to be held up.
    hurry: AtomicBool,
    stop: AtomicBool,
    /// Room that the log needs is not taken from it.
    has_room: HasRoom,
}

impl Shared {
    fn pace(&self) -> Pace {
        match (self.stop.load(Relaxed) || !(self.has_room)(), self.hurry.load(Relaxed)) {
            (true, _) => Pace::Stop,
            (false, true) => Pace::AtOnce,
            (false, false) => Pace::Slowly,
        }
    }
}

impl Snapshotting {
    /// After a start from the snapshot at `newest`, 0 where there was none.
    pub(crate) fn new(folder: SnapshotFolder, newest: u64, has_room: HasRoom) -> Self {
        let (hurry, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let shared = Shared { written: AtomicU64::new(newest), hurry, stop, has_room };
        Self { folder, shared: Arc::new(shared), newest, writing: None }
    }

    /// Whether the next one is due at that position, the end of a frame.
    pub(crate) fn is_due(&self, head: u64) -> bool {
        let is_free = self.writing.as_ref().is_none_or(thread::JoinHandle::is_finished);
        is_free && self.folder.is_due(self.newest, head)
    }

    /// Begins to write one.
    pub(crate) fn begin(&mut self, request: SnapshotRequest, state: &Arc<RwLock<State>>, keys: &Arc<Mutex<Keys>>) {
        self.newest = request.marks.position().0;
        let (folder, shared) = (self.folder.clone(), self.shared.clone());
        let (state, keys) = (state.clone(), keys.clone());
        self.writing = Some(thread::spawn(move || write(&folder, &shared, &request, &state, &keys)));
    }

    /// The log is written no more, and ends there: sees to it that the next start has not much to read behind a snapshot.
    pub(crate) fn end(mut self, request: &SnapshotRequest, state: &RwLock<State>, keys: &Mutex<Keys>) {
        let head = request.marks.position().0;
        // One on its way that would be too old, or is not needed, is given up.
        let written = || self.shared.written.load(Relaxed);
        let is_wanted = self.folder.is_old(written(), head) && !self.folder.is_old(self.newest, head);
        self.wait(if is_wanted { |shared| &shared.hurry } else { |shared| &shared.stop });
        if self.folder.is_old(self.shared.written.load(Relaxed), head) {
            self.shared.stop.store(false, Relaxed);
            self.shared.hurry.store(true, Relaxed);
            write(&self.folder, &self.shared, request, state, keys);
        }
    }

    /// Tells the thread that writes one, if there is one, how to go on, and waits until it is done.
    fn wait(&mut self, how: fn(&Shared) -> &AtomicBool) {
        how(&self.shared).store(true, Relaxed);
        if let Some(writing) = self.writing.take() {
            // What it had to say it has said.
            let _ = writing.join();
        }
    }
}

/// Also where the writer panicked: nothing changes a file of the data directory once the engine is gone.
impl Drop for Snapshotting {
    fn drop(&mut self) {
        self.wait(|shared| &shared.stop);
    }
}

/// A snapshot that cannot be written costs a longer start, and nothing else.
fn write(
    folder: &SnapshotFolder,
    shared: &Shared,
    request: &SnapshotRequest,
    state: &RwLock<State>,
    keys: &Mutex<Keys>,
) {
    match folder.write(request, state, keys, || shared.pace()) {
        Ok(true) => shared.written.store(request.marks.position().0, Relaxed),
        Ok(false) => tracing::debug!("a snapshot was given up"),
        Err(error) => tracing::warn!(%error, "a snapshot could not be written"),
    }
}
