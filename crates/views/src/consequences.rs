//! What a command does to access, from its events alone: so the same answers for one that was recorded and for one that
//! would be.

use crate::{
    access::Access,
    access_changes::AccessChanges,
    effective_permissions::{Filter, PermissionRow, Point, effective_permissions, is_held_by},
    residual_access::ResidualRow,
};
use procura_domain::{
    event::Event,
    id::RoleAssignmentId,
    state::State,
    temporal::{Moment, Position, Timestamp},
    vocabulary::{Pair, TenantKind},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a command changes in who holds what, and what a partner that it concerns can do all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consequences {
    /// The rows of the effective permissions that it begins and ends.
    pub access_changes: AccessChanges,
    /// The residual access afterwards of each partner that it concerns, in the tenant of the customer that it concerns.
    pub residual_access: Vec<ResidualRow>,
}

/// The events of a command, as they stand or would stand in the log.
#[derive(Clone, Copy)]
pub struct CommitEvents<'e> {
    /// The position of the first.
    pub first: Position,
    /// When they are recorded.
    pub at: Timestamp,
    pub events: &'e [&'e Event],
}

impl Consequences {
    /// What those events do. The state is the one that they follow, or any later one.
    pub fn of(state: &State, commit: CommitEvents<'_>) -> Self {
        let partner_of = |event: &&Event| {
            let (customer, tenants) = (event.customer(), event.tenants());
            let partner = tenants
                .into_iter()
                .rfind(|tenant| state.tenant(*tenant).is_some_and(|tenant| tenant.kind == TenantKind::Partner));
            Some(Pair { customer: customer?, partner: partner?.as_partner() })
        };
        let pairs: BTreeSet<Pair> = commit.events.iter().filter_map(partner_of).collect();
        let residual_access = pairs.into_iter().flat_map(|pair| commit.residue(state, pair)).collect();
        let access_changes = AccessChanges::of(state, commit.events.iter().copied());
        Self { access_changes, residual_access }
    }
}

impl CommitEvents<'_> {
    /// What the partner holds afterwards, where its privileges or relationship have then ended and were not given again.
    fn residue(&self, state: &State, pair: Pair) -> Vec<ResidualRow> {
        let Pair { customer, partner } = pair;
        if !self.leaves_residue(state, pair) {
            return Vec::new();
        }
        let before = Moment { position: self.first.before(), at: self.at };
        let held = Filter { partner: Some(partner), ..Filter::default() };
        let mut rows = effective_permissions(state, customer, before, held);
        for (position, event) in (self.first.0..).zip(self.events) {
            let AccessChanges { gained, lost } = AccessChanges::of(state, [*event]);
            rows.retain(|row| !lost.contains(&row.access()));
            let from = Point { position: Position(position), time: self.at };
            let gained = gained.into_iter().filter(|access| is_held_by(access.principal, partner));
            rows.extend(gained.map(|access: Access| PermissionRow::since(access, from, assigned(event))));
        }
        rows.sort_by_key(PermissionRow::order);
        rows.into_iter().map(|permission| ResidualRow { customer, partner, permission }).collect()
    }

    fn leaves_residue(&self, state: &State, pair: Pair) -> bool {
        let before = self.first.before();
        let between = state.between(pair);
        let mut relationship = between.is_some_and(|between| between.relationship(before).is_ended());
        let mut dap = between.is_some_and(|between| between.dap(before).is_ended());
        for event in self.events {
            match event {
                Event::RelationshipEstablished(_) => relationship = false,
                Event::RelationshipEnded(_) => relationship = true,
                Event::DapGranted(_) => dap = false,
                Event::DapRevoked(_) => dap = true,
                _ => {}
            }
        }
        relationship || dap
    }
}

fn assigned(event: &Event) -> Option<RoleAssignmentId> {
    match event {
        Event::RoleAssigned(assigned) => Some(assigned.role_assignment),
        _ => None,
    }
}
