//! `procura backup` and `procura restore`: a log in one file, and a file made into a log.

use crate::{
    args::{self, Place, Restore},
    data,
    export::{bar, shown},
    failure::Failure,
    remote::Remote,
};
use futures_util::StreamExt;
use indicatif::ProgressBar;
use procura_engine::{
    Backup, KEYS_FILE, Keyring, KeyringError, Replay, ReplayError,
    ambient::{Clock, SystemClock},
};
use procura_eventlog::{
    Checkpoint, CheckpointError, CheckpointVerifier, Commit, Restored, Restoring, TreeHead, restore,
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What is added to the file's name while it is written.
const PARTIAL: &str = ".partial";

pub(crate) async fn run(arguments: args::Backup) -> Result<ExitCode, Failure> {
    let args::Backup { place: Place { data, server }, token, with_keys, file } = arguments;
    let mut target = Target::new(&file)?;
    match (data, server) {
        (Some(path), _) => {
            let data = data::open(&path).await?;
            let Backup { position, mut pieces } = data.engine.backup(&data.checkpoint_key()?, with_keys).await?;
            let progress = bytes_bar();
            progress.set_message(format!("up to position {position}"));
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                target.write(&piece)?;
                progress.inc(piece.len() as u64);
            }
            progress.finish_and_clear();
        }
        (None, server) => {
            let remote = Remote::new(&server.unwrap_or_default(), &token.unwrap_or_default());
            let mut body = remote.download(if with_keys { "/v1/backup?keys=true" } else { "/v1/backup" })?;
            let progress = bytes_bar();
            let mut piece = vec![0; 64 * 1024];
            loop {
                let read = body.read(&mut piece).map_err(|error| remote.broken_off(&error.to_string()))?;
                if read == 0 {
                    break;
                }
                target.write(piece.get(..read).unwrap_or_default())?;
                progress.inc(read as u64);
            }
            progress.finish_and_clear();
        }
    }
    target.finish()?;
    anstream::eprintln!("backed up into {}; `procura restore` checks all of it", file.display());
    if !with_keys {
        anstream::eprintln!(
            "the keys of personal data are not in it: that data cannot be read again once the data directory is lost"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The file to write: it has its name when it is whole and on stable storage, and none where it is not.
struct Target {
    file: File,
    path: PathBuf,
    partial: PathBuf,
    whole: bool,
}

impl Target {
    fn new(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            let source = io::Error::new(io::ErrorKind::AlreadyExists, "it exists already; name another file");
            return Err(Failure::File { path: path.to_owned(), source });
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(PARTIAL);
        let partial = PathBuf::from(partial);
        // What an earlier one left goes: it may be open to others, or be a link to somewhere else.
        let _ = fs::remove_file(&partial);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
        let file = made.map_err(|source| Failure::File { path: partial.clone(), source })?;
        Ok(Self { file, path: path.to_owned(), partial, whole: false })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|source| Failure::File { path: self.partial.clone(), source })
    }

    fn finish(mut self) -> Result<(), Failure> {
        let at = |source| Failure::File { path: self.path.clone(), source };
        self.file.sync_all().map_err(at)?;
        fs::rename(&self.partial, &self.path).map_err(at)?;
        let above = self.path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(above).and_then(|folder| folder.sync_all()).map_err(at)?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.whole {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

pub(crate) async fn restore_run(arguments: Restore) -> Result<ExitCode, Failure> {
    let Restore { file, data, key } = arguments;
    let at = |source| Failure::File { path: file.clone(), source };
    let source = File::open(&file).map_err(at)?;
    let mut restoring = Check { replay: Replay::default(), progress: bar(0), key };
    let restored = restore(BufReader::new(source), &data, SystemClock.now(), &mut restoring).await;
    restoring.progress.finish_and_clear();
    let Restored { head, epochs, keys, .. } =
        restored.map_err(|error| Failure::Restore { path: file.clone(), problem: error.to_string() })?;
    anstream::eprintln!("restored {} events into {}, epoch {}", head.position, data.display(), epochs.newest());
    if keys.is_none() {
        anstream::eprintln!(
            "the backup holds no keys of personal data: what was sealed before is shown as unavailable"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes a log in as the engine would, so that nothing is restored that could not be opened.
struct Check {
    replay: Replay,
    progress: ProgressBar,
    /// The verifier key that the backup's checkpoint must be signed for, where one was named.
    key: Option<CheckpointVerifier>,
}

/// Why the log of a backup was not taken.
#[derive(Debug, thiserror::Error)]
enum Untaken {
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    #[error("its checkpoint is not that of its events: the log was altered after it was backed up")]
    Altered,
    #[error("the keys of personal data cannot be written: {0}")]
    Keys(#[from] io::Error),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl Restoring for Check {
    type Error = Untaken;

    fn commit(&mut self, commit: Commit, head: u64) -> Result<(), Untaken> {
        self.progress.set_length(head);
        self.progress.set_position(commit.last_position());
        Ok(self.replay.commit(&commit)?)
    }

    fn finish(&mut self, restored: &Restored, folder: &Path) -> Result<(), Untaken> {
        let Restored { log_id, epochs, head, keys, checkpoint } = restored;
        if !Checkpoint::is_about(checkpoint.as_bytes(), *log_id, head.position, head.root) {
            return Err(Untaken::Altered);
        }
        if let Some(verifier) = &self.key {
            let checkpoint = Checkpoint::open(checkpoint.as_bytes(), verifier)?;
            // The log's id and its epochs stand beside the events, in no hash.
            let history = checkpoint.log_id == *log_id && epochs.went_through(checkpoint.epoch, head.position).is_ok();
            if !history || checkpoint.tree_head() != (TreeHead { size: head.position, root: head.root }) {
                return Err(Untaken::Altered);
            }
        }
        let path = folder.join(KEYS_FILE);
        match keys {
            Some(keys) => {
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                file.write_all(keys)?;
                file.sync_all()?;
                self.replay.check_keys(&Keyring::open(&path, *log_id)?)?;
            }
            None => drop(Keyring::create(&path, *log_id, head.position.saturating_add(1))?),
        }
        Ok(())
    }
}

/// How many bytes have come, where nobody knows how many there will be.
fn bytes_bar() -> ProgressBar {
    shown(ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec} {msg}")
}
