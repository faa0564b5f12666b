//! The DAP inventory: which partners hold delegated admin privileges with whom, and how many people use them, over time.

use crate::{
    called::Called,
    contents::{Contents, GroupSize, Picture},
    permission::{Memberships, Recorded},
    source::{ReportError, Source, Walk},
    statement::Stamp,
    table::{Cell, Kind, Table, columns},
};
use procura_domain::{
    id::PartnerId,
    temporal::Position,
    visibility::DisclosedMembership,
    vocabulary::{DirectoryRole, GroupOf, User},
};
use procura_views::TenantSummary;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DapInventory {
    items: Vec<Privileges>,
    /// The sizes of the two groups, from the first of these grants on, each as it began.
    group_sizes: Vec<GroupSize>,
}

/// Delegated admin privileges in force.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Privileges {
    customer: TenantSummary,
    partner: TenantSummary,
    granted: Recorded,
    admin_agents: usize,
    helpdesk_agents: usize,
}

impl DapInventory {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let (moment, partner, audience) = (walk.at, walk.parameters.partner, walk.audience);
        let (at, mut memberships) = (moment.position, Memberships::at(moment, audience));
        let mut first: BTreeMap<PartnerId, Position> = BTreeMap::new();
        let items = walk.over_customers(|state, customer| {
            let relationships = state.relationships_of(customer);
            let wanted =
                relationships.filter(|between| partner.is_none_or(|partner| partner == between.pair().partner));
            let privileges = wanted.filter_map(|between| {
                let (granted, partner) = (between.dap_periods().at(at)?.from, between.pair().partner);
                let first = first.entry(partner).or_insert(granted.position);
                *first = granted.position.min(*first);
                let mut size = |role: DirectoryRole| {
                    let group = GroupOf { group: role.implicit_group(), partner };
                    memberships.of(state, group).map_or(0, |membership| membership.members)
                };
                Some(Privileges {
                    customer: TenantSummary::of(state, customer.into())?,
                    partner: TenantSummary::of(state, partner.into())?,
                    granted: Recorded::of(state, granted, audience)?,
                    admin_agents: size(DirectoryRole::GlobalAdministrator),
                    helpdesk_agents: size(DirectoryRole::HelpdeskAdministrator),
                })
            });
            privileges.collect()
        })?;
        let group_sizes = walk.over_partners(first.keys().copied(), |state, partner| {
            let from = first.get(&partner).copied().unwrap_or(at);
            let of_group = |role: &DirectoryRole| {
                let group = GroupOf { group: role.implicit_group(), partner };
                let size = move |(position, members)| {
                    let partner = TenantSummary::of(state, partner.into())?;
                    Some(GroupSize { partner, group: group.group, from: Stamp::of(state, position)?, members })
                };
                steps(&audience.memberships(group, state, at), from).into_iter().filter_map(size)
            };
            DirectoryRole::ALL.iter().flat_map(of_group).collect()
        })?;
        Ok(Self { items, group_sizes })
    }
}

/// The size of the group with these members at `from`, and each one that it had after that.
fn steps(members: &[DisclosedMembership], from: Position) -> Vec<(Position, usize)> {
    let mut changes: BTreeMap<Position, (usize, usize)> = BTreeMap::new();
    for membership in members {
        changes.entry(membership.from.position).or_default().0 += 1;
        if let Some(ended) = membership.until {
            changes.entry(ended.position).or_default().1 += 1;
        }
    }
    let mut members = 0_usize;
    let mut steps = vec![(from, 0)];
    for (position, (joined, left)) in changes {
        members = members.saturating_add(joined).saturating_sub(left);
        if position <= from {
            steps = vec![(from, members)];
        } else {
            steps.push((position, members));
        }
    }
    steps
}

impl Contents for DapInventory {
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        self.items.iter_mut().for_each(|item| item.granted.people(each));
    }

    fn tables(&self) -> Vec<Table<'_>> {
        let privileges = |item: &Privileges| {
            vec![
                Cell::Tenant(item.customer.clone()),
                Cell::Tenant(item.partner.clone()),
                Cell::Event(item.granted.clone()),
                Cell::Number(item.admin_agents),
                Cell::Number(item.helpdesk_agents),
            ]
        };
        let size = |size: &GroupSize| {
            vec![
                Cell::Tenant(size.partner.clone()),
                Cell::Word(size.group.name()),
                Cell::Stamp(size.from),
                Cell::Number(size.members),
            ]
        };
        vec![
            Table::of(
                "dap",
                columns(&[
                    ("customer", Kind::Tenant),
                    ("partner", Kind::Tenant),
                    ("granted", Kind::Event),
                    ("adminAgents", Kind::Number),
                    ("helpdeskAgents", Kind::Number),
                ]),
                &self.items,
                privileges,
            ),
            Table::of(
                "groupSize",
                columns(&[
                    ("partner", Kind::Tenant),
                    ("group", Kind::Word),
                    ("from", Kind::Stamp),
                    ("size", Kind::Number),
                ]),
                &self.group_sizes,
                size,
            ),
        ]
    }

    fn picture(&self) -> Option<Picture<'_>> {
        (!self.group_sizes.is_empty()).then_some(Picture::Steps(&self.group_sizes))
    }
}
