//! Histories of 8 clients on a server that runs, pauses or is killed, and what came up in them.

use crate::{
    client::{Client, Trace},
    history::{Asked, Heard, History, NEVER, Operation},
    host::Host,
};
use procura_tests::Dice;
use std::{
    collections::HashSet,
    ops::AddAssign,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

const CLIENTS: usize = 8;
const STEPS_MIN: usize = 6;
const STEPS_MAX: usize = 10;

/// What happens to the server during a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Nothing, and no client closes a connection before it has read the answer.
    Still,
    Calm,
    Pauses,
    Kill,
}

/// What came up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) histories: u64,
    pub(crate) operations: u64,
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) conflicts: u64,
    pub(crate) kills: u64,
    pub(crate) pauses: u64,
    /// Answers lost by a client that closed its connection, and by a kill.
    pub(crate) closed: u64,
    pub(crate) broken: u64,
    /// Commands that took effect all the same.
    pub(crate) unheard: u64,
    /// Commands sent again, and those that got the first answer.
    pub(crate) repeats: u64,
    pub(crate) repeated: u64,
    pub(crate) ahead: u64,
    pub(crate) steps: u64,
    pub(crate) steps_max: u64,
}

/// A history, as it was recorded, and how many of its commands may take effect even later.
pub(crate) struct Recorded {
    pub(crate) history: History,
    pub(crate) stragglers: usize,
    pub(crate) count: Count,
}

/// Has the clients make their steps. An error is an answer that is wrong by itself.
pub(crate) fn record(
    host: &Host,
    number: u64,
    mut dice: Dice,
    weather: Weather,
    stragglers: usize,
) -> Result<Recorded, String> {
    let (cast, start) = host.cast(number)?;
    let finished = AtomicUsize::new(0);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let steps = STEPS_MIN + dice.below(STEPS_MAX - STEPS_MIN + 1);
            let own = Dice::of(dice.below(usize::MAX) as u64, client as u64);
            let closes = weather != Weather::Still;
            (Client::new(client, host, &cast, own, closes, &finished, start.newest), steps)
        })
        .collect();
    let mut count = Count { histories: 1, ..Count::default() };
    let traces: Result<Vec<Trace>, String> = thread::scope(|scope| {
        let threads: Vec<_> =
            clients.into_iter().map(|(client, steps)| scope.spawn(move || client.run(steps))).collect();
        let all_ended = || threads.iter().all(thread::ScopedJoinHandle::is_finished);
        match weather {
            Weather::Still | Weather::Calm => {}
            Weather::Pauses => {
                while !all_ended() {
                    thread::sleep(Duration::from_micros(dice.below(4_000) as u64));
                    host.pause(Duration::from_micros(500 + dice.below(5_000) as u64));
                    count.pauses += 1;
                }
            }
            Weather::Kill => {
                let after = 1 + dice.below(CLIENTS * STEPS_MIN * 3 / 4);
                while finished.load(Ordering::SeqCst) < after && !all_ended() {
                    thread::sleep(Duration::from_micros(50));
                }
                // Not always at the same point on the way of the commands in flight.
                thread::sleep(Duration::from_micros(dice.below(1_500) as u64));
                host.kill();
                count.kills += 1;
            }
        }
        threads.into_iter().map(|thread| thread.join().expect("a client that ends")).collect()
    });
    let before = (0..stragglers).map(|_| Operation {
        client: 0,
        began: 0,
        ended: NEVER,
        asked: Asked::Straggler,
        heard: Heard::Nothing,
    });
    let mut operations: Vec<_> = before.collect();
    let (address, mut still_open) = (host.address(), 0);
    for mut trace in traces? {
        for (operation, generation) in trace.closed {
            if generation == address.generation {
                still_open += 1;
            } else {
                // The server that it went to is dead.
                let operation = &mut trace.operations[operation];
                operation.ended = address.since.max(operation.began);
            }
        }
        count.closed += trace.closings;
        count.broken += trace.broken;
        count.repeats += trace.repeats;
        count.ahead += trace.ahead;
        operations.extend(trace.operations);
    }
    let history = History::new(start, operations);
    count += told(&history);
    Ok(Recorded { history, stragglers: still_open, count })
}

/// What its operations were told.
fn told(history: &History) -> Count {
    let of = |is: fn(&Operation) -> bool| history.operations.iter().filter(|operation| is(operation)).count() as u64;
    let recorded = history.operations.iter().filter(|operation| matches!(operation.heard, Heard::Recorded { .. }));
    let recorded: Vec<_> = recorded.filter_map(Operation::position).collect();
    let positions: HashSet<_> = recorded.iter().collect();
    Count {
        operations: of(|operation| !matches!(operation.asked, Asked::Newest | Asked::Straggler)),
        recorded: positions.len() as u64,
        repeated: (recorded.len() - positions.len()) as u64,
        refused: of(|operation| matches!(operation.heard, Heard::Refused(_))),
        conflicts: of(|operation| operation.heard == Heard::Refused("positionConflict".to_owned())),
        ..Count::default()
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        let pairs = [
            (&mut self.histories, other.histories),
            (&mut self.operations, other.operations),
            (&mut self.recorded, other.recorded),
            (&mut self.refused, other.refused),
            (&mut self.conflicts, other.conflicts),
            (&mut self.kills, other.kills),
            (&mut self.pauses, other.pauses),
            (&mut self.closed, other.closed),
            (&mut self.broken, other.broken),
            (&mut self.unheard, other.unheard),
            (&mut self.repeats, other.repeats),
            (&mut self.repeated, other.repeated),
            (&mut self.ahead, other.ahead),
            (&mut self.steps, other.steps),
        ];
        pairs.into_iter().for_each(|(sum, more)| *sum += more);
        self.steps_max = self.steps_max.max(other.steps_max);
    }
}
