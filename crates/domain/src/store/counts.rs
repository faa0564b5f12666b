//! Counts as they are kept: what they were after each change, in a list.

use super::{
    lists::{List, Lists},
    positions::PackedPosition,
};
use crate::{counted::ask, temporal::Position};

/// What a count was since an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    at: PackedPosition,
    count: u32,
}

impl Change {
    pub(super) fn new(at: Position, count: u32) -> Self {
        Self { at: at.into(), count }
    }

    pub(super) fn at(self) -> Position {
        self.at.get()
    }

    pub(super) fn count(self) -> u32 {
        self.count
    }
}

/// A number that goes up and down by one, with what it was after each event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count(List);

/// Where the changes of many counts are.
pub(crate) type Changes = Lists<Change>;

impl Count {
    pub(super) fn of(changes: List) -> Self {
        Self(changes)
    }

    pub(super) fn list(self) -> List {
        self.0
    }

    /// One more since that event.
    pub(crate) fn add(&mut self, at: Position, changes: &mut Changes) {
        let count = self.newest(changes).saturating_add(1);
        changes.push(&mut self.0, Change::new(at, count));
    }

    /// One less since that event.
    pub(crate) fn take(&mut self, at: Position, changes: &mut Changes) {
        let count = self.newest(changes).saturating_sub(1);
        changes.push(&mut self.0, Change::new(at, count));
    }

    /// How many there are.
    pub(crate) fn newest(self, changes: &Changes) -> u32 {
        changes.get(self.0).last().map_or(0, |change| change.count)
    }

    /// How many there were at that position.
    pub(crate) fn at(self, position: Position, changes: &Changes) -> usize {
        ask();
        let changes = changes.get(self.0);
        let before = changes.partition_point(|change| change.at.get() <= position);
        before.checked_sub(1).and_then(|last| changes.get(last)).map_or(0, |change| change.count as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_it_was_after_the_newest_event() {
        let (mut count, mut changes) = (Count::default(), Changes::default());
        assert_eq!((count.newest(&changes), count.at(Position(9), &changes)), (0, 0));
        count.add(Position(3), &mut changes);
        count.add(Position(3), &mut changes); // two by one event
        count.take(Position(5), &mut changes);
        assert_eq!([2, 3, 4, 5, 9].map(|at| count.at(Position(at), &changes)), [0, 2, 2, 1, 1]);
        assert_eq!((count.newest(&changes), size_of::<Change>()), (1, 8));
    }
}
