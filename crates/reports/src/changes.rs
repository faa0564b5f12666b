//! Changes: the access that began and ended between two moments, and who joined and left the groups that use it.

use crate::{
    contents::Contents,
    permission::{Permission, Recorded, began, changes_of, ended, groups, groups_of},
    source::{ReportError, Source, Walk},
    statement::Stamp,
    table::{Cell, Kind, Table, columns, permission_cells, permission_columns},
};
use procura_domain::{
    id::PartnerId,
    temporal::{EventRef, Position},
    vocabulary::{GroupOf, PartnerGroup, Principal, User},
};
use procura_views::{Filter, Holder, TenantSummary, effective_permissions};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Serialize)]
pub(crate) struct Changes {
    items: Vec<AccessChange>,
    memberships: Vec<MembershipChange>,
}

/// A permission that began or ended.
#[derive(Debug, Serialize)]
struct AccessChange {
    change: Change,
    #[serde(flatten)]
    permission: Permission,
    recorded: Recorded,
}

/// Somebody who joined or left a group.
#[derive(Debug, Serialize)]
struct MembershipChange {
    change: Change,
    partner: TenantSummary,
    group: PartnerGroup,
    member: User,
    recorded: Recorded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
enum Change {
    Begun,
    Ended,
}

/// After the first, up to the second.
#[derive(Clone, Copy)]
struct Stretch {
    from: Position,
    until: Position,
}

impl Stretch {
    fn holds(self, event: EventRef) -> bool {
        self.from < event.position && event.position <= self.until
    }
}

/// When a group had something to use.
type Used = BTreeMap<GroupOf, Vec<Stretch>>;

impl Changes {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let from = walk.parameters.from.ok_or(ReportError::Missing("`from`"))?;
        let until = walk.parameters.until.map_or(walk.at, Stamp::moment);
        let asked = Stretch { from: from.position, until: until.position };
        let (partner, audience) = (walk.parameters.partner, walk.audience);
        // What a customer may know of a partner's people is who could act in its tenant, while they could.
        let of_customer = walk.parameters.customer.is_some();
        let mut used = Used::new();
        let filter = Filter { partner, include_ended: true, ..Filter::default() };
        let mut items = walk.over_customers(|state, customer| {
            let rows = effective_permissions(state, customer, until, filter);
            let mut found = Vec::new();
            for row in rows {
                let (begun, ended) = (began(&row), ended(&row));
                let last = ended.map_or(asked.until, |ended| ended.position);
                if of_customer && last > asked.from {
                    let permission = Stretch { from: begun.position.max(asked.from), until: last };
                    groups(row.principal).into_iter().for_each(|group| used.entry(group).or_default().push(permission));
                }
                for (change, event) in [(Change::Begun, Some(begun)), (Change::Ended, ended)] {
                    let Some(event) = event.filter(|event| asked.holds(*event)) else { continue };
                    let (permission, recorded) =
                        (Permission::of(state, customer, &row), Recorded::of(state, event, audience));
                    if let (Some(permission), Some(recorded)) = (permission, recorded) {
                        found.push(AccessChange { change, permission, recorded });
                    }
                }
            }
            found
        })?;
        let concerned: BTreeSet<PartnerId> = if of_customer {
            used.keys().map(|group| group.partner).collect()
        } else {
            walk.partners().into_iter().collect()
        };
        let mut memberships = walk.over_partners(concerned, |state, partner| {
            let mut found = Vec::new();
            for group in groups_of(partner) {
                let was_used = |event| {
                    used.get(&group)
                        .is_some_and(|permission| permission.iter().any(|permission| permission.holds(event)))
                };
                let wanted = |event: &EventRef| asked.holds(*event) && (!of_customer || was_used(*event));
                for (user, begun, ended) in changes_of(state, group, asked.until) {
                    for (change, event) in [(Change::Begun, Some(begun)), (Change::Ended, ended)] {
                        let recorded = event.filter(wanted).and_then(|event| Recorded::of(state, event, audience));
                        let (Some(recorded), Some(partner)) = (recorded, TenantSummary::of(state, partner.into()))
                        else {
                            continue;
                        };
                        let member = User { tenant: partner.id, user };
                        found.push(MembershipChange { change, partner, group: group.group, member, recorded });
                    }
                }
            }
            found
        })?;
        items.sort_by_key(|item| item.recorded.at);
        memberships.sort_by_key(|item| item.recorded.at);
        Ok(Self { items, memberships })
    }
}

impl Change {
    const fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Ended => "ended",
        }
    }
}

impl Contents for Changes {
    fn tables(&self) -> Vec<Table> {
        let access = |AccessChange { change, permission, recorded }: &AccessChange| {
            let mut cells = permission_cells(permission, [Cell::Event(recorded.clone())]);
            cells.insert(0, Cell::Word(change.name()));
            cells
        };
        let membership = |item: &MembershipChange| {
            let MembershipChange { change, partner, group, member, recorded } = item;
            let holder = Holder::Principal(Principal::User(*member));
            vec![
                Cell::Word(change.name()),
                Cell::Tenant(partner.clone()),
                Cell::Word(group.name()),
                Cell::Holder(holder, partner.name.clone()),
                Cell::Event(recorded.clone()),
            ]
        };
        let mut access_columns = permission_columns(&[("recorded", Kind::Event)]);
        access_columns.insert(0, crate::table::Column { name: "change", kind: Kind::Word });
        vec![
            Table { row: "access", columns: access_columns, rows: self.items.iter().map(access).collect() },
            Table {
                row: "membership",
                columns: columns(&[
                    ("change", Kind::Word),
                    ("partner", Kind::Tenant),
                    ("group", Kind::Word),
                    ("member", Kind::Holder),
                    ("recorded", Kind::Event),
                ]),
                rows: self.memberships.iter().map(membership).collect(),
            },
        ]
    }
}
