//! What a log that was opened behind a tree has not read, and checking it afterwards as a start from the beginning would
//! have: each frame, what must hold from one to the next, and that it leads to that tree.

use crate::commit::{CommitRef, Damage};
use crate::epochs::Epochs;
use crate::head::Head;
use crate::log::Log;
use crate::reading::{OpenLogError, damaged};
use crate::store::FrameStore;
use crate::tree::Tree;
use crate::verifier::Verifier;
use futures_util::StreamExt;
use std::sync::Arc;

/// The beginning of a log, which was not read when it was opened.
pub struct Unread {
    store: Arc<dyn FrameStore>,
    epochs: Epochs,
    known: Option<Head>,
    /// What all of it leads to.
    tree: Tree,
}

impl Unread {
    /// That of a log, if it was opened behind anything.
    #[must_use]
    pub fn of(log: &Log) -> Option<Unread> {
        let (store, epochs, known) = (log.store.clone(), log.epochs().clone(), log.known);
        log.unread.clone().map(|tree| Unread { store, epochs, known, tree })
    }

    /// The position of its last event.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.tree.size()
    }

    /// Reads it, checks it, and calls `each` for every commit in order. `each` may take its time: nothing is held meanwhile
    /// but one frame. If it fails, that is the end.
    ///
    /// # Errors
    /// The [`OpenLogError`] that a start which reads all of the log would have given.
    pub async fn check<E>(&self, mut each: impl FnMut(CommitRef<'_>) -> Result<(), E>) -> Result<(), OpenLogError<E>> {
        let mut checks = Verifier::new(&self.epochs, self.known);
        let mut frames = self.store.read(1);
        while checks.head().position < self.position() {
            let reached = checks.head().position;
            let ends = || damaged((reached.saturating_add(1), Damage::Gap { after: reached }));
            let frame = frames.next().await.ok_or_else(ends)??;
            for commit in checks.frame(&frame).map_err(damaged)? {
                let position = commit.last_position();
                each(commit).map_err(|source| OpenLogError::Commit { position, source })?;
            }
        }
        let is_the_same = checks.head().position == self.position() && checks.head().root == self.tree.root();
        if is_the_same { Ok(()) } else { Err(damaged((self.position(), Damage::Root))) }
    }
}
