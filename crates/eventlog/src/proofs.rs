//! Making proofs about the log, from anywhere in the process while the one writer appends.
//!
//! They are made of hash tiles that lead to the root of the log. Absent: what has been published; whether an event may be
//! shown to somebody is for the engine to say.

use crate::proof::{ConsistencyProof, InclusionProof};
use crate::reader::ReadError;
use crate::sound_tiles::SoundTiles;
use crate::store::FrameStore;
use crate::tile_name::TileName;
use crate::tiles::{TILE_WIDTH, Tiles, entries};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tlog_tiles::tlog::{Error, Hash, HashReader, prove_record, prove_tree, tree_hash};

/// Makes proofs; clones share the store and the tiles. A proof reads at most four tiles of each level, and blocks its thread
/// for one of them at a time; where tiles have to be made again, for one frame or tile at a time.
#[derive(Clone)]
pub struct Proofs {
    pub(crate) store: Arc<dyn FrameStore>,
    pub(crate) tiles: Arc<Tiles>,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("the log ends at position {head}, before {size}: ask for a size up to that")]
    BeyondHead { size: u64, head: u64 },
    /// The tree asked for does not hold the event.
    #[error("the first {size} events have no position {position}: positions go from 1 to the size")]
    NotInTree { position: u64, size: u64 },
    #[error("the old size {old_size} is larger than the size {size}: exchange the two")]
    OldLarger { old_size: u64, size: u64 },
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The proof could not be put together; a fault of this program.
    #[error("the proof could not be made: {0}; report this fault")]
    Tree(#[from] Error),
}

impl Proofs {
    /// The last position, and the largest size that can be asked for.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.tiles.size()
    }

    /// The Merkle root over the first `size` events.
    pub async fn root(&self, size: u64) -> Result<[u8; 32], ProofError> {
        let mut tiles = self.tiles_within(size)?;
        if tiles.tree.size() == size {
            return Ok(tiles.tree.root());
        }
        Ok(made_of(&mut tiles, |nodes| tree_hash(size, nodes)).await?.0)
    }

    /// The proof that the event at `position`, from 1, is among the first `size` events.
    pub async fn inclusion(&self, position: u64, size: u64) -> Result<InclusionProof, ProofError> {
        let mut tiles = self.tiles_within(size)?;
        let in_tree = position.checked_sub(1).filter(|index| *index < size);
        let index = in_tree.ok_or(ProofError::NotInTree { position, size })?;
        let path = made_of(&mut tiles, |nodes| prove_record(size, index, nodes)).await?;
        Ok(InclusionProof { position, size, hashes: bytes(path) })
    }

    /// The proof that the first `size` events begin with the first `old_size`.
    pub async fn consistency(&self, old_size: u64, size: u64) -> Result<ConsistencyProof, ProofError> {
        let mut tiles = self.tiles_within(size)?;
        if old_size > size {
            return Err(ProofError::OldLarger { old_size, size });
        }
        // Nothing is needed to show that a log begins with no events; the RFC leaves the case out.
        let path = match old_size {
            0 => vec![],
            _ => made_of(&mut tiles, |nodes| prove_tree(size, old_size, nodes)).await?,
        };
        Ok(ConsistencyProof { old_size, size, hashes: bytes(path) })
    }

    /// The hashes of a tile; none if the tree over the first `size` events does not have all of them.
    pub async fn tile(&self, name: TileName, size: u64) -> Result<Option<Vec<u8>>, ProofError> {
        let mut tiles = self.tiles_within(size)?;
        let (level, width) = (usize::from(name.level), usize::from(name.width));
        let end = name.index.checked_mul(TILE_WIDTH).and_then(|first| first.checked_add(u64::from(name.width)));
        if end.is_none_or(|end| end > entries(size, level)) {
            return Ok(None);
        }
        let tile = tiles.tile((level, name.index)).await?;
        Ok(tile.get(..width).map(|hashes| hashes.iter().flat_map(|hash| hash.0).collect()))
    }

    fn tiles_within(&self, size: u64) -> Result<SoundTiles<'_>, ProofError> {
        let tree = self.tiles.edge();
        let head = tree.size();
        if size > head {
            Err(ProofError::BeyondHead { size, head })
        } else {
            Ok(SoundTiles::of(&*self.store, &self.tiles, tree))
        }
    }
}

/// What `make` makes of nodes of the tree. It is asked twice, since it cannot wait: which nodes it needs, and, when they are
/// there, for the result.
async fn made_of<T>(tiles: &mut SoundTiles<'_>, make: impl Fn(&Known) -> Result<T, Error>) -> Result<T, ProofError> {
    let asked = Known::default();
    make(&asked)?;
    let mut known = Known::default();
    for index in asked.missing.into_inner() {
        if let Some(node) = tiles.node(index).await? {
            known.nodes.insert(index, node);
        }
    }
    let made = make(&known)?;
    if known.missing.into_inner().is_empty() { Ok(made) } else { Err(Error::IndexesNotInTree.into()) }
}

/// The nodes that are known, by `tlog_tiles`' index, and those that were asked for and are not.
#[derive(Default)]
struct Known {
    nodes: BTreeMap<u64, Hash>,
    missing: RefCell<BTreeSet<u64>>,
}

impl HashReader for Known {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let node = |index: &u64| {
            self.nodes.get(index).copied().unwrap_or_else(|| {
                self.missing.borrow_mut().insert(*index);
                Hash::default()
            })
        };
        Ok(indexes.iter().map(node).collect())
    }
}

fn bytes(hashes: Vec<Hash>) -> Vec<[u8; 32]> {
    hashes.into_iter().map(|hash| hash.0).collect()
}
