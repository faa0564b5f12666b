//! The hash tiles of the log's Merkle tree, as C2SP's tlog-tiles cuts them: eight levels of the tree in one level of tiles.
//! They grow behind the log, on a thread of their own, so that no acknowledgement waits for them.
//!
//! They follow from the log: what is lost of them is made again, and a file that cannot be written is given up until the
//! next start. Absent: proofs, and what tiles are believed (`proofs.rs`).

use crate::tile_files::{TILE_LEVELS, TileFiles};
use crate::tree::Tree;
use parking_lot::{Condvar, Mutex};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tlog_tiles::tlog::{Hash, node_hash};

/// How many levels of the tree a tile spans.
pub(crate) const TILE_HEIGHT: u8 = 8;
/// How many hashes a full tile has.
pub(crate) const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// So many leaves are compared with the files, or written, at a time.
const LEAVES_AT_ONCE: usize = 2048;
/// So many leaves at most wait for the disk in memory (16 MiB): several seconds of the fastest writer.
const LEAVES_WAITING_MAX: usize = 1 << 19;
/// How long the thread waits for more to write.
const GATHERED: Duration = Duration::from_millis(10);

/// The tree over all events on stable storage: its edge, and the hashes of its tiles.
pub(crate) struct Tiles {
    growing: Mutex<Growing>,
    /// There is something to write, or nothing more will come.
    told: Condvar,
    /// None for a log that is kept in memory, or where they cannot be opened.
    files: Option<TileFiles>,
    /// Held while tiles are made again, so that many who want the same do not all make it.
    pub(crate) remaking: tokio::sync::Mutex<()>,
}

struct Growing {
    edge: Tree,
    /// What is not in the files (yet), level by level.
    rows: [Row; TILE_LEVELS],
    /// Leaves wait here for the files. Otherwise they are not kept, and have to be made of the events again; the other
    /// rows stay here, an eighth of a byte an event.
    writing: bool,
    closed: bool,
}

/// Hashes of one level, from the index `first` on.
#[derive(Clone, Default)]
pub(crate) struct Row {
    first: u64,
    hashes: Vec<Hash>,
}

impl Tiles {
    /// Opens the tiles in `folder`, of a log that is read on from where its tree has this edge; from its beginning, if that
    /// is empty. What they hold up to there is looked at when it is needed.
    pub(crate) fn open(folder: &Path, edge: &Tree) -> Tiles {
        let files = TileFiles::open(folder).inspect_err(given_up).ok();
        let tiles = Tiles::over(files, edge);
        if let Some(level) = (0..TILE_LEVELS).find(|level| !tiles.leads_to_edge(*level)) {
            tracing::warn!(
                level,
                "the tiles do not lead to the root of the log: they are made again as they are needed"
            );
        }
        tiles
    }

    /// Those of a log that is kept nowhere.
    pub(crate) fn in_memory() -> Tiles {
        Tiles::over(None, &Tree::new())
    }

    fn over(files: Option<TileFiles>, edge: &Tree) -> Tiles {
        let rows = std::array::from_fn(|level| Row { first: entries(edge.size(), level), hashes: vec![] });
        let growing = Growing { edge: edge.clone(), rows, writing: files.is_some(), closed: false };
        Tiles { growing: Mutex::new(growing), told: Condvar::new(), files, remaking: tokio::sync::Mutex::default() }
    }

    fn leads_to_edge(&self, level: usize) -> bool {
        let edge = self.edge();
        let count = entries(edge.size(), level);
        let last = count % TILE_WIDTH;
        self.files.is_none() || self.entries(level, count - last, last).is_some_and(|tile| is_edge(&edge, level, &tile))
    }

    /// The tree has this edge now; `completed` are the subtrees completed since, each level's from the left.
    pub(crate) fn grow(&self, edge: &Tree, completed: &[(u8, Hash)]) {
        let mut growing = self.growing.lock();
        let idle = growing.rows.iter().all(|row| row.hashes.is_empty());
        for (level, hash) in completed.iter().filter(|(level, _)| level.is_multiple_of(TILE_HEIGHT)) {
            let keep = *level > 0 || growing.writing;
            if let Some(row) = growing.rows.get_mut(usize::from(level / TILE_HEIGHT)).filter(|_| keep) {
                row.hashes.push(*hash);
            }
        }
        growing.edge.clone_from(edge);
        if growing.leaves_waiting() > LEAVES_WAITING_MAX {
            growing.give_up(&io::Error::other("the disk does not keep up with the log"));
        }
        if idle && growing.writing {
            self.told.notify_one();
        }
    }

    /// The same while the log is read, when nobody waits: what has gathered goes into the files.
    pub(crate) fn grow_reading(&self, edge: &Tree, completed: &[(u8, Hash)]) {
        self.grow(edge, completed);
        let waiting = self.growing.lock().leaves_waiting();
        if waiting >= LEAVES_AT_ONCE {
            self.settle();
        }
    }

    /// The log was read to its end: nothing is behind it.
    pub(crate) fn read_to_end(&self) {
        self.settle();
        let size = self.growing.lock().edge.size();
        let Some(files) = &self.files else { return };
        let cut_off = (0..TILE_LEVELS).try_for_each(|level| files.cut_off(level, entries(size, level)));
        if let Err(error) = cut_off {
            self.growing.lock().give_up(&error);
        }
        let wrong = files.wrong();
        if wrong > 0 {
            tracing::warn!(wrong, "hashes in the tiles were not those of the log, and were written again");
        }
    }

    /// Whether all tiles are in the files, or soon will be.
    pub(crate) fn are_written(&self) -> bool {
        self.growing.lock().writing
    }

    /// The edge of the tree as it is now.
    pub(crate) fn edge(&self) -> Tree {
        self.growing.lock().edge.clone()
    }

    /// The number of events.
    pub(crate) fn size(&self) -> u64 {
        self.growing.lock().edge.size()
    }

    /// How many hashes in the files were found to be wrong.
    pub(crate) fn wrong(&self) -> u64 {
        self.files.as_ref().map_or(0, TileFiles::wrong)
    }

    /// The hashes of a level from the index `first` on, unchecked, where the tree is known to have them. None if not all of
    /// them are kept.
    pub(crate) fn entries(&self, level: usize, first: u64, count: u64) -> Option<Vec<Hash>> {
        let end = first + count;
        let (filed, mut waiting) = {
            let growing = self.growing.lock();
            let row = growing.rows.get(level)?;
            let filed = row.first.clamp(first, end);
            let from = usize::try_from(filed.saturating_sub(row.first)).ok()?;
            let to = usize::try_from(end.saturating_sub(row.first)).ok()?;
            (usize::try_from(filed - first).ok()?, row.hashes.get(from..to)?.to_vec())
        };
        if filed == 0 {
            return Some(waiting);
        }
        // What the rows do not have is in the files, since it goes there first.
        let mut found = self.files.as_ref()?.read(level, first, filed).ok().filter(|found| found.len() == filed)?;
        found.append(&mut waiting);
        Some(found)
    }

    /// Has the files hold these hashes, if they can be written.
    pub(crate) fn put(&self, level: usize, row: &mut Row) {
        if let Some(files) = self.files.as_ref().filter(|_| self.growing.lock().writing)
            && let Err(error) = files.put(level, row.first, &row.hashes)
        {
            self.growing.lock().give_up(&error);
        }
        row.settled(row.hashes.len());
    }

    /// Moves what waits in memory into the files.
    fn settle(&self) {
        let (Some(files), rows) = (&self.files, self.growing.lock().waiting()) else { return };
        for (level, row) in rows {
            match files.put(level, row.first, &row.hashes) {
                Ok(()) => self.growing.lock().settled(level, row.hashes.len()),
                Err(error) => return self.growing.lock().give_up(&error),
            }
        }
    }

    /// Waits until there is something to write, and writes it. False if nothing more will come.
    fn write(&self) -> bool {
        let mut growing = self.growing.lock();
        self.told.wait_while(&mut growing, |growing| !growing.closed && growing.leaves_waiting() == 0);
        self.told.wait_while_for(&mut growing, |growing| !growing.closed && growing.writing, GATHERED);
        let last = growing.closed || !growing.writing;
        drop(growing);
        self.settle();
        !last
    }
}

/// Tiles that are made again, by reading the log again, on their way into the files: compared, and written where they differ.
pub(crate) struct RemadeTiles<'t> {
    tiles: &'t Tiles,
    rows: Vec<Row>,
}

impl<'t> RemadeTiles<'t> {
    /// Those of the lowest `levels`, behind so many events; these must fill whole tiles.
    pub(crate) fn behind(tiles: &'t Tiles, before: u64, levels: usize) -> RemadeTiles<'t> {
        let rows = (0..levels).map(|level| Row::of(entries(before, level), vec![]));
        RemadeTiles { tiles, rows: rows.collect() }
    }

    /// The next subtree that a tree completes which began empty there, and how high it is.
    pub(crate) fn push(&mut self, height: u8, hash: Hash) {
        let level = usize::from(height / TILE_HEIGHT);
        if let Some(row) = self.rows.get_mut(level).filter(|_| height.is_multiple_of(TILE_HEIGHT)) {
            row.hashes.push(hash);
            if row.hashes.len() >= LEAVES_AT_ONCE {
                self.tiles.put(level, row);
            }
        }
    }

    /// There are no more.
    pub(crate) fn end(mut self) {
        self.rows.iter_mut().enumerate().for_each(|(level, row)| self.tiles.put(level, row));
    }
}

impl Growing {
    fn leaves_waiting(&self) -> usize {
        self.rows.first().map_or(0, |row| row.hashes.len())
    }

    /// What has to be written, by level; nothing if it is not to be.
    fn waiting(&self) -> Vec<(usize, Row)> {
        let rows = self.rows.iter().enumerate().filter(|(_, row)| self.writing && !row.hashes.is_empty());
        rows.map(|(level, row)| (level, row.clone())).collect()
    }

    fn settled(&mut self, level: usize, count: usize) {
        // Where it was given up in between, there are no leaves any more.
        if let Some(row) = self.rows.get_mut(level).filter(|_| self.writing) {
            row.settled(count);
        }
    }

    fn give_up(&mut self, error: &io::Error) {
        if self.writing {
            given_up(error);
        }
        self.writing = false;
        if let Some(leaves) = self.rows.first_mut() {
            leaves.hashes = vec![];
        }
    }
}

impl Row {
    /// These hashes, from the index `first` on.
    pub(crate) fn of(first: u64, hashes: Vec<Hash>) -> Row {
        Row { first, hashes }
    }

    fn settled(&mut self, count: usize) {
        self.first += count as u64;
        self.hashes.drain(..count.min(self.hashes.len()));
    }
}

fn given_up(error: &io::Error) {
    tracing::error!(%error, "the tiles cannot be written, and are given up until the next start: proofs are made from the events; check the disk, its free space and the permissions");
}

/// How many hashes that level of tiles has over a tree of the size.
pub(crate) fn entries(size: u64, level: usize) -> u64 {
    u32::try_from(level).ok().and_then(|level| size.checked_shr(level * u32::from(TILE_HEIGHT))).unwrap_or(0)
}

/// The root of the subtree over these hashes, whose number is a power of two.
pub(crate) fn subtree(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks().0.iter().map(|[left, right]| node_hash(*left, *right)).collect();
    }
    row.first().copied()
}

/// Whether these are the hashes of the last tile of a level, which is not full, in the tree with that edge.
pub(crate) fn is_edge(edge: &Tree, level: usize, tile: &[Hash]) -> bool {
    let mut rest = tile;
    for bit in (0..TILE_HEIGHT).rev().filter(|bit| tile.len() >> bit & 1 == 1) {
        let above = u8::try_from(level).ok().and_then(|level| level.checked_mul(TILE_HEIGHT)?.checked_add(bit));
        let Some((of_bit, others)) = rest.split_at_checked(1 << bit) else { return false };
        if above.is_none_or(|above| subtree(of_bit) != edge.edge_at(above)) {
            return false;
        }
        rest = others;
    }
    rest.is_empty()
}

/// The thread that writes tiles; dropped, it has written all of them.
pub(crate) struct TileWriting {
    tiles: Arc<Tiles>,
    thread: Option<JoinHandle<()>>,
}

impl TileWriting {
    pub(crate) fn of(tiles: Arc<Tiles>) -> TileWriting {
        let written = tiles.clone();
        let begin = || thread::Builder::new().name("tiles".to_owned()).spawn(move || while written.write() {});
        let thread = tiles
            .files
            .is_some()
            .then(begin)
            .and_then(|begun| begun.inspect_err(|error| tiles.growing.lock().give_up(error)).ok());
        TileWriting { tiles, thread }
    }
}

impl Drop for TileWriting {
    fn drop(&mut self) {
        self.tiles.growing.lock().closed = true;
        self.tiles.told.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends by itself, after the last tile.
            let _ = thread.join();
        }
    }
}
