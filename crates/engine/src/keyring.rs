//! The keys of data subjects, in one file beside the log. To destroy a key is to erase what was sealed under it.
//!
//! A new key is on stable storage before the frame that it seals something in. A key is destroyed where it stands, after
//! the frame that says so and before anybody is told; where a power cut came between, the next start does it. So the log
//! is the truth, and the file is checked against it: damaged and missing keys show there.

use crate::seal::{KEY_BYTES, SubjectKey};
use procura_domain::personal::DataSubject;
use procura_eventlog::private_file::write_new;
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The file's name in a data directory. It is the one file that a backup with keys takes besides the log.
pub const KEYS_FILE: &str = "keys";

const MAGIC: &[u8; 4] = b"PRCK";
const FORMAT: u16 = 1;
/// Header and records alike. It divides a sector, so that a power cut leaves each of them as it was or as it was to be.
const RECORD_BYTES: usize = 64;
/// Where the checksum of a header or a record stands: at its end.
const CHECKED_BYTES: usize = RECORD_BYTES - 4;
const BLANK: Record = [0; RECORD_BYTES];

type Record = [u8; RECORD_BYTES];

/// The keys of a log.
#[derive(Debug)]
pub struct Keyring {
    log_id: Uuid,
    path: Option<PathBuf>,
    /// None: not made yet. It is made with the first key.
    file: Option<File>,
    complete_from: u64,
    keys: HashMap<DataSubject, Kept>,
    /// The record after the last one, of the file and what is not saved yet.
    next: u64,
    unsaved: Zeroizing<Vec<u8>>,
    /// Records that hold nothing this version wrote.
    unreadable: Vec<u64>,
}

#[derive(Debug)]
struct Kept {
    record: u64,
    key: SubjectKey,
}

/// Why the keys could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("could not {doing} {}: {source}; check the disk, its free space and the permissions, then start again", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// The file does not begin as it should.
    #[error("the file {} is damaged, {cause}: put back the file that belongs to this log, from a backup made with its keys", path.display())]
    Damaged { path: PathBuf, cause: &'static str },
    #[error("the file {} has format {found}, which this build does not read. It was written by a newer Procura: use that version or a newer one", path.display())]
    Newer { path: PathBuf, found: u16 },
    #[error("{} can be read by others (mode {mode:04o}): run `chmod 600` on it, and treat the keys as compromised", path.display())]
    NotPrivate { path: PathBuf, mode: u32 },
    #[error("the file {} has the keys of log {found}, this is log {log_id}: put this log's own keys there", path.display())]
    OtherLog { path: PathBuf, found: Uuid, log_id: Uuid },
    /// Something is sealed, not erased, and has no key.
    #[error(
        "the event at position {position} has sealed personal data of {subject}, and {} has no key for it; \
         put back the file that belongs to this log, from a backup made with its keys", path.display()
    )]
    NoKey { position: u64, subject: DataSubject, path: PathBuf },
}

impl Keyring {
    /// Keys that are gone with the process, for tests.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            log_id: Uuid::nil(),
            path: None,
            file: None,
            complete_from: 0,
            keys: HashMap::new(),
            next: 1,
            unsaved: Zeroizing::default(),
            unreadable: Vec::new(),
        }
    }

    /// Opens the keys of that log. If there is no file, there are none yet: whether that can be, the log says.
    ///
    /// # Errors
    /// [`KeyringError`] where there is a file, and it is not the file of this log.
    pub fn open(path: &Path, log_id: Uuid) -> Result<Self, KeyringError> {
        let mut ring = Self { log_id, path: Some(path.to_owned()), ..Self::in_memory() };
        if let Some(mode) = fs::metadata(path).ok().map(|found| found.mode() & 0o7777).filter(|mode| mode & 0o077 != 0)
        {
            return Err(KeyringError::NotPrivate { path: path.to_owned(), mode });
        }
        let bytes = match fs::read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ring),
            Err(source) => return Err(ring.io("read", source)),
        };
        let (records, _torn) = bytes.as_chunks::<RECORD_BYTES>();
        let header = records.first().ok_or_else(|| ring.damaged("it ends before its header does"))?;
        ring.read_header(header)?;
        for (number, record) in (0..).zip(records).skip(1) {
            match read_record(record) {
                Found::Key(subject, key) => {
                    ring.next = number + 1;
                    ring.keys.insert(subject, Kept { record: number, key });
                }
                Found::Destroyed => ring.next = number + 1,
                Found::Blank => {}
                Found::Unreadable => ring.unreadable.push(number),
            }
        }
        let file = OpenOptions::new().read(true).write(true).open(path);
        ring.file = Some(file.map_err(|source| ring.io("open", source))?);
        // A process that was killed may have left what was read here on its way to the disk.
        ring.sync()?;
        Ok(ring)
    }

    /// Makes the file for a log whose keys were lost, or left out of the backup it comes from: what was sealed before the
    /// position `complete_from` may be without a key, and shows as unavailable.
    ///
    /// # Errors
    /// [`KeyringError::Io`], also where there is a file already.
    pub fn create(path: &Path, log_id: Uuid, complete_from: u64) -> Result<Self, KeyringError> {
        let mut ring = Self { log_id, path: Some(path.to_owned()), complete_from, ..Self::in_memory() };
        if path.exists() {
            return Err(ring.io("make", io::ErrorKind::AlreadyExists.into()));
        }
        ring.make(path)?;
        Ok(ring)
    }

    /// Has sealed events before `complete_from` be without a key, because keys are lost for good; those that are there
    /// stay. A file that cannot be read is put aside.
    ///
    /// # Errors
    /// [`KeyringError::Io`].
    pub fn accept_loss(path: &Path, log_id: Uuid, complete_from: u64) -> Result<(), KeyringError> {
        match Self::open(path, log_id) {
            Ok(mut ring) if ring.file.is_some() => {
                ring.complete_from = complete_from;
                ring.write(0, &ring.header())?;
                return ring.sync();
            }
            Err(error @ KeyringError::Io { .. }) => return Err(error),
            Ok(_) => {}
            Err(_) => {
                let aside = path.with_extension("damaged");
                fs::rename(path, &aside).map_err(|source| KeyringError::Io {
                    doing: "rename",
                    path: path.to_owned(),
                    source,
                })?;
            }
        }
        Self::create(path, log_id, complete_from).map(drop)
    }

    /// Copies the file, if there is one, with zeros for the keys: a log can be checked against it, and what is sealed in
    /// a copy of the log cannot be opened with it, wherever that copy is left.
    ///
    /// # Errors
    /// [`KeyringError::Io`].
    pub fn copy_without_keys(path: &Path, copy: &Path) -> Result<(), KeyringError> {
        let io = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| KeyringError::Io { doing, path, source }
        };
        if !path.exists() {
            return Ok(());
        }
        let mut bytes = Zeroizing::new(fs::read(path).map_err(io("read", path))?);
        let (records, torn) = bytes.as_chunks_mut::<RECORD_BYTES>();
        torn.fill(0);
        for bytes in records.iter_mut().skip(1) {
            match read_record(bytes) {
                Found::Key(subject, _) => *bytes = *record(State::Key, subject, &[0; KEY_BYTES]),
                Found::Unreadable => *bytes = BLANK,
                Found::Destroyed | Found::Blank => {}
            }
        }
        let mut private = OpenOptions::new();
        let opened = private.create(true).truncate(true).write(true).mode(0o600).open(copy);
        opened.and_then(|mut file| file.write_all(&bytes)).map_err(io("write", copy))
    }

    /// The bytes of the file; none if there is none yet.
    pub(crate) fn file_bytes(&self) -> Result<Option<Vec<u8>>, KeyringError> {
        let Some(path) = &self.path else { return Ok(None) };
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyringError::Io { doing: "read", path: path.clone(), source }),
        }
    }

    /// Whether there is any key.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether there is no file. Every start makes one, so it was lost, or this is the first.
    pub(crate) fn is_missing(&self) -> bool {
        self.path.is_some() && self.file.is_none()
    }

    /// Whether an event at that position may be without a key, or has one.
    pub(crate) fn covers(&self, position: u64, subject: DataSubject) -> bool {
        position < self.complete_from || self.keys.contains_key(&subject)
    }

    /// What to say of an event that is neither covered nor erased.
    pub(crate) fn no_key(&self, position: u64, subject: DataSubject) -> KeyringError {
        KeyringError::NoKey { position, subject, path: self.named() }
    }

    /// The subject's key, if it has one.
    pub(crate) fn key(&self, subject: DataSubject) -> Option<SubjectKey> {
        self.keys.get(&subject).map(|kept| kept.key.clone())
    }

    /// The subject's key; a new one from these bytes where it has none, which is to be saved before it is relied on.
    pub(crate) fn key_or(&mut self, subject: DataSubject, bytes: impl FnOnce() -> [u8; KEY_BYTES]) -> SubjectKey {
        if let Some(key) = self.key(subject) {
            return key;
        }
        let key = SubjectKey::new(bytes());
        self.unsaved.extend_from_slice(&*record(State::Key, subject, key.bytes()));
        self.keys.insert(subject, Kept { record: self.next, key: key.clone() });
        self.next += 1;
        key
    }

    /// Puts new keys on stable storage.
    ///
    /// # Errors
    /// [`KeyringError::Io`]: nobody knows what the file holds.
    pub(crate) fn save(&mut self) -> Result<(), KeyringError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        self.prepare()?;
        let first = self.next - (self.unsaved.len() / RECORD_BYTES) as u64;
        self.write(first, &self.unsaved)?;
        self.sync()?;
        self.unsaved = Zeroizing::default();
        Ok(())
    }

    /// Destroys the keys of these subjects, on stable storage when this returns.
    ///
    /// # Errors
    /// [`KeyringError::Io`]: nobody knows what the file holds.
    pub(crate) fn destroy(&mut self, subjects: &[DataSubject]) -> Result<(), KeyringError> {
        let kept: Vec<_> = subjects.iter().filter_map(|subject| Some((*subject, self.keys.remove(subject)?))).collect();
        if kept.is_empty() {
            return Ok(());
        }
        for (subject, kept) in kept {
            self.write(kept.record, &*record(State::Destroyed, subject, &[0; KEY_BYTES]))?;
        }
        self.sync()
    }

    /// Does, once the log has been read, what a power cut kept from being done: destroys the keys of what is erased
    /// according to it, and blanks what is no record of ours, in which a key of such might be.
    ///
    /// # Errors
    /// [`KeyringError::Io`].
    pub(crate) fn settle(&mut self, erased: impl Fn(DataSubject) -> bool) -> Result<(), KeyringError> {
        let left: Vec<_> = self.keys.keys().copied().filter(|subject| erased(*subject)).collect();
        if !left.is_empty() {
            tracing::warn!(keys = left.len(), "destroying keys of personal data that the log says is erased");
        }
        self.destroy(&left)?;
        if self.unreadable.is_empty() {
            return Ok(());
        }
        tracing::warn!(records = self.unreadable.len(), "the file of keys had unreadable records, which nothing needs");
        for record in std::mem::take(&mut self.unreadable) {
            self.write(record, &BLANK)?;
        }
        self.sync()
    }

    /// Makes the file if there is none yet, so that the first key needs no file to be opened: by then there may be too many.
    ///
    /// # Errors
    /// [`KeyringError::Io`].
    pub(crate) fn prepare(&mut self) -> Result<(), KeyringError> {
        match (self.path.clone(), &self.file) {
            (Some(path), None) => self.make(&path),
            _ => Ok(()),
        }
    }

    /// Makes the file with nothing but its header: it is there whole or not at all.
    fn make(&mut self, path: &Path) -> Result<(), KeyringError> {
        let made = write_new(path, &self.header(), 0o600);
        let opened = made.and_then(|()| OpenOptions::new().read(true).write(true).open(path));
        self.file = Some(opened.map_err(|source| self.io("make", source))?);
        Ok(())
    }

    fn header(&self) -> Record {
        let mut header = BLANK;
        let complete_from = self.complete_from.to_be_bytes();
        let fields = [&MAGIC[..], &FORMAT.to_be_bytes(), self.log_id.as_bytes(), &complete_from].concat();
        header.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
        with_checksum(&mut header);
        header
    }

    fn read_header(&mut self, header: &Record) -> Result<(), KeyringError> {
        let field = |from: usize, bytes: usize| header.get(from..from + bytes).unwrap_or_default();
        let unreadable = || self.damaged("its header is not one");
        if field(0, 4) != MAGIC || !has_checksum(header) {
            return Err(unreadable());
        }
        let format = u16::from_be_bytes(field(4, 2).try_into().map_err(|_| unreadable())?);
        if format != FORMAT {
            return Err(KeyringError::Newer { path: self.named(), found: format });
        }
        let found = Uuid::from_slice(field(6, 16)).map_err(|_| unreadable())?;
        if found != self.log_id {
            return Err(KeyringError::OtherLog { path: self.named(), found, log_id: self.log_id });
        }
        self.complete_from = u64::from_be_bytes(field(22, 8).try_into().map_err(|_| unreadable())?);
        Ok(())
    }

    fn write(&self, record: u64, bytes: &[u8]) -> Result<(), KeyringError> {
        let Some(file) = &self.file else { return Ok(()) };
        let at = record * RECORD_BYTES as u64;
        file.write_all_at(bytes, at).map_err(|source| self.io("write", source))
    }

    fn sync(&self) -> Result<(), KeyringError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.sync_data().map_err(|source| self.io("sync", source))
    }

    fn named(&self) -> PathBuf {
        self.path.clone().unwrap_or_else(|| "the keyring in memory".into())
    }

    fn io(&self, doing: &'static str, source: io::Error) -> KeyringError {
        KeyringError::Io { doing, path: self.named(), source }
    }

    fn damaged(&self, cause: &'static str) -> KeyringError {
        KeyringError::Damaged { path: self.named(), cause }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Key = 1,
    Destroyed = 2,
}

/// What a record holds.
enum Found {
    Key(DataSubject, SubjectKey),
    Destroyed,
    Blank,
    Unreadable,
}

/// State, kind of subject, ten zeros, GUID, key, CRC-32.
fn record(state: State, subject: DataSubject, key: &[u8; KEY_BYTES]) -> Zeroizing<Record> {
    let kind = match subject {
        DataSubject::Invitation(_) => 1,
        DataSubject::ServiceRequest(_) => 2,
        DataSubject::Device(_) => 3,
        DataSubject::Webhook(_) => 4,
        DataSubject::Description(_) => 5,
    };
    let fields = [state as u8, kind].into_iter().chain([0; 10]).chain(subject.guid().into_bytes()).chain(*key);
    let mut record = Zeroizing::new(BLANK);
    record.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
    with_checksum(&mut record);
    record
}

fn read_record(record: &Record) -> Found {
    read_checked(record).unwrap_or(if *record == BLANK { Found::Blank } else { Found::Unreadable })
}

fn read_checked(bytes: &Record) -> Option<Found> {
    let (state, kind) = (*bytes.first()?, *bytes.get(1)?);
    let id = Uuid::from_slice(bytes.get(12..28)?).ok()?;
    let key: [u8; KEY_BYTES] = bytes.get(28..CHECKED_BYTES)?.try_into().ok()?;
    let subject = match kind {
        1 => DataSubject::Invitation(procura_domain::id::InvitationId::new(id)),
        2 => DataSubject::ServiceRequest(procura_domain::id::ServiceRequestId::new(id)),
        3 => DataSubject::Device(procura_domain::id::DeviceId::new(id)),
        4 => DataSubject::Webhook(procura_domain::id::WebhookId::new(id)),
        5 => DataSubject::Description(procura_domain::id::DescriptionId::new(id)),
        _ => return None,
    };
    let state = if state == State::Key as u8 { State::Key } else { State::Destroyed };
    // Byte for byte what this version writes, the checksum too; anything else is none of ours.
    (*bytes == *record(state, subject, &key)).then(|| match state {
        State::Key => Found::Key(subject, SubjectKey::new(key)),
        State::Destroyed => Found::Destroyed,
    })
}

fn with_checksum(record: &mut Record) {
    let (checked, checksum) = record.split_at_mut(CHECKED_BYTES);
    checksum.copy_from_slice(&crc32fast::hash(checked).to_be_bytes());
}

fn has_checksum(record: &Record) -> bool {
    let (checked, checksum) = record.split_at(CHECKED_BYTES);
    checksum == crc32fast::hash(checked).to_be_bytes()
}
