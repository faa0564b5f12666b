//! An invitation, where its link leads: its draft, for those who send it; what it asks for, for a customer's Global
//! administrator, to accept or decline; what is missing, for anybody else of a registered tenant.

use super::{invitations::badge, problem::Problem};
use crate::{
    acting::act,
    ahead::Ahead,
    answer::Shown,
    asking::on,
    changes::DoneQuery,
    confirmation::Confirmation,
    extract::{InPath, InQuery},
    failure::Failure,
    form::Sent,
    links::Link,
    rights::why_may,
    shell::{Shell, Standing},
    visit::Visit,
    why::Why,
};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use procura_app::{
    AnsweredBy, AsOf, Code, Draft, Error, InvitationState,
    history::{HistoryEntry, Whose},
    invitations::{
        DraftAnswer, DraftFormat, DraftRequest, InvitationDetails, InvitationRequest, Mail, draft, invitation,
    },
};
use procura_domain::{
    id::{CustomerId, InvitationId},
    personal::People,
    temporal::Timestamp,
};
use serde_json::{Value, json};

/// What a customer's Global administrator can do about it.
enum Offer {
    /// It can be accepted; this would change so.
    Open(Ahead),
    /// It would be refused.
    Refused(Problem),
    /// It is as it is: used, withdrawn, expired, or answered by this customer already.
    Closed,
}

/// Who looks.
enum Role {
    /// One of those who send it; with the draft, unless what people wrote is gone.
    Sender {
        draft: Option<Draft>,
        recipient: Option<String>,
    },
    Customer {
        customer: CustomerId,
        offer: Box<Offer>,
    },
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    shell: Shell,
    details: InvitationDetails,
    partner: String,
    role: Role,
    accepted: Vec<(String, Option<Timestamp>)>,
    declined: Vec<(String, Option<Timestamp>)>,
    done: Vec<HistoryEntry>,
}

/// What somebody sees who may not see it, whether or not there is one.
#[derive(Template)]
#[template(path = "invitation_unseen.html")]
struct UnseenPage {
    shell: Shell,
    why: Why,
    is_customer: bool,
}

/// `GET /invitations/{invitation}`
pub(crate) async fn page(
    visit: Visit,
    InPath(id): InPath<InvitationId>,
    InQuery(done): InQuery<DoneQuery>,
) -> Result<Response, Failure> {
    let request = InvitationRequest::at(visit.at());
    let details = match invitation(visit.engine(), visit.reader(), id, request).await {
        Ok(AsOf { answer, .. }) => answer,
        Err(error) if error.code() == Code::NotFound => return unseen(&visit, error).await,
        Err(error) => return Err(error.into()),
    };
    let partner = details.partner.as_ref().map(|partner| partner.name.clone()).unwrap_or_default();
    let (role, whose) = match (&details.mail, visit.standing()) {
        (None, Standing::Customer(customer)) => {
            let offer = Box::new(offer(&visit, id, customer, &details).await?);
            (Role::Customer { customer, offer }, Whose::Customer(customer))
        }
        (mail, _) => {
            let recipient = match mail {
                Some(Mail::Known { recipient, .. }) => recipient.as_ref().map(ToString::to_string),
                Some(Mail::Gone(_)) | None => None,
            };
            (Role::Sender { draft: draft_of(&visit, id).await?, recipient }, Whose::Partner(details.row.partner))
        }
    };
    let named = |answers: &[AnsweredBy]| {
        let people = People::default();
        let names = visit.names(&people);
        answers.iter().map(|answer| (names.tenant(answer.customer.into()), answer.at)).collect()
    };
    let page = InvitationPage {
        accepted: named(&details.row.accepted_by),
        declined: named(&details.row.declined_by),
        shell: visit.shell(),
        done: done.told(&visit, whose).await,
        details,
        partner,
        role,
    };
    Ok(Shown(page).into_response())
}

/// What the customer can do about it.
async fn offer(
    visit: &Visit,
    invitation: InvitationId,
    customer: CustomerId,
    details: &InvitationDetails,
) -> Result<Offer, Error> {
    let row = &details.row;
    let answered = !row.accepted_by.is_empty() || !row.declined_by.is_empty();
    if row.state != InvitationState::Open || answered || !visit.shell().may_act {
        return Ok(Offer::Closed);
    }
    match Ahead::of(visit, "AcceptInvite", &of_customer(invitation, customer)).await {
        Ok(ahead) => Ok(Offer::Open(ahead)),
        Err(error) if error.is_refusal() => Ok(Offer::Refused(Problem::of(visit.words(), &error))),
        Err(error) => Err(error),
    }
}

/// The draft; none, if what people wrote is gone.
async fn draft_of(visit: &Visit, id: InvitationId) -> Result<Option<Draft>, Error> {
    match draft(visit.engine(), visit.reader(), id, DraftRequest::at(visit.at())).await {
        Ok(AsOf { answer: DraftAnswer::Json(draft), .. }) => Ok(Some(draft)),
        Ok(AsOf { answer: DraftAnswer::Eml(..), .. }) => Ok(None),
        Err(error) if error.code() == Code::Erased => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is missing to somebody who may not see it: told of its own rights, not of the invitation.
async fn unseen(visit: &Visit, error: Error) -> Result<Response, Failure> {
    let (action, resource) = match visit.standing() {
        Standing::Customer(customer) => ("invitation.accept", on("customer", customer)),
        Standing::Partner(partner) => ("invitation.send", on("partner", partner)),
        Standing::Overseer => return Err(error.into()),
    };
    let why = why_may(visit, action, resource).await?;
    if why.is_allowed {
        return Err(error.into());
    }
    let is_customer = matches!(visit.standing(), Standing::Customer(_));
    Ok((StatusCode::NOT_FOUND, Shown(UnseenPage { shell: visit.shell(), why, is_customer })).into_response())
}

/// `GET /invitations/{invitation}/draft.eml`
pub(crate) async fn eml(visit: Visit, InPath(id): InPath<InvitationId>) -> Result<Response, Failure> {
    let request = DraftRequest::at(visit.at()).or_format(DraftFormat::Eml);
    match draft(visit.engine(), visit.reader(), id, request).await?.answer {
        DraftAnswer::Eml(name, bytes) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            let headers =
                [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
            Ok((headers, bytes).into_response())
        }
        DraftAnswer::Json(_) => Err(Error::not_found().into()),
    }
}

/// `GET /invitations/{invitation}/withdraw`
pub(crate) async fn ask_withdraw(visit: Visit, InPath(id): InPath<InvitationId>) -> Result<Response, Failure> {
    let fields = json!({ "invitation": id });
    confirm(&visit, id, ("WithdrawInvite", &fields), ["withdraw-title", "withdraw-button", "withdraw-text"]).await
}

/// `POST /invitations/{invitation}/withdraw`
pub(crate) async fn withdraw(visit: Visit, InPath(id): InPath<InvitationId>, sent: Sent) -> Result<Response, Failure> {
    let Standing::Partner(partner) = visit.standing() else { return Err(Error::not_found().into()) };
    let fields = json!({ "invitation": id });
    act(&visit, Whose::Partner(partner), ("WithdrawInvite", &fields), &sent, here(&visit, id)).await
}

/// `POST /invitations/{invitation}/accept`
pub(crate) async fn accept(visit: Visit, InPath(id): InPath<InvitationId>, sent: Sent) -> Result<Response, Failure> {
    answer(&visit, "AcceptInvite", id, &sent).await
}

/// `GET /invitations/{invitation}/decline`
pub(crate) async fn ask_decline(visit: Visit, InPath(id): InPath<InvitationId>) -> Result<Response, Failure> {
    let fields = of_customer(id, customer(&visit)?);
    confirm(&visit, id, ("DeclineInvite", &fields), ["decline-title", "decline-button", "decline-text"]).await
}

/// `POST /invitations/{invitation}/decline`
pub(crate) async fn decline(visit: Visit, InPath(id): InPath<InvitationId>, sent: Sent) -> Result<Response, Failure> {
    answer(&visit, "DeclineInvite", id, &sent).await
}

async fn answer(visit: &Visit, command: &str, id: InvitationId, sent: &Sent) -> Result<Response, Failure> {
    let customer = customer(visit)?;
    act(visit, Whose::Customer(customer), (command, &of_customer(id, customer)), sent, here(visit, id)).await
}

fn customer(visit: &Visit) -> Result<CustomerId, Error> {
    match visit.standing() {
        Standing::Customer(customer) => Ok(customer),
        Standing::Partner(_) | Standing::Overseer => Err(Error::not_found()),
    }
}

fn of_customer(invitation: InvitationId, customer: CustomerId) -> Value {
    json!({ "invitation": invitation, "customer": customer })
}

fn here(visit: &Visit, id: InvitationId) -> Link {
    visit.links().to(format!("/invitations/{id}"))
}

/// The page that asks before an invitation is withdrawn or declined.
async fn confirm(
    visit: &Visit,
    id: InvitationId,
    (command, fields): (&str, &Value),
    [title, button, note]: [&'static str; 3],
) -> Result<Response, Failure> {
    let ahead = visit.preview(command, fields).await?;
    let notes = vec![visit.words().word(note).into_owned()];
    let back = format!("/invitations/{id}");
    let page = Confirmation { notes, ..Confirmation::of(visit, &ahead, [title, button], (None, &back)) };
    Ok(Shown(page).into_response())
}

impl InvitationPage {
    fn link(&self, below: &str) -> Link {
        self.shell.links.to(format!("/invitations/{}{below}", self.details.row.invitation))
    }

    fn act(&self, below: &str) -> Link {
        self.shell.links.now(format!("/invitations/{}{below}", self.details.row.invitation))
    }

    fn badge(&self) -> &'static str {
        badge(self.details.row.state)
    }

    fn is_open(&self) -> bool {
        self.details.row.state == InvitationState::Open
    }

    fn may_withdraw(&self) -> bool {
        self.may_send() && self.is_open()
    }

    fn may_send(&self) -> bool {
        self.shell.may_act && matches!(self.shell.standing, Standing::Partner(_))
    }

    /// Whether the customer has still to answer.
    fn is_to_answer(&self) -> bool {
        self.is_open() && self.accepted.is_empty() && self.declined.is_empty()
    }

    /// A new request with the same settings.
    fn again(&self) -> Link {
        let row = &self.details.row;
        self.shell.links.now(format!("/partners/{}/invitations/new", row.partner)).with("again", row.invitation)
    }

    /// The id of what is said to a customer of how it stands.
    fn closed(&self) -> &'static str {
        match self.details.row.state {
            _ if !self.accepted.is_empty() => "invitation-accepted",
            _ if !self.declined.is_empty() => "invitation-declined",
            InvitationState::Open => "invitation-open",
            InvitationState::Used => "invitation-used",
            InvitationState::Withdrawn => "invitation-withdrawn",
            InvitationState::Expired => "invitation-expired",
        }
    }
}
