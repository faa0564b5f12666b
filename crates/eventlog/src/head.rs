//! The head, kept apart: the last position, the Merkle root and the time, in a file that sled has nothing to do with.
//!
//! sled may lose the end of its log without a word when its file is damaged. So a thread of the log's own writes every
//! new head here, right behind the frame: a log that ends before its head has lost something, and is not opened. The
//! window is what was appended since the last write: at most three frames, the one whose head is being written, the one
//! whose head waits for that, and the one whose append waits for both. When the log is closed there is none.
//!
//! `FORMAT.md` gives every byte. There are two slots, written in turn and far enough apart that no torn write reaches
//! both: one of them always holds a head.

use crate::files::io;
use crate::frame::take;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use uuid::Uuid;

/// Where a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last position, 0 where the log is empty.
    pub position: u64,
    /// The Merkle root over all events up to there.
    pub root: [u8; 32],
    /// When the last event was recorded; none if the log is empty.
    pub recorded_at: Option<DateTime<Utc>>,
}

const MAGIC: [u8; 4] = *b"PRCW";
const HEAD_FORMAT: u16 = 1;
const SLOT_BYTES: usize = 4 + 2 + 16 + 8 + 32 + 8 + 4;
/// Where the slots begin.
const SLOTS_AT: [u64; 2] = [0, 4096];
/// No time: that of the empty log.
const NEVER: i64 = i64::MIN;

/// The file, and the newest head in it.
#[derive(Debug)]
pub struct HeadFile {
    file: File,
    path: PathBuf,
    log_id: Uuid,
    newest: Head,
    /// Which slot holds the newest head.
    slot: usize,
}

impl HeadFile {
    /// Makes the file for a log that ends at `head`; on stable storage when this returns, but for its name.
    pub(crate) fn create(path: &Path, log_id: Uuid, head: Head) -> Result<(), StoreError> {
        let slot = encode(log_id, &head);
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).and_then(|file| {
            SLOTS_AT.iter().try_for_each(|at| file.write_all_at(&slot, *at))?;
            file.sync_all()
        });
        Ok(made.map_err(io("write", path))?)
    }

    /// Opens the file of the log with that id.
    pub(crate) fn open(path: &Path, log_id: Uuid) -> Result<HeadFile, StoreError> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => StoreError::HeadLost { path: path.to_owned() },
            _ => io("open", path)(source).into(),
        })?;
        let newest = newest_in(&file).ok_or_else(|| StoreError::HeadDamaged { path: path.to_owned() });
        let ((found, newest), slot) = newest?;
        if found != log_id {
            return Err(StoreError::HeadForeign { path: path.to_owned(), found, log_id });
        }
        Ok(HeadFile { file, path: path.to_owned(), log_id, newest, slot })
    }

    /// The last position that the file tells of, whichever log it is about; 0 where it tells of none.
    pub(crate) fn reached(path: &Path) -> u64 {
        let newest = File::open(path).ok().and_then(|file| newest_in(&file));
        newest.map_or(0, |((_, head), _)| head.position)
    }

    /// The id of the log that it is about.
    pub(crate) fn log_id(&self) -> Uuid {
        self.log_id
    }

    /// The newest head in the file.
    #[must_use]
    pub fn newest(&self) -> Head {
        self.newest
    }

    /// Writes a head in place of the older one; on stable storage when this returns.
    fn write(&mut self, head: Head) -> Result<(), StoreError> {
        let slot = 1 - self.slot;
        let at = SLOTS_AT.get(slot).copied().unwrap_or_default();
        self.file.write_all_at(&encode(self.log_id, &head), at).map_err(io("write", &self.path))?;
        self.file.sync_data().map_err(io("sync", &self.path))?;
        (self.newest, self.slot) = (head, slot);
        Ok(())
    }
}

/// The newest head in the file, with the id of its log, and in which slot it is.
fn newest_in(file: &File) -> Option<((Uuid, Head), usize)> {
    let read = |at: &u64| {
        let mut bytes = [0; SLOT_BYTES];
        file.read_exact_at(&mut bytes, *at).ok().and_then(|()| decode(&bytes))
    };
    let heads = SLOTS_AT.iter().map(read).zip(0..).filter_map(|(head, slot)| Some((head?, slot)));
    heads.max_by_key(|((_, head), _)| head.position)
}

fn encode(log_id: Uuid, head: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&HEAD_FORMAT.to_be_bytes());
    bytes.extend_from_slice(log_id.as_bytes());
    bytes.extend_from_slice(&head.position.to_be_bytes());
    bytes.extend_from_slice(&head.root);
    bytes.extend_from_slice(&head.recorded_at.map_or(NEVER, |at| at.timestamp_micros()).to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// The log's id and its head, where the bytes hold them.
fn decode(bytes: &[u8]) -> Option<(Uuid, Head)> {
    let (content, checksum) = bytes.split_last_chunk()?;
    let mut rest = content;
    let magic: [u8; 4] = take(&mut rest).ok()?;
    let format = u16::from_be_bytes(take(&mut rest).ok()?);
    let whole = magic == MAGIC && format == HEAD_FORMAT && crc32fast::hash(content) == u32::from_be_bytes(*checksum);
    let log_id = Uuid::from_bytes(take(&mut rest).ok()?);
    let position = u64::from_be_bytes(take(&mut rest).ok()?);
    let root = take(&mut rest).ok()?;
    let micros = i64::from_be_bytes(take(&mut rest).ok()?);
    let recorded_at = if micros == NEVER { None } else { Some(DateTime::from_timestamp_micros(micros)?) };
    whole.then_some((log_id, Head { position, root, recorded_at }))
}

/// Writes heads on a thread of its own, always the newest one; dropped, it has written the last.
pub(crate) struct HeadWriter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    line: Mutex<Line>,
    told: Condvar,
    /// A head that was told is being written.
    taken: Condvar,
}

#[derive(Default)]
struct Line {
    head: Option<Head>,
    closed: bool,
    /// Nothing is written any more.
    stopped: bool,
    failed: Option<StoreError>,
    on_failure: Option<OnFailure>,
}

type OnFailure = Box<dyn FnOnce(&StoreError) + Send>;

impl HeadWriter {
    pub(crate) fn of(mut file: HeadFile) -> HeadWriter {
        let shared = Arc::new(Shared::default());
        let writing = shared.clone();
        let thread = thread::spawn(move || {
            while let Some(head) = writing.next() {
                if let Err(error) = file.write(head) {
                    tracing::error!(%error, "the head was not written");
                    writing.fail(error);
                    return;
                }
            }
        });
        HeadWriter { shared, thread: Some(thread) }
    }

    /// Has `tell` called as soon as a head could not be written; at once, where one could not.
    pub(crate) fn on_failure(&self, tell: OnFailure) {
        let mut line = self.shared.line();
        match &line.failed {
            Some(error) => tell(error),
            None => line.on_failure = Some(tell),
        }
    }

    /// Has the head written, soon; waits where the one before is not being written yet, so that the log does not run away
    /// from its head. The error is that of an earlier one, and comes once.
    pub(crate) fn tell(&self, head: Head) -> Result<(), StoreError> {
        let mut line = self.shared.line();
        while line.head.is_some() && !line.stopped {
            line = self.shared.taken.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = line.failed.take() {
            return Err(error);
        }
        line.head = Some(head);
        self.shared.told.notify_one();
        Ok(())
    }
}

impl Drop for HeadWriter {
    fn drop(&mut self) {
        self.shared.line().closed = true;
        self.shared.told.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends by itself, after the last head.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Nothing panics while it is locked.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is written any more, and callers who ask are told.
    fn fail(&self, error: StoreError) {
        let mut line = self.line();
        line.stopped = true;
        self.taken.notify_one();
        if let Some(tell) = line.on_failure.take() {
            tell(&error);
        }
        line.failed = Some(error);
    }

    /// The next head to write; none if it is closed and all are written.
    fn next(&self) -> Option<Head> {
        let mut line = self.line();
        loop {
            match line.head.take() {
                None if line.closed => return None,
                None => line = self.told.wait(line).unwrap_or_else(PoisonError::into_inner),
                head => {
                    self.taken.notify_one();
                    return head;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    fn head(position: u64) -> Head {
        Head { position, root: [7; 32], recorded_at: None }
    }

    #[test]
    fn a_head_that_cannot_be_written_is_told_without_another_append() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        HeadFile::create(&path, Uuid::nil(), head(0)).unwrap();
        let file = HeadFile::open(&path, Uuid::nil()).unwrap();
        let writer = HeadWriter::of(HeadFile { file: File::open(&path).unwrap(), ..file });
        let (sender, told) = mpsc::channel();
        writer.on_failure(Box::new(move |error| sender.send(error.to_string()).unwrap()));
        writer.tell(head(1)).unwrap();
        let told = told.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(told.starts_with("could not write "), "{told}");
        assert!(writer.tell(head(2)).is_err());
        // A caller that goes on all the same is not kept waiting forever.
        (3..6).for_each(|position| drop(writer.tell(head(position))));
    }

    #[test]
    fn the_log_does_not_run_away_from_its_head() {
        let shared = Arc::new(Shared::default());
        let writer = HeadWriter { shared: shared.clone(), thread: None };
        let (sender, told) = mpsc::channel();
        let telling = thread::spawn(move || {
            for position in 1..4 {
                writer.tell(head(position)).unwrap();
                sender.send(position).unwrap();
            }
        });
        for position in 1..4 {
            assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(position));
            assert!(told.recv_timeout(Duration::from_millis(20)).is_err(), "the head before was not taken yet");
            assert_eq!(shared.next(), Some(head(position)));
        }
        telling.join().unwrap();
    }
}
