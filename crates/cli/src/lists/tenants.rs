//! Tenants, and what they have to do with each other.

use super::{
    known::{by_name, id, partners as partners_of},
    source::{Kind, Row, Source},
    table::{Line, Table, day, instant},
};
use crate::{
    args::{Customers, Partners, Relationships},
    failure::Failure,
};
use procura_app::{
    RegisteredTenant, RelationshipRow, RelationshipState, RelationshipSummary, TenantSummary, find::ThingKind,
    lists::ListRequest,
};
use procura_domain::id::{PartnerId, TenantId};
use serde_json::{Value, json};
use std::{collections::HashMap, process::ExitCode};

/// A customer with its partners, a line each.
pub(super) async fn customers(arguments: Customers) -> Result<ExitCode, Failure> {
    let Customers { listing, partner, name, which } = arguments;
    let source = Source::open(&listing).await?;
    let asked = ListRequest { partner: the_partner(&source, partner.as_deref()).await?, ..ListRequest::default() };
    let related = source.all(Kind::Relationships, which.narrow(asked)).await?.rows;
    let mut related = grouped(related, |row| row.customer.id);
    let customers = by_name(source.all(Kind::Customers, ListRequest { name, ..ListRequest::default() }).await?);
    source.finish();
    let is_narrowed = partner.is_some() || which.is_any();
    let line = |customer: RegisteredTenant| {
        let with = related.remove(&customer.id).unwrap_or_default();
        if is_narrowed && with.is_empty() {
            return None;
        }
        let partners: Vec<_> = with.iter().map(|row| partner_and_standing(&row.read)).collect();
        let json = with_relationships(&customer, with);
        let RegisteredTenant { id, name, domain, registered } = customer;
        let csv = [id.to_string(), name.clone(), domain.clone(), instant(registered), partners.join("; ")];
        Some(Line { cells: [name, domain, partners.join("; ")], csv, json })
    };
    let lines = customers.into_iter().filter_map(line).collect();
    let headings = ["customer", "domain", "partners"];
    Table { headings, csv: ["customer", "customerName", "domain", "registered", "partners"], lines }
        .print(listing.format)
}

/// A partner with the number of its customers, a line each.
pub(super) async fn partners(arguments: Partners) -> Result<ExitCode, Failure> {
    let Partners { listing, customer, name, which } = arguments;
    let source = Source::open(&listing).await?;
    let only = id(&source, "--customer", ThingKind::Customer, customer.as_deref()).await?;
    let asked = ListRequest { customer: only, ..ListRequest::default() };
    let related = source.all(Kind::Relationships, which.narrow(asked)).await?.rows;
    let mut related = grouped(related, |row| row.with.partner.id);
    let partners = by_name(source.all(Kind::Partners, ListRequest { name, ..ListRequest::default() }).await?);
    source.finish();
    let is_narrowed = customer.is_some() || which.is_any();
    let line = |partner: RegisteredTenant| {
        let with = related.remove(&partner.id).unwrap_or_default();
        if is_narrowed && with.is_empty() {
            return None;
        }
        let count = |fits: fn(&RelationshipRow) -> bool| with.iter().filter(|row| fits(&row.read)).count().to_string();
        let counts = [
            count(|row| row.with.relationship.relationship == RelationshipState::Active),
            count(|row| row.with.relationship.delegated_admin),
            count(|row| row.with.residual_access > 0),
        ];
        let json = with_relationships(&partner, with);
        let RegisteredTenant { id, name, domain, registered } = partner;
        let [active, dap, residual] = counts.clone();
        let cells = [name.clone(), domain.clone(), active, dap, residual];
        let [active, dap, residual] = counts;
        Some(Line { cells, csv: [id.to_string(), name, domain, instant(registered), active, dap, residual], json })
    };
    let lines = partners.into_iter().filter_map(line).collect();
    let headings = ["partner", "domain", "customers", "with delegated admin", "with residual access"];
    let csv =
        ["partner", "partnerName", "domain", "registered", "customers", "withDelegatedAdmin", "withResidualAccess"];
    Table { headings, csv, lines }.print(listing.format)
}

/// A customer and a partner, a line each.
pub(super) async fn relationships(arguments: Relationships) -> Result<ExitCode, Failure> {
    let Relationships { listing, customer, partner, name, which } = arguments;
    let source = Source::open(&listing).await?;
    let partner = the_partner(&source, partner.as_deref()).await?;
    let customer = id(&source, "--customer", ThingKind::Customer, customer.as_deref()).await?;
    let asked = ListRequest { customer, partner, name, ..ListRequest::default() };
    let rows = source.all(Kind::Relationships, which.narrow(asked)).await?.rows;
    source.finish();
    let lines = rows.into_iter().map(relationship_line).collect();
    let headings = ["customer", "partner", "relationship", "delegated admin", "roles", "left"];
    let csv = [
        "customer",
        "customerName",
        "partner",
        "partnerName",
        "relationship",
        "relationshipSince",
        "relationshipEnded",
        "delegatedAdminSince",
        "roleAssignments",
        "residualAccess",
    ];
    Table { headings, csv, lines }.sorted().print(listing.format)
}

/// The partner that is named, which must be one that may be known.
async fn the_partner(source: &Source, partner: Option<&str>) -> Result<Option<PartnerId>, Failure> {
    match partner {
        Some(_) => Ok(partners_of(source, partner).await?.first().map(|found| found.id.as_partner())),
        None => Ok(None),
    }
}

fn relationship_line(Row { read, json }: Row<RelationshipRow>) -> Line<6, 10> {
    let RelationshipRow { customer, with } = read;
    let summary = &with.relationship;
    let (roles, left) = (with.role_assignments.to_string(), with.residual_access.to_string());
    let dap = summary.delegated_admin_since;
    let dap_cell = if summary.delegated_admin { format!("since {}", day(dap)) } else { "no".to_owned() };
    let cells =
        [customer.name.clone(), with.partner.name.clone(), standing(summary), dap_cell, roles.clone(), left.clone()];
    let state = match summary.relationship {
        RelationshipState::Active => "active",
        RelationshipState::Ended => "ended",
        RelationshipState::None => "none",
    };
    let (since, ended) = (instant(summary.relationship_since), instant(summary.relationship_ended));
    let (customer_id, partner_id) = (customer.id.to_string(), with.partner.id.to_string());
    let csv = [
        customer_id,
        customer.name,
        partner_id,
        with.partner.name,
        state.to_owned(),
        since,
        ended,
        instant(dap),
        roles,
        left,
    ];
    Line { cells, csv, json }
}

/// How a relationship stands, for people.
fn standing(summary: &RelationshipSummary) -> String {
    match summary.relationship {
        RelationshipState::Active => format!("since {}", day(summary.relationship_since)),
        RelationshipState::Ended => format!("ended {}", day(summary.relationship_ended)),
        RelationshipState::None => "none".to_owned(),
    }
}

/// A partner beside its customer, with what it can do there.
fn partner_and_standing(RelationshipRow { with, .. }: &RelationshipRow) -> String {
    let (summary, TenantSummary { name, .. }) = (&with.relationship, &with.partner);
    let stands = match summary.relationship {
        _ if summary.delegated_admin => format!("delegated admin since {}", day(summary.delegated_admin_since)),
        RelationshipState::Active => format!("no delegated admin, reseller since {}", day(summary.relationship_since)),
        RelationshipState::Ended => format!("ended {}", day(summary.relationship_ended)),
        RelationshipState::None => "roles alone".to_owned(),
    };
    match with.residual_access {
        0 => format!("{name} ({stands})"),
        left => format!("{name} ({stands}, {left} left)"),
    }
}

/// A tenant with its relationships.
fn with_relationships(tenant: &RegisteredTenant, with: Vec<Row<RelationshipRow>>) -> Value {
    let RegisteredTenant { id, name, domain, registered } = tenant;
    let relationships: Vec<_> = with.into_iter().map(|row| row.json).collect();
    json!({"id": id, "name": name, "domain": domain, "registered": registered, "relationships": relationships})
}

/// The relationships of each tenant, by the other's name.
fn grouped(
    mut rows: Vec<Row<RelationshipRow>>,
    tenant: impl Fn(&RelationshipRow) -> TenantId,
) -> HashMap<TenantId, Vec<Row<RelationshipRow>>> {
    rows.sort_by_cached_key(|row| {
        [&row.read.customer, &row.read.with.partner].map(|tenant| tenant.name.to_lowercase())
    });
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        groups.entry(tenant(&row.read)).or_default().push(row);
    }
    groups
}
