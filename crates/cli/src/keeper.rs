//! Keeps the server's checkpoints in a folder elsewhere: at the start, on a schedule, at the end. And refuses to serve a
//! log that is not the one whose checkpoints are kept there.

use crate::{args::Keeping, data::Data, failure::Failure};
use procura_engine::{
    CheckpointKey, Engine,
    evidence::{EvidenceError, SignedCheckpoint},
};
use procura_eventlog::{Checkpoint, CheckpointFolder, CheckpointFolderError};
use std::{convert::Infallible, path::Path, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);

/// Writes the newest checkpoint of a log to a folder.
pub(crate) struct Keeper {
    engine: Engine,
    key: CheckpointKey,
    folder: CheckpointFolder,
    every: Duration,
    /// The position of the newest one that was written.
    kept: Option<u64>,
}

/// Why a checkpoint was not kept.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    Folder(#[from] CheckpointFolderError),
    #[error("{0}")]
    Broken(#[from] tokio::task::JoinError),
}

impl Keeper {
    /// The keeper that the flags ask for, with the first checkpoint written.
    ///
    /// # Errors
    /// [`Failure`] where the folder cannot be used, or the log does not go on from the newest checkpoint in it.
    pub(crate) async fn start(
        Keeping { checkpoints, checkpoint_every }: &Keeping,
        data: &Data,
        key: &CheckpointKey,
    ) -> Result<Option<Self>, Failure> {
        let Some(path) = checkpoints else { return Ok(None) };
        let folder = CheckpointFolder::open(path, data.directory.path())?;
        if let Some(note) = folder.newest()? {
            goes_on_from(path, &note, data, key).await?;
        }
        let (engine, key) = (data.engine.clone(), key.clone());
        let mut keeper = Self { engine, key, folder, every: MINUTE * *checkpoint_every, kept: None };
        keeper.keep().await;
        Ok(Some(keeper))
    }

    /// Keeps a checkpoint at every time of the schedule.
    pub(crate) async fn on_schedule(&mut self) -> Infallible {
        loop {
            tokio::time::sleep(self.every).await;
            self.keep().await;
        }
    }

    /// Keeps the newest checkpoint, where the log has grown since the last one. Where that fails the log goes on: a server
    /// that stops because another machine's disk is full would help whoever wants no record.
    pub(crate) async fn keep(&mut self) {
        let position = self.engine.position().0;
        if self.kept == Some(position) {
            return;
        }
        match self.try_to_keep().await {
            Ok(position) => {
                tracing::info!(position, "checkpoint kept");
                self.kept = Some(position);
            }
            Err(error) => {
                tracing::error!(position, "no checkpoint was kept: {error}; the next time is in {:?}", self.every);
            }
        }
    }

    async fn try_to_keep(&self) -> Result<u64, NotKept> {
        let SignedCheckpoint { checkpoint, note } = self.engine.checkpoint(&self.key).await?;
        let (folder, position) = (self.folder.clone(), checkpoint.position);
        // The folder may be on another machine, and slow.
        tokio::task::spawn_blocking(move || folder.write(&checkpoint, &note)).await??;
        Ok(position)
    }
}

/// Whether the log goes on from the newest checkpoint of the folder. One that was not signed with the log's key is no
/// reason to go on either: whoever puts back an older copy without its key gets another key.
async fn goes_on_from(folder: &Path, note: &[u8], data: &Data, key: &CheckpointKey) -> Result<(), Failure> {
    let folder = || folder.to_owned();
    let checkpoint = Checkpoint::open(note, &key.verifier())
        .map_err(|cause| Failure::ForeignCheckpoint { folder: folder(), cause })?;
    let goes_on = data.engine.goes_on_from(&checkpoint).await;
    goes_on.map_err(|cause| Failure::Departed { folder: folder(), cause: cause.into() })
}
