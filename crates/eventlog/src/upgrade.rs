//! Bringing a directory up to the newest format: its log is written anew beside the old one, read back, and takes its place
//! where both come down to the same root. The old one is kept.
//!
//! Absent: the formats that a start goes on in by itself. No event changes: an event's bytes are its leaf of the tree.

use crate::commit::{Commit, Damage};
use crate::directory::{DataDirectory, DirectoryError, FORMAT, HEAD, LOG, WITNESS};
use crate::files::{
    FileError, files_of, io, make_private_folder, remove_file, remove_folder, rename, swap_in, sync_folder,
};
use crate::frame::{EVENT_OVERHEAD_BYTES, Frame, FrameError};
use crate::head::{Head, HeadFile};
use crate::identity::DIRECTORY_FORMAT;
use crate::log::Log;
use crate::orderly_stop::leave;
use crate::reading::OpenLogError;
use crate::sled_store::{SledStore, wait_until_free};
use crate::store::{FrameStore, StoreError};
use crate::verifier::Verifier;
use futures_util::StreamExt;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

/// The new log while it is written, and the old one while the two change places.
const LOG_UPGRADED: &str = "log.upgraded";
/// The old log, with the files that belonged to it.
const LOG_BEFORE_UPGRADE: &str = "log.before-upgrade";
/// Frames are put together up to so many bytes of events: more pack better, and fewer are read for one event.
const EVENTS_BYTES_MAX: usize = 32 * 1024;

/// What an upgrade did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// Where the log ends, as it did before.
    pub head: Head,
    /// The bytes of the log's files, before and after.
    pub bytes: [u64; 2],
    /// Where the old log is kept.
    pub kept: PathBuf,
}

/// Why a directory was not upgraded. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    #[error("{} is there, the log before an earlier upgrade: move it away", path.display())]
    Kept { path: PathBuf },
    #[error(transparent)]
    Log(#[from] OpenLogError<Infallible>),
    /// What was written does not read back.
    #[error("the new log does not read back at position {position}: {cause}; nothing was changed, report this fault")]
    Unread { position: u64, cause: Damage },
    /// What was written is not what was there.
    #[error("the new log does not end as the old one, at position {position}: nothing was changed, report this fault")]
    Differs {
        /// Where the old one ends.
        position: u64,
    },
    #[error(
        "the frames before position {position} cannot be put together: {source}; nothing was changed, report this fault"
    )]
    Frame { position: u64, source: FrameError },
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}; check the disk and its free space, and try again: nothing was changed")]
    File(#[from] FileError),
}

impl DataDirectory {
    /// Brings the directory up to the newest format; none where it has that. `progress` is told positions, three times from
    /// the first to the last: read, written, read back.
    ///
    /// # Errors
    /// [`UpgradeError`]; the directory can be opened as before then, and the same also after a power cut.
    pub async fn upgrade(&mut self, mut progress: impl FnMut(u64)) -> Result<Option<Upgraded>, UpgradeError> {
        let path = self.path().to_owned();
        let [log, incoming, kept] = [LOG, LOG_UPGRADED, LOG_BEFORE_UPGRADE].map(|name| path.join(name));
        if self.format() == DIRECTORY_FORMAT {
            if incoming.exists() && !kept.exists() {
                // The last step of an upgrade that was killed.
                rename(&path, LOG_UPGRADED, LOG_BEFORE_UPGRADE)?;
                remove_file(&path.join(WITNESS))?;
            }
            return Ok(None);
        }
        if kept.exists() {
            return Err(UpgradeError::Kept { path: kept });
        }
        let old = Log::open(self.stored()?, |commit: Commit| {
            progress(commit.last_position());
            Ok(())
        })
        .await?;
        let head = old.end();
        // Left by an upgrade that was killed: a part of the new log, or, where that has its place already, the old one.
        remove_folder(&incoming)?;
        if let Err(error) = self.written_anew(&old, &incoming, &mut progress).await {
            remove_folder(&incoming)?;
            return Err(error);
        }
        drop(old);
        // sled's threads may have the files for a moment longer.
        [&log, &incoming].into_iter().try_for_each(|folder| wait_until_free(folder).map(drop))?;
        // What is needed to go back lies with the old log.
        for name in [FORMAT, self.head_name()] {
            fs::copy(path.join(name), log.join(name)).map_err(io("copy", &path.join(name)))?;
        }
        sync_files(&log)?;
        let bytes = [folder_bytes(&log)?, folder_bytes(&incoming)?];
        if self.head_name() != HEAD {
            HeadFile::create(&path.join(HEAD), self.log_id(), head)?;
        }
        swap_in("put the new log in the place of", &incoming, &log)?;
        // A directory of the format before may hold packed frames: until here a power cut leaves one.
        self.name(DIRECTORY_FORMAT)?;
        rename(&path, LOG_UPGRADED, LOG_BEFORE_UPGRADE)?;
        remove_file(&path.join(WITNESS))?;
        leave(&path, &log, self.log_id())?;
        Ok(Some(Upgraded { head, bytes, kept }))
    }

    /// Writes the log into a new folder, and reads it back.
    async fn written_anew(&self, old: &Log, folder: &Path, progress: &mut impl FnMut(u64)) -> Result<(), UpgradeError> {
        make_private_folder(folder)?;
        SledStore::create(folder)?;
        write(old, folder, progress).await?;
        let (was, is) = (old.end(), read_back(self, folder, progress).await?);
        if was == is { Ok(()) } else { Err(UpgradeError::Differs { position: was.position }) }
    }
}

/// Writes all frames of the log into the store in the folder, packed, and as many together as one should hold.
async fn write(old: &Log, folder: &Path, progress: &mut impl FnMut(u64)) -> Result<(), UpgradeError> {
    let store = SledStore::open(folder)?;
    let reader = old.reader();
    let mut together: Vec<Frame> = vec![];
    let mut bytes = 0;
    let mut frames = reader.store.read(1);
    while let Some(frame) = frames.next().await {
        let frame = frame?;
        let more: usize = frame.events().map(|event| event.len() + EVENT_OVERHEAD_BYTES).sum();
        if bytes + more > EVENTS_BYTES_MAX || together.first().is_some_and(|first| first.epoch() != frame.epoch()) {
            put(&store, &mut together, progress)?;
            bytes = 0;
        }
        bytes += more;
        together.push(frame);
    }
    put(&store, &mut together, progress)?;
    Ok(store.settle()?)
}

/// Writes frames as one, which is where the last of them was: it has that one's id and root.
fn put(store: &SledStore, together: &mut Vec<Frame>, progress: &mut impl FnMut(u64)) -> Result<(), UpgradeError> {
    let Some((first, last)) = together.first().zip(together.last()) else { return Ok(()) };
    let position = last.last_position();
    let frame = if together.len() == 1 {
        last.clone().in_newest_format()
    } else {
        let events = together.iter().flat_map(Frame::events);
        Frame::encode(last.id(), last.epoch(), first.first_position(), last.root(), events)
            .map_err(|source| UpgradeError::Frame { position, source })?
    };
    store.put(&frame)?;
    progress(position);
    together.clear();
    Ok(())
}

/// Reads the new log as every log is read that is opened, and says where it ends.
async fn read_back(
    directory: &DataDirectory,
    folder: &Path,
    progress: &mut impl FnMut(u64),
) -> Result<Head, UpgradeError> {
    let store = SledStore::open(folder)?;
    let mut checks = Verifier::new(directory.epochs(), None);
    let mut frames = store.read(1);
    while let Some(frame) = frames.next().await {
        checks.frame(&frame?).map_err(|(position, cause)| UpgradeError::Unread { position, cause })?;
        progress(checks.head().position);
    }
    Ok(checks.head())
}

fn sync_files(folder: &Path) -> Result<(), FileError> {
    for file in files_of(folder)? {
        fs::File::open(&file).and_then(|file| file.sync_all()).map_err(io("sync", &file))?;
    }
    sync_folder(folder)
}

fn folder_bytes(folder: &Path) -> Result<u64, FileError> {
    let bytes = |file: PathBuf| file.metadata().map(|metadata| metadata.len()).map_err(io("look at", &file));
    files_of(folder)?.into_iter().map(bytes).sum()
}
