//! What an orderly stop left: the file `log.clean` beside the folder `log` says of each file there how long it is and what
//! its checksum is. A start that finds just that needs no copy of the log, since opening it changes nothing.
//!
//! That rests on two things. A stop opens and closes the log until that changes nothing more, and only then writes the file:
//! what sled does when it opens follows from what it finds. And nothing is written between a start and its first append: sled
//! collects no garbage by itself, see `sled_store`.
//!
//! The file is taken away, durably, before sled opens, and comes back when the log was closed in order. It tells of accidents,
//! not of whoever can write here. A start believes it only after reading all that it tells of, so one that is stale, damaged or
//! another log's costs a copy, and nothing else.

use crate::files::{FileError, files_of, io, rename, sync_folder};
use crate::frame::Frame;
use crate::sled_store::{SledStore, come_to_rest};
use crate::store::{Append, FrameStore, StoreError};
use async_trait::async_trait;
use crc32fast::Hasher;
use futures_util::stream::BoxStream;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use uuid::Uuid;

/// The file, in the data directory.
pub(crate) const LOG_CLEAN: &str = "log.clean";
pub(crate) const LOG_CLEAN_NEW: &str = "log.clean.new";
/// sled keeps three files; no file that this program writes is longer.
const BYTES_MAX: u64 = 16 << 10;
/// How much is read at once for a checksum.
const PIECE_BYTES: usize = 1 << 20;

/// What was in the folder of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Contents {
    log_id: Uuid,
    /// By name.
    files: BTreeMap<String, Content>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Content {
    bytes: u64,
    crc32: u32,
}

impl Contents {
    /// Reads what is in the folder. None if a file there has a name that is not one of sled's.
    fn of(log_id: Uuid, folder: &Path) -> Result<Option<Contents>, FileError> {
        let mut files = BTreeMap::new();
        for path in files_of(folder)? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_plain(name)) else {
                return Ok(None);
            };
            files.insert(name.to_owned(), content(&path)?);
        }
        Ok(Some(Contents { log_id, files }))
    }

    /// Whether that is what is in the folder.
    fn is_in(&self, folder: &Path) -> Result<bool, FileError> {
        // Names and lengths first: most of what does not match needs no reading.
        let mut found = 0;
        for path in files_of(folder)? {
            let length = fs::metadata(&path).map_err(io("look at", &path))?.len();
            let told = path.file_name().and_then(|name| name.to_str()).and_then(|name| self.files.get(name));
            if told.is_none_or(|told| told.bytes != length) {
                return Ok(false);
            }
            found += 1;
        }
        Ok(found == self.files.len() && Contents::of(self.log_id, folder)?.as_ref() == Some(self))
    }

    /// What the file holds.
    fn text(&self) -> String {
        let mut text = format!("procura clean log\nformat 1\nlog {}\n", self.log_id);
        for (name, Content { bytes, crc32 }) in &self.files {
            let _ = writeln!(text, "file {name} {bytes} {crc32:08x}");
        }
        let check = crc32fast::hash(text.as_bytes());
        let _ = writeln!(text, "check {check:08x}");
        text
    }

    /// Reads what the file holds; none if it is not just as this program writes it.
    fn read(text: &str) -> Option<Contents> {
        let mut lines = text.lines().skip(2);
        let log_id = lines.next()?.strip_prefix("log ")?.parse().ok()?;
        let files = lines.map_while(|line| {
            let mut words = line.strip_prefix("file ")?.split(' ');
            let (name, bytes, crc32) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
            let crc32 = u32::from_str_radix(crc32, 16).ok()?;
            Some((name.to_owned(), Content { bytes, crc32 }))
        });
        let contents = Contents { log_id, files: files.collect() };
        (contents.text() == text).then_some(contents)
    }
}

/// Whether it is a name without spaces and the like, as sled's are.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn content(path: &Path) -> Result<Content, FileError> {
    let read = || {
        let mut file = File::open(path)?;
        let (mut bytes, mut checksum, mut piece) = (0, Hasher::new(), vec![0; PIECE_BYTES]);
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(Content { bytes, crc32: checksum.finalize() }),
                Ok(length) => {
                    checksum.update(piece.get(..length).unwrap_or_default());
                    bytes += length as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    };
    read().map_err(io("read", path))
}

/// From the start of a log to its stop, which comes when the store and whoever else has this has let go of it.
#[derive(Debug)]
pub(crate) struct OrderlyStop {
    directory: PathBuf,
    /// The folder of the log.
    folder: PathBuf,
    log_id: Uuid,
    /// What the last stop left, if that is what was found.
    found: Option<Contents>,
    stage: Mutex<Stage>,
}

/// How far a log came that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It was not read to its end, or is refused.
    Unread,
    Sound,
    /// And something was appended.
    Written,
    /// Nobody knows whether something was.
    Unknown,
}

impl OrderlyStop {
    /// Looks at what the last stop left in the folder of the log, and takes its file away, durably. To be called before the log
    /// is opened, under the lock of the directory.
    pub(crate) fn begin(directory: &Path, folder: &Path, log_id: Uuid) -> Result<OrderlyStop, FileError> {
        let told = told(&directory.join(LOG_CLEAN)).filter(|told| told.log_id == log_id);
        // Where it cannot be told, as with a damaged sector, that is for what comes next to say.
        let found = told.filter(|told| told.is_in(folder).unwrap_or(false));
        forget(directory)?;
        let (directory, folder) = (directory.to_owned(), folder.to_owned());
        Ok(OrderlyStop { directory, folder, log_id, found, stage: Mutex::new(Stage::Unread) })
    }

    /// Whether the log is what an orderly stop left, so that opening it changes nothing.
    pub(crate) fn was_orderly(&self) -> bool {
        self.found.is_some()
    }

    /// The log was read, and is sound.
    pub(crate) fn sound(&self) {
        *self.stage.lock() = Stage::Sound;
    }

    fn stop(&mut self) -> Result<(), StoreError> {
        match (*self.stage.get_mut(), self.found.take()) {
            (Stage::Unknown, _) | (Stage::Unread, None) => Ok(()),
            // Nothing was changed, so that nothing has to be read: the next start does that.
            (Stage::Unread | Stage::Sound, Some(found)) => Ok(tell(&self.directory, &found)?),
            (Stage::Sound, None) | (Stage::Written, _) => leave(&self.directory, &self.folder, self.log_id),
        }
    }
}

impl Drop for OrderlyStop {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        if let Err(error) = self.stop() {
            tracing::warn!(%error, "the next start makes a copy of the log while it is opened");
        }
    }
}

/// A store whose stop is told of, when it is closed.
pub(crate) struct StoppedStore {
    store: SledStore,
    /// Behind the store, which is closed before this is dropped.
    stop: Arc<OrderlyStop>,
}

impl StoppedStore {
    pub(crate) fn new(store: SledStore, stop: Arc<OrderlyStop>) -> StoppedStore {
        StoppedStore { store, stop }
    }
}

#[async_trait]
impl FrameStore for StoppedStore {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        *self.stop.stage.lock() = Stage::Unknown;
        let answer = self.store.append(frame, expected_last).await?;
        *self.stop.stage.lock() = Stage::Written;
        Ok(answer)
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.store.read(from)
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.store.follow(from)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        self.store.head().await
    }
}

/// Brings the log in the folder, which nobody has open, to where opening it changes nothing, and tells what is there then.
pub(crate) fn leave(directory: &Path, folder: &Path, log_id: Uuid) -> Result<(), StoreError> {
    forget(directory)?;
    if come_to_rest(folder)?
        && let Some(contents) = Contents::of(log_id, folder)?
    {
        tell(directory, &contents)?;
    }
    Ok(())
}

/// Takes the file away, durably, if it is there.
pub(crate) fn forget(directory: &Path) -> Result<(), FileError> {
    let path = directory.join(LOG_CLEAN);
    match fs::remove_file(&path) {
        Ok(()) => sync_folder(directory),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        // Nobody takes that for the file.
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(io("remove", &path)(error)),
    }
}

/// What the file at `path` tells, if it is there and whole.
fn told(path: &Path) -> Option<Contents> {
    let mut text = String::new();
    File::open(path).ok()?.take(BYTES_MAX).read_to_string(&mut text).ok()?;
    Contents::read(&text)
}

/// Writes the file, whole and durably.
fn tell(directory: &Path, contents: &Contents) -> Result<(), FileError> {
    let path = directory.join(LOG_CLEAN_NEW);
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    let written = made.and_then(|mut file| {
        file.write_all(contents.text().as_bytes())?;
        file.sync_all()
    });
    written.map_err(io("write", &path))?;
    rename(directory, LOG_CLEAN_NEW, LOG_CLEAN)
}
