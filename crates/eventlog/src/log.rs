//! The log above a store: opening it with every check there is, and appending to it. One value, owned by the one writer.
//!
//! Absent: who assigns positions and times (the writer, in the envelopes), and publishing what was appended.

use crate::commit::{Commit, CommitRef};
use crate::epochs::Epochs;
use crate::frame::{Frame, FrameError, Packing};
use crate::head::{Head, HeadFile, HeadWriter};
use crate::open_guard::OpenGuard;
use crate::orderly_stop::OrderlyStop;
use crate::proofs::Proofs;
use crate::reader::LogReader;
use crate::reading::{Intake, OpenLogError, read};
use crate::store::{Append, FrameStore, StoreError};
use crate::tiles::{TileWriting, Tiles};
use crate::tree::Tree;
use crate::verifier::{Beginning, Verifier};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// A log that has been read and checked from its first byte to its last.
pub struct Log {
    id: Uuid,
    pub(crate) store: Arc<dyn FrameStore>,
    epochs: Epochs,
    /// Its size is the last position.
    tree: Tree,
    recorded_at: Option<DateTime<Utc>>,
    /// The tree over what was not read when it was opened, if anything was not; and the head that was known by then.
    pub(crate) unread: Option<Tree>,
    pub(crate) known: Option<Head>,
    head_writer: Option<HeadWriter>,
    /// What proofs are made of, over the same events.
    tiles: Arc<Tiles>,
    _tile_writing: TileWriting,
    /// How the events of its frames are packed.
    packing: Packing,
    /// An append failed, so that it is not known what the store holds.
    broken: bool,
}

/// What is kept of a log, to be opened.
pub struct Stored {
    /// The id of the log; nil for one that is kept nowhere.
    id: Uuid,
    store: Arc<dyn FrameStore>,
    epochs: Epochs,
    head: Option<HeadFile>,
    untouched: Option<OpenGuard>,
    stop: Option<Arc<OrderlyStop>>,
    /// The folder of its tiles.
    tiles: Option<PathBuf>,
    /// How the events of its frames are packed.
    packing: Packing,
    /// What comes before the part that is to be read; all of it, if none.
    beginning: Option<Beginning>,
}

impl Stored {
    pub(crate) fn kept(
        store: impl FrameStore + 'static,
        epochs: Epochs,
        head: HeadFile,
        untouched: Option<OpenGuard>,
        tiles: PathBuf,
        packing: Packing,
    ) -> Stored {
        let (id, tiles) = (head.log_id(), Some(tiles));
        Stored {
            id,
            store: Arc::new(store),
            epochs,
            head: Some(head),
            untouched,
            stop: None,
            tiles,
            packing,
            beginning: None,
        }
    }

    /// The same, which tells when the log is closed in order.
    pub(crate) fn with_stop(self, stop: Arc<OrderlyStop>) -> Stored {
        Stored { stop: Some(stop), ..self }
    }

    fn by_itself(store: Arc<dyn FrameStore>) -> Stored {
        let (id, epochs) = (Uuid::nil(), Epochs::first());
        Stored {
            id,
            store,
            epochs,
            head: None,
            untouched: None,
            stop: None,
            tiles: None,
            packing: Packing::NEWEST,
            beginning: None,
        }
    }

    /// Whether a frame ends at that position, above this root.
    pub async fn has_root(&self, position: u64, root: [u8; 32]) -> Result<bool, StoreError> {
        let known = self.head.as_ref().map(HeadFile::newest).filter(|head| head.position == position);
        Ok(self.root_at(position).await? == Some(root) && known.is_none_or(|head| head.root == root))
    }

    /// The root that the frame tells which ends at that position; none if none does.
    pub async fn root_at(&self, position: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let frame = self.store.read(position).next().await.transpose()?;
        Ok(frame.filter(|frame| frame.last_position() == position).map(|frame| frame.root()))
    }

    /// The last position; 0 if it is empty.
    pub async fn last_position(&self) -> Result<u64, StoreError> {
        self.store.head().await
    }

    /// Only what comes behind this tree is to be read, of which the last event was recorded then.
    pub fn begin_behind(&mut self, tree: Tree, recorded_at: DateTime<Utc>) {
        self.beginning = Some(Beginning { tree, recorded_at });
    }
}

/// A store by itself, in its first epoch and without its head apart: for stores that keep nothing on this machine.
impl<S: FrameStore + 'static> From<Arc<S>> for Stored {
    fn from(store: Arc<S>) -> Stored {
        Stored::by_itself(store)
    }
}

impl From<Arc<dyn FrameStore>> for Stored {
    fn from(store: Arc<dyn FrameStore>) -> Stored {
        Stored::by_itself(store)
    }
}

/// The encoded envelopes of one commit, with the positions that follow the last one appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// When it is recorded, as its envelopes say.
    pub recorded_at: DateTime<Utc>,
    /// In order, at least one.
    pub events: Vec<Vec<u8>>,
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
    Conflict { expected: u64, head: u64 },
    /// The store did not say in time whether the frame was written. The log must not be used any more.
    #[error("the store did not say whether the frame after position {after} was written: start again to find out")]
    Unknown { after: u64 },
    /// The store failed, or the head before was not written. The log must not be used any more.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an earlier append failed, so that nobody knows what the log holds: start again")]
    Broken,
}

impl Log {
    /// Reads all of what is stored, checks it, and calls `each` for every commit in order. Whatever is damaged is an
    /// error that names the position and the cause; nothing is skipped, and `each` sees no commit of a frame that fails a
    /// check. If it fails, what is stored is as it was before.
    pub async fn open<E: Send>(
        stored: impl Into<Stored>,
        mut each: impl FnMut(Commit) -> Result<(), E>,
    ) -> Result<Log, OpenLogError<E>> {
        Log::open_prepared(stored, |commit| Ok(commit.into_owned()), |commit, _| each(commit)).await
    }

    /// The same for a long log: `prepare` makes of each commit, by itself and still in its frame, what `take` is called
    /// for, and is called on another thread. If it fails, that is as if `take` had. `take` is told of the commit that comes
    /// next as well, where that is prepared. It keeps its thread until it is done.
    pub async fn open_prepared<P: Send, E: Send>(
        stored: impl Into<Stored>,
        prepare: impl Fn(CommitRef<'_>) -> Result<P, E> + Send,
        take: impl FnMut(P, Option<&P>) -> Result<(), E>,
    ) -> Result<Log, OpenLogError<E>> {
        let Stored { id, store, epochs, head, untouched, stop, tiles, packing, beginning } = stored.into();
        let known = head.as_ref().map(HeadFile::newest);
        let unread = beginning.as_ref().map(|before| before.tree.clone());
        let checks = Verifier::behind(&epochs, known, beginning);
        let tiles = Arc::new(tiles.map_or_else(Tiles::in_memory, |folder| Tiles::open(&folder, &checks.tree)));
        let checks = match read(&*store, &tiles, checks, Intake { prepare, take }).await {
            Ok(checks) => checks,
            Err(error) => {
                // In this order: the files are put back when the store has let go of them.
                drop(store);
                drop(untouched);
                return Err(error);
            }
        };
        untouched.map_or(Ok(()), OpenGuard::settle)?;
        stop.iter().for_each(|stop| stop.sound());
        let Verifier { tree, recorded_at, .. } = checks;
        let (_tile_writing, head_writer) = (TileWriting::of(tiles.clone()), head.map(HeadWriter::of));
        let log = Log {
            id,
            store,
            epochs,
            tree,
            recorded_at,
            unread,
            known,
            head_writer,
            tiles,
            _tile_writing,
            packing,
            broken: false,
        };
        log.tell_head()?;
        tracing::debug!(head = log.head(), epoch = log.epochs.newest(), "log opened");
        Ok(log)
    }

    /// The last position, 0 when the log is empty.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.tree.size()
    }

    #[must_use]
    pub fn end(&self) -> Head {
        Head { position: self.head(), root: self.root(), recorded_at: self.recorded_at }
    }

    /// Has where the log ends written apart.
    fn tell_head(&self) -> Result<(), StoreError> {
        self.head_writer.as_ref().map_or(Ok(()), |writer| writer.tell(self.end()))
    }

    /// Has `tell` called where the head could not be written: at once, and not only when something else is appended.
    pub fn on_head_failure(&self, tell: impl FnOnce(&StoreError) + Send + 'static) {
        if let Some(writer) = &self.head_writer {
            writer.on_failure(Box::new(tell));
        }
    }

    /// Its id; nil for one that is kept nowhere.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The epochs of its history.
    #[must_use]
    pub fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// The Merkle tree over all events.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The Merkle root over all events.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.tree.root()
    }

    /// Appends `commits` as one frame, which is on stable storage when this returns. The envelopes must carry the
    /// positions after the head, contiguous, and whole commits; they are stored as they are, unread. After an error other
    /// than [`AppendError::Frame`] the log refuses every further append. Says how many bytes the frame has.
    pub async fn append(&mut self, frame_id: Uuid, commits: &[NewCommit]) -> Result<usize, AppendError> {
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
        let (epoch, first, root) = (self.epochs.newest(), head.saturating_add(1), tree.root());
        let frame = Frame::encode_as(self.packing, frame_id, epoch, first, root, events())?;
        // Until the store has said yes, also if this future is dropped while it waits.
        self.broken = true;
        match self.store.append(&frame, head).await? {
            Append::Appended => {
                self.tree = tree;
                self.tiles.grow(&self.tree, &completed);
                self.recorded_at = commits.last().map_or(self.recorded_at, |commit| Some(commit.recorded_at));
                self.tell_head()?;
                self.broken = false;
                Ok(frame.bytes().len())
            }
            Append::Conflict { head: found } => Err(AppendError::Conflict { expected: head, head: found }),
            Append::Unknown => Err(AppendError::Unknown { after: head }),
        }
    }

    /// A reader of what is stored, which may be used from anywhere.
    #[must_use]
    pub fn reader(&self) -> LogReader {
        LogReader { store: self.store.clone() }
    }

    /// What proves to others which events there are, which may be used from anywhere.
    #[must_use]
    pub fn proofs(&self) -> Proofs {
        Proofs { store: self.store.clone(), tiles: self.tiles.clone() }
    }

    /// How many hashes in the tiles beside the log were found not to be those of the log, and were made again.
    #[must_use]
    pub fn wrong_tile_hashes(&self) -> u64 {
        self.tiles.wrong()
    }
}
