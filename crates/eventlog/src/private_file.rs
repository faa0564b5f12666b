//! Files that only their owner may read, and files that are complete from the first moment they can be seen.
//!
//! Absent: what is in them.

use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// No private file is larger; a key has a few hundred bytes.
const BYTES_MAX: u64 = 4096;

/// Why a private file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// Others can read it.
    #[error("{} can be read by others (mode {mode:04o}): run `chmod 600 {}`, and think of what it holds as known to them", path.display(), path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a file of that kind.
    #[error("{} is not a file of at most {BYTES_MAX} bytes: put back the one that was there", path.display())]
    NotSuchAFile {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("could not {doing} {}: {source}; check the path, the permissions and the disk", path.display())]
    Io {
        /// What was to be done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What the private file `path` holds. Where there is none, it is made, with what `make` gives, on stable storage, before
/// this returns. If two processes make it at once, one of them does, and both get what that one made.
pub fn read_or_make(path: &Path, make: impl FnOnce() -> String) -> Result<Vec<u8>, PrivateFileError> {
    match read(path) {
        Err(PrivateFileError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    match write_new(path, make().as_bytes(), 0o600) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(io("make", path))?,
    }
    read(path)
}

/// What the private file `path` holds.
pub fn read(path: &Path) -> Result<Vec<u8>, PrivateFileError> {
    let mut file = File::open(path).map_err(io("open", path))?;
    let metadata = file.metadata().map_err(io("look at", path))?;
    if !metadata.is_file() || metadata.len() > BYTES_MAX {
        return Err(PrivateFileError::NotSuchAFile { path: path.to_owned() });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PrivateFileError::NotPrivate { path: path.to_owned(), mode });
    }
    let mut bytes = vec![];
    file.read_to_end(&mut bytes).map_err(io("read", path))?;
    Ok(bytes)
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PrivateFileError {
    let path = path.to_owned();
    move |source| PrivateFileError::Io { doing, path, source }
}

/// Writes a file that was not there, durably: content, name and all. Never over another file of that name, which is
/// [`ErrorKind::AlreadyExists`].
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // Named after it, so that whoever finds one that a power cut left sees where it comes from.
    let mut making = tempfile::Builder::new();
    let making = making.prefix(name).suffix(".new").permissions(Permissions::from_mode(mode));
    let mut file = making.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let named = file.persist_noclobber(path);
    // Also where another process was first, which may not have come to this yet.
    File::open(folder)?.sync_all()?;
    named?;
    Ok(())
}
