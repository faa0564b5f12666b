//! What an event asks of what was recorded before it, and what it leaves.

use crate::{
    command::Hardware,
    event::Event,
    facts::FactKey,
    id::{
        CustomerId, DeviceId, InvitationId, PartnerId, ProfileId, RoleAssignmentId, ServiceRequestId, SubscriptionId,
        TenantId,
    },
    personal::DataSubject,
    vocabulary::{AutopilotPolicy, Pair, Principal, ResourceRole},
};
use std::{borrow::Cow, fmt};

/// Something that an event begins, ends or builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'e> {
    Tenant(TenantId),
    Partner(PartnerId),
    Customer(CustomerId),
    /// A fact that stands or does not.
    Fact(FactKey),
    Invitation(InvitationId),
    /// An invitation of that partner.
    InvitationOf(InvitationId, PartnerId),
    /// A customer's acceptance of an invitation.
    Acceptance(InvitationId, CustomerId),
    Subscription(SubscriptionId),
    /// A subscription in that customer's tenant.
    SubscriptionOf(SubscriptionId, CustomerId),
    /// A role that is held, under any id.
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
    /// A subscription that is not cancelled, in that customer's tenant.
    Active(SubscriptionId, CustomerId),
    /// A customer's declining an invitation.
    Declination(InvitationId, CustomerId),
    /// The taking back of an invitation.
    Withdrawal(InvitationId),
    Hardware(Cow<'e, Hardware>),
    /// A data subject that concerns this customer and this partner.
    TenantsOfSubject(DataSubject, Option<CustomerId>, Option<PartnerId>),
    /// The erasure of a subject's personal data.
    Erasure(DataSubject),
}

impl Target<'_> {
    fn into_owned(self) -> Target<'static> {
        match self {
            Self::Hardware(hardware) => Target::Hardware(Cow::Owned(hardware.into_owned())),
            Self::Tenant(a) => Target::Tenant(a),
            Self::Partner(a) => Target::Partner(a),
            Self::Customer(a) => Target::Customer(a),
            Self::Fact(a) => Target::Fact(a),
            Self::Invitation(a) => Target::Invitation(a),
            Self::InvitationOf(a, b) => Target::InvitationOf(a, b),
            Self::Acceptance(a, b) => Target::Acceptance(a, b),
            Self::Subscription(a) => Target::Subscription(a),
            Self::SubscriptionOf(a, b) => Target::SubscriptionOf(a, b),
            Self::Role(a, b, c) => Target::Role(a, b, c),
            Self::RoleAssignment(a, b, c, d) => Target::RoleAssignment(a, b, c, d),
            Self::RoleAssignmentId(a) => Target::RoleAssignmentId(a),
            Self::DeviceId(a) => Target::DeviceId(a),
            Self::Device(a, b) => Target::Device(a, b),
            Self::ProfileId(a) => Target::ProfileId(a),
            Self::Profile(a, b) => Target::Profile(a, b),
            Self::ProfileInUse(a, b) => Target::ProfileInUse(a, b),
            Self::Policy(a) => Target::Policy(a),
            Self::ServiceRequest(a) => Target::ServiceRequest(a),
            Self::Applied(a, b) => Target::Applied(a, b),
            Self::Active(a, b) => Target::Active(a, b),
            Self::Declination(a, b) => Target::Declination(a, b),
            Self::Withdrawal(a) => Target::Withdrawal(a),
            Self::TenantsOfSubject(a, b, c) => Target::TenantsOfSubject(a, b, c),
            Self::Erasure(a) => Target::Erasure(a),
        }
    }
}

/// What an event asks of a target. Targets that it needs or ends must be there; targets that it begins must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition<'e> {
    Needs(Target<'e>),
    /// It is there afterwards, whether or not it was before.
    Leaves(Target<'e>),
    Excludes(Target<'e>),
    Begins(Target<'e>),
    Ends(Target<'e>),
}

impl Precondition<'_> {
    /// The same, on its own.
    pub(super) fn into_owned(self) -> Precondition<'static> {
        match self {
            Self::Needs(target) => Precondition::Needs(target.into_owned()),
            Self::Leaves(target) => Precondition::Leaves(target.into_owned()),
            Self::Excludes(target) => Precondition::Excludes(target.into_owned()),
            Self::Begins(target) => Precondition::Begins(target.into_owned()),
            Self::Ends(target) => Precondition::Ends(target.into_owned()),
        }
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => write!(f, "{fact:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Precondition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(target) | Self::Leaves(target) => write!(f, "it needs {target}"),
            Self::Excludes(target) => write!(f, "it excludes {target}, which is there"),
            Self::Begins(target) => write!(f, "it begins {target}, which is there already"),
            Self::Ends(target) => write!(f, "it ends {target}, which is not there"),
        }
    }
}

/// All that the event asks and leaves, in its order.
pub(super) fn preconditions(event: &Event) -> Vec<Precondition<'_>> {
    use Precondition::{Begins, Ends, Excludes, Leaves, Needs};
    match event {
        Event::PartnerRegistered(e) => {
            vec![Begins(Target::Tenant(e.partner.into())), Begins(Target::Partner(e.partner))]
        }
        Event::CustomerRegistered(e) => {
            vec![Begins(Target::Tenant(e.customer.into())), Begins(Target::Customer(e.customer))]
        }
        Event::DirectoryRoleAssigned(e) => {
            vec![
                Needs(Target::Tenant(e.tenant)),
                Begins(Target::Fact(FactKey::DirectoryRole(e.tenant, e.role, e.user))),
            ]
        }
        Event::GroupMemberAdded(e) => {
            vec![
                Needs(Target::Partner(e.partner)),
                Begins(Target::Fact(FactKey::Membership(e.partner, e.group, e.user))),
            ]
        }
        Event::GroupMemberRemoved(e) => vec![Ends(Target::Fact(FactKey::Membership(e.partner, e.group, e.user)))],
        Event::InvitationSent(e) => vec![
            Needs(Target::Partner(e.partner)),
            Begins(Target::Invitation(e.invitation)),
            Begins(Target::InvitationOf(e.invitation, e.partner)),
        ],
        Event::InvitationAccepted(e) => vec![
            Needs(Target::Invitation(e.invitation)),
            Needs(Target::Partner(e.partner)),
            Needs(Target::Customer(e.customer)),
            Needs(Target::InvitationOf(e.invitation, e.partner)),
            Excludes(Target::Withdrawal(e.invitation)),
            Excludes(Target::Declination(e.invitation, e.customer)),
            Begins(Target::Acceptance(e.invitation, e.customer)),
        ],
        Event::RelationshipEstablished(e) => vec![
            Needs(Target::Customer(e.customer)),
            Needs(Target::Partner(e.partner)),
            Begins(Target::Fact(FactKey::Relationship(Pair { customer: e.customer, partner: e.partner }))),
            Leaves(Target::Fact(FactKey::SupportOwed(Pair { customer: e.customer, partner: e.partner }))),
        ],
        Event::RelationshipEnded(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Ends(Target::Fact(FactKey::Relationship(pair))), Excludes(Target::Fact(FactKey::Dap(pair)))]
        }
        Event::DapGranted(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Needs(Target::Fact(FactKey::Relationship(pair))), Begins(Target::Fact(FactKey::Dap(pair)))]
        }
        Event::DapRevoked(e) => {
            vec![Ends(Target::Fact(FactKey::Dap(Pair { customer: e.customer, partner: e.partner })))]
        }
        Event::SubscriptionProvisioned(e) => vec![
            Needs(Target::Customer(e.customer)),
            Needs(Target::Partner(e.partner)),
            Begins(Target::Subscription(e.subscription)),
            Leaves(Target::SubscriptionOf(e.subscription, e.customer)),
            Leaves(Target::Active(e.subscription, e.customer)),
        ],
        Event::SubscriptionRegistered(e) => vec![
            Needs(Target::Customer(e.customer)),
            Begins(Target::Subscription(e.subscription)),
            Leaves(Target::SubscriptionOf(e.subscription, e.customer)),
            Leaves(Target::Active(e.subscription, e.customer)),
        ],
        Event::RoleAssigned(e) => vec![
            Needs(Target::Subscription(e.subscription)),
            Needs(Target::Active(e.subscription, e.customer)),
            Needs(Target::Tenant(e.principal.tenant())),
            Begins(Target::RoleAssignmentId(e.role_assignment)),
            Begins(Target::Role(e.subscription, e.principal, e.role)),
            Begins(Target::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
        ],
        Event::RoleAssignmentRemoved(e) => vec![
            Ends(Target::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
            Ends(Target::Role(e.subscription, e.principal, e.role)),
            Needs(Target::SubscriptionOf(e.subscription, e.customer)),
        ],
        Event::DeviceAdded(e) => vec![
            Needs(Target::Customer(e.customer)),
            Begins(Target::DeviceId(e.device)),
            Begins(Target::Hardware(Cow::Borrowed(&e.hardware))),
            Leaves(Target::Device(e.device, e.customer)),
        ],
        Event::DirectoryRoleRemoved(e) => vec![Ends(Target::Fact(FactKey::DirectoryRole(e.tenant, e.role, e.user)))],
        Event::InvitationWithdrawn(e) => {
            vec![Needs(Target::InvitationOf(e.invitation, e.partner)), Begins(Target::Withdrawal(e.invitation))]
        }
        Event::InvitationDeclined(e) => vec![
            Needs(Target::InvitationOf(e.invitation, e.partner)),
            Needs(Target::Customer(e.customer)),
            Excludes(Target::Withdrawal(e.invitation)),
            Excludes(Target::Acceptance(e.invitation, e.customer)),
            Begins(Target::Declination(e.invitation, e.customer)),
        ],
        Event::ContractRenegotiated(e) => {
            vec![Ends(Target::Fact(FactKey::SupportOwed(Pair { customer: e.customer, partner: e.partner })))]
        }
        Event::ServiceRequestOpened(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Needs(Target::Fact(FactKey::SupportOwed(pair))), Begins(Target::ServiceRequest(e.service_request))]
        }
        Event::SubscriptionRenewed(e) => vec![Needs(Target::Active(e.subscription, e.customer))],
        Event::SubscriptionCancelled(e) => vec![Ends(Target::Active(e.subscription, e.customer))],
        Event::DeviceUpdated(e) => vec![Needs(Target::Device(e.device, e.customer))],
        Event::DeviceRemoved(e) => vec![Ends(Target::Device(e.device, e.customer))],
        Event::ProfileCreated(e) => vec![
            Needs(Target::Customer(e.customer)),
            Begins(Target::ProfileId(e.profile)),
            Leaves(Target::Profile(e.profile, e.customer)),
        ],
        Event::ProfileUpdated(e) => vec![Needs(Target::Profile(e.profile, e.customer))],
        Event::ProfileDeleted(e) => {
            vec![Excludes(Target::ProfileInUse(e.profile, e.customer)), Ends(Target::Profile(e.profile, e.customer))]
        }
        Event::ProfileApplied(e) => {
            let of = |device: &DeviceId| {
                [Needs(Target::Device(*device, e.customer)), Leaves(Target::Applied(e.profile, *device))]
            };
            [Needs(Target::Profile(e.profile, e.customer))].into_iter().chain(e.devices.iter().flat_map(of)).collect()
        }
        Event::ProfileRemoved(e) => {
            let of = |device: &DeviceId| {
                [Ends(Target::Applied(e.profile, *device)), Needs(Target::Device(*device, e.customer))]
            };
            e.devices.iter().flat_map(of).collect()
        }
        Event::AutopilotPolicyAdopted(e) => vec![Excludes(Target::Policy(e.policy)), Leaves(Target::Policy(e.policy))],
        Event::PersonalDataErased(e) => {
            vec![Needs(Target::TenantsOfSubject(e.subject, e.customer, e.partner)), Begins(Target::Erasure(e.subject))]
        }
    }
}
