//! *Request a reseller relationship*: what is asked for, and the message that asks for it. It must have the link in it
//! (INV-2), which is looked at while it is written, and again when it is sent.

use crate::{
    answer::{Shown, see_other},
    changes::{done, refused},
    extract::{InPath, InQuery},
    failure::Failure,
    field_problem::problem,
    form::Sent,
    links::Link,
    shell::{Shell, Standing},
    visit::Visit,
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_app::{
    AsOf, Code, Draft,
    history::Whose,
    invitations::{InvitationRequest, Mail, ProposedInvitation, invitation, proposed_draft},
};
use procura_domain::{
    aggregate::invitation::LINK_PLACEHOLDER,
    command::{ExpiresInDays, INVITATION_EXPIRES_DEFAULT_DAYS, INVITATION_EXPIRES_MAX_DAYS},
    id::{InvitationId, PartnerId},
    temporal::Position,
    text::{Address, Body, SubjectLine},
    vocabulary::{InvitationUses, Locale},
};
use serde::Deserialize;
use serde_json::json;

/// What an invitation asks for, as it stands in an address or a form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SettingsQuery {
    dap: Option<String>,
    language: Option<String>,
    uses: Option<String>,
    days: Option<String>,
    /// An earlier invitation to begin from.
    again: Option<InvitationId>,
}

/// What an invitation asks for. What cannot be read is as it is by default.
#[derive(Debug, Clone, Copy)]
struct Settings {
    dap: bool,
    locale: Locale,
    uses: InvitationUses,
    days: u16,
}

impl Settings {
    fn of(query: &SettingsQuery, or: Self) -> Self {
        let days = query.days.as_deref().and_then(|days| days.trim().parse().ok());
        Self {
            dap: query.dap.as_deref().map_or(or.dap, |dap| dap == "with"),
            locale: query.language.as_deref().and_then(|language| language.parse().ok()).unwrap_or(or.locale),
            uses: query.uses.as_deref().and_then(|uses| uses.parse().ok()).unwrap_or(or.uses),
            days: days.unwrap_or(or.days).clamp(1, INVITATION_EXPIRES_MAX_DAYS),
        }
    }

    fn proposed(self, partner: PartnerId) -> ProposedInvitation {
        let Self { dap: delegated_admin, locale, uses, days } = self;
        let expires_in_days = ExpiresInDays::try_from(i64::from(days)).unwrap_or_default();
        ProposedInvitation { partner, delegated_admin, locale, uses, expires_in_days }
    }
}

/// What was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
struct Typed {
    recipient: String,
    subject: String,
    body: String,
    recipient_problem: Option<String>,
    subject_problem: Option<String>,
    body_problem: Option<String>,
}

impl Typed {
    fn is_sound(&self) -> bool {
        self.recipient_problem.is_none() && self.subject_problem.is_none() && self.body_problem.is_none()
    }
}

#[derive(Template)]
#[template(path = "new_invitation.html")]
struct NewInvitationPage {
    shell: Shell,
    settings: Settings,
    typed: Typed,
    position: Position,
    link_placeholder: &'static str,
    has_link: bool,
    days_max: u16,
    /// Where the form goes, and where the live check asks.
    action: Link,
    check: Link,
    back: Link,
}

impl NewInvitationPage {
    fn new(visit: &Visit, partner: PartnerId, settings: Settings, position: Position, typed: Typed) -> Self {
        let below = |path: &str| visit.links().now(format!("/partners/{partner}/invitations{path}"));
        Self {
            settings,
            position,
            link_placeholder: LINK_PLACEHOLDER,
            has_link: has_link(&typed.body),
            days_max: INVITATION_EXPIRES_MAX_DAYS,
            action: below("/new"),
            check: below("/check-link"),
            back: below(""),
            typed,
            shell: visit.shell(),
        }
    }

    fn languages(&self) -> impl Iterator<Item = (Locale, bool)> {
        Locale::ALL.iter().map(|locale| (*locale, *locale == self.settings.locale))
    }

    /// An overseer looks at the form, and sends nothing.
    fn may_send(&self) -> bool {
        self.shell.may_act && matches!(self.shell.standing, Standing::Partner(_))
    }

    fn for_days(&self) -> String {
        self.shell.counted("invitation-for-days", &usize::from(self.settings.days))
    }

    fn uses(&self) -> impl Iterator<Item = (&'static str, bool)> {
        InvitationUses::ALL.iter().map(|uses| (uses.name(), *uses == self.settings.uses))
    }
}

/// What the live check answers.
#[derive(Template)]
#[template(path = "link_check.html")]
struct LinkCheck {
    shell: Shell,
    has_link: bool,
    link_placeholder: &'static str,
}

/// Whether a message has the place in it where the link will stand.
fn has_link(body: &str) -> bool {
    body.contains(LINK_PLACEHOLDER)
}

/// The lines of a text area end as a form sends them.
fn with_plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// `GET /partners/{partner}/invitations/new`
pub(crate) async fn page(
    visit: Visit,
    InPath(partner): InPath<PartnerId>,
    InQuery(query): InQuery<SettingsQuery>,
) -> Result<Response, Failure> {
    let mut settings = Settings {
        dap: true,
        locale: visit.words().locale,
        uses: InvitationUses::Once,
        days: INVITATION_EXPIRES_DEFAULT_DAYS,
    };
    let (mut typed, mut message) = (Typed::default(), None);
    if let Some(earlier) = query.again {
        let request = InvitationRequest::at(None);
        let AsOf { answer, .. } = invitation(visit.engine(), visit.reader(), earlier, request).await?;
        settings =
            Settings { dap: answer.row.delegated_admin, locale: answer.row.locale, uses: answer.row.uses, ..settings };
        if let Some(Mail::Known { recipient, message: written }) = answer.mail {
            typed.recipient = recipient.map(|recipient| recipient.to_string()).unwrap_or_default();
            message = written;
        }
    }
    let settings = Settings::of(&query, settings);
    let AsOf { at, answer: draft } = proposed_draft(visit.engine(), visit.reader(), settings.proposed(partner))?;
    (typed.subject, typed.body) = match message {
        Some(message) => (message.subject.to_string(), message.body.to_string()),
        None => (draft.subject, draft.text),
    };
    Ok(Shown(NewInvitationPage::new(&visit, partner, settings, at.position, typed)).into_response())
}

/// `POST /partners/{partner}/invitations/check-link`: the piece of the page that says whether the link is in the message.
pub(crate) async fn check_link(visit: Visit, InPath(_): InPath<PartnerId>, sent: Sent) -> impl IntoResponse {
    let has_link = has_link(sent.text("body"));
    Shown(LinkCheck { shell: visit.shell(), has_link, link_placeholder: LINK_PLACEHOLDER })
}

/// `POST /partners/{partner}/invitations/new`
pub(crate) async fn send(visit: Visit, InPath(partner): InPath<PartnerId>, sent: Sent) -> Result<Response, Failure> {
    let query: SettingsQuery = sent.read()?;
    let settings = Settings::of(
        &query,
        Settings { dap: false, locale: Locale::En, uses: InvitationUses::Once, days: INVITATION_EXPIRES_DEFAULT_DAYS },
    );
    let AsOf { answer: draft, .. } = proposed_draft(visit.engine(), visit.reader(), settings.proposed(partner))?;
    let mut typed = typed(&visit, &sent, &draft);
    if typed.is_sound() {
        let recipient = Some(typed.recipient.as_str()).filter(|recipient| !recipient.is_empty());
        let is_edited = typed.subject != draft.subject || typed.body.trim_end() != draft.text.trim_end();
        let fields = json!({
            "partner": partner,
            "delegatedAdmin": settings.dap,
            "locale": settings.locale,
            "uses": settings.uses,
            "expiresInDays": settings.days,
            "recipient": recipient,
            "message": is_edited.then(|| json!({ "subject": typed.subject, "body": typed.body })),
        });
        match visit.issue("SendInvite", &fields, &sent).await {
            Ok(outcome) => {
                let id = outcome.answer.recorded.result.get("invitation").copied().unwrap_or_default();
                return Ok(see_other(done(visit.links().to(format!("/invitations/{id}")), &outcome)).into_response());
            }
            Err(error) if error.code() == Code::LinkMissing => typed.body_problem = Some(missing(&visit)),
            Err(error) => {
                let again = visit.links().to(format!("/partners/{partner}/invitations/new"));
                return refused(&visit, Whose::Partner(partner), sent.position, again, error).await;
            }
        }
    }
    let position = sent.position.unwrap_or(Position(0));
    let page = NewInvitationPage::new(&visit, partner, settings, position, typed);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}

fn missing(visit: &Visit) -> String {
    visit.words().sentence("link-missing", &[("link", LINK_PLACEHOLDER.into())])
}

/// What was typed; where subject and message were emptied, the draft's own.
fn typed(visit: &Visit, sent: &Sent, draft: &Draft) -> Typed {
    let or_own = |name: &str, own: &str| sent.field(name).map_or_else(|| own.to_owned(), with_plain_lines);
    let recipient = sent.field("recipient").unwrap_or_default().to_owned();
    let (subject, body) = (or_own("subject", &draft.subject), or_own("body", &draft.text));
    let words = visit.words();
    let no_link = || (!has_link(&body)).then(|| missing(visit));
    Typed {
        recipient_problem: if recipient.is_empty() { None } else { problem(words, &Address::new(&recipient)) },
        subject_problem: problem(words, &SubjectLine::new(&subject)),
        body_problem: problem(words, &Body::new(&body)).or_else(no_link),
        recipient,
        subject,
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_read_are_as_they_are_by_default() {
        let or = Settings { dap: true, locale: Locale::Fr, uses: InvitationUses::Once, days: 90 };
        let query = |text: &str| serde_urlencoded::from_str::<SettingsQuery>(text).unwrap();
        let read = |text: &str| {
            let settings = Settings::of(&query(text), or);
            (settings.dap, settings.locale, settings.uses, settings.days)
        };
        assert_eq!(read(""), (true, Locale::Fr, InvitationUses::Once, 90));
        assert_eq!(read("dap=without&language=en&uses=many&days=30"), (false, Locale::En, InvitationUses::Many, 30));
        assert_eq!(read("language=de&uses=twice&days=x"), (true, Locale::Fr, InvitationUses::Once, 90));
        assert_eq!((read("days=0").3, read("days=9999").3), (1, 365));
    }

    #[test]
    fn a_message_has_its_link_where_the_place_for_it_is() {
        assert!(has_link("Open {link}.") && !has_link("Open { link }."));
        assert_eq!(with_plain_lines("a\r\nb\nc"), "a\nb\nc");
    }
}
