//! The Merkle tree of RFC 6962 over the stored bytes of the events, grown one leaf at a time.
//!
//! Absent: proofs (`proofs.rs`) and stored tiles (`tiles.rs`). Only the roots of the complete subtrees on the right edge are kept, one
//! for each set bit of the size, so a tree over any log stays below 2 KiB. The hashes are those of `tlog_tiles`.

use tlog_tiles::tlog::{EMPTY_HASH, Hash, node_hash, record_hash};

/// A tree over the leaves pushed so far.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    size: u64,
    /// The complete subtrees, the largest (leftmost) first.
    edge: Vec<Hash>,
}

impl Tree {
    #[must_use]
    pub fn new() -> Tree {
        Tree::default()
    }

    /// Adds the next leaf: exactly the stored bytes of an event.
    pub fn push(&mut self, leaf: &[u8]) {
        self.push_telling(leaf, |_, _| {});
    }

    /// The same, and tells of every complete subtree that this adds, beginning with the leaf: its level (2^level leaves)
    /// and its root.
    pub(crate) fn push_telling(&mut self, leaf: &[u8], completed: impl FnMut(u8, Hash)) {
        self.push_hash(record_hash(leaf), completed);
    }

    /// The same for a leaf with that hash.
    pub(crate) fn push_hash(&mut self, mut hash: Hash, mut completed: impl FnMut(u8, Hash)) {
        completed(0, hash);
        // Every trailing one bit of the old size is a complete subtree of the same height as the one just closed.
        let mut complete = self.size;
        let mut level = 0;
        while complete & 1 == 1
            && let Some(left) = self.edge.pop()
        {
            hash = node_hash(left, hash);
            complete >>= 1;
            level += 1;
            completed(level, hash);
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// The tree over so many leaves, of which the complete subtrees on its right edge have these roots, the largest first;
    /// none if a tree of that size has more or fewer.
    #[must_use]
    pub fn resumed(size: u64, edge: &[[u8; 32]]) -> Option<Tree> {
        let edge: Vec<_> = edge.iter().map(|hash| Hash(*hash)).collect();
        (edge.len() == size.count_ones() as usize).then_some(Tree { size, edge })
    }

    /// The roots of the complete subtrees on its right edge, the largest first.
    pub fn edge(&self) -> Vec<[u8; 32]> {
        self.edge.iter().map(|hash| hash.0).collect()
    }

    /// The root over all leaves; of the empty tree, the SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let root = self.edge.iter().rev().copied().reduce(|right, left| node_hash(left, right));
        root.unwrap_or(EMPTY_HASH).0
    }

    /// The complete subtree over 2^`level` leaves on the right edge, if there is one.
    pub(crate) fn edge_at(&self, level: u8) -> Option<Hash> {
        let left_of_it = self.size.checked_shr(u32::from(level))?;
        let index = (left_of_it >> 1).count_ones();
        if left_of_it & 1 == 1 { self.edge.get(usize::try_from(index).ok()?).copied() } else { None }
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog_tiles::tlog::{Error, HashReader, stored_hashes, tree_hash};

    /// Leaves and roots of the reference implementation of RFC 6962 (certificate-transparency, merkletree tests).
    #[test]
    fn known_vectors() {
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::new();
        assert_eq!(hex::encode(tree.root()), roots[0]);
        for (leaf, root) in leaves.iter().zip(&roots[1..]) {
            tree.push(&hex::decode(leaf).unwrap());
            assert_eq!(&hex::encode(tree.root()), root, "after {} leaves", tree.size());
        }
    }

    /// The definition in section 2.1 of the RFC, word for word.
    fn naive(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => EMPTY_HASH,
            [leaf] => record_hash(leaf),
            _ => {
                let left = leaves.len().next_power_of_two() / 2;
                node_hash(naive(&leaves[..left]), naive(&leaves[left..]))
            }
        }
    }

    struct Stored(Vec<Hash>);

    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
            Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
        }
    }

    #[test]
    fn equals_the_definition_and_tlog_tiles() {
        let mut tree = Tree::new();
        let mut leaves: Vec<Vec<u8>> = vec![];
        let mut stored = Stored(vec![]);
        for n in 0..300_u64 {
            assert_eq!(tree.size(), n);
            assert_eq!(tree.root(), naive(&leaves).0, "{n} leaves");
            assert_eq!(tree.root(), tree_hash(n, &stored).unwrap().0, "{n} leaves");
            let leaf = format!("leaf {n}").into_bytes();
            let more = stored_hashes(n, &leaf, &stored).unwrap();
            stored.0.extend(more);
            tree.push(&leaf);
            leaves.push(leaf);
        }
    }
}
