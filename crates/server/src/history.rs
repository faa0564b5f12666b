//! View 7 over HTTP: the history of a customer, of a partner, of everybody; a page at a time, each at one moment.

use crate::{
    caller::{Caller, Overseer},
    problem::Problem,
    queries::{Moments, Page, Parameters, id, page_items, when},
    routes::{App, InPath},
};
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    temporal::{Moment, Position},
    visibility::{self, Reader, VisibleScope},
};
use procura_engine::{
    Engine,
    history::{History, HistoryEntry, HistoryFilter, HistoryRequest, Order},
};
use serde::{Deserialize, Serialize};
use std::{fmt::Display, str::FromStr};

/// What of a history is asked for: the parameters, each as callers write it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryQuery {
    /// The moment it is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Not before this time or position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Not after this time or position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What concerns this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What concerns this partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// About this subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// About this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// About this user, `tenant/user`: its roles and memberships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Events of this type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// Done by this user, `tenant/user`, or operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// How many entries a page has at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// In which order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<HistoryOrder>,
}

/// In which order a history is listed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryOrder {
    /// As it happened.
    Oldest,
    /// The newest first.
    Newest,
}

/// A page of a history.
#[derive(Debug, Clone)]
pub struct HistoryPage {
    /// Its entries.
    pub entries: Vec<HistoryEntry>,
    /// What asks for the next page, which belongs to the same moment; none where there is nothing more.
    pub next: Option<HistoryQuery>,
    at: Moment,
}

/// A page of the history, for whoever runs the engine: of the customer where the query names one, else of the partner,
/// else of everybody.
///
/// # Errors
/// Where a parameter cannot be read, its moment lies ahead, or there is no such tenant.
pub async fn history(engine: &Engine, query: &HistoryQuery) -> Result<HistoryPage, Problem> {
    page(engine, Reader::Overseer, query.whose()?, query).await
}

/// `GET /v1/customers/{customer}/history`: all of it to the customer, to a partner's agents what concerns them (VIS-1,
/// VIS-2).
pub(crate) async fn of_customer(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    Parameters(query, uri): Parameters<HistoryQuery>,
) -> Result<Response, Problem> {
    if query.customer.is_some() {
        return Err(Problem::invalid_request("`customer` is no parameter of a customer's history"));
    }
    let whose = Whose::Customer(id(&customer)?);
    Ok(page(&app.engine, caller.reader(), whose, &query).await?.linked(&uri))
}

/// `GET /v1/partners/{partner}/history`
pub(crate) async fn of_partner(
    State(app): State<App>,
    caller: Caller,
    InPath(partner): InPath<String>,
    Parameters(query, uri): Parameters<HistoryQuery>,
) -> Result<Response, Problem> {
    if query.partner.is_some() {
        return Err(Problem::invalid_request("`partner` is no parameter of a partner's history"));
    }
    let whose = Whose::Partner(id(&partner)?);
    Ok(page(&app.engine, caller.reader(), whose, &query).await?.linked(&uri))
}

/// `GET /v1/history`, for operators and auditors (VIS-4): of everybody, unless the query names a customer or a partner.
pub(crate) async fn of_everybody(
    State(app): State<App>,
    _: Overseer,
    Parameters(query, uri): Parameters<HistoryQuery>,
) -> Result<Response, Problem> {
    Ok(page(&app.engine, Reader::Overseer, query.whose()?, &query).await?.linked(&uri))
}

/// Whose history is asked for.
enum Whose {
    Customer(CustomerId),
    Partner(PartnerId),
    Everybody,
}

async fn page(engine: &Engine, reader: Reader, whose: Whose, query: &HistoryQuery) -> Result<HistoryPage, Problem> {
    let Moments { at, now } = Moments::of(engine, query.at.as_deref())?;
    let (of, with) = match whose {
        Whose::Customer(customer) => (Some(customer.into()), query.partner()?.map(TenantId::from)),
        Whose::Partner(partner) => (Some(partner.into()), query.customer()?.map(TenantId::from)),
        Whose::Everybody => (None, None),
    };
    let scope = engine.read(|state| match whose {
        Whose::Customer(customer) => visibility::customer_scope(reader, customer, now, state),
        Whose::Partner(partner) => visibility::partner_scope(reader, partner, now, state),
        Whose::Everybody => Some(VisibleScope::Everything),
    });
    let request = HistoryRequest {
        of,
        scope: scope.ok_or_else(Problem::not_found)?,
        filter: query.filter(with)?,
        order: query.order.map_or(Order::Oldest, Order::from),
        after: query.after.map(Position),
        limit: page_items(query.limit)?,
    };
    let History { entries, next } = engine.history(&request, at).await?;
    // The pages belong together: the next one is asked for at the same moment.
    let moment = || query.at.clone().unwrap_or_else(|| at.at.to_rfc3339_opts(SecondsFormat::Micros, true));
    let next = next.map(|after| HistoryQuery { at: Some(moment()), after: Some(after.0), ..query.clone() });
    Ok(HistoryPage { entries, next, at })
}

impl HistoryQuery {
    fn whose(&self) -> Result<Whose, Problem> {
        let partner = || Ok(self.partner()?.map_or(Whose::Everybody, Whose::Partner));
        self.customer()?.map_or_else(partner, |customer| Ok(Whose::Customer(customer)))
    }

    fn customer(&self) -> Result<Option<CustomerId>, Problem> {
        read("customer", self.customer.as_deref())
    }

    fn partner(&self) -> Result<Option<PartnerId>, Problem> {
        read("partner", self.partner.as_deref())
    }

    fn filter(&self, with: Option<TenantId>) -> Result<HistoryFilter, Problem> {
        let bound = |name, text: &Option<String>| text.as_deref().map(|text| when(name, text)).transpose();
        Ok(HistoryFilter {
            with,
            subscription: read("subscription", self.subscription.as_deref())?,
            device: read("device", self.device.as_deref())?,
            user: read("user", self.user.as_deref())?,
            event_type: read("type", self.event_type.as_deref())?,
            actor: self.actor.clone().map(Into::into),
            from: bound("from", &self.from)?,
            until: bound("until", &self.until)?,
        })
    }

    /// The parameters, as they stand in a link.
    pub fn to_link(&self) -> String {
        let fields = serde_json::to_value(self).unwrap_or_default();
        let pairs = fields.as_object().into_iter().flatten().map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}={}", utf8_percent_encode(&text, IN_QUERY))
        });
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// What is written as it is in a value of a query: times, ids and users stay readable.
const IN_QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'/');

fn read<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|error| Problem::invalid_request(format!("`{name}`: {error}")))).transpose()
}

impl From<HistoryOrder> for Order {
    fn from(order: HistoryOrder) -> Self {
        match order {
            HistoryOrder::Oldest => Self::Oldest,
            HistoryOrder::Newest => Self::Newest,
        }
    }
}

impl HistoryPage {
    /// The page, with a link to the next one.
    fn linked(self, uri: &Uri) -> Response {
        let next_link = self.next.map(|next| format!("{}?{}", uri.path(), next.to_link()));
        Page { items: self.entries, next_link, at: self.at }.into_response()
    }
}
