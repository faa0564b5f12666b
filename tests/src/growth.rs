//! A log that takes a while to open.

use procura_engine::ambient::Entropy;
use procura_eventlog::{Commit, DataDirectory, Log, NewCommit};
use std::{convert::Infallible, path::Path, time::Duration};
use uuid::Uuid;

/// So many pairs of commits fit into one frame.
const PAIRS_A_FRAME: usize = 100;

/// Records the last two commits of a log again and again, in a data directory that no process has open: of one event each, of
/// which the second takes back the first. The last position.
#[track_caller]
pub fn repeat_the_last_two(data: &Path, times: u64) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(repeat(data, times))
}

async fn repeat(data: &Path, times: u64) -> u64 {
    let directory = DataDirectory::open(data, Uuid::nil()).expect("a data directory");
    let mut entropy = Entropy::from_os();
    let mut last = Vec::new();
    let each = |commit: Commit| {
        last.extend(commit.events);
        let older = last.len().saturating_sub(2);
        last.drain(..older);
        Ok::<_, Infallible>(())
    };
    let mut log = Log::open(directory.stored().expect("a log"), each).await.expect("a sound log");
    let [first, second] = <[_; 2]>::try_from(last).expect("two events");
    let mut newest = second.recorded_at;
    let pairs: Vec<_> = (0..times).collect();
    for frame in pairs.chunks(PAIRS_A_FRAME) {
        let positions = log.head() + 1..;
        let events = frame.iter().flat_map(|_| [&first, &second]);
        let commits = positions.zip(events).map(|(position, event)| {
            newest += Duration::from_micros(1);
            let mut event = event.clone();
            (event.id, event.command, event.position, event.recorded_at) =
                (entropy.guid(), entropy.guid(), position, newest);
            NewCommit { recorded_at: newest, events: vec![event.encode().expect("an envelope")] }
        });
        let commits: Vec<_> = commits.collect();
        log.append(entropy.guid(), &commits).await.expect("a log that can be written");
    }
    log.head()
}
