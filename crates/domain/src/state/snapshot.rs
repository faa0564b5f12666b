//! A state in bytes, as it was at the end of a commit, so that a start need not fold what came before.
//!
//! It is written piece by piece while the state goes on: rows are never taken away, and everything in them says since when,
//! so what the state was is what it is now without what came later. What follows from the rows (indexes, and what counts
//! only now) is not written; it is made again when they are read.
//!
//! Absent: files, checksums, and whether a snapshot belongs to a log.

mod derived;
mod small;

use super::State;
use crate::{
    store::{
        indexing::Indexing,
        saved::{Loading, Malformed, Saving},
        sections::Section,
    },
    temporal::Position,
};

/// The version of what is written, and of how it is cut into pieces. A snapshot of another version is of no use: the log is folded instead.
pub const SNAPSHOT_VERSION: u32 = 3;
/// About how large a piece is; one row, whatever its size, at least.
const PIECE_BYTES: usize = 256 << 10;
/// How many commits or texts are written before the size of a piece is looked at again; other rows may be long.
const ROWS_AT_ONCE: u32 = 64;

/// The end of a commit, and how many rows there were of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotMarks {
    at: Position,
    /// In the order of the parts.
    rows: [u32; PARTS],
}

/// The parts of a snapshot: the commits, the sections, and the rest as one row.
const PARTS: usize = Section::ALL.len() + 2;

#[derive(Clone, Copy)]
enum Part {
    Commits,
    Section(Section),
    Small,
}

fn part(number: usize) -> Option<Part> {
    match number.checked_sub(1) {
        None => Some(Part::Commits),
        Some(section) if section == Section::ALL.len() => Some(Part::Small),
        Some(section) => Section::ALL.get(section).map(|section| Part::Section(*section)),
    }
}

/// How far the writing or reading of a snapshot has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotCursor {
    part: usize,
    row: u32,
}

/// A snapshot that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("a part of it is not as it was written")]
    Malformed,
    #[error("its parts do not follow one another")]
    OutOfOrder,
    #[error("it ends before it is whole")]
    Incomplete,
}

impl From<Malformed> for SnapshotError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl SnapshotMarks {
    /// The position of the last event in it.
    pub fn position(&self) -> Position {
        self.at
    }
}

impl State {
    /// What there is now, at the end of a commit, to be [written](Self::snapshot_piece) while more is recorded.
    pub fn snapshot_marks(&self) -> SnapshotMarks {
        let mut rows = [0; PARTS];
        for (number, rows) in rows.iter_mut().enumerate() {
            *rows = match part(number) {
                Some(Part::Commits) => self.timeline.commits(),
                Some(Part::Section(section)) => self.store.rows(section),
                Some(Part::Small) | None => 1,
            };
        }
        SnapshotMarks { at: self.timeline.head(), rows }
    }

    /// Writes the next piece of what the state was at the marks; none if all is written.
    pub fn snapshot_piece(&self, marks: &SnapshotMarks, cursor: &mut SnapshotCursor) -> Option<Vec<u8>> {
        loop {
            let (part_number, first) = (cursor.part, cursor.row);
            let (part, all) = (part(part_number)?, *marks.rows.get(part_number)?);
            if first < all {
                let mut rows = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
                let at_once = match part {
                    Part::Commits | Part::Section(Section::Texts) => ROWS_AT_ONCE,
                    Part::Section(_) | Part::Small => 1,
                };
                let mut next = first;
                while next < all && rows.len() < PIECE_BYTES {
                    let until = all.min(next.saturating_add(at_once));
                    let mut to = Saving { to: &mut rows, at: marks.at };
                    match part {
                        Part::Commits => self.timeline.save(next..until, &mut to),
                        Part::Section(section) => self.store.save(section, next..until, &mut to),
                        Part::Small => self.save_small(&mut to),
                    }
                    next = until;
                }
                cursor.row = next;
                return Some(headed(part_number, first, next - first, &rows));
            }
            *cursor = SnapshotCursor { part: part_number + 1, row: 0 };
        }
    }
}

/// A piece: which part, from which row on, how many rows, and those.
fn headed(part: usize, first: u32, rows: u32, bytes: &[u8]) -> Vec<u8> {
    let mut piece = Vec::with_capacity(bytes.len() + 12);
    let mut to = Saving { to: &mut piece, at: Position(0) };
    [part as u64, first.into(), rows.into()].into_iter().for_each(|number| to.number(number));
    piece.extend_from_slice(bytes);
    piece
}

/// What a snapshot is read in: those parts use nothing of the other half's, and take about as long as they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotHalf {
    /// The commits, the texts and the devices.
    Things,
    /// Everything else.
    Relations,
}

impl SnapshotHalf {
    /// Whether a piece that begins with that byte is of this half. One of no part there is counts as of both, and neither takes it.
    pub fn has(self, first: u8) -> bool {
        part(first.into()).is_none_or(|part| self.has_part(part))
    }

    fn has_part(self, part: Part) -> bool {
        let is_thing = matches!(part, Part::Commits | Part::Section(Section::Texts | Section::Devices));
        (self == Self::Things) == is_thing
    }
}

/// Half of a state on its way out of a snapshot.
#[derive(Debug)]
pub struct SnapshotLoader {
    half: SnapshotHalf,
    state: State,
    next: SnapshotCursor,
    indexing: Vec<Indexing>,
}

impl SnapshotLoader {
    /// One that has taken in nothing yet.
    pub fn of(half: SnapshotHalf) -> Self {
        Self { half, state: State::default(), next: SnapshotCursor::default(), indexing: Vec::new() }
    }

    /// Takes in the next piece of its half, in the order in which they were written.
    ///
    /// # Errors
    /// [`SnapshotError`] where it is not what was written.
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), SnapshotError> {
        let mut from = Loading(piece);
        let (number, first, rows) = (from.small()? as usize, from.small()?, from.small()?);
        let follows =
            if number == self.next.part { first == self.next.row } else { number > self.next.part && first == 0 };
        let part = part(number).filter(|part| follows && self.half.has_part(*part));
        let Some(part) = part else { return Err(SnapshotError::OutOfOrder) };
        self.index(number);
        match part {
            Part::Commits => self.state.timeline.load(rows, &mut from)?,
            Part::Section(section) => self.state.store.load(section, rows, &mut from)?,
            Part::Small => self.state.load_small(&mut from)?,
        }
        self.next = SnapshotCursor { part: number, row: first.saturating_add(rows) };
        if from.0.is_empty() { Ok(()) } else { Err(SnapshotError::Malformed) }
    }

    /// There are no more pieces of its half.
    ///
    /// # Errors
    /// [`SnapshotError::Incomplete`] where one is missing that each snapshot ends with.
    pub fn end(mut self) -> Result<LoadedHalf, SnapshotError> {
        let last = SnapshotCursor { part: PARTS - 1, row: 1 };
        if self.half == SnapshotHalf::Relations && self.next != last {
            return Err(SnapshotError::Incomplete);
        }
        self.index(PARTS);
        let Self { half, state, indexing, .. } = self;
        Ok(LoadedHalf { half, state, indexing })
    }

    /// Has the rows found of which all were read before that part.
    fn index(&mut self, part_number: usize) {
        let half = self.half;
        for read in (self.next.part..part_number).filter_map(part).filter(|part| half.has_part(*part)) {
            match read {
                // The next ones are read with the tenants' ids.
                Part::Section(Section::Tenants) | Part::Commits | Part::Small => {}
                Part::Section(section) => {
                    self.indexing.push(self.state.store.index(section));
                    if section == Section::Pairs {
                        self.indexing.push(self.state.store.index(Section::Tenants));
                    }
                }
            }
        }
    }
}

/// Half of a state, all of whose pieces were taken in.
#[derive(Debug)]
pub struct LoadedHalf {
    half: SnapshotHalf,
    state: State,
    indexing: Vec<Indexing>,
}

impl LoadedHalf {
    /// The state, of both halves, with what follows from its rows.
    ///
    /// # Errors
    /// [`SnapshotError`] where rows do not fit one another, or it is the same half again.
    pub fn join(self, other: Self) -> Result<State, SnapshotError> {
        let (things, relations) = match (self.half, other.half) {
            (SnapshotHalf::Things, SnapshotHalf::Relations) => (self.indexed()?, other.indexed()?),
            (SnapshotHalf::Relations, SnapshotHalf::Things) => (other.indexed()?, self.indexed()?),
            _ => return Err(SnapshotError::Incomplete),
        };
        let mut state = State { timeline: things.timeline, ..relations };
        state.store.take_things(things.store);
        derived::derive(&mut state.store);
        Ok(state)
    }

    fn indexed(self) -> Result<State, SnapshotError> {
        let mut state = self.state;
        self.indexing.into_iter().try_for_each(|indexing| indexing.finish(&mut state.store))?;
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(half: SnapshotHalf, pieces: &[Vec<u8>]) -> Result<LoadedHalf, SnapshotError> {
        let mut loader = SnapshotLoader::of(half);
        pieces.iter().try_for_each(|piece| loader.piece(piece))?;
        loader.end()
    }

    #[test]
    fn a_state_is_both_of_its_halves() {
        use SnapshotHalf::{Relations, Things};
        let mut state = State::default();
        state.store.texts.keep("a serial number");
        state.store.keep_tenant(crate::id::TenantId::new(uuid::Uuid::max()));
        let (marks, mut cursor) = (state.snapshot_marks(), SnapshotCursor::default());
        let pieces: Vec<_> = std::iter::from_fn(|| state.snapshot_piece(&marks, &mut cursor)).collect();
        let (things, relations): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| Things.has(piece[0]));
        assert_eq!((things.len(), relations.len()), (1, 2), "texts; tenants and the rest");

        for (one, other) in [(Things, Relations), (Relations, Things)] {
            let of = |which| half(which, if which == Things { &things } else { &relations }).unwrap();
            assert_eq!(of(one).join(of(other)).unwrap().snapshot_marks(), marks);
            assert_eq!(of(one).join(of(one)).err(), Some(SnapshotError::Incomplete));
        }
        assert_eq!(half(Relations, &relations[..1]).err(), Some(SnapshotError::Incomplete));
        assert_eq!(half(Relations, &things).err(), Some(SnapshotError::OutOfOrder));
        assert_eq!(half(Things, &relations).err(), Some(SnapshotError::OutOfOrder));
    }
}
