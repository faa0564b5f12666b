//! The tiles that are believed: those that lead to the root of the log, whose edge is in memory. A full tile does if its
//! root is in a sound tile above; the last one of a level, if its hashes make what is on the edge.
//!
//! One that does not is made again: of the tiles below if these lead there, or else of the stored events.

use crate::commit::Damage;
use crate::reader::ReadError;
use crate::store::FrameStore;
use crate::tiles::{RemadeTiles, Row, TILE_HEIGHT, TILE_WIDTH, Tiles, entries, is_edge, subtree};
use crate::tree::Tree;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use tlog_tiles::tlog::{Hash, split_stored_hash_index};

#[cfg(test)]
mod tests;

/// The sound tiles of one tree.
pub(crate) struct SoundTiles<'p> {
    store: &'p dyn FrameStore,
    tiles: &'p Tiles,
    pub(crate) tree: Tree,
    /// Those read so far.
    read: BTreeMap<Place, Vec<Hash>>,
}

/// The level of a tile, and its index there.
type Place = (usize, u64);

impl<'p> SoundTiles<'p> {
    /// The tiles of a tree that is no larger than the log.
    pub(crate) fn of(store: &'p dyn FrameStore, tiles: &'p Tiles, tree: Tree) -> SoundTiles<'p> {
        SoundTiles { store, tiles, tree, read: BTreeMap::new() }
    }

    /// The node that has that index in `tlog_tiles`.
    pub(crate) async fn node(&mut self, index: u64) -> Result<Option<Hash>, ReadError> {
        let (height, n) = split_stored_hash_index(index);
        let (level, within) = (usize::from(height / TILE_HEIGHT), height % TILE_HEIGHT);
        let first = n << within;
        let tile = self.tile((level, first / TILE_WIDTH)).await?;
        let first = usize::try_from(first % TILE_WIDTH).unwrap_or(usize::MAX);
        Ok(tile.get(first..first.saturating_add(1 << within)).and_then(subtree))
    }

    /// The hashes of a tile that the tree has.
    pub(crate) async fn tile(&mut self, wanted: Place) -> Result<Vec<Hash>, ReadError> {
        // From the one wanted up to the one that reaches the edge, and down again.
        let mut path = vec![wanted];
        while let Some((level, index)) = path.last().copied().filter(|place| self.width(*place) == TILE_WIDTH) {
            path.push((level + 1, index / TILE_WIDTH));
        }
        let mut above: Vec<Hash> = vec![];
        while let Some(place) = path.pop() {
            let root = usize::try_from(place.1 % TILE_WIDTH).ok().and_then(|index| above.get(index).copied());
            above = match self.read.get(&place) {
                Some(tile) => tile.clone(),
                None => self.sound(place, root).await?,
            };
            self.read.entry(place).or_insert_with(|| above.clone());
        }
        Ok(above)
    }

    /// Reads a tile whose root is this, or that reaches the edge.
    async fn sound(&self, place: Place, root: Option<Hash>) -> Result<Vec<Hash>, ReadError> {
        let (level, index) = place;
        let (first, width) = (index * TILE_WIDTH, self.width(place));
        let leads = |tile: &Vec<Hash>| match root {
            Some(root) => tile.len() as u64 == TILE_WIDTH && subtree(tile) == Some(root),
            None => tile.len() as u64 == width && is_edge(&self.tree, level, tile),
        };
        let read = || self.tiles.entries(level, first, width).filter(leads);
        if let Some(tile) = read() {
            return Ok(tile);
        }
        // One after the other, so that many who want the same do not all make it.
        let _alone = self.tiles.remaking.lock().await;
        if let Some(tile) = read() {
            return Ok(tile);
        }
        if self.tiles.are_written() {
            tracing::warn!(level, index, "a tile does not lead to the root of the log: it is made again");
        }
        if let Some(tile) = self.of_tiles_below(place).filter(leads) {
            self.tiles.put(level, &mut Row::of(first, tile.clone()));
            return Ok(tile);
        }
        let tile = self.of_events(place).await?;
        let last = (first + width).checked_shl(height(level)).unwrap_or_default();
        if leads(&tile) { Ok(tile) } else { Err((last, Damage::Root).into()) }
    }

    /// The tile as those on the level below have it, right or wrong.
    fn of_tiles_below(&self, (level, index): Place) -> Option<Vec<Hash>> {
        let (below, first) = (level.checked_sub(1)?, index * TILE_WIDTH);
        let indexes = first..first + self.width((level, index));
        indexes.map(|index| subtree(&self.tiles.entries(below, index * TILE_WIDTH, TILE_WIDTH)?)).collect()
    }

    /// The tile as the events have it. Those below are made along with it.
    async fn of_events(&self, place: Place) -> Result<Vec<Hash>, ReadError> {
        let (level, index) = place;
        let leaves = |hashes: u64| hashes.checked_shl(height(level)).unwrap_or_default();
        let before = leaves(index * TILE_WIDTH);
        let last = before + leaves(self.width(place));
        let mut remade = RemadeTiles::behind(self.tiles, before, level + 1);
        let (mut tree, mut tile, mut reached) = (Tree::new(), vec![], before);
        let mut frames = self.store.read(before + 1);
        while reached < last {
            let missing = || (reached + 1, Damage::Gap { after: reached });
            let frame = frames.next().await.transpose()?.ok_or_else(missing)?;
            if !(frame.first_position()..=frame.last_position()).contains(&(reached + 1)) {
                return Err(missing().into());
            }
            let wanted = (frame.first_position()..).zip(frame.events());
            for (_, event) in wanted.filter(|(position, _)| (reached + 1..=last).contains(position)) {
                tree.push_telling(event, |height_of, hash| {
                    remade.push(height_of, hash);
                    if u32::from(height_of) == height(level) {
                        tile.push(hash);
                    }
                });
            }
            reached = frame.last_position();
        }
        remade.end();
        Ok(tile)
    }

    /// How many hashes a tile has in this tree.
    fn width(&self, (level, index): Place) -> u64 {
        entries(self.tree.size(), level).saturating_sub(index * TILE_WIDTH).min(TILE_WIDTH)
    }
}

/// How high above the leaves a level of tiles is.
fn height(level: usize) -> u32 {
    u32::try_from(level).map_or(u32::MAX, |level| level * u32::from(TILE_HEIGHT))
}
