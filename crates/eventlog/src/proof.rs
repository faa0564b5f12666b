//! What shows to somebody who has nothing but a tree head that an event is in the log, or that the log only grew.
//!
//! Absent: the log. A proof is made in `proofs.rs`; it is checked here, from what is in it and what the checker brings.

use serde::{Deserialize, Serialize};
use tlog_tiles::tlog::{EMPTY_HASH, Hash, check_record, check_tree, record_hash};

/// No tree whose size fits 64 bits needs a longer proof. Checking takes time that grows with the square of the length.
const HASHES_MAX: usize = 65;

/// What all events up to a position come down to. Checkers bring one they trust: the two numbers mean nothing apart, since
/// one root may fit proofs for several sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of events, which is the position of the last.
    pub size: u64,
    /// The Merkle root over them.
    pub root: [u8; 32],
}

/// Shows that an event is in the log, at its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InclusionProof {
    /// The position of the event, from 1.
    pub position: u64,
    /// The size of the tree in which it is shown.
    pub size: u64,
    /// The audit path of RFC 6962, section 2.1.1; as JSON, each in base64.
    #[serde(with = "base64_hashes")]
    pub hashes: Vec<[u8; 32]>,
}

/// Shows that the log of one size begins with the whole log of a smaller size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsistencyProof {
    /// The size of the smaller tree.
    pub old_size: u64,
    /// The size of the larger tree.
    pub size: u64,
    /// The consistency proof of RFC 6962, section 2.1.2; as JSON, each in base64.
    #[serde(with = "base64_hashes")]
    pub hashes: Vec<[u8; 32]>,
}

/// The proof does not show what it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold: the event, the proof or the tree head is not what the log had")]
pub struct Unproven;

impl InclusionProof {
    /// Whether the event with exactly these stored bytes is at the proof's position in the log with this tree head.
    pub fn verify(&self, event: &[u8], head: &TreeHead) -> Result<(), Unproven> {
        let index = self.position.checked_sub(1).filter(|_| self.size == head.size).ok_or(Unproven)?;
        let path = hashes(&self.hashes)?;
        check_record(&path, head.size, Hash(head.root), index, record_hash(event)).map_err(|_| Unproven)
    }
}

impl ConsistencyProof {
    /// Whether the log with the tree head `head` begins with all events of the log with the tree head `old`.
    pub fn verify(&self, old: &TreeHead, head: &TreeHead) -> Result<(), Unproven> {
        if (self.old_size, self.size) != (old.size, head.size) {
            return Err(Unproven);
        }
        // Every log begins with no events; the RFC leaves the case out.
        if old.size == 0 {
            let is_so = self.hashes.is_empty() && old.root == EMPTY_HASH.0 && (head.size > 0 || head.root == old.root);
            return if is_so { Ok(()) } else { Err(Unproven) };
        }
        let (old_root, root) = (Hash(old.root), Hash(head.root));
        check_tree(&hashes(&self.hashes)?, head.size, root, old.size, old_root).map_err(|_| Unproven)
    }
}

fn hashes(hashes: &[[u8; 32]]) -> Result<Vec<Hash>, Unproven> {
    if hashes.len() > HASHES_MAX { Err(Unproven) } else { Ok(hashes.iter().copied().map(Hash).collect()) }
}

mod base64_hashes {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(hashes: &[[u8; 32]], into: S) -> Result<S::Ok, S::Error> {
        into.collect_seq(hashes.iter().map(|hash| BASE64_STANDARD.encode(hash)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<[u8; 32]>, D::Error> {
        let hash = |text: String| {
            let bytes = BASE64_STANDARD.decode(text).map_err(de::Error::custom)?;
            <[u8; 32]>::try_from(bytes).map_err(|bytes| de::Error::invalid_length(bytes.len(), &"32 bytes in base64"))
        };
        Vec::<String>::deserialize(from)?.into_iter().map(hash).collect()
    }
}
