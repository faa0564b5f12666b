//! A backup: all frames of a log in one compressed stream, ended by a signed checkpoint. `FORMAT.md` gives every byte.
//!
//! Absent: the keys that sign checkpoints and tokens, which no backup holds. The keys of sealed data are there only where
//! they were asked for.

use crate::epochs::Epochs;
use crate::origin::Origins;
use crate::reader::LogReader;
use crate::store::StoreError;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::io::{self, Write};
use uuid::Uuid;
use zstd::stream::write::Encoder;

/// The version of the backup's layout that this build writes.
pub const BACKUP_FORMAT: u32 = 5;
/// The first that says what the log's origin is.
pub(crate) const BACKUP_FORMAT_ORIGIN: u32 = 4;
/// The bytes of a key in the file of keys: at most one for each event.
pub(crate) const KEY_BYTES: usize = 64;
/// And of its header, and of keys whose events a power cut took.
pub(crate) const SPARE_BYTES: usize = 1 << 20;
/// The most bytes that say how far consumers and webhooks have come.
pub(crate) const DELIVERIES_BYTES_MAX: usize = 1 << 28;
/// The most bytes of the lines at the beginning.
pub(crate) const HEADER_BYTES_MAX: u64 = 64 * 1024;
/// zstd's own default: fast, and a third to a fifth of the bytes.
const COMPRESSION_LEVEL: i32 = 3;

pub(crate) const FRAME: u8 = b'F';
pub(crate) const KEYS: u8 = b'K';
pub(crate) const DELIVERIES: u8 = b'D';
pub(crate) const CHECKPOINT: u8 = b'C';

/// What goes into a backup beside the frames.
#[derive(Debug)]
pub struct BackupParts {
    pub log_id: Uuid,
    pub origins: Origins,
    pub epochs: Epochs,
    /// Where it ends: the last position of a frame.
    pub head: u64,
    /// The file with the keys of sealed data, if it was asked for.
    pub keys: Option<Vec<u8>>,
    /// The file that says how far consumers and webhooks have come, as it was before that head; perhaps empty.
    pub deliveries: Vec<u8>,
    /// The signed checkpoint of that head.
    pub checkpoint: String,
}

/// Why no backup could be made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("could not compress the backup: {0}")]
    Compress(#[from] io::Error),
    /// The log has no frame that ends where the backup should.
    #[error("no frame of the log ends at position {head}: report this fault")]
    Head { head: u64 },
}

/// The backup, in pieces as they are ready. Commands go on being recorded meanwhile; what comes after the head is left out.
pub fn backup(reader: &LogReader, parts: BackupParts) -> BoxStream<'static, Result<Vec<u8>, BackupError>> {
    enum Stage {
        Begin(LogReader, BackupParts),
        Frames(LogReader, BackupParts, Packer, u64),
        End,
    }
    let next = |stage| async {
        match stage {
            Stage::Begin(reader, parts) => {
                let mut packer = Packer::begin(&parts)?;
                if let Some(keys) = &parts.keys {
                    packer.record(KEYS, keys)?;
                }
                if !parts.deliveries.is_empty() {
                    packer.record(DELIVERIES, &parts.deliveries)?;
                }
                Ok(Some((packer.ready(), Stage::Frames(reader, parts, packer, 0))))
            }
            Stage::Frames(reader, parts, mut packer, reached) if reached < parts.head => {
                let frame = reader.frame(reached.saturating_add(1)).await?;
                let head = parts.head;
                let frame = frame.filter(|frame| frame.last_position() <= head).ok_or(BackupError::Head { head })?;
                packer.record(FRAME, frame.bytes())?;
                Ok(Some((packer.ready(), Stage::Frames(reader, parts, packer, frame.last_position()))))
            }
            Stage::Frames(_, parts, mut packer, _) => {
                packer.record(CHECKPOINT, parts.checkpoint.as_bytes())?;
                Ok(Some((packer.0.finish()?, Stage::End)))
            }
            Stage::End => Ok(None),
        }
    };
    stream::try_unfold(Stage::Begin(reader.clone(), parts), next).boxed()
}

struct Packer(Encoder<'static, Vec<u8>>);

impl Packer {
    fn begin(BackupParts { log_id, origins, epochs, head, .. }: &BackupParts) -> io::Result<Packer> {
        let mut encoder = Encoder::new(vec![], COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        write!(encoder, "procura backup\nformat {BACKUP_FORMAT}\nlog {log_id}\n{origins}\n{epochs}head {head}\n\n")?;
        Ok(Packer(encoder))
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> io::Result<()> {
        let length = u32::try_from(content.len()).map_err(io::Error::other)?;
        self.0.write_all(&[kind])?;
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(content)
    }

    /// What is compressed so far.
    fn ready(&mut self) -> Vec<u8> {
        std::mem::take(self.0.get_mut())
    }
}
