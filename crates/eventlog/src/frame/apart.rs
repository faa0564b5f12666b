//! The ids of events set apart from the text around them. What is left of an event looks like what is left of others, and packs
//! to a few bytes; an id is random, and takes its sixteen bytes instead of 32 digits or more.
//!
//! Absent: packing either of the two, and what an event says.

use super::content::EVENT_OVERHEAD_BYTES;
use memchr::{memchr, memchr2_iter, memchr3};
use uuid::{Uuid, fmt::Hyphenated};

/// In the text, in place of a GUID in lower case with hyphens.
const GUID: u8 = 1;
/// In place of 32 hexadecimal digits in lower case.
const DIGITS: u8 = 2;
/// At the end of an event.
const END: u8 = b'\n';

const DIGITS_BYTES: usize = 32;
const ID_BYTES: usize = 16;

/// Events as their text and their ids.
#[derive(Default)]
pub(super) struct Apart {
    /// With what stands for an id in its place, and an end behind each event.
    pub(super) text: Vec<u8>,
    /// Those that stood in the text, in their order.
    pub(super) ids: Vec<u8>,
}

impl Apart {
    /// None where an event has a byte that stands for something here: JSON has none of them.
    pub(super) fn of<'e>(events: impl Iterator<Item = &'e [u8]>) -> Option<Self> {
        let mut apart = Self::default();
        for event in events {
            if memchr3(GUID, DIGITS, END, event).is_some() {
                return None;
            }
            apart.add(event);
            apart.text.push(END);
        }
        Some(apart)
    }

    fn add(&mut self, event: &[u8]) {
        let mut rest = event;
        while let Some((before, after)) = memchr(b'"', rest).and_then(|at| rest.split_at_checked(at + 1)) {
            self.text.extend_from_slice(before);
            rest = self.take_ids(after);
        }
        self.text.extend_from_slice(rest);
    }

    /// Takes what the text begins with, behind a quotation mark: a GUID, or digits of one id or more.
    fn take_ids<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        if let Some((id, after)) = text.split_first_chunk().and_then(|(id, after)| Some((guid(id)?, after))) {
            self.put(GUID, id);
            return after;
        }
        let mut rest = text;
        while let Some((id, after)) = rest.split_first_chunk().and_then(|(id, after)| Some((digits(id)?, after))) {
            self.put(DIGITS, id);
            rest = after;
        }
        rest
    }

    fn put(&mut self, sign: u8, id: [u8; ID_BYTES]) {
        self.text.push(sign);
        self.ids.extend_from_slice(&id);
    }
}

fn guid(text: &[u8; Hyphenated::LENGTH]) -> Option<[u8; ID_BYTES]> {
    if text.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    Uuid::try_parse_ascii(text).ok().map(Uuid::into_bytes)
}

fn digits(text: &[u8; DIGITS_BYTES]) -> Option<[u8; ID_BYTES]> {
    let mut id = [0; ID_BYTES];
    let lower = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (lower && hex::decode_to_slice(text, &mut id).is_ok()).then_some(id)
}

/// The events that have this text and these ids, about `length` bytes, each with its length before it; none where the two do not
/// belong together. They have at most four bytes for each of the text's, and three for each of the ids'.
pub(super) fn together(text: &[u8], ids: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut ids = ids.chunks(ID_BYTES);
    let mut events = Vec::with_capacity(length);
    let mut rest = text;
    while !rest.is_empty() {
        let (event, end) = rest.split_at_checked(memchr(END, rest)?)?;
        let begin = events.len();
        events.extend_from_slice(&[0; EVENT_OVERHEAD_BYTES]);
        let mut done = 0;
        for at in memchr2_iter(GUID, DIGITS, event) {
            events.extend_from_slice(event.get(done..at)?);
            put_back(&mut events, *event.get(at)?, ids.next()?.try_into().ok()?)?;
            done = at + 1;
        }
        events.extend_from_slice(event.get(done..)?);
        let (length, after) = events.get_mut(begin..)?.split_first_chunk_mut()?;
        *length = u32::try_from(after.len()).ok()?.to_be_bytes();
        rest = end.get(1..)?;
    }
    Some(events)
}

fn put_back(events: &mut Vec<u8>, sign: u8, id: [u8; ID_BYTES]) -> Option<()> {
    if sign == GUID {
        let mut text = [0; Hyphenated::LENGTH];
        events.extend_from_slice(Uuid::from_bytes(id).hyphenated().encode_lower(&mut text).as_bytes());
    } else {
        let mut text = [0; DIGITS_BYTES];
        hex::encode_to_slice(id, &mut text).ok()?;
        events.extend_from_slice(&text);
    }
    Some(())
}

/// The bytes of all ids that stood in that text.
pub(super) fn ids_bytes(text: &[u8]) -> usize {
    memchr2_iter(GUID, DIGITS, text).count() * ID_BYTES
}
