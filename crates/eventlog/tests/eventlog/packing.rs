//! Frames whose events are packed: what is saved, what fits, and what a stored number cannot make this program do.

use crate::given::{EPOCH, event, id};
use expect_test::{Expect, expect};
use procura_eventlog::*;
use sha2::{Digest, Sha256};

const FORMAT_PAGE: &str = include_str!("../../FORMAT.md");
const DICTIONARY_1: &[u8] = include_bytes!("../../src/frame/dictionary-1.zdict");
const DICTIONARY_2: &[u8] = include_bytes!("../../src/frame/dictionary-2.zdict");
/// Where the events begin, behind the number of their packing and their length.
const EVENTS_AT: usize = 84;
/// The ways to pack, and the dictionary of each.
const PACKINGS: [(Packing, u16, &[u8]); 2] = [(Packing::Whole, 1, DICTIONARY_1), (Packing::IdsApart, 2, DICTIONARY_2)];

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
fn crafted(packing: u16, length: u32, events: &[u8]) -> Vec<u8> {
    let header = frame(&encoded(1)).bytes()[..78].to_vec();
    let mut bytes = [&header[..], &packing.to_be_bytes(), &length.to_be_bytes(), events].concat();
    let whole = u32::try_from(bytes.len() + 4).unwrap();
    bytes[6..10].copy_from_slice(&whole.to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

/// An event as it is packed, and the length that it has unpacked.
fn packed(packing: Packing) -> (Vec<u8>, u32) {
    let frame = Frame::encode_as(packing, id(1), EPOCH, 1, [3; 32], encoded(1)).unwrap();
    let bytes = frame.bytes();
    let length = u32::from_be_bytes(bytes[80..84].try_into().unwrap());
    assert_eq!(bytes[78..80], (packing as u16).to_be_bytes());
    (bytes[EVENTS_AT..bytes.len() - 4].to_vec(), length)
}

fn pack(dictionary: &[u8], bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::Compressor::with_dictionary(1, dictionary).unwrap().compress(bytes).unwrap()
}

/// A text and ids as they are packed.
fn apart(text: &[u8], ids: &[u8]) -> Vec<u8> {
    let text = pack(DICTIONARY_2, text);
    [&u32::try_from(text.len()).unwrap().to_be_bytes(), &text[..], ids].concat()
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
        let before = Frame::encode_as(Packing::None, id(7), 9, 5, [3; 32], &events).unwrap();
        let after = before.clone().in_newest_format();
        let parts = |frame: &Frame| (frame.id(), frame.epoch(), frame.first_position(), frame.last_position());
        assert_eq!((parts(&after), after.root()), (parts(&before), before.root()));
        assert_eq!(after.events().collect::<Vec<_>>(), before.events().collect::<Vec<_>>());
        // The second is too large for the newest format's header, and needs none.
        assert_eq!(after == before, events.len() == 1);
        assert_eq!(after.clone().in_newest_format(), after);
        // As does one that was packed whole.
        let whole = Frame::encode_as(Packing::Whole, id(7), 9, 5, [3; 32], &events);
        assert!(whole.map_or(events.len() == 1, |whole| whole.in_newest_format() == after));
    }
}

#[track_caller]
fn refused(bytes: Vec<u8>, says: &Expect) {
    says.assert_eq(&Frame::decode(bytes).unwrap_err().to_string());
}

#[test]
fn what_says_too_much_is_refused_before_memory_is_taken() {
    let too_large =
        || expect!["the frame is damaged, its events say that they unpack to more bytes than a frame may have"];
    let wrong = || expect!["the frame is damaged, its events cannot be unpacked to the length that they say"];
    refused(crafted(0, u32::MAX, b"events"), &too_large());
    // A gigabyte in a hundred thousand bytes.
    let zeros = vec![0; 1 << 30];
    for (packing, number, dictionary) in PACKINGS {
        let (events, length) = packed(packing);
        assert!(Frame::decode(crafted(number, length, &events)).is_ok(), "it is the number alone");
        refused(crafted(number, 262_145, &events), &too_large());
        refused(crafted(number, u32::MAX, &events), &too_large());
        for length in [0, 1, length - 1, length + 1, 262_144] {
            refused(crafted(number, length, &events), &wrong());
        }
        let bomb = pack(dictionary, &zeros);
        assert!(bomb.len() < FRAME_BYTES_MAX / 2);
        let bomb = if packing == Packing::Whole { bomb } else { apart(&zeros, &[]) };
        refused(crafted(number, length, &bomb), &wrong());
        refused(crafted(number, 262_144, &bomb), &wrong());
    }
    // Ids that unpack to more than there are, and more ids than so many events have room for.
    let two = b"\x01\x01\n";
    assert!(Frame::decode(crafted(2, 4 + 72, &apart(two, &noise(32)))).is_ok(), "it is the ids alone");
    refused(crafted(2, 4 + 72, &apart(two, &pack(&[], &zeros))), &wrong());
    refused(crafted(2, 262_144, &apart(&[1; 262_144], &pack(&[], &zeros))), &wrong());
}

#[test]
fn what_is_not_packed_as_it_says_is_refused() {
    let wrong = || expect!["the frame is damaged, its events cannot be unpacked to the length that they say"];
    for (packing, number, dictionary) in PACKINGS {
        let (events, length) = packed(packing);
        for wrongly in [b"nothing of the kind", &b""[..], &events[..events.len() - 1], &[&events[..], b"more"].concat()]
        {
            refused(crafted(number, length, wrongly), &wrong());
        }
        refused(crafted(number, length, &[&events[..], &events].concat()), &wrong());
        refused(crafted(number, 400, &noise(400)), &wrong());
        // One as the other.
        refused(crafted(3 - number, length, &events), &wrong());
        refused(crafted(number, length, &pack(dictionary, b"")), &wrong());
    }
    let (events, length) = packed(Packing::IdsApart);
    let other = || expect!["the frame is damaged, its events have another length than they say"];
    refused(crafted(0, length, &events), &other());
    refused(crafted(0, 3, b"four"), &other());
    // What it unpacks to is no event.
    let fewer = expect!["the frame is damaged, it has fewer events than it says"];
    refused(crafted(1, 600, &pack(DICTIONARY_1, &[0xff; 600])), &fewer);
}

/// Text and ids that do not belong together, each in a frame that says that it has one event, of `length` bytes.
#[test]
fn ids_that_are_not_those_of_the_text_are_refused() {
    let id = noise(16);
    let sound = |text: &[u8], ids: &[u8], length: u32| Frame::decode(crafted(2, 4 + length, &apart(text, ids)));
    let events =
        |frame: Frame| frame.events().map(|event| String::from_utf8(event.to_vec()).unwrap()).collect::<Vec<_>>();
    for (text, ids, length) in
        [(&b"[\x01]\n"[..], &id[..], 38), (b"[\x02]\n", &id, 34), (b"\n", b"", 0), (b"text\n", b"", 4)]
    {
        assert_eq!(events(sound(text, ids, length).unwrap())[0].len(), length as usize);
    }
    let wrong = || FrameError::Damaged("its events cannot be unpacked to the length that they say");
    for (text, ids, length) in [
        // An id too few, too many, cut; none where there should be one.
        (&b"[\x01\x01]\n"[..], &id[..], 74),
        (b"[]\n", &id, 2),
        (b"[\x01]\n", &id[..15], 38),
        (b"[\x01]\n", b"", 38),
        // No end, another length.
        (b"[\x01]", &id, 38),
        (b"", b"", 0),
        (b"[\x01]\n", &id, 37),
        (b"[\x01]\n", &id, 39),
        (b"\n\n", b"", 0),
    ] {
        assert_eq!(sound(text, ids, length), Err(wrong()), "{text:?} {}", ids.len());
    }
    // The text longer than there is.
    let mut beyond = apart(b"[\x01]\n", &id);
    beyond[..4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(Frame::decode(crafted(2, 42, &beyond)), Err(wrong()));
    assert!(Frame::decode(crafted(2, 8, &apart(b"\n\n", b""))).is_err(), "two events where it says one");
}

#[test]
fn a_packing_that_is_still_to_come_is_no_damage() {
    let (events, length) = packed(Packing::NEWEST);
    for number in [3, u16::MAX] {
        let error = Frame::decode(crafted(number, length, &events)).unwrap_err();
        assert_eq!(error, FrameError::Packing { found: number });
    }
    refused(
        crafted(3, length, &events),
        &expect![
            "the frame has packing 3, this build knows those up to 2. It was written by a newer Procura: use that version or a newer one"
        ],
    );
}

#[test]
fn the_dictionaries_are_those_of_the_page() {
    for (dictionary, bytes) in [(DICTIONARY_1, "16,384"), (DICTIONARY_2, "8,192")] {
        assert!(
            FORMAT_PAGE.contains(&hex::encode(Sha256::digest(dictionary))),
            "FORMAT.md names each dictionary by its hash"
        );
        assert!(FORMAT_PAGE.contains(bytes));
        assert_eq!(dictionary.len(), bytes.replace(',', "").parse::<usize>().unwrap());
        // What zstd takes for a dictionary, with tables of its own.
        assert_eq!(dictionary[..4], 0xec30_a437_u32.to_le_bytes());
    }
}

/// Each text, and how many ids of sixteen bytes stand apart from it.
#[test]
fn ids_stand_apart_where_they_follow_a_quotation_mark_and_come_back_as_they_were() {
    let [first, second] = ["0f5ae8a1-93c5-4b0e-8d0e-7ac9b1d6f3e2", "c2a6b1d4-5e7f-4a3b-9c8d-1e2f3a4b5c6d"];
    let digits = "93c54b0e8d0e7ac9b1d6f3e20f5ae8a1";
    let texts = [
        (format!(r#"{{"id":"{first}","tenants":["{second}","{first}"]}}"#), 3),
        (format!(r#"{{"salt":"{digits}"}}"#), 1),
        (format!(r#"{{"bodyHash":"{digits}{digits}"}}"#), 2),
        // More digits than two ids: the rest stays.
        (format!(r#"{{"nonce":"{digits}{digits}abc"}}"#), 2),
        (format!(r#"{{"short":"{}"}}"#, &digits[..31]), 0),
        (format!(r#"{{"capitals":"{}","{}"}}"#, first.to_uppercase(), digits.to_uppercase()), 0),
        (format!(r#"{{"one capital":"{}"}}"#, first.replace('f', "F")), 0),
        (format!(r#"{{"within":"urn:{first}","{{{first}}}":1}}"#), 0),
        // What follows does not matter.
        (format!(r#"{{"more":"{first}0","and":"{first}{digits}""#), 2),
        (format!(r#""{first}"#), 1),
        (format!(r#""{}"#, &first[..35]), 0),
        (format!(r#"""{first}"#), 1),
        (r#"{"0123456789abcdef0123-56789abcdef01234":"01234567-89ab-cdef-0123+456789abcdef"}"#.to_owned(), 0),
        (r#"{"none":"at all, in ünï¢ode"}"#.to_owned(), 0),
        ("\"".to_owned(), 0),
        (String::new(), 0),
    ];
    for (text, ids) in &texts {
        let frame = frame(&[text.clone().into_bytes()]);
        assert_eq!(Frame::decode(frame.bytes().to_vec()).unwrap().events().collect::<Vec<_>>(), [text.as_bytes()]);
        // A few bytes alone may not pack; with others they do, and the ids are those of all of them.
        let both = [text.clone().into_bytes(), texts[0].0.repeat(20).into_bytes()];
        let bytes = self::frame(&both).bytes().to_vec();
        assert_eq!(bytes[78..80], [0, 2], "{text}");
        assert_eq!(unpacked_ids(&bytes), 16 * (ids + 60), "{text}");
        assert_eq!(Frame::decode(bytes).unwrap().events().collect::<Vec<_>>(), both.iter().collect::<Vec<_>>());
    }
}

/// How many bytes of ids a frame has, unpacked.
fn unpacked_ids(frame: &[u8]) -> usize {
    let events = &frame[EVENTS_AT..frame.len() - 4];
    let text = usize::try_from(u32::from_be_bytes(events[..4].try_into().unwrap())).unwrap();
    zstd::bulk::decompress(&events[4 + text..], FRAME_BYTES_MAX).unwrap().len()
}

/// No JSON has them; what is no JSON is stored as it is.
#[test]
fn bytes_that_stand_for_something_in_the_text_are_stored_as_they_are() {
    for byte in [1, 2, b'\n'] {
        let events = [[b"{}".repeat(40), vec![byte]].concat(), encoded(1).remove(0)];
        let frame = frame(&events);
        assert_eq!(frame.bytes()[78..80], [0, 0]);
        let read = Frame::decode(frame.bytes().to_vec()).unwrap();
        assert_eq!(read.events().collect::<Vec<_>>(), events.iter().collect::<Vec<_>>());
    }
}
