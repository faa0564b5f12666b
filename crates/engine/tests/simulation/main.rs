//! The whole engine above a store that goes wrong: several lives of a log, each with commands from several callers, a
//! clock that goes where it likes, questions in between, and a fault at some append. After each life the log is opened
//! with what a power cut left, and held against everything that was answered.
//!
//! `PROCURA_SIMULATIONS` says how many runs (1,000 unless told), `PROCURA_SEED` the seed of the first; that alone runs
//! that one. A seed gives the same run every time: the writer's thread goes on only when it is let through the store's
//! gate, and the rest waits for it meanwhile. What that leaves out, everything at once, shuttle tries
//! (`src/interleavings.rs`).
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod book;
mod commands;
#[path = "../../../eventlog/tests/eventlog/faulty.rs"]
mod faulty;
mod run;

use faulty::{Fault, PANIC};
use run::Count;
use std::{
    io::{self, Write as _},
    panic, process,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

const SIMULATIONS: u64 = 1_000;
/// From this many runs on, everything that can happen must have.
const RUNS_FOR_EVERYTHING: u64 = 200;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn the_engine_keeps_its_word_whatever_the_store_does() {
    let first = number("PROCURA_SEED");
    let runs = number("PROCURA_SIMULATIONS").unwrap_or(if first.is_some() { 1 } else { SIMULATIONS });
    let first = first.unwrap_or(1);
    // Written to standard error itself: what is printed would be lost with the process, which does not end as a test does.
    panic::set_hook(Box::new(move |info| {
        let planned = info.payload().downcast_ref::<String>().is_some_and(|text| text == PANIC);
        if !planned {
            let _ = writeln!(io::stderr(), "{info}");
        }
    }));
    let (next, total) = (AtomicU64::new(first), Mutex::new(Count::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + runs {
                break;
            }
            match panic::catch_unwind(|| run::simulate(seed)) {
                Ok(count) => *total.lock().unwrap() += count,
                Err(_) => {
                    // Whoever still waits for an engine would wait for good.
                    let _ = writeln!(io::stderr(), "simulation {seed} failed; PROCURA_SEED={seed} runs it alone");
                    process::exit(1);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let total = total.into_inner().unwrap();
    println!("{runs} simulations: {total:?}");
    if runs >= RUNS_FOR_EVERYTHING {
        total.had_everything(&[Fault::Error, Fault::Unknown, Fault::Conflict, Fault::Panic]);
    }
}
