//! When each commit was recorded, where it ended, and who made it.

use super::{Moment, Position, Timestamp};
use crate::{
    counted::ask,
    store::{
        positions::PackedPosition,
        rows::Rows,
        saved::{Loading, Malformed, Saving},
    },
};
use prefetch_index::prefetch_index;
use std::{ops::Range, slice};

/// When each commit was recorded, where it ended, and who made it.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    commits: Rows<Recorded>,
    /// Which commit holds the first of each so many positions: a look at one line of memory instead of one for each halving.
    holding: Rows<u32>,
}

/// How many positions there are to one that it is said of which commit holds it.
const POSITIONS_AT_ONCE: u64 = 16;

/// How many commits lie on a line of memory.
const COMMITS_A_LINE: usize = 4;

/// A commit, in sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, packed(4))]
struct Recorded {
    last: PackedPosition,
    /// In microseconds since 1970.
    at: i64,
    /// Who, as a number.
    by: u32,
}

impl Recorded {
    /// What stands before the first commit.
    fn first() -> Self {
        Self { last: PackedPosition::default(), at: 0, by: 0 }
    }

    fn last(self) -> Position {
        { self.last }.get()
    }

    fn at(self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.at).unwrap_or(Timestamp::MIN_UTC)
    }
}

impl Timeline {
    /// Adds a commit: its last position and its recorded time, both later than all before, and who made it.
    pub(crate) fn push(&mut self, last: Position, at: Timestamp, by: u32) {
        self.add(Recorded { last: last.into(), at: at.timestamp_micros(), by });
    }

    fn add(&mut self, commit: Recorded) {
        let number = self.commits.push(commit);
        while u64::from(self.holding.len()) * POSITIONS_AT_ONCE < commit.last().0 {
            self.holding.push(number);
        }
    }

    /// How many commits there are.
    pub(crate) fn commits(&self) -> u32 {
        self.commits.len()
    }

    /// Writes those commits: how far each is from the one before.
    pub(crate) fn save(&self, commits: Range<u32>, to: &mut Saving<'_>) {
        let before = commits.start.checked_sub(1).and_then(|before| self.commits.get(before));
        let mut before = before.copied().unwrap_or_else(Recorded::first);
        for commit in commits.filter_map(|number| self.commits.get(number)) {
            to.number(commit.last().0 - before.last().0);
            to.number(commit.at.wrapping_sub(before.at).cast_unsigned());
            to.number(commit.by.into());
            before = *commit;
        }
    }

    /// Reads so many commits.
    pub(crate) fn load(&mut self, commits: u32, from: &mut Loading<'_>) -> Result<(), Malformed> {
        let mut before = self.commits.last().copied().unwrap_or_else(Recorded::first);
        for _ in 0..commits {
            let last = before.last().0.checked_add(from.number()?).ok_or(Malformed)?;
            let at = before.at.wrapping_add(from.number()?.cast_signed());
            before = Recorded { last: Position(last).into(), at, by: from.small()? };
            self.add(before);
        }
        Ok(())
    }

    pub fn head(&self) -> Position {
        self.commits.last().map_or(Position(0), |commit| commit.last())
    }

    /// The newest recorded time.
    pub fn newest(&self) -> Option<Timestamp> {
        self.commits.last().map(|commit| commit.at())
    }

    /// The moment of the commit that holds this position: its end, so that nobody sees half of it, and when it was recorded.
    /// Where none does: the position itself, in 1970.
    pub fn moment(&self, position: Position) -> Moment {
        let commit = if position == Position(0) { None } else { self.commit_of(position) };
        let of = |commit: Recorded| Moment { position: commit.last(), at: commit.at() };
        commit.map_or(Moment { position, at: Timestamp::UNIX_EPOCH }, of)
    }

    /// The end of the commit that holds this position (itself where none does).
    pub fn commit_end(&self, position: Position) -> Position {
        self.moment(position).position
    }

    /// The end of the commit before the one that holds this position; none before the empty log.
    pub fn before(&self, position: Position) -> Option<Position> {
        let commit = self.number_of(position);
        let before = |commit: u32| self.commits.get(commit).map_or(Position(0), |commit| commit.last());
        (position != Position(0)).then(|| commit.checked_sub(1).map_or(Position(0), before))
    }

    /// When this position was recorded.
    pub fn recorded_at(&self, position: Position) -> Option<Timestamp> {
        if position == Position(0) { None } else { self.commit_of(position).map(Recorded::at) }
    }

    /// Who made the commit that holds this position, as a number.
    pub(crate) fn author(&self, position: Position) -> Option<u32> {
        if position == Position(0) { None } else { self.commit_of(position).map(|commit| commit.by) }
    }

    /// The last position recorded at or before this instant.
    pub fn position_at(&self, at: Timestamp) -> Position {
        let commits = self.commits.partition_point(|commit| commit.at() <= at);
        commits.checked_sub(1).and_then(|last| self.commits.get(last)).map_or(Position(0), |commit| commit.last())
    }

    /// The first position of the commit recorded at exactly this instant.
    pub fn first_at(&self, at: Timestamp) -> Option<Position> {
        let number = self.commits.partition_point(|commit| commit.at() < at);
        self.commits.get(number).filter(|commit| commit.at() == at)?;
        let before = number.checked_sub(1).and_then(|before| self.commits.get(before));
        Some(Position(before.map_or(Position(0), |before| before.last()).0.saturating_add(1)))
    }

    fn commit_of(&self, position: Position) -> Option<Recorded> {
        ask();
        self.commits.get(self.number_of(position)).copied()
    }

    /// Has the memory on its way that says which commits may hold this position.
    pub(crate) fn ahead(&self, position: Position) {
        let holding = place_of(position).and_then(|place| self.holding.get(u32::try_from(place).ok()?));
        holding.into_iter().for_each(|number| prefetch_index(slice::from_ref(number), 0));
    }

    /// The same of those commits.
    pub(crate) fn fetch(&self, position: Position) {
        for commit in self.around(position).step_by(COMMITS_A_LINE).filter_map(|number| self.commits.get(number)) {
            prefetch_index(slice::from_ref(commit), 0);
        }
    }

    /// The commits up to the one that holds this position, from one that may.
    fn around(&self, position: Position) -> Range<u32> {
        let Some(place) = place_of(position) else { return 0..0 };
        let holding = |place: u64| self.holding.get(u32::try_from(place).ok()?).copied();
        holding(place).unwrap_or(self.commits.len())..holding(place + 1).unwrap_or(self.commits.len())
    }

    /// The number of the commit that holds this position; behind the log, how many there are.
    fn number_of(&self, position: Position) -> u32 {
        // Each step is to another line of memory: all are on their way before the first.
        self.fetch(position);
        let Range { start: mut low, end: mut high } = self.around(position);
        while low < high {
            let middle = low + (high - low) / 2;
            let is_before = self.commits.get(middle).is_some_and(|commit| commit.last() < position);
            (low, high) = if is_before { (middle + 1, high) } else { (low, middle) };
        }
        low
    }
}

/// Where it is said which commit holds it.
fn place_of(position: Position) -> Option<u64> {
    position.0.checked_sub(1).map(|before| before / POSITIONS_AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn second(s: i64) -> Timestamp {
        DateTime::from_timestamp(s, 0).expect("a second")
    }

    #[test]
    fn nobody_sees_half_a_commit() {
        let mut timeline = Timeline::default();
        assert_eq!((timeline.head(), timeline.newest()), (Position(0), None));
        timeline.push(Position(2), second(10), 0);
        timeline.push(Position(3), second(20), 1);
        timeline.push(Position(6), second(30), 0);
        let authors = [0, 1, 2, 3, 4, 7].map(|position| timeline.author(Position(position)));
        assert_eq!(authors, [None, Some(0), Some(0), Some(1), Some(0), None]);
        assert_eq!((timeline.head(), timeline.newest()), (Position(6), Some(second(30))));
        let ends = [0, 1, 2, 3, 4, 6, 7].map(|position| timeline.commit_end(Position(position)).0);
        assert_eq!(ends, [0, 2, 2, 3, 6, 6, 7]);
        let moments = [0, 1, 3, 5, 7].map(|position| timeline.moment(Position(position)).at.timestamp());
        assert_eq!(moments, [0, 10, 20, 30, 0]);
        let before = [0, 1, 2, 3, 4, 6, 7].map(|position| timeline.before(Position(position)).map(|before| before.0));
        assert_eq!(before, [None, Some(0), Some(0), Some(2), Some(3), Some(3), Some(6)]);
        let times = [0, 1, 3, 5, 7].map(|position| timeline.recorded_at(Position(position)));
        assert_eq!(times, [None, Some(second(10)), Some(second(20)), Some(second(30)), None]);
        let positions = [9, 10, 19, 20, 29, 99].map(|at| timeline.position_at(second(at)).0);
        assert_eq!(positions, [0, 2, 2, 3, 3, 6]);
        let firsts = [9, 10, 15, 20, 30, 31].map(|at| timeline.first_at(second(at)).map(|first| first.0));
        assert_eq!(firsts, [None, Some(1), None, Some(3), Some(4), None]);
    }

    #[test]
    fn every_position_is_found_in_its_commit() {
        let mut timeline = Timeline::default();
        let mut ends = vec![];
        for commit in 0..3_000_u32 {
            // Many small ones, and some that are longer than what is looked up at once.
            let events = if commit % 97 == 0 { 40 + u64::from(commit) % 90 } else { 1 + u64::from(commit) % 3 };
            let last = Position(timeline.head().0 + events);
            timeline.push(last, second(commit.into()), commit);
            ends.extend((0..events).map(|_| (last, commit)));
        }
        for (position, (end, commit)) in (1..).map(Position).zip(&ends) {
            assert_eq!((timeline.commit_end(position), timeline.author(position)), (*end, Some(*commit)));
            let before = timeline.before(position).expect("a position");
            assert!(
                before < position
                    && timeline.commit_end(before) == before
                    && timeline.commit_end(Position(before.0 + 1)) == *end
            );
        }
        let behind = Position(timeline.head().0 + 1);
        assert_eq!((timeline.author(behind), timeline.before(behind)), (None, Some(timeline.head())));
    }
}
