//! Positions as they are kept, in four bytes: a state that holds as many events as that would hold no more rows either.

use crate::temporal::Position;
use std::ops::RangeInclusive;

/// A position; 0 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PackedPosition(u32);

impl From<Position> for PackedPosition {
    fn from(Position(position): Position) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }
}

impl PackedPosition {
    #[inline]
    pub(crate) fn get(self) -> Position {
        Position(self.0.into())
    }
}

/// The positions of some events, in order.
#[derive(Debug, Clone, Copy)]
pub struct PositionList<'s>(pub(crate) &'s [PackedPosition]);

impl<'s> PositionList<'s> {
    pub fn last(self) -> Option<Position> {
        self.0.last().map(|position| position.get())
    }

    pub fn contains(self, position: Position) -> bool {
        self.0.binary_search_by_key(&position, |found| found.get()).is_ok()
    }

    /// Those in the range.
    #[must_use]
    pub fn within(self, range: &RangeInclusive<Position>) -> Self {
        let first = self.0.partition_point(|position| position.get() < *range.start());
        let behind = self.0.partition_point(|position| position.get() <= *range.end());
        Self(self.0.get(first..behind).unwrap_or_default())
    }

    pub fn iter(self) -> impl DoubleEndedIterator<Item = Position> + use<'s> {
        self.0.iter().map(|position| position.get())
    }
}
