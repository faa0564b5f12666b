//! What will be looked at, on its way from memory: read one after the other, most of those lines would be waited for. What a
//! commit looks at, while the one before it is taken in; what a list tells, before its first entry is read.

use super::commit::Committed;
use crate::{
    event::{DeviceAdded, Event},
    id::{CustomerId, TenantId},
    store::{
        AssignmentKey, GivenKey, GrantRow, GrantedNumber, Store,
        table::{Key, Number, Table},
    },
    temporal::Timeline,
    vocabulary::Pair,
};

/// So many entries of a list are fetched: most lists are shorter, and of a long one it is the beginning that is waited for.
const OF_A_LIST: usize = 8;

/// What is fetched. Which rows they are is found in the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetched {
    Places,
    Rows,
}

/// Has that of the commit on its way.
pub(super) fn fetch(store: &Store, commit: &Committed, fetched: Fetched) {
    commit.events.iter().for_each(|event| fetch_event(store, event, fetched));
    fetch_row(&store.authors, store.author_key(&commit.by), fetched);
}

fn fetch_event(store: &Store, event: &Event, fetched: Fetched) {
    let mut concerned = event.concerned();
    let (first, other) = (concerned.next(), concerned.next());
    first.into_iter().chain(other).for_each(|tenant| fetch_row(&store.tenants, tenant, fetched));
    if let (Some(customer), Some(partner)) = (first, other) {
        fetch_row(&store.pairs, Pair { customer: customer.as_customer(), partner: partner.as_partner() }, fetched);
    }
    if let Some(user) = event.user() {
        fetch_row(&store.users, user.user, fetched);
    }
    if let Some(subscription) = event.subscription() {
        fetch_row(&store.subscriptions, subscription, fetched);
    }
    if let Some(profile) = event.profile() {
        fetch_row(&store.profiles, profile, fetched);
    }
    event.devices().iter().for_each(|device| fetch_row(&store.devices, *device, fetched));
    match event {
        Event::RoleAssigned(event) => fetch_row(&store.role_assignments, event.role_assignment, fetched),
        Event::RoleAssignmentRemoved(event) => fetch_row(&store.role_assignments, event.role_assignment, fetched),
        // The other texts are those of many devices.
        Event::DeviceAdded(DeviceAdded { hardware, .. }) if fetched == Fetched::Places => {
            store.texts.ahead(&hardware.serial_number);
        }
        _ => {}
    }
}

fn fetch_row<K: Key, R: Default>(table: &Table<K, R>, key: K, fetched: Fetched) {
    let ahead = table.ahead(key);
    if fetched == Fetched::Rows {
        table.fetch(ahead, |row| row);
    }
}

/// Has on its way what a list tells of those with access in the customer's tenant.
pub(super) fn fetch_tenants(
    store: &Store,
    customer: CustomerId,
    all: &(impl Iterator<Item = (TenantId, Number<GivenKey>)> + Clone),
) {
    for fetched in [Fetched::Places, Fetched::Rows] {
        for (tenant, given) in all.clone().take(OF_A_LIST) {
            fetch_row(&store.tenants, tenant, fetched);
            fetch_row(&store.pairs, Pair { customer, partner: tenant.as_partner() }, fetched);
            store.given.fetch_row(given);
        }
    }
}

/// Has on its way what a list of these grants tells.
pub(super) fn fetch_grants((store, timeline): (&Store, &Timeline), all: &[GrantRow]) {
    let first = all.get(..OF_A_LIST).unwrap_or(all);
    for GrantRow { position, granted } in first {
        timeline.ahead(position.get());
        match *granted {
            GrantedNumber::Explicit(number) => store.memberships.fetch_row(number),
            GrantedNumber::Relationship(pair) | GrantedNumber::Dap(pair) => store.pairs.fetch_row(pair),
            GrantedNumber::Assignment(number) => store.assignments.fetch_row(number),
        }
    }
    for GrantRow { position, granted } in first {
        timeline.fetch(position.get());
        match *granted {
            GrantedNumber::Explicit(number) => {
                let key = store.memberships.key(number);
                store.memberships.ahead(key);
                store.users.fetch_row(key.user);
            }
            GrantedNumber::Relationship(pair) | GrantedNumber::Dap(pair) => {
                store.pairs.ahead(store.pairs.key(pair));
            }
            GrantedNumber::Assignment(number) => {
                let key = store.assignments.key(number);
                store.assignments.ahead(key);
                store.subscriptions.fetch_row(key.subscription);
                store.tenants.fetch_row(key.principal.tenant);
            }
        }
    }
    for GrantRow { granted, .. } in first {
        match *granted {
            GrantedNumber::Explicit(number) => {
                store.users.ahead(store.users.key(store.memberships.key(number).user));
            }
            GrantedNumber::Relationship(_) | GrantedNumber::Dap(_) => {}
            GrantedNumber::Assignment(number) => {
                let AssignmentKey { subscription, principal, .. } = store.assignments.key(number);
                store.subscriptions.ahead(store.subscriptions.key(subscription));
                store.tenants.ahead(store.tenants.key(principal.tenant));
            }
        }
    }
}
