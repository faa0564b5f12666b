//! Folders and files: made private, copied, swapped and synced, with one error that says what was tried on which path.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The file system refused.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} {}: {source}", path.display())]
pub struct FileError {
    pub doing: &'static str,
    pub path: PathBuf,
    pub source: io::Error,
}

/// What the system said, with what was tried on which path.
pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError { doing, path, source }
}

/// Makes a folder that only its owner may look into.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), FileError> {
    private_folder().create(path).map_err(io("make the folder", path))
}

/// Makes the folder and those above it that are missing, and makes their names durable.
pub(crate) fn make_folders(path: &Path) -> Result<(), FileError> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !is_empty(folder) && !folder.exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    private_folder().recursive(true).create(path).map_err(io("make the folder", path))?;
    missing.iter().try_for_each(|folder| sync_folder(above(folder)))
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// The folder that the file or folder is in.
pub(crate) fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !is_empty(above)).unwrap_or(Path::new("."))
}

/// The files in a folder, without those in folders of its own.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = fs::read_dir(folder).map_err(io("list", folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    Ok(paths.map_err(io("list", folder))?.into_iter().filter(|path| path.is_file()).collect())
}

/// Renames a file or folder inside a folder, durably.
pub(crate) fn rename(folder: &Path, from: &str, to: &str) -> Result<(), FileError> {
    let from = folder.join(from);
    fs::rename(&from, folder.join(to)).map_err(io("rename", &from))?;
    sync_folder(folder)
}

/// Two folders change places at once and durably; what is in `incoming` is on stable storage first.
pub(crate) fn swap_in(doing: &'static str, incoming: &Path, folder: &Path) -> Result<(), FileError> {
    for file in files_of(incoming)? {
        File::open(&file).and_then(|file| file.sync_all()).map_err(io("sync", &file))?;
    }
    sync_folder(incoming)?;
    let swap = rustix::fs::RenameFlags::EXCHANGE;
    let swapped = rustix::fs::renameat_with(rustix::fs::CWD, incoming, rustix::fs::CWD, folder, swap);
    swapped.map_err(|error| io(doing, folder)(error.into()))?;
    sync_folder(above(folder))
}

pub(crate) fn sync_folder(path: &Path) -> Result<(), FileError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(io("sync", path))
}

pub(crate) fn remove_folder(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(io("remove", path)(source)),
        _ => Ok(()),
    }
}

pub(crate) fn remove_file(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(io("remove", path)(source)),
        _ => Ok(()),
    }
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}
