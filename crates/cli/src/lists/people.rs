//! A tenant's people.

use super::{
    known::{beside, id, or_none, summary},
    source::{Kind, Row, Rows, Source},
    table::{Line, Table},
};
use crate::{args::People, failure::Failure};
use procura_app::{PersonRow, RegisteredTenant, find::ThingKind, lists::ListRequest};
use procura_domain::id::TenantId;
use std::process::ExitCode;

pub(super) async fn run(arguments: People) -> Result<ExitCode, Failure> {
    let People { listing, tenant, name } = arguments;
    let source = Source::open(&listing).await?;
    let only = match id(&source, "--tenant", ThingKind::Tenant, tenant.as_deref()).await? {
        Some(tenant) => Some(tenant),
        None => source.own_tenant()?,
    };
    let mut lines = Vec::new();
    for tenant in tenants(&source, only).await? {
        let request = ListRequest { name: name.clone(), ..ListRequest::default() };
        let rows = source.all(Kind::People(tenant.id), request).await;
        let rows = if only.is_some() { rows?.rows } else { or_none(rows)? };
        lines.extend(rows.into_iter().map(|row| line(&tenant, row)));
    }
    source.finish();
    let headings = ["tenant", "name", "user principal name", "directory roles", "groups"];
    let csv = ["tenant", "tenantName", "user", "displayName", "userPrincipalName", "roles", "groups"];
    Table { headings, csv, lines }.sorted().print(listing.format)
}

/// That tenant, or all that there are.
async fn tenants(source: &Source, only: Option<TenantId>) -> Result<Vec<RegisteredTenant>, Failure> {
    let (partner, customer) = (only.map(TenantId::as_partner), only.map(TenantId::as_customer));
    let partners: Rows<RegisteredTenant> =
        source.all(Kind::Partners, ListRequest { partner, ..ListRequest::default() }).await?;
    let customers: Rows<RegisteredTenant> =
        source.all(Kind::Customers, ListRequest { customer, ..ListRequest::default() }).await?;
    let mut found: Vec<_> = partners.rows.into_iter().chain(customers.rows).map(|row| row.read).collect();
    if let Some(id) = only.filter(|_| found.is_empty()) {
        // The server says whether it is there.
        let (name, domain) = (String::new(), String::new());
        found.push(RegisteredTenant { id, name, domain, registered: None });
    }
    Ok(found)
}

fn line(tenant: &RegisteredTenant, Row { read, json }: Row<PersonRow>) -> Line<5, 7> {
    let PersonRow { user, names, roles, groups } = read;
    let shown = names.shown().map_or_else(|| user.to_string(), ToOwned::to_owned);
    let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
    let (display_name, principal_name) =
        (text(names.display_name.as_deref()), text(names.user_principal_name.as_deref()));
    let roles = roles.iter().map(|role| role.name()).collect::<Vec<_>>().join("; ");
    let groups = groups.iter().map(|group| group.name()).collect::<Vec<_>>().join("; ");
    let cells = [tenant.name.clone(), shown, principal_name.clone(), roles.clone(), groups.clone()];
    let id = tenant.id.to_string();
    let csv = [id, tenant.name.clone(), user.to_string(), display_name, principal_name, roles, groups];
    Line { cells, csv, json: beside("tenant", summary(tenant), json) }
}
