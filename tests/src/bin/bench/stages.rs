//! stages, old
use futures_util::StreamExt;
use procura_engine::codec;
use procura_eventlog::{DataDirectory, Envelope, Frame, FrameStore, Tree, Commit};
use procura_domain::state::{State, Committed};
use procura_domain::temporal::Position;
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;

fn spent() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

pub(crate) async fn run(path: &Path) {
    let directory = DataDirectory::open(path, uuid::Uuid::nil()).unwrap();
    let store = directory.store().unwrap();
    let mut frames = store.read(1);
    let (mut read, mut hash, mut scan, mut decode, mut fold, mut compare) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let mut by_type = std::collections::BTreeMap::<String, (u64, f64, f64, f64)>::new();
    let mut tree = Tree::new();
    let mut state = State::default();
    let mut events = 0_u64;
    let mut nframes = 0_u64;
    let mut bytes = 0;
    loop {
        let mut chunk: Vec<Frame> = vec![];
        let begin = spent();
        while chunk.len() < 8 && let Some(frame) = frames.next().await { chunk.push(frame.unwrap()); }
        read += spent() - begin;
        if chunk.is_empty() { break; }
        nframes += chunk.len() as u64;
        let begin = spent();
        for frame in &chunk { for event in frame.events() { tree.push(event); } assert_eq!(tree.root(), frame.root()); }
        hash += spent() - begin;
        for frame in &chunk { for event in frame.events() { bytes += event.len(); } }
        let begin = spent();
        let envelopes: Vec<Envelope> = chunk.iter().flat_map(Frame::events).map(|bytes| Envelope::decode(bytes).unwrap()).collect();
        scan += spent() - begin;
        events += envelopes.len() as u64;
        let begin = spent();
        let decoded: Vec<_> = envelopes.iter().map(|envelope| codec::decode(envelope).unwrap()).collect();
        decode += spent() - begin;
        if events % 7 == 0 {
        for (envelope, event) in envelopes.iter().zip(&decoded) {
            let a = spent();
            let r = std::hint::black_box(codec::decode(envelope)).is_ok();
            let b = spent();
            let s = std::hint::black_box(serde_json::to_string(event)).is_ok();
            let c = spent();
            compare += c - b;
            let entry = by_type.entry(envelope.event_type.clone()).or_default();
            entry.0 += u64::from(r && s); entry.1 += b - a; entry.2 += c - b; entry.3 += envelope.data.get().len() as f64;
        }
        }
        let mut commits = vec![];
        let mut decoded = decoded.into_iter();
        let mut it = envelopes.iter();
        while let Some(first) = it.next() {
            let n = first.commit.size as usize;
            for _ in 1..n { it.next(); }
            commits.push(Committed { first: Position(first.position), at: first.recorded_at, by: codec::read_author(first).unwrap(), events: decoded.by_ref().take(n).collect() });
        }
        let begin = spent();
        for commit in &commits { state.fold(commit).unwrap(); }
        fold += spent() - begin;
        let _ : Option<Commit> = None;
    }
    let n = events as f64;
    println!("{events} events, {nframes} frames, {:.0} bytes an event", bytes as f64 / n);
    println!("read {:.0} hash {:.0} scan {:.0} decode {:.0} fold {:.0}   sum {:.0} compare {compare:.0}", read / n, hash / n, scan / n, decode / n, fold / n, (read+hash+scan+decode+fold)/n);
    for (name, (count, decode, compare, len)) in by_type { let c = count as f64; println!("  {name:30} {count:8} decode {:.0} to_string {:.0} bytes {:.0}", decode / c, compare / c, len / c); }
}
