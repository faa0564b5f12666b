//! A log that cannot be opened stays as it was: sled changes its files as it opens them, and if they are damaged it may
//! drop what could still have been saved. So the folder is copied first, and put back if opening fails.
//!
//! The copy is made and dropped within one start. If a start is killed in between, the next one makes another.

use crate::files::{files_of, io, make_private_folder, remove_folder, swap_in};
use crate::sled_store::wait_until_free;
use crate::space::free_bytes;
use crate::store::StoreError;
use std::fs;
use std::path::{Path, PathBuf};

/// Free space that a copy leaves.
const SPARE_BYTES: u64 = 64 << 20;

/// The folder as it was. Dropped before [`OpenGuard::settle`], it puts that back.
#[derive(Debug)]
pub(crate) struct OpenGuard {
    folder: PathBuf,
    /// None if it is settled.
    copy: Option<PathBuf>,
}

impl OpenGuard {
    /// Copies the files of `folder` to `copy`. None if the disk has no room for it, which the log then says.
    pub(crate) fn copied(folder: &Path, copy: &Path) -> Result<Option<OpenGuard>, StoreError> {
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
        make_private_folder(copy)?;
        for file in files {
            if let Some(name) = file.file_name()
                && let Err(error) = fs::copy(&file, copy.join(name))
            {
                // A part of a copy must never be put back.
                let _ = fs::remove_dir_all(copy);
                return Err(io("copy", &file)(error).into());
            }
        }
        Ok(Some(OpenGuard { folder: folder.to_owned(), copy: Some(copy.to_owned()) }))
    }

    /// The log was opened and is sound: the copy goes.
    pub(crate) fn settle(mut self) -> Result<(), StoreError> {
        Ok(self.copy.take().map_or(Ok(()), |copy| remove_folder(&copy))?)
    }

    /// The folder and its copy change places, at once where the file system can do that.
    fn put_back(&self, copy: &Path) -> Result<(), StoreError> {
        drop(wait_until_free(&self.folder)?);
        swap_in("put back", copy, &self.folder)?;
        Ok(remove_folder(copy)?)
    }
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        if let Some(copy) = self.copy.take()
            && let Err(error) = self.put_back(&copy)
        {
            tracing::error!(%error, copy = %copy.display(), "the log could not be put back as it was; its files are in the copy");
        }
    }
}
