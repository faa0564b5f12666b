//! Is a history linearizable? A search after Wing and Gong, with the memory of Lowe.
//!
//! The search puts operations into an order, one after the other: next may come one that began before every operation still
//! to be placed ended, and only if the model answers as was heard. Where that leads nowhere the search goes back. It never
//! visits the same set of placed operations with the same state twice (Lowe 2017, "Testing for linearizability").
//!
//! Two things make it fast. An operation that leaves the state as it is and heard what the state says is placed at once:
//! where any order exists, one exists with that operation here. And answers tell positions of the whole log, so few orders
//! are possible at all. For the same reason histories are not taken apart by object: one position counts all of them.
//!
//! An operation of which nothing was heard may be placed or left out. One that can no longer take effect (its server was
//! killed) has an end, and is left out at the latest there. Many such operations make many orders, so the search turns back
//! early: where a position is told to be another command's, and where an answer that is still to come tells a position that
//! is past.

use crate::{
    history::{Asked, Heard, History, NEVER, Operation},
    model::{Effect, State},
};
use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

/// How many operations a history has at most.
const OPERATIONS_MAX: usize = 512;
/// How far the search goes before it gives up.
const STEPS_MAX: u64 = 500_000;

/// An order that explains a history.
#[derive(Debug)]
pub(crate) struct Explained {
    /// The operations in that order by index, each with the newest position before it.
    pub(crate) order: Vec<(usize, u64)>,
    pub(crate) steps: u64,
}

/// Why no order explains it.
#[derive(Debug)]
pub(crate) enum Unexplained {
    /// One key was answered in two ways.
    DifferentAnswers(String),
    /// The most that could be placed, by index.
    NoOrder(Vec<usize>),
    /// The search gave up.
    GaveUp,
}

/// Looks for an order in which the model gives every answer that was heard.
pub(crate) fn check(history: &History) -> Result<Explained, Unexplained> {
    if let Some(answers) = history.different_answers() {
        return Err(Unexplained::DifferentAnswers(answers));
    }
    assert!(history.operations.len() <= OPERATIONS_MAX, "{} operations", history.operations.len());
    let operations = without_idle_keys(&history.operations);
    let mut search = Search {
        recorded: recorded(&operations),
        operations: &operations,
        visited: HashSet::new(),
        order: Vec::new(),
        longest: Vec::new(),
        steps: 0,
    };
    match search.explains(Placed::default(), &State::new(history.start)) {
        true => Ok(Explained { order: search.order, steps: search.steps }),
        false if search.steps > STEPS_MAX => Err(Unexplained::GaveUp),
        false => Err(Unexplained::NoOrder(search.longest)),
    }
}

/// What is wrong with a history, as text: as little of it as cannot be explained.
pub(crate) fn report(history: &History) -> String {
    let history = smallest(history);
    let (says, placed) = match check(&history) {
        Ok(_) => return "nothing is wrong".to_owned(),
        Err(Unexplained::DifferentAnswers(answers)) => (answers, Vec::new()),
        Err(Unexplained::NoOrder(placed)) => {
            let says = "No order explains these answers. The longest that explains a part is numbered. The history ends with \
                the first wrong answer: what was heard later counts as not heard.";
            (says.to_owned(), placed)
        }
        Err(Unexplained::GaveUp) => (format!("no order was found in {STEPS_MAX} steps"), Vec::new()),
    };
    let mut text =
        format!("{says}\nIt begins at position {}, partners {:?}.\n", history.start.newest, history.start.versions);
    for (index, operation) in history.operations.iter().enumerate() {
        let number = placed.iter().position(|placed| *placed == index);
        let number = number.map_or(String::new(), |number| (number + 1).to_string());
        writeln!(text, "{number:>4} {operation}").unwrap();
    }
    text
}

/// A part of the history that cannot be explained either: up to the first answer that is wrong, without reads and refusals
/// that do not matter.
fn smallest(history: &History) -> History {
    let is_wrong = |history: &History| matches!(check(history), Err(error) if !matches!(error, Unexplained::GaveUp));
    let mut ends: Vec<_> = history.operations.iter().map(|operation| operation.ended).collect();
    ends.sort_unstable();
    let right = ends.partition_point(|end| !is_wrong(&history.until(*end)));
    let mut smallest = ends.get(right).map_or_else(|| history.clone(), |end| history.until(*end));
    for index in (0..smallest.operations.len()).rev() {
        if smallest.operations[index].only_looks() && is_wrong(&smallest.without(index)) {
            smallest = smallest.without(index);
        }
    }
    smallest
}

/// A set of operations, by index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Placed([u64; OPERATIONS_MAX / 64]);

impl Placed {
    fn contains(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }

    fn with(mut self, index: usize) -> Self {
        self.0[index / 64] |= 1 << (index % 64);
        self
    }
}

/// The operations, where a key that came up once is left out: it says nothing.
fn without_idle_keys(operations: &[Operation]) -> Vec<Operation> {
    let mut uses: HashMap<u32, usize> = HashMap::new();
    let keys = operations.iter().filter_map(|operation| match operation.asked {
        Asked::Command { key, .. } => key,
        _ => None,
    });
    keys.for_each(|key| *uses.entry(key).or_default() += 1);
    let mut operations = operations.to_vec();
    for operation in &mut operations {
        if let Asked::Command { key, .. } = &mut operation.asked {
            *key = key.filter(|key| uses[key] > 1);
        }
    }
    operations
}

/// What is known to stand at a position: a command, and its key.
fn recorded(operations: &[Operation]) -> HashMap<u64, Asked> {
    let recorded = operations.iter().filter(|operation| matches!(operation.heard, Heard::Recorded { .. }));
    recorded.filter_map(|operation| Some((operation.position()?, operation.asked.clone()))).collect()
}

struct Search<'h> {
    operations: &'h [Operation],
    recorded: HashMap<u64, Asked>,
    visited: HashSet<(Placed, State)>,
    order: Vec<(usize, u64)>,
    longest: Vec<usize>,
    steps: u64,
}

impl Search<'_> {
    /// Whether all that is not placed yet can follow.
    fn explains(&mut self, mut placed: Placed, state: &State) -> bool {
        let before = self.order.len();
        while let Some(index) = self.fits_unchanged(placed, state) {
            placed = self.place(placed, index, state);
        }
        if self.order.len() > self.longest.len() {
            self.longest = self.order.iter().map(|(index, _)| *index).collect();
        }
        let mut open = self.operations.iter().enumerate().filter(|(index, _)| !placed.contains(*index));
        if open.all(|(_, operation)| operation.heard == Heard::Nothing) {
            return true;
        }
        if self.steps <= STEPS_MAX
            && self.is_possible(placed, state)
            && self.visited.insert((placed, state.clone()))
            && self.goes_on(placed, state)
        {
            return true;
        }
        self.order.truncate(before);
        false
    }

    /// Whether one of those that may come next, and change the state, can.
    fn goes_on(&mut self, placed: Placed, state: &State) -> bool {
        let next = self.next(placed);
        let mut is_after_straggler = false;
        for index in next.iter().copied() {
            let operation = &self.operations[index];
            // One is like the other.
            if operation.asked == Asked::Straggler && std::mem::replace(&mut is_after_straggler, true) {
                continue;
            }
            if !self.may_stand_at(state.newest() + 1, operation) {
                continue;
            }
            if let Effect::Changed(after) = state.effect(operation) {
                let with = self.place(placed, index, state);
                if self.explains(with, &after) {
                    return true;
                }
                self.order.pop();
            }
        }
        // The one that keeps others waiting is left out.
        let lost = next.into_iter().filter(|index| self.operations[*index].heard == Heard::Nothing);
        let first = lost.min_by_key(|index| self.operations[*index].ended);
        first.is_some_and(|index| {
            let has_end = self.operations[index].ended != NEVER;
            has_end && self.explains(placed.with(index), state)
        })
    }

    fn place(&mut self, placed: Placed, index: usize, state: &State) -> Placed {
        self.steps += 1;
        self.order.push((index, state.newest()));
        placed.with(index)
    }

    /// Whether no answer that is still to be placed tells a position that is past. One that was repeated may.
    fn is_possible(&self, placed: Placed, state: &State) -> bool {
        let open = self.operations.iter().enumerate().filter(|(index, _)| !placed.contains(*index));
        let mut positions = open.filter_map(|(_, operation)| {
            let is_repeat = matches!(operation.asked, Asked::Command { key: Some(_), .. });
            operation.position().filter(|_| !is_repeat)
        });
        positions.all(|position| position >= state.newest())
    }

    /// Whether the operation may be recorded there: not if another command was.
    fn may_stand_at(&self, position: u64, operation: &Operation) -> bool {
        let Some(Asked::Command { command, key, .. }) = self.recorded.get(&position) else { return true };
        match &operation.asked {
            Asked::Command { command: own, key: own_key, .. } => own == command && own_key == key,
            _ => false,
        }
    }

    /// One that may come next, heard what the state says and leaves it as it is.
    fn fits_unchanged(&self, placed: Placed, state: &State) -> Option<usize> {
        self.next(placed).into_iter().find(|index| {
            let operation = &self.operations[*index];
            operation.heard != Heard::Nothing && state.effect(operation) == Effect::Unchanged
        })
    }

    /// Those that may come next: they began before any other that is not placed ended.
    fn next(&self, placed: Placed) -> Vec<usize> {
        let open = || self.operations.iter().enumerate().filter(|(index, _)| !placed.contains(*index));
        let first_end = open().map(|(_, operation)| operation.ended).min().unwrap_or(NEVER);
        open().take_while(|(_, operation)| operation.began <= first_end).map(|(index, _)| index).collect()
    }
}
