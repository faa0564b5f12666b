//! Frames whose events are packed: what is saved, what fits, and what a stored number cannot make this program do.

use crate::given::{EPOCH, event, id};
use expect_test::{Expect, expect};
use procura_eventlog::*;
use sha2::{Digest, Sha256};

const FORMAT_PAGE: &str = include_str!("../../FORMAT.md");
const DICTIONARY: &[u8] = include_bytes!("../../src/frame/dictionary-1.zdict");
/// Where the events begin, behind the dictionary's number and their length.
const EVENTS_AT: usize = 84;

fn encoded(count: u64) -> Vec<Vec<u8>> {
    (1..=count).map(|position| event(position).encode().unwrap()).collect()
}

fn frame(events: &[Vec<u8>]) -> Frame {
    Frame::encode(id(1), EPOCH, 1, [3; 32], events).unwrap()
}

/// Bytes that nothing packs smaller.
fn noise(bytes: usize) -> Vec<u8> {
    (0..bytes.div_ceil(32) as u64).flat_map(|block| Sha256::digest(block.to_be_bytes())).take(bytes).collect()
}

/// What the frame says of its packing replaced, with everything else right.
fn crafted(dictionary: u16, length: u32, events: &[u8]) -> Vec<u8> {
    let header = frame(&encoded(1)).bytes()[..78].to_vec();
    let mut bytes = [&header[..], &dictionary.to_be_bytes(), &length.to_be_bytes(), events].concat();
    let whole = u32::try_from(bytes.len() + 4).unwrap();
    bytes[6..10].copy_from_slice(&whole.to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// The events of a frame as they are packed, and the length that they have unpacked.
fn packed() -> (Vec<u8>, u32) {
    let bytes = frame(&encoded(1)).bytes().to_vec();
    let length = u32::from_be_bytes(bytes[80..84].try_into().unwrap());
    assert_eq!(u16::from_be_bytes(bytes[78..80].try_into().unwrap()), 1);
    (bytes[EVENTS_AT..bytes.len() - 4].to_vec(), length)
}

#[test]
fn one_event_alone_packs_well_and_many_better() {
    for (count, percent_max) in [(1, 65), (8, 25), (64, 15)] {
        let events = encoded(count);
        let plain: usize = events.iter().map(|event| event.len() + EVENT_OVERHEAD_BYTES).sum();
        let stored = frame(&events).bytes().len();
        assert!(stored * 100 < plain * percent_max, "{count}: {stored} of {plain}");
    }
}

#[test]
fn what_does_not_pack_is_stored_as_it_is_and_still_fits() {
    let room = FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES - EVENT_OVERHEAD_BYTES;
    for bytes in [1, 100, room] {
        let events = [noise(bytes)];
        let frame = frame(&events);
        assert_eq!(frame.bytes().len(), FRAME_OVERHEAD_BYTES + EVENT_OVERHEAD_BYTES + bytes);
        assert_eq!(frame.bytes()[78..80], [0, 0]);
        let read = Frame::decode(frame.bytes().to_vec()).unwrap();
        assert_eq!((read.events().next(), &read), (Some(&events[0][..]), &frame));
    }
}

#[test]
fn a_frame_of_format_1_becomes_the_same_in_format_2() {
    for events in [encoded(3), vec![noise(FRAME_BYTES_MAX - 82 - 4)]] {
        let before = Frame::encode_unpacked(id(7), 9, 5, [3; 32], &events).unwrap();
        let after = before.clone().in_newest_format();
        let parts = |frame: &Frame| (frame.id(), frame.epoch(), frame.first_position(), frame.last_position());
        assert_eq!((parts(&after), after.root()), (parts(&before), before.root()));
        assert_eq!(after.events().collect::<Vec<_>>(), before.events().collect::<Vec<_>>());
        // The second is too large for the newest format's header, and needs none.
        assert_eq!(after == before, events.len() == 1);
        assert_eq!(after.clone().in_newest_format(), after);
    }
}

#[track_caller]
fn refused(bytes: Vec<u8>, says: &Expect) {
    says.assert_eq(&Frame::decode(bytes).unwrap_err().to_string());
}

#[test]
fn what_says_too_much_is_refused_before_memory_is_taken() {
    let (events, length) = packed();
    assert!(Frame::decode(crafted(1, length, &events)).is_ok(), "it is the number alone");
    let too_large =
        || expect!["the frame is damaged, its events say that they unpack to more bytes than a frame may have"];
    refused(crafted(1, 262_145, &events), &too_large());
    refused(crafted(1, u32::MAX, &events), &too_large());
    refused(crafted(0, u32::MAX, &events), &too_large());
    let wrong = || expect!["the frame is damaged, its events cannot be unpacked to the length that they say"];
    for length in [0, 1, length - 1, length + 1, 262_144] {
        refused(crafted(1, length, &events), &wrong());
    }
    // A gigabyte in a hundred thousand bytes.
    let mut bomb = zstd::bulk::Compressor::with_dictionary(1, DICTIONARY).unwrap();
    let bomb = bomb.compress(&vec![0; 1 << 30]).unwrap();
    assert!(bomb.len() < FRAME_BYTES_MAX / 2);
    refused(crafted(1, length, &bomb), &wrong());
    refused(crafted(1, 262_144, &bomb), &wrong());
}

#[test]
fn what_is_not_packed_as_it_says_is_refused() {
    let (events, length) = packed();
    let wrong = || expect!["the frame is damaged, its events cannot be unpacked to the length that they say"];
    refused(crafted(1, length, b"nothing of the kind"), &wrong());
    refused(crafted(1, length, b""), &wrong());
    refused(crafted(1, length, &events[..events.len() - 1]), &wrong());
    refused(crafted(1, length, &[&events[..], b"more"].concat()), &wrong());
    refused(crafted(1, length, &[&events[..], &events].concat()), &wrong());
    refused(crafted(1, 400, &noise(400)), &wrong());
    let other = || expect!["the frame is damaged, its events have another length than they say"];
    refused(crafted(0, length, &events), &other());
    refused(crafted(0, 3, b"four"), &other());
    // What it unpacks to is no event.
    let mut packer = zstd::bulk::Compressor::with_dictionary(1, DICTIONARY).unwrap();
    let nothing = packer.compress(&[0xff; 600]).unwrap();
    refused(crafted(1, 600, &nothing), &expect!["the frame is damaged, it has fewer events than it says"]);
}

#[test]
fn a_dictionary_that_is_still_to_come_is_no_damage() {
    let (events, length) = packed();
    for number in [2, u16::MAX] {
        let error = Frame::decode(crafted(number, length, &events)).unwrap_err();
        assert_eq!(error, FrameError::Dictionary { found: number });
    }
    refused(
        crafted(2, length, &events),
        &expect![
            "the frame is packed with dictionary 2, this build has those up to 1. It was written by a newer Procura: use that version or a newer one"
        ],
    );
}

#[test]
fn the_dictionary_is_the_one_of_the_page() {
    assert!(
        FORMAT_PAGE.contains(&hex::encode(Sha256::digest(DICTIONARY))),
        "FORMAT.md names the dictionary by its hash"
    );
    assert!(FORMAT_PAGE.contains("16,384"));
    assert_eq!(DICTIONARY.len(), 16_384);
    // What zstd takes for a dictionary, with tables of its own.
    assert_eq!(DICTIONARY[..4], 0xec30_a437_u32.to_le_bytes());
}
