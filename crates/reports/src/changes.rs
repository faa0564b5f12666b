//! Changes: the access that began and ended between two moments, and who joined and left the groups that use it.

use crate::{
    called::Called,
    contents::Contents,
    permission::{Permission, Recorded, began, ended, permissions},
    source::{ReportError, Source, Walk},
    statement::Stamp,
    table::{Cell, Kind, Table, columns, permission_cells, permission_columns},
};
use procura_domain::{
    event::EventType,
    temporal::EventRef,
    visibility::DisclosedMembership,
    vocabulary::{GroupOf, PartnerGroup, Principal, User},
};
use procura_views::{Filter, Holder, TenantSummary};
use serde::Serialize;

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
#[serde(rename_all = "camelCase")]
struct MembershipChange {
    change: Change,
    partner: TenantSummary,
    group: PartnerGroup,
    member: User,
    #[serde(skip_serializing_if = "Called::is_nothing")]
    member_name: Called,
    recorded: Recorded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
enum Change {
    Begun,
    Ended,
}

impl Changes {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let from = walk.parameters.from.ok_or(ReportError::Missing("`from`"))?.position;
        let until = walk.parameters.until.map_or(walk.at, Stamp::moment);
        let asked = |event: &EventRef| from < event.position && event.position <= until.position;
        let (partner, audience) = (walk.parameters.partner, walk.audience);
        let filter = Filter { partner, include_ended: true, ..Filter::default() };
        let mut items = walk.over_rows(permissions(until, filter), |state, customer, row| {
            let mut found = Vec::new();
            for (change, event) in [(Change::Begun, Some(began(&row))), (Change::Ended, ended(&row))] {
                let Some(event) = event.filter(asked) else { continue };
                let (permission, recorded) =
                    (Permission::of(state, customer, &row), Recorded::of(state, event, audience));
                if let (Some(permission), Some(recorded)) = (permission, recorded) {
                    found.push(AccessChange { change, permission, recorded });
                }
            }
            found
        })?;
        let mut memberships = walk.over_partners(walk.partners(), |state, partner| {
            let Some(summary) = TenantSummary::of(state, partner.into()) else { return Vec::new() };
            let mut found = Vec::new();
            for group in PartnerGroup::ALL {
                let members = audience.memberships(GroupOf { group: *group, partner }, state, until.position);
                for DisclosedMembership { user, from, until } in members {
                    // What a customer is told from its relationship on, or up to its end, did not change then.
                    let joined = Some(from).filter(|from| from.event == EventType::GroupMemberAdded);
                    let left = until.filter(|until| until.event == EventType::GroupMemberRemoved);
                    for (change, event) in [(Change::Begun, joined), (Change::Ended, left)] {
                        let recorded = event.filter(asked).and_then(|event| Recorded::of(state, event, audience));
                        let Some(recorded) = recorded else { continue };
                        let (partner, member) = (summary.clone(), User { tenant: summary.id, user });
                        let member_name = Called::default();
                        let group = *group;
                        found.push(MembershipChange { change, partner, group, member, member_name, recorded });
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
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        for AccessChange { permission, recorded, .. } in &mut self.items {
            permission.people(each);
            recorded.people(each);
        }
        for MembershipChange { member, member_name, recorded, .. } in &mut self.memberships {
            each(*member, member_name);
            recorded.people(each);
        }
    }

    fn tables(&self) -> Vec<Table<'_>> {
        let access = |AccessChange { change, permission, recorded }: &AccessChange| {
            let mut cells = permission_cells(permission, [Cell::Event(recorded.clone())]);
            cells.insert(0, Cell::Word(change.name()));
            cells
        };
        let membership = |item: &MembershipChange| {
            let MembershipChange { change, partner, group, member, member_name, recorded } = item;
            let holder = Holder::Principal(Principal::User(*member));
            vec![
                Cell::Word(change.name()),
                Cell::Tenant(partner.clone()),
                Cell::Word(group.name()),
                Cell::Holder(holder, member_name.clone(), partner.name.clone()),
                Cell::Event(recorded.clone()),
            ]
        };
        let mut access_columns = permission_columns(&[("recorded", Kind::Event)]);
        access_columns.insert(0, crate::table::Column { name: "change", kind: Kind::Word });
        vec![
            Table::of("access", access_columns, &self.items, access),
            Table::of(
                "membership",
                columns(&[
                    ("change", Kind::Word),
                    ("partner", Kind::Tenant),
                    ("group", Kind::Word),
                    ("member", Kind::Holder),
                    ("recorded", Kind::Event),
                ]),
                &self.memberships,
                membership,
            ),
        ]
    }
}
