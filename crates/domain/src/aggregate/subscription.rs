//! A subscription in a customer's tenant, and the roles on it.

use crate::{
    access::Permit,
    command::{AssignRole, ProvisionSubscription, RegisterSubscription},
    decide::Context,
    event::{
        Event, RoleAssigned, RoleAssignmentRemoved, SubscriptionCancelled, SubscriptionProvisioned,
        SubscriptionRegistered, SubscriptionRenewed,
    },
    facts::AssignmentFact,
    id::{CustomerId, ObjectId, PartnerId, RoleAssignmentId, SubscriptionId, TenantId},
    refusal::Refusal,
    store::{
        Assigned, AssignedToKey, AssignmentKey, PrincipalKey, SideNumbers, Store, SubscriptionNumber, SubscriptionRow,
        periods::{PeriodList, lifetime},
    },
    temporal::{EventRef, Period, Position, Standing},
    text::Name,
    vocabulary::{AssignmentOrigin, GroupOf, Pair, PartnerGroup, Principal, ResourceRole, SubscriptionKind, User},
};

/// A subscription, there or cancelled.
#[derive(Clone, Copy)]
pub struct Subscription<'s> {
    store: &'s Store,
    number: SubscriptionNumber,
    row: &'s SubscriptionRow,
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

impl<'s> Subscription<'s> {
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
        if self.kind() != SubscriptionKind::Azure {
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
        if role == ResourceRole::Owner && self.row.owners == 1 && !by_global_administrator {
            return Err(Refusal::LastOwner);
        }
        let (customer, subscription) = (self.customer(), self.id());
        Ok(vec![RoleAssignmentRemoved { customer, subscription, role_assignment, role, principal }.into()])
    }

    /// Renews it. Whether it is active, the permit says.
    pub fn decide_renew(&self, _: &Permit) -> Vec<Event> {
        vec![SubscriptionRenewed { customer: self.customer(), subscription: self.id() }.into()]
    }

    /// Cancels it. Its role assignments stay until they are removed (SUB-9).
    pub fn decide_cancel(&self, _: &Permit) -> Vec<Event> {
        vec![SubscriptionCancelled { customer: self.customer(), subscription: self.id() }.into()]
    }

    /// The subscription of that id.
    pub(crate) fn find(store: &'s Store, subscription: SubscriptionId) -> Option<Self> {
        Some(Self::numbered(store, store.subscriptions.find(subscription)?))
    }

    pub(crate) fn numbered(store: &'s Store, number: SubscriptionNumber) -> Self {
        Self { store, number, row: store.subscriptions.row(number) }
    }

    pub fn id(self) -> SubscriptionId {
        self.store.subscriptions.key(self.number)
    }

    /// In whose tenant it is.
    pub fn customer(self) -> CustomerId {
        self.store.tenant_id(self.row.customer).as_customer()
    }

    /// Azure or Microsoft 365.
    pub fn kind(self) -> SubscriptionKind {
        if self.row.is_azure { SubscriptionKind::Azure } else { SubscriptionKind::Microsoft365 }
    }

    pub fn name(self) -> &'s str {
        self.store.texts.get(self.row.name)
    }

    /// The partner that provisioned it; none if it is the customer's own.
    pub fn provisioned_by(self) -> Option<PartnerId> {
        self.row.provisioned_by.map(|partner| self.store.tenant_id(partner).as_partner())
    }

    /// Whether it was active: since it was brought in, until it was cancelled.
    pub fn active(self, at: Position) -> Standing {
        lifetime(self.row.begun, self.row.cancelled, at)
    }

    /// The event that brought it in.
    pub fn begun_by(self) -> EventRef {
        self.row.begun.get()
    }

    fn periods(self, principal: Principal, role: ResourceRole) -> PeriodList<'s, Assigned> {
        let principal = self.store.principal_key(principal);
        principal.map_or(PeriodList::never(), |principal| self.periods_of(principal, role))
    }

    fn periods_of(self, principal: PrincipalKey, role: ResourceRole) -> PeriodList<'s, Assigned> {
        let key = AssignmentKey { subscription: self.number, principal, role: role as u8 };
        let periods = self.store.assignments.get(key);
        periods.map_or(PeriodList::never(), |periods| periods.view(&self.store.older_assigned))
    }

    fn assigned_period(self, period: Period<Assigned>) -> Period<Assignment> {
        let Period { value, from, until } = period;
        Period {
            value: Assignment { id: self.store.role_assignments.key(value.id), origin: value.origin() },
            from,
            until,
        }
    }

    /// The assignment of this role to this principal that is in force.
    pub fn assignment(self, principal: Principal, role: ResourceRole, at: Position) -> Option<Period<Assignment>> {
        self.periods(principal, role).at(at).map(|period| self.assigned_period(period))
    }

    /// The newest assignment of this role to this principal, in force or not.
    pub fn newest_assignment(
        self,
        principal: Principal,
        role: ResourceRole,
        at: Position,
    ) -> Option<Period<Assignment>> {
        self.periods(principal, role).newest(at).map(|period| self.assigned_period(period))
    }

    /// How that stands, and how it came about.
    pub(crate) fn newest_assigned(
        self,
        principal: PrincipalKey,
        role: ResourceRole,
        at: Position,
    ) -> Option<AssignmentFact> {
        let period = self.periods_of(principal, role).newest(at)?;
        Some(AssignmentFact { standing: period.standing(at), origin: period.value.origin() })
    }

    /// When this role was assigned to this principal, oldest first.
    pub fn assignments(
        self,
        principal: Principal,
        role: ResourceRole,
    ) -> impl DoubleEndedIterator<Item = Period<Assignment>> + use<'s> {
        self.periods(principal, role).all().map(move |period| self.assigned_period(period))
    }

    /// How many role assignments were in force.
    pub fn assigned(self, at: Position) -> usize {
        self.row.assigned.at(at, &self.store.changes)
    }

    /// How many of them the tenant's groups and users held.
    pub fn assigned_to(self, tenant: TenantId, at: Position) -> usize {
        let key = self.store.tenant(tenant).map(|tenant| AssignedToKey { subscription: self.number, tenant });
        let count = key.and_then(|key| self.store.assigned_to.get(key));
        count.map_or(0, |count| count.at(at, &self.store.changes))
    }

    /// The tenant's users, from that one on, by id, that ever held a role on it.
    pub fn users_ever(self, tenant: TenantId, from: ObjectId) -> impl Iterator<Item = ObjectId> + use<'s> {
        let tenant = self.store.tenant(tenant);
        let users = tenant.map(move |tenant| self.store.users_with_roles.from((self.number, tenant), from));
        users.into_iter().flatten().map(|(user, _)| user)
    }
}

/// Takes in what happened to a subscription.
pub(crate) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::SubscriptionProvisioned(SubscriptionProvisioned { customer, partner, subscription, kind, name }) => {
            let pair = store.keep_pair(*customer, *partner);
            store.pairs.row_mut(pair).active_subscriptions += 1;
            insert(store, *subscription, (*customer, Some(*partner)), *kind, name, at);
        }
        Event::SubscriptionRegistered(SubscriptionRegistered { customer, subscription, kind, name }) => {
            insert(store, *subscription, (*customer, None), *kind, name, at);
        }
        Event::RoleAssigned(RoleAssigned { subscription, principal, role, role_assignment, origin, .. }) => {
            let Some(subscription) = store.subscriptions.find(*subscription) else { return };
            let principal_key = store.keep_principal(*principal);
            let key = AssignmentKey { subscription, principal: principal_key, role: *role as u8 };
            let number = store.assignments.number(key);
            let id = store.role_assignments.insert(*role_assignment, number);
            let periods = store.assignments.row_mut(number);
            periods.begin(Assigned { id, origin: *origin as u8 }, at, &mut store.older_assigned);
            let row = store.subscriptions.row_mut(subscription);
            row.owners += u32::from(*role == ResourceRole::Owner);
            row.assigned.add(at.position, &mut store.changes);
            let tenant = principal_key.tenant;
            let number = store.assigned_to.number(AssignedToKey { subscription, tenant });
            store.assigned_to.row_mut(number).add(at.position, &mut store.changes);
            if let Principal::User(User { user, .. }) = principal {
                let number = store.users.number(*user);
                store.users_with_roles.insert((subscription, tenant), *user, number);
            }
        }
        Event::RoleAssignmentRemoved(RoleAssignmentRemoved { subscription, principal, role, .. }) => {
            let Some(subscription) = store.subscriptions.find(*subscription) else { return };
            let principal = store.keep_principal(*principal);
            let number = store.assignments.number(AssignmentKey { subscription, principal, role: *role as u8 });
            store.assignments.row_mut(number).end(at);
            let row = store.subscriptions.row_mut(subscription);
            row.owners -= u32::from(*role == ResourceRole::Owner);
            row.assigned.take(at.position, &mut store.changes);
            let number = store.assigned_to.number(AssignedToKey { subscription, tenant: principal.tenant });
            store.assigned_to.row_mut(number).take(at.position, &mut store.changes);
        }
        Event::SubscriptionCancelled(SubscriptionCancelled { subscription, .. }) => {
            let Some(number) = store.subscriptions.find(*subscription) else { return };
            let row = store.subscriptions.row_mut(number);
            row.cancelled = at.into();
            if let SubscriptionRow { customer, provisioned_by: Some(partner), .. } = *row {
                let Pair { customer, partner } = store.pair_of(SideNumbers { customer, partner });
                let pair = store.keep_pair(customer, partner);
                store.pairs.row_mut(pair).active_subscriptions -= 1;
            }
        }
        _ => {}
    }
}

fn insert(
    store: &mut Store,
    id: SubscriptionId,
    (customer, partner): (CustomerId, Option<PartnerId>),
    kind: SubscriptionKind,
    name: &Name,
    at: EventRef,
) {
    let (customer, provisioned_by) = (store.keep_tenant(customer), partner.map(|partner| store.keep_tenant(partner)));
    let (is_azure, name, begun) = (kind == SubscriptionKind::Azure, store.texts.keep(name), at.into());
    let row = SubscriptionRow { customer, provisioned_by, is_azure, name, begun, ..SubscriptionRow::default() };
    let number = store.subscriptions.insert(id, row);
    store.subscriptions_of.insert(customer, id, number);
}
