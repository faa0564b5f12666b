//! What holds for every envelope and every frame, and for bytes that are neither.

use crate::given::{event, id, raw, second, sized_event, sized_frame};
use chrono::TimeDelta;
use procura_eventlog::*;
use proptest::option;
use proptest::prelude::*;
use serde_json::value::RawValue;

prop_compose! {
    fn anything()(value in json(3)) -> Box<RawValue> { raw(&value) }
}

fn json(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        Just("1.50e3".to_owned()),
        any::<String>().prop_map(|value| serde_json::to_string(&value).unwrap()),
    ];
    leaf.prop_recursive(depth, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|fields| {
                let field = |(name, value)| format!("{}: {value}", serde_json::to_string::<String>(&name).unwrap());
                format!("{{{}}}", fields.into_iter().map(field).collect::<Vec<_>>().join(" , "))
            }),
        ]
    })
}

fn actor() -> impl Strategy<Value = StoredActor> {
    prop_oneof![
        any::<(u128, u128)>().prop_map(|(tenant, user)| StoredActor::User {
            tenant: uuid::Uuid::from_u128(tenant),
            user: uuid::Uuid::from_u128(user),
        }),
        any::<String>().prop_map(StoredActor::Operator),
    ]
}

prop_compose! {
    fn envelope()(
        (number, version, position, index, size, micros) in any::<(u128, u32, u64, u32, u32, u32)>(),
        event_type in any::<String>(),
        tenants in prop::collection::vec(any::<u128>().prop_map(uuid::Uuid::from_u128), 0..4),
        actor in actor(),
        authentication in prop_oneof![Just(StoredAuthentication::Token), Just(StoredAuthentication::Stated)],
        issuer in option::of(any::<String>()),
        idempotency in option::of((any::<String>(), any::<[u8; 32]>())),
        imported in option::of(any::<u32>()),
        salt in any::<[u8; 16]>(),
        data in anything(),
        sealed in option::of(anything()),
    ) -> Envelope {
        let at = |micros: u32| second(i64::from(micros / 7)) + TimeDelta::microseconds(i64::from(micros));
        Envelope {
            id: uuid::Uuid::from_u128(number),
            event_type,
            version,
            position,
            commit: CommitPart { index, size },
            tenants,
            actor,
            authentication,
            issuer,
            command: uuid::Uuid::from_u128(number.rotate_left(13)),
            idempotency: idempotency.map(|(key, body_hash)| Idempotency { key, body_hash }),
            recorded_at: at(micros),
            imported_at: imported.map(at),
            salt,
            data,
            sealed,
        }
    }
}

proptest! {
    #[test]
    fn an_envelope_comes_back_as_it_was(envelope in envelope()) {
        let bytes = envelope.encode().unwrap();
        let decoded = Envelope::decode(&bytes).unwrap();
        prop_assert_eq!(&decoded, &envelope);
        prop_assert_eq!(decoded.encode().unwrap(), bytes);
    }

    #[test]
    fn a_frame_comes_back_as_it_was(
        number in any::<u128>(),
        epoch in any::<u64>(),
        first in 1..u64::MAX - 8,
        root in any::<[u8; 32]>(),
        events in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8),
    ) {
        let id = uuid::Uuid::from_u128(number);
        let frame = Frame::encode(id, epoch, first, root, &events).unwrap();
        let [unpacked, whole] = [Packing::None, Packing::Whole]
            .map(|packing| Frame::encode_as(packing, id, epoch, first, root, &events).unwrap());
        for frame in [frame, unpacked, whole] {
            let decoded = Frame::decode(frame.bytes().to_vec()).unwrap();
            prop_assert_eq!(&decoded, &frame);
            prop_assert_eq!(decoded.events().collect::<Vec<_>>(), events.iter().collect::<Vec<_>>());
            prop_assert_eq!((decoded.id(), decoded.epoch(), decoded.root()), (id, epoch, root));
            prop_assert_eq!(decoded.last_position(), first + events.len() as u64 - 1);
        }
    }

    /// Ids, what is nearly one, and what stands around them.
    #[test]
    fn ids_come_back_as_they_were(
        events in prop::collection::vec(
            prop::collection::vec("\"|-|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-fF-]{1,40}|[ -~]{1,9}", 0..12),
            1..8,
        ),
    ) {
        let events: Vec<String> = events.iter().map(|pieces| pieces.concat()).collect();
        let frame = Frame::encode(id(1), 1, 1, [3; 32], &events).unwrap();
        let decoded = Frame::decode(frame.bytes().to_vec()).unwrap();
        prop_assert_eq!(&decoded, &frame);
        prop_assert!(decoded.events().eq(events.iter().map(String::as_bytes)));
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Envelope::decode(&bytes).is_err());
        prop_assert!(Frame::decode(bytes).is_err());
    }

    /// Right checksum, wrong inside: counts, lengths and positions do not lead astray.
    #[test]
    fn a_frame_with_a_right_checksum_may_still_be_refused(
        packed in any::<bool>(),
        at in 0..300_usize,
        byte in any::<u8>(),
        cut in 0..300_usize,
    ) {
        let events = ["one", "two", "three"];
        let mut bytes = match packed {
            true => Frame::encode(id(1), 1, 1, [3; 32], events.map(|event| event.repeat(40))),
            false => Frame::encode_as(Packing::None, id(1), 1, 1, [3; 32], events),
        }.unwrap().bytes().to_vec();
        let content = bytes.len() - 4;
        bytes.truncate(content - cut % content);
        let place = at % bytes.len();
        bytes[place] = byte;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        if let Ok(frame) = Frame::decode(bytes) {
            prop_assert_eq!(frame.events().count() as u64, frame.last_position() - frame.first_position() + 1);
        }
    }

    #[test]
    fn a_mutated_envelope_does_not_panic(
        envelope in envelope(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = envelope.encode().unwrap();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = Envelope::decode(&bytes);
    }
}

/// A frame of two events in each format and packing.
fn sound_frames() -> [Vec<u8>; 3] {
    let events = [event(1), event(2)].map(|event| event.encode().unwrap());
    let packed = Frame::encode(id(1), 1, 1, [3; 32], &events).unwrap();
    let unpacked = Frame::encode_as(Packing::None, id(1), 1, 1, [3; 32], &events).unwrap();
    let whole = Frame::encode_as(Packing::Whole, id(1), 1, 1, [3; 32], &events).unwrap();
    assert!(packed.bytes().len() < unpacked.bytes().len() / 2);
    [packed, whole, unpacked].map(|frame| frame.bytes().to_vec())
}

#[test]
fn every_flipped_bit_of_a_frame_is_refused() {
    for sound in sound_frames() {
        for bit in 0..sound.len() * 8 {
            let mut bytes = sound.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let error = Frame::decode(bytes).unwrap_err();
            assert!(matches!(error, FrameError::Damaged(_)), "bit {bit}: {error}");
        }
    }
}

#[test]
fn every_cut_frame_is_refused() {
    for sound in sound_frames() {
        for length in 0..sound.len() {
            let error = Frame::decode(sound[..length].to_vec()).unwrap_err();
            assert!(matches!(error, FrameError::Damaged(_)), "{length} bytes: {error}");
        }
    }
}

#[test]
fn limits_are_exact() {
    let largest = sized_event(1, EVENT_BYTES_MAX);
    assert_eq!(Envelope::decode(&largest.encode().unwrap()).unwrap(), largest);
    let larger = sized_event_unchecked(EVENT_BYTES_MAX + 1);
    assert!(matches!(larger.encode(), Err(EnvelopeError::TooLarge { bytes }) if bytes == EVENT_BYTES_MAX + 1));
    let bytes = serde_json::to_vec(&larger).unwrap();
    assert!(matches!(Envelope::decode(&bytes), Err(EnvelopeError::TooLarge { .. })));

    assert_eq!(sized_frame(1, FRAME_BYTES_MAX).bytes().len(), FRAME_BYTES_MAX);
    let room = FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES - EVENT_OVERHEAD_BYTES;
    assert!(Frame::encode(id(1), 1, 1, [0; 32], [vec![b'x'; room]]).is_ok());
    let error = Frame::encode(id(1), 1, 1, [0; 32], [vec![b'x'; room + 1]]).unwrap_err();
    assert_eq!(error, FrameError::TooLarge { bytes: FRAME_BYTES_MAX + 1 });
    assert_eq!(Frame::encode(id(1), 1, 1, [0; 32], [b""; 0]).unwrap_err(), FrameError::Empty);
    for first in [0, u64::MAX] {
        let error = Frame::encode(id(1), 1, first, [0; 32], ["one", "two"]).unwrap_err();
        assert_eq!(error, FrameError::Positions { first, count: 2 });
    }
    assert_eq!(Frame::encode(id(1), 1, u64::MAX, [0; 32], ["one"]).unwrap().last_position(), u64::MAX);
}

fn sized_event_unchecked(bytes: usize) -> Envelope {
    let largest = sized_event(1, EVENT_BYTES_MAX);
    let more = "x".repeat(bytes - EVENT_BYTES_MAX);
    Envelope { data: raw(&largest.data.get().replacen('"', &format!("\"{more}"), 1)), ..largest }
}

#[test]
fn times_that_would_not_come_back_are_refused() {
    let nanosecond = second(0) + TimeDelta::nanoseconds(1);
    let leap = chrono::DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
    let far = second(0) + TimeDelta::days(366 * 9_000);
    for recorded_at in [nanosecond, leap, far] {
        assert!(Envelope { recorded_at, ..event(1) }.encode().is_err(), "{recorded_at:?}");
        assert!(Envelope { imported_at: Some(recorded_at), ..event(1) }.encode().is_err(), "{recorded_at:?}");
    }
}

#[test]
fn an_envelope_is_read_as_strictly_as_it_is_written() {
    let sound = String::from_utf8(event(1).encode().unwrap()).unwrap();
    let altered = [
        sound.replace("\"version\":1,", ""),
        sound.replace("\"version\":1,", "\"version\":1,\"colour\":\"red\","),
        sound.replace("\"version\":1,", "\"version\":1,\"version\":1,"),
        sound.replace("\"version\":1,", "\"version\":-1,"),
        sound.replace("\"index\":0", "\"index\":0,\"more\":1"),
        sound.replace("\"token\"", "\"guess\""),
        sound.replace("\"user\":{", "\"robot\":{"),
        sound.replace("\"salt\":\"07", "\"salt\":\""),
        sound.replace(".000000Z", "Z"),
        sound.replace(".000000Z", ".000000+00:00"),
        sound.replace("\"salt\"", "\"importedAt\":null,\"salt\""),
        sound.replace("\"salt\"", "\"idempotency\":null,\"salt\""),
        format!("{sound}x"),
    ];
    for json in altered {
        assert_ne!(json, sound);
        assert!(Envelope::decode(json.as_bytes()).is_err(), "{json}");
    }
}
