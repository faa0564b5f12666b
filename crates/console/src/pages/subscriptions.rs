//! *Subscriptions* of a customer: each with who provisioned it, and who holds which role on it.

use super::subscription::{SubscriptionCard, card};
use crate::{
    answer::Shown,
    asking::on,
    changes::DoneQuery,
    csv::{CsvTable, as_csv, time},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error, SubscriptionRow,
    history::{HistoryEntry, Whose},
    lists::{ListRequest, subscriptions},
};
use procura_domain::id::CustomerId;
use serde::Deserialize;

/// How many subscriptions a page shows.
const PAGE_ROWS: usize = 20;

/// What of the list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubscriptionsQuery {
    /// A part of the name.
    name: String,
    after: Option<String>,
    format: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct SubscriptionsPage {
    shell: Shell,
    told: Vec<HistoryEntry>,
    query: SubscriptionsQuery,
    cards: Vec<SubscriptionCard>,
    /// Where a subscription of the customer's own is registered.
    registration: Option<Link>,
    csv: Link,
    next: Option<Link>,
    first: Option<Link>,
}

/// `GET /customers/{customer}/subscriptions`
pub(crate) async fn page(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(query): InQuery<SubscriptionsQuery>,
) -> Result<Response, Failure> {
    let name = Some(query.name.trim().to_owned()).filter(|name| !name.is_empty());
    let request = ListRequest {
        at: visit.at(),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        name: name.clone(),
        ..ListRequest::default()
    };
    if query.format.is_some() {
        return Ok(as_csv("subscriptions", SubscriptionsTable { visit, customer }, request).await?);
    }
    let AsOf { at, answer } = subscriptions(visit.engine(), visit.reader(), customer, request)?;
    let shell = visit.shell();
    let mut cards = Vec::with_capacity(answer.items.len());
    for row in answer.items {
        cards.push(card(&visit, customer, row, at.position, &shell.here()).await?);
    }
    let may_register = visit.may("subscription.register", on("customer", customer)).await;
    let path = format!("/customers/{customer}/subscriptions");
    let registration = may_register.then(|| shell.links.to(format!("{path}/register")));
    let told = DoneQuery { done: query.done.clone() }.told(&visit, Whose::Customer(customer)).await;
    let link = shell.links.to(path).with_some("name", name);
    let csv = link.clone().with("format", "csv");
    let next = answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    Ok(Shown(SubscriptionsPage { shell, told, query, cards, registration, csv, next, first }).into_response())
}

/// The list as a table to take along.
struct SubscriptionsTable {
    visit: Visit,
    customer: CustomerId,
}

impl CsvTable for SubscriptionsTable {
    type Row = SubscriptionRow;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec!["subscription", "name", "kind", "provisionedBy", "since", "cancelled", "roleAssignments"]
    }

    fn cells(&self, row: &SubscriptionRow) -> Vec<String> {
        vec![
            row.id.to_string(),
            row.name.clone(),
            row.kind.to_string(),
            row.provisioned_by.map(|partner| partner.to_string()).unwrap_or_default(),
            time(row.since),
            time(row.cancelled),
            row.role_assignments.to_string(),
        ]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<SubscriptionRow>, Option<ListRequest>), Error> {
        let AsOf { answer, .. } = subscriptions(self.visit.engine(), self.visit.reader(), self.customer, request)?;
        Ok((answer.items, answer.next))
    }
}
