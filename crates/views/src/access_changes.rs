//! What an event changes in who holds what: the rows of the effective permissions that it begins and ends.

use crate::{
    access::{Access, Holder, Origin, Reseller, Role, Scope},
    effective_permissions::implicit_roles,
};
use procura_domain::{
    event::{self, Event},
    id::{CustomerId, PartnerId},
    state::State,
    vocabulary::{AssignmentOrigin, GroupOf, Principal, TenantKind, User},
};
use serde::{Deserialize, Serialize};

/// The access that somebody got and somebody lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessChanges {
    pub gained: Vec<Access>,
    pub lost: Vec<Access>,
}

impl AccessChanges {
    /// What these events change, in their order. They follow from the state, or are in it already.
    pub fn of<'e>(state: &State, events: impl IntoIterator<Item = &'e Event>) -> Self {
        let (mut changes, mut events) = (Self::default(), events.into_iter().peekable());
        // The first administrator of a partner holds nothing in a customer's tenant.
        if !matches!(events.peek(), Some(Event::PartnerRegistered(_))) {
            events.for_each(|event| changes.add(state, event));
        }
        changes
    }

    fn add(&mut self, state: &State, event: &Event) {
        match event {
            Event::DirectoryRoleAssigned(e) => self.gained.extend(explicit(state, e.tenant.as_customer(), e)),
            Event::DirectoryRoleRemoved(event::DirectoryRoleRemoved { tenant, user, role }) => {
                let held = event::DirectoryRoleAssigned { tenant: *tenant, user: *user, role: *role };
                self.lost.extend(explicit(state, tenant.as_customer(), &held));
            }
            Event::RelationshipEstablished(e) => self.gained.push(reseller(e.customer, e.partner)),
            Event::RelationshipEnded(e) => self.lost.push(reseller(e.customer, e.partner)),
            Event::DapGranted(e) => self.gained.extend(through_dap(e.customer, e.partner)),
            Event::DapRevoked(e) => self.lost.extend(through_dap(e.customer, e.partner)),
            Event::RoleAssigned(e) => self.gained.push(Access {
                principal: Holder::Principal(e.principal),
                scope: Scope::Subscription(e.subscription),
                role: Role::Resource(e.role),
                origin: e.origin.into(),
            }),
            Event::RoleAssignmentRemoved(e) => self.lost.push(Access {
                principal: Holder::Principal(e.principal),
                scope: Scope::Subscription(e.subscription),
                role: Role::Resource(e.role),
                origin: origin(state, e).into(),
            }),
            _ => {}
        }
    }
}

/// An explicit directory role is a row in a customer's tenant alone.
fn explicit(state: &State, customer: CustomerId, held: &event::DirectoryRoleAssigned) -> Option<Access> {
    let event::DirectoryRoleAssigned { tenant, user, role } = *held;
    let is_partner = state.tenant(tenant).is_some_and(|tenant| tenant.kind() == TenantKind::Partner);
    (!is_partner).then_some(Access {
        principal: Holder::Principal(Principal::User(User { tenant, user })),
        scope: Scope::Customer(customer),
        role: Role::Directory(role),
        origin: Origin::Explicit,
    })
}

fn reseller(customer: CustomerId, partner: PartnerId) -> Access {
    Access {
        principal: Holder::Partner { partner },
        scope: Scope::Customer(customer),
        role: Role::Reseller(Reseller::Reseller),
        origin: Origin::Relationship,
    }
}

fn through_dap(customer: CustomerId, partner: PartnerId) -> impl Iterator<Item = Access> {
    implicit_roles().map(move |(group, role)| Access {
        principal: Holder::Principal(Principal::Group(GroupOf { group, partner })),
        scope: Scope::Customer(customer),
        role: Role::Directory(role),
        origin: Origin::Dap,
    })
}

/// How the assignment came about, whether or not it is still in force.
fn origin(state: &State, removed: &event::RoleAssignmentRemoved) -> AssignmentOrigin {
    let event::RoleAssignmentRemoved { subscription, role_assignment, role, principal, .. } = *removed;
    let periods = state.subscription(subscription).map(|found| found.assignments(principal, role));
    let mut newest_first = periods.into_iter().flatten().rev();
    let removed = newest_first.find(|period| period.value.id == role_assignment);
    removed.map_or(AssignmentOrigin::Assigned, |period| period.value.origin)
}
