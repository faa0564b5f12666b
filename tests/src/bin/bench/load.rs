//! An engine over a data directory as the server has it, and callers that keep it busy.

use crate::workload::{Caller, World};
use procura_engine::{
    Engine, KEYS_FILE, Keyring, Settings, SnapshotFolder,
    ambient::{Entropy, SystemClock},
};
use procura_eventlog::{DataDirectory, free_bytes};
use std::{ops::Range, path::Path, process, sync::Arc, time::Instant};
use tokio::task::JoinSet;

/// What `procura serve` asks for by default.
const FREE_SPACE_MIN_BYTES: u64 = 256 << 20;

/// Opens the data directory, as `procura serve` does; the directory must be kept as long as the engine is.
pub(crate) async fn open(path: &Path) -> (DataDirectory, Engine) {
    let mut entropy = Entropy::from_os();
    let directory = DataDirectory::open(path, entropy.guid()).unwrap();
    let stored = directory.stored().unwrap();
    let folder = path.to_owned();
    let settings = Settings {
        public_url: "https://partners.example".to_owned(),
        invitation_link: None,
        clock: Arc::new(SystemClock),
        entropy,
        snapshots: Some(SnapshotFolder::of(path, directory.log_id())),
        keyring: Keyring::open(&path.join(KEYS_FILE), directory.log_id()).unwrap(),
        has_room: Arc::new(move || free_bytes(&folder).is_ok_and(|free| free >= FREE_SPACE_MIN_BYTES)),
        // A log is filled here in seconds with what takes its tenants months.
        idempotency_keys_max: usize::MAX,
        on_fatal: Arc::new(|error| {
            eprintln!("error: {error}");
            process::exit(1)
        }),
    };
    (directory, Engine::open(stored, settings).await.unwrap())
}

/// What callers do at an instant.
pub(crate) enum Phase {
    /// They work.
    Working,
    /// They work and what they do counts.
    Measured,
    /// They stop.
    Over,
}

/// What callers did.
#[derive(Default)]
pub(crate) struct Done {
    /// How many commands were recorded.
    pub(crate) commands: u32,
    /// How long each took that counts, in microseconds.
    pub(crate) micros: Vec<f64>,
}

/// Callers of those numbers at once, each submitting its next command when the former was answered.
pub(crate) async fn drive(
    engine: &Engine,
    world: &Arc<World>,
    callers: Range<u64>,
    phase: impl Fn(&Engine) -> Phase + Copy + Send + 'static,
) -> Done {
    let mut tasks = JoinSet::new();
    for number in callers {
        let (mut caller, engine) = (Caller::new(world.clone(), number), engine.clone());
        tasks.spawn(async move {
            let mut done = Done::default();
            loop {
                let submission = caller.next();
                let submitted = Instant::now();
                engine.submit(submission).await.unwrap();
                done.commands += 1;
                match phase(&engine) {
                    Phase::Working => {}
                    Phase::Measured => done.micros.push(submitted.elapsed().as_secs_f64() * 1e6),
                    Phase::Over => return done,
                }
            }
        });
    }
    let mut all = Done::default();
    for done in tasks.join_all().await {
        all.commands += done.commands;
        all.micros.extend(done.micros);
    }
    all
}
