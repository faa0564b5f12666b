//! The draft of an invitation's e-mail: subject and text in the partner's chosen language, and the same as a `mailto:`
//! URI (INV-3). A message that the partner edited replaces the text written here.

use crate::dates::date_and_time;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use procura_domain::{
    aggregate::invitation::LINK_PLACEHOLDER,
    event::InvitationSent,
    personal::PersonalData,
    text::Address,
    vocabulary::{InvitationUses, Locale},
};
use serde::Serialize;

/// Longest `mailto:` URI that mail applications take.
pub const MAILTO_CHARS_MAX: usize = 2_000;

/// An invitation's e-mail, ready to be sent by whoever invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Its subject, one line.
    pub subject: String,
    /// Its text, with the link in it.
    pub text: String,
    /// The personal link (INV-2).
    pub link: String,
    /// What opens it in the mail application; none where that would be longer than [`MAILTO_CHARS_MAX`]: the text is
    /// then to be copied.
    pub mailto: Option<String>,
}

impl Draft {
    /// The draft of an invitation that this event sent, to whom and as people wrote it, from the partner of that name,
    /// with that link.
    pub fn new(sent: &InvitationSent, written: &PersonalData, partner: &str, link: String) -> Self {
        let (subject, text) = match &written.message {
            Some(message) => (message.subject.to_string(), message.body.replace(LINK_PLACEHOLDER, &link)),
            None => match sent.locale {
                Locale::En => english(sent, partner, &link),
                Locale::Fr => french(sent, partner, &link),
            },
        };
        let mailto = mailto(written.recipient.as_ref(), &subject, &text);
        Self { subject, text, link, mailto }
    }

    /// The text with its lines ended as mail wants them.
    pub fn text_with_crlf(&self) -> String {
        with_crlf(&self.text)
    }
}

fn english(sent: &InvitationSent, partner: &str, link: &str) -> (String, String) {
    let delegated_admin = if sent.delegated_admin {
        "It also asks for delegated admin privileges: its Admin agents would be Global administrators and its Helpdesk \
         agents Helpdesk administrators in your directory. You can remove these privileges later on the Partner \
         relationships page of your admin centre; the relationship then goes on without them."
    } else {
        "It does not ask for delegated admin privileges: accepting gives it no administrator role in your directory."
    };
    let once = match sent.uses {
        InvitationUses::Once => " once,",
        InvitationUses::Many => "",
    };
    let until = date_and_time(Locale::En, sent.expires_at);
    let text = format!(
        "Hello,\n\n\
         {partner} asks your organisation for a reseller relationship. If you accept, it can provide you with \
         subscriptions and renew them, and it owes you support.\n\n\
         {delegated_admin}\n\n\
         To accept, open this link and sign in as a Global administrator of your organisation:\n\n\
         {link}\n\n\
         The invitation can be accepted{once} until {until}.\n"
    );
    (format!("{partner} asks you for a reseller relationship"), text)
}

fn french(sent: &InvitationSent, partner: &str, link: &str) -> (String, String) {
    let delegated_admin = if sent.delegated_admin {
        "Ce partenaire demande aussi des privilèges d’administrateur délégué\u{a0}: ses agents d’administration seraient \
         administrateurs généraux et ses agents du support technique administrateurs du support technique dans votre \
         annuaire. Vous pourrez supprimer ces privilèges dans la page Relations de partenariat de votre centre \
         d’administration\u{a0}; la relation continue alors sans eux."
    } else {
        "Ce partenaire ne demande pas de privilèges d’administrateur délégué\u{a0}: accepter ne lui donne aucun rôle \
         d’administrateur dans votre annuaire."
    };
    let once = match sent.uses {
        InvitationUses::Once => " une fois,",
        InvitationUses::Many => "",
    };
    let until = date_and_time(Locale::Fr, sent.expires_at);
    let text = format!(
        "Bonjour,\n\n\
         {partner} demande à votre organisation une relation de revendeur. Si vous acceptez, ce partenaire pourra vous \
         fournir des abonnements et les renouveler, et vous devra un support client.\n\n\
         {delegated_admin}\n\n\
         Pour accepter, ouvrez ce lien et connectez-vous en tant qu’administrateur général de votre organisation\u{a0}:\n\n\
         {link}\n\n\
         L’invitation peut être acceptée{once} jusqu’au {until}.\n"
    );
    (format!("{partner} vous demande une relation de revendeur"), text)
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

/// However the lines ended before.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}
