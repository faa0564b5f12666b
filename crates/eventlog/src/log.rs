//! The log above a store: opening it with every check there is, and appending to it. One value, owned by the one writer.
//!
//! Absent: who assigns positions and times (the writer, in the envelopes), and publishing what was appended.

use crate::frame::{Frame, FrameError};
use crate::proofs::{Nodes, Proofs};
use crate::reader::Reader;
use crate::store::{Append, FrameStore, StoreError};
use crate::tree::Tree;
use crate::whole::{Commit, Damage, commits};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use parking_lot::RwLock;
use std::sync::Arc;
use uuid::Uuid;

/// A log that has been read and checked from its first byte to its last.
pub struct Log {
    store: Arc<dyn FrameStore>,
    epoch: u64,
    /// Its size is the head.
    tree: Tree,
    /// What proofs are made of, over the same events.
    nodes: Arc<RwLock<Nodes>>,
    /// An append failed, so that it is not known what the store holds.
    broken: bool,
}

/// The encoded envelopes of one commit, with the positions that follow the last one appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// In order, at least one.
    pub events: Vec<Vec<u8>>,
}

/// Why a log could not be opened. `E` is what the caller's own handling of a commit may fail with.
#[derive(Debug, thiserror::Error)]
pub enum OpenError<E> {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was read is not what was written.
    #[error("the log is damaged at position {position}: {cause}; restore the directory from a backup")]
    Damaged {
        /// Where it shows.
        position: u64,
        /// What is wrong there.
        cause: Damage,
    },
    /// The caller could not take the commit.
    #[error("the commit at position {position} cannot be taken: {source}")]
    Commit {
        /// The position of the commit.
        position: u64,
        /// What the caller said.
        source: E,
    },
}

/// Why nothing, or nobody knows what, was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The commits do not make a frame. Nothing was written, the log may be used on.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Someone else appended. The log must not be used any more.
    #[error(
        "the log ends at position {head}, not at {expected}: another process writes to it; stop one of them and start again"
    )]
    Conflict {
        /// Where it was expected to end.
        expected: u64,
        /// Where it ends.
        head: u64,
    },
    /// The store did not say in time whether the frame was written. The log must not be used any more.
    #[error("the store did not say whether the frame after position {after} was written: start again to find out")]
    Unknown {
        /// The last position before the frame.
        after: u64,
    },
    /// The store failed. The log must not be used any more.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An earlier append failed.
    #[error("an earlier append failed, so that nobody knows what the log holds: start again")]
    Broken,
}

impl Log {
    /// Reads all of `store`, checks it, and calls `each` for every commit in order. Whatever is damaged is an error that
    /// names the position and the cause; nothing is skipped, and `each` sees no commit of a frame that fails a check.
    pub async fn open<E>(
        store: Arc<dyn FrameStore>,
        epoch: u64,
        mut each: impl FnMut(Commit) -> Result<(), E>,
    ) -> Result<Log, OpenError<E>> {
        let mut checks = Checks { epoch, tree: Tree::new(), nodes: Nodes::default(), recorded_at: None };
        let mut frames = store.read(1);
        while let Some(frame) = frames.next().await {
            let commits = checks.frame(&frame?).map_err(damaged)?;
            for commit in commits {
                let position = commit.last_position();
                each(commit).map_err(|source| OpenError::Commit { position, source })?;
            }
        }
        drop(frames);
        let (head, reached) = (store.head().await?, checks.tree.size());
        if head != reached {
            return Err(damaged((reached, Damage::Head { head })));
        }
        tracing::debug!(head, epoch, "log opened");
        let nodes = Arc::new(RwLock::new(checks.nodes));
        Ok(Log { store, epoch, tree: checks.tree, nodes, broken: false })
    }

    /// The last position, 0 when the log is empty.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.tree.size()
    }

    /// The Merkle root over all events.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    /// Appends `commits` as one frame, which is on stable storage when this returns. The envelopes must carry the
    /// positions after the head, contiguous, and whole commits; they are stored as they are, unread. After an error other
    /// than [`AppendError::Frame`] the log refuses every further append.
    pub async fn append(&mut self, frame_id: Uuid, commits: &[NewCommit]) -> Result<(), AppendError> {
        if self.broken {
            return Err(AppendError::Broken);
        }
        if commits.iter().any(|commit| commit.events.is_empty()) {
            return Err(FrameError::Empty.into());
        }
        let events = || commits.iter().flat_map(|commit| &commit.events);
        let (mut tree, mut completed) = (self.tree.clone(), vec![]);
        events().for_each(|event| tree.push_telling(event, |level, hash| completed.push((level, hash))));
        let head = self.head();
        let frame = Frame::encode(frame_id, self.epoch, head.saturating_add(1), tree.root(), events())?;
        // Until the store has said yes, also if this future is dropped while it waits.
        self.broken = true;
        match self.store.append(&frame, head).await? {
            Append::Appended => {
                self.tree = tree;
                self.nodes.write().grow(self.tree.size(), completed);
                self.broken = false;
                Ok(())
            }
            Append::Conflict { head: found } => Err(AppendError::Conflict { expected: head, head: found }),
            Append::Unknown => Err(AppendError::Unknown { after: head }),
        }
    }

    /// A reader of what is stored, which may be used from anywhere.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { store: self.store.clone() }
    }

    /// What proves to others which events there are, which may be used from anywhere.
    #[must_use]
    pub fn proofs(&self) -> Proofs {
        Proofs { store: self.store.clone(), nodes: self.nodes.clone() }
    }
}

/// What the checks carry from frame to frame.
struct Checks {
    epoch: u64,
    tree: Tree,
    nodes: Nodes,
    recorded_at: Option<DateTime<Utc>>,
}

impl Checks {
    /// The commits of the next frame, if it continues the log so far.
    fn frame(&mut self, frame: &Frame) -> Result<Vec<Commit>, (u64, Damage)> {
        let (first, reached) = (frame.first_position(), self.tree.size());
        if first <= reached {
            return Err((first, Damage::Duplicate { reached }));
        }
        if first > reached + 1 {
            return Err((reached + 1, Damage::Gap { after: reached }));
        }
        if frame.epoch() != self.epoch {
            return Err((first, Damage::Epoch { expected: self.epoch, found: frame.epoch() }));
        }
        let commits = commits(frame)?;
        for commit in &commits {
            self.time(commit)?;
        }
        let mut completed = vec![];
        frame.events().for_each(|event| self.tree.push_telling(event, |level, hash| completed.push((level, hash))));
        self.nodes.grow(self.tree.size(), completed);
        if self.tree.root() != frame.root() {
            return Err((frame.last_position(), Damage::Root));
        }
        Ok(commits)
    }

    /// Inside a commit the times are equal, so the first event's stands for all.
    fn time(&mut self, commit: &Commit) -> Result<(), (u64, Damage)> {
        if let Some(found) = commit.events.first().map(|event| event.recorded_at) {
            if let Some(before) = self.recorded_at.filter(|before| found <= *before) {
                return Err((commit.first_position(), Damage::TimeBack { before, found }));
            }
            self.recorded_at = Some(found);
        }
        Ok(())
    }
}

fn damaged<E>((position, cause): (u64, Damage)) -> OpenError<E> {
    OpenError::Damaged { position, cause }
}
