//! The draft of an invitation's e-mail: subject and text in the partner's chosen language, and the same as a `mailto:`
//! URI (INV-3). A message that the partner edited replaces the text written here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use procura_domain::{
    aggregate::invitation::LINK_PLACEHOLDER, event::InvitationSent, personal::PersonalData, text::Address,
};
use procura_words::Words;
use serde::Serialize;

/// Longest `mailto:` URI that mail applications take.
pub const MAILTO_CHARS_MAX: usize = 2_000;

/// An invitation's e-mail, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Its subject, one line.
    pub subject: String,
    /// Its text, with the link in it.
    pub text: String,
    /// The personal link (INV-2).
    pub link: String,
    /// What opens it in the mail application; none if that would be longer than [`MAILTO_CHARS_MAX`]: the text is
    /// then to be copied.
    pub mailto: Option<String>,
}

impl Draft {
    /// The draft of an invitation that this event sent, to whom and as people wrote it, from the partner of that name,
    /// with that link.
    pub fn new(sent: &InvitationSent, written: &PersonalData, partner: &str, link: String) -> Self {
        let (subject, text) = match &written.message {
            Some(message) => (message.subject.to_string(), message.body.replace(LINK_PLACEHOLDER, &link)),
            None => written_here(sent, partner, &link),
        };
        let mailto = mailto(written.recipient.as_ref(), &subject, &text);
        Self { subject, text, link, mailto }
    }

    /// The text with its lines ended as mail wants them.
    pub fn text_with_crlf(&self) -> String {
        with_crlf(&self.text)
    }
}

fn written_here(sent: &InvitationSent, partner: &str, link: &str) -> (String, String) {
    let words = Words::of(sent.locale);
    let dap = words.word(if sent.delegated_admin { "draft-with-dap" } else { "draft-without-dap" });
    let values = [
        ("partner", partner.into()),
        ("dap", dap.into()),
        ("link", link.into()),
        ("uses", sent.uses.name().into()),
        ("until", words.date_and_time(sent.expires_at).into()),
    ];
    let text = words.sentence("draft-text", &values) + "\n";
    (words.sentence("draft-subject", &[("partner", partner.into())]), text)
}

/// All but the unreserved characters (RFC 3986) is encoded: far more than RFC 6068 asks for, and never wrong.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ENCODED_IN_ADDRESS: &AsciiSet = &ENCODED.remove(b'@');

/// RFC 6068. A line ends with `%0D%0A` there.
fn mailto(recipient: Option<&Address>, subject: &str, text: &str) -> Option<String> {
    let to = utf8_percent_encode(recipient.map_or("", |address| address), ENCODED_IN_ADDRESS);
    let text = with_crlf(text);
    let (subject, body) = (utf8_percent_encode(subject, ENCODED), utf8_percent_encode(&text, ENCODED));
    let uri = format!("mailto:{to}?subject={subject}&body={body}");
    (uri.len() <= MAILTO_CHARS_MAX).then_some(uri)
}

/// The lines may have ended in any way before.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}
