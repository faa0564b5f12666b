//! Proving that a snapshot equals what the log folds to, while the log is folded: at its position each record in the file is
//! held against what the state gives there. Nothing of a snapshot is kept in memory but one record.

use crate::{
    idempotency::is_forgotten,
    replay::Replay,
    snapshot::{Header, SnapshotFileError, SnapshotFolder, record},
};
use procura_domain::{state::SnapshotCursor, temporal::Timestamp};
use procura_eventlog::Stored;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{BufReader, ErrorKind},
    path::{Path, PathBuf},
};

/// The snapshots of a log that is being folded.
#[derive(Default)]
pub struct SnapshotProofs {
    /// Those whose position was not reached yet, the lowest last.
    waiting: Vec<Waiting>,
    /// With when the newest idempotency key was used that is not in it.
    compared: Vec<(SnapshotFinding, Option<Timestamp>)>,
}

struct Waiting {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
}

/// What was found out about a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFinding {
    /// Its file.
    pub path: PathBuf,
    /// What it is.
    #[serde(flatten)]
    pub found: SnapshotFound,
}

/// What a snapshot is beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum SnapshotFound {
    /// What the log folds to at that position.
    Equal {
        /// The position of the last event in it.
        position: u64,
    },
    /// Something else, or damaged.
    Different {
        /// How that shows.
        problem: String,
    },
    /// Of another version or another log, or of a log before its upgrade: no start goes on from it.
    PassedOver {
        /// Why.
        problem: String,
    },
}

impl SnapshotProofs {
    /// Opens these files of a log that is about to be folded from its beginning. A file that is gone by now was replaced by
    /// a newer one.
    pub async fn open(files: &[PathBuf], folder: &SnapshotFolder, log: &Stored) -> Self {
        let mut proofs = Self::default();
        for path in files {
            match waiting(path, folder, log).await {
                Ok(waiting) => proofs.waiting.push(waiting),
                Err(SnapshotFileError::File(error)) if error.kind() == ErrorKind::NotFound => {}
                Err(error @ (SnapshotFileError::Other(_) | SnapshotFileError::InsideFrame)) => {
                    proofs.found(path, SnapshotFound::PassedOver { problem: error.to_string() }, None);
                }
                Err(error) => proofs.found(path, different(&error), None),
            }
        }
        proofs.waiting.sort_by_key(|waiting| std::cmp::Reverse(waiting.header.position));
        proofs
    }

    /// Compares those of that position: the log is folded up to there, the end of a commit.
    pub fn reached(&mut self, position: u64, replay: &Replay) {
        while let Some(waiting) = self.waiting.pop_if(|waiting| waiting.header.position <= position) {
            let Waiting { path, file, header } = waiting;
            match compare(file, &header, replay) {
                Ok(missing) => self.found(&path, SnapshotFound::Equal { position: header.position }, missing),
                Err(error) => self.found(&path, different(&error), None),
            }
        }
    }

    /// What was found, newest first, where the newest event was recorded at that time: by then, idempotency keys that are not in a
    /// snapshot must be forgotten.
    #[must_use]
    pub fn finish(self, newest: Option<Timestamp>) -> Vec<SnapshotFinding> {
        let kept = |missing: Timestamp| newest.is_none_or(|newest| !is_forgotten(missing, newest));
        let compared = self.compared.into_iter().map(|(mut finding, missing)| {
            if missing.is_some_and(kept) {
                finding.found = different(&NotEqual::Keys);
            }
            finding
        });
        let mut findings: Vec<_> = compared.collect();
        findings.sort_by(|one, other| other.path.cmp(&one.path));
        findings
    }

    fn found(&mut self, path: &Path, found: SnapshotFound, missing: Option<Timestamp>) {
        self.compared.push((SnapshotFinding { path: path.to_owned(), found }, missing));
    }
}

/// How a snapshot does not equal the log.
#[derive(Debug, thiserror::Error)]
enum NotEqual {
    #[error(transparent)]
    File(#[from] SnapshotFileError),
    #[error("its record {0} is not what the log folds to")]
    Record(u64),
    #[error("it says that the event at its position was recorded at another time")]
    Time,
    #[error("it ends before all that the log folds to is in it")]
    Incomplete,
    #[error("it lacks idempotency keys that are in use")]
    Keys,
}

fn different(how: &impl ToString) -> SnapshotFound {
    SnapshotFound::Different { problem: how.to_string() }
}

async fn waiting(path: &Path, folder: &SnapshotFolder, log: &Stored) -> Result<Waiting, SnapshotFileError> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (header, tree) = folder.header(&mut file)?;
    match log.root_at(header.position).await? {
        Some(root) if root == tree.root() => {}
        None if header.position < log.last_position().await? => return Err(SnapshotFileError::InsideFrame),
        _ => return Err(SnapshotFileError::OtherHistory),
    }
    Ok(Waiting { path: path.to_owned(), file, header })
}

/// Whether the file holds what was folded. Gives when the newest idempotency key was used that is not in it.
fn compare(mut file: BufReader<File>, header: &Header, replay: &Replay) -> Result<Option<Timestamp>, NotEqual> {
    let (state, mut keys) = (&replay.state, replay.keys.compare());
    if state.timeline.newest() != Some(header.recorded_at) {
        return Err(NotEqual::Time);
    }
    let (marks, mut cursor) = (state.snapshot_marks(), SnapshotCursor::default());
    let (mut records, mut bytes) = (0_u64, Vec::new());
    loop {
        let is_equal = match record(&mut file, &mut bytes)? {
            b'S' => state.snapshot_piece(&marks, &mut cursor).is_some_and(|piece| piece == bytes),
            b'K' => keys.holds(&bytes),
            b'E' if bytes == records.to_be_bytes() => break,
            _ => return Err(SnapshotFileError::Damaged.into()),
        };
        records += 1;
        if !is_equal {
            return Err(NotEqual::Record(records));
        }
    }
    match state.snapshot_piece(&marks, &mut cursor) {
        Some(_) => Err(NotEqual::Incomplete),
        None => Ok(keys.finish()),
    }
}
