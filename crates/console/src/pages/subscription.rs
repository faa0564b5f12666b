//! One subscription: who holds which role on it, and what may be done with it.

use super::relationship::PermissionsTable;
use crate::{
    acting::act,
    answer::Shown,
    asking::on,
    changes::DoneQuery,
    confirmation::Confirmation,
    csv::as_csv,
    extract::{InPath, InQuery},
    failure::Failure,
    form::Sent,
    held::{Held, held, permissions},
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error, Page, SubscriptionRow,
    history::{HistoryEntry, Whose},
    lists::{ListRequest, subscription},
};
use procura_domain::{
    id::{CustomerId, SubscriptionId},
    personal::People,
    temporal::Position,
    vocabulary::SubscriptionKind,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many roles the card of a subscription shows, and how many its page.
const CARD_ROWS: usize = 20;
const PAGE_ROWS: usize = 50;

/// A subscription with the roles on it, and what the person may do.
pub(super) struct SubscriptionCard {
    pub(super) row: SubscriptionRow,
    /// The name of the partner that provisioned it.
    pub(super) provisioned_by: Option<String>,
    pub(super) page: Link,
    pub(super) roles: Vec<Held>,
    pub(super) more: bool,
    /// Where a role on it is assigned.
    pub(super) assigning: Option<Link>,
    /// Where it is renewed and cancelled.
    pub(super) renewing: Option<Link>,
    pub(super) cancelling: Option<Link>,
    pub(super) position: Position,
}

impl SubscriptionCard {
    pub(super) fn is_azure(&self) -> bool {
        self.row.kind == SubscriptionKind::Azure
    }
}

/// The path of a subscription's page.
pub(super) fn path(customer: CustomerId, subscription: SubscriptionId) -> String {
    format!("/customers/{customer}/subscriptions/{subscription}")
}

/// The subscription with the roles on it. `to`: the page to come back to.
///
/// # Errors
/// If the person may not know of the customer.
pub(super) async fn card(
    visit: &Visit,
    customer: CustomerId,
    row: SubscriptionRow,
    position: Position,
    to: &str,
) -> Result<SubscriptionCard, Error> {
    let request = ListRequest { subscription: Some(row.id), limit: Some(CARD_ROWS), ..ListRequest::default() };
    let Page { items, people, next } = permissions(visit, customer, request).await?;
    let roles = held(visit, customer, &items, &people, to).await;
    with_roles(visit, customer, row, position, (roles, next.is_some())).await
}

async fn with_roles(
    visit: &Visit,
    customer: CustomerId,
    row: SubscriptionRow,
    position: Position,
    (roles, more): (Vec<Held>, bool),
) -> Result<SubscriptionCard, Error> {
    let (path, id) = (path(customer, row.id), row.id);
    let page = visit.links().to(&path);
    let may_assign =
        row.kind == SubscriptionKind::Azure && visit.may("roleAssignment.create", on("subscription", id)).await;
    let may_renew = visit.may("subscription.renew", on("subscription", id)).await;
    let may_cancel = visit.may("subscription.cancel", on("subscription", id)).await;
    let provisioned_by = row.provisioned_by.map(|partner| visit.names(&People::default()).tenant(partner.into()));
    let below = |name: &str| visit.links().to(format!("{path}/{name}"));
    Ok(SubscriptionCard {
        page,
        provisioned_by,
        roles,
        more,
        assigning: may_assign.then(|| below("assign")),
        renewing: may_renew.then(|| below("renew")),
        cancelling: may_cancel.then(|| below("cancel")),
        position,
        row,
    })
}

/// What of the page is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubscriptionQuery {
    /// Whether what has ended is shown too.
    ended: Option<String>,
    after: Option<String>,
    format: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "subscription.html")]
struct SubscriptionPage {
    shell: Shell,
    told: Vec<HistoryEntry>,
    card: SubscriptionCard,
    with_ended: bool,
    other: Link,
    csv: Link,
    next: Option<Link>,
    first: Option<Link>,
}

/// `GET /customers/{customer}/subscriptions/{subscription}`
pub(crate) async fn page(
    visit: Visit,
    InPath((customer, id)): InPath<(CustomerId, SubscriptionId)>,
    InQuery(query): InQuery<SubscriptionQuery>,
) -> Result<Response, Failure> {
    let with_ended = query.ended.is_some();
    let request = ListRequest {
        subscription: Some(id),
        include_ended: Some(with_ended),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        ..ListRequest::default()
    };
    if query.format.is_some() {
        return Ok(as_csv("role-assignments", PermissionsTable { visit, customer }, request).await?);
    }
    let AsOf { at, answer: row } = subscription(visit.engine(), visit.reader(), customer, id, visit.at().as_deref())?;
    let shell = visit.shell();
    let Page { items, people, next } = permissions(&visit, customer, request).await?;
    let roles = held(&visit, customer, &items, &people, &shell.here()).await;
    let card = with_roles(&visit, customer, row, at.position, (roles, false)).await?;
    let told = DoneQuery { done: query.done }.told(&visit, Whose::Customer(customer)).await;
    let here = shell.links.to(path(customer, id));
    let link = here.clone().with_some("ended", with_ended.then_some("true"));
    let other = here.with_some("ended", (!with_ended).then_some("true"));
    let csv = link.clone().with("format", "csv");
    let next = next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    Ok(Shown(SubscriptionPage { shell, told, card, with_ended, other, csv, next, first }).into_response())
}

fn command(customer: CustomerId, subscription: SubscriptionId) -> Value {
    json!({ "customer": customer, "subscription": subscription })
}

/// `POST /customers/{customer}/subscriptions/{subscription}/renew`
pub(crate) async fn renew(
    visit: Visit,
    InPath((customer, id)): InPath<(CustomerId, SubscriptionId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    issue(&visit, "RenewSubscription", (customer, id), &sent).await
}

/// `GET /customers/{customer}/subscriptions/{subscription}/cancel`
pub(crate) async fn cancelling(
    visit: Visit,
    InPath((customer, id)): InPath<(CustomerId, SubscriptionId)>,
) -> Result<Response, Failure> {
    let ahead = visit.preview("CancelSubscription", &command(customer, id)).await?;
    let texts = ["subscription-cancel-title", "subscription-end-button"];
    let mut page = Confirmation::of(&visit, &ahead, texts, (None, &path(customer, id)));
    let name = visit.names(&People::default()).subscription(id);
    page.notes.push(visit.words().sentence("subscription-cancel-text", &[("subscription", name.into())]));
    Ok(Shown(page).into_response())
}

/// `POST /customers/{customer}/subscriptions/{subscription}/cancel`
pub(crate) async fn cancel(
    visit: Visit,
    InPath((customer, id)): InPath<(CustomerId, SubscriptionId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    issue(&visit, "CancelSubscription", (customer, id), &sent).await
}

async fn issue(
    visit: &Visit,
    name: &str,
    (customer, id): (CustomerId, SubscriptionId),
    sent: &Sent,
) -> Result<Response, Failure> {
    let here = visit.links().now(path(customer, id));
    act(visit, Whose::Customer(customer), (name, &command(customer, id)), sent, here).await
}
