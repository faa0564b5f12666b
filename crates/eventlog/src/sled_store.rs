//! The store on disk: frames in sled, each synced before its append returns. The only module that knows sled.
//!
//! Absent: any other tree, `flush_async`, `Mode`, and telling damage that sled hides, which is the head file's to do; where
//! sled panics, it is an error here. What was
//! measured about sled 0.34.7 and made these rules is in the architecture's page; the layout is in `FORMAT.md`.

mod by_position;
mod fault;
mod in_pages;
mod layout;

use crate::files::{files_of, io as at};
use crate::frame::Frame;
use crate::store::{Append, FrameStore, Shelf, StoreError, Until, frames, obstacle};
use async_trait::async_trait;
use by_position::ByPosition;
use fault::{Fault, guarded};
use futures_util::stream::BoxStream;
use in_pages::InPages;
use layout::Layout;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fmt, fs, io, thread, time::Duration};
use tokio::sync::watch;

/// sled's page cache; its default is 1 GiB.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// How often a log is opened and closed until that changes nothing more: one time for what was written, one where that
/// filled a segment, one to see that nothing changes.
const REST_TRIES_MAX: u32 = 4;
/// A store that was just dropped may keep sled's lock for a moment, until sled's threads have let go of it.
const LOCK_TRIES_MAX: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Frames in a folder of sled's.
pub struct SledStore {
    tree: sled::Db,
    /// How its frames lie there.
    layout: Box<dyn Layout>,
    /// A handle of our own on sled's file: sled's `flush` does not reach stable storage.
    file: File,
    path: PathBuf,
    /// Held while a frame is checked against the head and written.
    writing: Mutex<()>,
    head: watch::Sender<u64>,
}

impl SledStore {
    /// Opens the log in the folder `path`, which must have one.
    pub(crate) fn open(path: &Path) -> Result<SledStore, StoreError> {
        let store = SledStore::open_unread(path)?;
        let last = guarded("read the end of the log", path, || store.layout.last_position())?;
        store.head.send_replace(last);
        Ok(store)
    }

    /// The same, where the end of the log may be damaged: the store says that it is empty.
    pub(crate) fn open_unread(path: &Path) -> Result<SledStore, StoreError> {
        SledStore::expect_file(path)?;
        // What a killed process left unsynced may be readable and yet not on the disk.
        sync_unlocked_file(path)?;
        guarded("open the log", path, || SledStore::start(path, layout_of))
    }

    /// Refuses a folder without sled's file: sled would make another, empty one.
    pub(crate) fn expect_file(path: &Path) -> Result<(), StoreError> {
        if path.join(FILE_NAME).exists() { Ok(()) } else { Err(StoreError::Missing { path: path.to_owned() }) }
    }

    /// Makes an empty log in the empty folder `path`.
    pub(crate) fn create(path: &Path) -> Result<(), StoreError> {
        guarded("make the log", path, || SledStore::start(path, InPages::create)).map(drop)
    }

    fn start(
        path: &Path,
        layout: impl FnOnce(&sled::Db) -> Result<Box<dyn Layout>, Fault>,
    ) -> Result<SledStore, Fault> {
        // Before sled opens, because sled may remove them.
        refuse_blobs(path)?;
        remove_unfinished_snapshots(path)?;
        // Without sled's background flush, which would collect garbage also while a log is read that may yet be refused. Where
        // something is written, sled collects as it goes: its file gets as large without.
        let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let tree = config.open()?;
        let layout = layout(&tree)?;
        tree.flush()?;
        let file = open_file(path)?;
        sync(&file, path)?;
        for created in [path.to_owned(), path.join("conf"), path.join("blobs")] {
            File::open(&created)
                .and_then(|handle| handle.sync_all())
                .map_err(at("sync", &created))
                .map_err(StoreError::from)?;
        }
        let (head, _) = watch::channel(0);
        Ok(SledStore { tree, layout, file, path: path.to_owned(), writing: Mutex::new(()), head })
    }

    /// Removes every frame that begins behind `position`.
    pub(crate) fn cut_off(&self, position: u64) -> Result<(), StoreError> {
        guarded("remove the damaged end", &self.path, || {
            self.layout.cut_off(position)?;
            self.tree.flush()?;
            Ok(sync(&self.file, &self.path)?)
        })
    }

    /// One batch, one flush, one sync.
    fn write(&self, frame: &Frame) -> Result<(), Fault> {
        self.layout.insert(frame)?;
        self.tree.flush()?;
        Ok(sync(&self.file, &self.path)?)
    }

    /// Adds a frame that is next, where nobody reads yet: it is on stable storage when the store was [settled](Self::settle).
    pub(crate) fn put(&self, frame: &Frame) -> Result<(), StoreError> {
        guarded("write the frame", &self.path, || self.layout.insert(frame))
    }

    /// Makes all frames that were put durable.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        guarded("write the frames", &self.path, || {
            self.tree.flush()?;
            Ok(sync(&self.file, &self.path)?)
        })
    }
}

/// Without the content, which sled would print.
impl fmt::Debug for SledStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledStore")
            .field("path", &self.path)
            .field("head", &*self.head.borrow())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl FrameStore for SledStore {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let head = *self.head.borrow();
        if let Some(conflict) = obstacle(frame, expected_last, head)? {
            return Ok(conflict);
        }
        guarded("write the frame", &self.path, || self.write(frame))?;
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

impl Shelf for SledStore {
    fn first_of(&self, position: u64) -> Result<u64, StoreError> {
        guarded("find a frame", &self.path, || self.layout.first_of(position))
    }

    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, StoreError> {
        guarded("read a frame", &self.path, || self.layout.at_or_after(first))
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }
}

/// The layout of the log in the tree, which its first key tells. A log without entries is one of before.
fn layout_of(tree: &sled::Db) -> Result<Box<dyn Layout>, Fault> {
    match tree.first()? {
        Some((key, _)) if InPages::has(&key) => InPages::open(tree),
        _ => Ok(Box::new(ByPosition { tree: tree.clone() })),
    }
}

/// The file in which sled keeps everything.
const FILE_NAME: &str = "db";

fn refuse_blobs(path: &Path) -> Result<(), StoreError> {
    let blobs = path.join("blobs");
    match fs::read_dir(&blobs).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::Blobs { path: blobs }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at("list", &blobs)(error).into()),
    }
}

/// On opening sled writes what it knows of its file to a file of its own, and renames it. A cut in between leaves a part
/// of it, which sled would take for the newest one and call the log corrupt; the one before, or none, does as well.
fn remove_unfinished_snapshots(path: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(path).map_err(at("list", path))? {
        let file = entry.map_err(at("list", path))?.path();
        if file.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(&file).map_err(at("remove", &file))?;
        }
    }
    Ok(())
}

fn open_file(path: &Path) -> Result<File, StoreError> {
    let path = path.join(FILE_NAME);
    let opened = OpenOptions::new().read(true).write(true).open(&path);
    Ok(opened.map_err(at("open", &path))?)
}

fn sync(file: &File, path: &Path) -> Result<(), StoreError> {
    Ok(file.sync_data().map_err(at("sync", &path.join(FILE_NAME)))?)
}

/// Syncs sled's file once nobody has it open. The lock is the one that sled itself takes, and is let go of for it.
fn sync_unlocked_file(path: &Path) -> Result<(), StoreError> {
    let file = wait_until_free(path)?;
    sync(&file, path)
}

/// Opens and closes a log that nobody has open until that changes nothing more; not if it goes on changing.
///
/// What sled writes on opening follows from its files: its snapshot, where the log goes further than that, which gives it
/// another name; zeros over the segments that are free by the snapshot and behind the end; and a file that ends with free
/// segments becomes shorter. So where an opening changes neither a name nor a length, it wrote zeros only, and the next one
/// writes the same zeros.
///
/// sled also writes as it reads: whoever comes to a node with more than 16 entries (256 in an index) splits it, and whoever
/// comes to one with less than 4 (64) merges it. Where entries are only added behind others of their kind, the halves
/// of a split are never that small, and what is too large is on the way to the last entry of a kind. Those ways are gone here
/// too, as in every opening.
pub(crate) fn come_to_rest(path: &Path) -> Result<bool, StoreError> {
    let lengths = || -> Result<BTreeMap<PathBuf, u64>, StoreError> {
        drop(wait_until_free(path)?);
        let lengths = files_of(path)?.into_iter().map(|file| {
            let length = fs::metadata(&file).map_err(at("look at", &file))?.len();
            Ok((file, length))
        });
        lengths.collect()
    };
    let mut before = lengths()?;
    for _ in 0..REST_TRIES_MAX {
        drop(SledStore::open(path)?);
        let after = lengths()?;
        if after == before {
            return Ok(true);
        }
        before = after;
    }
    Ok(false)
}

/// Waits until nobody has sled's file open, and gives a handle on it that holds its lock.
pub(crate) fn wait_until_free(path: &Path) -> Result<File, StoreError> {
    let file = open_file(path)?;
    for _ in 0..LOCK_TRIES_MAX {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => {
                return Err(at("lock", &path.join(FILE_NAME))(source).into());
            }
        }
    }
    Err(StoreError::InUse { path: path.to_owned() })
}

#[cfg(test)]
mod tests;
