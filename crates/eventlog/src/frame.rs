//! The frame: one or more whole commits in the bytes that a store keeps, with a checksum over all of them.
//!
//! Absent: what an event holds. A frame knows that its events have contiguous positions, and nothing else about them.

use uuid::Uuid;

/// The version of the frame's layout that this build writes, and the newest it reads.
pub const FRAME_FORMAT: u16 = 1;
/// The most bytes a frame may have.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;
/// The bytes of a frame that are not events: header and checksum.
pub const FRAME_OVERHEAD_BYTES: usize = HEADER_BYTES + CHECKSUM_BYTES;
/// The bytes that a frame spends on each event besides the event's own.
pub const EVENT_OVERHEAD_BYTES: usize = 4;

const MAGIC: [u8; 4] = *b"PRCF";
const HEADER_BYTES: usize = 4 + 2 + 4 + 16 + 8 + 8 + 4 + 32;
const CHECKSUM_BYTES: usize = 4;
const LENGTH_AT: usize = 6;
const COUNT_AT: usize = 42;

/// A frame whose checksum and lengths have been found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    bytes: Vec<u8>,
    id: Uuid,
    epoch: u64,
    first_position: u64,
    last_position: u64,
    root: [u8; 32],
}

/// Why a frame could not be written or read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error(
        "the frame would have {bytes} bytes or more, the most is {FRAME_BYTES_MAX}: put fewer commits into one frame"
    )]
    TooLarge { bytes: usize },
    #[error("a frame needs at least one event: append nothing instead")]
    Empty,
    /// Positions begin at 1 and end at 2^64 - 1.
    #[error("a frame of {count} events cannot begin at position {first}: positions begin at 1 and fit 64 bits")]
    Positions { first: u64, count: u32 },
    #[error(
        "the frame has format {found}, this build reads up to {FRAME_FORMAT}. It was written by a newer Procura: use that version or a newer one"
    )]
    Newer { found: u16 },
    /// The bytes are not those that were written.
    #[error("the frame is damaged, {0}")]
    Damaged(&'static str),
}

impl Frame {
    /// Builds the frame for `events`, each an encoded envelope, the first at `first_position`; `root` is the Merkle root
    /// over all events of the log up to the last of these.
    pub fn encode(
        id: Uuid,
        epoch: u64,
        first_position: u64,
        root: [u8; 32],
        events: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Frame, FrameError> {
        const BYTES_USUAL: usize = 64 * 1024;
        let mut bytes = Vec::with_capacity(BYTES_USUAL);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FRAME_FORMAT.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]); // length, below
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes.extend_from_slice(&first_position.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]); // count, below
        bytes.extend_from_slice(&root);

        let mut count: u32 = 0;
        for event in events {
            let event = event.as_ref();
            let whole = bytes.len() + EVENT_OVERHEAD_BYTES + event.len() + CHECKSUM_BYTES;
            let Some(length) = u32::try_from(event.len()).ok().filter(|_| whole <= FRAME_BYTES_MAX) else {
                return Err(FrameError::TooLarge { bytes: whole });
            };
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(event);
            count += 1;
        }
        let whole = bytes.len() + CHECKSUM_BYTES;
        let length = u32::try_from(whole).map_err(|_| FrameError::TooLarge { bytes: whole })?;
        put(&mut bytes, LENGTH_AT, length);
        put(&mut bytes, COUNT_AT, count);
        let last_position = last_position(first_position, count)?;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        Ok(Frame { bytes, id, epoch, first_position, last_position, root })
    }

    /// Reads a frame; every byte is covered by a check.
    pub fn decode(bytes: Vec<u8>) -> Result<Frame, FrameError> {
        let length = Frame::length(&bytes)?;
        if length != bytes.len() {
            return Err(FrameError::Damaged("its length is not the one in its header"));
        }
        // Every format keeps magic, format, length and checksum where they are, so that damage to the format's number is
        // told from a newer format.
        let (content, checksum) = bytes.split_last_chunk().ok_or(CUT)?;
        if crc32fast::hash(content) != u32::from_be_bytes(*checksum) {
            return Err(FrameError::Damaged("its checksum does not match"));
        }
        let mut rest = content;
        let _magic: [u8; 4] = take(&mut rest)?;
        match u16::from_be_bytes(take(&mut rest)?) {
            FRAME_FORMAT => {}
            0 => return Err(FrameError::Damaged("its format is 0")),
            found => return Err(FrameError::Newer { found }),
        }
        let _length: [u8; 4] = take(&mut rest)?;
        let id = Uuid::from_bytes(take(&mut rest)?);
        let epoch = u64::from_be_bytes(take(&mut rest)?);
        let first_position = u64::from_be_bytes(take(&mut rest)?);
        let count = u32::from_be_bytes(take(&mut rest)?);
        let root = take(&mut rest)?;
        for _ in 0..count {
            take_event(&mut rest).ok_or(FrameError::Damaged("it has fewer events than it says"))?;
        }
        if !rest.is_empty() {
            return Err(FrameError::Damaged("it has bytes after its last event"));
        }
        let last_position = last_position(first_position, count)?;
        Ok(Frame { bytes, id, epoch, first_position, last_position, root })
    }

    /// The length in bytes that the beginning of a frame says the whole has, at most [`FRAME_BYTES_MAX`].
    pub(crate) fn length(beginning: &[u8]) -> Result<usize, FrameError> {
        let mut rest = beginning;
        if take::<4>(&mut rest)? != MAGIC {
            return Err(FrameError::Damaged("it does not begin with PRCF"));
        }
        let _format: [u8; 2] = take(&mut rest)?;
        let length = u32::from_be_bytes(take(&mut rest)?);
        let length = usize::try_from(length).ok().filter(|length| *length <= FRAME_BYTES_MAX);
        length.ok_or(FrameError::Damaged("its header says more bytes than a frame may have"))
    }

    /// The frame's own id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The epoch of the history it belongs to.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The position of its first event.
    #[must_use]
    pub fn first_position(&self) -> u64 {
        self.first_position
    }

    /// The position of its last event.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.last_position
    }

    /// The Merkle root over all events of the log up to its last.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.root
    }

    /// Its events in order, each the encoded envelope.
    pub fn events(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.get(HEADER_BYTES..self.bytes.len() - CHECKSUM_BYTES).unwrap_or_default();
        std::iter::from_fn(move || take_event(&mut rest))
    }

    /// All its bytes, as stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

const CUT: FrameError = FrameError::Damaged("it ends inside its header");

fn last_position(first: u64, count: u32) -> Result<u64, FrameError> {
    let more = count.checked_sub(1).ok_or(FrameError::Empty)?;
    let last = first.checked_add(u64::from(more)).filter(|_| first > 0);
    last.ok_or(FrameError::Positions { first, count })
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&number.to_be_bytes());
    }
}

pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], FrameError> {
    let (taken, after) = rest.split_first_chunk().ok_or(CUT)?;
    *rest = after;
    Ok(*taken)
}

fn take_event<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (event, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(event)
}
