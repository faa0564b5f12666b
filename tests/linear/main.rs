//! Seen from outside, the service does one thing at a time: histories of 8 HTTP clients, under pauses, kills, lost and
//! repeated answers, are linearizable. And a server with a planted fault is found out.
//!
//! `PROCURA_LINEAR` says how many histories (100 unless told), `PROCURA_SEED` which ones. A seed fixes what the clients ask
//! and what happens to the server; how their requests meet is up to the machine. A history that cannot be explained is made
//! smaller and printed.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod cases;
mod checker;
mod client;
mod faults;
mod history;
mod host;
mod model;
mod proxy;
mod run;
mod wire;

use history::Heard;
use host::Host;
use procura_tests::{Dice, number};
use run::{Count, Recorded, Weather, record};
use std::time::Instant;

/// Histories, unless told otherwise.
const HISTORIES: u64 = 100;
/// How many histories a server serves: a long log takes long to start with.
const HISTORIES_PER_SERVER: u64 = 100;
/// One history in so many has its server killed; one in so many has it paused.
const KILL_EVERY: u64 = 10;
const PAUSES_EVERY: u64 = 3;

#[test]
fn histories_of_eight_clients_are_linearizable() {
    let (seed, histories) = (number("PROCURA_SEED", 1), number("PROCURA_LINEAR", HISTORIES));
    let (began, mut count) = (Instant::now(), Count::default());
    let (mut host, mut stragglers) = (Host::start(), 0);
    for number in 0..histories {
        if number > 0 && number % HISTORIES_PER_SERVER == 0 {
            (host, stragglers) = (Host::start(), 0);
        }
        let weather = match number {
            number if number % KILL_EVERY == KILL_EVERY - 1 => Weather::Kill,
            number if number % PAUSES_EVERY == 0 => Weather::Pauses,
            _ => Weather::Calm,
        };
        let failed = |problem: &str| format!("seed {seed}, history {number} ({weather:?})\n{problem}");
        let recorded = record(&host, number, Dice::of(seed, number), weather, stragglers);
        let recorded = recorded.unwrap_or_else(|problem| panic!("{}", failed(&problem)));
        let explained = checker::check(&recorded.history);
        let explained = explained.unwrap_or_else(|_| panic!("{}", failed(&checker::report(&recorded.history))));
        stragglers = recorded.stragglers;
        let Recorded { history, count: one, .. } = recorded;
        let unheard = explained.order.iter().filter(|(index, _)| history.operations[*index].heard == Heard::Nothing);
        let (steps, unheard) = (explained.steps, unheard.count() as u64);
        count += Count { steps, steps_max: steps, unheard, ..one };
    }
    println!("{count:#?}\n{} ms", began.elapsed().as_millis());
    assert!(histories < HISTORIES || seldom(&count).is_empty(), "too seldom: {:?}", seldom(&count));
}

/// What came up less often than it should, so that it was hardly tried.
fn seldom(count: &Count) -> Vec<&'static str> {
    let Count { histories, kills, pauses, closed, broken, unheard, repeated, refused, conflicts, ahead, .. } = *count;
    let each = [
        ("kills", kills, histories / KILL_EVERY),
        ("pauses", pauses, histories / PAUSES_EVERY),
        ("answers lost by clients", closed, histories),
        ("answers lost by kills", broken, kills),
        ("commands that took effect unheard", unheard, histories / 4),
        ("first answers repeated", repeated, histories),
        ("refusals", refused, histories),
        ("conflicts of positions", conflicts, histories / 2),
        ("positions waited for", ahead, histories / 20),
    ];
    each.iter().filter(|(_, times, least)| times < least).map(|(what, ..)| *what).collect()
}
