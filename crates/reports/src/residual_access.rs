//! Residual access: what partners still hold after their privileges or relationship ended, the longest first.

use crate::{
    called::Called,
    contents::Contents,
    permission::{Permission, Recorded, began},
    source::{ReportError, Rows, Source, Walk},
    table::{Cell, Kind, Table, permission_cells, permission_columns},
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    state::{PeriodList, State},
    temporal::{Moment, Position, Standing, Timestamp},
    visibility::Audience,
    vocabulary::{Pair, User},
};
use procura_views::{ResidualKey, ResidualRow, TenantSummary, residual_access};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct ResidualAccess {
    items: Vec<Residue>,
}

/// A permission that outlasted what it came with.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Residue {
    partner: TenantSummary,
    #[serde(flatten)]
    permission: Permission,
    granted: Recorded,
    /// What ended the privileges, where they ended.
    dap_ended: Option<Recorded>,
    /// What ended the relationship, where it ended.
    relationship_ended: Option<Recorded>,
    /// For how long it has been residual: whole days since the first of the two, or since the grant where that is later.
    days: i64,
    #[serde(skip)]
    since: Timestamp,
}

/// The residual access of customers at a moment, as a walk looks at it.
fn residual(
    partner: Option<PartnerId>,
    at: Moment,
) -> impl for<'s> Fn(&'s State, CustomerId, Option<ResidualKey>) -> Rows<'s, ResidualKey, ResidualRow> {
    move |state, customer, from| {
        Box::new(residual_access(state, customer, partner, at, from.unwrap_or(ResidualKey::MIN)))
    }
}

impl ResidualAccess {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let (at, partner, audience) = (walk.at, walk.parameters.partner, walk.audience);
        let mut items = walk.over_rows(residual(partner, at), |state, customer, row| {
            let residue = || {
                let between = state.between(Pair { customer, partner: row.partner })?;
                let dap_ended = ending(state, between.dap_periods(), at.position, audience);
                let relationship_ended = ending(state, between.active(), at.position, audience);
                let granted = Recorded::of(state, began(&row.permission), audience)?;
                let first = dap_ended.iter().chain(&relationship_ended).map(|ended| ended.at.time).min()?;
                let since = first.max(granted.at.time);
                let days = at.at.signed_duration_since(since).num_days();
                let permission = Permission::of(state, customer, &row.permission)?;
                let partner = TenantSummary::of(state, row.partner.into())?;
                Some(Residue { partner, permission, granted, dap_ended, relationship_ended, days, since })
            };
            residue().into_iter().collect()
        })?;
        items.sort_by_key(|item| item.since);
        Ok(Self { items })
    }
}

/// The event that ended a fact which is not in force again.
fn ending(state: &State, periods: PeriodList<'_>, at: Position, audience: Audience) -> Option<Recorded> {
    match periods.standing(at) {
        Standing::Ended(event) => Recorded::of(state, event, audience),
        Standing::Never | Standing::InForce(_) => None,
    }
}

impl Contents for ResidualAccess {
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        for Residue { permission, granted, dap_ended, relationship_ended, .. } in &mut self.items {
            permission.people(each);
            granted.people(each);
            dap_ended.iter_mut().chain(relationship_ended).for_each(|ended| ended.people(each));
        }
    }

    fn tables(&self) -> Vec<Table<'_>> {
        let mut columns = permission_columns(&[
            ("granted", Kind::Event),
            ("dapEnded", Kind::Event),
            ("relationshipEnded", Kind::Event),
            ("days", Kind::Number),
        ]);
        columns.insert(1, crate::table::Column { name: "partner", kind: Kind::Tenant });
        let row = |item: &Residue| {
            let more = [
                Cell::Event(item.granted.clone()),
                Cell::event(item.dap_ended.as_ref()),
                Cell::event(item.relationship_ended.as_ref()),
                Cell::Number(usize::try_from(item.days).unwrap_or_default()),
            ];
            let mut cells = permission_cells(&item.permission, more);
            cells.insert(1, Cell::Tenant(item.partner.clone()));
            cells
        };
        vec![Table::of("residualAccess", columns, &self.items, row)]
    }
}
