//! The envelope: one event as it is stored, compact JSON with a fixed order of fields. The stored bytes are the leaf.
//!
//! Absent: what `data` means, and upcasts. An envelope is read as strictly as it is written: an unknown, missing or
//! repeated field is an error, and so is a `null` where a field should have been left out.

mod scan;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::value::RawValue;
use std::borrow::Cow;
use uuid::Uuid;

/// The most bytes one encoded envelope may have.
pub const EVENT_BYTES_MAX: usize = 128 * 1024;

/// One event with everything the log knows about it. It owns what it holds, or borrows it from the stored bytes
/// ([`EnvelopeRef`]); to be written, it may borrow its texts and tenants, and hold as `data` whatever serializes to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope<Text = String, Tenants = Vec<Uuid>, Data = Box<RawValue>, Sealed = Box<RawValue>> {
    /// The event's own id.
    pub id: Uuid,
    /// The event's type, such as `DapRevoked`.
    #[serde(rename = "type")]
    pub event_type: Text,
    /// The version of the type, from 1.
    pub version: u32,
    /// The place in the log, from 1, without gaps.
    pub position: u64,
    /// The place in the commit.
    pub commit: CommitPart,
    /// The tenants the event concerns.
    pub tenants: Tenants,
    pub actor: StoredActor<Text>,
    /// How the log came to believe that.
    pub authentication: StoredAuthentication,
    /// Who issued the token. Envelopes of version 1 have no such field.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub issuer: Option<Text>,
    /// The id of the command that led to the event.
    pub command: Uuid,
    /// The key under which the command may be repeated, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub idempotency: Option<Idempotency<Text>>,
    /// When the commit was recorded, in whole microseconds.
    #[serde(with = "instant")]
    pub recorded_at: DateTime<Utc>,
    /// When the event was imported, in whole microseconds; only where it was.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant::optional")]
    pub imported_at: Option<DateTime<Utc>>,
    /// Random bytes that keep the leaf's hash from confirming a guess of its content.
    #[serde(serialize_with = "as_hex", deserialize_with = "hex::serde::deserialize")]
    pub salt: [u8; 16],
    /// The payload, opaque here and kept byte for byte; the writer hands it in without needless white space.
    pub data: Data,
    /// The slot for sealed personal data, opaque here and kept byte for byte.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present",
        bound(deserialize = "Sealed: Deserialize<'de>")
    )]
    pub sealed: Option<Sealed>,
}

/// An envelope that borrows from the stored bytes what it can.
pub type EnvelopeRef<'a> = Envelope<Cow<'a, str>, TenantList<'a>, &'a RawValue, &'a RawValue>;

/// Tenants as an envelope lists them: UUIDs in quotes, with commas between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantList<'a>(&'a str);

impl TenantList<'_> {
    pub fn iter(&self) -> impl Iterator<Item = Uuid> {
        self.0.split(',').filter_map(|quoted| Uuid::try_parse(quoted.trim_matches('"')).ok())
    }
}

/// Which event of its commit an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommitPart {
    /// From 0.
    pub index: u32,
    /// The number of events in the commit.
    pub size: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum StoredActor<Text = String> {
    /// A user, who is an object id in a tenant.
    User {
        /// The tenant that holds the user.
        tenant: Uuid,
        /// The user's object id.
        user: Uuid,
    },
    /// A person who operates this server, by name.
    Operator(Text),
}

/// How the actor was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StoredAuthentication {
    /// By a bearer token.
    Token,
    /// Not at all: a local operator stated it.
    Stated,
}

/// An idempotency key and what it was sent with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Idempotency<Text = String> {
    pub key: Text,
    /// The hash of the command's body, keyed where that brought personal data.
    #[serde(serialize_with = "as_hex", deserialize_with = "hex::serde::deserialize")]
    pub body_hash: [u8; 32],
}

/// Why an envelope could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    #[error("the event has {bytes} bytes, the most is {EVENT_BYTES_MAX}: send less in one command")]
    TooLarge { bytes: usize },
    /// It holds a time that has no form here.
    #[error("the event cannot be written: {0}; report this fault")]
    Unwritable(#[source] serde_json::Error),
    /// The bytes say what an envelope says, and are not what would be written for it.
    #[error(
        "not an envelope as FORMAT.md describes it: the order of its fields, or the way that one is written, is another"
    )]
    Spelling,
    /// It has a field that no envelope up to this version has.
    #[error(
        "the event has a field `{field}`, which this build does not know. It was written by a newer Procura: use that version or a newer one"
    )]
    Newer { field: String },
    /// The bytes are not the JSON that `FORMAT.md` describes.
    #[error("not an envelope as FORMAT.md describes it: {0}")]
    Malformed(#[source] serde_json::Error),
}

impl<Text: Serialize, Tenants: Serialize, Data: Serialize, Sealed: Serialize> Envelope<Text, Tenants, Data, Sealed> {
    /// The bytes to store, at most [`EVENT_BYTES_MAX`]. Refuses a time with a part below the microsecond, in a leap
    /// second or outside the years 0 to 9999, because it would not come back as it was.
    pub fn encode(&self) -> Result<Vec<u8>, EnvelopeError> {
        const BYTES_USUAL: usize = 1_024;
        let mut bytes = Vec::with_capacity(BYTES_USUAL);
        serde_json::to_writer(&mut bytes, self).map_err(EnvelopeError::Unwritable)?;
        small_enough(&bytes)?;
        Ok(bytes)
    }
}

impl EnvelopeRef<'_> {
    /// One that lives on without the bytes.
    #[must_use]
    pub fn into_owned(self) -> Envelope {
        Envelope {
            id: self.id,
            event_type: self.event_type.into_owned(),
            version: self.version,
            position: self.position,
            commit: self.commit,
            tenants: self.tenants.iter().collect(),
            actor: match self.actor {
                StoredActor::User { tenant, user } => StoredActor::User { tenant, user },
                StoredActor::Operator(name) => StoredActor::Operator(name.into_owned()),
            },
            authentication: self.authentication,
            issuer: self.issuer.map(Cow::into_owned),
            command: self.command,
            idempotency: self
                .idempotency
                .map(|Idempotency { key, body_hash }| Idempotency { key: key.into_owned(), body_hash }),
            recorded_at: self.recorded_at,
            imported_at: self.imported_at,
            salt: self.salt,
            data: self.data.to_owned(),
            sealed: self.sealed.map(RawValue::to_owned),
        }
    }
}

/// Field by field; `data` and `sealed` as text, since that is what is kept.
impl PartialEq for Envelope {
    fn eq(&self, other: &Envelope) -> bool {
        let text = |envelope: &Envelope| envelope.sealed.as_ref().map(|sealed| sealed.get().to_owned());
        self.id == other.id
            && self.event_type == other.event_type
            && self.version == other.version
            && self.position == other.position
            && self.commit == other.commit
            && self.tenants == other.tenants
            && self.actor == other.actor
            && self.authentication == other.authentication
            && self.issuer == other.issuer
            && self.command == other.command
            && self.idempotency == other.idempotency
            && self.recorded_at == other.recorded_at
            && self.imported_at == other.imported_at
            && self.salt == other.salt
            && self.data.get() == other.data.get()
            && text(self) == text(other)
    }
}

fn small_enough(bytes: &[u8]) -> Result<(), EnvelopeError> {
    if bytes.len() > EVENT_BYTES_MAX { Err(EnvelopeError::TooLarge { bytes: bytes.len() }) } else { Ok(()) }
}

/// A field that may be left out but, if it is there, holds a value: serde alone would read `null` as left out.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// As `hex::serde` writes it, which makes a text of single characters first.
fn as_hex<S: Serializer, const N: usize>(bytes: &[u8; N], into: S) -> Result<S::Ok, S::Error> {
    let mut digits = [[0; 2]; N];
    let digits = digits.as_flattened_mut();
    hex::encode_to_slice(bytes, digits).map_err(ser::Error::custom)?;
    into.serialize_str(str::from_utf8(digits).map_err(ser::Error::custom)?)
}

/// RFC 3339 in UTC with exactly six fractional digits and `Z`.
pub(crate) mod instant {
    use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de, ser};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(at: &DateTime<Utc>, into: S) -> Result<S::Ok, S::Error> {
        let unwritable = || ser::Error::custom(format!("the time {at:?} has no form with six fractional digits"));
        into.serialize_str(&text(at).ok_or_else(unwritable)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        let at = DateTime::parse_from_rfc3339(&text).map_err(de::Error::custom)?.with_timezone(&Utc);
        if written(&at) != text {
            return Err(de::Error::custom(format!("the time {text} is not in UTC with six fractional digits")));
        }
        Ok(at)
    }

    /// `None` for a time that would not come back as it was.
    pub(crate) fn text(at: &DateTime<Utc>) -> Option<String> {
        let writable = (0..=9999).contains(&at.year()) && at.nanosecond() < 1_000_000_000;
        (writable && at.nanosecond().is_multiple_of(1_000)).then(|| written(at))
    }

    fn written(at: &DateTime<Utc>) -> String {
        at.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    pub(super) mod optional {
        use super::{DateTime, Deserializer, Serializer, Utc};

        pub(in super::super) fn serialize<S: Serializer>(
            at: &Option<DateTime<Utc>>,
            into: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => super::serialize(at, into),
                None => into.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<DateTime<Utc>>, D::Error> {
            super::deserialize(from).map(Some)
        }
    }
}

#[cfg(test)]
mod tests;
