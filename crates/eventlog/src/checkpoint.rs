//! The checkpoint: what the log was at a position, signed, for others to keep. The forms are C2SP's tlog-checkpoint and
//! signed-note. `FORMAT.md` says what it protects from, and what not.
//!
//! Absent: whether a log still has what a checkpoint says; proofs show that (`proof.rs`).

use crate::checkpoint_key::{CheckpointKey, CheckpointVerifier};
use crate::envelope::instant;
use crate::origin::{LogOrigin, Origins};
use crate::proof::TreeHead;
use chrono::{DateTime, Utc};
use signed_note::{Note, NoteError, VerifierList};
use tlog_tiles::Checkpoint as Written;
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

/// The most bytes a signed checkpoint may have, with the signatures that others add: one that no quantum computer forges takes
/// three thousand.
pub const CHECKPOINT_BYTES_MAX: usize = 64 * 1024;

/// What the log was when it ended at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub log_id: Uuid,
    /// The origin of the log in that epoch.
    pub origin: String,
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
        let (found, expected) = (self.origin.clone(), key.origins().log().to_string());
        let key = key.named(&found).ok_or(CheckpointError::Origin { found, expected })?;
        let mut note = Note::new(&self.text()?, &[]).map_err(|_| CheckpointError::Malformed)?;
        note.add_sigs(&[&key]).map_err(|_| CheckpointError::Malformed)?;
        String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Malformed)
    }

    /// The checkpoint in a signed note, if `verifier`'s key has signed it, under the origin that the note states. Signatures by other keys, such as witnesses add,
    /// are passed over. Any bytes may be handed in.
    pub fn open(note: &[u8], verifier: &CheckpointVerifier) -> Result<Checkpoint, CheckpointError> {
        // First of all, since the parsers below take up to a megabyte.
        if note.len() > CHECKPOINT_BYTES_MAX {
            return Err(CheckpointError::TooLarge { bytes: note.len() });
        }
        let note = Note::from_bytes(note).map_err(|_| CheckpointError::Malformed)?;
        let stated = str::from_utf8(note.text()).ok().and_then(|text| text.lines().next());
        let verifier = &verifier.named_in(stated);
        note.verify(&VerifierList::new(vec![Box::new(verifier.clone())])).map_err(|error| match error {
            NoteError::UnverifiedNote | NoteError::InvalidSignature { .. } => {
                CheckpointError::NotSigned { key: verifier.to_string() }
            }
            _ => CheckpointError::Malformed,
        })?;
        // Its line reader panics where reading fails; that of a slice never does. The text is UTF-8, the note saw to that.
        let written = Written::from_bytes(note.text()).map_err(|_| CheckpointError::Malformed)?;
        let origin = written.origin().to_owned();
        let (log, of_epoch) = match LogOrigin::read(&origin) {
            Some((log, of_epoch)) if log == *verifier.log() => (log, of_epoch),
            _ => return Err(CheckpointError::Origin { found: origin, expected: verifier.log().to_string() }),
        };
        let (epoch, recorded_at, stated) = read_extension(written.extension()).ok_or(CheckpointError::Extension)?;
        let log_id = log_id(&log, stated).ok_or(CheckpointError::Extension)?;
        if of_epoch.is_some_and(|of_epoch| of_epoch != epoch) {
            return Err(CheckpointError::Extension);
        }
        let (position, root) = (written.size(), written.hash().0);
        let checkpoint = Checkpoint { log_id, origin, epoch, position, root, recorded_at };
        // Leading zeros, times in other forms …: only what was written is right, whatever the parsers let pass.
        let as_written = checkpoint.text().is_ok_and(|text| text == note.text());
        if as_written { Ok(checkpoint) } else { Err(CheckpointError::Extension) }
    }

    /// Whether the note, whatever key signed it, is about that log as it was at that position with that root. It
    /// tells of damage; a forged one needs the key to be told.
    #[must_use]
    pub fn is_about(note: &[u8], origins: &Origins, position: u64, root: [u8; 32]) -> bool {
        let Some(note) = Some(note).filter(|note| note.len() <= CHECKPOINT_BYTES_MAX) else { return false };
        let written = Note::from_bytes(note).ok().and_then(|note| Written::from_bytes(note.text()).ok());
        written.is_some_and(|written| {
            let log = LogOrigin::read(written.origin()).map(|(log, _)| log).filter(|log| log == origins.log());
            let stated = read_extension(written.extension()).and_then(|(_, _, log_id)| log_id);
            let of_log = log.and_then(|log| log_id(&log, stated)) == Some(origins.log_id());
            of_log && written.size() == position && written.hash().0 == root
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
        // Where its name does not say it, so that a log's id is signed in any case.
        let log_id = match LogOrigin::read(&self.origin).and_then(|(log, _)| log.log_id()) {
            None => format!("log {}\n", self.log_id),
            Some(named) if named == self.log_id => String::new(),
            Some(_) => return Err(CheckpointError::Malformed),
        };
        let extension = format!("epoch {epoch}\n{time}{log_id}");
        let written = Written::new(&self.origin, position, Hash(self.root), &extension);
        Ok(written.map_err(|_| CheckpointError::Malformed)?.to_bytes())
    }
}

/// The log's id, which either its origin says or a line of its own.
fn log_id(log: &LogOrigin, stated: Option<Uuid>) -> Option<Uuid> {
    log.log_id().xor(stated)
}

/// The epoch, the time and the log's id, in any of the forms that their parsers take.
fn read_extension(extension: &str) -> Option<(u64, Option<DateTime<Utc>>, Option<Uuid>)> {
    let mut lines = extension.lines().peekable();
    let epoch = lines.next()?.strip_prefix("epoch ")?.parse().ok()?;
    let time = match lines.next_if(|line| line.starts_with("time ")) {
        Some(line) => Some(DateTime::parse_from_rfc3339(line.strip_prefix("time ")?).ok()?.with_timezone(&Utc)),
        None => None,
    };
    let log_id = match lines.next() {
        Some(line) => Some(line.strip_prefix("log ")?.parse().ok()?),
        None => None,
    };
    lines.next().is_none().then_some((epoch, time, log_id))
}
