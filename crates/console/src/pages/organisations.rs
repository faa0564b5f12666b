//! *Organisations*: every registered partner and customer, for operators and auditors (VIS-4).

use crate::{
    answer::Shown,
    csv::{CsvTable, as_csv},
    extract::InQuery,
    failure::Failure,
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    Error, RegisteredTenant,
    lists::{ListPage, ListRequest, registered_customers, registered_partners},
};
use serde::Deserialize;

/// How many organisations of a kind a page shows.
const PAGE_ROWS: usize = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrganisationsQuery {
    /// A part of the name or the domain.
    name: String,
    kind: Kind,
    after: Option<String>,
    format: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    #[default]
    Customers,
    Partners,
}

impl Kind {
    /// As it stands in an address, and the id of its name.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Customers => ("customers", "search-customers"),
            Self::Partners => ("partners", "search-partners"),
        }
    }
}

#[derive(Template)]
#[template(path = "organisations.html")]
struct OrganisationsPage {
    shell: Shell,
    query: OrganisationsQuery,
    rows: Vec<(RegisteredTenant, Link)>,
    next: Option<Link>,
    first: Option<Link>,
    csv: Link,
}

/// `GET /organisations`
pub(crate) async fn page(visit: Visit, InQuery(query): InQuery<OrganisationsQuery>) -> Result<Response, Failure> {
    let name = Some(query.name.trim().to_owned()).filter(|name| !name.is_empty());
    let (at, after) = (visit.at(), query.after.clone());
    let request = ListRequest { at, limit: Some(PAGE_ROWS), after, name: name.clone(), ..ListRequest::default() };
    let table = OrganisationsTable { visit, kind: query.kind };
    if query.format.is_some() {
        return Ok(as_csv(query.kind.names().0, table, request).await?);
    }
    let (rows, next) = table.page(request).await?;
    let shell = table.visit.shell();
    let link = shell.links.to("/organisations").with("kind", query.kind.names().0).with_some("name", name);
    let of = |row: RegisteredTenant| {
        let path = match query.kind {
            Kind::Customers => format!("/customers/{}", row.id),
            Kind::Partners => format!("/partners/{}/customers", row.id),
        };
        (row, shell.links.to(path))
    };
    let rows = rows.into_iter().map(of).collect();
    let next = next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then(|| link.clone());
    let csv = link.with("format", "csv");
    Ok(Shown(OrganisationsPage { shell, query, rows, next, first, csv }).into_response())
}

/// The list as a table to take along.
struct OrganisationsTable {
    visit: Visit,
    kind: Kind,
}

impl CsvTable for OrganisationsTable {
    type Row = RegisteredTenant;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec!["id", "name", "domain"]
    }

    fn cells(&self, row: &RegisteredTenant) -> Vec<String> {
        vec![row.id.to_string(), row.name.clone(), row.domain.clone()]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<RegisteredTenant>, Option<ListRequest>), Error> {
        let (engine, reader) = (self.visit.engine(), self.visit.reader());
        let page: ListPage<RegisteredTenant> = match self.kind {
            Kind::Customers => registered_customers(engine, reader, request)?,
            Kind::Partners => registered_partners(engine, reader, request)?,
        };
        Ok((page.answer.items, page.answer.next))
    }
}

impl OrganisationsPage {
    fn kinds(&self) -> [(&'static str, &'static str, bool); 2] {
        [Kind::Customers, Kind::Partners].map(|kind| (kind.names().0, kind.names().1, kind == self.query.kind))
    }
}
