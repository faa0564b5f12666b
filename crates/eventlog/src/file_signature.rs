//! A signature that lies beside a file: which bytes the log's key signed, and at which checkpoint. `FORMAT.md` has its form.
//!
//! Absent: what the file says.

use crate::checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError};
use crate::checkpoint_key::{CheckpointKey, CheckpointVerifier};
use sha2::{Digest, Sha256};
use signed_note::{Note, VerifierList};

/// What a log's key signed of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSignature {
    sha256: [u8; 32],
    /// What the log was, as its checkpoint says before the signatures.
    checkpoint: String,
}

/// The hash of a file that is to be signed, piece by piece.
#[derive(Clone, Default)]
pub struct FileHash(Sha256);

impl FileHash {
    /// Of the whole file.
    pub fn of(file: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(file))
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }
}

/// Why a file was not signed, or its signature not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileSignatureError {
    #[error("this is not the signature of a file as FORMAT.md describes it: fetch it again, every byte counts")]
    Malformed,
    #[error("the signature was not made with {key}: it was changed, or it is another log's")]
    NotSigned { key: String },
    /// The checkpoint to sign with the file.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl FileSignature {
    /// The signed note over the file and the checkpoint that `key` signed. The same always gives the same bytes.
    pub fn sign(file: FileHash, checkpoint: &str, key: &CheckpointKey) -> Result<String, FileSignatureError> {
        let Checkpoint { origin, .. } = Checkpoint::open(checkpoint.as_bytes(), &key.verifier())?;
        let key = key.named(&origin).ok_or(FileSignatureError::Malformed)?;
        let (checkpoint, _) = checkpoint.split_once("\n\n").ok_or(FileSignatureError::Malformed)?;
        let signature = FileSignature { sha256: file.0.finalize().into(), checkpoint: format!("{checkpoint}\n") };
        let text = signature.text();
        let mut note = Note::new(text.as_bytes(), &[]).map_err(|_| FileSignatureError::Malformed)?;
        note.add_sigs(&[&key]).map_err(|_| FileSignatureError::Malformed)?;
        String::from_utf8(note.to_bytes()).map_err(|_| FileSignatureError::Malformed)
    }

    /// The signature in a note, if `verifier`'s key has signed it. Any bytes may be handed in.
    pub fn open(note: &[u8], verifier: &CheckpointVerifier) -> Result<FileSignature, FileSignatureError> {
        if note.len() > CHECKPOINT_BYTES_MAX {
            return Err(FileSignatureError::Malformed);
        }
        let note = Note::from_bytes(note).map_err(|_| FileSignatureError::Malformed)?;
        let stated = str::from_utf8(note.text()).ok().and_then(|text| text.lines().next()?.strip_suffix("/file"));
        let verifier = &verifier.named_in(stated);
        note.verify(&VerifierList::new(vec![Box::new(verifier.clone())]))
            .map_err(|_| FileSignatureError::NotSigned { key: verifier.to_string() })?;
        let read = str::from_utf8(note.text()).ok().and_then(|text| {
            let (_, rest) = text.split_once("\nsha256 ")?;
            let (digits, checkpoint) = rest.split_once('\n')?;
            let mut sha256 = [0; 32];
            hex::decode_to_slice(digits, &mut sha256).ok()?;
            let signature = FileSignature { sha256, checkpoint: checkpoint.to_owned() };
            // Only what was written is right: a note of another kind by the same key is no signature of a file.
            let of_log = stated.is_some_and(|origin| verifier.named(origin).is_some());
            (of_log && signature.text() == text).then_some(signature)
        });
        read.ok_or(FileSignatureError::Malformed)
    }

    /// Whether these are the bytes that were signed.
    #[must_use]
    pub fn is_of(&self, file: &[u8]) -> bool {
        Sha256::digest(file)[..] == self.sha256
    }

    /// Whether a note says that it is of these bytes, whoever signed it.
    #[must_use]
    pub fn says(note: &str, file: &[u8]) -> bool {
        note.lines().nth(1).is_some_and(|line| line == format!("sha256 {}", hex::encode(Sha256::digest(file))))
    }

    /// Whether the note, whoever signed it, is of the checkpoint that was signed with the file.
    #[must_use]
    pub fn is_at(&self, checkpoint: &str) -> bool {
        checkpoint.strip_prefix(&self.checkpoint).is_some_and(|signatures| signatures.starts_with('\n'))
    }

    /// The first line is that of no checkpoint, so that neither is taken for the other.
    fn text(&self) -> String {
        let Self { sha256, checkpoint } = self;
        let origin = checkpoint.lines().next().unwrap_or_default();
        format!("{origin}/file\nsha256 {}\n{checkpoint}", hex::encode(sha256))
    }
}
