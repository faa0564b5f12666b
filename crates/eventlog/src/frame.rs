//! The frame: one or more whole commits in the bytes that a store keeps, with a checksum over all of them.
//!
//! Absent: what an event holds. A frame knows that its events have contiguous positions, and nothing else about them.

mod apart;
mod content;
mod packing;

pub use content::EVENT_OVERHEAD_BYTES;
pub use packing::Packing;

use content::take_event;
use std::ops::Range;
use uuid::Uuid;

/// The version of the frame's layout that this build writes, and the newest it reads.
pub const FRAME_FORMAT: u16 = 2;
/// The most bytes a frame may have, as it is stored and as it is unpacked.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;
/// The bytes of a frame that are not events: header and checksum.
pub const FRAME_OVERHEAD_BYTES: usize = HEADER_BYTES + PACKING_BYTES + CHECKSUM_BYTES;

/// The layout in which events are never packed.
const FORMAT_UNPACKED: u16 = 1;
const MAGIC: [u8; 4] = *b"PRCF";
const LENGTH_AT: usize = 4 + 2;
const HEADER_BYTES: usize = LENGTH_AT + 4 + 16 + 8 + 8 + 4 + 32;
/// How the events are packed, and their length before.
const PACKING_BYTES: usize = 2 + 4;
const CHECKSUM_BYTES: usize = 4;

/// A frame whose checksum and lengths have been found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    bytes: Vec<u8>,
    header: Header,
    last_position: u64,
    events: FrameEvents,
}

/// What every frame says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    id: Uuid,
    epoch: u64,
    first_position: u64,
    root: [u8; 32],
}

impl Header {
    /// Takes it from the beginning of a frame, between the frame's format and how many events it has.
    fn take(rest: &mut &[u8]) -> Result<(u16, Self, u32), FrameError> {
        let _magic: [u8; 4] = take(rest)?;
        let format = match u16::from_be_bytes(take(rest)?) {
            known @ FORMAT_UNPACKED..=FRAME_FORMAT => known,
            0 => return Err(FrameError::Damaged("its format is 0")),
            found => return Err(FrameError::Newer { found }),
        };
        let _length: [u8; 4] = take(rest)?;
        let id = Uuid::from_bytes(take(rest)?);
        let epoch = u64::from_be_bytes(take(rest)?);
        let first_position = u64::from_be_bytes(take(rest)?);
        let count = u32::from_be_bytes(take(rest)?);
        Ok((format, Self { id, epoch, first_position, root: take(rest)? }, count))
    }
}

/// Where the events are, each with its length before it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FrameEvents {
    /// There, among the frame's own bytes.
    AsStored(Range<usize>),
    /// They had been packed.
    Unpacked(Vec<u8>),
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
    /// How it was packed is not known.
    #[error(
        "the frame has packing {found}, this build knows those up to {}. It was written by a newer Procura: use that version or a newer one", Packing::NEWEST as u16
    )]
    Packing { found: u16 },
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
        Frame::encode_as(Packing::NEWEST, id, epoch, first_position, root, events)
    }

    /// The same with its events packed like this; where they are not to be, in format 1, which cannot say more.
    pub fn encode_as(
        packing: Packing,
        id: Uuid,
        epoch: u64,
        first_position: u64,
        root: [u8; 32],
        events: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Frame, FrameError> {
        let header = Header { id, epoch, first_position, root };
        if packing != Packing::None {
            let (content, count) = joined(events, FRAME_OVERHEAD_BYTES)?;
            return packed(header, packing, count, content);
        }
        let (content, count) = joined(events, HEADER_BYTES + CHECKSUM_BYTES)?;
        let last_position = last_position(first_position, count)?;
        let bytes = sealed(FORMAT_UNPACKED, &header, count, &[], &content)?;
        let events = FrameEvents::AsStored(HEADER_BYTES..bytes.len().saturating_sub(CHECKSUM_BYTES));
        Ok(Frame { bytes, header, last_position, events })
    }

    /// The same frame in the newest format, packed the newest way; as it is, where that has no room for it.
    #[must_use]
    pub fn in_newest_format(self) -> Frame {
        let count = u32::try_from(self.events().count()).unwrap_or(u32::MAX);
        match packed(self.header, Packing::NEWEST, count, self.content().to_vec()) {
            Ok(packed) if packed.bytes.len() <= FRAME_BYTES_MAX => packed,
            _ => self,
        }
    }

    /// Reads a frame; every byte is covered by a check.
    pub fn decode(bytes: Vec<u8>) -> Result<Frame, FrameError> {
        let length = Frame::length(&bytes)?;
        if length != bytes.len() {
            return Err(FrameError::Damaged("its length is not the one in its header"));
        }
        // Every format keeps magic, format, length and checksum where they are, so that damage to the format's number is
        // told from a newer format. And what does not match is never unpacked.
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(CUT)?;
        if crc32fast::hash(content) != u32::from_be_bytes(*checksum) {
            return Err(FrameError::Damaged("its checksum does not match"));
        }
        let mut rest = content;
        let (format, header, count) = Header::take(&mut rest)?;
        let unpacked = if format == FORMAT_UNPACKED { None } else { unpacked(&mut rest)? };
        let mut events = unpacked.as_deref().unwrap_or(rest);
        for _ in 0..count {
            take_event(&mut events).ok_or(FrameError::Damaged("it has fewer events than it says"))?;
        }
        if !events.is_empty() {
            return Err(FrameError::Damaged("it has bytes after its last event"));
        }
        let last_position = last_position(header.first_position, count)?;
        let stored = content.len().saturating_sub(rest.len())..content.len();
        let events = unpacked.map_or(FrameEvents::AsStored(stored), FrameEvents::Unpacked);
        Ok(Frame { bytes, header, last_position, events })
    }

    /// The first and the last position that the beginning of a frame says it has.
    pub(crate) fn positions(beginning: &[u8]) -> Result<(u64, u64), FrameError> {
        let (_, Header { first_position, .. }, count) = Header::take(&mut &*beginning)?;
        Ok((first_position, last_position(first_position, count)?))
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
        self.header.id
    }

    /// The epoch of the history it belongs to.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.header.epoch
    }

    /// The position of its first event.
    #[must_use]
    pub fn first_position(&self) -> u64 {
        self.header.first_position
    }

    /// The position of its last event.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.last_position
    }

    /// The Merkle root over all events of the log up to its last.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.header.root
    }

    /// Its events in order, each the encoded envelope.
    pub fn events(&self) -> impl Iterator<Item = &[u8]> {
        content::events(self.content())
    }

    fn content(&self) -> &[u8] {
        match &self.events {
            FrameEvents::AsStored(range) => self.bytes.get(range.clone()).unwrap_or_default(),
            FrameEvents::Unpacked(events) => events,
        }
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

/// The events, each with its length before it, and their number; with `overhead` bytes beside them they make a frame.
fn joined(events: impl IntoIterator<Item = impl AsRef<[u8]>>, overhead: usize) -> Result<(Vec<u8>, u32), FrameError> {
    const BYTES_USUAL: usize = 64 * 1024;
    let (mut content, mut count) = (Vec::with_capacity(BYTES_USUAL), 0_u32);
    for event in events {
        let event = event.as_ref();
        let whole = overhead + content.len() + EVENT_OVERHEAD_BYTES + event.len();
        let Some(length) = u32::try_from(event.len()).ok().filter(|_| whole <= FRAME_BYTES_MAX) else {
            return Err(FrameError::TooLarge { bytes: whole });
        };
        content.extend_from_slice(&length.to_be_bytes());
        content.extend_from_slice(event);
        count += 1;
    }
    Ok((content, count))
}

/// A frame of the newest format, with its events packed where that makes them fewer bytes.
fn packed(header: Header, packing: Packing, count: u32, content: Vec<u8>) -> Result<Frame, FrameError> {
    let last_position = last_position(header.first_position, count)?;
    let length = u32::try_from(content.len()).map_err(|_| FrameError::TooLarge { bytes: content.len() })?;
    let say = |packing: Packing| [&(packing as u16).to_be_bytes()[..], &length.to_be_bytes()].concat();
    let (bytes, events) = match packing.pack(&content) {
        Some(packed) => {
            let bytes = sealed(FRAME_FORMAT, &header, count, &say(packing), &packed)?;
            (bytes, FrameEvents::Unpacked(content))
        }
        None => {
            let bytes = sealed(FRAME_FORMAT, &header, count, &say(Packing::None), &content)?;
            let events = HEADER_BYTES + PACKING_BYTES..bytes.len().saturating_sub(CHECKSUM_BYTES);
            (bytes, FrameEvents::AsStored(events))
        }
    };
    Ok(Frame { bytes, header, last_position, events })
}

/// All bytes of a frame.
fn sealed(format: u16, header: &Header, count: u32, packing: &[u8], events: &[u8]) -> Result<Vec<u8>, FrameError> {
    let whole = HEADER_BYTES + packing.len() + events.len() + CHECKSUM_BYTES;
    let length = u32::try_from(whole).map_err(|_| FrameError::TooLarge { bytes: whole })?;
    let Header { id, epoch, first_position, root } = header;
    let mut bytes = Vec::with_capacity(whole);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&format.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(&epoch.to_be_bytes());
    bytes.extend_from_slice(&first_position.to_be_bytes());
    bytes.extend_from_slice(&count.to_be_bytes());
    bytes.extend_from_slice(root);
    bytes.extend_from_slice(packing);
    bytes.extend_from_slice(events);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    Ok(bytes)
}

/// The events behind the header of a frame, where they are packed. How many bytes they have is known before memory is
/// asked for them.
fn unpacked(rest: &mut &[u8]) -> Result<Option<Vec<u8>>, FrameError> {
    let found = u16::from_be_bytes(take(rest)?);
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).unwrap_or(usize::MAX);
    if length > FRAME_BYTES_MAX {
        return Err(FrameError::Damaged("its events say that they unpack to more bytes than a frame may have"));
    }
    match Packing::numbered(found).ok_or(FrameError::Packing { found })? {
        Packing::None if length == rest.len() => Ok(None),
        Packing::None => Err(FrameError::Damaged("its events have another length than they say")),
        packing => {
            let events = packing.unpack(rest, length);
            events.map(Some).ok_or(FrameError::Damaged("its events cannot be unpacked to the length that they say"))
        }
    }
}

pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], FrameError> {
    let (taken, after) = rest.split_first_chunk().ok_or(CUT)?;
    *rest = after;
    Ok(*taken)
}
