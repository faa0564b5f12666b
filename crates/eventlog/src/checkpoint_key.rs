//! The key that signs checkpoints and the one that checks them, in the text forms of signed notes.
//!
//! Absent: chance. A new key is made from a seed that is told.

use crate::origin::{LogOrigin, Origins};
use crate::private_file::{PrivateFileError, read, read_or_make};
use base64::prelude::{BASE64_STANDARD, Engine};
use ed25519_dalek::{SignatureError, Signer, SigningKey, VerifyingKey};
use signed_note::{key_id, new_ed25519_verifier_key};
use std::fmt::{self, Debug, Display, Formatter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The file of the signing key in the data directory.
pub const CHECKPOINT_KEY_FILE: &str = "checkpoint.key";

const PRIVATE: &str = "PRIVATE+KEY+";
/// What precedes the key's bytes in all forms.
const ALGORITHM_ED25519: u8 = 1;

/// Signs the checkpoints of one log, those of each epoch under its origin. Anyone who holds it can sign another history of
/// that log.
#[derive(Clone)]
pub struct CheckpointKey {
    /// The origin under which it signs.
    name: String,
    origins: Origins,
    key: SigningKey,
}

/// Checks the checkpoints of one log, those of all its epochs. Written and read as a note's verifier key,
/// `<origin>+<hash>+<base64>`, which names the origin of one of them.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckpointVerifier {
    /// The origin whose checkpoints it is named after.
    name: String,
    log: LogOrigin,
    key: VerifyingKey,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointKeyError {
    /// The text is not one of these keys.
    #[error("this is not {wanted}: copy the whole line, from its first character to its last")]
    NotAKey { wanted: &'static str },
    #[error("{} is not a checkpoint key as this program writes it: put back the one that was there", path.display())]
    FileNotAKey { path: PathBuf },
    /// The file holds the key of another log.
    #[error("{} is the key of the log {found}, this is the log {expected}: put back the one that was there", path.display())]
    OtherLog {
        path: PathBuf,
        found: LogOrigin,
        /// The log whose key it should be.
        expected: LogOrigin,
    },
    #[error(transparent)]
    File(#[from] PrivateFileError),
}

impl CheckpointKey {
    /// A key for the log, from 32 random bytes.
    #[must_use]
    pub fn generate(origins: impl Into<Origins>, seed: [u8; 32]) -> CheckpointKey {
        let origins = origins.into();
        CheckpointKey { name: origins.log().to_string(), origins, key: SigningKey::from_bytes(&seed) }
    }

    /// The key in `checkpoint.key` of the data directory; one made from `seed` if there is no such file.
    pub fn of(
        directory: &Path,
        origins: impl Into<Origins>,
        seed: [u8; 32],
    ) -> Result<CheckpointKey, CheckpointKeyError> {
        let (path, origins) = (directory.join(CHECKPOINT_KEY_FILE), origins.into());
        let made = CheckpointKey::generate(origins.clone(), seed);
        let bytes = read_or_make(&path, || made.to_text() + "\n")?;
        let key = CheckpointKey::from_file(&path, &bytes)?;
        if key.origins.log() == origins.log() {
            Ok(CheckpointKey { origins, ..key })
        } else {
            let (found, expected) = (key.origins.log().clone(), origins.log().clone());
            Err(CheckpointKeyError::OtherLog { path, found, expected })
        }
    }

    /// The key in `checkpoint.key` of the data directory, which another process may have open. It signs under any origin of
    /// its log that it is told.
    pub fn read(directory: &Path) -> Result<CheckpointKey, CheckpointKeyError> {
        let path = directory.join(CHECKPOINT_KEY_FILE);
        CheckpointKey::from_file(&path, &read(&path)?)
    }

    fn from_file(path: &Path, bytes: &[u8]) -> Result<CheckpointKey, CheckpointKeyError> {
        let text = str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n'));
        let key = text.and_then(|text| CheckpointKey::from_text(text).ok());
        key.ok_or_else(|| CheckpointKeyError::FileNotAKey { path: path.to_owned() })
    }

    /// The key in the text `PRIVATE+KEY+…`.
    pub fn from_text(text: &str) -> Result<CheckpointKey, CheckpointKeyError> {
        let fields = text.strip_prefix(PRIVATE).and_then(fields);
        let key = fields
            .map(|(_, log, seed)| CheckpointKey::generate(Origins::new(log.log_id().unwrap_or_default(), log), seed));
        // Whatever else is wrong, the hash among it, is not what would be written.
        let wanted = "a checkpoint's private key";
        key.filter(|key| key.to_text() == text).ok_or(CheckpointKeyError::NotAKey { wanted })
    }

    /// The secret text `PRIVATE+KEY+<name>+<hash>+<base64>`, on one line.
    #[must_use]
    pub fn to_text(&self) -> String {
        let secret = BASE64_STANDARD.encode([&[ALGORITHM_ED25519], self.key.as_bytes().as_slice()].concat());
        format!("{PRIVATE}{}+{:08x}+{secret}", self.name, self.verifier().id())
    }

    /// The origins of the log whose checkpoints it signs.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// What others check its checkpoints with.
    #[must_use]
    pub fn verifier(&self) -> CheckpointVerifier {
        CheckpointVerifier { name: self.name.clone(), log: self.origins.log().clone(), key: self.key.verifying_key() }
    }

    /// The key under that origin, if it is one of its log.
    pub(crate) fn named(&self, origin: &str) -> Option<CheckpointKey> {
        self.verifier().named(origin).map(|named| CheckpointKey { name: named.name, ..self.clone() })
    }
}

impl CheckpointVerifier {
    /// The log whose checkpoints it checks.
    #[must_use]
    pub fn log(&self) -> &LogOrigin {
        &self.log
    }

    /// The same key under that origin; none if it is not one of its log.
    #[must_use]
    pub fn named(&self, origin: &str) -> Option<CheckpointVerifier> {
        let (log, _) = LogOrigin::read(origin)?;
        (log == self.log).then(|| CheckpointVerifier { name: origin.to_owned(), ..self.clone() })
    }

    /// The same key under the origin that a note begins with, if that is one of its log.
    pub(crate) fn named_in(&self, origin: Option<&str>) -> CheckpointVerifier {
        origin.and_then(|origin| self.named(origin)).unwrap_or_else(|| self.clone())
    }

    fn id(&self) -> u32 {
        key_id(&self.name, &[&[ALGORITHM_ED25519], self.key.as_bytes().as_slice()].concat())
    }
}

impl Display for CheckpointVerifier {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(&new_ed25519_verifier_key(&self.name, &self.key))
    }
}

impl FromStr for CheckpointVerifier {
    type Err = CheckpointKeyError;

    fn from_str(text: &str) -> Result<CheckpointVerifier, CheckpointKeyError> {
        let verifier = fields(text).and_then(|(name, log, key)| {
            let key = VerifyingKey::from_bytes(&key).ok()?;
            Some(CheckpointVerifier { name: name.to_owned(), log, key })
        });
        let wanted = "a checkpoint's verifier key";
        verifier.filter(|verifier| verifier.to_string() == text).ok_or(CheckpointKeyError::NotAKey { wanted })
    }
}

/// The origin, its log, and the key's bytes in `<origin>+<hash>+<base64>`.
fn fields(text: &str) -> Option<(&str, LogOrigin, [u8; 32])> {
    let mut fields = text.splitn(3, '+');
    let name = fields.next()?;
    let (log, _) = LogOrigin::read(name)?;
    let bytes = BASE64_STANDARD.decode(fields.nth(1)?).ok()?;
    let key = bytes.strip_prefix(&[ALGORITHM_ED25519])?.try_into().ok()?;
    Some((name, log, key))
}

impl signed_note::Signer for CheckpointKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.verifier().id()
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.key.try_sign(text).map(|signature| signature.to_vec())
    }
}

impl signed_note::Verifier for CheckpointVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id()
    }

    /// Strict: a key or signature that fits more than one text is refused too.
    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(text, &signature).is_ok())
    }
}

/// Without the secret.
impl Debug for CheckpointKey {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "CheckpointKey({})", self.verifier())
    }
}

impl Debug for CheckpointVerifier {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "CheckpointVerifier({self})")
    }
}
