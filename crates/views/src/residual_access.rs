//! View 5: what partners can still do in a customer's tenant after their privileges or relationship there ended.

use crate::{
    effective_permissions::{Filter, PermissionKey, PermissionRow, effective_permissions, implicit_roles},
    looked::Looked,
};
use procura_domain::{
    id::{CustomerId, Id, PartnerId},
    state::State,
    temporal::{Moment, Position},
    vocabulary::Pair,
};
use serde::{Deserialize, Serialize};

/// A permission in force that outlasted what it came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidualRow {
    pub customer: CustomerId,
    /// Whose groups or users hold it.
    pub partner: PartnerId,
    #[serde(flatten)]
    pub permission: PermissionRow,
}

/// A row among all there ever were in a customer's tenant: whose, and which of its permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResidualKey {
    pub partner: PartnerId,
    pub permission: PermissionKey,
}

impl ResidualKey {
    /// Before all others.
    pub const MIN: Self = Self { partner: PartnerId::MIN, permission: PermissionKey::MIN };
}

/// The residual access in the customer's tenant from that key on, of one partner or of all, by partner, oldest first: every
/// row of the effective permissions in force that a partner holds whose privileges or relationship ended and were not given
/// again.
pub fn residual_access(
    state: &State,
    customer: CustomerId,
    partner: Option<PartnerId>,
    at: Moment,
    from: ResidualKey,
) -> impl Iterator<Item = Looked<ResidualKey, ResidualRow>> {
    let relationships = state.relationships_from(customer, partner.map_or(from.partner, |only| only.max(from.partner)));
    let wanted = relationships.take_while(move |found| partner.is_none_or(|only| only == found.pair().partner));
    wanted.flat_map(move |relationship| {
        let partner = relationship.pair().partner;
        let permission = if partner == from.partner { from.permission } else { PermissionKey::MIN };
        let held = Filter { partner: Some(partner), ..Filter::default() };
        let rows =
            relationship.has_residue(at.position).then(|| effective_permissions(state, customer, at, held, permission));
        // To look whether there is any is as much as a row.
        let passed = rows.is_none().then(|| Looked::new(ResidualKey { partner, permission }, None));
        let of = move |Looked { key, row }: Looked<PermissionKey, PermissionRow>| {
            let row = row.map(|permission| ResidualRow { customer, partner, permission });
            Looked::new(ResidualKey { partner, permission: key }, row)
        };
        passed.into_iter().chain(rows.into_iter().flatten().map(of))
    })
}

/// How many rows of residual access the partner has in the customer's tenant.
pub fn residual_rows(state: &State, pair: Pair, at: Position) -> usize {
    let Some(between) = state.between(pair).filter(|between| between.has_residue(at)) else { return 0 };
    let relationship = usize::from(between.relationship(at).is_in_force());
    let implicit = if between.dap(at).is_in_force() { implicit_roles().count() } else { 0 };
    state.roles_held(pair.customer, pair.partner.into(), at) + relationship + implicit
}
