//! A data directory, opened: the engine over its log.

use crate::{args::Room, bars::bar, exit::EXIT_LOG_FAILED, failure::Failure};
use indicatif::ProgressFinish;
use procura_domain::invitation_link::InvitationLink;
use procura_engine::{
    Engine, Fatal, IDEMPOTENCY_KEYS_MAX, KEYS_FILE, Keyring, OpeningProgress, Settings, SnapshotFolder,
    ambient::{Entropy, SystemClock},
};
use procura_eventlog::{CheckpointKey, DataDirectory, LogOrigin, free_bytes};
use std::{convert::Infallible, path::Path, process, sync::Arc, time::Duration};
use tokio::{runtime::Handle, task::spawn_blocking, time::interval};

/// How often the bar is drawn while a log is opened.
const BAR_PAUSE: Duration = Duration::from_millis(100);
/// How often the log of this program says how far it is, if there is no bar.
const LOG_PAUSE: Duration = Duration::from_secs(10);

/// An engine, and the directory that is this process's as long as it lives.
pub(crate) struct Data {
    pub(crate) engine: Engine,
    pub(crate) directory: DataDirectory,
}

impl Data {
    /// The key that signs the log's checkpoints; made if there is none.
    pub(crate) fn checkpoint_key(&self) -> Result<CheckpointKey, Failure> {
        let seed = Entropy::from_os().bytes();
        Ok(CheckpointKey::of(self.directory.path(), self.directory.origins().clone(), seed)?)
    }
}

/// Where the service is reached, where the links of its invitations point, and what its log is called.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) public_url: String,
    pub(crate) invitation: Option<InvitationLink>,
    /// The origin that a log is made with, and has.
    pub(crate) origin: Option<LogOrigin>,
}

/// Opens the data directory, or makes one if there is none.
pub(crate) async fn open_or_make(path: &Path, links: Links, room: &Room) -> Result<Data, Failure> {
    open_within(path, links, room, IDEMPOTENCY_KEYS_MAX, &OpeningProgress::default()).await
}

/// The same, with so many idempotency keys for each tenant, and for others to see how far it is.
pub(crate) async fn open_within(
    path: &Path,
    links: Links,
    room: &Room,
    idempotency_keys_max: usize,
    progress: &OpeningProgress,
) -> Result<Data, Failure> {
    let (path, free_bytes_min) = (path.to_owned(), room.free_space_min.saturating_mul(1 << 20));
    let (runtime, told) = (Handle::current(), progress.clone());
    // On a thread of its own, since it gives way to nothing else.
    let opening =
        spawn_blocking(move || runtime.block_on(open_here(&path, links, free_bytes_min, idempotency_keys_max, &told)));
    tokio::select! {
        opened = opening => opened.map_err(|error| Failure::Internal(error.to_string()))?,
        never = show(progress) => match never {},
    }
}

async fn open_here(
    path: &Path,
    Links { public_url, invitation: invitation_link, origin }: Links,
    free_bytes_min: u64,
    idempotency_keys_max: usize,
    progress: &OpeningProgress,
) -> Result<Data, Failure> {
    let mut entropy = Entropy::from_os();
    let mut directory = DataDirectory::open_as(path, entropy.guid(), origin.as_ref())?;
    progress.expect(directory.reached());
    let snapshots = SnapshotFolder::of(directory.path(), directory.log_id()).read_ahead();
    let stored = directory.stored()?;
    let folder = path.to_owned();
    // If the system does not say, the next write will.
    let has_room = move || free_bytes(&folder).is_ok_and(|free| free >= free_bytes_min);
    let settings = Settings {
        public_url,
        invitation_link,
        clock: Arc::new(SystemClock),
        entropy,
        has_room: Arc::new(has_room),
        snapshots: Some(snapshots),
        keyring: Keyring::open(&directory.path().join(KEYS_FILE), directory.log_id())?,
        idempotency_keys_max,
        on_fatal: Arc::new(end_process),
    };
    let engine = Engine::open_watched(stored, settings, progress).await?;
    directory.go_on()?;
    Ok(Data { engine, directory })
}

/// Shows how far it is: with a bar on a terminal, else with a line in the log now and then.
async fn show(progress: &OpeningProgress) -> Infallible {
    let bar = bar(0).with_finish(ProgressFinish::AndClear);
    let (mut drawing, mut logging) = (interval(BAR_PAUSE), interval(LOG_PAUSE));
    // Neither is worth it where the log is open at once.
    drawing.reset();
    logging.reset();
    loop {
        tokio::select! {
            _ = drawing.tick() => {
                bar.set_length(progress.end());
                bar.set_position(progress.position());
            }
            _ = logging.tick(), if bar.is_hidden() => {
                tracing::info!(position = progress.position(), of = progress.end(), "opening the log");
            }
        }
    }
}

/// Opens the data directory of a log that is there.
pub(crate) async fn open(path: &Path) -> Result<Data, Failure> {
    open_to_record(path, &Room::default()).await
}

/// The same, where something may be recorded.
pub(crate) async fn open_to_record(path: &Path, room: &Room) -> Result<Data, Failure> {
    expect_log(path)?;
    open_or_make(path, Links::default(), room).await
}

/// What is there of a log, the opening tells; if there is nothing, it would make one.
pub(crate) fn expect_log(path: &Path) -> Result<(), Failure> {
    let is_empty = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    if is_empty || !path.is_dir() { Err(Failure::NoLog(path.to_owned())) } else { Ok(()) }
}

/// Says why this process cannot go on with its log, and ends it.
fn end_process(why: &Fatal) {
    anstream::eprintln!("error: {why}");
    process::exit(EXIT_LOG_FAILED.into());
}
