//! Invitations over HTTP: a partner's list, one of them, and its draft.
//!
//! Whoever may send the partner's invitations sees them; a customer's Global administrator, who has one by its link,
//! sees that one without the e-mail. Who may see is asked about now, at whichever moment the invitation is looked at.

use crate::{
    caller::Caller,
    eml::eml,
    problem::Problem,
    queries::{Gone, ListQuery, Moments, Parameters, id, moments},
    routes::{App, InPath, ReadAt},
};
use axum::{
    Extension, Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use procura_domain::{
    access::{self, Decision, PartnerAction, Question, Resource, Subject},
    command::Message,
    event::{Event, InvitationSent},
    facts::Facts,
    id::{CustomerId, InvitationId, PartnerId},
    personal::PersonalData,
    state,
    temporal::Moment,
    text::Address,
    visibility::Reader,
    vocabulary::{DirectoryRole, TenantKind},
};
use procura_engine::Personal;
use procura_views::{Draft, InvitationRow, TenantSummary, invitation, invitations};
use serde::{Deserialize, Serialize};

/// An invitation looked at on its own.
#[derive(Serialize)]
struct Single {
    #[serde(flatten)]
    row: InvitationRow,
    partner: Option<TenantSummary>,
    #[serde(flatten)]
    mail: Option<Mail>,
}

/// What went into the e-mail: for those who send it.
#[derive(Serialize)]
#[serde(untagged)]
enum Mail {
    Known { recipient: Option<Address>, message: Option<Message> },
    Gone(Gone),
}

/// `GET /v1/partners/{partner}/invitations`
pub(crate) async fn invitations_of(
    State(app): State<App>,
    caller: Caller,
    InPath(partner): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&[])?;
    let (partner, Moments { at, now }) = (id::<PartnerId>(&partner)?, query.moments(&app)?);
    let rows = app.engine.read(|state| {
        let sends = Sees::of(caller.reader(), partner, now, state)? == Sees::Mail;
        sends.then(|| invitations(state, partner, app.engine.public_url(), at))
    });
    query.page(rows.ok_or_else(Problem::not_found)?, at)
}

/// When an invitation is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SingleQuery {
    at: Option<String>,
}

/// `GET /v1/invitations/{invitation}`
pub(crate) async fn single(
    State(app): State<App>,
    caller: Caller,
    InPath(invitation): InPath<String>,
    query: Parameters<SingleQuery>,
) -> Result<Response, Problem> {
    let Moments { at, now } = moments(&app, query.0.at.as_deref())?;
    let (row, partner, sees) = seen(&app, &caller, &invitation, Moments { at, now })?;
    let (row, mail) = match sees {
        Sees::Mail => {
            let mail = match Gone::or(app.engine.personal(row.sent).await?) {
                Ok(PersonalData { recipient, message, .. }) => Mail::Known { recipient, message },
                Err(gone) => Mail::Gone(gone),
            };
            (row, Some(mail))
        }
        Sees::Own(customer) => (row.seen_by(customer), None),
    };
    let single = Single { row, partner, mail };
    Ok((Extension(ReadAt(at)), Json(single)).into_response())
}

/// In which form a draft is wanted, and when the invitation is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftQuery {
    at: Option<String>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Format {
    #[default]
    Json,
    Eml,
}

/// `GET /v1/invitations/{invitation}/draft`
pub(crate) async fn draft(
    State(app): State<App>,
    caller: Caller,
    InPath(invitation): InPath<String>,
    query: Parameters<DraftQuery>,
) -> Result<Response, Problem> {
    let DraftQuery { at, format } = query.0;
    let Moments { at, now } = moments(&app, at.as_deref())?;
    let (row, partner, sees) = seen(&app, &caller, &invitation, Moments { at, now })?;
    if sees != Sees::Mail {
        return Err(Problem::not_found());
    }
    let sent = sent(&app, &row).await?;
    let written = match app.engine.personal(row.sent).await? {
        Personal::Known(written) => written,
        Personal::Erased => return Err(Problem::new("erased", "the invitation's recipient and message were erased")),
        Personal::Unavailable => {
            let detail = "the key of the invitation's recipient and message was lost; without it nobody reads them";
            return Err(Problem::new("erased", detail));
        }
    };
    let partner = partner.map(|partner| partner.name).unwrap_or_default();
    let draft = Draft::new(&sent, &written, &partner, row.link);
    let position = Extension(ReadAt(at));
    Ok(match format {
        Format::Json => (position, Json(draft)).into_response(),
        Format::Eml => {
            let file = format!("attachment; filename=\"invitation-{}.eml\"", row.invitation);
            let headers = [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, file)];
            (position, headers, eml(&draft, sent.locale, written.recipient.as_ref())).into_response()
        }
    })
}

/// How much of an invitation somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sees {
    /// All of it: whoever sends it, and whoever reads everything (VIS-4).
    Mail,
    /// What it asks of this customer: its Global administrator, who may have been given the link.
    Own(CustomerId),
}

impl Sees {
    fn of(reader: Reader, partner: PartnerId, now: Moment, state: &state::State) -> Option<Self> {
        match reader {
            Reader::Overseer => {
                (Facts::tenant(state, partner.into(), now) == Some(TenantKind::Partner)).then_some(Self::Mail)
            }
            Reader::Decider => None,
            Reader::User(user) => {
                let resource = Resource::Partner(PartnerAction::SendInvitation, partner);
                let question = Question { subject: Subject::User(user), resource };
                if matches!(access::decide(&question, now, state), Decision::Allowed(_)) {
                    return Some(Self::Mail);
                }
                let role = DirectoryRole::GlobalAdministrator;
                let is_customer = Facts::tenant(state, user.tenant, now) == Some(TenantKind::Customer);
                let administers = state.directory_role(user.tenant, role, user.user, now).is_in_force();
                (is_customer && administers).then(|| Self::Own(user.tenant.as_customer()))
            }
        }
    }
}

/// The invitation with who sent it, as far as the caller may see it.
fn seen(
    app: &App,
    caller: &Caller,
    invitation_id: &str,
    Moments { at, now }: Moments,
) -> Result<(InvitationRow, Option<TenantSummary>, Sees), Problem> {
    let invitation_id = id::<InvitationId>(invitation_id)?;
    let seen = app.engine.read(|state| {
        let row = invitation(state, invitation_id, app.engine.public_url(), at)?;
        let sees = Sees::of(caller.reader(), row.partner, now, state)?;
        let partner = TenantSummary::of(state, row.partner.into());
        Some((row, partner, sees))
    });
    seen.ok_or_else(Problem::not_found)
}

/// The event that sent it, read from the log.
async fn sent(app: &App, row: &InvitationRow) -> Result<InvitationSent, Problem> {
    match app.engine.event(row.sent).await? {
        Some(Event::InvitationSent(sent)) => Ok(sent),
        _ => Err(Problem::new("internal", format!("position {} holds no invitation", row.sent))),
    }
}
