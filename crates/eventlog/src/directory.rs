//! The data directory: whose it is, which format it has, and that one process has it. `FORMAT.md` says what is in it.
//!
//! Absent: what is in the log; keys and other files that are kept beside it.

use crate::epochs::Epochs;
use crate::files::{
    FileError, files_of, io, make_folders, make_private_folder, remove_folder, rename, swap_in, sync_folder,
};
use crate::head::{Head, HeadFile};
use crate::identity::{DIRECTORY_FORMAT, DIRECTORY_FORMAT_UNPACKED, Identity, NoIdentity};
use crate::log::Stored;
use crate::open_guard::OpenGuard;
use crate::orderly_stop::{LOG_CLEAN, LOG_CLEAN_NEW, OrderlyStop, StoppedStore, forget, leave};
use crate::origin::{LogOrigin, Origins};
use crate::sled_store::{SledStore, wait_until_free};
use crate::store::{FrameStore, StoreError};
use crate::tree::Tree;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) const FORMAT: &str = "FORMAT";
const FORMAT_NEW: &str = "FORMAT.new";
const LOCK: &str = "LOCK";
pub(crate) const LOG: &str = "log";
const LOG_NEW: &str = "log.new";
/// The log as it was before it was opened, while it is.
const LOG_BEFORE: &str = "log.before";
/// A log whose damaged end was cut off, as it was; followed by a number.
const LOG_DAMAGED: &str = "log.damaged";
pub(crate) const HEAD: &str = "head";
/// What the older formats call it.
pub(crate) const WITNESS: &str = "witness";
/// The hash tiles of the log, which follow from it.
const TILES: &str = "tiles";

/// A data directory that this process holds the lock of, until the value is dropped.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    identity: Identity,
    /// Its permission bits.
    mode: u32,
    _lock: Held,
}

/// A data directory that no process can open until this is dropped.
#[derive(Debug)]
pub struct DirectoryLock(Option<Held>);

/// The lock, held. A process that is just being started may have a copy of the file for a moment, which holds the lock as
/// long as nobody lets go of it by name.
#[derive(Debug)]
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // If it is refused, closing the file lets go of it.
        let _ = self.0.unlock();
    }
}

/// Why a data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("the directory {} is in use by another process: stop that one, or reach its server with --server where the command takes it", path.display())]
    InUse { path: PathBuf },
    #[error("the directory {} has format {found}, this build reads up to {DIRECTORY_FORMAT}. It was written by a newer Procura: use that version or a newer one", path.display())]
    Newer { path: PathBuf, found: u32 },
    /// A build from before the first release made it.
    #[error("the directory {} has format {found}, from before Procura's first release, which this build does not read: record what it holds anew, in an empty folder", path.display())]
    Older { path: PathBuf, found: u32 },
    /// Other accounts of the machine could change what is in it.
    #[error("the directory {} can be written to by others (mode {mode:04o}): run `chmod 700 {}`, and verify the log before it is used", path.display(), path.display())]
    WritableByOthers { path: PathBuf, mode: u32 },
    #[error("{} is not a Procura directory, it holds other files and no file FORMAT: name an empty folder or one that does not exist", path.display())]
    NotProcura { path: PathBuf },
    /// There is a log, but nothing says which one.
    #[error("the directory {} has a folder log but no file FORMAT, which is lost: move the directory away and restore a backup", path.display())]
    FormatLost { path: PathBuf },
    /// There is a file FORMAT, but no log.
    #[error("the directory {} has a file FORMAT but no folder log, which is lost: move the directory away and restore a backup", path.display())]
    LogLost { path: PathBuf },
    /// There is neither, but a log was there.
    #[error("the directory {} has neither a folder log nor a file FORMAT, but its head file tells of a log that had reached position {reached}: restore the directory from a backup", path.display())]
    AllLost {
        path: PathBuf,
        /// The last position according to the head file.
        reached: u64,
    },
    /// Its log has another origin than the one asked for.
    #[error("the log in {} has the origin {found}, chosen when it was made: ask for that one, or for none; {asked} needs a new directory", path.display())]
    Origin { path: PathBuf, found: LogOrigin, asked: LogOrigin },
    /// The file FORMAT does not hold what it should.
    #[error("the file {} is damaged, {cause}: move the directory away and restore a backup", path.display())]
    Unreadable { path: PathBuf, cause: &'static str },
    #[error("{0}; check the path, the permissions and the disk")]
    File(#[from] FileError),
    /// The empty log of a new directory could not be made.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DataDirectory {
    /// Opens the directory `path` and takes its lock. Makes it, for a log with the id `new_log_id`, if there is
    /// nothing yet or only what an interrupted making left.
    pub fn open(path: &Path, new_log_id: Uuid) -> Result<DataDirectory, DirectoryError> {
        DataDirectory::open_as(path, new_log_id, None)
    }

    /// The same, for a log that has the origin `asked`, or is made with it.
    pub fn open_as(path: &Path, new_log_id: Uuid, asked: Option<&LogOrigin>) -> Result<DataDirectory, DirectoryError> {
        make_folders(path)?;
        let mode = fs::metadata(path).map_err(io("look at", path))?.mode() & 0o7777;
        if mode & 0o022 != 0 {
            // They could put files of their own in the place of the log and the keys.
            return Err(DirectoryError::WritableByOthers { path: path.to_owned(), mode });
        }
        // Before the lock, so that no file LOCK is left in a folder that is somebody else's.
        stage(path)?;
        let lock = take_lock(path)?;
        // And under the lock, because another process may have gone on in between.
        if stage(path)? == Stage::Nothing {
            let reached = [HEAD, WITNESS].map(|name| HeadFile::reached(&path.join(name))).into_iter().max();
            let reached = reached.unwrap_or_default();
            if reached > 0 {
                return Err(DirectoryError::AllLost { path: path.to_owned(), reached });
            }
            make_log(path)?;
            let empty = Head { position: 0, root: Tree::new().root(), recorded_at: None };
            HeadFile::create(&path.join(HEAD), new_log_id, empty)?;
            let origins =
                asked.map_or_else(|| Origins::from(new_log_id), |asked| Origins::new(new_log_id, asked.clone()));
            let (format, epochs) = (DIRECTORY_FORMAT, Epochs::first());
            write_format(path, &Identity { format, log_id: new_log_id, origins, epochs })?;
        }
        if stage(path)? == Stage::LogUnnamed {
            rename(path, LOG_NEW, LOG)?;
        }
        let identity = read_format(path)?;
        if let Some(asked) = asked.filter(|asked| *asked != identity.origins.log()) {
            let found = identity.origins.log().clone();
            return Err(DirectoryError::Origin { path: path.to_owned(), found, asked: asked.clone() });
        }
        Ok(DataDirectory { path: path.to_owned(), identity, mode, _lock: lock })
    }

    /// The id of the log, for as long as there is one.
    #[must_use]
    pub fn log_id(&self) -> Uuid {
        self.identity.log_id
    }

    /// The origins of the log.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.identity.origins
    }

    /// The origin in the newest epoch of the log in the directory `path`, which another process may have.
    ///
    /// # Errors
    /// [`DirectoryError`]; a directory that this build does not know is one.
    pub fn origin_of(path: &Path) -> Result<String, DirectoryError> {
        let Identity { origins, epochs, .. } = read_format(path)?;
        Ok(origins.of(epochs.newest()))
    }

    /// The lines of the log's history; the same over restarts, another after a restore.
    #[must_use]
    pub fn epochs(&self) -> &Epochs {
        &self.identity.epochs
    }

    /// Says that from now on an older directory has the format that it goes on in: an older build would not read what is
    /// recorded next. To be called when its log was opened, so that a log that is refused stays with the build that wrote it.
    ///
    /// # Errors
    /// [`DirectoryError::File`].
    pub fn go_on(&mut self) -> Result<(), DirectoryError> {
        if self.identity.format < DIRECTORY_FORMAT_UNPACKED { self.name(DIRECTORY_FORMAT_UNPACKED) } else { Ok(()) }
    }

    /// Says that the directory has that format.
    pub(crate) fn name(&mut self, format: u32) -> Result<(), DirectoryError> {
        let identity = Identity { format, ..self.identity.clone() };
        write_format(&self.path, &identity)?;
        self.identity = identity;
        Ok(())
    }

    /// The version of its layout.
    #[must_use]
    pub fn format(&self) -> u32 {
        self.identity.format
    }

    /// Its permission bits, if other accounts of the machine can list it: they see how large the log is and when it grows.
    #[must_use]
    pub fn mode_open_to_others(&self) -> Option<u32> {
        (self.mode & 0o055 != 0).then_some(self.mode)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The position that the log is known to have reached, before it is opened.
    #[must_use]
    pub fn reached(&self) -> u64 {
        HeadFile::reached(&self.path.join(self.head_name()))
    }

    /// Opens what the directory keeps of the log, to be handed to [`Log::open`](crate::Log::open). One at a time; the
    /// directory must be kept as long as the log is. A log that is then refused is put back as it was.
    pub fn stored(&self) -> Result<Stored, StoreError> {
        let folder = self.path.join(LOG);
        SledStore::expect_file(&folder)?;
        let head = self.head_file()?;
        let stop = Arc::new(OrderlyStop::begin(&self.path, &folder, self.identity.log_id)?);
        let copy = self.path.join(LOG_BEFORE);
        // What an orderly stop left is not changed by being opened.
        let guard = if stop.was_orderly() { None } else { OpenGuard::copied(&folder, &copy)? };
        let store = StoppedStore::new(SledStore::open(&folder)?, stop.clone());
        Ok(self.kept(store, head, guard).with_stop(stop))
    }

    /// The same of a directory that is itself a copy, and need not stay as it was.
    pub fn stored_copy(&self) -> Result<Stored, StoreError> {
        let head = self.head_file()?;
        Ok(self.kept(self.store()?, head, None))
    }

    fn kept(&self, store: impl FrameStore + 'static, head: HeadFile, untouched: Option<OpenGuard>) -> Stored {
        let (epochs, tiles) = (self.identity.epochs.clone(), self.path.join(TILES));
        Stored::kept(store, epochs, head, untouched, tiles, self.identity.packing())
    }

    /// The store of a log whose end may be damaged.
    pub(crate) fn damaged_store(&self) -> Result<SledStore, StoreError> {
        forget(&self.path)?;
        SledStore::open_unread(&self.path.join(LOG))
    }

    pub(crate) fn head_file(&self) -> Result<HeadFile, StoreError> {
        HeadFile::open(&self.path.join(self.head_name()), self.identity.log_id)
    }

    /// The file that says where the log ends.
    pub(crate) fn head_name(&self) -> &'static str {
        if self.identity.is_packed() { HEAD } else { WITNESS }
    }

    /// Copies the data directory at `path` into the empty folder `copy`, changing nothing, while no process has it, and none
    /// can until what is returned is dropped. Files `*.key`, which sign, and those that are named `but` stay where they are.
    ///
    /// # Errors
    /// [`DirectoryError`]; a directory that this build does not know is one.
    pub fn copy(path: &Path, copy: &Path, but: &[&str]) -> Result<DirectoryLock, DirectoryError> {
        stage(path)?;
        let lock = path.join(LOCK);
        let lock = if lock.exists() { Some(hold(path, File::open(&lock).map_err(io("open", &lock))?)?) } else { None };
        // What lies beside a copy of the log tells of the one that was copied.
        copy_files(path, copy, &[but, &[LOG_CLEAN]].concat())?;
        for folder in [LOG, LOG_NEW, TILES].map(|name| (path.join(name), copy.join(name))) {
            if folder.0.is_dir() {
                fs::create_dir(&folder.1).map_err(io("make the folder", &folder.1))?;
                copy_files(&folder.0, &folder.1, &[])?;
            }
        }
        Ok(DirectoryLock(lock))
    }

    /// Puts the log of the data directory `copy` in the place of the one at `path`, at once and for good: the one that it was
    /// copied from, which has been locked since, or what was recorded meanwhile would be lost. The old one is kept beside it, in
    /// the folder whose path is returned.
    ///
    /// # Errors
    /// [`DirectoryError`]; the log is then the one or the other.
    pub fn replace_log(lock: DirectoryLock, path: &Path, copy: &Path) -> Result<PathBuf, DirectoryError> {
        let _lock = lock.0.map_or_else(|| take_lock(path), Ok)?;
        let (log, incoming) = (path.join(LOG), path.join(LOG_NEW));
        if incoming.exists() {
            // Left by a repair that was killed: the repaired log or the damaged one.
            keep_aside(path, &incoming)?;
        }
        make_private_folder(&incoming)?;
        copy_files(&copy.join(LOG), &incoming, &[])?;
        forget(path)?;
        swap_in("put the repaired log in the place of", &incoming, &log)?;
        keep_aside(path, &incoming)
    }

    /// Opens the store of the log alone, unchecked. One at a time; the directory must be kept as long as the store is.
    pub fn store(&self) -> Result<SledStore, StoreError> {
        forget(&self.path)?;
        SledStore::open(&self.path.join(LOG))
    }
}

/// A data directory that is being made around a log with content.
pub(crate) struct NewDirectory<'p> {
    path: &'p Path,
    _lock: Held,
}

impl<'p> NewDirectory<'p> {
    /// Begins one in a folder, which is there, with an empty log.
    pub(crate) fn begin(path: &'p Path) -> Result<Self, DirectoryError> {
        let _lock = take_lock(path)?;
        make_log(path)?;
        Ok(Self { path, _lock })
    }

    /// The store of its log.
    pub(crate) fn store(&self) -> Result<SledStore, StoreError> {
        SledStore::open(&self.path.join(LOG_NEW))
    }

    /// Names what is in the log, whose store was dropped: from now on the folder is a data directory.
    pub(crate) fn finish(
        self,
        log_id: Uuid,
        origins: Origins,
        epochs: Epochs,
        head: Head,
    ) -> Result<(), DirectoryError> {
        wait_until_free(&self.path.join(LOG_NEW))?;
        HeadFile::create(&self.path.join(HEAD), log_id, head)?;
        write_format(self.path, &Identity { format: DIRECTORY_FORMAT, log_id, origins, epochs })?;
        rename(self.path, LOG_NEW, LOG)?;
        Ok(leave(self.path, &self.path.join(LOG), log_id)?)
    }
}

/// Gives `log` the next name for damaged ones, which is returned.
fn keep_aside(path: &Path, log: &Path) -> Result<PathBuf, DirectoryError> {
    let free = |number: &u32| !path.join(format!("{LOG_DAMAGED}.{number}")).exists();
    let kept = path.join(format!("{LOG_DAMAGED}.{}", (1..).find(free).unwrap_or_default()));
    fs::rename(log, &kept).map_err(io("rename", log))?;
    sync_folder(path)?;
    Ok(kept)
}

/// How far the making of a directory got. Each stage is on stable storage before the next begins: first an empty log in
/// `log.new`, then FORMAT, then `log.new` is named `log`. So a directory with FORMAT has a log, and one with a `log` has
/// FORMAT, and whatever else is found was lost and not merely not made yet.
#[derive(PartialEq, Eq)]
enum Stage {
    Nothing,
    LogUnnamed,
    Made,
}

fn stage(path: &Path) -> Result<Stage, DirectoryError> {
    let named = |name: &str| {
        let named = path.join(name);
        named.try_exists().map_err(io("look for", &named))
    };
    let here = || path.to_owned();
    if named(FORMAT)? {
        // What a newer format keeps where is not for this build to say, so its number comes first.
        read_format(path)?;
        return match (named(LOG)?, named(LOG_NEW)?) {
            (true, _) => Ok(Stage::Made),
            (false, true) => Ok(Stage::LogUnnamed),
            (false, false) => Err(DirectoryError::LogLost { path: here() }),
        };
    }
    if named(LOG)? {
        return Err(DirectoryError::FormatLost { path: here() });
    }
    for entry in fs::read_dir(path).map_err(io("list", path))? {
        let name = entry.map_err(io("list", path))?.file_name();
        if ![LOCK, FORMAT_NEW, LOG_NEW, LOG_CLEAN, LOG_CLEAN_NEW, HEAD, WITNESS, TILES].iter().any(|ours| name == *ours)
        {
            return Err(DirectoryError::NotProcura { path: here() });
        }
    }
    Ok(Stage::Nothing)
}

fn take_lock(path: &Path) -> Result<Held, DirectoryError> {
    let file = path.join(LOCK);
    let mut options = OpenOptions::new();
    let opened = options.create(true).truncate(false).read(true).write(true).mode(0o600).open(&file);
    // Whoever can read the file could hold its lock. Earlier builds made it as the process's mask had it.
    let private = opened.and_then(|lock| lock.set_permissions(Permissions::from_mode(0o600)).map(|()| lock));
    hold(path, private.map_err(io("open", &file))?)
}

fn hold(path: &Path, lock: File) -> Result<Held, DirectoryError> {
    match lock.try_lock() {
        Ok(()) => Ok(Held(lock)),
        Err(TryLockError::WouldBlock) => Err(DirectoryError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io("lock", &path.join(LOCK))(source).into()),
    }
}

fn copy_files(from: &Path, to: &Path, but: &[&str]) -> Result<(), DirectoryError> {
    for file in files_of(from)?.into_iter().filter(|file| file.extension().is_none_or(|kind| kind != "key")) {
        if let Some(name) = file.file_name().filter(|name| but.iter().all(|but| name != but)) {
            fs::copy(&file, to.join(name)).map_err(io("copy", &file))?;
        }
    }
    Ok(())
}

fn make_log(path: &Path) -> Result<(), DirectoryError> {
    let folder = path.join(LOG_NEW);
    // Left by an interrupted making. Nothing is ever recorded under this name.
    remove_folder(&folder)?;
    make_private_folder(&folder)?;
    SledStore::create(&folder)?;
    Ok(sync_folder(path)?)
}

fn write_format(path: &Path, identity: &Identity) -> Result<(), DirectoryError> {
    let text = identity.text();
    let file = path.join(FORMAT_NEW);
    let written = File::create(&file).and_then(|mut handle| {
        handle.write_all(text.as_bytes())?;
        handle.sync_all()
    });
    written.map_err(io("write", &file))?;
    Ok(rename(path, FORMAT_NEW, FORMAT)?)
}

fn read_format(path: &Path) -> Result<Identity, DirectoryError> {
    let file = path.join(FORMAT);
    let bytes = fs::read(&file).map_err(io("read", &file))?;
    let here = || path.to_owned();
    Identity::read(bytes).map_err(|error| match error {
        NoIdentity::Newer { found } => DirectoryError::Newer { path: here(), found },
        NoIdentity::Older { found } => DirectoryError::Older { path: here(), found },
        NoIdentity::Unreadable { cause } => DirectoryError::Unreadable { path: file.clone(), cause },
    })
}
