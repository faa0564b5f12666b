//! What a store of frames must do, and the reading that all stores here share.
//!
//! Absent: what is in the events, epochs, the Merkle tree; that logic stands above, once, in `log.rs`. A replicated store
//! fits behind the same trait: one message, one frame, fenced by the expected last position.

use crate::files::FileError;
use crate::frame::{Frame, FrameError};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::{error::Error, path::PathBuf};
use tokio::sync::watch;
use uuid::Uuid;

/// Keeps frames in the order of their positions.
#[async_trait]
pub trait FrameStore: Send + Sync {
    /// Adds `frame`, whose first position is `expected_last + 1`, if the store ends at `expected_last`. Returns only when
    /// the frame is on stable storage. May block its thread while it writes; called from the one writer's thread.
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError>;

    /// The frames in order, from the one that holds the position `from` to the one that is last at the time of the call.
    /// A store on disk blocks its thread for one frame at a time and gives way between frames.
    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>>;

    /// The same, and then every further frame once it is on stable storage. Ends only after an error.
    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>>;

    /// The last position on stable storage, 0 when there is none.
    async fn head(&self) -> Result<u64, StoreError>;
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Append {
    /// It is on stable storage.
    Appended,
    /// It is not there, because the store ends elsewhere than expected.
    Conflict { head: u64 },
    /// It may or may not be there: no answer came in time.
    Unknown,
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another store of this one, has the log open.
    #[error("the log {} is in use: stop the process that has it open, or talk to that process with --server", path.display())]
    InUse { path: PathBuf },
    /// The files of a log that was there are gone.
    #[error("the log {} has no file db, although it was made with one: move the directory away and restore a backup", path.display())]
    Missing { path: PathBuf },
    /// The file that says where the log ends is gone.
    #[error("the file {}, which says where the log ends, is lost: move the directory away and restore a backup", path.display())]
    HeadLost { path: PathBuf },
    /// Neither of the two heads in it can be read.
    #[error("the file {}, which says where the log ends, is damaged: move the directory away and restore a backup", path.display())]
    HeadDamaged { path: PathBuf },
    #[error("the file {} is about the log {found}, this one is {log_id}: move the directory away and restore a backup", path.display())]
    HeadForeign { path: PathBuf, found: Uuid, log_id: Uuid },
    /// sled cannot make sense of its own files: it says so, or panics.
    #[error(
        "could not {doing} in {}, the database finds its files damaged ({said}): \
         move the directory away and restore a backup", path.display()
    )]
    Corrupt {
        path: PathBuf,
        doing: &'static str,
        /// What the database said.
        said: String,
    },
    /// There are files in `blobs/`, which sled never syncs, so that what they hold may be lost with the power.
    #[error("{} is not empty, but this program never writes there: move the directory away and restore a backup", path.display())]
    Blobs { path: PathBuf },
    /// The frame handed in does not continue what the store holds; a fault of the caller.
    #[error("the frame begins at position {first}, the next one must begin at {next}: report this fault")]
    NotNext {
        first: u64,
        /// The position that follows the last.
        next: u64,
    },
    #[error("the frame at position {position} cannot be read: {source}{}", advice(.source))]
    Frame {
        /// The frame's first position, according to its key.
        position: u64,
        source: FrameError,
    },
    /// What is stored is not what was written.
    #[error("the store is damaged at position {position}, {cause}: move the directory away and restore a backup")]
    Damaged { position: u64, cause: &'static str },
    #[error(
        "the store holds the key {key}, which this program never writes: move the directory away and restore a backup"
    )]
    ForeignKey { key: String },
    #[error("{0}; check the disk, its free space and the permissions, then start again")]
    File(#[from] FileError),
    #[error("could not {doing} in {}: {source}; check the disk and its free space, then start again", path.display())]
    Database { path: PathBuf, doing: &'static str, source: Box<dyn Error + Send + Sync> },
}

/// What to do about a frame that cannot be read, if it does not say so itself.
fn advice(error: &FrameError) -> &'static str {
    match error {
        FrameError::Damaged(_) => ": move the directory away and restore a backup",
        _ => "",
    }
}

/// What a store with blocking reads provides so that [`frames`] can read it.
pub(crate) trait Shelf: Send + Sync {
    /// The first position of the frame that holds `position`, or of any later one if none does.
    fn first_of(&self, position: u64) -> Result<u64, StoreError>;
    /// The frame with the lowest first position that is `first` or more.
    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, StoreError>;
    /// The head, changed when a frame is on stable storage.
    fn watch(&self) -> watch::Receiver<u64>;
}

/// Where a stream of frames ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    Head,
    Forever,
}

/// The frames of `shelf` from the one that holds `from`. Every frame is visited by its key, none is skipped because an
/// earlier one claims to cover its positions: telling gaps and duplicates is for the log above.
pub(crate) fn frames<S: Shelf>(shelf: &S, from: u64, until: Until) -> BoxStream<'_, Result<Frame, StoreError>> {
    let head = shelf.watch();
    let last = (until == Until::Head).then(|| *head.borrow());
    let start = (head, None, from.max(1));
    stream::try_unfold(start, move |(mut head, next_first, wanted)| async move {
        let past_end = last.is_some_and(|last| wanted > last);
        if past_end || head.wait_for(|head| *head >= wanted).await.is_err() {
            return Ok(None);
        }
        tokio::task::consume_budget().await;
        let first = match next_first {
            Some(first) => first,
            None => shelf.first_of(wanted)?,
        };
        let ends = StoreError::Damaged { position: wanted, cause: "it ends before its head" };
        let frame = shelf.at_or_after(first)?.ok_or(ends)?;
        let next_first = frame.first_position().saturating_add(1);
        let next_wanted = frame.last_position().saturating_add(1);
        Ok(Some((frame, (head, Some(next_first), next_wanted))))
    })
    .boxed()
}

/// `None` if `frame` may be added to a store that ends at `head`.
pub(crate) fn obstacle(frame: &Frame, expected_last: u64, head: u64) -> Result<Option<Append>, StoreError> {
    if expected_last != head {
        return Ok(Some(Append::Conflict { head }));
    }
    let (first, next) = (frame.first_position(), head.saturating_add(1));
    if first == next { Ok(None) } else { Err(StoreError::NotNext { first, next }) }
}
