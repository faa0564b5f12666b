//! What the rows of several reports have in common: an event with who made it, and a permission with the names that
//! people know its parts by.

use crate::statement::Stamp;
use procura_domain::{
    aggregate::tenant::Tenant,
    event::EventType,
    id::{CustomerId, ObjectId, PartnerId, TenantId},
    state::State,
    temporal::{EventRef, Position},
    visibility::Audience,
    vocabulary::{Actor, Author, GroupOf, PartnerGroup, Principal},
};
use procura_views::{Holder, Origin, PermissionRow, Role, Scope, TenantSummary};
use serde::Serialize;
use std::collections::BTreeMap;

/// An event, when it was recorded and who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Recorded {
    #[serde(flatten)]
    pub(crate) at: Stamp,
    pub(crate) event: EventType,
    /// Left out if the report's readers may not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<By>,
}

/// Who made an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct By {
    #[serde(flatten)]
    pub(crate) author: Author,
    /// Where a user did: the name of its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_name: Option<String>,
}

impl Recorded {
    /// The event that stands there, as the audience may know it; none beyond the log.
    pub(crate) fn of(state: &State, EventRef { position, event }: EventRef, audience: Audience) -> Option<Self> {
        let by = audience.author(state, position).map(|author| By::of(state, author));
        Some(Self { at: Stamp::of(state, position)?, event, by })
    }
}

impl By {
    fn of(state: &State, author: &Author) -> Self {
        let tenant_name = match &author.actor {
            Actor::User(user) => state.tenant(user.tenant).map(|tenant| tenant.name.to_string()),
            Actor::Operator(_) => None,
        };
        Self { author: author.clone(), tenant_name }
    }
}

/// A permission: who holds which role where, and how they came by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    pub(crate) customer: TenantSummary,
    pub(crate) principal: Holder,
    pub(crate) principal_tenant_name: String,
    pub(crate) role: Role,
    pub(crate) scope: Scope,
    pub(crate) scope_name: String,
    pub(crate) origin: Origin,
}

impl Permission {
    pub(crate) fn of(state: &State, customer: CustomerId, row: &PermissionRow) -> Option<Self> {
        let PermissionRow { principal, scope, role, origin, .. } = *row;
        let customer = TenantSummary::of(state, customer.into())?;
        let principal_tenant_name = state.tenant(tenant(principal))?.name.to_string();
        let scope_name = match scope {
            Scope::Customer(_) => customer.name.clone(),
            Scope::Subscription(id) => state.subscription(id)?.name.to_string(),
        };
        Some(Self { customer, principal, principal_tenant_name, role, scope, scope_name, origin })
    }
}

/// The event that began a row of the effective permissions.
pub(crate) fn began(row: &PermissionRow) -> EventRef {
    let event = match row.origin {
        Origin::Dap => EventType::DapGranted,
        Origin::Provisioning | Origin::Registered | Origin::Assigned => EventType::RoleAssigned,
        Origin::Explicit => EventType::DirectoryRoleAssigned,
        Origin::Relationship => EventType::RelationshipEstablished,
    };
    EventRef { position: row.granted_by, event }
}

/// The event that ended it, if one has.
pub(crate) fn ended(row: &PermissionRow) -> Option<EventRef> {
    let event = match row.origin {
        Origin::Dap => EventType::DapRevoked,
        Origin::Provisioning | Origin::Registered | Origin::Assigned => EventType::RoleAssignmentRemoved,
        Origin::Explicit => EventType::DirectoryRoleRemoved,
        Origin::Relationship => EventType::RelationshipEnded,
    };
    row.ended_by.map(|position| EventRef { position, event })
}

/// The tenant whose group or user the holder is, or which it is itself.
pub(crate) fn tenant(holder: Holder) -> TenantId {
    match holder {
        Holder::Principal(principal) => principal.tenant(),
        Holder::Partner { partner } => partner.into(),
    }
}

/// The groups whose members use what the holder holds.
pub(crate) fn groups(holder: Holder) -> Vec<GroupOf> {
    match holder {
        Holder::Principal(Principal::Group(group)) => vec![group],
        Holder::Principal(Principal::User(_)) => Vec::new(),
        Holder::Partner { partner } => {
            PartnerGroup::ALL.iter().map(|group| GroupOf { group: *group, partner }).collect()
        }
    }
}

/// How many were in a group, and what changed that last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) members: usize,
    pub(crate) changed: Option<EventRef>,
}

/// The memberships of groups at a position, each looked up once.
#[derive(Debug)]
pub(crate) struct Memberships {
    at: Position,
    known: BTreeMap<GroupOf, Membership>,
}

impl Memberships {
    pub(crate) fn at(at: Position) -> Self {
        Self { at, known: BTreeMap::new() }
    }

    pub(crate) fn of(&mut self, state: &State, group: GroupOf) -> Membership {
        *self.known.entry(group).or_insert_with(|| {
            let mut membership = Membership { members: 0, changed: None };
            for (_, begun, ended) in changes_of(state, group, self.at) {
                membership.changed = membership.changed.max(Some(begun)).max(ended);
                membership.members = membership.members.saturating_add(usize::from(ended.is_none()));
            }
            membership
        })
    }

    /// Those that were looked up.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupOf> {
        self.known.keys().copied()
    }
}

/// Every stretch of time that somebody was in the group, begun by that position, with the end that it had by then.
pub(crate) fn changes_of(
    state: &State,
    GroupOf { group, partner }: GroupOf,
    at: Position,
) -> impl Iterator<Item = (ObjectId, EventRef, Option<EventRef>)> {
    let members = state.tenant(partner.into()).into_iter().flat_map(Tenant::group_members);
    members.filter(move |(of, ..)| *of == group).flat_map(move |(_, user, periods)| {
        periods.up_to(at).iter().map(move |period| (user, period.from, period.ended_by(at)))
    })
}

/// The partner's groups, all of them.
pub(crate) fn groups_of(partner: PartnerId) -> Vec<GroupOf> {
    groups(Holder::Partner { partner })
}
