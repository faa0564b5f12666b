//! *Invitations* of a partner: how each stands, and who accepted it.

use crate::{
    answer::Shown,
    csv::{CsvTable, as_csv},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    shell::{Shell, Standing},
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AnsweredBy, AsOf, Error, InvitationRow, InvitationState, invitations::invitations, lists::ListRequest,
};
use procura_domain::{id::PartnerId, personal::People};
use serde::Deserialize;

/// How many invitations a page shows.
const PAGE_ROWS: usize = 50;
/// How many of those who accepted one are named.
const NAMED_MAX: usize = 3;

/// What of the list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InvitationsQuery {
    state: String,
    after: Option<String>,
    format: Option<String>,
}

impl InvitationsQuery {
    /// How the wanted ones stand; any, if that is no state.
    fn wanted(&self) -> Option<InvitationState> {
        STATES.into_iter().find(|state| state.name() == self.state)
    }
}

const STATES: [InvitationState; 4] =
    [InvitationState::Open, InvitationState::Used, InvitationState::Withdrawn, InvitationState::Expired];

/// What a state is shown as.
pub(crate) fn badge(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Open => "good",
        InvitationState::Used => "off",
        InvitationState::Withdrawn | InvitationState::Expired => "warn",
    }
}

#[derive(Template)]
#[template(path = "invitations.html")]
struct InvitationsPage {
    shell: Shell,
    partner: PartnerId,
    wanted: Option<InvitationState>,
    rows: Vec<(InvitationRow, String)>,
    next: Option<Link>,
    first: Option<Link>,
    csv: Link,
}

impl InvitationsPage {
    fn states(&self) -> impl Iterator<Item = (&'static str, bool)> {
        STATES.into_iter().map(|state| (state.name(), Some(state) == self.wanted))
    }

    fn may_send(&self) -> bool {
        self.shell.may_act && matches!(self.shell.standing, Standing::Partner(_))
    }

    fn badge(row: &InvitationRow) -> &'static str {
        badge(row.state)
    }
}

/// `GET /partners/{partner}/invitations`
pub(crate) async fn page(
    visit: Visit,
    InPath(partner): InPath<PartnerId>,
    InQuery(query): InQuery<InvitationsQuery>,
) -> Result<Response, Failure> {
    let wanted = query.wanted();
    let request = ListRequest {
        at: visit.at(),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        state: wanted,
        ..ListRequest::default()
    };
    if query.format.is_some() {
        return Ok(as_csv("invitations", InvitationsTable { visit, partner }, request).await?);
    }
    let found = invitations(visit.engine(), visit.reader(), partner, request)?.answer;
    let shell = visit.shell();
    let link = shell.links.to(format!("/partners/{partner}/invitations"));
    let link = link.with_some("state", wanted.map(InvitationState::name));
    let next = found.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then(|| link.clone());
    let rows = found.items.into_iter().map(|row| {
        let accepted = accepted_by(&visit, &row.accepted_by, row.more_answers);
        (row, accepted)
    });
    let page =
        InvitationsPage { partner, wanted, rows: rows.collect(), next, first, csv: link.with("format", "csv"), shell };
    Ok(Shown(page).into_response())
}

/// The names of the first who accepted it.
fn accepted_by(visit: &Visit, accepted: &[AnsweredBy], more: bool) -> String {
    let people = People::default();
    let names = visit.names(&people);
    let first: Vec<_> = accepted.iter().take(NAMED_MAX).map(|answer| names.tenant(answer.customer.into())).collect();
    let rest = if more || accepted.len() > NAMED_MAX { " …" } else { "" };
    format!("{}{rest}", first.join(", "))
}

/// The list as a table to take along.
struct InvitationsTable {
    visit: Visit,
    partner: PartnerId,
}

impl CsvTable for InvitationsTable {
    type Row = InvitationRow;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec!["invitation", "state", "delegatedAdmin", "locale", "uses", "sent", "expires", "acceptedBy", "link"]
    }

    fn cells(&self, row: &InvitationRow) -> Vec<String> {
        let people = People::default();
        let names = self.visit.names(&people);
        let accepted: Vec<_> = row.accepted_by.iter().map(|answer| names.tenant(answer.customer.into())).collect();
        vec![
            row.invitation.to_string(),
            row.state.name().to_owned(),
            row.delegated_admin.to_string(),
            row.locale.to_string(),
            row.uses.to_string(),
            row.sent_at.map(|at| at.to_rfc3339()).unwrap_or_default(),
            row.expires_at.to_rfc3339(),
            accepted.join("; "),
            row.link.clone(),
        ]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<InvitationRow>, Option<ListRequest>), Error> {
        let AsOf { answer, .. } = invitations(self.visit.engine(), self.visit.reader(), self.partner, request)?;
        Ok((answer.items, answer.next))
    }
}
