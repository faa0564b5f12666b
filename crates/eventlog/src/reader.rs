//! Reading stored commits, from anywhere in the process while the one writer appends.
//!
//! Absent: what has been published. A reader shows what is on stable storage; whether it may be shown already is for the
//! engine to say.

use crate::commit::{Commit, CommitRef, Damage, commit_at, commits, envelope};
use crate::envelope::{Envelope, EnvelopeRef};
use crate::frame::Frame;
use crate::store::{FrameStore, StoreError};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::collections::VecDeque;
use std::sync::Arc;

/// Reads commits; clones share the store. Over a store on disk a read blocks its thread for one frame at a time.
#[derive(Clone)]
pub struct LogReader {
    pub(crate) store: Arc<dyn FrameStore>,
}

/// Why a commit could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was found whole when the log was opened, and is no longer.
    #[error(
        "the log is damaged at position {position}: {cause}; stop the server, move the directory away and restore a backup"
    )]
    Damaged { position: u64, cause: Damage },
}

impl From<(u64, Damage)> for ReadError {
    fn from((position, cause): (u64, Damage)) -> ReadError {
        ReadError::Damaged { position, cause }
    }
}

/// Reads single events. It keeps the frame that it read last, so events near one another cost one read.
pub struct Events {
    reader: LogReader,
    frame: Option<Frame>,
}

impl Events {
    /// The event at `position`, which the log is known to hold: where it does not, it is damaged.
    pub async fn at(&mut self, position: u64) -> Result<Envelope, ReadError> {
        let holds = |frame: &Frame| (frame.first_position()..=frame.last_position()).contains(&position);
        if !self.frame.as_ref().is_some_and(holds) {
            self.frame = self.reader.frame(position).await?;
        }
        let mut events = self.frame.iter().flat_map(|frame| (frame.first_position()..).zip(frame.events()));
        let missing = || (position, Damage::Gap { after: position.saturating_sub(1) });
        let (_, bytes) = events.find(|(at, _)| *at == position).ok_or_else(missing)?;
        Ok(envelope(position, bytes)?.into_owned())
    }
}

impl LogReader {
    /// Reads single events, here and there.
    #[must_use]
    pub fn events(&self) -> Events {
        Events { reader: self.clone(), frame: None }
    }

    /// The whole commit that holds `position`, from 1; `None` if the log does not reach there.
    pub async fn commit(&self, position: u64) -> Result<Option<Commit>, ReadError> {
        if position == 0 {
            return Ok(None);
        }
        let Some(frame) = self.store.read(position).next().await.transpose()? else { return Ok(None) };
        let missing = || (position, Damage::Gap { after: position.saturating_sub(1) });
        Ok(Some(commit_at(&frame, position)?.ok_or_else(missing)?.into_owned()))
    }

    /// The stored bytes of the event at `position`, which are what its leaf of the Merkle tree is made of; `None` if the
    /// log does not reach there.
    pub async fn event_bytes(&self, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(frame) = self.frame(position).await? else { return Ok(None) };
        let missing = || (position, Damage::Gap { after: position.saturating_sub(1) });
        let mut events = (frame.first_position()..).zip(frame.events());
        let found = events.find(|(at, _)| *at == position).ok_or_else(missing)?;
        Ok(Some(found.1.to_vec()))
    }

    /// At most so many events at `position` and behind it in the same frame; none if the log does not reach there.
    pub async fn frame_events(&self, position: u64, events_max: usize) -> Result<Vec<Envelope>, ReadError> {
        let Some(frame) = self.frame(position).await? else { return Ok(vec![]) };
        if !(frame.first_position()..=frame.last_position()).contains(&position) {
            return Err((position, Damage::Gap { after: position.saturating_sub(1) }).into());
        }
        let events = (frame.first_position()..).zip(frame.events()).skip_while(|(at, _)| *at < position);
        let owned = |(at, bytes)| envelope(at, bytes).map(EnvelopeRef::into_owned);
        Ok(events.take(events_max).map(owned).collect::<Result<_, _>>()?)
    }

    /// The frame that holds `position`; none if the log does not reach there.
    pub(crate) async fn frame(&self, position: u64) -> Result<Option<Frame>, StoreError> {
        self.store.read(position).next().await.transpose()
    }

    /// The commits after the position `after` in order, to the head at the time of the first one. A position inside a
    /// commit means the commit's end; 0 means from the beginning.
    pub fn commits_after(&self, after: u64) -> BoxStream<'static, Result<Commit, ReadError>> {
        let start = Progress { store: self.store.clone(), after, reached: after, head: None, ready: VecDeque::new() };
        stream::try_unfold(
            start,
            |mut progress| async move { Ok(progress.next().await?.map(|commit| (commit, progress))) },
        )
        .boxed()
    }
}

struct Progress {
    store: Arc<dyn FrameStore>,
    /// Only commits that begin beyond this are wanted.
    after: u64,
    /// The last position of the frames read so far.
    reached: u64,
    head: Option<u64>,
    ready: VecDeque<Commit>,
}

impl Progress {
    async fn next(&mut self) -> Result<Option<Commit>, ReadError> {
        let head = match self.head {
            Some(head) => head,
            None => *self.head.insert(self.store.head().await?),
        };
        while self.ready.is_empty() {
            let wanted = self.reached.saturating_add(1);
            if self.reached >= head {
                return Ok(None);
            }
            let missing = || (wanted, Damage::Gap { after: self.reached });
            let frame = self.store.read(wanted).next().await.transpose()?.ok_or_else(missing)?;
            if !(frame.first_position()..=frame.last_position()).contains(&wanted) {
                return Err(missing().into());
            }
            let wanted = commits(&frame)?.into_iter().filter(|commit| commit.first_position() > self.after);
            self.ready = wanted.map(CommitRef::into_owned).collect();
            self.reached = frame.last_position();
        }
        Ok(self.ready.pop_front())
    }
}
