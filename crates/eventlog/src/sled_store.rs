//! The store on disk: frames in sled, each synced before its append returns. The only module that knows sled.
//!
//! Absent: any other tree, `flush_async`, `Mode`, and telling damage that sled hides, which is the head file's to do; where
//! sled panics, it is an error here. What was
//! measured about sled 0.34.7 and made these rules is in the architecture's page; the layout is in `FORMAT.md`.

use crate::files::{files_of, io as at};
use crate::frame::Frame;
use crate::store::{Append, FrameStore, Shelf, StoreError, Until, frames, obstacle};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use sled::IVec;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fmt, fs, io, thread, time::Duration};
use tokio::sync::watch;

/// The most bytes of a key and its value together. A sled leaf holds up to 17 values and goes to a file of its own under
/// `blobs/`, never synced, when it grows beyond 128 KiB.
const ENTRY_BYTES_MAX: usize = 6 * 1024;
const KEY_BYTES: usize = 8 + 2;
const PART_BYTES_MAX: usize = ENTRY_BYTES_MAX - KEY_BYTES;
/// sled's page cache; its default is 1 GiB.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// How often a part that was read is looked up again, so that its page does not stay in memory. sled keeps its pages in 256
/// heaps, and looks at how much is in one only when 64 of its pages were asked for: a log that is read once would stay whole.
/// A page has up to 17 parts, which with four lookups each are as many.
const TOUCHES: u32 = 4;
/// How often a log is opened and closed until that changes nothing more: one time for what was written, one where that
/// filled a segment, one to see that nothing changes.
const REST_TRIES_MAX: u32 = 4;
/// A store that was just dropped may keep sled's lock for a moment, until sled's threads have let go of it.
const LOCK_TRIES_MAX: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// How much of what sled says of its damaged files is passed on.
const SAID_CHARS_MAX: usize = 120;

/// Frames in a folder of sled's.
pub struct SledStore {
    tree: sled::Db,
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
        let last = guarded("read the end of the log", path, || store.last_position())?;
        store.head.send_replace(last);
        Ok(store)
    }

    /// The same, where the end of the log may be damaged: the store says that it is empty.
    pub(crate) fn open_unread(path: &Path) -> Result<SledStore, StoreError> {
        SledStore::expect_file(path)?;
        // What a killed process left unsynced may be readable and yet not on the disk.
        sync_unlocked_file(path)?;
        SledStore::start(path)
    }

    /// Refuses a folder without sled's file: sled would make another, empty one.
    pub(crate) fn expect_file(path: &Path) -> Result<(), StoreError> {
        if path.join(FILE_NAME).exists() { Ok(()) } else { Err(StoreError::Missing { path: path.to_owned() }) }
    }

    /// Makes an empty log in the empty folder `path`.
    pub(crate) fn create(path: &Path) -> Result<(), StoreError> {
        SledStore::start(path).map(drop)
    }

    fn start(path: &Path) -> Result<SledStore, StoreError> {
        guarded("open the log", path, || SledStore::start_unguarded(path))
    }

    fn start_unguarded(path: &Path) -> Result<SledStore, Fault> {
        // Before sled opens, because sled may remove them.
        refuse_blobs(path)?;
        remove_unfinished_snapshots(path)?;
        // Without sled's background flush, which would collect garbage also while a log is read that may yet be refused. Where
        // something is written, sled collects as it goes: its file gets as large without.
        let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let tree = config.open()?;
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
        Ok(SledStore { tree, file, path: path.to_owned(), writing: Mutex::new(()), head })
    }

    /// Removes every frame that begins behind `position`.
    pub(crate) fn cut_off(&self, position: u64) -> Result<(), StoreError> {
        guarded("remove the damaged end", &self.path, || {
            for entry in self.tree.range(key(position.saturating_add(1), 0)..) {
                let (key, _) = entry?;
                self.tree.remove(key)?;
            }
            self.tree.flush()?;
            Ok(sync(&self.file, &self.path)?)
        })
    }

    fn last_position(&self) -> Result<u64, Fault> {
        let Some((key, _)) = self.tree.last()? else {
            return Ok(0);
        };
        let (first, _) = split(&key)?;
        Ok(self.at_or_after(first)?.map_or(0, |frame| frame.last_position()))
    }

    /// One batch, one flush, one sync.
    fn write(&self, frame: &Frame) -> Result<(), Fault> {
        self.insert(frame)?;
        self.tree.flush()?;
        Ok(sync(&self.file, &self.path)?)
    }

    /// Adds a frame that is next, where nobody reads yet: it is on stable storage when the store was [settled](Self::settle).
    pub(crate) fn put(&self, frame: &Frame) -> Result<(), StoreError> {
        guarded("write the frame", &self.path, || self.insert(frame))
    }

    /// Makes all frames that were put durable.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        guarded("write the frames", &self.path, || {
            self.tree.flush()?;
            Ok(sync(&self.file, &self.path)?)
        })
    }

    fn insert(&self, frame: &Frame) -> Result<(), Fault> {
        let mut batch = sled::Batch::default();
        for (part, bytes) in (0..).zip(frame.bytes().chunks(PART_BYTES_MAX)) {
            batch.insert(IVec::from(&key(frame.first_position(), part)), IVec::from(bytes));
        }
        Ok(self.tree.apply_batch(batch)?)
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
        guarded("find a frame", &self.path, || self.first_of_unguarded(position))
    }

    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, StoreError> {
        guarded("read a frame", &self.path, || self.at_or_after_unguarded(first))
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }
}

impl SledStore {
    fn first_of_unguarded(&self, position: u64) -> Result<u64, Fault> {
        let before = self.tree.range(..=key(position, u16::MAX)).next_back().transpose();
        match before? {
            Some((key, _)) => Ok(split(&key)?.0),
            None => Ok(position),
        }
    }

    /// The parts of all frames from `first` on.
    fn parts(&self, first: u64) -> impl Iterator<Item = Result<((u64, u16), IVec), Fault>> {
        self.tree.range(key(first, 0)..).map(|entry| {
            let (key, value) = entry?;
            for _ in 0..TOUCHES {
                self.tree.contains_key(&key)?;
            }
            Ok((split(&key)?, value))
        })
    }

    /// Puts the frame together from its parts, which are numbered from 0 and all full but the last; the frame's own
    /// header says how many bytes they have together.
    fn at_or_after_unguarded(&self, first: u64) -> Result<Option<Frame>, Fault> {
        let mut parts = self.parts(first);
        let Some(beginning) = parts.next() else { return Ok(None) };
        let ((position, part), value) = beginning?;
        let damaged = |cause| Fault::Store(StoreError::Damaged { position, cause });
        if part != 0 {
            return Err(damaged("the first part of its frame is missing"));
        }
        let unreadable = |source| Fault::Store(StoreError::Frame { position, source });
        let length = Frame::length(&value).map_err(unreadable)?;
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&value);
        for (next_part, entry) in (1_u16..).zip(parts) {
            let ((owner, part), value) = entry?;
            if owner != position {
                break;
            }
            if part != next_part || bytes.len() >= length {
                return Err(damaged("the parts of its frame are not the ones written"));
            }
            bytes.extend_from_slice(&value);
        }
        if bytes.len() < length {
            return Err(damaged("the last part of its frame is missing"));
        }
        let frame = Frame::decode(bytes).map_err(unreadable)?;
        if frame.first_position() != position {
            return Err(damaged("its frame belongs to another position"));
        }
        Ok(Some(frame))
    }
}

/// What goes wrong between this module and sled.
enum Fault {
    Store(StoreError),
    Sled(sled::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

impl From<sled::Error> for Fault {
    fn from(error: sled::Error) -> Fault {
        Fault::Sled(error)
    }
}

/// Does something with sled. Where sled finds its files damaged it says so, or panics: an error here, and nobody else's end.
fn guarded<T>(doing: &'static str, path: &Path, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, StoreError> {
    let corrupt = |said: &str| {
        let said = said.lines().next().unwrap_or_default().chars().take(SAID_CHARS_MAX).collect();
        StoreError::Corrupt { doing, path: path.to_owned(), said }
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Fault::Store(error))) => Err(error),
        Ok(Err(Fault::Sled(sled::Error::Corruption { .. }))) => Err(corrupt("a checksum does not match")),
        Ok(Err(Fault::Sled(source))) => {
            Err(StoreError::Database { doing, path: path.to_owned(), source: Box::new(source) })
        }
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            Err(corrupt(said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()))
        }
    }
}

/// The file in which sled keeps everything.
const FILE_NAME: &str = "db";

fn key(first_position: u64, part: u16) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    let (position, number) = key.split_at_mut(8);
    position.copy_from_slice(&first_position.to_be_bytes());
    number.copy_from_slice(&part.to_be_bytes());
    key
}

fn split(key: &[u8]) -> Result<(u64, u16), StoreError> {
    let halves = key.split_first_chunk().and_then(|(position, part)| Some((*position, part.try_into().ok()?)));
    let (position, part) = halves.ok_or_else(|| StoreError::ForeignKey { key: hex::encode(key) })?;
    Ok((u64::from_be_bytes(position), u16::from_be_bytes(part)))
}

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
/// comes to one with less than 4 (64) merges it. Where entries are only added at the end, the halves of a split are never
/// that small, and what is too large is on the way to the last entry. That way is gone here too, as in every opening.
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
mod tests {
    use super::*;
    use std::{env, process::Command};

    fn resident_bytes() -> u64 {
        let pages = fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
    }

    /// Reads a log in a process of its own, whose memory is not that of the writing.
    #[test]
    fn a_log_that_is_read_does_not_stay_in_memory() {
        const FOLDER: &str = "PROCURA_READ_FOLDER";
        const BYTES: u64 = 3 * CACHE_BYTES;
        if let Some(folder) = env::var_os(FOLDER) {
            let store = SledStore::open_unread(Path::new(&folder)).unwrap();
            let before = resident_bytes();
            assert_eq!(store.parts(1).filter(Result::is_ok).count() as u64, BYTES / PART_BYTES_MAX as u64);
            let kept = resident_bytes().saturating_sub(before);
            return assert!(kept < BYTES * 2 / 3, "{kept} bytes of {BYTES} stay in memory");
        }
        let folder = tempfile::tempdir().unwrap();
        {
            let store = SledStore::start(folder.path()).unwrap();
            for position in 1..=BYTES / PART_BYTES_MAX as u64 {
                store.tree.insert(key(position, 0), vec![7; PART_BYTES_MAX]).unwrap();
            }
        }
        let name = "sled_store::tests::a_log_that_is_read_does_not_stay_in_memory";
        let mut reading = Command::new(env::current_exe().unwrap());
        assert!(reading.args(["--exact", name]).env(FOLDER, folder.path()).status().unwrap().success());
    }
}
