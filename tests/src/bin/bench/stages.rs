//! `scripts/bench stages`: what a start does with each event of its log, stage by stage, and a whole start, whose stages go
//! on at once. Stages are measured in processor time of one thread, which others on the machine hardly change.

use crate::{
    growth::{self, Started},
    machine,
    table::{self, Figure, row},
};
use futures_util::StreamExt;
use procura_engine::{PreparedCommit, Replay, codec};
use procura_eventlog::{Commit, DataDirectory, EnvelopeRef, Frame, FrameStore, Tree};
use rustix::time::ClockId;
use std::{
    hint::black_box,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often everything is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Events of the log
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// A data directory to start from instead, which no process has open
    #[arg(long)]
    data: Option<PathBuf>,
    /// A folder on the disk to measure, for temporary files
    #[arg(long, default_value = "target")]
    folder: PathBuf,
}

/// So many frames go through all stages before the next: they are in the processor's cache, as in a start.
const FRAMES_AT_ONCE: usize = 8;

/// The stages, in their order.
const STAGES: [&str; 6] = [
    "read a frame and compare its checksum",
    "hash it into the Merkle tree",
    "scan its envelopes",
    "decode its events, alone",
    "prepare its commits: decode their events, hash their keys",
    "fold them into the state",
];

pub(crate) async fn run(args: &Args) {
    machine::refuse_memory(&args.folder);
    machine::print(&args.folder);
    let temporary = tempfile::Builder::new().prefix("bench-").tempdir_in(&args.folder).unwrap();
    let path = args.data.clone().unwrap_or_else(|| temporary.path().join("data"));
    if args.data.is_none() {
        growth::filled(&path, &[args.events]);
    }
    let mut nanos: [Figure; STAGES.len()] = Default::default();
    let (mut wall, mut processor) = (Figure::default(), Figure::default());
    let mut events = 0;
    for _ in 0..args.runs {
        let started = growth::started(&path);
        let Started { open_seconds, open_processor_seconds, .. } = started;
        events = started.events;
        let an_event = |seconds: f64| seconds * 1e9 / events as f64;
        wall.add(an_event(open_seconds));
        processor.add(an_event(open_processor_seconds));
        for (figure, spent) in nanos.iter_mut().zip(stages(&path).await) {
            figure.add(spent);
        }
    }
    let mut rows = vec![row(["stage", "ns an event"])];
    rows.extend(STAGES.iter().zip(&nanos).map(|(name, figure)| vec![(*name).to_owned(), figure.text(0)]));
    rows.push(vec!["a whole start: processor time of all threads".to_owned(), processor.text(0)]);
    rows.push(vec!["a whole start: time on the wall".to_owned(), wall.text(0)]);
    table::print(&format!("Starting from a log of {events} events, its files in the system's cache"), &rows);
}

/// What each stage takes by itself, in nanoseconds of processor time an event.
async fn stages(path: &Path) -> [f64; STAGES.len()] {
    let directory = DataDirectory::open(path, Uuid::nil()).unwrap();
    let store = directory.store().unwrap();
    let mut frames = store.read(1);
    let (mut tree, mut replay, mut spent) = (Tree::new(), Replay::default(), [0.0; STAGES.len()]);
    loop {
        let [read, hash, scan, decode, prepare, fold] = &mut spent;
        let begin = processor_nanos();
        let batch: Vec<Frame> = frames.by_ref().take(FRAMES_AT_ONCE).map(Result::unwrap).collect().await;
        *read += processor_nanos() - begin;
        if batch.is_empty() {
            let events = tree.size() as f64;
            return spent.map(|nanos| nanos / events);
        }
        timed(hash, || {
            for frame in &batch {
                frame.events().for_each(|event| tree.push(event));
                assert_eq!(tree.root(), frame.root());
            }
        });
        let envelopes = timed(scan, || {
            let envelopes = batch.iter().flat_map(Frame::events).map(EnvelopeRef::borrow);
            envelopes.collect::<Result<Vec<_>, _>>().unwrap()
        });
        timed(decode, || envelopes.iter().for_each(|envelope| drop(black_box(codec::decode(envelope)))));
        let mut rest = envelopes.into_iter();
        let prepared = timed(prepare, || {
            let mut prepared = vec![];
            while let Some(first) = rest.next() {
                let more = usize::try_from(first.commit.size).unwrap() - 1;
                let events = [first].into_iter().chain(rest.by_ref().take(more)).collect();
                prepared.push(PreparedCommit::of(&Commit { events }).unwrap());
            }
            prepared
        });
        timed(fold, || {
            let mut prepared = prepared.into_iter();
            while let Some(commit) = prepared.next() {
                replay.take_in(commit, prepared.as_slice().first()).unwrap();
            }
        });
    }
}

fn timed<T>(spent: &mut f64, work: impl FnOnce() -> T) -> T {
    let begin = processor_nanos();
    let done = work();
    *spent += processor_nanos() - begin;
    done
}

/// Processor time of this thread so far.
fn processor_nanos() -> f64 {
    machine::processor_seconds(ClockId::ThreadCPUTime) * 1e9
}
