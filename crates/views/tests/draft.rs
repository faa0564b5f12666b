//! The draft of an invitation: what it says in each language, and that its `mailto:` URI says the same.
#![expect(clippy::unwrap_used, reason = "tests")]

use expect_test::{Expect, expect};
use percent_encoding::percent_decode_str;
use procura_domain::{
    event::InvitationSent,
    personal::PersonalData,
    text::Message,
    text::{BODY_CHARS_MAX, Body, NAME_CHARS_MAX, SUBJECT_CHARS_MAX, SubjectLine},
    vocabulary::{InvitationUses, Locale},
};
use procura_views::{Draft, MAILTO_CHARS_MAX};
use proptest::prelude::*;

const LINK: &str = "https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001";
const RECIPIENT: &str = "carla.moreau+it@contoso.example";

/// The event, and what people wrote beside it.
type Sent = (InvitationSent, PersonalData);

fn sent(locale: Locale, delegated_admin: bool) -> Sent {
    let event = InvitationSent {
        invitation: "10000000-0000-4000-8000-000000000001".parse().unwrap(),
        partner: "faaaaaaa-0000-4000-8000-000000000001".parse().unwrap(),
        delegated_admin,
        locale,
        uses: InvitationUses::Once,
        expires_at: "2020-09-17T08:00:00Z".parse().unwrap(),
    };
    let recipient = Some(procura_domain::text::Address::new(RECIPIENT).unwrap());
    (event, PersonalData { recipient, ..PersonalData::default() })
}

fn edited(locale: Locale, subject: &str, body: &str) -> Sent {
    let message = Message { subject: SubjectLine::new(subject).unwrap(), body: Body::new(body).unwrap() };
    let (event, written) = sent(locale, true);
    (event, PersonalData { message: Some(message), ..written })
}

fn draft(sent: &Sent) -> Draft {
    draft_of(sent, "Fabrikam")
}

fn draft_of((event, written): &Sent, partner: &str) -> Draft {
    Draft::new(event, written, partner, LINK.to_owned())
}

#[track_caller]
fn check(sent: &Sent, expected: &Expect) {
    let Draft { subject, text, link, .. } = draft(sent);
    assert_eq!(link, LINK);
    expected.assert_eq(&format!("{subject}\n\n{text}"));
}

/// What a mail application makes of the URI: recipient, subject, body.
fn opened(mailto: &str) -> [String; 3] {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let (to, fields) = mailto.strip_prefix("mailto:").unwrap().split_once('?').unwrap();
    let (subject, body) = fields.split_once('&').unwrap();
    let [subject, body] =
        [(subject, "subject"), (body, "body")].map(|(field, name)| field.strip_prefix(name).unwrap()[1..].to_owned());
    [decoded(to), decoded(&subject), decoded(&body)]
}

/// Every end of a line as one kind.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[test]
fn inv_3_in_english_with_delegated_admin() {
    check(
        &sent(Locale::En, true),
        &expect![[r#"
        Fabrikam asks you for a reseller relationship

        Hello,

        Fabrikam asks your organisation for a reseller relationship. If you accept, it can provide you with subscriptions and renew them, and it owes you support.

        It also asks for delegated admin privileges: its Admin agents would be Global administrators and its Helpdesk agents Helpdesk administrators in your directory. You can remove these privileges later on the Partner relationships page of your admin centre; the relationship then goes on without them.

        To accept, open this link and sign in as a Global administrator of your organisation:

        https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001

        The invitation can be accepted once, until 17 September 2020, 08:00 UTC.
    "#]],
    );
}

#[test]
fn inv_3_in_english_without_delegated_admin() {
    check(
        &sent(Locale::En, false),
        &expect![[r#"
        Fabrikam asks you for a reseller relationship

        Hello,

        Fabrikam asks your organisation for a reseller relationship. If you accept, it can provide you with subscriptions and renew them, and it owes you support.

        It does not ask for delegated admin privileges: accepting gives it no administrator role in your directory.

        To accept, open this link and sign in as a Global administrator of your organisation:

        https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001

        The invitation can be accepted once, until 17 September 2020, 08:00 UTC.
    "#]],
    );
}

#[test]
fn inv_3_in_french_with_delegated_admin() {
    check(
        &sent(Locale::Fr, true),
        &expect![[r#"
        Fabrikam vous demande une relation de revendeur

        Bonjour,

        Fabrikam demande à votre organisation une relation de revendeur. Si vous acceptez, ce partenaire pourra vous fournir des abonnements et les renouveler, et vous devra un support client.

        Ce partenaire demande aussi des privilèges d’administrateur délégué : ses agents d’administration seraient administrateurs généraux et ses agents du support technique administrateurs du support technique dans votre annuaire. Vous pourrez supprimer ces privilèges dans la page Relations de partenariat de votre centre d’administration ; la relation continue alors sans eux.

        Pour accepter, ouvrez ce lien et connectez-vous en tant qu’administrateur général de votre organisation :

        https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001

        L’invitation peut être acceptée une fois, jusqu’au 17 septembre 2020 à 08:00 UTC.
    "#]],
    );
}

#[test]
fn inv_3_in_french_without_delegated_admin() {
    check(
        &sent(Locale::Fr, false),
        &expect![[r#"
        Fabrikam vous demande une relation de revendeur

        Bonjour,

        Fabrikam demande à votre organisation une relation de revendeur. Si vous acceptez, ce partenaire pourra vous fournir des abonnements et les renouveler, et vous devra un support client.

        Ce partenaire ne demande pas de privilèges d’administrateur délégué : accepter ne lui donne aucun rôle d’administrateur dans votre annuaire.

        Pour accepter, ouvrez ce lien et connectez-vous en tant qu’administrateur général de votre organisation :

        https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001

        L’invitation peut être acceptée une fois, jusqu’au 17 septembre 2020 à 08:00 UTC.
    "#]],
    );
}

#[test]
fn an_edited_message_is_sent_as_it_was_edited() {
    check(
        &edited(Locale::En, "About {link}", "Please accept:\n{link}\nor again {link}\n"),
        &expect![[r#"
        About {link}

        Please accept:
        https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001
        or again https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001
    "#]],
    );
    check(
        &edited(Locale::Fr, "À propos", &format!("Voici votre lien\u{a0}: {LINK}")),
        &expect![[r#"
        À propos

        Voici votre lien : https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001"#]],
    );
}

#[test]
fn an_invitation_for_many_says_nothing_of_once() {
    for (locale, once, until) in [
        (Locale::En, "once", "until 17 September 2020, 08:00 UTC."),
        (Locale::Fr, "une fois", "jusqu’au 17 septembre 2020 à 08:00 UTC."),
    ] {
        let (event, written) = sent(locale, true);
        let text = draft(&(InvitationSent { uses: InvitationUses::Many, ..event }, written)).text;
        assert!(!text.contains(once) && text.contains(until), "{text}");
    }
}

#[test]
fn dates_are_written_as_the_language_does() {
    for (at, english, french) in [
        ("2021-01-01T00:00:00Z", "1 January 2021, 00:00 UTC", "1er janvier 2021 à 00:00 UTC"),
        ("2020-08-02T23:59:59.999999Z", "2 August 2020, 23:59 UTC", "2 août 2020 à 23:59 UTC"),
        ("2020-12-31T12:05:00Z", "31 December 2020, 12:05 UTC", "31 décembre 2020 à 12:05 UTC"),
    ] {
        let says = |locale| {
            let (event, written) = sent(locale, true);
            draft(&(InvitationSent { expires_at: at.parse().unwrap(), ..event }, written)).text
        };
        assert!(says(Locale::En).contains(english), "{at}");
        assert!(says(Locale::Fr).contains(french), "{at}");
    }
}

#[test]
fn a_partner_s_name_is_a_name_whatever_it_says() {
    let text = draft_of(&sent(Locale::En, false), "A {link} & <Co>").text;
    assert!(text.contains("A {link} & <Co> asks your organisation"), "{text}");
}

#[test]
fn the_default_drafts_fit_in_a_mailto() {
    let name = "Société française d’informatique déléguée";
    for locale in Locale::ALL {
        let draft = draft_of(&sent(*locale, true), name);
        let mailto = draft.mailto.expect("short enough");
        assert!(mailto.len() > 1_000 && mailto.is_ascii(), "{mailto}");
        assert_eq!(opened(&mailto), [RECIPIENT.into(), draft.subject, draft.text.replace('\n', "\r\n")]);
    }
}

#[test]
fn mailto_is_written_as_rfc_6068_says() {
    let sent = edited(Locale::En, "R&D 100 % = ça?", "Chère Carla,\n\n<{link}>\r\n🚀\t#1\rEnd");
    expect!["mailto:carla.moreau%2Bit@contoso.example?subject=R%26D%20100%20%25%20%3D%20%C3%A7a%3F&body=Ch%C3%A8re%20Carla%2C%0D%0A%0D%0A%3Chttps%3A%2F%2Fpartners.fabrikam.example%2Finvitations%2F10000000-0000-4000-8000-000000000001%3E%0D%0A%F0%9F%9A%80%09%231%0D%0AEnd"].assert_eq(&draft(&sent).mailto.unwrap());
    let nobody = (sent.0, PersonalData { recipient: None, ..sent.1 });
    assert!(draft(&nobody).mailto.unwrap().starts_with("mailto:?subject=R%26D"));
}

/// At the limit it is a URI, one character beyond it the text is to be copied.
#[test]
fn a_mailto_has_2_000_characters_at_most() {
    let with = |padding: usize| draft(&edited(Locale::En, "Hello", &format!("{{link}}{}", "a".repeat(padding))));
    let padding = MAILTO_CHARS_MAX - with(0).mailto.unwrap().len();
    assert_eq!(with(padding).mailto.map(|uri| uri.len()), Some(MAILTO_CHARS_MAX));
    let longer = with(padding + 1);
    assert_eq!(longer.mailto, None);
    assert!(longer.text.starts_with(LINK) && longer.text.ends_with('a'));
}

#[test]
fn the_longest_texts_are_drafts() {
    let body = format!("{{link}}{}", "🚀".repeat(BODY_CHARS_MAX - 6));
    let draft = draft_of(&edited(Locale::Fr, &"é".repeat(SUBJECT_CHARS_MAX), &body), "F");
    assert_eq!((draft.mailto, draft.text.chars().count()), (None, BODY_CHARS_MAX - 6 + LINK.len()));
    let long = draft_of(&sent(Locale::En, true), &"é".repeat(NAME_CHARS_MAX));
    assert_eq!(long.mailto, None);
}

#[test]
fn it_serializes_as_the_contract_shows_it() {
    let short = draft(&edited(Locale::En, "S", "{link}"));
    expect![[r#"
        {
          "subject": "S",
          "text": "https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001",
          "link": "https://partners.fabrikam.example/invitations/10000000-0000-4000-8000-000000000001",
          "mailto": "mailto:carla.moreau%2Bit@contoso.example?subject=S&body=https%3A%2F%2Fpartners.fabrikam.example%2Finvitations%2F10000000-0000-4000-8000-000000000001"
        }"#]].assert_eq(&serde_json::to_string_pretty(&short).unwrap());
}

proptest! {
    #[test]
    fn whatever_is_written_arrives(subject in "[^\\p{C}]{0,20}[^\\p{C}\\s]", body in "([^\\p{C}]|[\\r\\n\\t]){0,60}") {
        let draft = draft(&edited(Locale::En, &subject, &format!("{body}{{link}}")));
        if let Some(mailto) = draft.mailto {
            prop_assert!(mailto.len() <= MAILTO_CHARS_MAX && mailto.is_ascii());
            let [to, opened_subject, opened_body] = opened(&mailto);
            prop_assert_eq!((to.as_str(), opened_subject), (RECIPIENT, subject));
            prop_assert!(!opened_body.replace("\r\n", "").contains(['\r', '\n']), "every line ends with CRLF");
            prop_assert_eq!(plain(&opened_body), plain(&draft.text));
        }
    }
}
