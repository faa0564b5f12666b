//! The switch from one customer to another: the same page about that one.

use crate::{
    answer::{Shown, see_other},
    extract::InQuery,
    failure::Failure,
    links::{Link, own_path},
    shell::{Shell, Standing},
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    Error,
    lists::{ListRequest, customers_by_name, registered_customers},
};
use procura_domain::id::{CustomerId, TenantId};
use serde::Deserialize;

/// How many customers are offered.
const OFFERED_MAX: usize = 30;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SwitchQuery {
    /// A part of the name or domain.
    customer: String,
    /// The page, below the customer's address.
    page: String,
}

#[derive(Template)]
#[template(path = "switch.html")]
struct SwitchPage {
    shell: Shell,
    query: SwitchQuery,
    offered: Vec<(String, Link)>,
    more: bool,
}

/// `GET /switch`
pub(crate) async fn page(visit: Visit, InQuery(query): InQuery<SwitchQuery>) -> Result<Response, Failure> {
    let page = own_path(&query.page).unwrap_or_default();
    let link = |customer: CustomerId| visit.links().to(format!("/customers/{customer}{page}"));
    let (found, more) = found(&visit, query.customer.trim()).await?;
    // Whoever types the whole name means that one.
    let whole = query.customer.trim().to_lowercase();
    let mut exact = found.iter().filter(|(_, name)| name.to_lowercase() == whole);
    let meant = match (&*found, exact.next(), exact.next()) {
        ([only], ..) if !more => Some(only),
        (_, Some(exact), None) if !more => Some(exact),
        _ => None,
    };
    if let Some((customer, _)) = meant {
        return Ok(see_other(link(*customer)).into_response());
    }
    let offered = found.into_iter().map(|(customer, name)| (name, link(customer))).collect();
    Ok(Shown(SwitchPage { shell: visit.shell(), query, offered, more }).into_response())
}

/// The customers with that text in their name or domain that the person knows of, and whether there are more.
async fn found(visit: &Visit, text: &str) -> Result<(Vec<(CustomerId, String)>, bool), Error> {
    let (engine, reader) = (visit.engine(), visit.reader());
    let name = Some(text.to_owned()).filter(|text| !text.is_empty());
    let request = ListRequest { at: visit.at(), name, limit: Some(OFFERED_MAX), ..ListRequest::default() };
    let named = |(id, name): (TenantId, String)| (id.as_customer(), name);
    if let Standing::Partner(partner) = visit.standing() {
        let (page, count) = customers_by_name(engine, reader, partner, request).await?;
        let rows = page.answer.items.into_iter().map(|row| named((row.customer.id, row.customer.name)));
        return Ok((rows.collect(), count > OFFERED_MAX));
    }
    let page = registered_customers(engine, reader, request)?.answer;
    Ok((page.items.into_iter().map(|row| named((row.id, row.name))).collect(), page.next.is_some()))
}
