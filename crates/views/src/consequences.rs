//! What a command does to access, from its events alone: so the same answers for one that was recorded and for one that
//! would be.

use crate::{
    access::Access,
    access_changes::AccessChanges,
    effective_permissions::{Filter, PermissionKey, PermissionRow, Point, effective_permissions, is_held_by},
    looked::Looked,
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

/// How many rows of residual access a command's answer has.
const RESIDUE_ROWS_MAX: usize = 100;
/// How many grants, ended ones too, are looked at for them.
const RESIDUE_LOOKED_MAX: usize = 1_000;

/// What a command changes in who holds what, and what a partner that it concerns can do all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consequences {
    /// The rows of the effective permissions that it begins and ends.
    pub access_changes: AccessChanges,
    /// The residual access afterwards of each partner that it concerns, in the tenant of the customer that it concerns, as far
    /// as somebody is told.
    pub residual_access: Vec<ResidualRow>,
    /// Whether there may be more of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_residual_access: bool,
    /// Between whom, and after which row.
    #[serde(skip)]
    pub residual_access_after: Option<(Pair, PermissionKey)>,
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
    /// What those events do. The state is the one that they follow, or any later one. `told`: whether residual access
    /// between the two is to be told.
    pub fn of(state: &State, commit: CommitEvents<'_>, told: impl Fn(Pair) -> bool) -> Self {
        let partner_of = |event: &&Event| {
            let (customer, tenants) = (event.customer(), event.tenants());
            let partner = tenants
                .into_iter()
                .rfind(|tenant| state.tenant(*tenant).is_some_and(|tenant| tenant.kind() == TenantKind::Partner));
            Some(Pair { customer: customer?, partner: partner?.as_partner() })
        };
        let pairs: BTreeSet<Pair> = commit.events.iter().filter_map(partner_of).collect();
        let (mut residual_access, mut residual_access_after) = (Vec::new(), None);
        for pair in pairs.into_iter().filter(|pair| told(*pair)) {
            let (rows, after) = commit.residue(state, pair);
            residual_access.extend(rows);
            residual_access_after = residual_access_after.or(after.map(|after| (pair, after)));
        }
        let access_changes = AccessChanges::of(state, commit.events.iter().copied());
        let more_residual_access = residual_access_after.is_some();
        Self { access_changes, residual_access, more_residual_access, residual_access_after }
    }
}

impl CommitEvents<'_> {
    /// What the partner holds afterwards, where its privileges or relationship have then ended and were not given again; and
    /// after which row there may be more.
    fn residue(&self, state: &State, pair: Pair) -> (Vec<ResidualRow>, Option<PermissionKey>) {
        let Pair { customer, partner } = pair;
        if !self.leaves_residue(state, pair) {
            return (Vec::new(), None);
        }
        let before = Moment { position: self.first.before(), at: self.at };
        let held = Filter { partner: Some(partner), ..Filter::default() };
        let mut looked = effective_permissions(state, customer, before, held, PermissionKey::MIN);
        let (mut rows, mut last) = (Vec::new(), None);
        for Looked { key, row } in looked.by_ref().take(RESIDUE_LOOKED_MAX) {
            last = Some(key);
            rows.extend(row);
            if rows.len() == RESIDUE_ROWS_MAX {
                break;
            }
        }
        let after = last.filter(|_| looked.next().is_some());
        for (position, event) in (self.first.0..).zip(self.events) {
            let AccessChanges { gained, lost } = AccessChanges::of(state, [*event]);
            rows.retain(|row| !lost.contains(&row.access()));
            let from = Point { position: Position(position), time: self.at };
            // What is new comes last.
            let gained = gained.into_iter().filter(|access| after.is_none() && is_held_by(access.principal, partner));
            rows.extend(gained.map(|access: Access| PermissionRow::since(access, from, assigned(event))));
        }
        rows.sort_by_key(PermissionRow::order);
        (rows.into_iter().map(|permission| ResidualRow { customer, partner, permission }).collect(), after)
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
