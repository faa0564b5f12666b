//! What an event asks of what was recorded before it, and what it leaves.

use crate::{
    command::Hardware,
    event::Event,
    facts::FactKey,
    id::{
        CustomerId, DescriptionId, DeviceId, InvitationId, ObjectId, PartnerId, ProfileId, RoleAssignmentId,
        ServiceRequestId, SubscriptionId, TenantId, WebhookId,
    },
    personal::Erasable,
    text::FeedName,
    vocabulary::{AutopilotPolicy, Pair, Principal, ResourceRole, User},
};
use std::fmt;

/// Something that an event begins, ends or builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
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
    Hardware(Hardware),
    /// A data subject that concerns this customer and this partner.
    TenantsOfSubject(Erasable, Option<CustomerId>, Option<PartnerId>),
    /// The erasure of a subject's personal data.
    Erasure(Erasable),
    /// Names that may be given to the user under that id.
    Description(User, DescriptionId),
    /// A consumer that is there.
    Consumer(User, FeedName),
    /// A webhook that is there, under that id.
    Webhook(User, FeedName, WebhookId),
    /// A webhook that is there, under another id.
    OtherWebhook(User, FeedName, WebhookId),
}

/// What an event asks of a target. Targets that it needs or ends must be there; targets that it begins must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    Needs(Target),
    /// It is there afterwards, whether or not it was before.
    Leaves(Target),
    Excludes(Target),
    Begins(Target),
    Ends(Target),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => write!(f, "{fact:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Precondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(target) | Self::Leaves(target) => write!(f, "it needs {target}"),
            Self::Excludes(target) => write!(f, "it excludes {target}, which is there"),
            Self::Begins(target) => write!(f, "it begins {target}, which is there already"),
            Self::Ends(target) => write!(f, "it ends {target}, which is not there"),
        }
    }
}

fn owner(tenant: TenantId, user: ObjectId) -> User {
    User { tenant, user }
}

/// Calls `each` for all that the event asks and leaves, in its order, until that fails.
pub(super) fn preconditions<E>(event: &Event, mut each: impl FnMut(Precondition) -> Result<(), E>) -> Result<(), E> {
    use Precondition::{Begins, Ends, Excludes, Leaves, Needs};
    match event {
        Event::PartnerRegistered(e) => {
            all([Begins(Target::Tenant(e.partner.into())), Begins(Target::Partner(e.partner))], each)
        }
        Event::CustomerRegistered(e) => {
            all([Begins(Target::Tenant(e.customer.into())), Begins(Target::Customer(e.customer))], each)
        }
        Event::DirectoryRoleAssigned(e) => all(
            [Needs(Target::Tenant(e.tenant)), Begins(Target::Fact(FactKey::DirectoryRole(e.tenant, e.role, e.user)))],
            each,
        ),
        Event::GroupMemberAdded(e) => all(
            [Needs(Target::Partner(e.partner)), Begins(Target::Fact(FactKey::Membership(e.partner, e.group, e.user)))],
            each,
        ),
        Event::GroupMemberRemoved(e) => {
            all([Ends(Target::Fact(FactKey::Membership(e.partner, e.group, e.user)))], each)
        }
        Event::InvitationSent(e) => all(
            [
                Needs(Target::Partner(e.partner)),
                Begins(Target::Invitation(e.invitation)),
                Begins(Target::InvitationOf(e.invitation, e.partner)),
            ],
            each,
        ),
        Event::InvitationAccepted(e) => all(
            [
                Needs(Target::Invitation(e.invitation)),
                Needs(Target::Partner(e.partner)),
                Needs(Target::Customer(e.customer)),
                Needs(Target::InvitationOf(e.invitation, e.partner)),
                Excludes(Target::Withdrawal(e.invitation)),
                Excludes(Target::Declination(e.invitation, e.customer)),
                Begins(Target::Acceptance(e.invitation, e.customer)),
            ],
            each,
        ),
        Event::RelationshipEstablished(e) => all(
            [
                Needs(Target::Customer(e.customer)),
                Needs(Target::Partner(e.partner)),
                Begins(Target::Fact(FactKey::Relationship(Pair { customer: e.customer, partner: e.partner }))),
                Leaves(Target::Fact(FactKey::SupportOwed(Pair { customer: e.customer, partner: e.partner }))),
            ],
            each,
        ),
        Event::RelationshipEnded(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            all([Ends(Target::Fact(FactKey::Relationship(pair))), Excludes(Target::Fact(FactKey::Dap(pair)))], each)
        }
        Event::DapGranted(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            all([Needs(Target::Fact(FactKey::Relationship(pair))), Begins(Target::Fact(FactKey::Dap(pair)))], each)
        }
        Event::DapRevoked(e) => {
            all([Ends(Target::Fact(FactKey::Dap(Pair { customer: e.customer, partner: e.partner })))], each)
        }
        Event::SubscriptionProvisioned(e) => all(
            [
                Needs(Target::Customer(e.customer)),
                Needs(Target::Partner(e.partner)),
                Begins(Target::Subscription(e.subscription)),
                Leaves(Target::SubscriptionOf(e.subscription, e.customer)),
                Leaves(Target::Active(e.subscription, e.customer)),
            ],
            each,
        ),
        Event::SubscriptionRegistered(e) => all(
            [
                Needs(Target::Customer(e.customer)),
                Begins(Target::Subscription(e.subscription)),
                Leaves(Target::SubscriptionOf(e.subscription, e.customer)),
                Leaves(Target::Active(e.subscription, e.customer)),
            ],
            each,
        ),
        Event::RoleAssigned(e) => all(
            [
                Needs(Target::Subscription(e.subscription)),
                Needs(Target::Active(e.subscription, e.customer)),
                Needs(Target::Tenant(e.principal.tenant())),
                Begins(Target::RoleAssignmentId(e.role_assignment)),
                Begins(Target::Role(e.subscription, e.principal, e.role)),
                Begins(Target::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
            ],
            each,
        ),
        Event::RoleAssignmentRemoved(e) => all(
            [
                Ends(Target::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
                Ends(Target::Role(e.subscription, e.principal, e.role)),
                Needs(Target::SubscriptionOf(e.subscription, e.customer)),
            ],
            each,
        ),
        Event::DeviceAdded(e) => all(
            [
                Needs(Target::Customer(e.customer)),
                Begins(Target::DeviceId(e.device)),
                Begins(Target::Hardware(e.hardware.clone())),
                Leaves(Target::Device(e.device, e.customer)),
            ],
            each,
        ),
        Event::DirectoryRoleRemoved(e) => {
            all([Ends(Target::Fact(FactKey::DirectoryRole(e.tenant, e.role, e.user)))], each)
        }
        Event::InvitationWithdrawn(e) => {
            all([Needs(Target::InvitationOf(e.invitation, e.partner)), Begins(Target::Withdrawal(e.invitation))], each)
        }
        Event::InvitationDeclined(e) => all(
            [
                Needs(Target::InvitationOf(e.invitation, e.partner)),
                Needs(Target::Customer(e.customer)),
                Excludes(Target::Withdrawal(e.invitation)),
                Excludes(Target::Acceptance(e.invitation, e.customer)),
                Begins(Target::Declination(e.invitation, e.customer)),
            ],
            each,
        ),
        Event::ContractRenegotiated(e) => {
            all([Ends(Target::Fact(FactKey::SupportOwed(Pair { customer: e.customer, partner: e.partner })))], each)
        }
        Event::ServiceRequestOpened(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            all(
                [Needs(Target::Fact(FactKey::SupportOwed(pair))), Begins(Target::ServiceRequest(e.service_request))],
                each,
            )
        }
        Event::SubscriptionRenewed(e) => all([Needs(Target::Active(e.subscription, e.customer))], each),
        Event::SubscriptionCancelled(e) => all([Ends(Target::Active(e.subscription, e.customer))], each),
        Event::DeviceUpdated(e) => all([Needs(Target::Device(e.device, e.customer))], each),
        Event::DeviceRemoved(e) => all([Ends(Target::Device(e.device, e.customer))], each),
        Event::ProfileCreated(e) => all(
            [
                Needs(Target::Customer(e.customer)),
                Begins(Target::ProfileId(e.profile)),
                Leaves(Target::Profile(e.profile, e.customer)),
            ],
            each,
        ),
        Event::ProfileUpdated(e) => all([Needs(Target::Profile(e.profile, e.customer))], each),
        Event::ProfileDeleted(e) => all(
            [Excludes(Target::ProfileInUse(e.profile, e.customer)), Ends(Target::Profile(e.profile, e.customer))],
            each,
        ),
        Event::ProfileApplied(e) => {
            let of = |device: &DeviceId| {
                [Needs(Target::Device(*device, e.customer)), Leaves(Target::Applied(e.profile, *device))]
            };
            each(Needs(Target::Profile(e.profile, e.customer)))?;
            e.devices.iter().flat_map(of).try_for_each(each)
        }
        Event::ProfileRemoved(e) => {
            let of = |device: &DeviceId| {
                [Ends(Target::Applied(e.profile, *device)), Needs(Target::Device(*device, e.customer))]
            };
            e.devices.iter().flat_map(of).try_for_each(each)
        }
        Event::AutopilotPolicyAdopted(e) => {
            all([Excludes(Target::Policy(e.policy)), Leaves(Target::Policy(e.policy))], each)
        }
        Event::PersonalDataErased(e) => all(
            [Needs(Target::TenantsOfSubject(e.subject, e.customer, e.partner)), Begins(Target::Erasure(e.subject))],
            each,
        ),
        Event::UserDescribed(e) => {
            let user = owner(e.tenant, e.user);
            all([Needs(Target::Tenant(e.tenant)), Needs(Target::Description(user, e.description))], each)
        }
        Event::ConsumerSet(e) => all([Leaves(Target::Consumer(owner(e.tenant, e.user), e.name.clone()))], each),
        Event::ConsumerDeleted(e) => all([Ends(Target::Consumer(owner(e.tenant, e.user), e.name.clone()))], each),
        Event::WebhookSet(e) => {
            let owner = owner(e.tenant, e.user);
            all(
                [
                    Excludes(Target::OtherWebhook(owner, e.name.clone(), e.webhook)),
                    Leaves(Target::Webhook(owner, e.name.clone(), e.webhook)),
                ],
                each,
            )
        }
        Event::WebhookDeleted(e) => {
            all([Ends(Target::Webhook(owner(e.tenant, e.user), e.name.clone(), e.webhook))], each)
        }
    }
}

fn all<const N: usize, E>(
    preconditions: [Precondition; N],
    each: impl FnMut(Precondition) -> Result<(), E>,
) -> Result<(), E> {
    preconditions.into_iter().try_for_each(each)
}
