//! Snapshots: what the log folds to at a position, in a file of its own, so that a start reads that and the log behind it.
//!
//! A snapshot is derived: whatever is wrong with one, the log is read from its beginning instead. It is written by a thread
//! of its own while commands go on, in pieces that hold up nobody, and counts once it has its name.
//!
//! A file is a line of JSON, which says of what it is, and records: a letter, the length and the CRC-32 of what follows in
//! four bytes each, the highest first, and that. `S`: a piece of the state. `K`: idempotency keys. `E`: the end, with how
//! many records there were.

use crate::{
    idempotency::Keys,
    sync::{Mutex, RwLock},
};
use chrono::{DateTime, SecondsFormat, Utc};
use procura_domain::{
    rule::RULES_VERSION,
    state::{
        LoadedHalf, SNAPSHOT_VERSION, SnapshotCursor, SnapshotError, SnapshotHalf, SnapshotLoader, SnapshotMarks, State,
    },
    temporal::{Position, Timestamp},
};
use procura_eventlog::{StoreError, Stored, Tree};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, mpsc::sync_channel},
    thread,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The folder of a data directory in which they are kept.
pub const SNAPSHOTS_FOLDER: &str = "snapshots";
/// After how many events the next one is begun.
const SNAPSHOT_EVENTS: u64 = 200_000;
/// How many are kept.
const GENERATIONS: usize = 2;
/// After how many bytes the file is synced: more at once would hold up the log's own syncs.
const SYNC_BYTES: usize = 8 << 20;
/// How fast a snapshot is written, in bytes a second, while commands go on.
const WRITE_BYTES_PER_SECOND: f64 = 60e6;
/// The longest record: a row is written whole, however long it is.
const RECORD_BYTES_MAX: u32 = 1 << 30;
/// The length of most: a piece of the state, and a row more.
const RECORD_BYTES_USUAL: usize = 320 << 10;
/// What is read of the file at once, where records are passed over.
const BUFFER_BYTES: usize = 64 << 10;
/// How many records wait to be taken in.
const RECORDS_WAITING_MAX: usize = 4;
/// The longest first line.
const HEADER_BYTES_MAX: u64 = 16 << 10;
const FORMAT: u32 = 1;
const ENDING: &str = ".snapshot";
/// One that is being written. There is one such name, so that processes that were killed leave no more than one.
const UNFINISHED: &str = "unfinished";

/// Of what a snapshot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Header {
    format: u32,
    /// The version of the state's pieces, and of the rules.
    state: u32,
    rules: String,
    log: Uuid,
    /// Everything up to there is in it.
    pub(crate) position: u64,
    pub(crate) recorded_at: DateTime<Utc>,
    /// The Merkle root over that.
    root: String,
    /// The roots of the complete subtrees that it is made of, the largest first.
    edge: Vec<String>,
}

/// Where the snapshots of a log are.
#[derive(Debug, Clone)]
pub struct SnapshotFolder {
    folder: PathBuf,
    log: Uuid,
    /// After how many events the next one is begun.
    every: u64,
    /// The newest one, on its way.
    ahead: ReadAhead,
}

/// A snapshot that is read by a thread of its own, with its file.
type ReadAhead = Arc<std::sync::Mutex<Option<thread::JoinHandle<Option<(PathBuf, SnapshotResult)>>>>>;
type SnapshotResult = Result<Snapshot, SnapshotFileError>;

/// What a log folds to at a position.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: State,
    pub(crate) keys: Keys,
    /// The tree over everything up to there.
    pub(crate) tree: Tree,
    pub(crate) recorded_at: Timestamp,
}

impl Snapshot {
    /// The same, if it was made of this log.
    async fn of_log(self, log: &Stored) -> SnapshotResult {
        let is_of_it = log.has_root(self.tree.size(), self.tree.root()).await?;
        if is_of_it { Ok(self) } else { Err(SnapshotFileError::OtherHistory) }
    }
}

/// A snapshot that is about to be written.
pub(crate) struct SnapshotRequest {
    pub(crate) marks: SnapshotMarks,
    /// The tree over everything up to there.
    pub(crate) tree: Tree,
    pub(crate) recorded_at: Timestamp,
}

/// Why a snapshot is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotFileError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error("its first line is not what one begins with")]
    Header,
    /// Written by another version, or for another log.
    #[error("it is of another {0}")]
    Other(&'static str),
    #[error("a record of it is damaged")]
    Damaged,
    #[error(transparent)]
    State(#[from] SnapshotError),
    #[error(transparent)]
    Log(#[from] StoreError),
    /// An upgrade puts frames together.
    #[error("no frame of the log ends at its position")]
    InsideFrame,
    #[error("the log at its position is not the one that it was made of")]
    OtherHistory,
}

impl SnapshotFolder {
    /// That of a log, in its data directory.
    #[must_use]
    pub fn of(data: &Path, log: Uuid) -> Self {
        Self { folder: data.join(SNAPSHOTS_FOLDER), log, every: SNAPSHOT_EVENTS, ahead: ReadAhead::default() }
    }

    /// The same, where the next one is begun after so many events.
    #[must_use]
    pub fn every(self, events: u64) -> Self {
        Self { every: events, ..self }
    }

    /// Whether one at `position` is due to be followed by the next at `head`.
    pub(crate) fn is_due(&self, position: u64, head: u64) -> bool {
        head.saturating_sub(position) >= self.every
    }

    /// Whether a start with one at `position` would have more to read than one should, where the log ends at `head`: 250,000
    /// events, if the next one is begun after 200,000.
    pub(crate) fn is_old(&self, position: u64, head: u64) -> bool {
        head.saturating_sub(position) > self.every.saturating_add(self.every / 4)
    }

    /// Begins to read the newest one, while the log itself is made ready to be read.
    #[must_use]
    pub fn read_ahead(self) -> Self {
        let folder = self.clone();
        let reading = thread::spawn(move || {
            let path = folder.files().into_iter().next()?;
            let snapshot = folder.read(&path);
            Some((path, snapshot))
        });
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
        self
    }

    /// The one that was read ahead, with its file.
    fn ahead(&self) -> Option<(PathBuf, SnapshotResult)> {
        let reading = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        reading.join().ok().flatten()
    }

    /// The snapshots, newest first.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
        // Their names are their positions, with as many digits.
        files.sort_unstable();
        files.reverse();
        files
    }

    /// The newest one that is whole and was made of this log.
    pub(crate) async fn newest(&self, log: &Stored) -> Option<Snapshot> {
        let mut ahead = self.ahead();
        for path in self.files() {
            let read = match ahead.take().filter(|(found, _)| *found == path) {
                Some((_, snapshot)) => snapshot,
                None => self.read(&path),
            };
            let sound = match read {
                Ok(snapshot) => snapshot.of_log(log).await,
                Err(error) => Err(error),
            };
            match sound {
                Ok(snapshot) => return Some(snapshot),
                Err(error) => tracing::warn!(path = %path.display(), %error, "snapshot passed over"),
            }
        }
        None
    }

    fn read(&self, path: &Path) -> SnapshotResult {
        let half = |half| self.read_half(path, half);
        let (things, relations) = thread::scope(|scope| {
            let things = scope.spawn(|| half(SnapshotHalf::Things));
            let relations = half(SnapshotHalf::Relations);
            (things.join().unwrap_or(Err(SnapshotFileError::Damaged)), relations)
        });
        let Half { header, tree, keys, loaded } = relations?;
        let state = loaded.join(things?.loaded)?;
        if state.timeline.head() != Position(header.position) || state.timeline.newest() != Some(header.recorded_at) {
            return Err(SnapshotFileError::Damaged);
        }
        Ok(Snapshot { state, keys, tree, recorded_at: header.recorded_at })
    }

    /// Reads half of the state, and with the relations the keys.
    fn read_half(&self, path: &Path, half: SnapshotHalf) -> Result<Half, SnapshotFileError> {
        let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
        let (header, tree) = self.header(&mut file)?;
        let (mut loader, mut keys) = (SnapshotLoader::of(half), Keys::default());
        for record in records_beside(file, half) {
            let Record { number, kind, bytes } = record?;
            match kind {
                b'S' => loader.piece(&bytes)?,
                b'K' => keys.load(&bytes).ok_or(SnapshotFileError::Damaged)?,
                b'E' if bytes == number.to_be_bytes() => {
                    return Ok(Half { header, tree, keys, loaded: loader.end()? });
                }
                _ => break,
            }
        }
        Err(SnapshotFileError::Damaged)
    }

    pub(crate) fn header(&self, file: &mut impl io::BufRead) -> Result<(Header, Tree), SnapshotFileError> {
        let mut line = Vec::new();
        file.take(HEADER_BYTES_MAX).read_until(b'\n', &mut line)?;
        let header: Header = serde_json::from_slice(&line).map_err(|_| SnapshotFileError::Header)?;
        let other = [
            (header.format != FORMAT, "format"),
            (header.state != SNAPSHOT_VERSION, "version of the state"),
            (header.rules != RULES_VERSION, "version of the rules"),
            (header.log != self.log, "log"),
        ];
        if let Some((_, what)) = other.iter().find(|(is_other, _)| *is_other) {
            return Err(SnapshotFileError::Other(what));
        }
        let edge: Option<Vec<_>> = header.edge.iter().map(|hash| hash_of(hash)).collect();
        let tree = edge.and_then(|edge| Tree::resumed(header.position, &edge));
        let tree = tree.filter(|tree| Some(tree.root()) == hash_of(&header.root)).ok_or(SnapshotFileError::Header)?;
        Ok((header, tree))
    }

    /// Writes one while the state goes on. Returns false if it was told to stop before it was done. What is not whole takes no
    /// room afterwards.
    pub(crate) fn write(
        &self,
        request: &SnapshotRequest,
        state: &RwLock<State>,
        keys: &Mutex<Keys>,
        pace: impl Fn() -> Pace,
    ) -> io::Result<bool> {
        let position = request.marks.position();
        fs::create_dir_all(&self.folder)?;
        let unfinished = self.folder.join(UNFINISHED);
        let is_whole = Paced::create(&unfinished, pace).and_then(|file| self.write_to(file, request, state, keys));
        if !matches!(is_whole, Ok(true)) {
            fs::remove_file(&unfinished)?;
            return is_whole;
        }
        fs::rename(&unfinished, self.folder.join(format!("{position:020}{ENDING}")))?;
        File::open(&self.folder)?.sync_all()?;
        for old in self.files().iter().skip(GENERATIONS) {
            fs::remove_file(old)?;
        }
        let at = request.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        tracing::info!(%position, recorded_at = at, "snapshot written");
        Ok(true)
    }

    fn write_to(
        &self,
        mut file: Paced<impl Fn() -> Pace>,
        request: &SnapshotRequest,
        state: &RwLock<State>,
        keys: &Mutex<Keys>,
    ) -> io::Result<bool> {
        let position = request.marks.position();
        let header = Header {
            format: FORMAT,
            state: SNAPSHOT_VERSION,
            rules: RULES_VERSION.to_owned(),
            log: self.log,
            position: position.0,
            recorded_at: request.recorded_at,
            root: hex::encode(request.tree.root()),
            edge: request.tree.edge().iter().map(hex::encode).collect(),
        };
        file.add(&serde_json::to_vec(&header)?)?;
        file.add(b"\n")?;
        let (mut cursor, mut records) = (SnapshotCursor::default(), 0_u64);
        loop {
            // The state is looked at for one piece, and not held while that is written.
            let piece = state.read().snapshot_piece(&request.marks, &mut cursor);
            let Some(piece) = piece else { break };
            file.record(b'S', &piece)?;
            records += 1;
            if file.is_to_stop() {
                return Ok(false);
            }
        }
        let mut after = Position(0);
        loop {
            let piece = keys.lock().save(&mut after, position);
            let Some(piece) = piece else { break };
            file.record(b'K', &piece)?;
            records += 1;
        }
        file.record(b'E', &records.to_be_bytes())?;
        file.finish()?;
        Ok(true)
    }
}

fn hash_of(hex: &str) -> Option<[u8; 32]> {
    hex::decode(hex).ok()?.try_into().ok()
}

/// Half of a snapshot.
struct Half {
    header: Header,
    tree: Tree,
    keys: Keys,
    loaded: LoadedHalf,
}

/// A record, and how many are before it.
struct Record {
    number: u64,
    kind: u8,
    bytes: Vec<u8>,
}

/// The records of a half from there on, read and checked by a thread of its own while those before are taken in; after the
/// first error there are no more. They end with the file, which is an error.
fn records_beside(
    mut file: BufReader<File>,
    half: SnapshotHalf,
) -> impl Iterator<Item = Result<Record, SnapshotFileError>> {
    let (read, records) = sync_channel(RECORDS_WAITING_MAX);
    thread::spawn(move || {
        for number in 0.. {
            let record = record_of(&mut file, half).transpose();
            let Some(record) = record else { continue };
            let failed = record.is_err();
            let record = record.map(|(kind, bytes)| Record { number, kind, bytes });
            if read.send(record).is_err() || failed {
                return;
            }
        }
    });
    records.into_iter()
}

/// The next record, if it is of that half.
fn record_of(file: &mut BufReader<File>, half: SnapshotHalf) -> Result<Option<(u8, Vec<u8>)>, SnapshotFileError> {
    let head = RecordHead::read(file)?;
    let is_of_half = match head.kind {
        b'S' => file.fill_buf()?.first().is_none_or(|first| half.has(*first)),
        b'K' => half == SnapshotHalf::Relations,
        _ => true,
    };
    if is_of_half {
        let mut bytes = Vec::new();
        head.content(file, &mut bytes)?;
        return Ok(Some((head.kind, bytes)));
    }
    file.seek_relative(head.length.into())?;
    Ok(None)
}

/// Reads the next record, and gives its letter.
pub(crate) fn record(file: &mut impl io::Read, bytes: &mut Vec<u8>) -> Result<u8, SnapshotFileError> {
    let head = RecordHead::read(file)?;
    head.content(file, bytes)?;
    Ok(head.kind)
}

/// What a record begins with.
struct RecordHead {
    kind: u8,
    length: u32,
    checksum: u32,
}

impl RecordHead {
    fn read(file: &mut impl io::Read) -> Result<Self, SnapshotFileError> {
        let mut head = [0; 9];
        file.read_exact(&mut head)?;
        let [kind, l0, l1, l2, l3, c0, c1, c2, c3] = head;
        let (length, checksum) = (u32::from_be_bytes([l0, l1, l2, l3]), u32::from_be_bytes([c0, c1, c2, c3]));
        if length > RECORD_BYTES_MAX { Err(SnapshotFileError::Damaged) } else { Ok(Self { kind, length, checksum }) }
    }

    fn content(&self, file: &mut impl io::Read, bytes: &mut Vec<u8>) -> Result<(), SnapshotFileError> {
        bytes.clear();
        // Most have about that length. Of a longer one as much memory as there are bytes, whatever the length says.
        bytes.reserve((self.length as usize).min(RECORD_BYTES_USUAL));
        file.take(self.length.into()).read_to_end(bytes)?;
        let is_whole = bytes.len() as u64 == u64::from(self.length) && crc32fast::hash(bytes) == self.checksum;
        if is_whole { Ok(()) } else { Err(SnapshotFileError::Damaged) }
    }
}

/// How a snapshot is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Commands go on beside it.
    Slowly,
    /// Nobody is served any more.
    AtOnce,
    /// It is not wanted any more.
    Stop,
}

/// A file that is written no faster than others can bear.
struct Paced<P> {
    file: File,
    waiting: Vec<u8>,
    pace: P,
    since: Instant,
}

impl<P: Fn() -> Pace> Paced<P> {
    fn create(path: &Path, pace: P) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Self { file, waiting: Vec::with_capacity(SYNC_BYTES), pace, since: Instant::now() })
    }

    fn is_to_stop(&self) -> bool {
        (self.pace)() == Pace::Stop
    }

    fn record(&mut self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.add(&[kind])?;
        self.add(&length.to_be_bytes())?;
        self.add(&crc32fast::hash(bytes).to_be_bytes())?;
        self.add(bytes)
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= SYNC_BYTES { self.sync() } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.write_all(&self.waiting)?;
        self.file.sync_data()?;
        let due = Duration::from_secs_f64(self.waiting.len() as f64 / WRITE_BYTES_PER_SECOND);
        self.waiting.clear();
        if (self.pace)() == Pace::Slowly {
            thread::sleep(due.saturating_sub(self.since.elapsed()));
        }
        self.since = Instant::now();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.sync()?;
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// Writes a snapshot of an empty state into a folder where one was left unfinished, and gives what is there then.
    fn written(leave: impl Fn(&Path), pace: Pace) -> (Option<bool>, Vec<String>) {
        let data = TempDir::new().unwrap();
        let folder = SnapshotFolder::of(data.path(), Uuid::nil());
        fs::create_dir_all(&folder.folder).unwrap();
        leave(&folder.folder.join(UNFINISHED));
        let (state, keys) = (State::default(), Keys::default());
        let (marks, recorded_at) = (state.snapshot_marks(), Timestamp::UNIX_EPOCH);
        let request = SnapshotRequest { marks, tree: Tree::new(), recorded_at };
        let is_whole = folder.write(&request, &RwLock::new(state), &Mutex::new(keys), || pace).ok();
        let there = fs::read_dir(&folder.folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        (is_whole, there.collect())
    }

    #[test]
    fn what_is_not_whole_takes_no_room() {
        shuttle::check_random(not_whole, 1);
    }

    fn not_whole() {
        let junk = |path: &Path| fs::write(path, "of a process that was killed").unwrap();
        let whole = vec![format!("{:020}{ENDING}", 0)];
        assert_eq!(written(junk, Pace::AtOnce), (Some(true), whole));
        assert_eq!(written(junk, Pace::Stop), (Some(false), vec![]));
        // A disk that is full.
        let full = |path: &Path| std::os::unix::fs::symlink("/dev/full", path).unwrap();
        assert_eq!(written(full, Pace::AtOnce), (None, vec![]));
    }
}
