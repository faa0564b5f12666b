//! What the tests start from: envelopes, frames, and a store that holds any frames at all.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream, stream::BoxStream};
use procura_eventlog::*;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

pub(crate) const EPOCH: u64 = 1;

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn second(number: i64) -> DateTime<Utc> {
    "2026-01-05T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(number)
}

pub(crate) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

/// The event at `position`, alone in its commit, recorded at the second of its position.
pub(crate) fn event(position: u64) -> Envelope {
    Envelope {
        id: id(u128::from(position)),
        event_type: "DapRevoked".to_owned(),
        version: 1,
        position,
        commit: CommitPart { index: 0, size: 1 },
        tenants: vec![id(0xa), id(0xb)],
        actor: StoredActor::User { tenant: id(0xb), user: id(0xc) },
        authentication: StoredAuthentication::Token,
        issuer: None,
        command: id(0x1000 + u128::from(position)),
        idempotency: None,
        recorded_at: second(i64::try_from(position).unwrap()),
        imported_at: None,
        salt: [7; 16],
        data: raw(r#"{"partner":"p","customer":"c"}"#),
        sealed: None,
    }
}

/// The events of a commit of `size` that begins at `first`.
pub(crate) fn commit(first: u64, size: u32) -> Vec<Envelope> {
    let member = |index| Envelope {
        commit: CommitPart { index, size },
        recorded_at: event(first).recorded_at,
        ..event(first + u64::from(index))
    };
    (0..size).map(member).collect()
}

/// An event whose encoded form has exactly `bytes` bytes.
pub(crate) fn sized_event(position: u64, bytes: usize) -> Envelope {
    let empty = Envelope { data: raw("\"\""), ..event(position) };
    let padding = bytes - empty.encode().unwrap().len();
    Envelope { data: to_raw_value(&"x".repeat(padding)).unwrap(), ..empty }
}

pub(crate) fn encoded(events: &[Envelope]) -> Vec<Vec<u8>> {
    events.iter().map(|event| event.encode().unwrap()).collect()
}

/// A commit of these events, to be appended.
pub(crate) fn new(events: &[Envelope]) -> NewCommit {
    NewCommit { recorded_at: events[0].recorded_at, events: encoded(events) }
}

/// Frames that form a sound log, one for each list of events.
pub(crate) fn frames(groups: &[Vec<Envelope>]) -> Vec<Frame> {
    let mut tree = Tree::new();
    let frame = |group: &Vec<Envelope>| {
        let first = tree.size() + 1;
        frame_at(&mut tree, first, EPOCH, group)
    };
    groups.iter().map(frame).collect()
}

pub(crate) fn frame_at(tree: &mut Tree, first: u64, epoch: u64, events: &[Envelope]) -> Frame {
    let events = encoded(events);
    events.iter().for_each(|event| tree.push(event));
    Frame::encode(id(0xf000 + u128::from(first)), epoch, first, tree.root(), events).unwrap()
}

/// The bytes of a frame that is not packed which are not events.
const UNPACKED_OVERHEAD_BYTES: usize = FRAME_OVERHEAD_BYTES - 6;

/// A frame of single-event commits, not packed, that has exactly `bytes` bytes.
pub(crate) fn sized_frame(first: u64, bytes: usize) -> Frame {
    let mut left = bytes - UNPACKED_OVERHEAD_BYTES;
    let mut events = vec![];
    for position in first.. {
        let event = if left <= EVENT_BYTES_MAX + EVENT_OVERHEAD_BYTES { left } else { left / 2 };
        events.push(sized_event(position, event - EVENT_OVERHEAD_BYTES).encode().unwrap());
        left -= event;
        if left == 0 {
            break;
        }
    }
    let frame = Frame::encode_as(Packing::None, id(u128::from(first)), EPOCH, first, [0; 32], events).unwrap();
    assert_eq!(frame.bytes().len(), bytes);
    frame
}

/// A store that hands out whatever it was made of, and answers every append in the same way.
pub(crate) struct Planted {
    pub(crate) frames: Vec<Frame>,
    pub(crate) head: u64,
    pub(crate) answer: Append,
}

impl Planted {
    pub(crate) fn of(frames: Vec<Frame>) -> Planted {
        let head = frames.last().map_or(0, Frame::last_position);
        Planted { frames, head, answer: Append::Appended }
    }
}

#[async_trait]
impl FrameStore for Planted {
    async fn append(&self, _: &Frame, _: u64) -> Result<Append, StoreError> {
        Ok(self.answer)
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        let wanted = self.frames.iter().filter(move |frame| frame.last_position() >= from);
        stream::iter(wanted.cloned().map(Ok)).boxed()
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.read(from).chain(stream::pending()).boxed()
    }

    async fn head(&self) -> Result<u64, StoreError> {
        Ok(self.head)
    }
}

/// Removes the volatile part of a message.
pub(crate) fn message(error: &impl std::fmt::Display, directory: &std::path::Path) -> String {
    error.to_string().replace(&directory.display().to_string(), "DIR")
}
