//! Events that an older version wrote, as this one reads them. What is stored never changes: a type whose data change
//! gets another version, and a step here from the one before.
//!
//! To change an event: add its step to [`UPCASTS`], keep a log with events of the old version as a fixture
//! (`tests/fixtures/`), and say in `docs/decisions/` why.

use procura_domain::event::EventType;
use serde_json::Value;

/// One step: the data of a version as the next version has them. One event in, one event out.
#[derive(Clone, Copy)]
pub(crate) struct Upcast {
    pub(crate) event_type: EventType,
    /// The version it begins at.
    pub(crate) from: u32,
    /// What the next version would have written; else what is wrong.
    pub(crate) to_next: fn(Value) -> Result<Value, String>,
}

/// Every step. None so far: every type has its first version.
pub(crate) const UPCASTS: &[Upcast] = &[];

/// The version that a type has after all its steps.
pub(crate) fn newest_version(upcasts: &[Upcast], event_type: EventType) -> u32 {
    let steps = upcasts.iter().filter(|step| step.event_type == event_type);
    steps.map(|step| step.from + 1).max().unwrap_or(1)
}

/// The data of that version, brought up to the newest.
pub(crate) fn upcast(upcasts: &[Upcast], event_type: EventType, version: u32, data: Value) -> Result<Value, String> {
    let newest = newest_version(upcasts, event_type);
    (version..newest).try_fold(data, |data, from| {
        let step = upcasts.iter().find(|step| step.event_type == event_type && step.from == from);
        let step = step.ok_or_else(|| format!("there is no step from version {from} to the next"))?;
        (step.to_next)(data)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{DecodeError, decode_with};
    use procura_domain::{event::Event, temporal::Timestamp};
    use procura_eventlog::{CommitPart, Envelope, StoredActor, StoredAuthentication};
    use serde_json::{json, value::to_raw_value};
    use uuid::Uuid;

    /// As if a partner's name had once been its `title` and then its `label`, and its domain had once been left out.
    const RENAMED: &[Upcast] = &[
        Upcast { event_type: EventType::PartnerRegistered, from: 1, to_next: |data| renamed(data, "title", "label") },
        Upcast { event_type: EventType::PartnerRegistered, from: 2, to_next: |data| renamed(data, "label", "name") },
    ];

    fn renamed(mut data: Value, from: &str, to: &str) -> Result<Value, String> {
        let fields = data.as_object_mut().ok_or("it is no object")?;
        let value = fields.remove(from).ok_or_else(|| format!("missing field `{from}`"))?;
        fields.insert(to.to_owned(), value);
        Ok(data)
    }

    fn registered(version: u32, name_field: &str) -> Envelope {
        let partner = "faaaaaaa-0000-4000-8000-000000000001";
        // In the order in which this version writes the fields.
        let text = format!(r#"{{"partner":"{partner}","{name_field}":"Fabrikam","domain":"fabrikam.com"}}"#);
        Envelope {
            id: Uuid::nil(),
            event_type: "PartnerRegistered".to_owned(),
            version,
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
            data: to_raw_value(&serde_json::from_str::<&serde_json::value::RawValue>(&text).unwrap()).unwrap(),
            sealed: None,
        }
    }

    fn read(version: u32, name_field: &str) -> Result<Value, DecodeError> {
        decode_with(RENAMED, &registered(version, name_field)).map(|event: Event| json!(event))
    }

    #[test]
    fn an_older_version_is_brought_up_step_by_step() {
        let newest = read(3, "name").unwrap();
        assert_eq!(newest["name"], "Fabrikam");
        assert_eq!(read(2, "label"), Ok(newest.clone()));
        assert_eq!(read(1, "title"), Ok(newest));
    }

    #[test]
    fn what_no_version_wrote_is_refused() {
        for version in [0, 4, u32::MAX] {
            let unknown = DecodeError::UnknownType { name: "PartnerRegistered".to_owned(), version };
            assert_eq!(read(version, "name"), Err(unknown));
        }
        // The data of a version are those of that version.
        for (version, field) in [(1, "label"), (2, "title"), (2, "name"), (3, "label")] {
            let error = read(version, field).unwrap_err();
            assert!(error.to_string().contains(&format!("version {version}")), "{error}");
        }
    }

    #[test]
    fn a_missing_step_is_a_sentence() {
        let error = decode_with(&RENAMED[1..], &registered(1, "title")).unwrap_err();
        assert!(error.to_string().contains("no step from version 1"), "{error}");
        assert!(decode_with(UPCASTS, &registered(1, "name")).is_ok());
        assert!(decode_with(UPCASTS, &registered(2, "name")).is_err());
    }
}
