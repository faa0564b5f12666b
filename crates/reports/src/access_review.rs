//! The access review: every grant in force, who gave it, what changed last, who uses it; and who held what when.

use crate::{
    called::Called,
    contents::{Contents, PermissionPeriod, Picture},
    permission::{Memberships, Permission, Recorded, began, permissions},
    source::{ReportError, Source, Walk},
    statement::Stamp,
    table::{Cell, Kind, Table, columns, permission_cells, permission_columns},
};
use procura_domain::{
    id::PartnerId,
    state::State,
    temporal::Position,
    visibility::{Audience, DisclosedMembership},
    vocabulary::{GroupOf, PartnerGroup, Principal, User},
};
use procura_views::{Filter, Holder, TenantSummary};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Serialize)]
pub(crate) struct AccessReview {
    items: Vec<Grant>,
    /// Who is in the groups that hold something.
    memberships: Vec<GroupMember>,
    /// Every stretch of time that somebody held something, up to the moment.
    periods: Vec<PermissionPeriod>,
}

/// A permission in force.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    #[serde(flatten)]
    permission: Permission,
    granted: Recorded,
    /// The newest event that changed who holds it.
    last_change: Recorded,
    /// How many are in the group that holds it; left out if the customer may not know (VIS-5).
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<usize>,
}

/// Somebody who uses what a group holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupMember {
    partner: TenantSummary,
    group: PartnerGroup,
    member: User,
    #[serde(skip_serializing_if = "Called::is_nothing")]
    member_name: Called,
    joined: Recorded,
}

enum Found {
    Grant(Box<Grant>),
    Period(PermissionPeriod),
}

impl AccessReview {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let (at, partner, audience) = (walk.at, walk.parameters.partner, walk.audience);
        if walk.parameters.customer.is_none() && partner.is_none() {
            return Err(ReportError::Missing("`customer` or `partner`"));
        }
        let mut memberships = Memberships::at(at, audience);
        let filter = Filter { partner, include_ended: true, ..Filter::default() };
        let list = permissions(at, filter);
        let found = walk.over_rows(list, |state, customer, row| {
            let mut found = Vec::new();
            if let Some(permission) = Permission::of(state, customer, &row) {
                let (begun, until) = (began(&row), row.ended_by.and_then(|position| Stamp::of(state, position)));
                if until.is_none() {
                    let membership = match row.principal {
                        Holder::Principal(Principal::Group(group)) => memberships.of(state, group),
                        Holder::Principal(Principal::User(_)) | Holder::Partner { .. } => None,
                    };
                    let changed =
                        membership.and_then(|membership| membership.changed).max(Some(begun)).unwrap_or(begun);
                    let members = membership.map(|membership| membership.members);
                    let (granted, last_change) =
                        (Recorded::of(state, begun, audience), Recorded::of(state, changed, audience));
                    if let (Some(granted), Some(last_change)) = (granted, last_change) {
                        found.push(Found::Grant(Box::new(Grant {
                            permission: permission.clone(),
                            granted,
                            last_change,
                            members,
                        })));
                    }
                }
                if let Some(from) = Stamp::of(state, row.granted_by) {
                    found.push(Found::Period(PermissionPeriod { permission, from, until }));
                }
            }
            found
        })?;
        // A group may hold much, and have many members: each is named once.
        let partners: BTreeSet<PartnerId> = memberships.groups().map(|group| group.partner).collect();
        let groups: BTreeSet<GroupOf> = memberships.groups().collect();
        let memberships = walk.over_partners(partners, |state, partner| {
            let of_partner = groups.iter().filter(|group| group.partner == partner);
            of_partner.flat_map(|group| GroupMember::of(state, *group, at.position, audience)).collect()
        })?;
        let mut review = Self { items: Vec::new(), memberships, periods: Vec::new() };
        for found in found {
            match found {
                Found::Grant(grant) => review.items.push(*grant),
                Found::Period(period) => review.periods.push(period),
            }
        }
        Ok(review)
    }
}

impl GroupMember {
    /// The members of the group, by object id.
    fn of(state: &State, group: GroupOf, at: Position, audience: Audience) -> Vec<Self> {
        let Some(partner) = TenantSummary::of(state, group.partner.into()) else { return Vec::new() };
        let there = audience.memberships(group, state, at).into_iter().filter(|member| member.until.is_none());
        let member = |DisclosedMembership { user, from, .. }| {
            let member = User { tenant: partner.id, user };
            let joined = Recorded::of(state, from, audience)?;
            Some(Self { partner: partner.clone(), group: group.group, member, member_name: Called::default(), joined })
        };
        there.filter_map(member).collect()
    }
}

impl Contents for AccessReview {
    fn tables(&self) -> Vec<Table<'_>> {
        let grant = |Grant { permission, granted, last_change, members }: &Grant| {
            let members = members.map_or(Cell::Nothing, Cell::Number);
            permission_cells(permission, [Cell::Event(granted.clone()), Cell::Event(last_change.clone()), members])
        };
        let membership = |GroupMember { partner, group, member, member_name, joined }: &GroupMember| {
            let holder = Holder::Principal(Principal::User(*member));
            vec![
                Cell::Tenant(partner.clone()),
                Cell::Word(group.name()),
                Cell::Holder(holder, member_name.clone(), partner.name.clone()),
                Cell::Event(joined.clone()),
            ]
        };
        vec![
            Table::of(
                "grant",
                permission_columns(&[("granted", Kind::Event), ("lastChange", Kind::Event), ("members", Kind::Number)]),
                &self.items,
                grant,
            ),
            Table::of(
                "member",
                columns(&[
                    ("partner", Kind::Tenant),
                    ("group", Kind::Word),
                    ("member", Kind::Holder),
                    ("joined", Kind::Event),
                ]),
                &self.memberships,
                membership,
            ),
        ]
    }

    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        for Grant { permission, granted, last_change, .. } in &mut self.items {
            permission.people(each);
            granted.people(each);
            last_change.people(each);
        }
        for GroupMember { member, member_name, joined, .. } in &mut self.memberships {
            each(*member, member_name);
            joined.people(each);
        }
        self.periods.iter_mut().for_each(|period| period.permission.people(each));
    }

    fn picture(&self) -> Option<Picture<'_>> {
        (!self.periods.is_empty()).then_some(Picture::Lanes(&self.periods))
    }
}
