//! Whether a commit follows from what was recorded before it: what its events need is there, what they begin is not.

use super::{Committed, FoldError, State};
use crate::{
    command::Hardware,
    event::Event,
    id::{
        CustomerId, DeviceId, InvitationId, ObjectId, PartnerId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    personal::DataSubject,
    temporal::Position,
    vocabulary::{AutopilotPolicy, DirectoryRole, Pair, PartnerGroup, Principal, ResourceRole, TenantKind},
};
use std::fmt;

/// Something that an event begins, ends or builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing<'e> {
    Tenant(TenantId),
    Partner(PartnerId),
    Customer(CustomerId),
    DirectoryRole(TenantId, DirectoryRole, ObjectId),
    Member(PartnerId, PartnerGroup, ObjectId),
    Invitation(InvitationId),
    /// An invitation of that partner.
    InvitationOf(InvitationId, PartnerId),
    /// A customer's acceptance of an invitation.
    Acceptance(InvitationId, CustomerId),
    Relationship(Pair),
    Dap(Pair),
    Subscription(SubscriptionId),
    /// A subscription in that customer's tenant.
    SubscriptionOf(SubscriptionId, CustomerId),
    /// A role that is held, under whatever id.
    Role(SubscriptionId, Principal, ResourceRole),
    /// A role assignment that is in force.
    RoleAssignment(RoleAssignmentId, SubscriptionId, Principal, ResourceRole),
    /// The id of one, in force or not.
    RoleAssignmentId(RoleAssignmentId),
    /// The id of a device, there or removed.
    DeviceId(DeviceId),
    /// A device that is there, in that customer's tenant.
    Device(DeviceId, CustomerId),
    /// The id of a profile, there or deleted.
    ProfileId(ProfileId),
    /// A profile that is there, in that customer's tenant.
    Profile(ProfileId, CustomerId),
    /// A profile that is applied to a device of that customer.
    ProfileInUse(ProfileId, CustomerId),
    /// The policy in force.
    Policy(AutopilotPolicy),
    /// The id of a service request.
    ServiceRequest(ServiceRequestId),
    /// A profile applied to a device.
    Applied(ProfileId, DeviceId),
    /// The support that a partner owes.
    Owed(Pair),
    /// A subscription that is not cancelled, in that customer's tenant.
    Active(SubscriptionId, CustomerId),
    /// A customer's declining an invitation.
    Declination(InvitationId, CustomerId),
    /// The taking back of an invitation.
    Withdrawal(InvitationId),
    Hardware(&'e Hardware),
    /// A data subject that concerns this customer and this partner.
    Concerned(DataSubject, Option<CustomerId>, Option<PartnerId>),
    /// The erasure of a subject's personal data.
    Erasure(DataSubject),
}

/// What an event does with a thing. It fits where what it needs or ends is there, and what it begins is not.
#[derive(Debug, Clone, Copy)]
enum Effect<'e> {
    Needs(Thing<'e>),
    /// It is there afterwards, whether or not it was before.
    Leaves(Thing<'e>),
    Excludes(Thing<'e>),
    Begins(Thing<'e>),
    Ends(Thing<'e>),
}

impl fmt::Display for Effect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(thing) | Self::Leaves(thing) => write!(f, "it needs {thing:?}"),
            Self::Excludes(thing) => write!(f, "it excludes {thing:?}, which is there"),
            Self::Begins(thing) => write!(f, "it begins {thing:?}, which is there already"),
            Self::Ends(thing) => write!(f, "it ends {thing:?}, which is not there"),
        }
    }
}

impl State {
    /// Whether the commit fits.
    ///
    /// # Errors
    /// [`FoldError`] says what does not.
    pub(super) fn fits(&self, commit: &Committed) -> Result<(), FoldError> {
        let (head, newest) = (self.timeline.head(), self.timeline.newest());
        let Committed { first, at, .. } = *commit;
        if first.0 != head.0 + 1 || newest.is_some_and(|newest| at <= newest) {
            return Err(FoldError::NotNext { first, at, head, newest });
        }
        // What the commit itself has begun (true) and ended (false) so far, oldest first.
        let mut changed: Vec<(Thing, bool)> = Vec::new();
        for (at, event) in commit.positioned() {
            for effect in effects(event) {
                let thing = match effect {
                    Effect::Needs(thing) | Effect::Excludes(thing) | Effect::Begins(thing) | Effect::Ends(thing) => {
                        thing
                    }
                    Effect::Leaves(thing) => {
                        changed.push((thing, true));
                        continue;
                    }
                };
                let change = changed.iter().rev().find(|(changed, _)| *changed == thing);
                let there = change.map_or_else(|| self.has(thing), |(_, there)| *there);
                if there != matches!(effect, Effect::Needs(_) | Effect::Ends(_)) {
                    return Err(FoldError::Unfit { event: at, what: effect.to_string() });
                }
                match effect {
                    Effect::Begins(thing) => changed.push((thing, true)),
                    Effect::Ends(thing) => changed.push((thing, false)),
                    Effect::Needs(_) | Effect::Excludes(_) | Effect::Leaves(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Whether the thing is there now: registered, in force, or made, for ever.
    fn has(&self, thing: Thing) -> bool {
        let now = Position(u64::MAX);
        match thing {
            Thing::Tenant(tenant) => self.tenants.contains_key(&tenant),
            Thing::Partner(partner) => self.kind(partner.into()) == Some(TenantKind::Partner),
            Thing::Customer(customer) => self.kind(customer.into()) == Some(TenantKind::Customer),
            Thing::DirectoryRole(tenant, role, user) => {
                self.tenants.get(&tenant).is_some_and(|tenant| tenant.directory_role(role, user, now).is_in_force())
            }
            Thing::Member(partner, group, user) => {
                let tenant = self.tenants.get(&partner.into());
                tenant.is_some_and(|tenant| tenant.membership(group, user, now).is_in_force())
            }
            Thing::Invitation(invitation) => self.invitations.contains_key(&invitation),
            Thing::InvitationOf(invitation, partner) => {
                self.invitations.get(&invitation).is_some_and(|invitation| invitation.partner == partner)
            }
            Thing::Acceptance(invitation, customer) => {
                let invitation = self.invitations.get(&invitation);
                invitation.is_some_and(|invitation| invitation.accepted(now).any(|(by, _)| by == customer))
            }
            Thing::Relationship(pair) => self.between(pair).is_some_and(|r| r.relationship(now).is_in_force()),
            Thing::Dap(pair) => self.between(pair).is_some_and(|r| r.dap(now).is_in_force()),
            Thing::Subscription(subscription) => self.subscriptions.contains_key(&subscription),
            Thing::SubscriptionOf(subscription, customer) => {
                self.subscriptions.get(&subscription).is_some_and(|subscription| subscription.customer == customer)
            }
            Thing::Role(subscription, principal, role) => {
                let subscription = self.subscriptions.get(&subscription);
                subscription.is_some_and(|subscription| subscription.assignment(principal, role, now).is_some())
            }
            Thing::RoleAssignment(assignment, subscription, principal, role) => {
                let found = self.role_assignment_in_force(assignment, now);
                found.is_some_and(|(found, of, as_role, _)| (found.id, of, as_role) == (subscription, principal, role))
            }
            Thing::RoleAssignmentId(assignment) => self.role_assignments.contains_key(&assignment),
            Thing::DeviceId(device) => self.devices.contains_key(&device),
            Thing::Device(device, customer) => {
                self.devices.get(&device).is_some_and(|device| device.customer == customer && device.is_there(now))
            }
            Thing::ProfileId(profile) => self.profiles.contains_key(&profile),
            Thing::Profile(profile, customer) => {
                let profile = self.profiles.get(&profile);
                profile.is_some_and(|profile| profile.customer == customer && profile.content(now).is_some())
            }
            Thing::ProfileInUse(profile, customer) => {
                self.devices_of(customer).any(|device| device.profile(now) == Some(profile))
            }
            Thing::Policy(policy) => {
                let adopted = self.autopilot_policy.at(now).map(|period| period.value);
                adopted.unwrap_or(AutopilotPolicy::Relationship) == policy
            }
            Thing::ServiceRequest(id) => self.service_requests.contains_key(&id),
            Thing::Applied(profile, device) => {
                self.devices.get(&device).is_some_and(|device| device.profile(now) == Some(profile))
            }
            Thing::Owed(pair) => self.between(pair).is_some_and(|r| r.owed.standing(now).is_in_force()),
            Thing::Active(subscription, customer) => {
                let subscription = self.subscriptions.get(&subscription);
                subscription.is_some_and(|s| s.customer == customer && s.active(now).is_in_force())
            }
            Thing::Declination(invitation, customer) => {
                let invitation = self.invitations.get(&invitation);
                invitation.is_some_and(|invitation| invitation.declined(now).any(|(by, _)| by == customer))
            }
            Thing::Withdrawal(invitation) => {
                self.invitations.get(&invitation).is_some_and(|invitation| invitation.withdrawn(now).is_some())
            }
            Thing::Hardware(hardware) => self.hardware.contains_key(hardware),
            Thing::Concerned(subject, customer, partner) => self.concerned(subject) == Some((customer, partner)),
            Thing::Erasure(subject) => self.erased.contains_key(&subject),
        }
    }
}

fn effects(event: &Event) -> Vec<Effect<'_>> {
    use Effect::{Begins, Ends, Excludes, Leaves, Needs};
    match event {
        Event::PartnerRegistered(e) => vec![Begins(Thing::Tenant(e.partner.into())), Begins(Thing::Partner(e.partner))],
        Event::CustomerRegistered(e) => {
            vec![Begins(Thing::Tenant(e.customer.into())), Begins(Thing::Customer(e.customer))]
        }
        Event::DirectoryRoleAssigned(e) => {
            vec![Needs(Thing::Tenant(e.tenant)), Begins(Thing::DirectoryRole(e.tenant, e.role, e.user))]
        }
        Event::GroupMemberAdded(e) => {
            vec![Needs(Thing::Partner(e.partner)), Begins(Thing::Member(e.partner, e.group, e.user))]
        }
        Event::GroupMemberRemoved(e) => vec![Ends(Thing::Member(e.partner, e.group, e.user))],
        Event::InvitationSent(e) => vec![
            Needs(Thing::Partner(e.partner)),
            Begins(Thing::Invitation(e.invitation)),
            Begins(Thing::InvitationOf(e.invitation, e.partner)),
        ],
        Event::InvitationAccepted(e) => vec![
            Needs(Thing::Invitation(e.invitation)),
            Needs(Thing::Partner(e.partner)),
            Needs(Thing::Customer(e.customer)),
            Needs(Thing::InvitationOf(e.invitation, e.partner)),
            Excludes(Thing::Withdrawal(e.invitation)),
            Excludes(Thing::Declination(e.invitation, e.customer)),
            Begins(Thing::Acceptance(e.invitation, e.customer)),
        ],
        Event::RelationshipEstablished(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Needs(Thing::Partner(e.partner)),
            Begins(Thing::Relationship(Pair { customer: e.customer, partner: e.partner })),
            Leaves(Thing::Owed(Pair { customer: e.customer, partner: e.partner })),
        ],
        Event::RelationshipEnded(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Ends(Thing::Relationship(pair)), Excludes(Thing::Dap(pair))]
        }
        Event::DapGranted(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Needs(Thing::Relationship(pair)), Begins(Thing::Dap(pair))]
        }
        Event::DapRevoked(e) => vec![Ends(Thing::Dap(Pair { customer: e.customer, partner: e.partner }))],
        Event::SubscriptionProvisioned(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Needs(Thing::Partner(e.partner)),
            Begins(Thing::Subscription(e.subscription)),
            Leaves(Thing::SubscriptionOf(e.subscription, e.customer)),
            Leaves(Thing::Active(e.subscription, e.customer)),
        ],
        Event::SubscriptionRegistered(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Begins(Thing::Subscription(e.subscription)),
            Leaves(Thing::SubscriptionOf(e.subscription, e.customer)),
            Leaves(Thing::Active(e.subscription, e.customer)),
        ],
        Event::RoleAssigned(e) => vec![
            Needs(Thing::Subscription(e.subscription)),
            Needs(Thing::Active(e.subscription, e.customer)),
            Needs(Thing::Tenant(e.principal.tenant())),
            Begins(Thing::RoleAssignmentId(e.role_assignment)),
            Begins(Thing::Role(e.subscription, e.principal, e.role)),
            Begins(Thing::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
        ],
        Event::RoleAssignmentRemoved(e) => vec![
            Ends(Thing::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
            Ends(Thing::Role(e.subscription, e.principal, e.role)),
            Needs(Thing::SubscriptionOf(e.subscription, e.customer)),
        ],
        Event::DeviceAdded(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Begins(Thing::DeviceId(e.device)),
            Begins(Thing::Hardware(&e.hardware)),
            Leaves(Thing::Device(e.device, e.customer)),
        ],
        Event::DirectoryRoleRemoved(e) => vec![Ends(Thing::DirectoryRole(e.tenant, e.role, e.user))],
        Event::InvitationWithdrawn(e) => {
            vec![Needs(Thing::InvitationOf(e.invitation, e.partner)), Begins(Thing::Withdrawal(e.invitation))]
        }
        Event::InvitationDeclined(e) => vec![
            Needs(Thing::InvitationOf(e.invitation, e.partner)),
            Needs(Thing::Customer(e.customer)),
            Excludes(Thing::Withdrawal(e.invitation)),
            Excludes(Thing::Acceptance(e.invitation, e.customer)),
            Begins(Thing::Declination(e.invitation, e.customer)),
        ],
        Event::ContractRenegotiated(e) => {
            vec![Ends(Thing::Owed(Pair { customer: e.customer, partner: e.partner }))]
        }
        Event::ServiceRequestOpened(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Needs(Thing::Owed(pair)), Begins(Thing::ServiceRequest(e.service_request))]
        }
        Event::SubscriptionRenewed(e) => vec![Needs(Thing::Active(e.subscription, e.customer))],
        Event::SubscriptionCancelled(e) => vec![Ends(Thing::Active(e.subscription, e.customer))],
        Event::DeviceUpdated(e) => vec![Needs(Thing::Device(e.device, e.customer))],
        Event::DeviceRemoved(e) => vec![Ends(Thing::Device(e.device, e.customer))],
        Event::ProfileCreated(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Begins(Thing::ProfileId(e.profile)),
            Leaves(Thing::Profile(e.profile, e.customer)),
        ],
        Event::ProfileUpdated(e) => vec![Needs(Thing::Profile(e.profile, e.customer))],
        Event::ProfileDeleted(e) => {
            vec![Excludes(Thing::ProfileInUse(e.profile, e.customer)), Ends(Thing::Profile(e.profile, e.customer))]
        }
        Event::ProfileApplied(e) => {
            let of = |device: &DeviceId| {
                [Needs(Thing::Device(*device, e.customer)), Leaves(Thing::Applied(e.profile, *device))]
            };
            [Needs(Thing::Profile(e.profile, e.customer))].into_iter().chain(e.devices.iter().flat_map(of)).collect()
        }
        Event::ProfileRemoved(e) => {
            let of = |device: &DeviceId| {
                [Ends(Thing::Applied(e.profile, *device)), Needs(Thing::Device(*device, e.customer))]
            };
            e.devices.iter().flat_map(of).collect()
        }
        Event::AutopilotPolicyAdopted(e) => vec![Excludes(Thing::Policy(e.policy)), Leaves(Thing::Policy(e.policy))],
        Event::PersonalDataErased(e) => {
            vec![Needs(Thing::Concerned(e.subject, e.customer, e.partner)), Begins(Thing::Erasure(e.subject))]
        }
    }
}
