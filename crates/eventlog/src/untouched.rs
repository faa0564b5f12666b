//! A log that cannot be opened stays as it was: sled changes its files as it opens them, and where they are damaged it
//! may drop what could still have been saved. So the folder is copied first, and put back where opening fails.
//!
//! The copy is made and dropped within one start. Where a start was killed in between, the next one makes another.

use crate::directory::private_folder;
use crate::sled_store::wait_until_free;
use crate::space::free_bytes;
use crate::store::{StoreError, io};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Free space that a copy leaves.
const SPARE_BYTES: u64 = 64 << 20;

/// The folder as it was. Dropped before [`Untouched::settle`], it puts that back.
#[derive(Debug)]
pub(crate) struct Untouched {
    folder: PathBuf,
    /// None where it is settled.
    copy: Option<PathBuf>,
}

impl Untouched {
    /// Copies the files of `folder` to `copy`. None where the disk has no room for it, which the log then says.
    pub(crate) fn copied(folder: &Path, copy: &Path) -> Result<Option<Untouched>, StoreError> {
        remove_folder(copy)?;
        let files = files_of(folder)?;
        let bytes = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum::<u64>();
        if free_bytes(folder).map_err(io("ask for the free space of", folder))? < bytes.saturating_add(SPARE_BYTES) {
            tracing::warn!(
                bytes,
                "no room for a copy of the log while it is opened: where it is damaged, opening it may change it"
            );
            return Ok(None);
        }
        private_folder().create(copy).map_err(io("make the folder", copy))?;
        for file in files {
            if let Some(name) = file.file_name()
                && let Err(error) = fs::copy(&file, copy.join(name))
            {
                // A part of a copy must never be put back.
                let _ = fs::remove_dir_all(copy);
                return Err(io("copy", &file)(error));
            }
        }
        Ok(Some(Untouched { folder: folder.to_owned(), copy: Some(copy.to_owned()) }))
    }

    /// The log was opened and is sound: the copy goes.
    pub(crate) fn settle(mut self) -> Result<(), StoreError> {
        self.copy.take().map_or(Ok(()), |copy| remove_folder(&copy))
    }

    /// The folder and its copy change places, at once where the file system can do that.
    fn put_back(&self, copy: &Path) -> Result<(), StoreError> {
        drop(wait_until_free(&self.folder)?);
        for file in files_of(copy)? {
            File::open(&file).and_then(|file| file.sync_all()).map_err(io("sync", &file))?;
        }
        let swapped = renameat_with(CWD, copy, CWD, &self.folder, RenameFlags::EXCHANGE);
        swapped.map_err(|error| io("put back", &self.folder)(error.into()))?;
        let above = self.folder.parent().unwrap_or(&self.folder);
        File::open(above).and_then(|folder| folder.sync_all()).map_err(io("sync", above))?;
        remove_folder(copy)
    }
}

impl Drop for Untouched {
    fn drop(&mut self) {
        if let Some(copy) = self.copy.take()
            && let Err(error) = self.put_back(&copy)
        {
            tracing::error!(%error, copy = %copy.display(), "the log could not be put back as it was; its files are in the copy");
        }
    }
}

/// The files in a folder of sled's; its own folder `blobs` is empty.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = fs::read_dir(folder).map_err(io("list", folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    Ok(paths.map_err(io("list", folder))?.into_iter().filter(|path| path.is_file()).collect())
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(io("remove", path)(source)),
        _ => Ok(()),
    }
}
