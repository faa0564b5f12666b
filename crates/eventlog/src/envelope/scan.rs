//! Reading stored bytes as an envelope: they are compared, from the first to the last, with what would be written, so that
//! nothing has to be written again to compare it. Whatever can be borrowed is.
//!
//! Absent: why bytes are no envelope, which `Envelope::decode` finds out by reading them at leisure.

use super::{CommitPart, EnvelopeRef, Idempotency, StoredActor, StoredAuthentication, TenantList};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use uuid::Uuid;

/// The envelope that is written as these bytes; `None` if there is none.
pub(super) fn scan(bytes: &[u8]) -> Option<EnvelopeRef<'_>> {
    let mut text = Text { rest: str::from_utf8(bytes).ok()? };
    text.literal("{\"id\":")?;
    let id = text.guid()?;
    text.literal(",\"type\":")?;
    let event_type = text.string()?;
    text.literal(",\"version\":")?;
    let version = text.number()?.try_into().ok()?;
    text.literal(",\"position\":")?;
    let position = text.number()?;
    text.literal(",\"commit\":{\"index\":")?;
    let index = text.number()?.try_into().ok()?;
    text.literal(",\"size\":")?;
    let size = text.number()?.try_into().ok()?;
    text.literal("},\"tenants\":[")?;
    let tenants = text.tenants()?;
    text.literal("],\"actor\":{")?;
    let actor = text.actor()?;
    text.literal("},\"authentication\":")?;
    let authentication = text.authentication()?;
    let issuer = if text.is_next(",\"issuer\":") { Some(text.string()?) } else { None };
    text.literal(",\"command\":")?;
    let command = text.guid()?;
    let idempotency = if text.is_next(",\"idempotency\":{\"key\":") { Some(text.idempotency()?) } else { None };
    text.literal(",\"recordedAt\":")?;
    let recorded_at = text.instant()?;
    let imported_at = if text.is_next(",\"importedAt\":") { Some(text.instant()?) } else { None };
    text.literal(",\"salt\":")?;
    let salt = text.hex()?;
    text.literal(",\"data\":")?;
    let data = text.value()?;
    let sealed = if text.is_next(",\"sealed\":") { Some(text.value()?) } else { None };
    text.literal("}")?;
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

/// What of the text was not read yet.
struct Text<'a> {
    rest: &'a str,
}

impl<'a> Text<'a> {
    /// Reads exactly this, if it comes next.
    fn is_next(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads exactly this.
    fn literal(&mut self, text: &str) -> Option<()> {
        self.is_next(text).then_some(())
    }

    fn take(&mut self, bytes: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    /// A text in quotes, with those escapes alone that are needed, in their shortest form.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let special = |byte: u8| matches!(byte, b'"' | b'\\' | ..b' ');
        let plain = self.rest.strip_prefix('"')?;
        let (plain, rest) = plain.split_at_checked(plain.bytes().position(special)?)?;
        if let Some(rest) = rest.strip_prefix('"') {
            self.rest = rest;
            return Some(Cow::Borrowed(plain));
        }
        // Hardly any has an escape.
        let written = self.value()?.get();
        let string: String = serde_json::from_str(written).ok()?;
        (serde_json::to_string(&string).ok()? == written).then_some(Cow::Owned(string))
    }

    /// A whole number in decimal, without needless zeros.
    fn number(&mut self) -> Option<u64> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let digits = self.take(digits)?;
        if digits.len() > 1 && digits.starts_with('0') { None } else { digits.parse().ok() }
    }

    /// A UUID in quotes, in lower case with hyphens.
    fn guid(&mut self) -> Option<Uuid> {
        self.literal("\"")?;
        let guid = guid(self.take(uuid::fmt::Hyphenated::LENGTH)?)?;
        self.literal("\"")?;
        Some(guid)
    }

    fn tenants(&mut self) -> Option<TenantList<'a>> {
        let before = self.rest;
        if self.rest.starts_with('"') {
            self.guid()?;
            while self.is_next(",") {
                self.guid()?;
            }
        }
        let list = before.len().checked_sub(self.rest.len())?;
        before.get(..list).map(TenantList)
    }

    fn actor(&mut self) -> Option<StoredActor<Cow<'a, str>>> {
        if self.is_next("\"operator\":") {
            return self.string().map(StoredActor::Operator);
        }
        self.literal("\"user\":{\"tenant\":")?;
        let tenant = self.guid()?;
        self.literal(",\"user\":")?;
        let user = self.guid()?;
        self.literal("}")?;
        Some(StoredActor::User { tenant, user })
    }

    fn authentication(&mut self) -> Option<StoredAuthentication> {
        if self.is_next("\"token\"") {
            return Some(StoredAuthentication::Token);
        }
        self.literal("\"stated\"").map(|()| StoredAuthentication::Stated)
    }

    fn idempotency(&mut self) -> Option<Idempotency<Cow<'a, str>>> {
        let key = self.string()?;
        self.literal(",\"bodyHash\":")?;
        let body_hash = self.hex()?;
        self.literal("}")?;
        Some(Idempotency { key, body_hash })
    }

    /// A time in quotes: RFC 3339 in UTC with six fractional digits and `Z`.
    fn instant(&mut self) -> Option<DateTime<Utc>> {
        self.literal("\"")?;
        let year = self.digits(4)?;
        self.literal("-")?;
        let month = self.digits(2)?;
        self.literal("-")?;
        let day = self.digits(2)?;
        self.literal("T")?;
        let hour = self.digits(2)?;
        self.literal(":")?;
        let minute = self.digits(2)?;
        self.literal(":")?;
        let second = self.digits(2)?;
        self.literal(".")?;
        let micros = self.digits(6)?;
        self.literal("Z\"")?;
        let day = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
        Some(day.and_hms_micro_opt(hour, minute, second, micros)?.and_utc())
    }

    /// A number of so many decimal digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let add = |number, digit: u8| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'));
        self.take(count)?.bytes().try_fold(0, add)
    }

    /// So many bytes in quotes, as lower-case hex digits.
    fn hex<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.literal("\"")?;
        let digits = self.take(N * 2)?;
        let mut bytes = [0; N];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        self.literal("\"")?;
        is_lower(digits).then_some(bytes)
    }

    /// Any JSON value, kept as it is.
    fn value(&mut self) -> Option<&'a RawValue> {
        let value = <&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(self.rest)).ok()?;
        // White space before it would not be kept.
        self.literal(value.get())?;
        Some(value)
    }
}

/// A UUID in lower case with hyphens.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    let is_canonical = text.len() == uuid::fmt::Hyphenated::LENGTH && is_lower(text);
    is_canonical.then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Of hex digits: whether there is none in upper case.
fn is_lower(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_uppercase())
}
