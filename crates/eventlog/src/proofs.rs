//! Making proofs about the log, from anywhere in the process while the one writer appends.
//!
//! Absent: what has been published; whether an event may be shown to somebody is for the engine to say. Of the tree, only
//! the nodes over 256 events and more are kept (a quarter of a byte an event); those below are made again from the events.

use crate::commit::Damage;
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::reader::ReadError;
use crate::store::FrameStore;
use futures_util::StreamExt;
use parking_lot::RwLock;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tlog_tiles::tlog::{
    Error, Hash, HashReader, node_hash, prove_record, prove_tree, record_hash, split_stored_hash_index, tree_hash,
};

/// The level of the lowest nodes kept: each stands for a block of 2^8 events.
const BLOCK_LEVEL: u8 = 8;
const BLOCK_EVENTS: u64 = 1 << BLOCK_LEVEL;

/// The roots of the complete subtrees over one block or more, of all events on stable storage.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    head: u64,
    /// By level above [`BLOCK_LEVEL`], then from the left.
    levels: Vec<Vec<Hash>>,
}

impl Nodes {
    /// The tree has `head` leaves now; `completed` are the subtrees completed since, each level's from the left.
    pub(crate) fn grow(&mut self, head: u64, completed: impl IntoIterator<Item = (u8, Hash)>) {
        for (level, hash) in completed {
            let Some(above) = level.checked_sub(BLOCK_LEVEL) else { continue };
            let above = usize::from(above);
            // A subtree is completed after both its halves, so that at most one level is new.
            if self.levels.len() == above {
                self.levels.push(vec![]);
            }
            if let Some(level) = self.levels.get_mut(above) {
                level.push(hash);
            }
        }
        self.head = head;
    }

    fn get(&self, level: u8, index: u64) -> Option<Hash> {
        let above = usize::from(level.checked_sub(BLOCK_LEVEL)?);
        self.levels.get(above)?.get(usize::try_from(index).ok()?).copied()
    }
}

/// Makes proofs; clones share the store. Over a store on disk a proof reads at most two blocks of 256 events, and blocks its
/// thread for one frame at a time.
///
/// A proof is made from the events as they are stored when it is made. Where they are no longer those that the log was
/// opened with, that is an error, or the proof does not hold.
#[derive(Clone)]
pub struct Proofs {
    pub(crate) store: Arc<dyn FrameStore>,
    pub(crate) nodes: Arc<RwLock<Nodes>>,
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
        self.nodes.read().head
    }

    /// The Merkle root over the first `size` events.
    pub async fn root(&self, size: u64) -> Result<[u8; 32], ProofError> {
        self.within_head(size)?;
        Ok(self.made_of(|nodes| tree_hash(size, nodes)).await?.0)
    }

    /// The proof that the event at `position`, from 1, is among the first `size` events.
    pub async fn inclusion(&self, position: u64, size: u64) -> Result<InclusionProof, ProofError> {
        self.within_head(size)?;
        let in_tree = position.checked_sub(1).filter(|index| *index < size);
        let index = in_tree.ok_or(ProofError::NotInTree { position, size })?;
        let path = self.made_of(|nodes| prove_record(size, index, nodes)).await?;
        Ok(InclusionProof { position, size, hashes: bytes(path) })
    }

    /// The proof that the first `size` events begin with the first `old_size`.
    pub async fn consistency(&self, old_size: u64, size: u64) -> Result<ConsistencyProof, ProofError> {
        self.within_head(size)?;
        if old_size > size {
            return Err(ProofError::OldLarger { old_size, size });
        }
        // Nothing is needed to show that a log begins with no events; the RFC leaves the case out.
        let path = if old_size == 0 { vec![] } else { self.made_of(|nodes| prove_tree(size, old_size, nodes)).await? };
        Ok(ConsistencyProof { old_size, size, hashes: bytes(path) })
    }

    fn within_head(&self, size: u64) -> Result<(), ProofError> {
        let head = self.head();
        if size > head { Err(ProofError::BeyondHead { size, head }) } else { Ok(()) }
    }

    /// What `make` makes of nodes of the tree. It is asked twice, since it cannot wait: which nodes it needs, and, when they
    /// are there, for the result.
    async fn made_of<T>(&self, make: impl Fn(&Known) -> Result<T, Error>) -> Result<T, ProofError> {
        let asked = Known::default();
        make(&asked)?;
        let known = Known { nodes: self.fetch(asked.missing.into_inner()).await?, ..Known::default() };
        let made = make(&known)?;
        if known.missing.into_inner().is_empty() { Ok(made) } else { Err(Error::IndexesNotInTree.into()) }
    }

    async fn fetch(&self, indexes: BTreeSet<u64>) -> Result<BTreeMap<u64, Hash>, ProofError> {
        let mut found = BTreeMap::new();
        // The last block read. Indexes in order ask for one block after the other.
        let mut block = Block::default();
        for index in indexes {
            let (level, n) = split_stored_hash_index(index);
            let kept = self.nodes.read().get(level, n);
            let hash = match kept {
                Some(hash) => Some(hash),
                None => {
                    let number = (n << level) / BLOCK_EVENTS;
                    if block.leaves.is_empty() || block.number != number {
                        block = self.block(number).await?;
                    }
                    block.node(level, n)
                }
            };
            hash.and_then(|hash| found.insert(index, hash));
        }
        Ok(found)
    }

    /// The leaves of a block, as far as there are any.
    async fn block(&self, number: u64) -> Result<Block, ReadError> {
        let before = number * BLOCK_EVENTS;
        let (head, kept) = {
            let nodes = self.nodes.read();
            (nodes.head, nodes.get(BLOCK_LEVEL, number))
        };
        let last = head.min(before + BLOCK_EVENTS);
        let (mut leaves, mut reached) = (vec![], before);
        let mut frames = self.store.read(before + 1);
        while reached < last {
            let missing = || (reached + 1, Damage::Gap { after: reached });
            let frame = frames.next().await.transpose()?.ok_or_else(missing)?;
            if !(frame.first_position()..=frame.last_position()).contains(&(reached + 1)) {
                return Err(missing().into());
            }
            let wanted = (frame.first_position()..).zip(frame.events());
            let wanted = wanted.filter(|(position, _)| (reached + 1..=last).contains(position));
            leaves.extend(wanted.map(|(_, event)| record_hash(event)));
            reached = frame.last_position();
        }
        let block = Block { number, leaves };
        if kept.is_some() && kept != block.node(BLOCK_LEVEL, number) {
            return Err((last, Damage::Root).into());
        }
        Ok(block)
    }
}

/// The leaves of a block, hashed.
#[derive(Default)]
struct Block {
    number: u64,
    leaves: Vec<Hash>,
}

impl Block {
    /// The root of the subtree over the leaves from `n` × 2^`level` on, if all of them are here.
    fn node(&self, level: u8, n: u64) -> Option<Hash> {
        let first = usize::try_from((n << level).checked_sub(self.number * BLOCK_EVENTS)?).ok()?;
        let mut row = self.leaves.get(first..first + (1 << level))?.to_vec();
        while row.len() > 1 {
            let (pairs, _) = row.as_chunks();
            row = pairs.iter().map(|[left, right]| node_hash(*left, *right)).collect();
        }
        row.first().copied()
    }
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
