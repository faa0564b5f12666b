//! A backup of the running log: everything that is published, and what is recorded meanwhile goes into the next one.

use crate::{
    engine::Engine,
    evidence::{EvidenceError, SignedCheckpoint},
    keyring::KeyringError,
};
use futures_util::stream::BoxStream;
use procura_domain::temporal::Position;
use procura_eventlog::{BackupError, BackupParts, CheckpointKey, backup};

/// A backup that is being made.
pub struct Backup {
    pub position: Position,
    /// Its bytes, in pieces as they are ready.
    pub pieces: BoxStream<'static, Result<Vec<u8>, BackupError>>,
}

/// Why no backup was begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginBackupError {
    /// The checkpoint that ends it could not be made.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The keys of personal data could not be read.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl Engine {
    /// Begins a backup, ended by a checkpoint that `key` signs; the keys of personal data go into it only where they are
    /// asked for. `deliveries` says how far consumers and webhooks have come, as of now or before.
    ///
    /// # Errors
    /// [`BeginBackupError`].
    pub async fn backup(
        &self,
        key: &CheckpointKey,
        with_keys: bool,
        deliveries: Vec<u8>,
    ) -> Result<Backup, BeginBackupError> {
        let (position, keys) = {
            // Under the lock no key comes or goes: these are all that the events up to there need.
            let keyring = self.keyring.lock();
            (self.position(), if with_keys { keyring.file_bytes()? } else { None })
        };
        let SignedCheckpoint { note: checkpoint, .. } = self.checkpoint_at(position, key).await?;
        let (origins, epochs) = (key.origins().clone(), (*self.epochs).clone());
        let parts =
            BackupParts { log_id: self.log_id(), origins, epochs, head: position.0, keys, deliveries, checkpoint };
        Ok(Backup { position, pieces: backup(self.log(), parts) })
    }
}
