//! What a commit will look at, on its way from memory while the one before it is taken in: read one after the other, most of
//! those lines would be waited for.

use super::commit::Committed;
use crate::{
    event::{DeviceAdded, Event},
    store::{
        Store,
        table::{Key, Table},
    },
    vocabulary::Pair,
};

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
