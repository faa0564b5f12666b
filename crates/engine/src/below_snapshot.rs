//! The log below the snapshot that a start went on from: checked while the engine serves, on a thread of its own, so slowly
//! that nobody notices.
//!
//! Absent: folding it again. That a snapshot equals what the log folds to is for `procura verify` to prove.

use crate::{
    fatal::{Fatal, OnFatal},
    keyring::{Keyring, KeyringError},
    replay::{PreparedCommit, ReplayError},
    sync::{Mutex, RwLock},
};
use procura_domain::state::State;
use procura_eventlog::{CommitRef, OpenLogError, Unread};
use serde::Serialize;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;

/// How fast it is checked: about a twentieth of one core, and ten million events in under ten minutes.
const EVENTS_PER_SECOND: u32 = 20_000;
/// After how many events it rests: a frame more at most, and well below a millisecond's work.
const EVENTS_AT_ONCE: u32 = 200;

/// How far the log below the snapshot is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BelowSnapshot {
    /// Everything up to there is sound.
    pub position: u64,
    /// Where the snapshot stands.
    pub of: u64,
}

/// What is checked, and against what.
pub(crate) struct Check {
    pub(crate) unread: Unread,
    pub(crate) state: Arc<RwLock<State>>,
    pub(crate) keyring: Arc<Mutex<Keyring>>,
    pub(crate) on_fatal: OnFatal,
}

/// The check of a log, from before it is begun. It ends with this value.
pub(crate) struct CheckBelow {
    shared: Arc<Shared>,
    /// Taken when it is begun.
    check: Mutex<Option<Check>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

struct Shared {
    position: AtomicU64,
    of: u64,
    done: AtomicBool,
    stop: AtomicBool,
}

/// Why the check ended at a commit.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error(transparent)]
    Commit(#[from] ReplayError),
    #[error(transparent)]
    Key(#[from] KeyringError),
    #[error("it was stopped")]
    Stopped,
}

impl CheckBelow {
    pub(crate) fn new(check: Check) -> Self {
        let of = check.unread.position();
        let (position, done, stop) = (AtomicU64::new(0), AtomicBool::new(false), AtomicBool::new(false));
        let shared = Arc::new(Shared { position, of, done, stop });
        Self { shared, check: Mutex::new(Some(check)), thread: Mutex::default() }
    }

    /// Begins it, if it was not begun.
    pub(crate) fn begin(&self) {
        let Some(check) = self.check.lock().take() else { return };
        let (shared, runtime) = (self.shared.clone(), Handle::current());
        let run = move || {
            let checked = catch_unwind(AssertUnwindSafe(|| runtime.block_on(check.run(&shared))));
            match checked.unwrap_or_else(|_| Err("the check panicked".to_owned())) {
                // Where it was stopped, nobody asks any more.
                Ok(()) => shared.done.store(true, SeqCst),
                Err(error) => {
                    tracing::error!(error, "the log below the snapshot is not sound");
                    (check.on_fatal)(&Fatal::Unsound(error));
                }
            }
        };
        *self.thread.lock() = Some(thread::spawn(run));
    }

    /// How far it is, as long as it is not done.
    pub(crate) fn now(&self) -> Option<BelowSnapshot> {
        let Shared { position, of, done, .. } = &*self.shared;
        (!done.load(SeqCst)).then(|| BelowSnapshot { position: position.load(Relaxed), of: *of })
    }
}

impl Drop for CheckBelow {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        if let Some(thread) = self.thread.lock().take() {
            thread.thread().unpark();
            // What it had to say it has said.
            let _ = thread.join();
        }
    }
}

impl Check {
    async fn run(&self, shared: &Shared) -> Result<(), String> {
        let (mut at_once, mut since) = (0, Instant::now());
        let each = |commit: CommitRef<'_>| {
            if shared.stop.load(SeqCst) {
                return Err(CheckError::Stopped);
            }
            self.commit(&commit)?;
            shared.position.store(commit.last_position(), Relaxed);
            at_once += u32::try_from(commit.events.len()).unwrap_or(u32::MAX);
            if at_once >= EVENTS_AT_ONCE {
                let due = Duration::from_secs(1) * at_once / EVENTS_PER_SECOND;
                // A stop wakes it.
                thread::park_timeout(due.saturating_sub(since.elapsed()));
                (at_once, since) = (0, Instant::now());
            }
            Ok(())
        };
        match self.unread.check(each).await {
            Ok(()) => tracing::info!(position = shared.of, "the log below the snapshot is sound"),
            Err(OpenLogError::Commit { source: CheckError::Stopped, .. }) => {}
            // They name the position themselves.
            Err(OpenLogError::Commit { source: CheckError::Key(error), .. }) => return Err(error.to_string()),
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }

    /// Whether all of it can be read, and what is sealed in it has its key or was erased.
    fn commit(&self, commit: &CommitRef<'_>) -> Result<(), CheckError> {
        for (position, subject) in PreparedCommit::of(commit)?.sealed() {
            // In this order: a key is destroyed after the state says so.
            let covered = self.keyring.lock().covers(position, subject);
            if !covered && self.state.read().erased(subject).is_none() {
                return Err(self.keyring.lock().no_key(position, subject).into());
            }
        }
        Ok(())
    }
}
