//! *Search*: organisations, people, subscriptions, devices and profiles by name, domain, serial number or id, of all that
//! somebody may know of.

use crate::{
    answer::Shown,
    extract::InQuery,
    failure::Failure,
    links::Link,
    shell::{Shell, Standing},
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    Error, RegisteredTenant,
    find::{FindRequest, FoundThing, ThingKind, find},
    labels::{LabelsRequest, labels},
    lists::{ListRequest, customers_by_name, people, registered_customers, registered_partners},
};
use procura_domain::{id::TenantId, vocabulary::User};
use serde::Deserialize;
use uuid::Uuid;

/// How many things of a kind are shown.
const SHOWN_MAX: usize = 20;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchQuery {
    q: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    query: SearchQuery,
    /// By kind, with the id of the kind's name.
    found: Vec<(&'static str, Vec<LinkedThing>)>,
    more: bool,
}

/// A thing, with the page that shows it.
type LinkedThing = (FoundThing, Option<Link>);

/// `GET /search`
pub(crate) async fn page(visit: Visit, InQuery(query): InQuery<SearchQuery>) -> Result<Response, Failure> {
    let text = query.q.trim();
    let (things, more) = if text.is_empty() { (Vec::new(), false) } else { found(&visit, text).await? };
    let kinds = [
        ("search-customers", ThingKind::Customer),
        ("search-partners", ThingKind::Partner),
        ("search-people", ThingKind::User),
        ("search-subscriptions", ThingKind::Subscription),
        ("search-devices", ThingKind::Device),
        ("search-profiles", ThingKind::Profile),
    ];
    let of = |kind: ThingKind| {
        let linked = things.iter().filter(|thing| thing.kind == kind).map(|thing| (thing.clone(), link(&visit, thing)));
        linked.collect::<Vec<_>>()
    };
    let found = kinds.map(|(name, kind)| (name, of(kind))).into_iter().filter(|(_, things)| !things.is_empty());
    let found = found.collect();
    Ok(Shown(SearchPage { shell: visit.shell(), query, found, more }).into_response())
}

/// What fits the text, and whether there is more.
async fn found(visit: &Visit, text: &str) -> Result<(Vec<FoundThing>, bool), Error> {
    let (engine, reader) = (visit.engine(), visit.reader());
    if text.parse::<Uuid>().is_ok() || text.parse::<User>().is_ok() {
        let request = LabelsRequest { ids: text.to_owned() };
        return Ok((labels(engine, reader, &request).await?.answer.items, false));
    }
    let mut things = Vec::new();
    let mut more = false;
    if text.contains('@') {
        let request = FindRequest { kind: ThingKind::User, text: text.to_owned(), customer: None };
        // What is no user principal name is nobody's.
        if let Ok(found) = find(engine, reader, request).await {
            things.extend(found.answer.items);
        }
    }
    more |= organisations(visit, text, &mut things).await?;
    if let Some(tenant) = visit.shell().own_tenant() {
        more |= own_people(visit, tenant, text, &mut things).await?;
    }
    // Each goes through all customers; as far as turns allow, at the same time.
    let of = |kind| find(engine, reader, FindRequest { kind, text: text.to_owned(), customer: None });
    let found = tokio::try_join!(of(ThingKind::Subscription), of(ThingKind::Device), of(ThingKind::Profile))?;
    for found in [found.0, found.1, found.2].map(|found| found.answer) {
        more |= found.more;
        things.extend(found.items);
    }
    Ok((things, more))
}

/// Organisations with the text in their name or domain.
async fn organisations(visit: &Visit, text: &str, things: &mut Vec<FoundThing>) -> Result<bool, Error> {
    let (engine, reader) = (visit.engine(), visit.reader());
    let request = || ListRequest { name: Some(text.to_owned()), limit: Some(SHOWN_MAX), ..ListRequest::default() };
    let thing = |kind: ThingKind| {
        move |tenant: RegisteredTenant| FoundThing {
            kind,
            id: tenant.id.to_string(),
            name: tenant.name,
            place: tenant.domain,
            tenant: Some(tenant.id),
        }
    };
    if let Standing::Partner(partner) = visit.standing() {
        // Whoever may not see the customers finds none.
        let Ok((page, count)) = customers_by_name(engine, reader, partner, request()).await else { return Ok(false) };
        let customer = |row: procura_app::Customer| {
            let tenant = row.customer.id;
            let domain = engine.read(|state| state.tenant(tenant).map(|tenant| tenant.domain().to_owned()));
            let (id, place) = (tenant.to_string(), domain.unwrap_or_default());
            FoundThing { kind: ThingKind::Customer, id, name: row.customer.name, place, tenant: Some(tenant) }
        };
        things.extend(page.answer.items.into_iter().map(customer));
        return Ok(count > SHOWN_MAX);
    }
    let customers = registered_customers(engine, reader, request())?.answer;
    let partners = registered_partners(engine, reader, request())?.answer;
    let more = customers.next.is_some() || partners.next.is_some();
    things.extend(customers.items.into_iter().map(thing(ThingKind::Customer)));
    things.extend(partners.items.into_iter().map(thing(ThingKind::Partner)));
    Ok(more)
}

/// People of one's own organisation with the text in their name.
async fn own_people(visit: &Visit, tenant: TenantId, text: &str, things: &mut Vec<FoundThing>) -> Result<bool, Error> {
    let request = ListRequest { name: Some(text.to_owned()), ..ListRequest::default() };
    // Whoever may not see them finds none.
    let Ok(found) = people(visit.engine(), visit.reader(), tenant, request).await else { return Ok(false) };
    let place = visit.shell().organisation;
    for row in found.answer.items.into_iter().take(SHOWN_MAX) {
        let id = User { tenant, user: row.user }.to_string();
        if !things.iter().any(|thing| thing.id == id) {
            let name = row.names.shown().unwrap_or(&id).to_owned();
            things.push(FoundThing { kind: ThingKind::User, id, name, place: place.clone(), tenant: Some(tenant) });
        }
    }
    Ok(found.answer.next.is_some())
}

/// The page that shows it.
fn link(visit: &Visit, thing: &FoundThing) -> Option<Link> {
    let (links, FoundThing { id, name, tenant, .. }) = (visit.links(), thing);
    let tenant = tenant.as_ref()?;
    Some(match (thing.kind, visit.standing()) {
        (ThingKind::Customer, _) => links.to(format!("/customers/{id}")),
        (ThingKind::Partner, Standing::Customer(customer)) => links.to(format!("/customers/{customer}/partners/{id}")),
        (ThingKind::Partner, _) => links.to(format!("/partners/{id}/customers")),
        (ThingKind::User, _) => links.to("/ask").with("who", id),
        (ThingKind::Subscription, _) => links.to(format!("/customers/{tenant}/subscriptions")),
        (ThingKind::Device, _) => links.to(format!("/customers/{tenant}/devices")).with("serial", name),
        (ThingKind::Profile | ThingKind::Tenant, _) => return None,
    })
}
