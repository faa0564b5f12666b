//! Logs with more in them than commands would put there soon, or at all.

use procura_domain::temporal::Timestamp;
use procura_engine::ambient::Entropy;
use procura_eventlog::{Commit, DataDirectory, Envelope, Log, NewCommit};
use std::{convert::Infallible, path::Path, time::Duration};
use uuid::Uuid;

/// So many pairs of commits fit into one frame.
const PAIRS_A_FRAME: usize = 100;

/// Records the last two commits of a log again and again, in a data directory that no process has open: of one event each, of
/// which the second takes back the first. The last position.
#[track_caller]
pub fn repeat_the_last_two(data: &Path, times: u64) -> u64 {
    block_on(async {
        let mut end = End::of(data).await;
        let pairs: Vec<_> = (0..times).collect();
        for pairs in pairs.chunks(PAIRS_A_FRAME) {
            let again = pairs.iter().flat_map(|_| end.last.clone()).collect();
            end.append(again, |event: Envelope| event.encode().expect("an envelope")).await;
        }
        end.log.head()
    })
}

/// Records the last event of a log once more, alone and as `encode` writes it, in a data directory that no process has open.
#[track_caller]
pub fn repeat_the_last(data: &Path, encode: impl Fn(Envelope) -> Vec<u8>) {
    block_on(async {
        let mut end = End::of(data).await;
        let again = end.last.last().cloned().into_iter().collect();
        end.append(again, encode).await;
    });
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

/// An open log, and its last two events.
struct End {
    log: Log,
    last: Vec<Envelope>,
    entropy: Entropy,
    newest: Timestamp,
    _directory: DataDirectory,
}

impl End {
    async fn of(data: &Path) -> Self {
        let directory = DataDirectory::open(data, Uuid::nil()).expect("a data directory");
        let mut last = Vec::new();
        let each = |commit: Commit| {
            last.extend(commit.events);
            let older = last.len().saturating_sub(2);
            last.drain(..older);
            Ok::<_, Infallible>(())
        };
        let log = Log::open(directory.stored().expect("a log"), each).await.expect("a sound log");
        let newest = last.last().expect("an event").recorded_at;
        Self { log, last, entropy: Entropy::from_os(), newest, _directory: directory }
    }

    /// Appends each event as a commit of its own, in one frame.
    async fn append(&mut self, events: Vec<Envelope>, encode: impl Fn(Envelope) -> Vec<u8>) {
        let mut commits = Vec::new();
        for (position, mut event) in (self.log.head() + 1..).zip(events) {
            self.newest += Duration::from_micros(1);
            (event.id, event.command, event.position) = (self.entropy.guid(), self.entropy.guid(), position);
            (event.recorded_at, event.commit.index, event.commit.size) = (self.newest, 0, 1);
            commits.push(NewCommit { recorded_at: self.newest, events: vec![encode(event)] });
        }
        self.log.append(self.entropy.guid(), &commits).await.expect("a log that can be written");
    }
}
