//! The views as lists: each at any moment, each for those who may know.

mod by_name;
mod people;
mod personal;
mod request;
mod residual;
mod tenants;
mod wanted;

pub use by_name::{CountedCustomers, customers_by_name};
pub use people::{people, person};
pub use personal::{Gone, WithPersonal};
pub use request::{ListPage, ListRequest};
pub use residual::residual_access;
pub use tenants::{registered_customers, registered_partners, relationships};
pub(crate) use {request::List, residual::residual_access_after};

use crate::{AsOf, Error, moments::Moments, people::with_people};
use procura_domain::{
    access::Subject,
    id::{CustomerId, Id, ObjectId, PartnerId, SubscriptionId, TenantId},
    temporal::Position,
    visibility::{self, Reader, VisibleScope},
    vocabulary::{DirectoryRole, GroupOf, Pair, PartnerGroup, User},
};
use procura_engine::Engine;
use procura_views::{
    Customer, DeviceRow, Filter, Holder, Member, Mentions, PartnerRelationship, PermissionKey, PermissionRow,
    ProfileRow, ServiceRequestRow, SubscriptionRow,
};
use wanted::{NamePart, WantedRelationships};

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
    let request = request.takes(&["dap", "residual", "ended", "name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let (wanted, name) = (WantedRelationships::of(&request), NamePart::of(&request));
    request.page(engine, at, |state, from| {
        let sees = visibility::sees_partner_relationships(reader, customer, now, state);
        let (from, name) = (from.unwrap_or(PartnerId::MIN), name.clone());
        sees.then(|| -> List<'_, _, _> {
            let rows = procura_views::partner_relationships(state, customer, at, from);
            Box::new(rows.map(move |looked| {
                let pair = Pair { customer, partner: looked.key };
                looked.filter(|row| {
                    name.is_of(pair.partner.into(), state) && wanted.has(pair, &row.relationship, state, at)
                })
            }))
        })
    })
}

/// View 2: the customers of a partner.
pub fn customers(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    request: ListRequest,
) -> Result<ListPage<Customer>, Error> {
    let request = request.takes(&["dap", "residual", "ended", "name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let (wanted, name) = (WantedRelationships::of(&request), NamePart::of(&request));
    let agent = reader.subject();
    request.page(engine, at, |state, from| {
        let sees = visibility::sees_customers(reader, partner, now, state);
        let (from, name) = (from.unwrap_or(CustomerId::MIN), name.clone());
        sees.then(|| -> List<'_, _, _> {
            let rows = procura_views::customers(state, partner, agent, at, from);
            Box::new(rows.map(move |looked| {
                let pair = Pair { customer: looked.key, partner };
                looked.filter(|row| {
                    name.is_of(pair.customer.into(), state) && wanted.has(pair, &row.relationship, state, at)
                })
            }))
        })
    })
}

/// View 3: who holds what in the customer's tenant, or of it what concerns the partner that asks.
pub async fn effective_permissions(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<PermissionRow>, Error> {
    let request = request.takes(&["partner", "subscription", "includeEnded", "principal"])?;
    let Moments { at, now } = request.moments(engine)?;
    let ListRequest { partner, subscription, include_ended, .. } = request;
    let holder = request.principal.as_deref().map(subject).transpose()?;
    let page = request.page(engine, at, |state, from| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        // A filter that names another partner than the agents' own finds nothing.
        let of_holder = holder.map(|holder| holder.tenant().as_partner());
        let scope = scope.narrowed(partner).and_then(|scope| scope.narrowed(of_holder));
        let Some(scope) = scope else { return Some(Box::new(std::iter::empty())) };
        let filter = Filter { partner: scope.partner(), subscription, include_ended: include_ended.unwrap_or(false) };
        let from = from.unwrap_or(PermissionKey::MIN);
        let rows = procura_views::effective_permissions(state, customer, at, filter, from);
        Some(Box::new(rows.map(move |looked| {
            let holds = |held: Holder| {
                holder.is_none_or(|holder| match held {
                    Holder::Principal(held) => visibility::is_told_holds(reader, customer, holder, held, at, state),
                    Holder::Partner { .. } => false,
                })
            };
            looked.filter(|row| holds(row.principal))
        })))
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
    let request = request.takes(&["name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let name = NamePart::of(&request);
    request.page(engine, at, |state, from| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        let (from, name) = (from.unwrap_or(Id::MIN), name.clone());
        let rows = procura_views::subscriptions(state, customer, scope, at, from);
        Some(Box::new(rows.map(move |looked| looked.filter(|row| name.is_in(&row.name)))))
    })
}

/// One of them.
///
/// # Errors
/// If the moment cannot be read, or the reader may not know of the subscription.
pub fn subscription(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    subscription: SubscriptionId,
    at: Option<&str>,
) -> Result<AsOf<SubscriptionRow>, Error> {
    let Moments { at, now } = Moments::of(engine, at)?;
    let row = engine.read(|state| {
        let scope = visibility::customer_scope(reader, customer, now, state)?;
        let first = procura_views::subscriptions(state, customer, scope, at, subscription).next()?;
        first.row.filter(|row| row.id == subscription)
    });
    Ok(AsOf { at, answer: row.ok_or_else(Error::not_found)? })
}

pub async fn devices(
    engine: &Engine,
    reader: Reader,
    customer: CustomerId,
    request: ListRequest,
) -> Result<ListPage<WithPersonal<DeviceRow>>, Error> {
    let request = request.takes(&["serial"])?;
    let Moments { at, now } = request.moments(engine)?;
    let serial = request.serial.as_ref().map(|serial| serial.to_lowercase());
    let page = request.page(engine, at, |state, from| {
        let agent = agent(reader, visibility::customer_scope(reader, customer, now, state)?);
        let (rows, serial) =
            (procura_views::devices(state, customer, agent, at, from.unwrap_or(Id::MIN)), serial.clone());
        let has = move |row: &DeviceRow| {
            serial.as_ref().is_none_or(|wanted| row.hardware.serial_number.to_lowercase() == *wanted)
        };
        Some(Box::new(rows.map(move |looked| looked.filter(&has))))
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

/// A user or a group that a filter names.
fn subject(text: &str) -> Result<Subject, Error> {
    let user = || text.parse().map(Subject::User).ok();
    let group = || {
        let (partner, group) = text.split_once('/')?;
        Some(Subject::Group(GroupOf { partner: partner.parse().ok()?, group: group.parse().ok()? }))
    };
    let neither = "write `tenant/user`, or a group as `partner/AdminAgents`";
    user().or_else(group).ok_or_else(|| Error::invalid_parameter("principal", neither))
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
