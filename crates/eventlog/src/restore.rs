//! Restoring a backup into a new data directory: verified as it is read, all of it or nothing.

use crate::backup::{
    BACKUP_FORMAT, BACKUP_FORMAT_ORIGIN, CHECKPOINT, DELIVERIES, DELIVERIES_BYTES_MAX, FRAME, HEADER_BYTES_MAX,
    KEY_BYTES, KEYS, SPARE_BYTES,
};
use crate::checkpoint::CHECKPOINT_BYTES_MAX;
use crate::commit::{Commit, Damage};
use crate::directory::{DirectoryError, NewDirectory};
use crate::epochs::Epochs;
use crate::files::{FileError, above, io as at, make_folders, remove_folder, sync_folder};
use crate::frame::{FRAME_BYTES_MAX, Frame, FrameError};
use crate::head::Head;
use crate::origin::Origins;
use crate::sled_store::SledStore;
use crate::store::StoreError;
use crate::verifier::Verifier;
use chrono::{DateTime, Utc};
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use zstd::stream::read::Decoder;

/// What was restored, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub log_id: Uuid,
    /// Its origins, which the epoch that begins with the restore has one of its own of.
    pub origins: Origins,
    /// Its epochs, the one that begins with the restore among them.
    pub epochs: Epochs,
    pub head: Head,
    /// The file with the keys of sealed data, if it came with the backup.
    pub keys: Option<Vec<u8>>,
    /// The file that says how far consumers and webhooks had come, if there were any.
    pub deliveries: Option<Vec<u8>>,
    /// The checkpoint that ended the backup, signed.
    pub checkpoint: String,
}

/// Why a backup was not restored. The place it was to go to is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError<E> {
    #[error("{} exists and is not empty: a backup is restored into a new directory; name another, or move this one away", path.display())]
    Occupied { path: PathBuf },
    #[error("{} is there, where an earlier restore was broken off: remove it and try again", path.display())]
    Interrupted { path: PathBuf },
    #[error("this is not a whole backup of Procura: {0}; take another file")]
    NotABackup(&'static str),
    #[error(
        "the backup has format {found}, this build reads up to {BACKUP_FORMAT}. It was written by a newer Procura: use that version or a newer one"
    )]
    Newer { found: u32 },
    /// What was read is not what was written.
    #[error(
        "the backup is damaged behind position {after}, at byte {byte} of what it unpacks to: {cause}; take another backup"
    )]
    Damaged { after: u64, byte: u64, cause: String },
    /// The events in it do not follow from each other, or the caller's own check refused the checkpoint.
    #[error("the backup is damaged at position {position}: {cause}; take another backup")]
    Log { position: u64, cause: Damage },
    /// The caller could not take a commit, or the whole.
    #[error("the backup cannot be taken at position {position}: {source}")]
    Refused { position: u64, source: E },
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E> From<FileError> for RestoreError<E> {
    fn from(error: FileError) -> Self {
        DirectoryError::from(error).into()
    }
}

/// What the caller looks at while a backup is restored.
pub trait Restoring {
    /// What it may say no with.
    type Error;

    /// A commit, of a log that ends at `head` according to the backup.
    ///
    /// # Errors
    /// If it cannot be taken.
    fn commit(&mut self, commit: Commit, head: u64) -> Result<(), Self::Error>;

    /// The whole, in the folder that will be the data directory: files of the caller's own may be put there.
    ///
    /// # Errors
    /// If it cannot be taken.
    fn finish(&mut self, restored: &Restored, folder: &Path) -> Result<(), Self::Error>;
}

/// Restores a backup of that many bytes into the new data directory `path`, all of it or nothing: verified as it is read, made
/// in a folder beside it, and named `path` when it is whole and on stable storage. A new epoch begins behind it.
///
/// # Errors
/// [`RestoreError`]; nothing is at `path` then.
pub async fn restore<R: Restoring>(
    source: impl Read,
    bytes: u64,
    path: &Path,
    now: DateTime<Utc>,
    caller: &mut R,
) -> Result<Restored, RestoreError<R::Error>> {
    let mut unpacked = Unpacked::begin(source, bytes)?;
    let (log_id, origins) = (unpacked.log_id, unpacked.origins.clone());
    let (epochs, announced) = (unpacked.epochs.clone(), unpacked.head);
    make_restored(path, async |store, folder| {
        let mut verifier = Verifier::new(&epochs, None);
        let (mut keys, mut deliveries) = (None, None);
        let checkpoint = loop {
            let after = verifier.head().position;
            let (kind, content) = unpacked.record(after)?;
            match kind {
                FRAME => {
                    let frame = Frame::decode(content).map_err(|error: FrameError| unpacked.damaged(after, &error))?;
                    let commits =
                        verifier.frame(&frame).map_err(|(position, cause)| RestoreError::Log { position, cause })?;
                    for commit in commits {
                        let position = commit.last_position();
                        let taken = caller.commit(commit.into_owned(), announced);
                        taken.map_err(|source| RestoreError::Refused { position, source })?;
                    }
                    store.put(&frame.in_newest_format())?;
                }
                KEYS if keys.is_none() && after == 0 => keys = Some(content),
                DELIVERIES if deliveries.is_none() && after == 0 => deliveries = Some(content),
                CHECKPOINT if after == announced => break content,
                _ => return Err(unpacked.damaged(after, &"something other than the next frame is there")),
            }
        };
        unpacked.end(announced)?;
        let checkpoint = String::from_utf8(checkpoint).map_err(|error| unpacked.damaged(announced, &error))?;
        let head = verifier.head();
        let epochs = epochs.restored(announced, now);
        let restored = Restored { log_id, origins, epochs, head, keys, deliveries, checkpoint };
        let finished = caller.finish(&restored, folder);
        finished.map_err(|source| RestoreError::Refused { position: announced, source })?;
        Ok(restored)
    })
    .await
}

/// What is added to a directory's name while it is restored.
const RESTORING: &str = ".restoring";

/// Makes the directory `path` out of what `fill` puts into an empty log, in a folder beside it that gets the name `path`
/// when everything in it is on stable storage. If it fails, nothing is at `path`.
async fn make_restored<E>(
    path: &Path,
    fill: impl AsyncFnOnce(&SledStore, &Path) -> Result<Restored, RestoreError<E>>,
) -> Result<Restored, RestoreError<E>> {
    if path.exists() && fs::read_dir(path).map_err(at("list", path))?.next().is_some() {
        return Err(RestoreError::Occupied { path: path.to_owned() });
    }
    // Beside it, also if the path ends with a slash.
    let mut name = path.components().as_path().as_os_str().to_owned();
    name.push(RESTORING);
    let folder = PathBuf::from(name);
    if folder.exists() {
        return Err(RestoreError::Interrupted { path: folder });
    }
    make_folders(&folder)?;
    let made = fill_folder(&folder, fill).await;
    let named = made.and_then(|restored| {
        fs::rename(&folder, path).map_err(at("rename", &folder))?;
        sync_folder(above(path))?;
        Ok(restored)
    });
    if named.is_err() {
        remove_folder(&folder)?;
    }
    named
}

async fn fill_folder<E>(
    folder: &Path,
    fill: impl AsyncFnOnce(&SledStore, &Path) -> Result<Restored, RestoreError<E>>,
) -> Result<Restored, RestoreError<E>> {
    let directory = NewDirectory::begin(folder)?;
    let store = directory.store()?;
    let restored = fill(&store, folder).await?;
    store.settle()?;
    drop(store);
    let Restored { log_id, origins, epochs, head, .. } = &restored;
    directory.finish(*log_id, origins.clone(), epochs.clone(), *head)?;
    Ok(restored)
}

/// The records of a backup, unpacked.
struct Unpacked<R: Read> {
    source: Decoder<'static, BufReader<R>>,
    byte: u64,
    log_id: Uuid,
    origins: Origins,
    epochs: Epochs,
    head: u64,
    /// How many events there can be at most, and so keys.
    events_max: u64,
}

/// Each event has a salt of so many random bytes, which no compression makes fewer.
const EVENT_PACKED_BYTES_MIN: u64 = 16;
/// The most memory that unpacking may ask for, as a power of two. What this program packs asks for 2 MiB.
const WINDOW_LOG_MAX: u32 = 23;

impl<R: Read> Unpacked<R> {
    fn begin<E>(source: R, bytes: u64) -> Result<Self, RestoreError<E>> {
        let no = RestoreError::NotABackup;
        let mut source = Decoder::new(source).map_err(|_| no("it cannot be unpacked"))?;
        source.window_log_max(WINDOW_LOG_MAX).map_err(|_| no("it cannot be unpacked"))?;
        let mut text = String::new();
        let mut beginning = BufReader::with_capacity(1, (&mut source).take(HEADER_BYTES_MAX));
        while !text.ends_with("\n\n") {
            let read = beginning.read_line(&mut text).map_err(|_| no("its beginning cannot be unpacked"))?;
            if read == 0 {
                return Err(no("its beginning is cut off"));
            }
        }
        drop(beginning);
        let lines = text.strip_prefix("procura backup\nformat ").ok_or(no("it does not begin as one"))?;
        let (format, lines) = lines.split_once('\n').ok_or(no("it has no format"))?;
        let format = match format.parse() {
            // They differ in the versions that envelopes and frames may have, and in what stands beside the frames.
            Ok(known @ 1..=BACKUP_FORMAT) => known,
            Ok(found) => return Err(RestoreError::Newer { found }),
            Err(_) => return Err(no("it has no format")),
        };
        let (log_id, lines) =
            lines.strip_prefix("log ").and_then(|rest| rest.split_once('\n')).ok_or(no("it has no log id"))?;
        let log_id = log_id.parse().map_err(|_| no("it has no log id"))?;
        let (origins, lines) = match lines.split_once('\n') {
            Some((line, lines)) if format >= BACKUP_FORMAT_ORIGIN => {
                (Some(Origins::read(log_id, line).ok_or(no("it has no origin"))?), lines)
            }
            _ => (None, lines),
        };
        let (epochs, head) = lines.trim_end().rsplit_once('\n').ok_or(no("it has no head"))?;
        let epochs = Epochs::read(&format!("{epochs}\n")).ok_or(no("it has no epochs"))?;
        let head: u64 = head.strip_prefix("head ").and_then(|head| head.parse().ok()).ok_or(no("it has no head"))?;
        let events_max = head.min(bytes / EVENT_PACKED_BYTES_MIN);
        let origins = origins.unwrap_or_else(|| Origins::alone_through(log_id, epochs.newest()));
        Ok(Unpacked { source, byte: text.len() as u64, log_id, origins, epochs, head, events_max })
    }

    fn record<E>(&mut self, after: u64) -> Result<(u8, Vec<u8>), RestoreError<E>> {
        let [kind, length @ ..] = self.take::<5, E>(after)?;
        let max = match kind {
            FRAME => FRAME_BYTES_MAX,
            KEYS => usize::try_from(self.events_max)
                .unwrap_or(usize::MAX)
                .saturating_mul(KEY_BYTES)
                .saturating_add(SPARE_BYTES),
            DELIVERIES => DELIVERIES_BYTES_MAX,
            CHECKPOINT => CHECKPOINT_BYTES_MAX,
            _ => return Err(self.damaged(after, &"no part of a backup begins like this")),
        };
        let length = u64::from(u32::from_be_bytes(length));
        if usize::try_from(length).is_ok_and(|length| length <= max) {
            let mut content = vec![];
            let read = (&mut self.source).take(length).read_to_end(&mut content);
            let read = read.map_err(|error| self.damaged(after, &error))? as u64;
            self.byte += read;
            if read == length { Ok((kind, content)) } else { Err(self.damaged(after, &"it is cut off")) }
        } else {
            Err(self.damaged(after, &"a part says that it is larger than any can be"))
        }
    }

    /// Nothing follows.
    fn end<E>(&mut self, after: u64) -> Result<(), RestoreError<E>> {
        let mut more = [0];
        match self.source.read(&mut more) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged(after, &"something follows its checkpoint")),
            Err(error) => Err(self.damaged(after, &error)),
        }
    }

    fn take<const N: usize, E>(&mut self, after: u64) -> Result<[u8; N], RestoreError<E>> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged(after, &"it is cut off"),
            _ => self.damaged(after, &error),
        })?;
        self.byte += N as u64;
        Ok(bytes)
    }

    fn damaged<E>(&self, after: u64, cause: &dyn std::fmt::Display) -> RestoreError<E> {
        RestoreError::Damaged { after, byte: self.byte, cause: cause.to_string() }
    }
}
