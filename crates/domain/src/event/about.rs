//! What an event is about: which tenants it concerns, and what it made.

use super::{DeviceAdded, Event};
use crate::{
    id::{CustomerId, DeviceId, ProfileId, SubscriptionId, TenantId},
    personal::{DataSubject, Erasable},
    vocabulary::{DeviceOrigin, Principal, User},
};
use std::slice;
use uuid::Uuid;

/// The sides that an event names.
struct Sides {
    customer: Option<CustomerId>,
    /// The partner, the tenant, or the tenant of a role's holder.
    other: Option<TenantId>,
}

impl Sides {
    fn customer(customer: CustomerId) -> Self {
        Self { customer: Some(customer), other: None }
    }

    fn tenant(tenant: impl Into<TenantId>) -> Self {
        Self { customer: None, other: Some(tenant.into()) }
    }

    fn both(customer: CustomerId, other: impl Into<TenantId>) -> Self {
        Self { customer: Some(customer), other: Some(other.into()) }
    }
}

impl Event {
    fn sides(&self) -> Sides {
        match self {
            Self::PartnerRegistered(e) => Sides::tenant(e.partner),
            Self::CustomerRegistered(e) => Sides::customer(e.customer),
            Self::DirectoryRoleAssigned(e) => Sides::tenant(e.tenant),
            Self::DirectoryRoleRemoved(e) => Sides::tenant(e.tenant),
            Self::GroupMemberAdded(e) => Sides::tenant(e.partner),
            Self::GroupMemberRemoved(e) => Sides::tenant(e.partner),
            Self::InvitationSent(e) => Sides::tenant(e.partner),
            Self::InvitationWithdrawn(e) => Sides::tenant(e.partner),
            Self::InvitationAccepted(e) => Sides::both(e.customer, e.partner),
            Self::InvitationDeclined(e) => Sides::both(e.customer, e.partner),
            Self::RelationshipEstablished(e) => Sides::both(e.customer, e.partner),
            Self::RelationshipEnded(e) => Sides::both(e.customer, e.partner),
            Self::DapGranted(e) => Sides::both(e.customer, e.partner),
            Self::DapRevoked(e) => Sides::both(e.customer, e.partner),
            Self::ContractRenegotiated(e) => Sides::both(e.customer, e.partner),
            Self::SubscriptionProvisioned(e) => Sides::both(e.customer, e.partner),
            Self::SubscriptionRegistered(e) => Sides::customer(e.customer),
            Self::SubscriptionRenewed(e) => Sides::customer(e.customer),
            Self::SubscriptionCancelled(e) => Sides::customer(e.customer),
            Self::RoleAssigned(e) => Sides::both(e.customer, e.principal.tenant()),
            Self::RoleAssignmentRemoved(e) => Sides::both(e.customer, e.principal.tenant()),
            Self::DeviceAdded(DeviceAdded { customer, origin: DeviceOrigin::Partner(partner), .. }) => {
                Sides::both(*customer, *partner)
            }
            Self::DeviceAdded(e) => Sides::customer(e.customer),
            Self::DeviceUpdated(e) => Sides::customer(e.customer),
            Self::DeviceRemoved(e) => Sides::customer(e.customer),
            Self::ProfileCreated(e) => Sides::customer(e.customer),
            Self::ProfileUpdated(e) => Sides::customer(e.customer),
            Self::ProfileDeleted(e) => Sides::customer(e.customer),
            Self::ProfileApplied(e) => Sides::customer(e.customer),
            Self::ProfileRemoved(e) => Sides::customer(e.customer),
            Self::ServiceRequestOpened(e) => Sides::both(e.customer, e.partner),
            Self::AutopilotPolicyAdopted(_) => Sides { customer: None, other: None },
            Self::PersonalDataErased(e) => Sides { customer: e.customer, other: e.partner.map(Into::into) },
            Self::UserDescribed(e) => Sides::tenant(e.tenant),
            Self::ConsumerSet(e) => Sides::tenant(e.tenant),
            Self::ConsumerDeleted(e) => Sides::tenant(e.tenant),
            Self::WebhookSet(e) => Sides::tenant(e.tenant),
            Self::WebhookDeleted(e) => Sides::tenant(e.tenant),
        }
    }

    /// The customer it concerns, if it names one.
    pub fn customer(&self) -> Option<CustomerId> {
        self.sides().customer
    }

    /// The tenants it concerns, beginning with the customer where it names one. None if it concerns them all.
    pub fn tenants(&self) -> Vec<TenantId> {
        self.concerned().collect()
    }

    /// The same, one after the other.
    pub(crate) fn concerned(&self) -> impl Iterator<Item = TenantId> + use<> {
        let Sides { customer, other } = self.sides();
        let customer: Option<TenantId> = customer.map(Into::into);
        customer.into_iter().chain(other.filter(move |tenant| customer != Some(*tenant)))
    }

    /// The subscription it is about.
    pub fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::SubscriptionProvisioned(e) => Some(e.subscription),
            Self::SubscriptionRegistered(e) => Some(e.subscription),
            Self::SubscriptionRenewed(e) => Some(e.subscription),
            Self::SubscriptionCancelled(e) => Some(e.subscription),
            Self::RoleAssigned(e) => Some(e.subscription),
            Self::RoleAssignmentRemoved(e) => Some(e.subscription),
            _ => None,
        }
    }

    /// The devices it is about.
    pub fn devices(&self) -> &[DeviceId] {
        match self {
            Self::DeviceAdded(e) => slice::from_ref(&e.device),
            Self::DeviceUpdated(e) => slice::from_ref(&e.device),
            Self::DeviceRemoved(e) => slice::from_ref(&e.device),
            Self::ProfileApplied(e) => &e.devices,
            Self::ProfileRemoved(e) => &e.devices,
            Self::PersonalDataErased(e) => match &e.subject {
                Erasable::Subject(DataSubject::Device(device)) => slice::from_ref(device),
                Erasable::Subject(_) | Erasable::User(_) => &[],
            },
            _ => &[],
        }
    }

    /// The deployment profile it is about.
    pub fn profile(&self) -> Option<ProfileId> {
        match self {
            Self::ProfileCreated(e) => Some(e.profile),
            Self::ProfileUpdated(e) => Some(e.profile),
            Self::ProfileDeleted(e) => Some(e.profile),
            Self::ProfileApplied(e) => Some(e.profile),
            Self::ProfileRemoved(e) => Some(e.profile),
            _ => None,
        }
    }

    /// The user whose consumer or webhook it is about: it alone, its Global administrators and overseers see the event
    /// (FEED-1).
    pub fn feed_owner(&self) -> Option<User> {
        match self {
            Self::ConsumerSet(e) => Some(User { tenant: e.tenant, user: e.user }),
            Self::ConsumerDeleted(e) => Some(User { tenant: e.tenant, user: e.user }),
            Self::WebhookSet(e) => Some(User { tenant: e.tenant, user: e.user }),
            Self::WebhookDeleted(e) => Some(User { tenant: e.tenant, user: e.user }),
            _ => None,
        }
    }

    /// The user it is about: whose role, membership or names it changes. Who did it is another matter.
    pub fn user(&self) -> Option<User> {
        match self {
            Self::DirectoryRoleAssigned(e) => Some(User { tenant: e.tenant, user: e.user }),
            Self::DirectoryRoleRemoved(e) => Some(User { tenant: e.tenant, user: e.user }),
            Self::GroupMemberAdded(e) => Some(User { tenant: e.partner.into(), user: e.user }),
            Self::GroupMemberRemoved(e) => Some(User { tenant: e.partner.into(), user: e.user }),
            Self::UserDescribed(e) => Some(User { tenant: e.tenant, user: e.user }),
            Self::PersonalDataErased(e) => match e.subject {
                Erasable::User(user) => Some(user),
                Erasable::Subject(_) => None,
            },
            Self::RoleAssigned(e) => user(e.principal),
            Self::RoleAssignmentRemoved(e) => user(e.principal),
            _ => None,
        }
    }

    /// What it made, where people may have written something about that: whose personal data stands beside it.
    pub fn data_subject(&self) -> Option<DataSubject> {
        match self {
            Self::InvitationSent(e) => Some(DataSubject::Invitation(e.invitation)),
            Self::ServiceRequestOpened(e) => Some(DataSubject::ServiceRequest(e.service_request)),
            Self::DeviceAdded(e) => Some(DataSubject::Device(e.device)),
            Self::WebhookSet(e) => Some(DataSubject::Webhook(e.webhook)),
            Self::UserDescribed(e) => Some(DataSubject::Description(e.description)),
            _ => None,
        }
    }

    /// What it made: the field that names it, and its id.
    pub fn made(&self) -> Option<(&'static str, Uuid)> {
        match self {
            Self::PartnerRegistered(e) => Some(("partner", e.partner.guid())),
            Self::CustomerRegistered(e) => Some(("customer", e.customer.guid())),
            Self::InvitationSent(e) => Some(("invitation", e.invitation.guid())),
            Self::WebhookSet(e) => Some(("webhook", e.webhook.guid())),
            Self::SubscriptionProvisioned(e) => Some(("subscription", e.subscription.guid())),
            Self::SubscriptionRegistered(e) => Some(("subscription", e.subscription.guid())),
            Self::RoleAssigned(e) => Some(("roleAssignment", e.role_assignment.guid())),
            Self::DeviceAdded(e) => Some(("device", e.device.guid())),
            Self::ProfileCreated(e) => Some(("profile", e.profile.guid())),
            Self::ServiceRequestOpened(e) => Some(("serviceRequest", e.service_request.guid())),
            _ => None,
        }
    }
}

fn user(principal: Principal) -> Option<User> {
    match principal {
        Principal::User(user) => Some(user),
        Principal::Group(_) => None,
    }
}
