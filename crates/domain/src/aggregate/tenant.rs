//! A tenant: who holds its directory roles and, if it is a partner, who is in its groups.

use crate::{
    access::Permit,
    command::{
        AddGroupMember, AssignDirectoryRole, RegisterCustomer, RegisterPartner, RemoveDirectoryRole, RemoveGroupMember,
    },
    counted::ask,
    event::{
        CustomerRegistered, DirectoryRoleAssigned, DirectoryRoleRemoved, Event, GroupMemberAdded, GroupMemberRemoved,
        PartnerRegistered,
    },
    id::{Id, ObjectId, TenantId},
    refusal::Refusal,
    temporal::{EventRef, Periods, Position, Standing},
    text::{DomainName, Name},
    vocabulary::{DirectoryRole, PartnerGroup, TenantKind},
};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct Tenant {
    pub id: TenantId,
    /// What it is registered as.
    pub kind: TenantKind,
    pub name: Name,
    pub domain: DomainName,
    /// The event that registered it.
    pub registered: EventRef,
    directory_roles: BTreeMap<(DirectoryRole, ObjectId), Periods>,
    groups: BTreeMap<(PartnerGroup, ObjectId), Periods>,
    /// How many users hold each directory role now.
    holders: BTreeMap<DirectoryRole, usize>,
}

impl Tenant {
    /// Registers a partner (TEN-1): `existing` is the tenant of that id, if it is registered.
    pub fn decide_partner(existing: Option<&Self>, command: &RegisterPartner) -> Result<Vec<Event>, Refusal> {
        let RegisterPartner { partner, name, domain, global_administrator } = command.clone();
        Self::first(existing, PartnerRegistered { partner, name, domain }.into(), partner.into(), global_administrator)
    }

    /// Registers a customer (TEN-1): `existing` is the tenant of that id, if it is registered.
    pub fn decide_customer(existing: Option<&Self>, command: &RegisterCustomer) -> Result<Vec<Event>, Refusal> {
        let RegisterCustomer { customer, name, domain, global_administrator } = command.clone();
        let registered = CustomerRegistered { customer, name, domain }.into();
        Self::first(existing, registered, customer.into(), global_administrator)
    }

    fn first(
        existing: Option<&Self>,
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
        let AddGroupMember { partner, group, user } = *command;
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
        let AssignDirectoryRole { tenant, user, role } = *command;
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
        if role == DirectoryRole::GlobalAdministrator && self.holders.get(&role) == Some(&1) {
            return Err(Refusal::LastGlobalAdministrator);
        }
        Ok(vec![DirectoryRoleRemoved { tenant, user, role }.into()])
    }

    /// A tenant as it is registered.
    pub(crate) fn registered(id: TenantId, kind: TenantKind, name: Name, domain: DomainName, at: EventRef) -> Self {
        let (directory_roles, groups, holders) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { id, kind, name, domain, registered: at, directory_roles, groups, holders }
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::DirectoryRoleAssigned(DirectoryRoleAssigned { user, role, .. }) => {
                self.directory_roles.entry((*role, *user)).or_default().begin((), at);
                *self.holders.entry(*role).or_default() += 1;
            }
            Event::DirectoryRoleRemoved(DirectoryRoleRemoved { user, role, .. }) => {
                self.directory_roles.entry((*role, *user)).or_default().end(at);
                self.holders.entry(*role).and_modify(|holders| *holders -= 1);
            }
            Event::GroupMemberAdded(GroupMemberAdded { group, user, .. }) => {
                self.groups.entry((*group, *user)).or_default().begin((), at);
            }
            Event::GroupMemberRemoved(GroupMemberRemoved { group, user, .. }) => {
                self.groups.entry((*group, *user)).or_default().end(at);
            }
            _ => {}
        }
    }

    /// Whether the user holds the role, explicitly.
    pub fn directory_role(&self, role: DirectoryRole, user: ObjectId, at: Position) -> Standing {
        self.directory_roles.get(&(role, user)).map_or(Standing::Never, |periods| periods.standing(at))
    }

    /// Whether the user is in the group.
    pub fn membership(&self, group: PartnerGroup, user: ObjectId, at: Position) -> Standing {
        self.groups.get(&(group, user)).map_or(Standing::Never, |periods| periods.standing(at))
    }

    /// Every user, from that one on, that was ever in this group, and when.
    pub fn members_ever(&self, group: PartnerGroup, from: ObjectId) -> impl Iterator<Item = (ObjectId, &Periods)> {
        self.groups.range((group, from)..=(group, ObjectId::MAX)).map(|((_, user), periods)| {
            ask();
            (*user, periods)
        })
    }

    /// When the user held the role explicitly.
    pub fn directory_role_periods(&self, role: DirectoryRole, user: ObjectId) -> Option<&Periods> {
        self.directory_roles.get(&(role, user))
    }

    /// Every user, from that one on, that ever held this role explicitly, and when.
    pub fn holders_ever(&self, role: DirectoryRole, from: ObjectId) -> impl Iterator<Item = (ObjectId, &Periods)> {
        let all = (role, from)..=(role, ObjectId::MAX);
        self.directory_roles.range(all).map(|((_, user), periods)| {
            ask();
            (*user, periods)
        })
    }

    /// Every explicit directory role that was ever held: role, user, when.
    pub fn directory_roles(&self) -> impl Iterator<Item = (DirectoryRole, ObjectId, &Periods)> {
        self.directory_roles.iter().map(|((role, user), periods)| (*role, *user, periods))
    }
}
