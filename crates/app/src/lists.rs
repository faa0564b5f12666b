//! The views as lists: each at any moment, each for those who may know.

mod personal;
mod request;
mod residual;

pub use personal::{Gone, WithPersonal};
pub use request::{ListPage, ListRequest};
pub use residual::residual_access;
pub(crate) use {request::List, residual::residual_access_after};

use crate::{Error, moments::Moments, people::with_people};
use procura_domain::{
    access::Subject,
    id::{CustomerId, Id, ObjectId, PartnerId, TenantId},
    temporal::Position,
    visibility::{self, Reader, VisibleScope},
    vocabulary::{DirectoryRole, PartnerGroup, User},
};
use procura_engine::Engine;
use procura_views::{
    Customer, DeviceRow, Filter, Member, Mentions, PartnerRelationship, PermissionKey, PermissionRow, ProfileRow,
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
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    request.page(engine, at, |state, from| {
        let sees = visibility::sees_partner_relationships(reader, customer, now, state);
        let from = from.unwrap_or(PartnerId::MIN);
        sees.then(|| -> List<'_, _, _> { Box::new(procura_views::partner_relationships(state, customer, at, from)) })
    })
}

/// View 2: the customers of a partner.
pub fn customers(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    request: ListRequest,
) -> Result<ListPage<Customer>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    let agent = reader.subject();
    request.page(engine, at, |state, from| {
        let sees = visibility::sees_customers(reader, partner, now, state);
        let from = from.unwrap_or(CustomerId::MIN);
        sees.then(|| -> List<'_, _, _> { Box::new(procura_views::customers(state, partner, agent, at, from)) })
    })
}

/// View 3: who holds what in the customer's tenant, or of it what concerns the partner that asks.
pub async fn effective_permissions(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<PermissionRow>, Error> {
    let request = request.takes(&["partner", "subscription", "includeEnded"])?;
    let Moments { at, now } = request.moments(engine)?;
    let ListRequest { partner, subscription, include_ended, .. } = request;
    let page = request.page(engine, at, |state, from| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        // A filter that names another partner than the agents' own finds nothing.
        let Some(scope) = scope.narrowed(partner) else { return Some(Box::new(std::iter::empty())) };
        let filter = Filter { partner: scope.partner(), subscription, include_ended: include_ended.unwrap_or(false) };
        let from = from.unwrap_or(PermissionKey::MIN);
        Some(Box::new(procura_views::effective_permissions(state, customer, at, filter, from)))
    });
    with_people(engine, page?, |row, each| row.mentions(each)).await
}

/// View 4: who holds a directory role explicitly in the tenant.
pub async fn directory_role_members(
    engine: &Engine,
    reader: Reader,
    tenant: TenantId,
    role: DirectoryRole,
    request: ListRequest,
) -> Result<ListPage<Member>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    let page = request.page(engine, at, |state, from| {
        let sees = visibility::sees_directory_roles(reader, tenant, now, state);
        let from = from.unwrap_or(ObjectId::MIN);
        sees.then(|| -> List<'_, _, _> {
            Box::new(procura_views::directory_role_members(state, tenant, role, at, from))
        })
    });
    with_people(engine, page?, |row, each| each(User { tenant, user: row.user })).await
}

/// View 6: of a customer, all of it to the customer, to a partner's agents what concerns them (VIS-1, VIS-2).
pub fn subscriptions(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<SubscriptionRow>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    request.page(engine, at, |state, from| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        let from = from.unwrap_or(Id::MIN);
        Some(Box::new(procura_views::subscriptions(state, customer, scope, at, from)))
    })
}

pub async fn devices(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<WithPersonal<DeviceRow>>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    let page = request.page(engine, at, |state, from| {
        let agent = agent(reader, visibility::customer_scope(reader, customer, now, state)?);
        Some(Box::new(procura_views::devices(state, customer, agent, at, from.unwrap_or(Id::MIN))))
    });
    personal::beside(engine, page?, |row| row.event).await
}

pub fn profiles(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<ProfileRow>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    request.page(engine, at, |state, from| {
        let agent = agent(reader, visibility::customer_scope(reader, customer, now, state)?);
        Some(Box::new(procura_views::profiles(state, customer, agent, at, from.unwrap_or(Id::MIN))))
    })
}

pub async fn service_requests(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<WithPersonal<ServiceRequestRow>>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    let page = request.page(engine, at, |state, from| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        let from = from.unwrap_or(Position(0));
        Some(Box::new(procura_views::service_requests(state, customer, scope, at, from)))
    });
    personal::beside(engine, page?, |row| row.event).await
}

/// The agent whose rights decide what is shown; none if all of it is.
fn agent(reader: Reader, scope: VisibleScope) -> Option<Subject> {
    reader.subject().filter(|_| scope != VisibleScope::Everything)
}

/// View 6: who is in a partner's group.
pub async fn group_members(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    group: PartnerGroup,
    request: ListRequest,
) -> Result<ListPage<Member>, Error> {
    let (request, Moments { at, now }) = request.unfiltered(engine)?;
    let page = request.page(engine, at, |state, from| {
        let sees = visibility::sees_groups(reader, partner, now, state);
        let from = from.unwrap_or(ObjectId::MIN);
        sees.then(|| -> List<'_, _, _> { Box::new(procura_views::group_members(state, partner, group, at, from)) })
    });
    with_people(engine, page?, |row, each| each(User { tenant: partner.into(), user: row.user })).await
}
