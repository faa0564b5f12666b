//! What gives access in a customer's tenant, in the order it was given: so that a page of it begins where the one before
//! ended, whatever was given and taken before.

use super::ahead;
use crate::{
    counted::ask,
    event::{self, Event},
    id::{CustomerId, ObjectId, PartnerId, SubscriptionId, TenantId},
    store::{
        AssignmentKey, GivenKey, GivenRow, GrantRow, GrantedNumber, HeldKey, MemberOf, MembershipKey, PairNumber,
        SideNumbers, Store, TenantNumber, table::Number,
    },
    temporal::{EventRef, Position, Timeline},
    vocabulary::{DirectoryRole, Principal, ResourceRole},
};

/// Something that gave access since that position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub position: Position,
    pub granted: Granted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// A directory role of one of the customer's users.
    Explicit(DirectoryRole, ObjectId),
    Relationship(PartnerId),
    Dap(PartnerId),
    /// A role on a subscription.
    Assignment(SubscriptionId, Principal, ResourceRole),
}

/// Takes in what happened, once the rows that it is about are there.
pub(super) fn evolve(store: &mut Store, event: &Event, EventRef { position, .. }: EventRef) {
    match event {
        Event::DirectoryRoleAssigned(event::DirectoryRoleAssigned { tenant, role, user }) => {
            let tenant = store.keep_tenant(*tenant);
            let key = MembershipKey { tenant, user: store.users.number(*user), of: MemberOf::from(*role) };
            let granted = GrantedNumber::Explicit(store.memberships.number(key));
            give(store, tenant, tenant, GrantRow { position: position.into(), granted });
        }
        Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner }) => {
            let pair = store.keep_pair(*customer, *partner);
            give_partner(
                store,
                pair,
                GrantRow { position: position.into(), granted: GrantedNumber::Relationship(pair) },
            );
        }
        Event::DapGranted(event::DapGranted { customer, partner }) => {
            let pair = store.keep_pair(*customer, *partner);
            give_partner(store, pair, GrantRow { position: position.into(), granted: GrantedNumber::Dap(pair) });
        }
        Event::RoleAssigned(event::RoleAssigned { customer, subscription, principal, role, .. }) => {
            let Some(subscription_number) = store.subscriptions.find(*subscription) else { return };
            let (customer_number, principal) = (store.keep_tenant(*customer), store.keep_principal(*principal));
            let tenant = principal.tenant;
            let key = AssignmentKey { subscription: subscription_number, principal, role: *role as u8 };
            let granted = GrantedNumber::Assignment(store.assignments.number(key));
            let given = give(store, customer_number, tenant, GrantRow { position: position.into(), granted });
            store.given.row_mut(given).roles.add(position, &mut store.changes);
            let held = store.roles_held.number(HeldKey { customer: customer_number, principal });
            store.roles_held.row_mut(held).add(position, &mut store.changes);
            let customer_id = store.tenant_id(customer_number);
            store.customers_with_roles.insert(tenant, customer_id, customer_number);
            store.concerning.insert((tenant, *customer, *subscription, subscription_number));
        }
        Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved { customer, principal, .. }) => {
            let (customer, principal) = (store.keep_tenant(*customer), store.keep_principal(*principal));
            let number = store.given.number(GivenKey { customer, tenant: principal.tenant });
            store.given.row_mut(number).roles.take(position, &mut store.changes);
            let held = store.roles_held.number(HeldKey { customer, principal });
            store.roles_held.row_mut(held).take(position, &mut store.changes);
        }
        Event::SubscriptionProvisioned(event::SubscriptionProvisioned { customer, partner, subscription, .. }) => {
            let Some(number) = store.subscriptions.find(*subscription) else { return };
            let partner = store.keep_tenant(*partner);
            store.concerning.insert((partner, *customer, *subscription, number));
        }
        _ => {}
    }
}

fn give_partner(store: &mut Store, pair: PairNumber, grant: GrantRow) {
    let SideNumbers { customer, partner } = store.pairs.row(pair).sides;
    give(store, customer, partner, grant);
}

fn give(store: &mut Store, customer: TenantNumber, tenant: TenantNumber, grant: GrantRow) -> Number<GivenKey> {
    let of_customer = &mut store.tenants.row_mut(customer).grants;
    let place = of_customer.len();
    store.grants.push(of_customer, grant);
    let number = store.given.number(GivenKey { customer, tenant });
    let tenant_id = store.tenants.key(tenant);
    store.given_to.insert(customer, tenant_id, number);
    store.numbers.push(&mut store.given.row_mut(number).grants, place);
    number
}

/// Those in the customer's tenant from that position on, oldest first.
pub(super) fn in_tenant<'s>(
    (store, timeline): (&'s Store, &Timeline),
    customer: CustomerId,
    from: Position,
) -> impl Iterator<Item = Grant> + use<'s> {
    let all = all(store, store.tenant(customer));
    let from_there = all.get(all.partition_point(|grant| grant.position.get() < from)..).unwrap_or_default();
    ahead::fetch_grants((store, timeline), from_there);
    from_there.iter().map(|grant| read(store, *grant))
}

/// Of them those to that tenant, its groups and users.
pub(super) fn to_tenant(
    store: &Store,
    customer: CustomerId,
    tenant: TenantId,
    from: Position,
) -> impl Iterator<Item = Grant> {
    let (customer, given) = given(store, customer, tenant).unzip();
    let (all, places) = (all(store, customer), store.numbers.get(given.unwrap_or_default().grants));
    let grant = |place: &u32| all.get(*place as usize).copied().unwrap_or_default();
    let before = places.partition_point(|place| grant(place).position.get() < from);
    places.get(before..).unwrap_or_default().iter().map(move |place| {
        ask();
        read(store, grant(place))
    })
}

/// The tenants from that one on, by id, that access was ever given to in the customer's tenant.
pub(super) fn tenants(store: &Store, customer: CustomerId, from: TenantId) -> impl Iterator<Item = TenantId> {
    let tenants = store.tenant(customer).map(|number| {
        let all = store.given_to.unasked(number, from);
        ahead::fetch_tenants(store, customer, &all);
        all.inspect(|_| ask())
    });
    tenants.into_iter().flatten().map(|(tenant, _)| tenant)
}

/// How many roles the group or user held on the customer's subscriptions.
pub(super) fn roles_of(store: &Store, customer: CustomerId, principal: Principal, at: Position) -> usize {
    let key = store.tenant(customer).zip(store.principal_key(principal));
    let held = key.and_then(|(customer, principal)| store.roles_held.get(HeldKey { customer, principal }));
    held.map_or(0, |held| held.at(at, &store.changes))
}

/// How many roles the tenant's groups and users held on the customer's subscriptions.
pub(super) fn roles(store: &Store, customer: CustomerId, tenant: TenantId, at: Position) -> usize {
    given(store, customer, tenant).map_or(0, |(_, given)| given.roles.at(at, &store.changes))
}

fn given(store: &Store, customer: CustomerId, tenant: TenantId) -> Option<(TenantNumber, GivenRow)> {
    let (customer, tenant) = (store.tenant(customer)?, store.tenant(tenant)?);
    store.given.get(GivenKey { customer, tenant }).map(|given| (customer, *given))
}

fn all(store: &Store, customer: Option<TenantNumber>) -> &[GrantRow] {
    customer.map_or(&[], |customer| store.grants.get(store.tenants.row(customer).grants))
}

fn read(store: &Store, GrantRow { position, granted }: GrantRow) -> Grant {
    let partner = |pair| store.pairs.key(pair).partner;
    let granted = match granted {
        GrantedNumber::Explicit(number) => {
            let MembershipKey { user, of, .. } = store.memberships.key(number);
            Granted::Explicit(of.role().unwrap_or(DirectoryRole::GlobalAdministrator), store.users.key(user))
        }
        GrantedNumber::Relationship(pair) => Granted::Relationship(partner(pair)),
        GrantedNumber::Dap(pair) => Granted::Dap(partner(pair)),
        GrantedNumber::Assignment(number) => {
            let AssignmentKey { subscription, principal, role } = store.assignments.key(number);
            let role = ResourceRole::ALL.get(usize::from(role)).copied().unwrap_or(ResourceRole::Reader);
            Granted::Assignment(store.subscriptions.key(subscription), store.principal(principal), role)
        }
    };
    Grant { position: position.get(), granted }
}
