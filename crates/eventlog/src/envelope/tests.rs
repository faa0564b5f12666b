//! The scan takes exactly the bytes that an envelope is written as: those that come out the same when they are read as
//! JSON and written again.

use super::{scan::read_again, *};
use proptest::{option, prelude::*};

/// Both ways say the same of these bytes.
fn agree(bytes: &[u8]) {
    match (EnvelopeRef::borrow(bytes), read_again(bytes)) {
        (Ok(scanned), Ok(read)) => {
            assert_eq!(scanned.clone().into_owned(), read);
            assert_eq!(scanned.into_owned().encode().unwrap(), bytes);
        }
        (Err(scanned), Err(read)) => assert_eq!(scanned.to_string(), read.to_string()),
        (scanned, read) => panic!("{}: scanned {scanned:?}, read {read:?}", String::from_utf8_lossy(bytes)),
    }
}

/// Texts with what has to be escaped, and what may be and is not.
fn text() -> impl Strategy<Value = String> {
    let char = prop_oneof![any::<char>(), (0..0x30_u8).prop_map(char::from), Just('\\'), Just('"'), Just('\u{7f}')];
    prop_oneof!["[a-zA-Z ]{0,12}", prop::collection::vec(char, 0..8).prop_map(String::from_iter)]
}

/// JSON, with white space where there may be some.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        Just("1.50e3".to_owned()),
        text().prop_map(|value| serde_json::to_string(&value).unwrap()),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let field = (text(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(field, 0..4).prop_map(|fields| {
                let field = |(name, value)| format!("{}:{value}", serde_json::to_string::<String>(&name).unwrap());
                format!("{{{}}}", fields.into_iter().map(field).collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).unwrap()
}

prop_compose! {
    fn actor()(guids in option::of(any::<(u128, u128)>()), name in text()) -> StoredActor {
        let user = |(tenant, user)| StoredActor::User { tenant: Uuid::from_u128(tenant), user: Uuid::from_u128(user) };
        guids.map_or(StoredActor::Operator(name), user)
    }
}

prop_compose! {
    fn envelope()(
        (number, version, position, index, size) in any::<(u128, u32, u64, u32, u32)>(),
        (event_type, issuer, data, sealed) in (text(), option::of(text()), json(), option::of(json())),
        (small, actor) in (any::<bool>(), actor()),
        tenants in prop::collection::vec(any::<u128>().prop_map(Uuid::from_u128), 0..4),
        authentication in prop_oneof![Just(StoredAuthentication::Token), Just(StoredAuthentication::Stated)],
        idempotency in option::of((text(), any::<[u8; 32]>())),
        // From the year 0 to 9999.
        recorded_at in -62_167_219_200_000_000..253_402_300_800_000_000_i64,
        imported_at in option::of(-62_167_219_200_000_000..253_402_300_800_000_000_i64),
        salt in any::<[u8; 16]>(),
    ) -> Envelope {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        Envelope {
            id: Uuid::from_u128(number),
            event_type,
            version: if small { 1 } else { version },
            position: if small { position % 10 } else { position },
            commit: if small { CommitPart { index: 0, size: 1 } } else { CommitPart { index, size } },
            tenants,
            actor,
            authentication,
            issuer,
            command: Uuid::from_u128(number.rotate_left(13)),
            idempotency: idempotency.map(|(key, body_hash)| Idempotency { key, body_hash }),
            recorded_at: at(recorded_at),
            imported_at: imported_at.map(at),
            salt,
            data: raw(data),
            sealed: sealed.map(raw),
        }
    }
}

/// With every field, each in its usual form.
fn usual() -> Vec<u8> {
    include_bytes!("../../tests/golden/envelope-2-all-fields.json").trim_ascii().to_vec()
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(envelope in envelope()) {
        let bytes = envelope.encode().unwrap();
        prop_assert_eq!(&EnvelopeRef::borrow(&bytes).unwrap().into_owned(), &envelope);
        agree(&bytes);
    }

    #[test]
    fn both_agree_on_what_was_changed(
        envelope in envelope(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..3),
    ) {
        let mut bytes = envelope.encode().unwrap();
        for (place, byte, how) in changes {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => drop(bytes.remove(place)),
            }
        }
        agree(&bytes);
    }

    /// Escapes that say the same as the character, or as a shorter one.
    #[test]
    fn both_agree_on_needless_escapes(envelope in envelope(), place in any::<prop::sample::Index>(), upper in any::<bool>()) {
        let text = String::from_utf8(envelope.encode().unwrap()).unwrap();
        let (at, char) = text.char_indices().nth(place.index(text.chars().count())).unwrap();
        let code = u32::from(char);
        let code = if upper { format!("\\u{code:04X}") } else { format!("\\u{code:04x}") };
        agree([&text[..at], &code, &text[at + char.len_utf8()..]].concat().as_bytes());
    }
}

#[test]
fn both_agree_on_every_change_of_a_byte() {
    let sound = usual();
    agree(&sound);
    for place in 0..sound.len() {
        let flipped = (0..8).map(|bit| sound[place] ^ (1 << bit));
        for byte in flipped.chain(*b"\"\\{}[],:-+.09afAFgZz \n\0\x1f\x7f\x80\xff") {
            let mut bytes = sound.clone();
            bytes[place] = byte;
            agree(&bytes);
        }
        agree(&sound[..place]);
        agree(&sound[place..]);
        for more in ["0", " ", "\"", ",", "}", "\\", "-", "null", "\n"] {
            agree(&[&sound[..place], more.as_bytes(), &sound[place..]].concat());
        }
        for cut in [1, 2, 3, 36, 38] {
            agree(&[&sound[..place], sound.get(place + cut..).unwrap_or_default()].concat());
        }
    }
}

#[test]
fn both_agree_on_other_spellings() {
    let sound = String::from_utf8(usual()).unwrap();
    assert!(EnvelopeRef::borrow(sound.as_bytes()).is_ok());
    for (written, other) in [
        ("\"version\":1", "\"version\":01"),
        ("\"version\":1", "\"version\":1.0"),
        ("\"version\":1", "\"version\":1e0"),
        ("\"version\":1", "\"version\":+1"),
        ("\"version\":1", "\"version\":-0"),
        ("\"version\":1", "\"version\":4294967295"),
        ("\"version\":1", "\"version\":4294967296"),
        ("\"position\":1", "\"position\":18446744073709551615"),
        ("\"position\":1", "\"position\":18446744073709551616"),
        ("\"position\":1", "\"position\":0"),
        ("DapRevoked", "Dap\\/Revoked"),
        ("DapRevoked", "Dap\\\"Revoked"),
        ("DapRevoked", "Dap\\\\Revoked"),
        ("DapRevoked", "Dap\\nRevoked"),
        ("DapRevoked", "Dap\\u000aRevoked"),
        ("DapRevoked", "Dap\\u001fRevoked"),
        ("DapRevoked", "Dap\\u001FRevoked"),
        ("DapRevoked", "Dap\\u007fRevoked"),
        ("DapRevoked", "Dap\u{7f}\u{2028}é\u{10ffff}Revoked"),
        ("DapRevoked", "Dap\\ud83d\\ude00Revoked"),
        ("DapRevoked", "Dap\\ud83dRevoked"),
        ("DapRevoked", ""),
        ("\"tenants\":[", "\"tenants\":[]"),
        ("\"tenants\":[", "\"tenants\":[,"),
        ("\"tenants\":[", "\"tenants\":[ "),
        ("\"authentication\":\"token\"", "\"authentication\":\"stated\""),
        ("\"authentication\":\"token\"", "\"authentication\":{\"token\":null}"),
        ("\"issuer\":\"https://id.example.com\",", ""),
        ("\"issuer\":\"https://id.example.com\"", "\"issuer\":null"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05T08:00:01Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05T08:00:01.0000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05t08:00:01.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05T08:00:01.000000z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05 08:00:01.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05T08:00:60.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2016-12-31T23:59:60.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05T23:59:60.500000Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-01-05T24:00:00.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-02-29T08:00:01.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "2024-02-29T08:00:01.000001Z"),
        ("2026-01-05T08:00:01.000000Z", "0000-01-01T00:00:00.000000Z"),
        ("2026-01-05T08:00:01.000000Z", "9999-12-31T23:59:59.999999Z"),
        ("2026-01-05T08:00:01.000000Z", "2026-00-05T08:00:01.000000Z"),
        ("\"data\":{", "\"data\": {"),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":null"),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":1"),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":-0.5E+3"),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":01"),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":\"\\ud83d\""),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":{\"a\" : [ 1 ,\t2 ] }"),
        ("\"data\":{\"partner\":\"p\",\"customer\":\"c\"}", "\"data\":{}\n"),
        ("\"sealed\":{\"note\":\"unused today\"}", "\"sealed\":null"),
        ("\"sealed\":{\"note\":\"unused today\"}", "\"sealed\":{} "),
        (",\"sealed\":{\"note\":\"unused today\"}", ""),
        (",\"sealed\":{\"note\":\"unused today\"}", ",\"sealed\":1,\"sealed\":1"),
        (",\"sealed\":{\"note\":\"unused today\"}", ",\"colour\":1"),
        ("\"bodyHash\":\"ab", "\"bodyHash\":\"AB"),
        ("\"bodyHash\":\"ab", "\"bodyHash\":\""),
        ("\"salt\":\"07", "\"salt\":\"0A"),
        ("{\"id\"", "\u{feff}{\"id\""),
        ("01970000-0000-7000-8000-00000000000a", "01970000-0000-7000-8000-00000000000A"),
        ("01970000-0000-7000-8000-00000000000a", "0197000000007000800000000000000a"),
        ("01970000-0000-7000-8000-00000000000a", "{01970000-0000-7000-8000-00000000000a}"),
        ("01970000-0000-7000-8000-00000000000a", "urn:uuid:01970000-0000-7000-8000-00000000000a"),
        ("01970000-0000-7000-8000-00000000000a", "019700000-000-7000-8000-00000000000a"),
        ("{\"user\":{\"tenant\":", "{\"operator\":\"o\"},\"x\":{\"user\":{\"tenant\":"),
    ] {
        let other = sound.replacen(written, other, 1);
        assert_ne!(other, sound, "{written}");
        agree(other.as_bytes());
    }
    let deep = ["[".repeat(20_000), "]".repeat(20_000)].concat();
    agree(sound.replace("{\"partner\":\"p\",\"customer\":\"c\"}", &deep).as_bytes());
    agree(sound.replace("{\"partner\":\"p\",\"customer\":\"c\"}", &deep[1..]).as_bytes());
}
