//! The views over HTTP: each at any moment, each for those who may know.

use crate::{
    caller::Caller,
    problem::Problem,
    routes::{App, InPath, ReadAt},
    when::parse_when,
};
use axum::{
    Extension, Json,
    extract::{FromRequestParts, State},
    http::{Uri, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use procura_domain::{
    access::Subject,
    id::{CustomerId, PartnerId, SubscriptionId, TenantId},
    personal::PersonalData,
    temporal::{EventRef, Moment},
    visibility::{self, Reader, VisibleScope},
    vocabulary::{DirectoryRole, PartnerGroup},
};
use procura_engine::{Engine, Personal, When};
use procura_views::{
    Filter, customer, customer_ids, devices, directory_role_members, effective_permissions, group_members,
    partner_relationships, profiles, service_requests, subscriptions,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::str::FromStr;

/// How many items a page has unless told otherwise.
pub(crate) const PAGE_ITEMS_DEFAULT: usize = 100;
/// How many items a page has at most.
pub(crate) const PAGE_ITEMS_MAX: usize = 500;

/// The parameters of a query, read strictly: one that is unknown is an error, not a filter that was not applied.
pub(crate) struct Parameters<T>(pub(crate) T, pub(crate) Uri);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        let axum::extract::Query(parameters) =
            read.map_err(|error| Problem::invalid_request(format!("query: {}", error.body_text())))?;
        Ok(Self(parameters, parts.uri.clone()))
    }
}

/// Which page of a list, and at which moment.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListQuery {
    at: Option<String>,
    limit: Option<usize>,
    skip: Option<usize>,
    partner: Option<PartnerId>,
    customer: Option<CustomerId>,
    subscription: Option<SubscriptionId>,
    include_ended: Option<bool>,
}

/// One page of a list, and the moment it was read at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_link: Option<String>,
    #[serde(skip)]
    pub(crate) at: Moment,
}

/// A row with what people wrote about the thing, which stands sealed beside the event that made it.
#[derive(Serialize)]
struct WithPersonal<T> {
    #[serde(flatten)]
    row: T,
    #[serde(flatten)]
    written: Option<PersonalData>,
    #[serde(flatten)]
    gone: Option<Gone>,
}

impl<T: Serialize> Page<T> {
    /// The page, with what people wrote beside each row's event.
    async fn with_personal(self, app: &App, event: impl Fn(&T) -> EventRef) -> Result<Response, Problem> {
        let Self { items: rows, next_link, at } = self;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let (written, gone) = match Gone::or(app.engine.personal(event(&row).position).await?) {
                Ok(written) => (Some(written), None),
                Err(gone) => (None, Some(gone)),
            };
            items.push(WithPersonal { row, written, gone });
        }
        Ok(Page { items, next_link, at }.into_response())
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        (Extension(ReadAt(self.at)), Json(self)).into_response()
    }
}

/// The two moments of a query: what is shown is what held at one, who may see it is decided at the other.
#[derive(Clone, Copy)]
pub(crate) struct Moments {
    /// What is asked about.
    pub(crate) at: Moment,
    /// When it is asked: whoever lost a right has lost the past with it (DAP-6).
    pub(crate) now: Moment,
}

/// How many items a page has, by the parameter `limit`.
pub(crate) fn page_items(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(PAGE_ITEMS_DEFAULT);
    if (1..=PAGE_ITEMS_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::invalid_request(format!("`limit` goes from 1 to {PAGE_ITEMS_MAX}")))
}

impl Moments {
    /// Now, and the moment that the parameter `at` names.
    pub(crate) fn of(engine: &Engine, at: Option<&str>) -> Result<Self, Problem> {
        let now = engine.moment(When::Now)?;
        let Some(at) = at else { return Ok(Self { at: now, now }) };
        Ok(Self { at: engine.moment(when("at", at)?)?, now })
    }
}

/// Now, and the moment that the parameter `at` names.
pub(crate) fn moments(app: &App, at: Option<&str>) -> Result<Moments, Problem> {
    Moments::of(&app.engine, at)
}

/// The time or position that a parameter of that name gives.
pub(crate) fn when(name: &str, text: &str) -> Result<When, Problem> {
    parse_when(text).map_err(|error| Problem::invalid_request(format!("`{name}`: {error}")))
}

impl Parameters<ListQuery> {
    pub(crate) fn moments(&self, app: &App) -> Result<Moments, Problem> {
        moments(app, self.0.at.as_deref())
    }

    /// Which filters this list takes; any other is an error.
    pub(crate) fn takes(self, filters: &[&str]) -> Result<Self, Problem> {
        let ListQuery { partner, customer, subscription, include_ended, .. } = &self.0;
        let given = [
            ("partner", partner.is_some()),
            ("customer", customer.is_some()),
            ("subscription", subscription.is_some()),
            ("includeEnded", include_ended.is_some()),
        ];
        match given.iter().find(|(name, given)| *given && !filters.contains(name)) {
            Some((name, _)) => Err(Problem::invalid_request(format!("`{name}` is no parameter of this list"))),
            None => Ok(self),
        }
    }

    /// One page of the rows, answered.
    pub(crate) fn page<T: Serialize>(self, rows: Vec<T>, at: Moment) -> Result<Response, Problem> {
        Ok(self.cut(rows, at)?.into_response())
    }

    /// One page of the rows. The link to the next one names the moment, so that the pages belong together.
    pub(crate) fn cut<T>(self, rows: Vec<T>, at: Moment) -> Result<Page<T>, Problem> {
        let Self(ListQuery { at: asked, limit, skip, partner, customer, subscription, include_ended }, uri) = self;
        let limit = page_items(limit)?;
        let skip = skip.unwrap_or(0);
        let next = skip.saturating_add(limit);
        let next_link = (next < rows.len()).then(|| {
            let now = || at.at.to_rfc3339_opts(SecondsFormat::Micros, true);
            let at = asked.unwrap_or_else(now).replace('+', "%2B");
            let mut link = format!("{}?at={at}&limit={limit}&skip={next}", uri.path());
            let given = [
                ("partner", partner.map(|id| id.to_string())),
                ("customer", customer.map(|id| id.to_string())),
                ("subscription", subscription.map(|id| id.to_string())),
                ("includeEnded", include_ended.map(|include| include.to_string())),
            ];
            for (name, value) in given {
                if let Some(value) = value {
                    link.push_str(&format!("&{name}={value}"));
                }
            }
            link
        });
        let items = rows.into_iter().skip(skip).take(limit).collect();
        Ok(Page { items, next_link, at })
    }
}

/// An id in the path: one that cannot be is as unknown as one that is not there.
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// View 1: `GET /v1/customers/{customer}/partner-relationships`
pub(crate) async fn partner_relationships_of(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&[])?;
    let (customer, Moments { at, now }) = (id::<CustomerId>(&customer)?, query.moments(&app)?);
    let rows = app.engine.read(|state| {
        let sees = visibility::sees_partner_relationships(caller.reader(), customer, now, state);
        sees.then(|| partner_relationships(state, customer, at))
    });
    query.page(rows.ok_or_else(Problem::not_found)?, at)
}

/// View 2: `GET /v1/partners/{partner}/customers`
pub(crate) async fn customers_of(
    State(app): State<App>,
    caller: Caller,
    InPath(partner): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&[])?;
    let (partner, Moments { at, now }) = (id::<PartnerId>(&partner)?, query.moments(&app)?);
    let ids = app.engine.read(|state| {
        visibility::sees_customers(caller.reader(), partner, now, state).then(|| customer_ids(state, partner, at))
    });
    let Page { items, next_link, at } = query.cut(ids.ok_or_else(Problem::not_found)?, at)?;
    // One customer after the other: commands go on being accepted in between.
    let row = |id| app.engine.read(|state| customer(state, partner, id, agent(caller.reader()), at));
    Ok(Page { items: items.into_iter().filter_map(row).collect(), next_link, at }.into_response())
}

/// View 3: `GET /v1/customers/{customer}/effective-permissions`
pub(crate) async fn effective_permissions_of(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&["partner", "subscription", "includeEnded"])?;
    let (customer, Moments { at, now }) = (id::<CustomerId>(&customer)?, query.moments(&app)?);
    let ListQuery { partner, subscription, include_ended, .. } = query.0;
    let rows = app.engine.read(|state| {
        let scope = visibility::customer_scope(caller.reader(), customer, now, state)?;
        let partner = match scope {
            VisibleScope::Everything => partner,
            VisibleScope::Partner(own) => Some(own).filter(|own| partner.is_none_or(|partner| partner == *own)),
        };
        if partner.is_none() && scope != VisibleScope::Everything {
            return Some(Vec::new());
        }
        let filter = Filter { partner, subscription, include_ended: include_ended.unwrap_or(false) };
        Some(effective_permissions(state, customer, at, filter))
    });
    query.page(rows.ok_or_else(Problem::not_found)?, at)
}

/// View 4: `GET /v1/tenants/{tenant}/directory-roles/{role}/members`
pub(crate) async fn members_of(
    State(app): State<App>,
    caller: Caller,
    InPath((tenant, role)): InPath<(String, String)>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&[])?;
    let (tenant, role, Moments { at, now }) =
        (id::<TenantId>(&tenant)?, id::<DirectoryRole>(&role)?, query.moments(&app)?);
    let rows = app.engine.read(|state| {
        let sees = visibility::sees_directory_roles(caller.reader(), tenant, now, state);
        sees.then(|| directory_role_members(state, tenant, role, at))
    });
    query.page(rows.ok_or_else(Problem::not_found)?, at)
}

/// View 5: `GET /v1/residual-access`: what the caller may know of it.
pub(crate) async fn residual_access(
    State(app): State<App>,
    caller: Caller,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&["partner", "customer"])?;
    let Moments { at, now } = query.moments(&app)?;
    let ListQuery { partner, customer, .. } = query.0;
    let scope = |customer| app.engine.read(|state| visibility::customer_scope(caller.reader(), customer, now, state));
    let customers = match (customer, caller.reader()) {
        (Some(customer), _) => {
            scope(customer).ok_or_else(Problem::not_found)?;
            vec![customer]
        }
        (None, Reader::Overseer) => app.engine.customers(),
        (None, Reader::Decider) => Vec::new(),
        // A user sees something of its own tenant at most, or of its own partner's customers.
        (None, Reader::User(user)) => app.engine.read(|state| {
            let of_partner = customer_ids(state, user.tenant.as_partner(), now);
            of_partner.into_iter().chain([user.tenant.as_customer()]).collect()
        }),
    };
    let mut rows = app.engine.residual_access(customers, partner, at);
    rows.retain(|row| scope(row.customer).is_some_and(|scope| scope.includes(Some(row.partner))));
    query.page(rows, at)
}

/// The agent that asks, where it is a user: what is shown goes by what it may do.
fn agent(reader: Reader) -> Option<Subject> {
    match reader {
        Reader::User(user) => Some(Subject::User(user)),
        Reader::Overseer | Reader::Decider => None,
    }
}

/// View 6: `GET /v1/customers/{customer}/{subscriptions,devices,profiles,service-requests}`: all of it to the customer,
/// to a partner's agents what concerns them (VIS-1, VIS-2).
async fn of_customer<T>(
    app: &App,
    caller: Caller,
    customer: String,
    query: Parameters<ListQuery>,
    rows: impl FnOnce(&procura_domain::state::State, CustomerId, VisibleScope, Option<Subject>, Moment) -> Vec<T>,
) -> Result<Page<T>, Problem> {
    let query = query.takes(&[])?;
    let (customer, Moments { at, now }) = (id::<CustomerId>(&customer)?, query.moments(app)?);
    let rows = app.engine.read(|state| {
        let scope = visibility::customer_scope(caller.reader(), customer, now, state)?;
        let agent = agent(caller.reader()).filter(|_| scope != VisibleScope::Everything);
        Some(rows(state, customer, scope, agent, at))
    });
    query.cut(rows.ok_or_else(Problem::not_found)?, at)
}

/// View 6: `GET /v1/customers/{customer}/subscriptions`
pub(crate) async fn subscriptions_of(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let rows =
        of_customer(&app, caller, customer, query, |state, of, scope, _, at| subscriptions(state, of, scope, at));
    Ok(rows.await?.into_response())
}

/// View 6: `GET /v1/customers/{customer}/devices`
pub(crate) async fn devices_of(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let rows = of_customer(&app, caller, customer, query, |state, of, _, agent, at| devices(state, of, agent, at));
    rows.await?.with_personal(&app, |row| row.event).await
}

/// View 6: `GET /v1/customers/{customer}/profiles`
pub(crate) async fn profiles_of(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let rows = of_customer(&app, caller, customer, query, |state, of, _, agent, at| profiles(state, of, agent, at));
    Ok(rows.await?.into_response())
}

/// View 6: `GET /v1/customers/{customer}/service-requests`
pub(crate) async fn service_requests_of(
    State(app): State<App>,
    caller: Caller,
    InPath(customer): InPath<String>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let rows = |state: &_, of, scope, _, at| service_requests(state, of, scope, at);
    of_customer(&app, caller, customer, query, rows).await?.with_personal(&app, |row| row.event).await
}

/// View 6: `GET /v1/partners/{partner}/groups/{group}/members`
pub(crate) async fn group_members_of(
    State(app): State<App>,
    caller: Caller,
    InPath((partner, group)): InPath<(String, String)>,
    query: Parameters<ListQuery>,
) -> Result<Response, Problem> {
    let query = query.takes(&[])?;
    let (partner, group, Moments { at, now }) =
        (id::<PartnerId>(&partner)?, id::<PartnerGroup>(&group)?, query.moments(&app)?);
    let rows = app.engine.read(|state| {
        visibility::sees_groups(caller.reader(), partner, now, state).then(|| group_members(state, partner, group, at))
    });
    query.page(rows.ok_or_else(Problem::not_found)?, at)
}

/// That what people wrote is not there any more.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "personalData", rename_all = "camelCase")]
pub(crate) enum Gone {
    /// It was erased.
    Erased,
    /// Its key is not there: the log came back from a backup without its keys.
    Unavailable,
}

impl Gone {
    /// What people wrote, or that it is gone.
    pub(crate) fn or(personal: Personal) -> Result<PersonalData, Self> {
        match personal {
            Personal::Known(written) => Ok(written),
            Personal::Erased => Err(Self::Erased),
            Personal::Unavailable => Err(Self::Unavailable),
        }
    }
}
