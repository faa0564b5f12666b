//! What the rows of several reports have in common: an event with who made it, and a permission with the names that
//! people know its parts by.

use crate::{called::Called, source::Rows, statement::Stamp};
use procura_domain::{
    event::EventType,
    id::{CustomerId, TenantId},
    state::State,
    temporal::{EventRef, Moment},
    visibility::{Audience, DisclosedAuthor, DisclosedMembership},
    vocabulary::{Actor, Author, GroupOf, Principal, User},
};
use procura_views::{
    Filter, Holder, Origin, PermissionKey, PermissionRow, Role, Scope, TenantSummary, effective_permissions,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The effective permissions of customers at a moment, as a walk looks at them.
pub(crate) fn permissions(
    at: Moment,
    filter: Filter,
) -> impl for<'s> Fn(&'s State, CustomerId, Option<PermissionKey>) -> Rows<'s, PermissionKey, PermissionRow> {
    move |state, customer, from| {
        Box::new(effective_permissions(state, customer, at, filter, from.unwrap_or(PermissionKey::MIN)))
    }
}

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
    pub(crate) author: DisclosedAuthor,
    /// Where a user did: what it is called.
    #[serde(skip_serializing_if = "Called::is_nothing")]
    pub(crate) name: Called,
    /// Where a user or a partner did: the name of its tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_name: Option<String>,
}

impl Recorded {
    /// The event that stands there, as the audience may know it; none beyond the log.
    pub(crate) fn of(state: &State, recorded: EventRef, audience: Audience) -> Option<Self> {
        let by = audience.author(state, recorded).map(|author| By::of(state, author));
        Some(Self { at: Stamp::of(state, recorded.position)?, event: recorded.event, by })
    }

    /// Gives the user who made it, if the audience may know and it was one.
    pub(crate) fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        if let Some(By { author: DisclosedAuthor::Author(Author { actor: Actor::User(user), .. }), name, .. }) =
            &mut self.by
        {
            each(*user, name);
        }
    }
}

impl By {
    fn of(state: &State, author: DisclosedAuthor) -> Self {
        let tenant = match &author {
            DisclosedAuthor::Author(author) => author.actor.tenant(),
            DisclosedAuthor::Partner { partner } => Some((*partner).into()),
        };
        let tenant_name = tenant.and_then(|tenant| state.tenant(tenant)).map(|tenant| tenant.name().to_string());
        Self { author, name: Called::default(), tenant_name }
    }
}

/// A permission: who holds which role where, and how they came by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    pub(crate) customer: TenantSummary,
    pub(crate) principal: Holder,
    /// What a user who holds it is called.
    #[serde(skip_serializing_if = "Called::is_nothing")]
    pub(crate) principal_name: Called,
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
        let principal_tenant_name = state.tenant(tenant(principal))?.name().to_string();
        let scope_name = match scope {
            Scope::Customer(_) => customer.name.clone(),
            Scope::Subscription(id) => state.subscription(id)?.name().to_string(),
        };
        let principal_name = Called::default();
        Some(Self { customer, principal, principal_name, principal_tenant_name, role, scope, scope_name, origin })
    }

    /// Gives the user who holds it, if one does.
    pub(crate) fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        if let Holder::Principal(Principal::User(user)) = self.principal {
            each(user, &mut self.principal_name);
        }
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

/// How many were in a group, and what changed that last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) members: usize,
    pub(crate) changed: Option<EventRef>,
}

/// The memberships of groups at a moment, as an audience is told them, each looked up once.
#[derive(Debug)]
pub(crate) struct Memberships {
    at: Moment,
    audience: Audience,
    known: BTreeMap<GroupOf, Option<Membership>>,
}

impl Memberships {
    pub(crate) fn at(at: Moment, audience: Audience) -> Self {
        Self { at, audience, known: BTreeMap::new() }
    }

    /// `None`: the audience is not told.
    pub(crate) fn of(&mut self, state: &State, group: GroupOf) -> Option<Membership> {
        let Self { at, audience, .. } = *self;
        *self.known.entry(group).or_insert_with(|| {
            let told = audience.is_told_members(group, state, at);
            told.then(|| {
                let mut membership = Membership { members: 0, changed: None };
                for DisclosedMembership { from, until, .. } in audience.memberships(group, state, at.position) {
                    membership.changed = membership.changed.max(Some(from)).max(until);
                    membership.members = membership.members.saturating_add(usize::from(until.is_none()));
                }
                membership
            })
        })
    }

    /// Those that the audience is told.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupOf> {
        self.known.iter().filter(|(_, membership)| membership.is_some()).map(|(group, _)| *group)
    }
}
