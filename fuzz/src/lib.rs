//! What holds of arbitrary bytes, for each kind of thing that is read from storage. The fuzz targets in `bin/` look for
//! bytes that break it, and the ordinary tests hold the corpus against it. Each property has the name of its target and
//! of its folder in `corpus/`.

use procura_domain::{
    state::{Committed, State},
    temporal::{Position, Timestamp},
};
use procura_engine::{CloudEvent, LoggedEvent, Who, codec};
use procura_eventlog::{
    Checkpoint, CheckpointKey, CheckpointVerifier, CommitPart, Envelope, Epochs, FRAME_OVERHEAD_BYTES, Frame,
    FrameError, Packing, StoredActor, StoredAuthentication,
};
use serde_json::value::RawValue;
use signed_note::Note;
use uuid::Uuid;

/// The log that the checkpoints of the corpus are of.
const LOG_ID: u128 = 0x0197_0000_0000_7000_8000_0000_0000_0001;

/// Panics where the bytes break it.
pub type Property = fn(&[u8]);

/// All of them, by name.
pub const PROPERTIES: [(&str, Property); 4] =
    [("frame", frame), ("envelope", envelope), ("event", event), ("checkpoint", checkpoint)];

/// A frame that is read holds the events that would be written, in either format.
pub fn frame(bytes: &[u8]) {
    any_frame(bytes);
    // Hardly any bytes have the right checksum by chance: the same with length and checksum set right.
    let mut bytes = bytes.to_vec();
    if bytes.len() >= FRAME_OVERHEAD_BYTES {
        let length = u32::try_from(bytes.len()).expect("a length");
        bytes[6..10].copy_from_slice(&length.to_be_bytes());
        let content = bytes.len() - 4;
        let checksum = crc32fast::hash(&bytes[..content]);
        bytes[content..].copy_from_slice(&checksum.to_be_bytes());
        any_frame(&bytes);
    }
}

fn any_frame(bytes: &[u8]) {
    match Frame::decode(bytes.to_vec()) {
        Ok(frame) => {
            let events: Vec<&[u8]> = frame.events().collect();
            let positions = frame.last_position() - frame.first_position() + 1;
            assert_eq!(events.len() as u64, positions, "as many events as positions");
            let (id, epoch, first, root) = (frame.id(), frame.epoch(), frame.first_position(), frame.root());
            assert_eq!(frame.bytes(), bytes);
            if bytes[5] == 1 {
                let again = Frame::encode_as(Packing::None, id, epoch, first, root, &events);
                assert_eq!(again.expect("what was read can be written"), frame);
            }
            // Others may pack the same events into other bytes; a frame that packed well may be too large unpacked.
            match Frame::encode(id, epoch, first, root, &events) {
                Ok(again) => {
                    let again = Frame::decode(again.bytes().to_vec()).expect("what was written");
                    assert!(again.events().eq(events.iter().copied()));
                }
                Err(error) => assert!(matches!(error, FrameError::TooLarge { .. }), "{error}"),
            }
            assert!(frame.clone().in_newest_format().events().eq(events.iter().copied()));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// An envelope that is read is written with the same bytes, and whatever is written with the same bytes is read.
pub fn envelope(bytes: &[u8]) {
    let as_json = serde_json::from_slice::<Envelope>(bytes).ok();
    let written = as_json.filter(|envelope| envelope.encode().is_ok_and(|again| again == bytes));
    match Envelope::decode(bytes) {
        Ok(envelope) => assert_eq!(Some(envelope), written),
        Err(error) => assert!(written.is_none() && !error.to_string().is_empty()),
    }
}

/// An event that is read is of its type, can be shown, and is folded or refused. The bytes: type, line feed, data.
pub fn event(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((event_type, data)) = text.split_once('\n') else { return };
    let Ok(data) = RawValue::from_string(data.to_owned()) else { return };
    let envelope = in_envelope(event_type, data);
    match codec::decode(&envelope) {
        Ok(event) => {
            assert_eq!(event.event_type().name(), event_type);
            assert_eq!(serde_json::to_string(&event).expect("an event"), envelope.data.get());
            let logged = LoggedEvent::read(envelope.clone()).expect("an author");
            let shown = CloudEvent::of(&logged, Who::Told, Uuid::nil(), &Epochs::first(), |_| true);
            assert!(!serde_json::to_string(&shown).expect("what was read can be shown").is_empty());
            let by = logged.by.clone();
            let alone = Committed { first: Position(1), at: envelope.recorded_at, by, events: vec![event] };
            let _ = State::default().fold(&alone);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn in_envelope(event_type: &str, data: Box<RawValue>) -> Envelope {
    Envelope {
        id: Uuid::nil(),
        event_type: event_type.to_owned(),
        version: 1,
        position: 1,
        commit: CommitPart { index: 0, size: 1 },
        tenants: vec![],
        actor: StoredActor::Operator("ops".to_owned()),
        authentication: StoredAuthentication::Stated,
        issuer: None,
        command: Uuid::nil(),
        idempotency: None,
        recorded_at: Timestamp::UNIX_EPOCH,
        imported_at: None,
        salt: [0; 16],
        data,
        sealed: None,
    }
}

/// A checkpoint that is believed is one that would be signed; and a verifier key that is read is written the same. The
/// bytes: a signed note, or the text of one that is signed here, or a key.
pub fn checkpoint(bytes: &[u8]) {
    let key = CheckpointKey::generate(Uuid::from_u128(LOG_ID), [7; 32]);
    if let Ok(found) = Checkpoint::open(bytes, &key.verifier()) {
        found.sign(&key).expect("what is believed can be signed");
    }
    // Nobody guesses a signature.
    if let Ok(mut note) = Note::new(bytes, &[]) {
        note.add_sigs(&[&key]).expect("a signature");
        match Checkpoint::open(&note.to_bytes(), &key.verifier()) {
            Ok(found) => {
                let again = found.sign(&key).expect("what is believed can be signed");
                assert_eq!(again.into_bytes(), note.to_bytes());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if let Ok(verifier) = std::str::from_utf8(bytes).unwrap_or_default().parse::<CheckpointVerifier>() {
        assert_eq!(
            verifier.to_string().parse::<CheckpointVerifier>().expect("a key").to_string(),
            verifier.to_string()
        );
    }
}
