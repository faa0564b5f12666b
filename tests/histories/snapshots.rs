//! A snapshot is what the state was at its position, whenever it is written, and goes on from there as the state did.

use procura_domain::state::{
    Committed, LoadedHalf, SnapshotCursor, SnapshotError, SnapshotHalf, SnapshotLoader, SnapshotMarks, State,
};

/// A state on its way, and snapshots of what it was.
#[derive(Default)]
pub(crate) struct Snapshots {
    commits: Vec<Committed>,
    taken: Vec<Taken>,
}

struct Taken {
    marks: SnapshotMarks,
    pieces: Vec<Vec<u8>>,
    /// How many commits are in it.
    commits: usize,
}

fn pieces(state: &State, marks: &SnapshotMarks) -> Vec<Vec<u8>> {
    let mut cursor = SnapshotCursor::default();
    std::iter::from_fn(|| state.snapshot_piece(marks, &mut cursor)).collect()
}

impl Snapshots {
    /// What the state has taken in.
    pub(crate) fn folded(&mut self, commit: Committed) {
        self.commits.push(commit);
    }

    /// Takes one of the state as it is now.
    pub(crate) fn take(&mut self, state: &State) {
        let marks = state.snapshot_marks();
        let pieces = pieces(state, &marks);
        self.taken.push(Taken { marks, pieces, commits: self.commits.len() });
    }

    /// Compares them all with the state as it has become since, and gives the one that came from the first of them.
    pub(crate) fn compare(self, state: State) -> Result<State, String> {
        let mut first = None;
        for Taken { marks, pieces: written, commits } in self.taken {
            let at = marks.position();
            if pieces(&state, &marks) != written {
                return Err(format!("the snapshot at {at} is another when it is written later"));
            }
            let mut loaded = read(&written).map_err(|error| format!("the snapshot at {at} cannot be read: {error}"))?;
            if pieces(&loaded, &loaded.snapshot_marks()) != written {
                return Err(format!("the snapshot at {at} is read as another"));
            }
            for commit in self.commits.get(commits..).unwrap_or_default() {
                loaded.fold(commit).map_err(|error| format!("after the snapshot at {at}: {error}"))?;
            }
            if pieces(&loaded, &loaded.snapshot_marks()) != pieces(&state, &state.snapshot_marks()) {
                return Err(format!("what follows the snapshot at {at} makes another state"));
            }
            first.get_or_insert(loaded);
        }
        Ok(first.unwrap_or(state))
    }
}

/// The state that was written.
fn read(pieces: &[Vec<u8>]) -> Result<State, SnapshotError> {
    let half = |half: SnapshotHalf| -> Result<LoadedHalf, SnapshotError> {
        let mut loader = SnapshotLoader::of(half);
        pieces.iter().filter(|piece| half.has(piece[0])).try_for_each(|piece| loader.piece(piece))?;
        loader.end()
    };
    half(SnapshotHalf::Things)?.join(half(SnapshotHalf::Relations)?)
}
