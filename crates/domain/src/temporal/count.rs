//! How many of something there were, at any moment.

use super::Position;
use crate::counted::ask;

/// A number that goes up and down by one, with what it was after each event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count(Vec<(Position, usize)>);

impl Count {
    /// One more since that event.
    pub fn add(&mut self, at: Position) {
        self.0.push((at, self.newest().saturating_add(1)));
    }

    /// One less since that event.
    pub fn take(&mut self, at: Position) {
        self.0.push((at, self.newest().saturating_sub(1)));
    }

    /// How many there are.
    pub fn newest(&self) -> usize {
        self.0.last().map_or(0, |(_, count)| *count)
    }

    /// How many there were at that position.
    pub fn at(&self, position: Position) -> usize {
        ask();
        let changes = self.0.partition_point(|(at, _)| *at <= position);
        changes.checked_sub(1).and_then(|last| self.0.get(last)).map_or(0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_it_was_after_the_newest_event() {
        let mut count = Count::default();
        assert_eq!((count.newest(), count.at(Position(9))), (0, 0));
        count.add(Position(3));
        count.add(Position(3)); // two by one event
        count.take(Position(5));
        assert_eq!([2, 3, 4, 5, 9].map(|at| count.at(Position(at))), [0, 2, 2, 1, 1]);
        assert_eq!(count.newest(), 1);
    }
}
