//! What gives access in a customer's tenant, in the order it was given: so that a page of it begins where the one before
//! ended, whatever was given and taken before.

use crate::{
    counted::ask,
    event::{self, Event},
    id::{CustomerId, Id, ObjectId, PartnerId, SubscriptionId, TenantId},
    temporal::{Count, EventRef, Position},
    vocabulary::{DirectoryRole, Principal, ResourceRole},
};
use std::collections::{BTreeMap, HashMap};

/// Something that gave access since that position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub position: Position,
    pub granted: Granted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// A directory role of one of the customer's users.
    Explicit(DirectoryRole, ObjectId),
    Relationship(PartnerId),
    Dap(PartnerId),
    /// A role on a subscription.
    Assignment(SubscriptionId, Principal, ResourceRole),
}

/// The grants in each customer's tenant, and of them those to each tenant.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    in_tenant: BTreeMap<CustomerId, Vec<Grant>>,
    to: BTreeMap<(CustomerId, TenantId), To>,
    /// How many roles the group or user holds on the customer's subscriptions.
    roles: HashMap<(CustomerId, Principal), Count>,
}

#[derive(Debug, Clone, Default)]
struct To {
    grants: Vec<Position>,
    /// How many roles its groups and users hold on the customer's subscriptions.
    roles: Count,
}

impl Grants {
    /// Takes in what happened.
    pub(super) fn evolve(&mut self, event: &Event, EventRef { position, .. }: EventRef) {
        let (customer, granted) = match event {
            Event::DirectoryRoleAssigned(event::DirectoryRoleAssigned { tenant, role, user }) => {
                (tenant.as_customer(), Granted::Explicit(*role, *user))
            }
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner }) => {
                (*customer, Granted::Relationship(*partner))
            }
            Event::DapGranted(event::DapGranted { customer, partner }) => (*customer, Granted::Dap(*partner)),
            Event::RoleAssigned(event::RoleAssigned { customer, subscription, principal, role, .. }) => {
                self.to(*customer, principal.tenant()).roles.add(position);
                self.roles.entry((*customer, *principal)).or_default().add(position);
                (*customer, Granted::Assignment(*subscription, *principal, *role))
            }
            Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved { customer, principal, .. }) => {
                self.to(*customer, principal.tenant()).roles.take(position);
                self.roles.entry((*customer, *principal)).or_default().take(position);
                return;
            }
            _ => return,
        };
        self.in_tenant.entry(customer).or_default().push(Grant { position, granted });
        self.to(customer, granted.tenant(customer)).grants.push(position);
    }

    fn to(&mut self, customer: CustomerId, tenant: TenantId) -> &mut To {
        self.to.entry((customer, tenant)).or_default()
    }

    /// Those in the customer's tenant from that position on, oldest first.
    pub(super) fn in_tenant(&self, customer: CustomerId, from: Position) -> &[Grant] {
        let grants = self.in_tenant.get(&customer).map_or(&[][..], Vec::as_slice);
        grants.get(grants.partition_point(|grant| grant.position < from)..).unwrap_or_default()
    }

    /// Of them those to that tenant, its groups and users.
    pub(super) fn to_tenant(
        &self,
        customer: CustomerId,
        tenant: TenantId,
        from: Position,
    ) -> impl Iterator<Item = Grant> {
        let positions = self.to.get(&(customer, tenant)).map_or(&[][..], |to| to.grants.as_slice());
        let positions = positions.get(positions.partition_point(|position| *position < from)..).unwrap_or_default();
        positions.iter().filter_map(move |position| {
            ask();
            self.in_tenant(customer, *position).first().copied()
        })
    }

    /// The tenants from that one on, by id, that access was ever given to in the customer's tenant.
    pub(super) fn tenants(&self, customer: CustomerId, from: TenantId) -> impl Iterator<Item = TenantId> {
        self.to.range((customer, from)..=(customer, TenantId::MAX)).map(|((_, tenant), _)| {
            ask();
            *tenant
        })
    }

    /// How many roles the group or user held on the customer's subscriptions.
    pub(super) fn roles_of(&self, customer: CustomerId, principal: Principal, at: Position) -> usize {
        self.roles.get(&(customer, principal)).map_or(0, |roles| roles.at(at))
    }

    /// How many roles the tenant's groups and users held on the customer's subscriptions.
    pub(super) fn roles(&self, customer: CustomerId, tenant: TenantId, at: Position) -> usize {
        self.to.get(&(customer, tenant)).map_or(0, |to| to.roles.at(at))
    }
}

impl Granted {
    /// Whose it is.
    fn tenant(self, customer: CustomerId) -> TenantId {
        match self {
            Self::Explicit(..) => customer.into(),
            Self::Relationship(partner) | Self::Dap(partner) => partner.into(),
            Self::Assignment(_, principal, _) => principal.tenant(),
        }
    }
}
