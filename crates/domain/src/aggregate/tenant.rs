//! A tenant: who holds its directory roles and, if it is a partner, who is in its groups.

use crate::{
    access::Permit,
    command::{
        AddGroupMember, AssignDirectoryRole, RegisterCustomer, RegisterPartner, RemoveDirectoryRole, RemoveGroupMember,
    },
    event::{
        CustomerRegistered, DirectoryRoleAssigned, DirectoryRoleRemoved, Event, GroupMemberAdded, GroupMemberRemoved,
        PartnerRegistered,
    },
    id::{ObjectId, TenantId},
    refusal::Refusal,
    store::{
        MemberOf, MembershipKey, Store, TenantNumber, TenantRow,
        periods::{PackedRef, PeriodList},
    },
    temporal::{EventRef, Position, Standing},
    text::{DomainName, Name},
    vocabulary::{DirectoryRole, PartnerGroup, TenantKind},
};
/// A registered tenant.
#[derive(Clone, Copy)]
pub struct Tenant<'s> {
    store: &'s Store,
    number: TenantNumber,
    row: &'s TenantRow,
}

impl<'s> Tenant<'s> {
    /// Registers a partner (TEN-1): `existing` is the tenant of that id, if it is registered.
    pub fn decide_partner(existing: Option<Self>, command: &RegisterPartner) -> Result<Vec<Event>, Refusal> {
        let RegisterPartner { partner, name, domain, global_administrator, .. } = command.clone();
        Self::first(existing, PartnerRegistered { partner, name, domain }.into(), partner.into(), global_administrator)
    }

    /// Registers a customer (TEN-1): `existing` is the tenant of that id, if it is registered.
    pub fn decide_customer(existing: Option<Self>, command: &RegisterCustomer) -> Result<Vec<Event>, Refusal> {
        let RegisterCustomer { customer, name, domain, global_administrator, .. } = command.clone();
        let registered = CustomerRegistered { customer, name, domain }.into();
        Self::first(existing, registered, customer.into(), global_administrator)
    }

    fn first(
        existing: Option<Self>,
        registered: Event,
        tenant: TenantId,
        user: ObjectId,
    ) -> Result<Vec<Event>, Refusal> {
        if existing.is_some() {
            return Err(Refusal::AlreadyRegistered);
        }
        let role = DirectoryRole::GlobalAdministrator;
        Ok(vec![registered, DirectoryRoleAssigned { tenant, user, role }.into()])
    }

    /// Takes a user into a group (DAP-6).
    pub fn decide_add(&self, command: &AddGroupMember, _: &Permit, now: Position) -> Result<Vec<Event>, Refusal> {
        let AddGroupMember { partner, group, user, .. } = *command;
        if self.membership(group, user, now).is_in_force() {
            return Err(Refusal::AlreadyMember);
        }
        Ok(vec![GroupMemberAdded { partner, group, user }.into()])
    }

    /// Takes a user out of a group (DAP-6).
    pub fn decide_remove(&self, command: &RemoveGroupMember, _: &Permit, now: Position) -> Result<Vec<Event>, Refusal> {
        let RemoveGroupMember { partner, group, user } = *command;
        if !self.membership(group, user, now).is_in_force() {
            return Err(Refusal::NotMember);
        }
        Ok(vec![GroupMemberRemoved { partner, group, user }.into()])
    }

    /// Gives a user a directory role.
    pub fn decide_assign_role(
        &self,
        command: &AssignDirectoryRole,
        _: &Permit,
        now: Position,
    ) -> Result<Vec<Event>, Refusal> {
        let AssignDirectoryRole { tenant, user, role, .. } = *command;
        if self.directory_role(role, user, now).is_in_force() {
            return Err(Refusal::RoleHeld);
        }
        Ok(vec![DirectoryRoleAssigned { tenant, user, role }.into()])
    }

    /// Takes a directory role from a user; the last Global administrator keeps it (TEN-3).
    pub fn decide_remove_role(
        &self,
        command: &RemoveDirectoryRole,
        _: &Permit,
        now: Position,
    ) -> Result<Vec<Event>, Refusal> {
        let RemoveDirectoryRole { tenant, user, role } = *command;
        if !self.directory_role(role, user, now).is_in_force() {
            return Err(Refusal::RoleNotHeld);
        }
        if role == DirectoryRole::GlobalAdministrator && self.row.global_administrators == 1 {
            return Err(Refusal::LastGlobalAdministrator);
        }
        Ok(vec![DirectoryRoleRemoved { tenant, user, role }.into()])
    }

    /// The tenant of that id, if it is registered.
    pub(crate) fn find(store: &'s Store, tenant: TenantId) -> Option<Self> {
        Self::numbered(store, store.tenant(tenant)?)
    }

    /// The tenant of that number, if it is registered.
    pub(crate) fn numbered(store: &'s Store, number: TenantNumber) -> Option<Self> {
        let row = store.tenants.row(number);
        (row.registered != PackedRef::default()).then_some(Self { store, number, row })
    }

    pub fn id(self) -> TenantId {
        self.store.tenants.key(self.number)
    }

    /// What it is registered as.
    pub fn kind(self) -> TenantKind {
        if self.row.is_partner { TenantKind::Partner } else { TenantKind::Customer }
    }

    pub fn name(self) -> &'s str {
        self.store.texts.get(self.row.name)
    }

    pub fn domain(self) -> &'s str {
        self.store.texts.get(self.row.domain)
    }

    /// The event that registered it.
    pub fn registered(self) -> EventRef {
        self.row.registered.get()
    }

    fn periods(self, of: MemberOf, user: ObjectId) -> PeriodList<'s> {
        let user = self.store.users.find(user);
        let key = user.map(|user| MembershipKey { tenant: self.number, user, of });
        let periods = key.and_then(|key| self.store.memberships.get(key));
        periods.map_or(PeriodList::never(), |periods| periods.view(&self.store.older))
    }

    fn ever(self, of: MemberOf, from: ObjectId) -> impl Iterator<Item = (ObjectId, PeriodList<'s>)> {
        let members = self.store.members_from(self.number, of, from);
        members.map(move |(user, periods)| (user, periods.view(&self.store.older)))
    }

    /// Whether the user holds the role, explicitly.
    pub fn directory_role(self, role: DirectoryRole, user: ObjectId, at: Position) -> Standing {
        self.periods(role.into(), user).standing(at)
    }

    /// Whether the user is in the group.
    pub fn membership(self, group: PartnerGroup, user: ObjectId, at: Position) -> Standing {
        self.periods(group.into(), user).standing(at)
    }

    /// Every user, from that one on, that was ever in this group, and when.
    pub fn members_ever(
        self,
        group: PartnerGroup,
        from: ObjectId,
    ) -> impl Iterator<Item = (ObjectId, PeriodList<'s>)> + use<'s> {
        self.ever(group.into(), from)
    }

    /// When the user held the role explicitly.
    pub fn directory_role_periods(self, role: DirectoryRole, user: ObjectId) -> PeriodList<'s> {
        self.periods(role.into(), user)
    }

    /// When the user was in the group.
    pub fn membership_periods(self, group: PartnerGroup, user: ObjectId) -> PeriodList<'s> {
        self.periods(group.into(), user)
    }

    /// Every user, from that one on, that ever held this role explicitly, and when.
    pub fn holders_ever(
        self,
        role: DirectoryRole,
        from: ObjectId,
    ) -> impl Iterator<Item = (ObjectId, PeriodList<'s>)> + use<'s> {
        self.ever(role.into(), from)
    }
}

/// Takes in what happened to a tenant.
pub(crate) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::PartnerRegistered(PartnerRegistered { partner, name, domain }) => {
            register(store, (*partner).into(), true, (name, domain), at);
        }
        Event::CustomerRegistered(CustomerRegistered { customer, name, domain }) => {
            register(store, (*customer).into(), false, (name, domain), at);
        }
        Event::DirectoryRoleAssigned(DirectoryRoleAssigned { tenant, user, role }) => {
            let tenant = join(store, *tenant, (*role).into(), *user, at);
            store.tenants.row_mut(tenant).global_administrators +=
                u32::from(*role == DirectoryRole::GlobalAdministrator);
        }
        Event::DirectoryRoleRemoved(DirectoryRoleRemoved { tenant, user, role }) => {
            let tenant = leave(store, *tenant, (*role).into(), *user, at);
            store.tenants.row_mut(tenant).global_administrators -=
                u32::from(*role == DirectoryRole::GlobalAdministrator);
        }
        Event::GroupMemberAdded(GroupMemberAdded { partner, group, user }) => {
            join(store, (*partner).into(), (*group).into(), *user, at);
        }
        Event::GroupMemberRemoved(GroupMemberRemoved { partner, group, user }) => {
            leave(store, (*partner).into(), (*group).into(), *user, at);
        }
        _ => {}
    }
}

fn register(store: &mut Store, tenant: TenantId, is_partner: bool, (name, domain): (&Name, &DomainName), at: EventRef) {
    let number = store.keep_tenant(tenant);
    let (name, domain) = (store.texts.keep(name), store.texts.keep(domain));
    let row = store.tenants.row_mut(number);
    *row = TenantRow { registered: at.into(), is_partner, name, domain, ..*row };
    store.registered.insert((), tenant, number);
}

fn join(store: &mut Store, tenant: TenantId, of: MemberOf, user: ObjectId, at: EventRef) -> TenantNumber {
    let tenant = store.keep_tenant(tenant);
    let key = MembershipKey { tenant, user: store.users.number(user), of };
    let number = store.memberships.number(key);
    store.memberships.row_mut(number).begin((), at, &mut store.older);
    store.members.insert((tenant, of), user, number);
    tenant
}

fn leave(store: &mut Store, tenant: TenantId, of: MemberOf, user: ObjectId, at: EventRef) -> TenantNumber {
    let tenant = store.keep_tenant(tenant);
    let key = MembershipKey { tenant, user: store.users.number(user), of };
    let number = store.memberships.number(key);
    store.memberships.row_mut(number).end(at);
    tenant
}
