//! The witness of the head: the last position, the Merkle root and the time, in a file that sled has nothing to do with.
//!
//! sled may lose the end of its log without a word when its file is damaged. So a thread of the log's own writes every
//! new head here, right behind the frame: a log that ends before its witness has lost something, and is not opened. The
//! window is what was appended since the last write, one or two frames; when the log is closed there is none.
//!
//! `FORMAT.md` gives every byte. There are two slots, written in turn and far enough apart that no torn write reaches
//! both: one of them always holds a head.

use crate::frame::take;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::watch;
use uuid::Uuid;

/// Where a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last position, 0 where the log is empty.
    pub position: u64,
    /// The Merkle root over all events up to there.
    pub root: [u8; 32],
    /// When the last event was recorded; none where the log is empty.
    pub recorded_at: Option<DateTime<Utc>>,
}

const MAGIC: [u8; 4] = *b"PRCW";
const WITNESS_FORMAT: u16 = 1;
const SLOT_BYTES: usize = 4 + 2 + 16 + 8 + 32 + 8 + 4;
/// Where the slots begin.
const SLOTS_AT: [u64; 2] = [0, 4096];
/// No time: that of the empty log.
const NEVER: i64 = i64::MIN;

/// The file, and the newest head in it.
#[derive(Debug)]
pub struct Witness {
    file: File,
    path: PathBuf,
    log_id: Uuid,
    newest: Head,
    /// Which slot holds the newest head.
    slot: usize,
}

impl Witness {
    /// Makes the file for a log that ends at `head`; on stable storage when this returns, but for its name.
    pub(crate) fn create(path: &Path, log_id: Uuid, head: Head) -> Result<(), StoreError> {
        let slot = encode(log_id, &head);
        let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).and_then(|file| {
            SLOTS_AT.iter().try_for_each(|at| file.write_all_at(&slot, *at))?;
            file.sync_all()
        });
        made.map_err(io("write", path))
    }

    /// Opens the file of the log with that id.
    pub(crate) fn open(path: &Path, log_id: Uuid) -> Result<Witness, StoreError> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => StoreError::WitnessLost { path: path.to_owned() },
            _ => io("open", path)(source),
        })?;
        let read = |at: &u64| {
            let mut bytes = [0; SLOT_BYTES];
            file.read_exact_at(&mut bytes, *at).ok().and_then(|()| decode(&bytes))
        };
        let heads = SLOTS_AT.iter().map(read).zip(0..).filter_map(|(head, slot)| Some((head?, slot)));
        let newest = heads.max_by_key(|((_, head), _)| head.position);
        let ((found, newest), slot) = newest.ok_or_else(|| StoreError::WitnessDamaged { path: path.to_owned() })?;
        if found != log_id {
            return Err(StoreError::WitnessForeign { path: path.to_owned(), found, log_id });
        }
        Ok(Witness { file, path: path.to_owned(), log_id, newest, slot })
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

fn encode(log_id: Uuid, head: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&WITNESS_FORMAT.to_be_bytes());
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
    let whole = magic == MAGIC && format == WITNESS_FORMAT && crc32fast::hash(content) == u32::from_be_bytes(*checksum);
    let log_id = Uuid::from_bytes(take(&mut rest).ok()?);
    let position = u64::from_be_bytes(take(&mut rest).ok()?);
    let root = take(&mut rest).ok()?;
    let micros = i64::from_be_bytes(take(&mut rest).ok()?);
    let recorded_at = if micros == NEVER { None } else { Some(DateTime::from_timestamp_micros(micros)?) };
    whole.then_some((log_id, Head { position, root, recorded_at }))
}

/// Writes heads on a thread of its own, always the newest one; dropped, it has written the last.
#[derive(Debug)]
pub(crate) struct Witnessing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    written: watch::Receiver<u64>,
}

/// How far a log is witnessed; clones look at the same one.
#[derive(Clone, Debug)]
pub struct Witnessed(Option<watch::Receiver<u64>>);

impl Witnessed {
    pub(crate) fn by(witnessing: Option<&Witnessing>) -> Witnessed {
        Witnessed(witnessing.map(|witnessing| witnessing.written.clone()))
    }

    /// Returns when `position` is witnessed, at once where nothing witnesses the log, and where it never will be, because
    /// a write failed.
    pub async fn reached(&self, position: u64) {
        if let Some(written) = &self.0 {
            // The error says that the thread has ended, and with it the waiting.
            let _ = written.clone().wait_for(|written| *written >= position).await;
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    line: Mutex<Line>,
    told: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    head: Option<Head>,
    closed: bool,
    failed: Option<StoreError>,
}

impl Witnessing {
    pub(crate) fn of(mut witness: Witness) -> Witnessing {
        let shared = Arc::new(Shared::default());
        let writing = shared.clone();
        let (progress, written) = watch::channel(witness.newest.position);
        let thread = thread::spawn(move || {
            while let Some(head) = writing.next() {
                if let Err(error) = witness.write(head) {
                    tracing::error!(%error, "the head was not witnessed");
                    writing.line().failed = Some(error);
                    return;
                }
                progress.send_replace(head.position);
            }
        });
        Witnessing { shared, thread: Some(thread), written }
    }

    /// Has the head written, soon. The error is that of an earlier one, and comes once.
    pub(crate) fn tell(&self, head: Head) -> Result<(), StoreError> {
        let mut line = self.shared.line();
        if let Some(error) = line.failed.take() {
            return Err(error);
        }
        line.head = Some(head);
        self.shared.told.notify_one();
        Ok(())
    }
}

impl Drop for Witnessing {
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

    /// The next head to write; none where it is closed and all are written.
    fn next(&self) -> Option<Head> {
        let mut line = self.line();
        loop {
            match line.head.take() {
                None if line.closed => return None,
                None => line = self.told.wait(line).unwrap_or_else(PoisonError::into_inner),
                head => return head,
            }
        }
    }
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { doing, path, source }
}
