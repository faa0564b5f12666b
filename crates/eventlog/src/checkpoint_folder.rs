//! A folder elsewhere that keeps the signed checkpoints of one log, a file for each.
//!
//! Absent: what the files say; a checkpoint is believed when it has been opened with a key, whatever its file's name.

use crate::checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint};
use crate::private_file::write_new;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A folder for the checkpoints of one log, outside its data directory.
#[derive(Clone, Debug)]
pub struct CheckpointFolder {
    path: PathBuf,
}

/// Why a checkpoint could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointFolderError {
    #[error("the folder for checkpoints {} is in the data directory: name one elsewhere, best on another machine, since who changes the log could change both", path.display())]
    InDataDirectory { path: PathBuf },
    /// The same place in the log's history was signed before, with something else in it.
    #[error("{} holds another checkpoint of that epoch and position: the log has two histories, or the folder two logs; keep both files and find out", path.display())]
    Differs { path: PathBuf },
    #[error("could not {doing} {}: {source}; check that the folder is there, the permissions and the disk", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl CheckpointFolder {
    /// The folder `path`, which must be there: making one would hide that another machine's disk is not mounted.
    pub fn open(path: &Path, data_directory: &Path) -> Result<CheckpointFolder, CheckpointFolderError> {
        let real = |path: &Path| path.canonicalize().map_err(io("find", path));
        let (folder, data) = (real(path)?, real(data_directory)?);
        if folder.starts_with(data) {
            return Err(CheckpointFolderError::InDataDirectory { path: path.to_owned() });
        }
        // If it is not a folder, this says so now.
        fs::read_dir(&folder).map_err(io("list", &folder))?;
        Ok(CheckpointFolder { path: folder })
    }

    /// Keeps the signed `note` of `checkpoint`, on stable storage when this returns. Never replaces another.
    pub fn write(&self, checkpoint: &Checkpoint, note: &str) -> Result<(), CheckpointFolderError> {
        let path = self.path.join(file_name(checkpoint));
        match write_new(&path, note.as_bytes(), 0o644) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let same = read(&path)? == note.as_bytes();
                if same { Ok(()) } else { Err(CheckpointFolderError::Differs { path }) }
            }
            written => written.map_err(io("write", &path)),
        }
    }

    /// The content of the newest file by name: of the latest epoch, the last position. At most one byte more than a
    /// checkpoint may have.
    pub fn newest(&self) -> Result<Option<Vec<u8>>, CheckpointFolderError> {
        let mut newest = None;
        for entry in fs::read_dir(&self.path).map_err(io("list", &self.path))? {
            let name = entry.map_err(io("list", &self.path))?.file_name();
            newest = newest.max(name.into_string().ok().filter(|name| is_file_name(name)));
        }
        newest.map(|name| read(&self.path.join(name))).transpose()
    }
}

/// Sorts by time. The epoch comes first, because a restore may go back to an earlier position.
fn file_name(checkpoint: &Checkpoint) -> String {
    format!("checkpoint-{:020}-{:020}.note", checkpoint.epoch, checkpoint.position)
}

fn is_file_name(name: &str) -> bool {
    let numbers = name.strip_prefix("checkpoint-").and_then(|rest| rest.strip_suffix(".note")?.split_once('-'));
    let number = |digits: &str| digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(epoch, position)| number(epoch) && number(position))
}

fn read(path: &Path) -> Result<Vec<u8>, CheckpointFolderError> {
    let mut bytes = vec![];
    // A byte more shows that it is too large.
    let most = u64::try_from(CHECKPOINT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(io("read", path))?;
    Ok(bytes)
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CheckpointFolderError {
    let path = path.to_owned();
    move |source| CheckpointFolderError::Io { doing, path, source }
}
