//! Rows out of a snapshot, found by their keys: by threads beside the one that reads more of them.

use super::{Store, saved::Malformed, sections::Section, table::Table, texts::Texts};
use std::thread;

/// Rows that a thread of its own has found by their keys, while those of later sections are read.
#[derive(Debug)]
pub(crate) struct Indexing(thread::JoinHandle<Indexed>);

/// Puts a table back; false if two of its rows have one key.
type Indexed = Box<dyn FnOnce(&mut Store) -> bool + Send>;

impl Indexing {
    fn of<T: Default + Send + 'static>(
        store: &mut Store,
        table: fn(&mut Store) -> &mut T,
        index: fn(&mut T) -> bool,
    ) -> Self {
        let mut taken = std::mem::take(table(store));
        Self(thread::spawn(move || {
            let sound = index(&mut taken);
            let put_back: Indexed = Box::new(move |store| {
                *table(store) = taken;
                sound
            });
            put_back
        }))
    }

    /// Waits for it, and puts the table back.
    pub(crate) fn finish(self, store: &mut Store) -> Result<(), Malformed> {
        let put_back = self.0.join().map_err(|_| Malformed)?;
        if put_back(store) { Ok(()) } else { Err(Malformed) }
    }
}

impl Store {
    /// Has the rows of a section found, all of which were read. None of another section must ask for them before it is finished.
    pub(crate) fn index(&mut self, section: Section) -> Indexing {
        match section {
            Section::Texts => Indexing::of(self, |store| &mut store.texts, Texts::index),
            Section::Users => Indexing::of(self, |store| &mut store.users, Table::index),
            Section::Authors => Indexing::of(self, |store| &mut store.authors, Table::index),
            Section::Tenants => Indexing::of(self, |store| &mut store.tenants, Table::index),
            Section::Memberships => Indexing::of(self, |store| &mut store.memberships, Table::index),
            Section::Described => Indexing::of(self, |store| &mut store.described, Table::index),
            Section::Descriptions => Indexing::of(self, |store| &mut store.descriptions, Table::index),
            Section::Pairs => Indexing::of(self, |store| &mut store.pairs, Table::index),
            Section::Invitations => Indexing::of(self, |store| &mut store.invitations, Table::index),
            Section::Answers => Indexing::of(self, |store| &mut store.answers, Table::index),
            Section::ServiceRequests => Indexing::of(self, |store| &mut store.service_requests, Table::index),
            Section::Subscriptions => Indexing::of(self, |store| &mut store.subscriptions, Table::index),
            Section::Assignments => Indexing::of(self, |store| &mut store.assignments, Table::index),
            Section::RoleAssignments => Indexing::of(self, |store| &mut store.role_assignments, Table::index),
            Section::AssignedTo => Indexing::of(self, |store| &mut store.assigned_to, Table::index),
            Section::Profiles => Indexing::of(self, |store| &mut store.profiles, Table::index),
            Section::Devices => Indexing::of(self, |store| &mut store.devices, Table::index),
            Section::Applied => Indexing::of(self, |store| &mut store.applied, Table::index),
            Section::Given => Indexing::of(self, |store| &mut store.given, Table::index),
            Section::RolesHeld => Indexing::of(self, |store| &mut store.roles_held, Table::index),
        }
    }
}
