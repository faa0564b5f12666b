//! Packing the events of a frame: zstd with a dictionary of what events look like, so that one alone packs well too.
//!
//! Absent: what is packed, and how much of it there may be.

use std::cell::RefCell;
use std::sync::LazyLock;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::CParameter;

/// In place of a dictionary's number: the events stand there as they are.
pub(super) const UNPACKED: u16 = 0;
/// The number of the dictionary that is packed with, and the newest known.
pub(super) const DICTIONARY: u16 = 1;
/// It never changes: what was packed with it is unpacked with the same bytes. Made by `scripts/train-dictionary`.
const DICTIONARY_1: &[u8] = include_bytes!("dictionary-1.zdict");
/// zstd's fastest that is not a compromise: a few microseconds a frame.
const LEVEL: i32 = 1;

static PACKING: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY_1, LEVEL));
static UNPACKING: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY_1));

thread_local! {
    // To make one takes longer than to use it.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The bytes packed with [`DICTIONARY`], where that makes them fewer.
pub(super) fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    PACKER.with(|packer| {
        let mut packer = packer.try_borrow_mut().ok()?;
        let packer = match &mut *packer {
            Some(packer) => packer,
            none => none.insert(new_packer()?),
        };
        packer.compress(bytes).ok().filter(|packed| packed.len() < bytes.len())
    })
}

fn new_packer() -> Option<Compressor<'static>> {
    let mut packer = Compressor::with_prepared_dictionary(&PACKING).ok()?;
    // The frame's header says both.
    packer.set_parameter(CParameter::ContentSizeFlag(false)).ok()?;
    packer.set_parameter(CParameter::DictIdFlag(false)).ok()?;
    Some(packer)
}

/// The `length` bytes that were packed with [`DICTIONARY`]; none where they are not that. Takes memory for so many, and for
/// no more, whatever is unpacked: the caller has looked at the number.
pub(super) fn unpack(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    UNPACKER.with(|unpacker| {
        let mut unpacker = unpacker.try_borrow_mut().ok()?;
        let unpacker = match &mut *unpacker {
            Some(unpacker) => unpacker,
            none => none.insert(Decompressor::with_prepared_dictionary(&UNPACKING).ok()?),
        };
        let mut bytes = Vec::with_capacity(length);
        unpacker.decompress_to_buffer(packed, &mut bytes).ok().filter(|unpacked| *unpacked == length)?;
        Some(bytes)
    })
}
