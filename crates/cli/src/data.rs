//! A data directory, opened: the engine over its log.

use crate::{EXIT_LOG_FAILED, failure::Failure};
use procura_engine::{
    Engine, KEYS_FILE, Keyring, Settings,
    ambient::{Entropy, SystemClock},
};
use procura_eventlog::DataDirectory;
use std::{path::Path, process, sync::Arc};

/// An engine, and the directory that is this process's as long as it lives.
pub(crate) struct Data {
    pub(crate) engine: Engine,
    pub(crate) directory: DataDirectory,
}

/// Opens the data directory, or makes one where there is none.
pub(crate) async fn open_or_make(path: &Path, public_url: String) -> Result<Data, Failure> {
    let mut entropy = Entropy::from_os();
    let directory = DataDirectory::open(path, entropy.guid())?;
    let store = Arc::new(directory.store()?);
    let settings = Settings {
        epoch: directory.epoch(),
        public_url,
        clock: Arc::new(SystemClock),
        entropy,
        keyring: Keyring::open(&directory.path().join(KEYS_FILE), directory.log_id())?,
        on_fatal: Arc::new(end_process),
    };
    Ok(Data { engine: Engine::open(store, settings).await?, directory })
}

/// Opens the data directory of a log that is there.
pub(crate) async fn open(path: &Path) -> Result<Data, Failure> {
    if !path.is_dir() {
        return Err(Failure::NoLog(path.to_owned()));
    }
    open_or_make(path, String::new()).await
}

/// Nobody knows what the log holds now: only a new start can tell.
fn end_process(error: &str) {
    anstream::eprintln!(
        "error: the log could not be written, so this process ends; what was acknowledged is safe: {error}"
    );
    process::exit(EXIT_LOG_FAILED.into());
}
