//! Files that only their owner may read, and files that are complete from the first moment they can be seen.
//!
//! Absent: what is in them.

use crate::files::{FileError, above, io};
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// No file with a key is larger; a key has a few hundred bytes.
const KEY_BYTES_MAX: u64 = 4096;

/// Why a private file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    #[error("{} can be read by others (mode {mode:04o}): run `chmod 600 {}`, and treat what is in it as compromised", path.display(), path.display())]
    NotPrivate { path: PathBuf, mode: u32 },
    /// It is not a file of that kind.
    #[error("{} is not a file of at most {bytes_max} bytes: put back the one that was there", path.display())]
    NotSuchAFile { path: PathBuf, bytes_max: u64 },
    #[error("{0}; check the path, the permissions and the disk")]
    File(#[from] FileError),
}

/// What the private file `path` holds. If there is none, it is made, with what `make` gives, on stable storage, before
/// this returns. If two processes make it at once, one of them does, and both get what that one made.
pub fn read_or_make(path: &Path, make: impl FnOnce() -> String) -> Result<Vec<u8>, PrivateFileError> {
    match read(path) {
        Err(PrivateFileError::File(error)) if error.source.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    match write_new(path, make().as_bytes(), 0o600) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(io("make", path))?,
    }
    read(path)
}

/// What the private file `path` holds, a key.
pub fn read(path: &Path) -> Result<Vec<u8>, PrivateFileError> {
    read_at_most(path, KEY_BYTES_MAX)
}

/// What the private file `path` holds, if that is no more than so many bytes.
pub fn read_at_most(path: &Path, bytes_max: u64) -> Result<Vec<u8>, PrivateFileError> {
    let mut file = File::open(path).map_err(io("open", path))?;
    let metadata = file.metadata().map_err(io("look at", path))?;
    if !metadata.is_file() || metadata.len() > bytes_max {
        return Err(PrivateFileError::NotSuchAFile { path: path.to_owned(), bytes_max });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PrivateFileError::NotPrivate { path: path.to_owned(), mode });
    }
    let mut bytes = vec![];
    file.read_to_end(&mut bytes).map_err(io("read", path))?;
    Ok(bytes)
}

/// Writes a file that was not there, durably: content, name and all. Never over another file of that name, which is
/// [`ErrorKind::AlreadyExists`].
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = NewFile::begin(path, mode)?;
    file.write_all(bytes)?;
    file.finish()
}

/// A file on its way: it has its name when it is whole and on stable storage, and is gone if it is dropped before.
pub struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file that will be at `path`, with those permission bits.
    pub fn begin(path: &Path, mode: u32) -> io::Result<Self> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        // Named after it, so that a person who finds one that a power cut left sees where it comes from.
        let mut making = tempfile::Builder::new();
        let making = making.prefix(name).suffix(".new").permissions(Permissions::from_mode(mode));
        Ok(Self { file: making.tempfile_in(above(path))?, path: path.to_owned() })
    }

    /// Gives the file its name, durably, in the place of the file that has it.
    pub fn replace(self) -> io::Result<()> {
        let Self { file, path } = self;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        File::open(above(&path))?.sync_all()
    }

    /// Gives the file its name, durably, unless another file has it.
    pub fn finish(self) -> io::Result<()> {
        let Self { file, path } = self;
        file.as_file().sync_all()?;
        let named = file.persist_noclobber(&path);
        // Also if another process was first, which may not have come to this yet.
        File::open(above(&path))?.sync_all()?;
        named?;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
