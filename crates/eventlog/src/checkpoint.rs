//! The checkpoint: what the log was at a position, signed, for others to keep. The forms are C2SP's tlog-checkpoint and
//! signed-note. `FORMAT.md` says what it protects from, and what not.
//!
//! Absent: whether a log still has what a checkpoint says; proofs show that (`proof.rs`).

use crate::checkpoint_key::{CheckpointKey, CheckpointVerifier, origin};
use crate::envelope::instant;
use crate::proof::TreeHead;
use chrono::{DateTime, Utc};
use signed_note::{Note, NoteError, VerifierList};
use tlog_tiles::Checkpoint as Written;
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

/// The most bytes a signed checkpoint may have, with the signatures that others add.
pub const CHECKPOINT_BYTES_MAX: usize = 4096;

/// What the log was when it ended at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub log_id: Uuid,
    /// Which line of its history.
    pub epoch: u64,
    /// The position of the last event, which is the number of events.
    pub position: u64,
    /// The Merkle root over all of them.
    pub root: [u8; 32],
    /// When the last event was recorded, in whole microseconds; `None` for the empty log alone.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Why a checkpoint was not signed, or not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("a checkpoint has at most {CHECKPOINT_BYTES_MAX} bytes, this has {bytes}: it is another file")]
    TooLarge { bytes: usize },
    /// It does not have the form of a signed checkpoint.
    #[error("this is not a signed checkpoint as FORMAT.md describes it: fetch it again, every byte counts")]
    Malformed,
    #[error("the checkpoint is not signed by {key}: it was changed, or it is another log's")]
    NotSigned { key: String },
    /// It is of another log than its key.
    #[error("the checkpoint is about {found}, its key is that of {expected}: do not believe it")]
    Origin { found: String, expected: String },
    /// What follows the root is not what this build knows.
    #[error("the checkpoint says more or less than this program knows, after its root: use the version that wrote it")]
    Extension,
    /// Not to be signed: a recorded time for the empty log, none for another, or one that has no form with six fractional
    /// digits.
    #[error("a checkpoint at position {position} cannot have the recorded time {recorded_at:?}: report this fault")]
    RecordedAt { position: u64, recorded_at: Option<DateTime<Utc>> },
}

impl Checkpoint {
    /// What proofs are checked against.
    #[must_use]
    pub fn tree_head(&self) -> TreeHead {
        TreeHead { size: self.position, root: self.root }
    }

    /// The signed note. The same checkpoint and key always give the same bytes. Refuses the key of another log.
    pub fn sign(&self, key: &CheckpointKey) -> Result<String, CheckpointError> {
        if key.log_id() != self.log_id {
            return Err(CheckpointError::Origin { found: origin(self.log_id), expected: origin(key.log_id()) });
        }
        let mut note = Note::new(&self.text()?, &[]).map_err(|_| CheckpointError::Malformed)?;
        note.add_sigs(&[key]).map_err(|_| CheckpointError::Malformed)?;
        String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Malformed)
    }

    /// The checkpoint in a signed note, if `verifier`'s key has signed it. Signatures by other keys, such as witnesses add,
    /// are passed over. Any bytes may be handed in.
    pub fn open(note: &[u8], verifier: &CheckpointVerifier) -> Result<Checkpoint, CheckpointError> {
        // First of all, since the parsers below take up to a megabyte.
        if note.len() > CHECKPOINT_BYTES_MAX {
            return Err(CheckpointError::TooLarge { bytes: note.len() });
        }
        let note = Note::from_bytes(note).map_err(|_| CheckpointError::Malformed)?;
        note.verify(&VerifierList::new(vec![Box::new(verifier.clone())])).map_err(|error| match error {
            NoteError::UnverifiedNote | NoteError::InvalidSignature { .. } => {
                CheckpointError::NotSigned { key: verifier.to_string() }
            }
            _ => CheckpointError::Malformed,
        })?;
        // Its line reader panics where reading fails; that of a slice never does. The text is UTF-8, the note saw to that.
        let written = Written::from_bytes(note.text()).map_err(|_| CheckpointError::Malformed)?;
        let expected = origin(verifier.log_id());
        if written.origin() != expected {
            return Err(CheckpointError::Origin { found: written.origin().to_owned(), expected });
        }
        let (epoch, recorded_at) = read_extension(written.extension()).ok_or(CheckpointError::Extension)?;
        let (position, root) = (written.size(), written.hash().0);
        let checkpoint = Checkpoint { log_id: verifier.log_id(), epoch, position, root, recorded_at };
        // Leading zeros, times in other forms …: only what was written is right, whatever the parsers let pass.
        let as_written = checkpoint.text().is_ok_and(|text| text == note.text());
        if as_written { Ok(checkpoint) } else { Err(CheckpointError::Extension) }
    }

    /// Whether the note, whatever key signed it, is about the log of that id as it was at that position with that root. It
    /// tells of damage; a forged one needs the key to be told.
    #[must_use]
    pub fn is_about(note: &[u8], log_id: Uuid, position: u64, root: [u8; 32]) -> bool {
        let Some(note) = Some(note).filter(|note| note.len() <= CHECKPOINT_BYTES_MAX) else { return false };
        let written = Note::from_bytes(note).ok().and_then(|note| Written::from_bytes(note.text()).ok());
        written.is_some_and(|written| {
            written.origin() == origin(log_id) && written.size() == position && written.hash().0 == root
        })
    }

    fn text(&self) -> Result<Vec<u8>, CheckpointError> {
        let Checkpoint { epoch, position, recorded_at, .. } = *self;
        let time = match recorded_at {
            None if position == 0 => Some(String::new()),
            Some(at) if position > 0 => instant::text(&at).map(|at| format!("time {at}\n")),
            _ => None,
        };
        let time = time.ok_or(CheckpointError::RecordedAt { position, recorded_at })?;
        let extension = format!("epoch {epoch}\n{time}");
        let written = Written::new(&origin(self.log_id), position, Hash(self.root), &extension);
        Ok(written.map_err(|_| CheckpointError::Malformed)?.to_bytes())
    }
}

/// The epoch and the time, in any of the forms that their parsers take.
fn read_extension(extension: &str) -> Option<(u64, Option<DateTime<Utc>>)> {
    let mut lines = extension.lines();
    let epoch = lines.next()?.strip_prefix("epoch ")?.parse().ok()?;
    let time = lines.next().map(|line| DateTime::parse_from_rfc3339(line.strip_prefix("time ")?).ok());
    if lines.next().is_some() || time == Some(None) {
        return None;
    }
    Some((epoch, time.flatten().map(|time| time.with_timezone(&Utc))))
}
