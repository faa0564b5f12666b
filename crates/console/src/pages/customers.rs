//! *Customers* of a partner: those that accepted an invitation, by name, with filters.

use crate::{
    answer::Shown,
    csv::{CsvTable, as_csv},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    shell::Shell,
    visit::Visit,
    which::Which,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Customer, Error, RelationshipState,
    lists::{ListRequest, customers, customers_by_name},
};
use procura_domain::id::PartnerId;
use serde::Deserialize;

/// How many customers a page shows.
const PAGE_ROWS: usize = 50;

/// What of the list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CustomersQuery {
    /// A part of the name or the domain.
    name: String,
    show: Which,
    after: Option<String>,
    format: Option<String>,
}

#[derive(Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    shell: Shell,
    partner: PartnerId,
    query: CustomersQuery,
    rows: Vec<Customer>,
    /// How many there are on all pages.
    count: usize,
    next: Option<Link>,
    first: Option<Link>,
}

impl CustomersPage {
    fn path(partner: PartnerId) -> String {
        format!("/partners/{partner}/customers")
    }

    fn link(shell: &Shell, partner: PartnerId, query: &CustomersQuery) -> Link {
        let link =
            shell.links.to(Self::path(partner)).with_some("name", Some(&query.name).filter(|name| !name.is_empty()));
        link.with_some("show", query.show.in_address())
    }

    fn choices(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        self.query.show.choices()
    }

    fn csv(&self) -> Link {
        Self::link(&self.shell, self.partner, &self.query).with("format", "csv")
    }

    fn is_filtered(&self) -> bool {
        !self.query.name.is_empty() || self.query.show.in_address().is_some()
    }

    fn is_ended(row: &Customer) -> bool {
        row.relationship.relationship == RelationshipState::Ended
    }
}

/// `GET /partners/{partner}/customers`
pub(crate) async fn page(
    visit: Visit,
    InPath(partner): InPath<PartnerId>,
    InQuery(query): InQuery<CustomersQuery>,
) -> Result<Response, Failure> {
    let request = ListRequest {
        at: visit.at(),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        name: Some(query.name.trim().to_owned()).filter(|name| !name.is_empty()),
        ..ListRequest::default()
    };
    let request = query.show.narrow(request);
    if query.format.is_some() {
        return Ok(as_csv("customers", CustomersTable { visit, partner }, request).await?);
    }
    let (AsOf { answer, .. }, count) = customers_by_name(visit.engine(), visit.reader(), partner, request).await?;
    let shell = visit.shell();
    let link = CustomersPage::link(&shell, partner, &query);
    let next = answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    Ok(Shown(CustomersPage { shell, partner, query, rows: answer.items, count, next, first }).into_response())
}

/// The list as a table to take along.
struct CustomersTable {
    visit: Visit,
    partner: PartnerId,
}

impl CsvTable for CustomersTable {
    type Row = Customer;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec![
            "customer",
            "name",
            "relationship",
            "since",
            "ended",
            "delegatedAdmin",
            "delegatedAdminSince",
            "subscriptions",
        ]
    }

    fn cells(&self, row: &Customer) -> Vec<String> {
        let time = |at: Option<procura_domain::temporal::Timestamp>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
        let stands = &row.relationship;
        let subscriptions: Vec<_> = row.subscriptions.iter().map(|subscription| subscription.name.as_str()).collect();
        vec![
            row.customer.id.to_string(),
            row.customer.name.clone(),
            serde_json::to_value(stands.relationship)
                .ok()
                .and_then(|text| text.as_str().map(str::to_owned))
                .unwrap_or_default(),
            time(stands.relationship_since),
            time(stands.relationship_ended),
            stands.delegated_admin.to_string(),
            time(stands.delegated_admin_since),
            subscriptions.join("; "),
        ]
    }

    /// In the order of ids: a file is sorted by whoever opens it, and so each customer is looked at once.
    async fn page(&self, request: ListRequest) -> Result<(Vec<Customer>, Option<ListRequest>), Error> {
        let page = customers(self.visit.engine(), self.visit.reader(), self.partner, request)?;
        Ok((page.answer.items, page.answer.next))
    }
}
