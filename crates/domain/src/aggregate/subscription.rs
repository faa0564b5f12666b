//! A subscription in a customer's tenant, and the roles on it.

use crate::{
    access::Permit,
    command::{AssignRole, ProvisionSubscription, RegisterSubscription},
    counted::ask,
    decide::Context,
    event::{
        Event, RoleAssigned, RoleAssignmentRemoved, SubscriptionCancelled, SubscriptionProvisioned,
        SubscriptionRegistered, SubscriptionRenewed,
    },
    id::{CustomerId, ObjectId, PartnerId, RoleAssignmentId, SubscriptionId, TenantId},
    refusal::Refusal,
    temporal::{Count, EventRef, Period, Periods, Position, Standing},
    text::Name,
    vocabulary::{AssignmentOrigin, GroupOf, PartnerGroup, Principal, ResourceRole, SubscriptionKind, User},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: SubscriptionId,
    /// In whose tenant it is.
    pub customer: CustomerId,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
    pub name: Name,
    /// The partner that provisioned it; none if it is the customer's own.
    pub provisioned_by: Option<PartnerId>,
    /// Since it was brought in, until it was cancelled.
    lifetime: Period,
    roles: BTreeMap<(Principal, ResourceRole), Periods<Assignment>>,
    /// How many principals hold Owner now.
    owners: usize,
    /// How many role assignments are in force, in all and of each tenant's groups and users.
    assigned: Count,
    assigned_to: BTreeMap<TenantId, Count>,
}

/// A role assignment, beside its principal and role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    pub id: RoleAssignmentId,
    /// How it came about.
    pub origin: AssignmentOrigin,
}

/// What is taken already of the ids that a command may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub subscription: bool,
    pub role_assignment: bool,
}

impl Taken {
    fn check(self) -> Result<(), Refusal> {
        if self.subscription {
            return Err(Refusal::AlreadyExists("subscription"));
        }
        if self.role_assignment { Err(Refusal::AlreadyExists("roleAssignment")) } else { Ok(()) }
    }
}

impl Subscription {
    /// Provisions a subscription; on an Azure one the partner's AdminAgents become Owner (SUB-2).
    pub fn decide_provision(
        command: &ProvisionSubscription,
        taken: Taken,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        taken.check()?;
        let ProvisionSubscription { customer, partner, kind, name, .. } = command.clone();
        let subscription = command.subscription.unwrap_or(SubscriptionId::new(context.fresh.entity));
        let provisioned = SubscriptionProvisioned { customer, partner, subscription, kind, name };
        let owner = RoleAssigned {
            customer,
            subscription,
            role_assignment: command.role_assignment.unwrap_or(context.fresh.role_assignment),
            role: ResourceRole::Owner,
            principal: Principal::Group(GroupOf { group: PartnerGroup::AdminAgents, partner }),
            origin: AssignmentOrigin::Provisioning,
        };
        Ok(Self::with_owner(provisioned.into(), kind, owner))
    }

    /// Brings in a subscription the customer had; on an Azure one the administrator who does becomes Owner (SUB-9).
    pub fn decide_register(
        command: &RegisterSubscription,
        taken: Taken,
        administrator: User,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        taken.check()?;
        let RegisterSubscription { customer, subscription, role_assignment, kind, name } = command.clone();
        let registered = SubscriptionRegistered { customer, subscription, kind, name };
        let owner = RoleAssigned {
            customer,
            subscription,
            role_assignment: role_assignment.unwrap_or(context.fresh.role_assignment),
            role: ResourceRole::Owner,
            principal: Principal::User(administrator),
            origin: AssignmentOrigin::Registered,
        };
        Ok(Self::with_owner(registered.into(), kind, owner))
    }

    fn with_owner(begun: Event, kind: SubscriptionKind, owner: RoleAssigned) -> Vec<Event> {
        match kind {
            SubscriptionKind::Azure => vec![begun, owner.into()],
            SubscriptionKind::Microsoft365 => vec![begun],
        }
    }

    /// Assigns a role (SUB-6, SUB-7).
    pub fn decide_assign(
        &self,
        command: &AssignRole,
        taken: bool,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        let AssignRole { customer, subscription, role, principal, .. } = *command;
        Taken { subscription: false, role_assignment: taken }.check()?;
        if self.kind != SubscriptionKind::Azure {
            return Err(Refusal::NotAzure);
        }
        if self.assignment(principal, role, context.position).is_some() {
            return Err(Refusal::RoleAssignmentExists);
        }
        let role_assignment = command.role_assignment.unwrap_or(context.fresh.role_assignment);
        let origin = AssignmentOrigin::Assigned;
        Ok(vec![RoleAssigned { customer, subscription, role_assignment, role, principal, origin }.into()])
    }

    /// Removes a role assignment; the last Owner only for an explicit Global administrator of the customer (SUB-6).
    pub fn decide_remove(
        &self,
        (role_assignment, principal, role): (RoleAssignmentId, Principal, ResourceRole),
        by_global_administrator: bool,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        if role == ResourceRole::Owner && self.owners == 1 && !by_global_administrator {
            return Err(Refusal::LastOwner);
        }
        let (customer, subscription) = (self.customer, self.id);
        Ok(vec![RoleAssignmentRemoved { customer, subscription, role_assignment, role, principal }.into()])
    }

    /// Renews it. Whether it is active, the permit says.
    pub fn decide_renew(&self, _: &Permit) -> Vec<Event> {
        vec![SubscriptionRenewed { customer: self.customer, subscription: self.id }.into()]
    }

    /// Cancels it. Its role assignments stay until they are removed (SUB-9).
    pub fn decide_cancel(&self, _: &Permit) -> Vec<Event> {
        vec![SubscriptionCancelled { customer: self.customer, subscription: self.id }.into()]
    }

    /// A subscription as a partner provisions it.
    pub(crate) fn provisioned(event: &SubscriptionProvisioned, at: EventRef) -> Self {
        let SubscriptionProvisioned { customer, partner, subscription, kind, name } = event.clone();
        Self::new(subscription, customer, kind, name, Some(partner), at)
    }

    /// A subscription as its customer brings it in.
    pub(crate) fn registered(event: &SubscriptionRegistered, at: EventRef) -> Self {
        let SubscriptionRegistered { customer, subscription, kind, name } = event.clone();
        Self::new(subscription, customer, kind, name, None, at)
    }

    fn new(
        id: SubscriptionId,
        customer: CustomerId,
        kind: SubscriptionKind,
        name: Name,
        provisioned_by: Option<PartnerId>,
        at: EventRef,
    ) -> Self {
        let (roles, assigned, assigned_to) = (BTreeMap::new(), Count::default(), BTreeMap::new());
        let lifetime = Period::since(at);
        Self { id, customer, kind, name, provisioned_by, lifetime, roles, owners: 0, assigned, assigned_to }
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::RoleAssigned(RoleAssigned { principal, role, role_assignment, origin, .. }) => {
                let assignment = Assignment { id: *role_assignment, origin: *origin };
                self.roles.entry((*principal, *role)).or_default().begin(assignment, at);
                self.owners += usize::from(*role == ResourceRole::Owner);
                self.assigned.add(at.position);
                self.assigned_to.entry(principal.tenant()).or_default().add(at.position);
            }
            Event::RoleAssignmentRemoved(RoleAssignmentRemoved { principal, role, .. }) => {
                self.roles.entry((*principal, *role)).or_default().end(at);
                self.owners -= usize::from(*role == ResourceRole::Owner);
                self.assigned.take(at.position);
                self.assigned_to.entry(principal.tenant()).or_default().take(at.position);
            }
            Event::SubscriptionCancelled(_) => self.lifetime.until = Some(at),
            _ => {}
        }
    }

    /// Whether it was active: since it was brought in, until it was cancelled.
    pub fn active(&self, at: Position) -> Standing {
        self.lifetime.standing(at)
    }

    /// The event that brought it in.
    pub fn begun_by(&self) -> EventRef {
        self.lifetime.from
    }

    /// The assignment of this role to this principal that is in force.
    pub fn assignment(&self, principal: Principal, role: ResourceRole, at: Position) -> Option<&Period<Assignment>> {
        self.roles.get(&(principal, role)).and_then(|periods| periods.at(at))
    }

    /// The newest assignment of this role to this principal, in force or not.
    pub fn newest_assignment(
        &self,
        principal: Principal,
        role: ResourceRole,
        at: Position,
    ) -> Option<&Period<Assignment>> {
        self.roles.get(&(principal, role)).and_then(|periods| periods.up_to(at).last())
    }

    /// When this role was assigned to this principal.
    pub fn assignment_periods(&self, principal: Principal, role: ResourceRole) -> Option<&Periods<Assignment>> {
        self.roles.get(&(principal, role))
    }

    /// How many role assignments were in force.
    pub fn assigned(&self, at: Position) -> usize {
        self.assigned.at(at)
    }

    /// How many of them the tenant's groups and users held.
    pub fn assigned_to(&self, tenant: TenantId, at: Position) -> usize {
        self.assigned_to.get(&tenant).map_or(0, |count| count.at(at))
    }

    /// Every assignment there ever was: principal, role, when.
    pub fn assignments(&self) -> impl Iterator<Item = (Principal, ResourceRole, &Periods<Assignment>)> {
        self.roles.iter().map(|((principal, role), periods)| (*principal, *role, periods))
    }

    /// The tenant's users, from that one on, that ever held a role on it; one that held several more than once.
    pub fn users_ever(&self, tenant: TenantId, from: ObjectId) -> impl Iterator<Item = ObjectId> {
        let first = (Principal::User(User { tenant, user: from }), ResourceRole::Owner);
        let users = self.roles.range(first..).map_while(move |((principal, _), _)| match principal {
            Principal::User(user) if user.tenant == tenant => Some(user.user),
            Principal::User(_) | Principal::Group(_) => None,
        });
        users.inspect(|_| ask())
    }
}
