//! What shows to others what the log holds, and that it only grew: signed checkpoints, and proofs against them.
//!
//! Nothing here goes beyond what is published. Absent: where checkpoints are kept, and who may have proofs.

use crate::engine::Engine;
use procura_domain::temporal::Position;
use procura_eventlog::{
    Checkpoint, CheckpointError, CheckpointKey, CheckpointVerifier, ConsistencyProof, Damage, Elsewhere, Epochs,
    InclusionProof, ProofError, Proofs, ReadError, TileName, Unproven,
};
use serde::{Deserialize, Serialize};

/// A checkpoint, and the note in which it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    pub checkpoint: Checkpoint,
    /// The signed text, for others to keep.
    pub note: String,
}

/// An event with the proof that it is in the log: to check it, one needs the verifier key and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventProof {
    pub position: u64,
    /// The bytes that are stored, which are JSON in UTF-8.
    pub event: String,
    /// That they are at their place in the tree.
    pub proof: InclusionProof,
    /// The signed note of that tree.
    pub checkpoint: String,
}

/// Why there is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error("there is no event at position {position}: positions go from 1 to {newest}")]
    NoEvent { position: u64, newest: u64 },
    #[error("there is no tile {tile} over the {newest} events that there are")]
    NoTile { tile: TileName, newest: u64 },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What is stored is not UTF-8.
    #[error("the event at position {0} is not text: report this fault")]
    NotText(u64),
}

impl EvidenceError {
    /// Whether it is the sizes asked for that there is no proof for.
    pub fn is_out_of_range(&self) -> bool {
        matches!(self, Self::Proof(ProofError::BeyondHead { .. } | ProofError::OldLarger { .. }))
    }
}

/// Why an event and its proof are not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disproved {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Proof(#[from] Unproven),
}

/// Why this log is not the one that a checkpoint was signed for.
#[derive(Debug, thiserror::Error)]
pub enum Divergence {
    /// It is in another line of its history.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    #[error("the log ends at position {newest}, and it had reached position {position}")]
    Shorter { position: u64, newest: u64 },
    #[error("the events up to position {position} are not those that were there")]
    Altered { position: u64 },
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Engine {
    /// The checkpoint of everything that is published. The same position always gives the same bytes.
    ///
    /// # Errors
    /// [`EvidenceError`] where the log cannot be read.
    pub async fn checkpoint(&self, key: &CheckpointKey) -> Result<SignedCheckpoint, EvidenceError> {
        self.checkpoint_at(self.position(), key).await
    }

    /// The checkpoint of an earlier position, in the epoch that it belongs to: the same bytes forever, also after the log
    /// was restored and another epoch began.
    ///
    /// # Errors
    /// [`EvidenceError`] where the log cannot be read, or ends before that.
    pub async fn checkpoint_of(
        &self,
        position: Position,
        key: &CheckpointKey,
    ) -> Result<SignedCheckpoint, EvidenceError> {
        self.signed(position, self.epochs.of(position.0), key).await
    }

    pub(crate) async fn checkpoint_at(
        &self,
        position: Position,
        key: &CheckpointKey,
    ) -> Result<SignedCheckpoint, EvidenceError> {
        self.signed(position, self.epochs.newest(), key).await
    }

    async fn signed(
        &self,
        position: Position,
        epoch: u64,
        key: &CheckpointKey,
    ) -> Result<SignedCheckpoint, EvidenceError> {
        let checkpoint = Checkpoint {
            log_id: key.origins().log_id(),
            origin: key.origins().of(epoch),
            epoch,
            position: position.0,
            root: self.proofs.root(position.0).await?,
            recorded_at: self.read(|state| state.timeline.recorded_at(position)),
        };
        Ok(SignedCheckpoint { note: checkpoint.sign(key)?, checkpoint })
    }

    /// The event at that position, with the proof that it is in the log of the newest checkpoint.
    ///
    /// # Errors
    /// [`EvidenceError::NoEvent`] where nothing is published there.
    pub async fn event_proof(&self, position: u64, key: &CheckpointKey) -> Result<EventProof, EvidenceError> {
        let SignedCheckpoint { checkpoint, note } = self.checkpoint(key).await?;
        let (newest, head) = (checkpoint.position, checkpoint.tree_head());
        let no_event = || EvidenceError::NoEvent { position, newest };
        if !(1..=newest).contains(&position) {
            return Err(no_event());
        }
        let event = self.log().event_bytes(position).await?.ok_or_else(no_event)?;
        let proof = self.proofs.inclusion(position, newest).await?;
        // The proof is made of tiles; that the event is still the one in them is another question.
        proof.verify(&event, &head).map_err(|Unproven| ReadError::from((position, Damage::Root)))?;
        let event = String::from_utf8(event).map_err(|_| EvidenceError::NotText(position))?;
        Ok(EventProof { position, event, proof, checkpoint: note })
    }

    /// The proof that the log of the size `to`, the newest unless told otherwise, begins with that of the size `from`;
    /// and the roots of the two.
    ///
    /// # Errors
    /// [`ProofError::BeyondHead`] and [`ProofError::OldLarger`] for sizes that there is no proof for.
    pub async fn growth_proof(
        &self,
        from: u64,
        to: Option<u64>,
    ) -> Result<(ConsistencyProof, [[u8; 32]; 2]), EvidenceError> {
        let head = self.position().0;
        let to = to.unwrap_or(head);
        if from.max(to) > head {
            return Err(ProofError::BeyondHead { size: from.max(to), head }.into());
        }
        let proof = self.proofs.consistency(from, to).await?;
        Ok((proof, [self.proofs.root(from).await?, self.proofs.root(to).await?]))
    }

    /// The hashes of a tile, of everything that is published.
    ///
    /// # Errors
    /// [`EvidenceError::NoTile`] where there is none, or not so many hashes in it.
    pub async fn tile(&self, tile: TileName) -> Result<Vec<u8>, EvidenceError> {
        let newest = self.position().0;
        self.proofs.tile(tile, newest).await?.ok_or(EvidenceError::NoTile { tile, newest })
    }

    /// Whether this log goes on from what a checkpoint of it says.
    ///
    /// # Errors
    /// [`Divergence`] says how it does not.
    pub async fn extends(&self, checkpoint: &Checkpoint) -> Result<(), Divergence> {
        extends(&self.proofs, &self.epochs, self.position().0, checkpoint).await
    }
}

/// Whether the log with those proofs and epochs, which ends at `newest`, goes on from what a checkpoint of it says.
///
/// # Errors
/// [`Divergence`] says how it does not.
pub async fn extends(proofs: &Proofs, epochs: &Epochs, newest: u64, checkpoint: &Checkpoint) -> Result<(), Divergence> {
    let position = checkpoint.position;
    epochs.went_through(checkpoint.epoch, position)?;
    if position > newest {
        return Err(Divergence::Shorter { position, newest });
    }
    let same = proofs.root(position).await? == checkpoint.root;
    if same { Ok(()) } else { Err(Divergence::Altered { position }) }
}

impl EventProof {
    /// Whether the event is in the log whose key this is; if so, the checkpoint that it was proved with. Needs no log.
    ///
    /// # Errors
    /// [`Disproved`] where the event, its proof or the checkpoint is not as the log gave it.
    pub fn check(&self, verifier: &CheckpointVerifier) -> Result<Checkpoint, Disproved> {
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), verifier)?;
        if self.position != self.proof.position {
            return Err(Unproven.into());
        }
        self.proof.verify(self.event.as_bytes(), &checkpoint.tree_head())?;
        Ok(checkpoint)
    }
}
