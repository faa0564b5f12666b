//! What a commit will look at, on its way from memory while the one before it is taken in: read one after the other, most of
//! those lines would be waited for.

use super::{Committed, State};
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

impl State {
    /// Has that of the commit on its way.
    pub(super) fn fetch(&self, commit: &Committed, fetched: Fetched) {
        let store = &self.store;
        commit.events.iter().for_each(|event| fetch_event(store, event, fetched));
        fetch(&store.authors, store.author_key(&commit.by), fetched);
    }
}

fn fetch_event(store: &Store, event: &Event, fetched: Fetched) {
    let mut concerned = event.concerned();
    let (first, other) = (concerned.next(), concerned.next());
    first.into_iter().chain(other).for_each(|tenant| fetch(&store.tenants, tenant, fetched));
    if let (Some(customer), Some(partner)) = (first, other) {
        fetch(&store.pairs, Pair { customer: customer.as_customer(), partner: partner.as_partner() }, fetched);
    }
    if let Some(user) = event.user() {
        fetch(&store.users, user.user, fetched);
    }
    if let Some(subscription) = event.subscription() {
        fetch(&store.subscriptions, subscription, fetched);
    }
    if let Some(profile) = event.profile() {
        fetch(&store.profiles, profile, fetched);
    }
    event.devices().iter().for_each(|device| fetch(&store.devices, *device, fetched));
    match event {
        Event::RoleAssigned(event) => fetch(&store.role_assignments, event.role_assignment, fetched),
        Event::RoleAssignmentRemoved(event) => fetch(&store.role_assignments, event.role_assignment, fetched),
        // The other texts are those of many devices.
        Event::DeviceAdded(DeviceAdded { hardware, .. }) if fetched == Fetched::Places => {
            store.texts.ahead(&hardware.serial_number);
        }
        _ => {}
    }
}

fn fetch<K: Key, R: Default>(table: &Table<K, R>, key: K, fetched: Fetched) {
    let ahead = table.ahead(key);
    if fetched == Fetched::Rows {
        table.fetch(ahead, |row| row);
    }
}
