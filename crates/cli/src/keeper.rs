//! Keeps the server's checkpoints in a folder elsewhere: at the start, on a schedule, at the end. And refuses to serve a
//! log that is not the one whose checkpoints are kept there.

use crate::{configuration::Checkpoints, data::Data, failure::Failure};
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
    /// The keeper that is configured, with the first checkpoint written.
    ///
    /// # Errors
    /// [`Failure`] where the folder cannot be used, or the log does not go on from the newest checkpoint in it.
    pub(crate) async fn start(
        Checkpoints { folder, every_minutes, .. }: &Checkpoints,
        data: &Data,
        key: &CheckpointKey,
    ) -> Result<Option<Self>, Failure> {
        let Some(path) = folder else { return Ok(None) };
        let folder = CheckpointFolder::open(path, data.directory.path())?;
        if let Some(note) = folder.newest()? {
            extends(path, &note, data, key).await?;
        }
        let (engine, key) = (data.engine.clone(), key.clone());
        let mut keeper = Self { engine, key, folder, every: MINUTE * every_minutes.get(), kept: None };
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

    /// Keeps the newest checkpoint, if the log has grown since the last one. Where that fails the log goes on: a server
    /// that stops because another machine's disk is full would help somebody who wants no record.
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
/// reason to go on either: an older copy that is put back without its key gets another key.
async fn extends(folder: &Path, note: &[u8], data: &Data, key: &CheckpointKey) -> Result<(), Failure> {
    let folder = || folder.to_owned();
    let checkpoint = Checkpoint::open(note, &key.verifier())
        .map_err(|cause| Failure::ForeignCheckpoint { folder: folder(), cause })?;
    let goes_on = data.engine.extends(&checkpoint).await;
    goes_on.map_err(|cause| Failure::Divergence { folder: folder(), cause: cause.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{args::Room, data};
    use procura_app::commands::Line;
    use std::{fs, path::PathBuf, time::Instant};

    const LINE: &str = r#"{"command":"RegisterPartner","actor":{"operator":"me"},"data":
        {"partner":"faaaaaaa-0000-4000-8000-000000000001","name":"Fabrikam","domain":"fabrikam.example",
         "globalAdministrator":"f0000000-0000-4000-8000-000000000010"}}"#;
    const PATIENCE: Duration = Duration::from_secs(30);

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    async fn until(reached: impl Fn() -> bool) {
        let began = Instant::now();
        while !reached() {
            assert!(began.elapsed() < PATIENCE, "it was not kept");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// A folder for checkpoints, an open log, and their keeper with another schedule than in minutes.
    async fn given(home: &Path, every: Duration) -> (PathBuf, Data, Keeper) {
        let folder = home.join("kept");
        fs::create_dir(&folder).unwrap();
        let data =
            data::open_or_make(&home.join("data"), data::Links::default(), &Room { free_space_min: 0 }).await.unwrap();
        let keeping = Checkpoints { folder: Some(folder.clone()), ..Checkpoints::default() };
        let keeper = Keeper::start(&keeping, &data, &data.checkpoint_key().unwrap()).await.unwrap().unwrap();
        assert_eq!(keeper.every, Duration::from_secs(3_600));
        (folder, data, Keeper { every, ..keeper })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_schedule_keeps_what_has_grown_and_tries_again() {
        let home = tempfile::tempdir().unwrap();
        let every = Duration::from_millis(2);
        let (folder, data, mut keeper) = given(home.path(), every).await;
        let schedule = tokio::spawn(async move { keeper.on_schedule().await });
        tokio::time::sleep(20 * every).await;
        assert_eq!(files(&folder), 1, "nothing has happened");
        // The other machine is away for a while, and what happens meanwhile is kept when it is back.
        let away = home.path().join("away");
        fs::rename(&folder, &away).unwrap();
        data.engine.submit(Line::read(LINE).unwrap().submission().unwrap()).await.unwrap();
        tokio::time::sleep(20 * every).await;
        fs::rename(&away, &folder).unwrap();
        until(|| files(&folder) == 2).await;
        schedule.abort();
    }
}
