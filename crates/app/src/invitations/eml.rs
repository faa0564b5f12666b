//! The draft of an invitation as an `.eml` file, which mail applications open as a message not yet sent (INV-3).
//!
//! Absent: From, Date and Message-ID. The sender's mail application puts them in.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use html_escape::{encode_double_quoted_attribute, encode_text};
use mail_builder::{
    headers::{HeaderType, address::Address, raw::Raw, text::Text},
    mime::MimePart,
};
use procura_domain::{text::Address as Recipient, vocabulary::Locale};
use procura_views::Draft;

/// How many bytes of text an encoded word holds: as base64 with what is around it, a line of the header has at most 76 (RFC 2047).
const ENCODED_WORD_BYTES_MAX: usize = 39;

/// The file's bytes: the text, and beside it the same as HTML.
pub(crate) fn eml(draft: &Draft, locale: Locale, recipient: Option<&Recipient>) -> Vec<u8> {
    let mut parts = MimePart::new(
        "multipart/alternative",
        vec![
            MimePart::new("text/plain", draft.text_with_crlf()),
            MimePart::new("text/html", html(draft, locale.name())),
        ],
    );
    let mut header = |name: &'static str, value: HeaderType<'static>| parts.headers.push((name.into(), value));
    header("Subject", subject(&draft.subject));
    if let Some(recipient) = recipient {
        header("To", Address::from(recipient.to_string()).into());
    }
    header("X-Unsent", Raw::new("1").into());
    header("MIME-Version", Raw::new("1.0").into());
    let mut bytes = Vec::new();
    parts.write_part(&mut bytes);
    bytes
}

/// The subject, so that a mail application shows what the draft shows. The library leaves ASCII as it is, and a mail
/// application decodes what looks like an encoded word (RFC 2047): a subject with one is encoded here, all of it.
fn subject(text: &str) -> HeaderType<'static> {
    if !text.contains("=?") {
        return Text::new(text.to_owned()).into();
    }
    let mut words = vec![String::new()];
    for character in text.chars() {
        match words.last_mut() {
            Some(word) if word.len().saturating_add(character.len_utf8()) <= ENCODED_WORD_BYTES_MAX => {
                word.push(character);
            }
            _ => words.push(character.into()),
        }
    }
    let encoded = words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word)));
    Raw::new(encoded.collect::<Vec<_>>().join(" ")).into()
}

/// The text as a page of HTML: every character as it is, every line a line, the link to click on.
fn html(draft: &Draft, language: &str) -> String {
    let (href, link) = (encode_double_quoted_attribute(&draft.link), encode_text(&draft.link));
    let anchor = format!("<a href=\"{href}\">{link}</a>");
    let text = draft.text_with_crlf();
    let around: Vec<_> = text.split(&draft.link).map(|piece| encode_text(piece)).collect();
    let body = around.join(&anchor).replace("\r\n", "<br>\r\n");
    format!(
        "<!DOCTYPE html>\r\n<html lang=\"{language}\">\r\n<head><meta charset=\"utf-8\"></head>\r\n<body>\r\n{body}\r\n\
         </body>\r\n</html>\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use mail_parser::{HeaderName, MessageParser};
    use procura_domain::{
        event::InvitationSent,
        personal::PersonalData,
        text::{BODY_CHARS_MAX, Body, Message, SubjectLine},
        vocabulary::InvitationUses,
    };

    const LINK: &str = "https://partners.example/invitations/10000000-0000-4000-8000-000000000001";

    /// The event, and what people wrote beside it.
    type Sent = (InvitationSent, PersonalData);

    fn sent(locale: Locale, message: Option<(&str, &str)>) -> Sent {
        let message = message.map(|(subject, body)| Message {
            subject: SubjectLine::new(subject).unwrap(),
            body: Body::new(body).unwrap(),
        });
        let event = InvitationSent {
            invitation: "10000000-0000-4000-8000-000000000001".parse().unwrap(),
            partner: "faaaaaaa-0000-4000-8000-000000000001".parse().unwrap(),
            delegated_admin: true,
            locale,
            uses: InvitationUses::Once,
            expires_at: "2020-09-17T08:00:00Z".parse().unwrap(),
        };
        let recipient = Some(Recipient::new("carla@contoso.example").unwrap());
        (event, PersonalData { recipient, message, ..PersonalData::default() })
    }

    fn draft((event, written): &Sent, partner: &str) -> Draft {
        Draft::new(event, written, partner, LINK.to_owned())
    }

    fn file(draft: &Draft, (event, written): &Sent) -> Vec<u8> {
        eml(draft, event.locale, written.recipient.as_ref())
    }

    fn bytes(sent: &Sent) -> Vec<u8> {
        file(&draft(sent, "Société Générale"), sent)
    }

    fn headers(message: &mail_parser::Message) -> Vec<String> {
        message.headers().iter().map(|header| header.name().to_owned()).collect()
    }

    /// What looks like an encoded word is text like any other, and no way to a header of one's own.
    #[test]
    fn inv_3_a_subject_is_sent_as_the_draft_shows_it() {
        let long = format!("=?utf-8?b?{}?= \u{1f512}é {}", "QUJD".repeat(20), "x".repeat(60));
        for subject in [
            "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
            "Hello =?utf-8?B?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
            "Réponse =?iso-8859-1?q?=0D=0AX:_y?= ici",
            "=?",
            &long,
        ] {
            let draft = draft(&sent(Locale::En, Some((subject, "{link}"))), "Fabrikam");
            assert_eq!(draft.subject, subject);
            let bytes = eml(&draft, Locale::En, None);
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.lines().all(|line| line.len() <= 78), "{text}");
            let message = MessageParser::new().parse(&bytes).unwrap();
            assert_eq!(message.subject(), Some(subject));
            assert_eq!(headers(&message), ["Content-Type", "Subject", "X-Unsent", "MIME-Version"]);
        }
    }

    #[test]
    fn inv_3_an_eml_is_a_draft() {
        let bytes = bytes(&sent(Locale::En, Some(("Hello", "Please:\n{link}\n--\nSam & <Co>"))));
        let text = String::from_utf8(bytes).unwrap();
        let boundary = text.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        expect![[r#"
            Content-Type: multipart/alternative;
             boundary="BOUNDARY"
            Subject: Hello
            To: <carla@contoso.example>
            X-Unsent: 1
            MIME-Version: 1.0

            --BOUNDARY
            Content-Type: text/plain; charset="utf-8"
            Content-Transfer-Encoding: 7bit

            Please:
            https://partners.example/invitations/10000000-0000-4000-8000-000000000001
            --
            Sam & <Co>
            --BOUNDARY
            Content-Type: text/html; charset="utf-8"
            Content-Transfer-Encoding: quoted-printable

            <!DOCTYPE html>
            <html lang=3D"en">
            <head><meta charset=3D"utf-8"></head>
            <body>
            Please:<br>
            <a href=3D"https://partners.example/invitations/10000000-0000-4000-8000-000=
            000000001">https://partners.example/invitations/10000000-0000-4000-8000-000=
            000000001</a><br>
            --<br>
            Sam &amp; &lt;Co&gt;
            </body>
            </html>

            --BOUNDARY--
        "#]]
        .assert_eq(&text.replace(boundary, "BOUNDARY").replace("\r\n", "\n"));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "every line ends with CRLF");
    }

    #[test]
    fn inv_3_subject_and_both_parts_are_read_back_with_their_accents() {
        let sent = sent(Locale::Fr, None);
        let bytes = bytes(&sent);
        assert!(bytes.is_ascii(), "nothing that old mail systems would spoil");
        let message = MessageParser::new().parse(&bytes).unwrap();
        assert_eq!(message.subject(), Some("Société Générale vous demande une relation de revendeur"));
        assert_eq!(message.to().unwrap().first().unwrap().address(), Some("carla@contoso.example"));
        assert_eq!(message.header_raw("X-Unsent").map(str::trim), Some("1"));
        assert_eq!((message.from(), message.date(), message.message_id()), (None, None, None));
        let draft = draft(&sent, "Société Générale");
        assert_eq!(message.body_text(0).unwrap(), draft.text_with_crlf());
        let html = message.body_html(0).unwrap();
        for part in
            ["<html lang=\"fr\">", "privilèges d’administrateur délégué", &format!("<a href=\"{LINK}\">{LINK}</a>")]
        {
            assert!(html.contains(part), "{html}");
        }
        assert_eq!((message.text_body_count(), message.html_body_count(), message.attachment_count()), (1, 1, 0));
    }

    #[test]
    fn nobody_known_nobody_addressed() {
        let (event, written) = sent(Locale::En, None);
        let bytes = bytes(&(event, PersonalData { recipient: None, ..written }));
        let message = MessageParser::new().parse(&bytes).unwrap();
        assert!(message.to().is_none() && !headers(&message).contains(&"To".to_owned()));
    }

    #[test]
    fn whatever_is_written_arrives_and_stays_text() {
        let long = format!("{{link}}{}", "é".repeat(BODY_CHARS_MAX - 6));
        for body in [
            "R&D <b>100 %</b> \"quoted\" 'so' &amp; {link}",
            "🚀 {link} 🚀",
            "{link}\r\none\rtwo\n\n\tthree \nfour ",
            "<script>alert(1)</script><a href=\"https://evil.example\">{link}</a>",
            ".\n..\nFrom here\n{link}\nBcc: x@y.example\n\n--\n=3D =\n",
            &long,
        ] {
            let sent = sent(Locale::En, Some(("Sujet", body)));
            let bytes = bytes(&sent);
            let message = MessageParser::new().parse(&bytes).unwrap();
            let text = draft(&sent, "").text_with_crlf();
            assert_eq!(message.body_text(0).unwrap(), text, "{body}");
            let html = message.body_html(0).unwrap();
            let shown = html.split("<body>\r\n").nth(1).unwrap().split("\r\n</body>").next().unwrap();
            let anchor = format!("<a href=\"{LINK}\">{LINK}</a>");
            let without_our_own = shown.replace("<br>\r\n", "\r\n").replace(&anchor, LINK);
            assert!(!without_our_own.contains(['<', '>']), "{html}");
            assert_eq!(html_escape::decode_html_entities(&without_our_own), text);
            assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
        }
    }

    /// The domain lets no line's end into a subject; were one there, it would still end up inside the subject.
    #[test]
    fn no_header_gets_in_through_the_subject() {
        assert!(SubjectLine::new("Hello\r\nBcc: x@y.example").is_err());
        let sent = sent(Locale::En, None);
        let plain = draft(&sent, "Fabrikam");
        let expected = headers(&MessageParser::new().parse(&file(&plain, &sent)).unwrap());
        for end in ["\r\n", "\n", "\r", "\r\n\r\n", "\u{2028}", "\u{85}", "\0"] {
            let draft = Draft { subject: format!("Hello{end}Bcc: x@y.example"), ..plain.clone() };
            let bytes = file(&draft, &sent);
            let message = MessageParser::new().parse(&bytes).unwrap();
            assert_eq!(headers(&message), expected, "{end:?}");
            assert!(message.header(HeaderName::Bcc).is_none() && message.subject().unwrap().starts_with("Hello"));
            assert_eq!(message.body_text(0).unwrap(), draft.text_with_crlf());
        }
    }
}
