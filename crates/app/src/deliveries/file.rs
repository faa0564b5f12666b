//! The file beside the log that says how far consumers and webhooks have come: a line of JSON for each. It is written whole,
//! under another name, and named when it is on stable storage.

use super::queue::Queue;
use procura_domain::{state::State, temporal::Position, text::FeedName, vocabulary::User};
use procura_eventlog::Cursor;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Its name in the data directory.
pub const DELIVERIES_FILE: &str = "deliveries";
const FORMAT: u32 = 1;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeliveriesError {
    #[error("could not read {}: {source}; check the permissions and the disk", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("could not write {}: {source}; check the disk, its free space and the permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} was written by a newer Procura: use that version or a newer one", path.display())]
    Newer { path: PathBuf },
    #[error(
        "{}, line {line}, which says how far consumers and webhooks have come, is damaged: {problem}; put back the file from a \
         backup, or move it away: each then begins anew where it was made to begin", path.display()
    )]
    Damaged { path: PathBuf, line: usize, problem: String },
}

/// What a consumer or webhook is known by here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Consumer,
    Webhook,
}

/// Which one: of whom, and made where. One that was deleted and made again is another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Which {
    pub(crate) kind: Kind,
    #[serde(flatten)]
    pub(crate) owner: User,
    pub(crate) name: FeedName,
}

impl Which {
    /// Where it was made, if it is there now.
    pub(crate) fn made(&self, state: &State) -> Option<u64> {
        let newest = Position(u64::MAX);
        let Self { kind, owner, name } = self;
        let made = match kind {
            Kind::Consumer => state.consumer(*owner, name, newest).map(|period| period.value.made),
            Kind::Webhook => state.webhook(*owner, name, newest).map(|period| period.value.made),
        };
        made.map(|made| made.0)
    }
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    #[serde(flatten)]
    pub(crate) which: Which,
    /// Where it was made.
    pub(crate) made: u64,
    /// The epoch of what it has reached.
    pub(crate) epoch: u64,
    pub(crate) queue: Queue,
}

impl Line {
    pub(crate) fn reached(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.queue.reached }
    }
}

/// Its first line.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
}

/// The lines as they are written.
pub(crate) fn write<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(&Head { format: FORMAT })?;
    bytes.push(b'\n');
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Reads the file; there is none before anything was delivered.
///
/// # Errors
/// [`DeliveriesError`] names the line that is not as it was written.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>, DeliveriesError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(source) => return Err(DeliveriesError::Read { path: path.to_owned(), source }),
    };
    let damaged = |line: usize, problem: &dyn std::fmt::Display| DeliveriesError::Damaged {
        path: path.to_owned(),
        line,
        problem: problem.to_string(),
    };
    let mut lines = text.lines().zip(1..);
    let head = lines.next().ok_or_else(|| damaged(1, &"it is empty"))?.0;
    let Head { format } = serde_json::from_str(head).map_err(|error| damaged(1, &error))?;
    match format {
        FORMAT => {}
        newer if newer > FORMAT => return Err(DeliveriesError::Newer { path: path.to_owned() }),
        _ => return Err(damaged(1, &"it has no such format")),
    }
    if !text.ends_with('\n') {
        return Err(damaged(text.lines().count(), &"it is cut off"));
    }
    lines.map(|(line, number)| serde_json::from_str(line).map_err(|error| damaged(number, &error))).collect()
}

/// Puts these bytes in the file's place, durably: either the old ones are there, or the new.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), DeliveriesError> {
    let at = |source| DeliveriesError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".deliveries").tempfile_in(folder).map_err(at)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(at)?;
    file.persist(path).map_err(|error| at(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at)
}
