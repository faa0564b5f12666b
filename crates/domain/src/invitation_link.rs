//! Where the personal links of invitations point (INV-2): a template, in which the invitation's id takes a place.

use crate::id::InvitationId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What stands in the template for the invitation's id.
const PLACE: &str = "{invitation}";

/// Longest template, in bytes: with room for the rest of a `mailto:` URI.
const LINK_BYTES_MAX: usize = 1_000;

/// The template of invitations' links, like `https://portal.example/accept?i={invitation}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvitationLink {
    before: Box<str>,
    after: Box<str>,
}

/// Why a text is no template of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALink {
    #[error(
        "a link to invitations begins with https:// or http:// and a host, like https://portal.example/accept?i={{invitation}}"
    )]
    Scheme,
    #[error("a link to invitations contains {{invitation}} once, behind its host, and no other braces")]
    Place,
    #[error("a link to invitations has no spaces, quotes, angle brackets or control characters, and nothing but ASCII")]
    Character,
    #[error("a link to invitations is at most {LINK_BYTES_MAX} bytes long")]
    TooLong,
}

impl InvitationLink {
    /// The template below a server's own address.
    pub fn below(public_url: &str) -> Self {
        let before = format!("{}/invitations/", public_url.trim_end_matches('/'));
        Self { before: before.into(), after: "".into() }
    }

    /// The link to that invitation.
    pub fn to(&self, invitation: InvitationId) -> String {
        format!("{}{invitation}{}", self.before, self.after)
    }
}

impl fmt::Display for InvitationLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{PLACE}{}", self.before, self.after)
    }
}

impl TryFrom<String> for InvitationLink {
    type Error = NotALink;

    fn try_from(text: String) -> Result<Self, NotALink> {
        text.parse()
    }
}

impl From<InvitationLink> for String {
    fn from(link: InvitationLink) -> Self {
        link.to_string()
    }
}

impl FromStr for InvitationLink {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(NotALink::Scheme)?;
        let host = rest.find(['/', '?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest);
        if text.len() > LINK_BYTES_MAX {
            return Err(NotALink::TooLong);
        }
        if !text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`')) {
            return Err(NotALink::Character);
        }
        if host.is_empty() || host.starts_with(':') {
            return Err(NotALink::Scheme);
        }
        let (before, after) = text.split_once(PLACE).ok_or(NotALink::Place)?;
        if host.contains('{') || before.contains(['{', '}']) || after.contains(['{', '}']) {
            return Err(NotALink::Place);
        }
        Ok(Self { before: before.into(), after: after.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn inv_2_a_link_is_made_from_its_template() {
        let nil = "00000000-0000-0000-0000-000000000000";
        for (template, link) in [
            ("https://portal.example/accept?i={invitation}", format!("https://portal.example/accept?i={nil}")),
            ("http://127.0.0.1:7878/{invitation}/accept#x", format!("http://127.0.0.1:7878/{nil}/accept#x")),
        ] {
            let read: InvitationLink = template.parse().expect("a template");
            assert_eq!((read.to_string(), read.to(InvitationId::MIN)), (template.to_owned(), link));
        }
        for url in ["https://procura.example", "https://procura.example/"] {
            let link = InvitationLink::below(url).to(InvitationId::MIN);
            assert_eq!(link, format!("https://procura.example/invitations/{nil}"));
        }
    }

    #[test]
    fn inv_2_what_is_no_template_is_refused() {
        let long = format!("https://a.example/{}{{invitation}}", "x".repeat(LINK_BYTES_MAX));
        for (template, error) in [
            ("", NotALink::Scheme),
            ("ftp://a.example/{invitation}", NotALink::Scheme),
            ("javascript:alert({invitation})", NotALink::Scheme),
            ("https:///{invitation}", NotALink::Scheme),
            ("https://:80/{invitation}", NotALink::Scheme),
            ("https://a.example/", NotALink::Place),
            ("https://a.example/{invitation}/{invitation}", NotALink::Place),
            ("https://a.example/{Invitation}", NotALink::Place),
            ("https://a.example/{x}/{invitation}", NotALink::Place),
            ("https://{invitation}.example/", NotALink::Place),
            ("https://a.example/ {invitation}", NotALink::Character),
            ("https://a.example/\"{invitation}", NotALink::Character),
            ("https://a.example/\n{invitation}", NotALink::Character),
            ("https://é.example/{invitation}", NotALink::Character),
            (&long, NotALink::TooLong),
        ] {
            assert_eq!(template.parse::<InvitationLink>(), Err(error), "{template:?}");
        }
    }
}
