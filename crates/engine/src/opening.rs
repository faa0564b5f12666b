//! How far a log is opened, shared by the thread that opens it and those who wait for it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// How far a log is opened; clones share it.
#[derive(Debug, Clone, Default)]
pub struct OpeningProgress(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    position: AtomicU64,
    end: AtomicU64,
    stopped: AtomicBool,
}

impl OpeningProgress {
    /// The position that everything up to was read, checked and folded.
    pub fn position(&self) -> u64 {
        self.0.position.load(Relaxed)
    }

    /// The position where the log ends, as far as it is known before it is read: a log may go a little further.
    pub fn end(&self) -> u64 {
        self.0.end.load(Relaxed).max(self.position())
    }

    /// Says where the log ends.
    pub fn expect(&self, end: u64) {
        self.0.end.store(end, Relaxed);
    }

    /// Has the opening end at the next commit, with the log as it was: its result is then an error that
    /// [says so](crate::OpenError::was_stopped).
    pub fn stop(&self) {
        self.0.stopped.store(true, Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.stopped.load(Relaxed)
    }

    pub(crate) fn reach(&self, position: u64) {
        self.0.position.store(position, Relaxed);
    }
}
