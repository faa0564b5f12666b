//! What a group holds, and so what comes with joining it (DAP-6): no row of the effective permissions changes with that.

use crate::{
    access::{Holder, Origin, Role},
    effective_permissions::{Filter, PermissionKey, effective_permissions},
    looked::rows,
};
use procura_domain::{
    id::CustomerId,
    state::State,
    temporal::Moment,
    vocabulary::{GroupOf, Principal},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a group holds: a role, how it came by it, and how many customers or subscriptions it holds it on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupGrants(BTreeMap<(Role, Origin), usize>);

/// One line of a group's reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupGrantRow {
    pub group: GroupOf,
    pub role: Role,
    /// How the group came by it.
    pub origin: Origin,
    /// On how many customers or subscriptions.
    pub scopes: usize,
}

impl GroupGrants {
    /// Adds what the group holds in the customer's tenant at the moment.
    pub fn add(&mut self, state: &State, group: GroupOf, customer: CustomerId, at: Moment) {
        let held = Filter { partner: Some(group.partner), ..Filter::default() };
        for row in rows(effective_permissions(state, customer, at, held, PermissionKey::MIN)) {
            if row.principal == Holder::Principal(Principal::Group(group)) {
                *self.0.entry((row.role, row.origin)).or_default() += 1;
            }
        }
    }

    /// Everything that was added, by role and origin.
    pub fn rows(&self, group: GroupOf) -> Vec<GroupGrantRow> {
        let row = |((role, origin), scopes): (&(Role, Origin), &usize)| GroupGrantRow {
            group,
            role: *role,
            origin: *origin,
            scopes: *scopes,
        };
        self.0.iter().map(row).collect()
    }
}
