//! Packing the events of a frame: zstd with a dictionary of what events look like, so that one alone packs well too.
//!
//! Absent: where what is packed stands in a frame, and how much of it there may be.

use super::apart::{Apart, ids_bytes, together};
use super::content;
use std::cell::RefCell;
use std::sync::LazyLock;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::CParameter;

/// How the events of a frame are packed. The number stands in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Packing {
    /// They stand there as they are.
    None = 0,
    /// All of them at once, with dictionary 1.
    Whole = 1,
    /// With their ids apart: the length of the packed text, in four bytes, the text, packed with dictionary 2, and the ids,
    /// packed without a dictionary where that makes them fewer bytes.
    IdsApart = 2,
}

impl Packing {
    /// What this build writes by itself, and the newest it reads.
    pub const NEWEST: Packing = Packing::IdsApart;

    pub(super) fn numbered(number: u16) -> Option<Packing> {
        [Packing::None, Packing::Whole, Packing::IdsApart].into_iter().find(|packing| *packing as u16 == number)
    }

    /// The events packed, where that makes them fewer bytes.
    pub(super) fn pack(self, events: &[u8]) -> Option<Vec<u8>> {
        let packed = match self {
            Packing::None => return None,
            Packing::Whole => ONE.pack(events)?,
            Packing::IdsApart => {
                let Apart { text, ids } = Apart::of(content::events(events))?;
                let text = TWO.pack(&text)?;
                let packed_ids = NO_DICTIONARY.pack(&ids).filter(|packed| packed.len() < ids.len()).unwrap_or(ids);
                [&u32::try_from(text.len()).ok()?.to_be_bytes(), &text[..], &packed_ids].concat()
            }
        };
        Some(packed).filter(|packed| packed.len() < events.len())
    }

    /// The `length` bytes of events that were packed; none where they are not that. Takes memory for a few times so many at
    /// most, whatever is unpacked: the caller has looked at the number.
    pub(super) fn unpack(self, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let events = match self {
            Packing::None => packed.to_vec(),
            Packing::Whole => ONE.unpack(packed, length)?,
            Packing::IdsApart => {
                let (text_length, rest) = packed.split_first_chunk()?;
                let text_length = usize::try_from(u32::from_be_bytes(*text_length)).ok()?;
                let (text, ids) = rest.split_at_checked(text_length)?;
                let text = TWO.unpack(text, length)?;
                match ids_bytes(&text) {
                    as_they_are if as_they_are == ids.len() => together(&text, ids, length)?,
                    more => together(&text, &NO_DICTIONARY.unpack(ids, more.min(length))?, length)?,
                }
            }
        };
        Some(events).filter(|events| events.len() == length)
    }
}

/// What bytes are packed with.
struct Dictionary {
    number: usize,
    /// None where there is no dictionary.
    prepared: Option<(EncoderDictionary<'static>, DecoderDictionary<'static>)>,
}

/// zstd's fastest that is not a compromise: a few microseconds a frame.
const LEVEL: i32 = 1;

// They never change: what was packed with one is unpacked with the same bytes. Made by `scripts/train-dictionary`.
static NO_DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| Dictionary { number: 0, prepared: None });
static ONE: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::new(1, include_bytes!("dictionary-1.zdict")));
static TWO: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::new(2, include_bytes!("dictionary-2.zdict")));

thread_local! {
    // One for each dictionary: to make one takes longer than to use it.
    static PACKERS: RefCell<[Option<Compressor<'static>>; 3]> = const { RefCell::new([const { None }; 3]) };
    static UNPACKERS: RefCell<[Option<Decompressor<'static>>; 3]> = const { RefCell::new([const { None }; 3]) };
}

impl Dictionary {
    fn new(number: usize, bytes: &[u8]) -> Self {
        let prepared = (EncoderDictionary::copy(bytes, LEVEL), DecoderDictionary::copy(bytes));
        Self { number, prepared: Some(prepared) }
    }

    fn pack(&'static self, bytes: &[u8]) -> Option<Vec<u8>> {
        PACKERS.with(|packers| {
            let mut packers = packers.try_borrow_mut().ok()?;
            let packer = match packers.get_mut(self.number)? {
                Some(packer) => packer,
                none => none.insert(self.packer()?),
            };
            packer.compress(bytes).ok()
        })
    }

    fn packer(&'static self) -> Option<Compressor<'static>> {
        let mut packer = match &self.prepared {
            Some((packing, _)) => Compressor::with_prepared_dictionary(packing).ok()?,
            None => Compressor::new(LEVEL).ok()?,
        };
        // The frame's header says both.
        packer.set_parameter(CParameter::ContentSizeFlag(false)).ok()?;
        packer.set_parameter(CParameter::DictIdFlag(false)).ok()?;
        Some(packer)
    }

    fn unpacker(&'static self) -> Option<Decompressor<'static>> {
        match &self.prepared {
            Some((_, unpacking)) => Decompressor::with_prepared_dictionary(unpacking).ok(),
            None => Decompressor::new().ok(),
        }
    }

    /// What was packed with it, where that is `most` bytes or less.
    fn unpack(&'static self, packed: &[u8], most: usize) -> Option<Vec<u8>> {
        UNPACKERS.with(|unpackers| {
            let mut unpackers = unpackers.try_borrow_mut().ok()?;
            let unpacker = match unpackers.get_mut(self.number)? {
                Some(unpacker) => unpacker,
                none => none.insert(self.unpacker()?),
            };
            let mut bytes = Vec::with_capacity(most);
            unpacker.decompress_to_buffer(packed, &mut bytes).ok()?;
            Some(bytes)
        })
    }
}
