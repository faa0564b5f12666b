//! *Partner relationships* of a customer: its partners, what each holds, and what is left to those whose privileges ended.

use crate::{
    answer::Shown,
    asking::{beside, on},
    csv::{CsvTable, as_csv, spelled, time},
    extract::{InPath, InQuery},
    failure::Failure,
    held::{Held, held},
    links::Link,
    shell::Shell,
    visit::Visit,
    which::Which,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error, PartnerRelationship, PermissionRow, RelationshipState,
    lists::{ListRequest, partner_relationships, residual_access},
};
use procura_domain::id::{CustomerId, PartnerId};
use serde::Deserialize;

/// How many partners a page shows.
const PAGE_ROWS: usize = 20;
/// How much of what is left to a partner the list shows; its own page shows all of it.
const RESIDUAL_ROWS: usize = 5;

/// What of the list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RelationshipsQuery {
    /// A part of the name or the domain.
    name: String,
    show: Which,
    after: Option<String>,
    format: Option<String>,
}

/// A partner with what its card shows.
pub(crate) struct PartnerCard {
    pub(crate) row: PartnerRelationship,
    pub(crate) page: Link,
    /// What is left to it, as much as is shown here.
    pub(crate) residual: Vec<Held>,
    /// Where delegated admin privileges are removed.
    pub(crate) removal: Option<Link>,
    /// Where what is left is looked at.
    pub(crate) remains: Option<Link>,
}

#[derive(Template)]
#[template(path = "relationships.html")]
struct RelationshipsPage {
    shell: Shell,
    customer: CustomerId,
    query: RelationshipsQuery,
    cards: Vec<PartnerCard>,
    next: Option<Link>,
    first: Option<Link>,
}

impl RelationshipsPage {
    fn link(shell: &Shell, customer: CustomerId, query: &RelationshipsQuery) -> Link {
        let link = shell.links.to(format!("/customers/{customer}/partners"));
        let link = link.with_some("name", Some(query.name.trim()).filter(|name| !name.is_empty()));
        link.with_some("show", query.show.in_address())
    }

    fn choices(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        self.query.show.choices()
    }

    fn csv(&self) -> Link {
        Self::link(&self.shell, self.customer, &self.query).with("format", "csv")
    }

    fn is_filtered(&self) -> bool {
        !self.query.name.trim().is_empty() || self.query.show.in_address().is_some()
    }
}

/// `GET /customers/{customer}/partners`
pub(crate) async fn page(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(query): InQuery<RelationshipsQuery>,
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
        return Ok(as_csv("partner-relationships", RelationshipsTable { visit, customer }, request).await?);
    }
    let AsOf { answer, .. } = partner_relationships(visit.engine(), visit.reader(), customer, request)?;
    let mut cards = Vec::with_capacity(answer.items.len());
    for row in answer.items {
        cards.push(card(&visit, customer, row).await?);
    }
    let shell = visit.shell();
    let link = RelationshipsPage::link(&shell, customer, &query);
    let next = answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    Ok(Shown(RelationshipsPage { shell, customer, query, cards, next, first }).into_response())
}

async fn card(visit: &Visit, customer: CustomerId, row: PartnerRelationship) -> Result<PartnerCard, Error> {
    let partner = row.partner.id.as_partner();
    let residual = if row.residual_access > 0 {
        let request = ListRequest {
            at: visit.at(),
            customer: Some(customer),
            partner: Some(partner),
            limit: Some(RESIDUAL_ROWS),
            ..ListRequest::default()
        };
        let AsOf { answer, .. } = residual_access(visit.engine(), visit.reader(), request).await?;
        let rows: Vec<PermissionRow> = answer.items.into_iter().map(|row| row.permission).collect();
        // What ends each is shown where there is room for it.
        held(visit, customer, &rows, &answer.people, "").await
    } else {
        Vec::new()
    };
    let Offered { removal, remains } = offered(visit, customer, partner, &row).await;
    let page = visit.links().to(format!("/customers/{customer}/partners/{partner}"));
    Ok(PartnerCard { row, page, residual, removal, remains })
}

/// The pages that are offered beside a partner.
pub(super) struct Offered {
    pub(super) removal: Option<Link>,
    pub(super) remains: Option<Link>,
}

pub(super) async fn offered(
    visit: &Visit,
    customer: CustomerId,
    partner: PartnerId,
    row: &PartnerRelationship,
) -> Offered {
    let link = || visit.links().to(format!("/customers/{customer}/partners/{partner}/remove"));
    let has_dap = row.relationship.delegated_admin;
    let may = has_dap && visit.may("dap.revoke", beside(on("customer", customer), partner)).await;
    Offered { removal: may.then(link), remains: (!has_dap && row.residual_access > 0).then(link) }
}

impl PartnerCard {
    fn is_ended(&self) -> bool {
        self.row.relationship.relationship == RelationshipState::Ended
    }

    /// How much of what is left is not shown.
    fn hidden(&self) -> usize {
        self.row.residual_access.saturating_sub(self.residual.len())
    }
}

/// The list as a table to take along.
struct RelationshipsTable {
    visit: Visit,
    customer: CustomerId,
}

impl CsvTable for RelationshipsTable {
    type Row = PartnerRelationship;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec![
            "partner",
            "name",
            "relationship",
            "since",
            "ended",
            "delegatedAdmin",
            "delegatedAdminSince",
            "implicitRoles",
            "roleAssignments",
            "residualAccess",
            "supportOwed",
            "supportRoute",
        ]
    }

    fn cells(&self, row: &PartnerRelationship) -> Vec<String> {
        let stands = &row.relationship;
        let implicit = row.implicit_roles.iter().map(|implicit| format!("{}: {}", implicit.group, implicit.role));
        vec![
            row.partner.id.to_string(),
            row.partner.name.clone(),
            spelled(stands.relationship),
            time(stands.relationship_since),
            time(stands.relationship_ended),
            stands.delegated_admin.to_string(),
            time(stands.delegated_admin_since),
            implicit.collect::<Vec<_>>().join("; "),
            row.role_assignments.to_string(),
            row.residual_access.to_string(),
            row.support.owed.to_string(),
            row.support.route.map(|route| route.to_string()).unwrap_or_default(),
        ]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<PartnerRelationship>, Option<ListRequest>), Error> {
        let (engine, reader) = (self.visit.engine(), self.visit.reader());
        let AsOf { answer, .. } = partner_relationships(engine, reader, self.customer, request)?;
        Ok((answer.items, answer.next))
    }
}
