//! The files of hash tiles: one a level, named by its number, the hashes one behind the other and nothing else.
//!
//! Absent: whether they are right (`proofs.rs` believes none that does not lead to the root). Nothing here is synced.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tlog_tiles::tlog::{HASH_SIZE, Hash};

/// Eight levels of tiles, each over eight levels of the tree, hold any tree whose size fits 64 bits.
pub(crate) const TILE_LEVELS: usize = 8;

/// The open files.
#[derive(Debug)]
pub(crate) struct TileFiles {
    folder: PathBuf,
    levels: [OnceLock<File>; TILE_LEVELS],
    wrong: AtomicU64,
}

impl TileFiles {
    /// Opens the files in `folder`, which is made if it is not there.
    pub(crate) fn open(folder: &Path) -> io::Result<TileFiles> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(TileFiles {
                folder: folder.to_owned(),
                levels: [const { OnceLock::new() }; TILE_LEVELS],
                wrong: AtomicU64::new(0),
            }),
        }
    }

    /// At most `count` hashes of a level, from the one with the index `first` on; fewer where the file ends.
    pub(crate) fn read(&self, level: usize, first: u64, count: usize) -> io::Result<Vec<Hash>> {
        let file = self.file(level)?;
        let (mut bytes, mut read) = (vec![0; count * HASH_SIZE], 0);
        while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, offset(first) + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(read);
        Ok(bytes.as_chunks().0.iter().copied().map(Hash).collect())
    }

    /// Has the file of a level hold these hashes from the index `first` on. Writes only where they are not there already.
    pub(crate) fn put(&self, level: usize, first: u64, hashes: &[Hash]) -> io::Result<()> {
        let found = self.read(level, first, hashes.len())?;
        if found == hashes {
            return Ok(());
        }
        let wrong = found.iter().zip(hashes).filter(|(found, hash)| found != hash).count();
        self.wrong.fetch_add(wrong as u64, Ordering::Relaxed);
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        self.file(level)?.write_all_at(&bytes, offset(first))
    }

    /// Cuts off what is behind the first `count` hashes of a level.
    pub(crate) fn cut_off(&self, level: usize, count: u64) -> io::Result<()> {
        if count == 0 && !self.folder.join(level.to_string()).exists() {
            return Ok(());
        }
        let file = self.file(level)?;
        if file.metadata()?.len() > offset(count) { file.set_len(offset(count)) } else { Ok(()) }
    }

    /// How many hashes were found to be others than those that belong there.
    pub(crate) fn wrong(&self) -> u64 {
        self.wrong.load(Ordering::Relaxed)
    }

    fn file(&self, level: usize) -> io::Result<&File> {
        let slot = self.levels.get(level).ok_or(ErrorKind::InvalidInput)?;
        if let Some(file) = slot.get() {
            return Ok(file);
        }
        let path = self.folder.join(level.to_string());
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        Ok(slot.get_or_init(|| file))
    }
}

/// Where the hash with that index begins.
fn offset(index: u64) -> u64 {
    index.saturating_mul(HASH_SIZE as u64)
}
