//! The views as lists: each at any moment, each for those who may know.

mod personal;
mod request;

pub use personal::{Gone, WithPersonal};
pub use request::{ListPage, ListRequest};

use crate::{AsOf, Error, Page, moments::Moments};
use procura_domain::{
    access::Subject,
    id::{CustomerId, PartnerId, TenantId},
    state::State,
    temporal::Moment,
    visibility::{self, Reader, VisibleScope},
    vocabulary::{DirectoryRole, PartnerGroup},
};
use procura_engine::Engine;
use procura_views::{
    Customer, DeviceRow, Filter, Member, PartnerRelationship, PermissionRow, ProfileRow, ResidualRow,
    ServiceRequestRow, SubscriptionRow,
};

/// View 1: what the customer's partner-relationships page shows.
///
/// # Errors
/// Of every list: if the request cannot be read, or the reader may not know of the tenant.
pub fn partner_relationships(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<PartnerRelationship>, Error> {
    request.list(engine, |state, Moments { at, now }| {
        visibility::sees_partner_relationships(reader, customer, now, state)
            .then(|| procura_views::partner_relationships(state, customer, at))
    })
}

/// View 2: the customers of a partner.
pub fn customers(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    request: ListRequest,
) -> Result<ListPage<Customer>, Error> {
    let request = request.takes(&[])?;
    let Moments { at, now } = request.moments(engine)?;
    let ids = engine.read(|state| {
        let sees = visibility::sees_customers(reader, partner, now, state);
        sees.then(|| procura_views::customer_ids(state, partner, at))
    });
    let AsOf { at, answer: Page { items, next } } = request.page(ids.ok_or_else(Error::not_found)?, at)?;
    // One customer after the other: commands go on being accepted in between.
    let row = |id| engine.read(|state| procura_views::customer(state, partner, id, reader.subject(), at));
    Ok(AsOf { at, answer: Page { items: items.into_iter().filter_map(row).collect(), next } })
}

/// View 3: who holds what in the customer's tenant, or of it what concerns the partner that asks.
pub fn effective_permissions(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<PermissionRow>, Error> {
    let request = request.takes(&["partner", "subscription", "includeEnded"])?;
    let Moments { at, now } = request.moments(engine)?;
    let ListRequest { partner, subscription, include_ended, .. } = request;
    let rows = engine.read(|state| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        // A filter that names another partner than the agents' own finds nothing.
        let Some(scope) = scope.narrowed(partner) else { return Some(Vec::new()) };
        let filter = Filter { partner: scope.partner(), subscription, include_ended: include_ended.unwrap_or(false) };
        Some(procura_views::effective_permissions(state, customer, at, filter))
    });
    request.page(rows.ok_or_else(Error::not_found)?, at)
}

/// View 4: who holds a directory role explicitly in the tenant.
pub fn directory_role_members(
    engine: &Engine,
    reader: Reader,
    tenant: TenantId,
    role: DirectoryRole,
    request: ListRequest,
) -> Result<ListPage<Member>, Error> {
    request.list(engine, |state, Moments { at, now }| {
        visibility::sees_directory_roles(reader, tenant, now, state)
            .then(|| procura_views::directory_role_members(state, tenant, role, at))
    })
}

/// View 5: what partners hold after their privileges or relationship ended: what the reader may know of it.
pub fn residual_access(engine: &Engine, reader: Reader, request: ListRequest) -> Result<ListPage<ResidualRow>, Error> {
    let request = request.takes(&["partner", "customer"])?;
    let Moments { at, now } = request.moments(engine)?;
    let ListRequest { partner, customer, .. } = request;
    // One customer after the other: commands go on being accepted in between.
    let of_one = |customer| {
        engine.read(|state| {
            let scope = visibility::customer_scope(reader, customer, now, state)?;
            let rows = |scope: VisibleScope| procura_views::residual_access(state, customer, scope.partner(), at);
            Some(scope.narrowed(partner).map(rows).unwrap_or_default())
        })
    };
    let rows = match customer {
        Some(customer) => of_one(customer).ok_or_else(Error::not_found)?,
        None => engine.read(|state| reader.customers(now, state)).into_iter().filter_map(of_one).flatten().collect(),
    };
    request.page(rows, at)
}

/// View 6: of a customer, all of it to the customer, to a partner's agents what concerns them (VIS-1, VIS-2).
fn of_customer<T>(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
    rows: impl FnOnce(&State, VisibleScope, Moment) -> Vec<T>,
) -> Result<ListPage<T>, Error> {
    request.list(engine, |state, Moments { at, now }| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        Some(rows(state, scope, at))
    })
}

pub fn subscriptions(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<SubscriptionRow>, Error> {
    of_customer(engine, reader, customer, request, |state, scope, at| {
        procura_views::subscriptions(state, customer, scope, at)
    })
}

pub async fn devices(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<WithPersonal<DeviceRow>>, Error> {
    let page = of_customer(engine, reader, customer, request, |state, scope, at| {
        procura_views::devices(state, customer, agent(reader, scope), at)
    });
    personal::beside(engine, page?, |row| row.event).await
}

pub fn profiles(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<ProfileRow>, Error> {
    of_customer(engine, reader, customer, request, |state, scope, at| {
        procura_views::profiles(state, customer, agent(reader, scope), at)
    })
}

pub async fn service_requests(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<WithPersonal<ServiceRequestRow>>, Error> {
    let page = of_customer(engine, reader, customer, request, |state, scope, at| {
        procura_views::service_requests(state, customer, scope, at)
    });
    personal::beside(engine, page?, |row| row.event).await
}

/// The agent whose rights decide what is shown; none if all of it is.
fn agent(reader: Reader, scope: VisibleScope) -> Option<Subject> {
    reader.subject().filter(|_| scope != VisibleScope::Everything)
}

/// View 6: who is in a partner's group.
pub fn group_members(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    group: PartnerGroup,
    request: ListRequest,
) -> Result<ListPage<Member>, Error> {
    request.list(engine, |state, Moments { at, now }| {
        visibility::sees_groups(reader, partner, now, state)
            .then(|| procura_views::group_members(state, partner, group, at))
    })
}
