//! A store in memory, for tests and for trying things out. Nothing outlives the process.

use crate::frame::Frame;
use crate::store::{Append, FrameStore, Shelf, StoreError, Until, frames, obstacle};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

#[derive(Debug, Default)]
pub struct MemoryStore {
    /// By first position.
    frames: Mutex<BTreeMap<u64, Frame>>,
    head: watch::Sender<u64>,
}

impl MemoryStore {
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// A map is whole between any two of its operations, so a panic elsewhere while it was locked does no harm.
    fn frames(&self) -> MutexGuard<'_, BTreeMap<u64, Frame>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl FrameStore for MemoryStore {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        let mut frames = self.frames();
        let head = *self.head.borrow();
        if let Some(conflict) = obstacle(frame, expected_last, head)? {
            return Ok(conflict);
        }
        frames.insert(frame.first_position(), frame.clone());
        self.head.send_replace(frame.last_position());
        Ok(Append::Appended)
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        frames(self, from, Until::Head)
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        frames(self, from, Until::Forever)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        Ok(*self.head.borrow())
    }
}

impl Shelf for MemoryStore {
    fn first_of(&self, position: u64) -> Result<u64, StoreError> {
        Ok(self.frames().range(..=position).next_back().map_or(position, |(first, _)| *first))
    }

    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, StoreError> {
        Ok(self.frames().range(first..).next().map(|(_, frame)| frame.clone()))
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }
}
