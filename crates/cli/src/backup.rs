//! `procura backup` and `procura restore`: a log in one file, and a file made into a log.

use crate::{
    args::{self, Place, Restore},
    bars::{bar, shown},
    data,
    failure::Failure,
    remote::Remote,
    terminal::note,
};
use futures_util::StreamExt;
use indicatif::ProgressBar;
use procura_app::DELIVERIES_FILE;
use procura_engine::{
    Backup, KEYS_FILE, Keyring, KeyringError, Replay, ReplayError,
    ambient::{Clock, SystemClock},
};
use procura_eventlog::{
    Checkpoint, CheckpointError, CheckpointVerifier, Commit, Restored, Restoring, TreeHead,
    private_file::{NewFile, write_new},
    restore,
};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::Path,
    process::ExitCode,
};

pub(crate) async fn run(arguments: args::Backup) -> Result<ExitCode, Failure> {
    let args::Backup { place: Place { data, server }, token, with_keys, file } = arguments;
    let mut target = begin(&file)?;
    let at = |source| Failure::File { path: file.clone(), source };
    match (data, server) {
        (Some(path), _) => {
            let data = data::open(&path).await?;
            let deliveries = deliveries(&path.join(DELIVERIES_FILE))?;
            let key = data.checkpoint_key()?;
            let Backup { position, mut pieces } = data.engine.backup(&key, with_keys, deliveries).await?;
            let progress = bytes_bar();
            progress.set_message(format!("up to position {position}"));
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                target.write_all(&piece).map_err(at)?;
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
                target.write_all(piece.get(..read).unwrap_or_default()).map_err(at)?;
                progress.inc(read as u64);
            }
            progress.finish_and_clear();
        }
    }
    target.finish().map_err(at)?;
    note(&format!("backed up into {}; `procura restore` checks all of it", file.display()));
    if !with_keys {
        note("the keys of personal data are not in it: that data cannot be read again once the data directory is lost");
    }
    Ok(ExitCode::SUCCESS)
}

/// How far consumers and webhooks have come; nothing if nothing was delivered yet.
fn deliveries(path: &Path) -> Result<Vec<u8>, Failure> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
        read => read.map_err(|source| Failure::File { path: path.to_owned(), source }),
    }
}

/// Begins the file, which only its owner may read.
fn begin(path: &Path) -> Result<NewFile, Failure> {
    let at = |source| Failure::File { path: path.to_owned(), source };
    if path.exists() {
        return Err(at(io::Error::new(io::ErrorKind::AlreadyExists, "it exists already; name another file")));
    }
    NewFile::begin(path, 0o600).map_err(at)
}

pub(crate) async fn restore_run(arguments: Restore) -> Result<ExitCode, Failure> {
    let Restore { file, data, key } = arguments;
    let at = |source| Failure::File { path: file.clone(), source };
    let source = File::open(&file).map_err(at)?;
    let mut restoring = Check { replay: Replay::default(), progress: bar(0), key, without_key: 0, has_keys: false };
    let bytes = source.metadata().map_err(at)?.len();
    let restored = restore(BufReader::new(source), bytes, &data, SystemClock.now(), &mut restoring).await;
    restoring.progress.finish_and_clear();
    let Restored { head, epochs, keys, .. } =
        restored.map_err(|error| Failure::Restore { path: file.clone(), problem: error.to_string() })?;
    note(&format!("restored {} events into {}, epoch {}", head.position, data.display(), epochs.newest()));
    match (restoring.without_key, keys) {
        (0, _) if restoring.has_keys => {}
        (0, _) => note("the backup holds no keys of personal data, and its log needs none"),
        (_, None) => note("the backup holds no keys of personal data: what was sealed before is shown as unavailable"),
        (subjects, Some(_)) => note(&format!(
            "the log had lost keys of personal data before it was backed up with those it had: that of {subjects} \
             invitations, service requests or devices is shown as unavailable"
        )),
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes a log in as the engine would, so that nothing is restored that could not be opened.
struct Check {
    replay: Replay,
    progress: ProgressBar,
    /// The verifier key that the backup's checkpoint must be signed for, if one was named.
    key: Option<CheckpointVerifier>,
    /// How many data subjects have personal data that cannot be read.
    without_key: usize,
    has_keys: bool,
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
        let Restored { log_id, origins, epochs, head, keys, deliveries, checkpoint } = restored;
        if !Checkpoint::is_about(checkpoint.as_bytes(), origins, head.position, head.root) {
            return Err(Untaken::Altered);
        }
        if let Some(verifier) = &self.key {
            let checkpoint = Checkpoint::open(checkpoint.as_bytes(), verifier)?;
            // The log's id, its origin and its epochs stand beside the events, in no hash.
            let log = checkpoint.log_id == *log_id && checkpoint.origin == origins.of(checkpoint.epoch);
            let history = log && epochs.went_through(checkpoint.epoch, head.position).is_ok();
            if !history || checkpoint.tree_head() != (TreeHead { size: head.position, root: head.root }) {
                return Err(Untaken::Altered);
            }
        }
        let path = folder.join(KEYS_FILE);
        let keyring = match keys {
            Some(keys) => {
                write_new(&path, keys, 0o600)?;
                let keyring = Keyring::open(&path, *log_id)?;
                self.replay.check_keys(&keyring)?;
                keyring
            }
            None => Keyring::create(&path, *log_id, head.position.saturating_add(1))?,
        };
        if let Some(deliveries) = deliveries {
            write_new(&folder.join(DELIVERIES_FILE), deliveries, 0o600)?;
        }
        self.has_keys = keyring.has_keys();
        self.without_key = self.replay.subjects_without_key(&keyring);
        Ok(())
    }
}

/// How many bytes have come, where nobody knows how many there will be.
fn bytes_bar() -> ProgressBar {
    shown(ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec} {msg}")
}
