//! What must hold from frame to frame, wherever a log is read from its beginning: positions join on, times increase, the
//! epochs are those of its history, the Merkle root over all events is the one recorded, and its head agrees.
//!
//! Absent: what must hold inside a frame, which is for `commit.rs`.

use crate::commit::{CommitRef, Damage, commits};
use crate::epochs::Epochs;
use crate::frame::Frame;
use crate::head::Head;
use crate::tree::Tree;
use chrono::{DateTime, Utc};
use tlog_tiles::tlog::{Hash, record_hash};

/// What comes before the first frame that is read: the tree over it, and when the last of it was recorded.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) tree: Tree,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// What the checks carry from frame to frame.
pub(crate) struct Verifier<'a> {
    epochs: &'a Epochs,
    witnessed: Option<Head>,
    pub(crate) tree: Tree,
    /// The subtrees that the newest frame completed, and how high each is, in order; for the tiles.
    pub(crate) completed: Vec<(u8, Hash)>,
    pub(crate) recorded_at: Option<DateTime<Utc>>,
}

impl<'a> Verifier<'a> {
    /// Before the first frame of a log with those epochs, which reached `witnessed` at least.
    pub(crate) fn new(epochs: &'a Epochs, witnessed: Option<Head>) -> Verifier<'a> {
        Verifier { epochs, witnessed, tree: Tree::new(), completed: vec![], recorded_at: None }
    }

    /// The same behind what comes before, if anything does.
    pub(crate) fn behind(epochs: &'a Epochs, witnessed: Option<Head>, before: Option<Beginning>) -> Verifier<'a> {
        let mut checks = Verifier::new(epochs, witnessed);
        if let Some(Beginning { tree, recorded_at }) = before {
            (checks.tree, checks.recorded_at) = (tree, Some(recorded_at));
        }
        checks
    }

    /// Where the log ends so far.
    pub(crate) fn head(&self) -> Head {
        Head { position: self.tree.size(), root: self.tree.root(), recorded_at: self.recorded_at }
    }

    /// The commits of the next frame, if it continues the log so far.
    pub(crate) fn frame<'f>(&mut self, frame: &'f Frame) -> Result<Vec<CommitRef<'f>>, (u64, Damage)> {
        self.hashed_frame(frame, frame.events().map(record_hash))
    }

    /// The same, where the hashes of its events as leaves are known.
    pub(crate) fn hashed_frame<'f>(
        &mut self,
        frame: &'f Frame,
        leaves: impl IntoIterator<Item = Hash>,
    ) -> Result<Vec<CommitRef<'f>>, (u64, Damage)> {
        let (first, reached) = (frame.first_position(), self.tree.size());
        if first <= reached {
            return Err((first, Damage::Duplicate { reached }));
        }
        if first > reached + 1 {
            return Err((reached + 1, Damage::Gap { after: reached }));
        }
        for position in [first, frame.last_position()] {
            let (expected, found) = (self.epochs.of(position), frame.epoch());
            if found != expected {
                return Err((position, Damage::Epoch { expected, found }));
            }
        }
        let commits = commits(frame)?;
        for commit in &commits {
            self.time(commit)?;
        }
        self.completed.clear();
        for leaf in leaves {
            self.tree.push_hash(leaf, |level, hash| self.completed.push((level, hash)));
            self.compare()?;
        }
        if self.tree.root() != frame.root() {
            return Err((frame.last_position(), Damage::Root));
        }
        Ok(commits)
    }

    /// If the log has reached its head, it has the same root.
    fn compare(&self) -> Result<(), (u64, Damage)> {
        let position = self.tree.size();
        let differs = self.witnessed.is_some_and(|head| head.position == position && head.root != self.tree.root());
        if differs { Err((position, Damage::OtherHead)) } else { Ok(()) }
    }

    /// The log ends here: not before its head.
    pub(crate) fn end(&self) -> Result<(), (u64, Damage)> {
        match self.witnessed {
            Some(Head { position: witnessed, recorded_at, .. }) if witnessed > self.tree.size() => {
                let recorded_at = recorded_at.map(|at| at.to_string()).unwrap_or_default();
                Err((self.tree.size(), Damage::Short { reached: witnessed, recorded_at }))
            }
            _ => Ok(()),
        }
    }

    /// Inside a commit the times are equal, so the first event's stands for all.
    fn time(&mut self, commit: &CommitRef) -> Result<(), (u64, Damage)> {
        if let Some(found) = commit.events.first().map(|event| event.recorded_at) {
            if let Some(before) = self.recorded_at.filter(|before| found <= *before) {
                return Err((commit.first_position(), Damage::TimeBack { before, found }));
            }
            self.recorded_at = Some(found);
        }
        Ok(())
    }
}
