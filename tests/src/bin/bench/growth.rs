//! What events take, on disk and in memory, and how fast they are read back. Each measurement is a process of its own
//! that prints one line of JSON.

use crate::{
    load::{self, Phase},
    machine::{folder_bytes, processor_seconds, resident_bytes},
    workload::{USUAL, World},
};
use futures_util::TryStreamExt;
use procura_engine::Engine;
use rustix::time::ClockId;
use serde::{Deserialize, Serialize};
use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// How many fill a log at once: what an event takes on disk is stated for so many.
const CALLERS: u64 = 64;

/// What so many events take.
#[derive(Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) events: u64,
    pub(crate) resident_bytes: u64,
    pub(crate) disk_bytes: u64,
}

/// How a start went.
#[derive(Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) events: u64,
    pub(crate) open_seconds: f64,
    /// Of all threads together.
    pub(crate) open_processor_seconds: f64,
    pub(crate) resident_bytes: u64,
    pub(crate) read_seconds: f64,
}

/// Fills the directory up to each of those numbers of events and prints what was taken there.
pub(crate) async fn fill(path: &Path, targets: &[u64]) {
    let (_directory, engine) = load::open(path).await;
    let world = World::found(&engine, USUAL).await;
    let mut taken = vec![];
    for (round, target) in (0..).zip(targets.iter().copied()) {
        let phase = move |engine: &Engine| if engine.position().0 < target { Phase::Working } else { Phase::Over };
        // Others each time, who make ids of their own.
        load::drive(&engine, &world, round * CALLERS..(round + 1) * CALLERS, phase).await;
        let events = engine.position().0;
        taken.push(Taken { events, resident_bytes: resident_bytes(), disk_bytes: folder_bytes(path) });
    }
    println!("{}", serde_json::to_string(&taken).unwrap());
}

/// Opens the directory, reads its events and prints how long that took.
pub(crate) async fn start(path: &Path) {
    let (begin, processor) = (Instant::now(), processor_seconds(ClockId::ProcessCPUTime));
    let (_directory, engine) = load::open(path).await;
    let open_seconds = begin.elapsed().as_secs_f64();
    let open_processor_seconds = processor_seconds(ClockId::ProcessCPUTime) - processor;
    let resident_bytes = resident_bytes();
    let begin = Instant::now();
    let commits = engine.log().commits_after(0);
    let events = commits.try_fold(0, async |events, commit| Ok(events + commit.events.len())).await.unwrap();
    let read_seconds = begin.elapsed().as_secs_f64();
    let events = u64::try_from(events).unwrap();
    let started = Started { events, open_seconds, open_processor_seconds, resident_bytes, read_seconds };
    println!("{}", serde_json::to_string(&started).unwrap());
}

/// [`fill`] in a process of its own.
pub(crate) fn filled(path: &Path, targets: &[u64]) -> Vec<Taken> {
    let targets: Vec<_> = targets.iter().map(u64::to_string).collect();
    printed("log-fill", path, &targets)
}

/// [`start`] in a process of its own.
pub(crate) fn started(path: &Path) -> Started {
    printed("log-start", path, &[])
}

fn printed<T: for<'de> Deserialize<'de>>(name: &str, path: &Path, more: &[String]) -> T {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.arg(name).arg(path).args(more).stderr(Stdio::inherit()).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
