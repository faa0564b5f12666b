//! Reading stored bytes as an envelope: they are compared, from the first to the last, with what would be written, so that
//! nothing has to be written again to compare it. Whatever can be borrowed is.
//!
//! Why bytes are no envelope is found out by reading them once more, at leisure.

use super::{
    CommitPart, Envelope, EnvelopeError, EnvelopeRef, Idempotency, StoredActor, StoredAuthentication, TenantList,
    small_enough,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap};
use uuid::{Uuid, fmt::Hyphenated};

/// Every field of an envelope.
const FIELDS: [&str; 16] = [
    "id",
    "type",
    "version",
    "position",
    "commit",
    "tenants",
    "actor",
    "authentication",
    "issuer",
    "command",
    "idempotency",
    "recordedAt",
    "importedAt",
    "salt",
    "data",
    "sealed",
];

impl Envelope {
    /// The envelope in stored bytes, which are, byte for byte, those that [`Envelope::encode`] would give.
    pub fn decode(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        EnvelopeRef::borrow(bytes).map(EnvelopeRef::into_owned)
    }
}

impl<'a> EnvelopeRef<'a> {
    /// The same, which borrows from these bytes.
    pub fn borrow(bytes: &'a [u8]) -> Result<EnvelopeRef<'a>, EnvelopeError> {
        small_enough(bytes)?;
        scan(bytes).ok_or_else(|| unread(bytes))
    }
}

/// The envelope in stored bytes, read at leisure: as JSON, and written again to compare it.
pub(super) fn read_again(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| {
        let fields: BTreeMap<String, IgnoredAny> = serde_json::from_slice(bytes).unwrap_or_default();
        match fields.into_keys().find(|field| !FIELDS.contains(&field.as_str())) {
            Some(field) => EnvelopeError::Newer { field },
            None => EnvelopeError::Malformed(error),
        }
    })?;
    if envelope.encode()? == bytes { Ok(envelope) } else { Err(EnvelopeError::Spelling) }
}

/// Why bytes are no envelope of this version or of one before.
fn unread(bytes: &[u8]) -> EnvelopeError {
    read_again(bytes).err().unwrap_or(EnvelopeError::Spelling)
}

/// The envelope that is written as these bytes; `None` if there is none.
fn scan(bytes: &[u8]) -> Option<EnvelopeRef<'_>> {
    let mut text = Text { rest: bytes };
    text.literal(b"{\"id\":")?;
    let id = text.guid()?;
    text.literal(b",\"type\":")?;
    let event_type = text.string()?;
    text.literal(b",\"version\":")?;
    let version = text.number()?.try_into().ok()?;
    text.literal(b",\"position\":")?;
    let position = text.number()?;
    text.literal(b",\"commit\":{\"index\":")?;
    let index = text.number()?.try_into().ok()?;
    text.literal(b",\"size\":")?;
    let size = text.number()?.try_into().ok()?;
    text.literal(b"},\"tenants\":[")?;
    let tenants = text.tenants()?;
    text.literal(b"],\"actor\":{")?;
    let actor = text.actor()?;
    text.literal(b"},\"authentication\":")?;
    let authentication = text.authentication()?;
    let issuer = if text.is_next(b",\"issuer\":") { Some(text.string()?) } else { None };
    text.literal(b",\"command\":")?;
    let command = text.guid()?;
    let idempotency = if text.is_next(b",\"idempotency\":{\"key\":") { Some(text.idempotency()?) } else { None };
    text.literal(b",\"recordedAt\":")?;
    let recorded_at = text.instant()?;
    let imported_at = if text.is_next(b",\"importedAt\":") { Some(text.instant()?) } else { None };
    text.literal(b",\"salt\":\"")?;
    let salt = hex(text.take::<32>()?)?;
    text.literal(b"\",\"data\":")?;
    let data = text.value()?;
    let sealed = if text.is_next(b",\"sealed\":") { Some(text.value()?) } else { None };
    text.literal(b"}")?;
    let commit = CommitPart { index, size };
    text.rest.is_empty().then_some(EnvelopeRef {
        id,
        event_type,
        version,
        position,
        commit,
        tenants,
        actor,
        authentication,
        issuer,
        command,
        idempotency,
        recorded_at,
        imported_at,
        salt,
        data,
        sealed,
    })
}

/// What was not read yet.
struct Text<'a> {
    rest: &'a [u8],
}

impl<'a> Text<'a> {
    /// The next bytes, whatever they are.
    #[inline]
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(taken)
    }

    /// Reads exactly this, if it comes next.
    #[inline]
    fn is_next<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        match self.rest.split_first_chunk() {
            Some((next, rest)) if next == literal => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads exactly this.
    #[inline]
    fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        self.is_next(literal).then_some(())
    }

    /// A text in quotes, with those escapes alone that are needed, in their shortest form.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let (_, inside) = self.rest.split_first().filter(|(quote, _)| **quote == b'"')?;
        let (plain, rest) = inside.split_at_checked(inside.iter().position(|byte| *byte == b'"')?)?;
        if !any(plain, |byte| byte == b'\\' || byte < b' ') {
            (_, self.rest) = rest.split_first()?;
            return str::from_utf8(plain).ok().map(Cow::Borrowed);
        }
        // Hardly any has an escape.
        let written = self.value()?.get();
        let string: String = serde_json::from_str(written).ok()?;
        (serde_json::to_string(&string).ok()? == written).then_some(Cow::Owned(string))
    }

    /// A whole number in decimal, without needless zeros.
    fn number(&mut self) -> Option<u64> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        if digits.is_empty() || digits.len() > 1 && digits.starts_with(b"0") {
            return None;
        }
        self.rest = rest;
        digits.iter().try_fold(0, |number: u64, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
    }

    /// A UUID in quotes, in lower case with hyphens.
    fn guid(&mut self) -> Option<Uuid> {
        self.literal(b"\"")?;
        let guid = guid(self.take()?)?;
        self.literal(b"\"")?;
        Some(guid)
    }

    fn tenants(&mut self) -> Option<TenantList<'a>> {
        let before = self.rest;
        if self.rest.first() == Some(&b'"') {
            self.guid()?;
            while self.is_next(b",") {
                self.guid()?;
            }
        }
        let list = before.get(..before.len().checked_sub(self.rest.len())?)?;
        str::from_utf8(list).ok().map(TenantList)
    }

    fn actor(&mut self) -> Option<StoredActor<Cow<'a, str>>> {
        if self.is_next(b"\"operator\":") {
            return self.string().map(StoredActor::Operator);
        }
        self.literal(b"\"user\":{\"tenant\":")?;
        let tenant = self.guid()?;
        self.literal(b",\"user\":")?;
        let user = self.guid()?;
        self.literal(b"}")?;
        Some(StoredActor::User { tenant, user })
    }

    fn authentication(&mut self) -> Option<StoredAuthentication> {
        if self.is_next(b"\"token\"") {
            return Some(StoredAuthentication::Token);
        }
        self.literal(b"\"stated\"").map(|()| StoredAuthentication::Stated)
    }

    fn idempotency(&mut self) -> Option<Idempotency<Cow<'a, str>>> {
        let key = self.string()?;
        self.literal(b",\"bodyHash\":\"")?;
        let body_hash = hex(self.take::<64>()?)?;
        self.literal(b"\"}")?;
        Some(Idempotency { key, body_hash })
    }

    /// A time in quotes: RFC 3339 in UTC with six fractional digits and `Z`.
    fn instant(&mut self) -> Option<DateTime<Utc>> {
        self.literal(b"\"")?;
        let year = self.digits::<4>()?;
        self.literal(b"-")?;
        let month = self.digits::<2>()?;
        self.literal(b"-")?;
        let day = self.digits::<2>()?;
        self.literal(b"T")?;
        let hour = self.digits::<2>()?;
        self.literal(b":")?;
        let minute = self.digits::<2>()?;
        self.literal(b":")?;
        let second = self.digits::<2>()?;
        self.literal(b".")?;
        let micros = self.digits::<6>()?;
        self.literal(b"Z\"")?;
        let day = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
        Some(day.and_hms_micro_opt(hour, minute, second, micros)?.and_utc())
    }

    /// A number of so many decimal digits.
    fn digits<const N: usize>(&mut self) -> Option<u32> {
        let add = |number, digit: &u8| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'));
        self.take::<N>()?.iter().try_fold(0, add)
    }

    /// Any JSON value, kept as it is.
    fn value(&mut self) -> Option<&'a RawValue> {
        let value = <&RawValue>::deserialize(&mut serde_json::Deserializer::from_slice(self.rest)).ok()?;
        // White space before it would not be kept.
        self.rest = self.rest.strip_prefix(value.get().as_bytes())?;
        Some(value)
    }
}

/// A UUID in lower case with hyphens.
fn guid(text: &[u8; Hyphenated::LENGTH]) -> Option<Uuid> {
    let is_lower = !any(text, |byte| byte.is_ascii_uppercase());
    is_lower.then(|| Uuid::try_parse_ascii(text).ok()).flatten()
}

/// What these lower-case hex digits stand for.
fn hex<const DIGITS: usize, const BYTES: usize>(digits: &[u8; DIGITS]) -> Option<[u8; BYTES]> {
    const { assert!(DIGITS == 2 * BYTES) };
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if any(digits, |byte| !is_digit(byte)) {
        return None;
    }
    let value = |digit: u8| (digit & 15) + if digit > b'9' { 9 } else { 0 };
    let (pairs, _) = digits.as_chunks();
    let mut bytes = [0; BYTES];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high) << 4 | value(*low);
    }
    Some(bytes)
}

/// Whether one of the bytes is such. All of them are looked at, many at a time.
fn any(bytes: &[u8], is_such: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, byte| found | is_such(*byte))
}
