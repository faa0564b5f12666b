//! Planted faults: real histories, changed to what a broken server would have answered. The checker rejects each.
//!
//! Every fault is put where it is wrong for certain: the histories have no lost answers, so that positions say which commands
//! were recorded, and in which order.

use crate::{
    checker::{self, Explained},
    history::{Asked, Heard, History, Operation},
    host::Host,
    model::{Effect, State},
    run::{Weather, record},
};
use procura_tests::Dice;
use std::sync::Arc;

const HISTORIES: u64 = 50;
/// How often each fault is tried at least.
const TRIED_MIN: usize = 5;

/// A history with the order that explains it.
struct Sound {
    history: History,
    order: Vec<(usize, u64)>,
    /// The state before each operation of the order.
    states: Vec<State>,
}

/// The histories that a fault makes of a sound one.
type Fault = fn(&Sound) -> Vec<History>;

const FAULTS: [(&str, Fault); 10] = [
    ("a stale read", stale_reads),
    ("a read with old members at a new position", old_contents),
    ("an answer from the future", from_the_future),
    ("an acknowledged command is lost, and its position given to another", lost_commands),
    ("a command accepted that should be refused", accepted),
    ("If-Match ignored", if_match_ignored),
    ("a repeated command executed twice", executed_twice),
    ("a repeated command decided again", decided_again),
    ("another answer to a repeated command", other_answers),
    ("another command accepted under a used key", other_commands),
];

#[test]
fn every_planted_fault_is_found() {
    let host = Host::start();
    let sound: Vec<_> = (0..HISTORIES)
        .map(|number| {
            let recorded = record(&host, number, Dice::of(7, number), Weather::Still, 0).unwrap();
            let explained = checker::check(&recorded.history);
            Sound::new(recorded.history, explained.expect("a sound history"))
        })
        .collect();
    for (fault, plant) in FAULTS {
        let planted: Vec<_> = sound.iter().flat_map(plant).collect();
        assert!(planted.len() >= TRIED_MIN, "{fault}: tried {} times", planted.len());
        let missed = planted.iter().filter(|history| checker::check(history).is_ok()).count();
        assert_eq!(missed, 0, "{fault}: {missed} of {} missed", planted.len());
        println!("{fault}: found {} times", planted.len());
    }
}

impl Sound {
    fn new(history: History, Explained { order, .. }: Explained) -> Self {
        let mut states = vec![State::new(history.start)];
        for (index, _) in &order {
            let state = states.last().expect("the first one");
            let after = match state.effect(&history.operations[*index]) {
                Effect::Changed(after) => after,
                _ => state.clone(),
            };
            states.push(after);
        }
        Self { history, order, states }
    }

    /// The operations in their order, with the state before each.
    fn ordered(&self) -> impl Iterator<Item = (usize, &Operation, &State)> {
        let states = self.order.iter().zip(&self.states);
        states.map(|((index, _), state)| (*index, &self.history.operations[*index], state))
    }

    /// Commands with the positions they were recorded at, in order.
    fn recorded(&self) -> impl Iterator<Item = (&Operation, u64)> {
        self.ordered().filter_map(|(_, operation, state)| {
            let position = operation.position().filter(|position| *position == state.newest() + 1)?;
            Some((operation, position))
        })
    }

    /// Repeated commands that began after the first answer had come, with the state before each.
    fn repeats(&self) -> impl Iterator<Item = (usize, &Operation, &State)> {
        self.ordered().filter(|(_, operation, _)| {
            let is_recorded = matches!(operation.heard, Heard::Recorded { .. });
            let first = self.history.operations.iter().find(|first| first.heard == operation.heard);
            is_recorded && first.is_some_and(|first| first.ended < operation.began)
        })
    }

    fn with(&self, index: usize, heard: Heard) -> History {
        let mut history = self.history.clone();
        history.operations[index].heard = heard;
        history
    }

    /// The operation is recorded at its place in the order, and all later positions move by one.
    fn with_recorded(&self, index: usize, state: &State) -> History {
        let position = state.newest() + 1;
        let shifted = self
            .history
            .operations
            .iter()
            .map(|operation| operation.moved(|known| if known >= position { known + 1 } else { known }));
        let mut history = History::new(self.history.start, shifted.collect());
        history.operations[index].heard = recorded_at(position);
        history
    }
}

fn recorded_at(position: u64) -> Heard {
    Heard::Recorded { position, body: Arc::from("planted") }
}

/// What the operation would have heard if it had been recorded there.
fn if_recorded(operation: &Operation, state: &State) -> Operation {
    Operation { heard: recorded_at(state.newest() + 1), ..operation.clone() }
}

fn reads(sound: &Sound) -> impl Iterator<Item = (usize, &Operation, u64)> {
    sound.ordered().filter_map(|(index, operation, state)| match operation.asked {
        Asked::Members { .. } | Asked::MaySend { .. } => Some((index, operation, state.newest())),
        _ => None,
    })
}

/// A read is given the answer of an earlier one, though a command was acknowledged in between.
fn stale_reads(sound: &Sound) -> Vec<History> {
    let stale = reads(sound).filter_map(|(index, read, _)| {
        let acknowledged = sound.recorded().filter(|(command, _)| command.ended < read.began);
        let acknowledged = acknowledged.map(|(_, position)| position).max()?;
        let (_, old, _) = reads(sound).find(|(_, old, at)| old.asked == read.asked && *at < acknowledged)?;
        Some(sound.with(index, old.heard.clone()))
    });
    stale.collect()
}

fn old_contents(sound: &Sound) -> Vec<History> {
    let old = reads(sound).map(|(index, read, _)| {
        let other = match &read.heard {
            Heard::Members { position, users } => Heard::Members { position: *position, users: users ^ 1 },
            Heard::MaySend { position, allowed } => Heard::MaySend { position: *position, allowed: !allowed },
            heard => heard.clone(),
        };
        sound.with(index, other)
    });
    old.collect()
}

/// A read tells what a command does that begins after it.
fn from_the_future(sound: &Sound) -> Vec<History> {
    let early = reads(sound).filter_map(|(index, read, _)| {
        let (_, later, _) = sound.ordered().find(|(_, later, state)| {
            later.began > read.ended && later.asked == read.asked && {
                let newest = state.newest();
                sound.recorded().any(|(command, position)| position == newest && command.began > read.ended)
            }
        })?;
        Some(sound.with(index, later.heard.clone()))
    });
    early.collect()
}

/// After a command was acknowledged, all goes on as if it had not been recorded.
fn lost_commands(sound: &Sound) -> Vec<History> {
    let lost = sound.recorded().filter_map(|(lost, lost_at)| {
        let is_followed = sound.recorded().any(|(later, _)| later.began > lost.ended);
        let later = sound.history.operations.iter().map(|operation| {
            let is_later = operation.began > lost.ended;
            operation.moved(|position| if is_later && position > lost_at { position - 1 } else { position })
        });
        is_followed.then(|| History::new(sound.history.start, later.collect()))
    });
    lost.collect()
}

fn refused<'s>(sound: &'s Sound, codes: &'s [&str]) -> impl Iterator<Item = (usize, &'s Operation, &'s State)> {
    sound.ordered().filter(move |(_, operation, _)| match &operation.heard {
        Heard::Refused(code) => codes.contains(&code.as_str()),
        _ => false,
    })
}

fn accepted(sound: &Sound) -> Vec<History> {
    let refused = refused(sound, &["alreadyMember", "notMember"]);
    refused.map(|(index, _, state)| sound.with_recorded(index, state)).collect()
}

/// Accepted, where nothing but `If-Match` stands in the way.
fn if_match_ignored(sound: &Sound) -> Vec<History> {
    let conflicts = refused(sound, &["positionConflict"]).filter(|(_, operation, state)| {
        let mut without = if_recorded(operation, state);
        if let Asked::Command { if_match, .. } = &mut without.asked {
            *if_match = None;
        }
        matches!(state.effect(&without), Effect::Changed(_))
    });
    conflicts.map(|(index, _, state)| sound.with_recorded(index, state)).collect()
}

/// A repeated command is executed again, where only its key stands in the way.
fn executed_twice(sound: &Sound) -> Vec<History> {
    let again = sound.repeats().filter(|(_, operation, state)| {
        matches!(state.effect(&without_key(&if_recorded(operation, state))), Effect::Changed(_))
    });
    again.map(|(index, _, state)| sound.with_recorded(index, state)).collect()
}

fn without_key(operation: &Operation) -> Operation {
    let mut without = operation.clone();
    if let Asked::Command { key, if_match, .. } = &mut without.asked {
        (*key, *if_match) = (None, None);
    }
    without
}

/// A repeated command is refused, as it would be without its key.
fn decided_again(sound: &Sound) -> Vec<History> {
    let again = sound.repeats().flat_map(|(index, operation, state)| {
        let heard = ["alreadyMember", "notMember"].map(|code| Heard::Refused(code.to_owned()));
        let fits = heard.into_iter().find(|heard| {
            let refused = Operation { heard: heard.clone(), ..without_key(operation) };
            state.effect(&refused) == Effect::Unchanged
        });
        fits.map(|heard| sound.with(index, heard))
    });
    again.collect()
}

/// The same position in other bytes.
fn other_answers(sound: &Sound) -> Vec<History> {
    let other = sound.repeats().filter_map(|(index, operation, _)| {
        let Heard::Recorded { position, body } = &operation.heard else { return None };
        Some(sound.with(index, Heard::Recorded { position: *position, body: format!("{body} ").into() }))
    });
    other.collect()
}

fn other_commands(sound: &Sound) -> Vec<History> {
    let reused = refused(sound, &["idempotencyKeyReused"]);
    reused.map(|(index, _, state)| sound.with_recorded(index, state)).collect()
}
