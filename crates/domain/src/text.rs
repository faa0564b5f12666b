//! Texts that people type, bounded and checked where they come in.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::{fmt, ops::Deref};

/// Reads a value from a text that nobody has to copy first: serde's own texts are copied, also as a `Cow`.
///
/// # Errors
/// If there is no text, or `read` makes nothing of it.
pub fn from_text<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    struct Read<F>(F);

    impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> de::Visitor<'_> for Read<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<Error: de::Error>(self, text: &str) -> Result<T, Error> {
            self.0(text).map_err(Error::custom)
        }
    }

    deserializer.deserialize_str(Read(read))
}

/// What a text may hold beside its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("is empty")]
    Empty,
    #[error("is {chars} characters long; at most {max} are taken")]
    TooLong { chars: usize, max: usize },
    /// A control character other than a line's end where lines are allowed.
    #[error("has the control character U+{0:04X}")]
    Control(u32),
    #[error("is not a domain name like contoso.com")]
    Domain,
    #[error("is not an e-mail address like alex@contoso.com")]
    Address,
    #[error("is not a user principal name like alex@contoso.com")]
    UserPrincipalName,
    #[error("is not a name of lower-case letters, digits, `-`, `_` and `.`")]
    FeedName,
    #[error("is not an address like https://hooks.example.com/procura")]
    Url,
}

fn check(text: &str, max: usize, lines: Lines) -> Result<(), TextError> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if chars > max {
        return Err(TextError::TooLong { chars, max });
    }
    let allowed = |c: char| !c.is_control() || (lines == Lines::Many && matches!(c, '\n' | '\r' | '\t'));
    text.chars().find(|c| !allowed(*c)).map_or(Ok(()), |c| Err(TextError::Control(c.into())))
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $check:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes a text in, or says what is wrong with it.
            pub fn new(text: &str) -> Result<Self, TextError> {
                let check: fn(&str) -> Result<(), TextError> = $check;
                check(text).map(|()| Self(text.into()))
            }

        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_text(deserializer, Self::new)
            }
        }
    )+};
}

/// Texts of which the state keeps some.
macro_rules! kept_texts {
    ($($name:ident)+) => {$(
        impl $name {
            /// A text that was taken in before.
            pub(crate) fn kept(text: &str) -> Self {
                Self(text.into())
            }
        }
    )+};
}

kept_texts! { TokenIssuer Name DeviceField }

/// Longest name of a token's issuer, in characters.
pub const ISSUER_CHARS_MAX: usize = 512;
/// Longest name of a tenant or subscription, in characters.
pub const NAME_CHARS_MAX: usize = 256;
/// Longest domain name, in characters (RFC 1035).
pub const DOMAIN_CHARS_MAX: usize = 253;
/// Longest e-mail address, in characters (RFC 5321).
pub const ADDRESS_CHARS_MAX: usize = 254;
/// Longest user principal name, in characters (Microsoft Entra).
pub const USER_PRINCIPAL_NAME_CHARS_MAX: usize = 113;
/// Longest subject of an invitation, in characters.
pub const SUBJECT_CHARS_MAX: usize = 256;
/// Longest body of an invitation, in characters.
pub const BODY_CHARS_MAX: usize = 8_192;
/// Longest serial number, manufacturer, model or product key of a device, in characters.
pub const DEVICE_FIELD_CHARS_MAX: usize = 128;
/// Longest group tag of a device, in characters.
pub const GROUP_TAG_CHARS_MAX: usize = 512;
/// Longest name of a consumer or webhook, in characters.
pub const FEED_NAME_CHARS_MAX: usize = 64;
/// Longest address of a webhook, in characters.
pub const URL_CHARS_MAX: usize = 2_048;
/// Longest hardware hash, in characters of base 64 (Windows makes about 4,000).
pub const HARDWARE_HASH_CHARS_MAX: usize = 8_192;

texts! {
    /// Who issued a token, as its `iss` names it.
    TokenIssuer, |text| check(text, ISSUER_CHARS_MAX, Lines::One);
    /// A name shown to people: one line.
    Name, |text| check(text, NAME_CHARS_MAX, Lines::One);
    /// A tenant's domain: DNS labels, at least two.
    DomainName, check_domain;
    /// An e-mail address: one `@`, a domain behind it.
    Address, check_address;
    /// What a user signs in with: one `@`, a domain behind it.
    UserPrincipalName, check_user_principal_name;
    /// The subject of an invitation: one line.
    SubjectLine, |text| check(text, SUBJECT_CHARS_MAX, Lines::One);
    /// The body of an invitation.
    Body, |text| check(text, BODY_CHARS_MAX, Lines::Many);
    /// A device's serial number, manufacturer, model or product key.
    DeviceField, |text| check(text, DEVICE_FIELD_CHARS_MAX, Lines::One);
    /// A device's group tag; empty if it has none.
    GroupTag, |text| if text.is_empty() { Ok(()) } else { check(text, GROUP_TAG_CHARS_MAX, Lines::One) };
    /// A consumer's or webhook's name: lower-case letters, digits, `-`, `_` and `.`.
    FeedName, check_feed_name;
    /// Where a webhook sends events: an `https` address, or an `http` one where that is configured.
    WebhookUrl, check_url;
    /// A device's hardware hash.
    HardwareHash, |text| check(text, HARDWARE_HASH_CHARS_MAX, Lines::One);
}

fn check_feed_name(text: &str) -> Result<(), TextError> {
    check(text, FEED_NAME_CHARS_MAX, Lines::One)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && text.chars().all(fits) { Ok(()) } else { Err(TextError::FeedName) }
}

fn check_url(text: &str) -> Result<(), TextError> {
    check(text, URL_CHARS_MAX, Lines::One)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    // No user and password: what signs the messages is the secret. And no fragment, which is never sent.
    let is_plain = text.chars().all(|c| c.is_ascii_graphic()) && !text.contains('#');
    if is_plain && !host.is_empty() && !host.contains('@') { Ok(()) } else { Err(TextError::Url) }
}

fn check_domain(text: &str) -> Result<(), TextError> {
    check(text, DOMAIN_CHARS_MAX, Lines::One)?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.contains('.') && text.split('.').all(label) { Ok(()) } else { Err(TextError::Domain) }
}

fn check_address(text: &str) -> Result<(), TextError> {
    check(text, ADDRESS_CHARS_MAX, Lines::One)?;
    let (local, domain) = text.rsplit_once('@').ok_or(TextError::Address)?;
    // The characters of an unquoted local part (RFC 5322, atext).
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let plain = local.split('.').all(|atoms| !atoms.is_empty() && atoms.chars().all(atom));
    if plain && check_domain(domain).is_ok() { Ok(()) } else { Err(TextError::Address) }
}

fn check_user_principal_name(text: &str) -> Result<(), TextError> {
    check(text, USER_PRINCIPAL_NAME_CHARS_MAX, Lines::One)?;
    check_address(text).map_err(|_| TextError::UserPrincipalName)
}

impl UserPrincipalName {
    /// The form that two spellings of one name share: case makes no difference in it.
    pub fn folded(&self) -> String {
        self.to_ascii_lowercase()
    }
}

/// An invitation's message. The body has the link, as `{link}` or in full (INV-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    pub subject: SubjectLine,
    pub body: Body,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_printable() {
        assert_eq!(Name::new("  "), Err(TextError::Empty));
        assert!(Name::new(&"é".repeat(NAME_CHARS_MAX)).is_ok());
        assert_eq!(Name::new(&"é".repeat(257)), Err(TextError::TooLong { chars: 257, max: 256 }));
        assert_eq!(Name::new("a\nb"), Err(TextError::Control(10)));
        assert!(Body::new("a\n\tb\r\n").is_ok());
        assert_eq!(Body::new("a\u{7}"), Err(TextError::Control(7)));
        assert!(SubjectLine::new(&"s".repeat(SUBJECT_CHARS_MAX)).is_ok());
        assert!(SubjectLine::new("a\tb").is_err());
        assert!(DeviceField::new(&"s".repeat(DEVICE_FIELD_CHARS_MAX + 1)).is_err());
        assert!(HardwareHash::new(&"A".repeat(HARDWARE_HASH_CHARS_MAX + 1)).is_err());
        assert_eq!(Name::new("Contoso").map(|name| name.to_string()), Ok("Contoso".to_owned()));
    }

    #[test]
    fn domains_and_addresses_have_their_form() {
        for good in ["contoso.com", "a.b-c.example", "xn--caf-dma.fr"] {
            assert!(DomainName::new(good).is_ok(), "{good}");
        }
        for bad in ["contoso", ".com", "contoso.", "-a.com", "a-.com", "a b.com", "é.com", "a..b"] {
            assert_eq!(DomainName::new(bad), Err(TextError::Domain), "{bad}");
        }
        let long = format!("{}a.com", "a.".repeat(125));
        assert_eq!(DomainName::new(&long), Err(TextError::TooLong { chars: 255, max: 253 }));
        assert_eq!(DomainName::new(&format!("{}.com", "a".repeat(64))), Err(TextError::Domain));
        assert!(DomainName::new(&format!("{}.com", "a".repeat(63))).is_ok());
        for good in ["alex@contoso.com", "a.b+c@d.example"] {
            assert!(Address::new(good).is_ok(), "{good}");
        }
        for bad in [
            "alex",
            "@contoso.com",
            "a b@contoso.com",
            "a@b@contoso.com",
            "alex@contoso",
            "<a@b.com",
            "a,b@c.com",
            "a\"b(c@x.example",
            ".a@b.com",
            "é@b.com",
        ] {
            assert_eq!(Address::new(bad), Err(TextError::Address), "{bad}");
        }
    }
}
