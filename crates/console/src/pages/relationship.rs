//! One partner of a customer: all that it holds there, how each came about, since when, and what would end it.

use super::relationships::{Offered, offered};
use crate::{
    answer::Shown,
    changes::DoneQuery,
    csv::{CsvTable, as_csv, spelled, time},
    extract::{InPath, InQuery},
    failure::Failure,
    held::{Held, held, permissions},
    links::Link,
    remains::Remains,
    shell::{Shell, Standing},
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error, Page, PartnerRelationship, PermissionRow, RelationshipState,
    history::{HistoryEntry, Whose},
    lists::{ListRequest, relationships},
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    temporal::Moment,
};
use serde::Deserialize;

/// How many permissions a page shows.
const PAGE_ROWS: usize = 50;

/// What of the page is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RelationshipQuery {
    /// Whether what has ended is shown too.
    ended: Option<String>,
    after: Option<String>,
    format: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "relationship.html")]
struct RelationshipPage {
    shell: Shell,
    told: Vec<HistoryEntry>,
    row: PartnerRelationship,
    rows: Vec<Held>,
    with_ended: bool,
    /// The same with what has ended, or without.
    other: Link,
    csv: Link,
    remains: Remains,
    offered: Offered,
    history: Link,
    next: Option<Link>,
    first: Option<Link>,
}

/// What the customer has or had to do with the partner, and the moment that it was read at. A partner's people have the
/// customer's card instead.
///
/// # Errors
/// `notFound`, if there is nothing that the person may know of.
pub(super) fn between(
    visit: &Visit,
    customer: CustomerId,
    partner: PartnerId,
) -> Result<(PartnerRelationship, Moment), Error> {
    if matches!(visit.standing(), Standing::Partner(_)) {
        return Err(Error::not_found());
    }
    let request =
        ListRequest { at: visit.at(), customer: Some(customer), partner: Some(partner), ..ListRequest::default() };
    let AsOf { at, answer } = relationships(visit.engine(), visit.reader(), request)?;
    let row = answer.items.into_iter().next().ok_or_else(Error::not_found)?;
    Ok((row.with, at))
}

/// `GET /customers/{customer}/partners/{partner}`
pub(crate) async fn page(
    visit: Visit,
    InPath((customer, partner)): InPath<(CustomerId, PartnerId)>,
    InQuery(query): InQuery<RelationshipQuery>,
) -> Result<Response, Failure> {
    let with_ended = query.ended.is_some();
    let request = ListRequest {
        partner: Some(partner),
        include_ended: Some(with_ended),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        ..ListRequest::default()
    };
    if query.format.is_some() {
        return Ok(as_csv("permissions", PermissionsTable { visit, customer }, request).await?);
    }
    let (row, _) = between(&visit, customer, partner)?;
    let shell = visit.shell();
    let Page { items, people, next } = permissions(&visit, customer, request).await?;
    let rows = held(&visit, customer, &items, &people, &shell.here()).await;
    let remains = Remains::of(&visit, customer, &row, &shell.here()).await?;
    let offered = offered(&visit, customer, partner, &row).await;
    let told = DoneQuery { done: query.done }.told(&visit, Whose::Customer(customer)).await;
    let here = shell.links.to(format!("/customers/{customer}/partners/{partner}"));
    let link = here.clone().with_some("ended", with_ended.then_some("true"));
    let other = here.with_some("ended", (!with_ended).then_some("true"));
    let csv = link.clone().with("format", "csv");
    let next = next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    let history = shell.links.to(format!("/customers/{customer}/history")).with("partner", partner);
    let page =
        RelationshipPage { shell, told, row, rows, with_ended, other, csv, remains, offered, history, next, first };
    Ok(Shown(page).into_response())
}

/// Effective permissions as a table to take along.
pub(super) struct PermissionsTable {
    pub(super) visit: Visit,
    pub(super) customer: CustomerId,
}

impl CsvTable for PermissionsTable {
    type Row = (PermissionRow, String, String);

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec![
            "principal",
            "name",
            "scopeType",
            "scope",
            "scopeName",
            "role",
            "origin",
            "from",
            "until",
            "roleAssignment",
        ]
    }

    fn cells(&self, (row, holder, scope): &Self::Row) -> Vec<String> {
        let (scope_type, id) = match row.scope {
            procura_app::Scope::Customer(customer) => ("customer", customer.to_string()),
            procura_app::Scope::Subscription(subscription) => ("subscription", subscription.to_string()),
        };
        let principal = match row.principal {
            procura_app::Holder::Partner { partner } => partner.to_string(),
            procura_app::Holder::Principal(procura_domain::vocabulary::Principal::Group(group)) => group.to_string(),
            procura_app::Holder::Principal(procura_domain::vocabulary::Principal::User(user)) => user.to_string(),
        };
        vec![
            principal,
            holder.clone(),
            scope_type.to_owned(),
            id,
            scope.clone(),
            row.role.name().to_owned(),
            spelled(row.origin),
            time(Some(row.from.time)),
            time(row.until.map(|until| until.time)),
            row.role_assignment.map(|id| id.to_string()).unwrap_or_default(),
        ]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<Self::Row>, Option<ListRequest>), Error> {
        let Page { items, people, next } = permissions(&self.visit, self.customer, request).await?;
        let names = self.visit.names(&people);
        let named = items.into_iter().map(|row| {
            let (holder, scope) = (names.holder(&row.principal), names.scope(&row.scope));
            (row, holder, scope)
        });
        Ok((named.collect(), next))
    }
}
