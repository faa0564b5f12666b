//! Events: what was done. They derive serde because they are the persisted contract: a changed one is a new version.

use crate::{
    command::{Hardware, Message},
    id::{CustomerId, DeviceId, InvitationId, ObjectId, PartnerId, RoleAssignmentId, SubscriptionId, TenantId},
    temporal::Timestamp,
    text::{Address, DeviceField, DomainName, HardwareHash, Name},
    vocabulary::{
        AssignmentOrigin, DeviceOrigin, DirectoryRole, InvitationUses, Locale, PartnerGroup, Principal, ResourceRole,
        SubscriptionKind, named,
    },
};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $text:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })+) => {
        named! {
            /// The name of an event.
            EventType { $($(#[$doc])* $name $text,)+ }
        }

        /// Something that was done.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $($(#[$doc])* $name($name),)+
        }

        impl Event {
            /// The event's name.
            pub const fn event_type(&self) -> EventType {
                match self { $(Self::$name(_) => EventType::$name),+ }
            }

            /// Reads the data of an event of that name, at version 1.
            pub fn read<'de, D: Deserializer<'de>>(event_type: EventType, data: D) -> Result<Self, D::Error> {
                match event_type { $(EventType::$name => $name::deserialize(data).map(Self::$name)),+ }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub struct $name { $($(#[$field_doc])* pub $field: $type,)+ }

            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }
        )+
    };
}

events! {
    /// A tenant was registered as a partner.
    PartnerRegistered "PartnerRegistered" {
        /// The tenant.
        partner: PartnerId,
        /// Its name.
        name: Name,
        /// Its domain.
        domain: DomainName,
    }
    /// A tenant was registered as a customer.
    CustomerRegistered "CustomerRegistered" {
        /// The tenant.
        customer: CustomerId,
        /// Its name.
        name: Name,
        /// Its domain.
        domain: DomainName,
    }
    /// A user was given a directory role in its own tenant.
    DirectoryRoleAssigned "DirectoryRoleAssigned" {
        /// The tenant.
        tenant: TenantId,
        /// One of its users.
        user: ObjectId,
        /// The role.
        role: DirectoryRole,
    }
    /// A user joined a group of its partner.
    GroupMemberAdded "GroupMemberAdded" {
        /// Whose group.
        partner: PartnerId,
        /// Which group.
        group: PartnerGroup,
        /// One of the partner's users.
        user: ObjectId,
    }
    /// A user left a group of its partner.
    GroupMemberRemoved "GroupMemberRemoved" {
        /// Whose group.
        partner: PartnerId,
        /// Which group.
        group: PartnerGroup,
        /// One of the partner's users.
        user: ObjectId,
    }
    /// A partner asked for a reseller relationship.
    InvitationSent "InvitationSent" {
        /// The invitation.
        invitation: InvitationId,
        /// Who invites.
        partner: PartnerId,
        /// Whether it asks for delegated admin privileges.
        delegated_admin: bool,
        /// The language of the draft.
        locale: Locale,
        /// Whom the message goes to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipient: Option<Address>,
        /// The message, where the draft was edited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Message>,
        /// How often it can be accepted.
        uses: InvitationUses,
        /// It can be accepted before this instant, and not at it.
        expires_at: Timestamp,
    }
    /// A customer accepted an invitation.
    InvitationAccepted "InvitationAccepted" {
        /// The invitation.
        invitation: InvitationId,
        /// Who had invited.
        partner: PartnerId,
        /// Who accepted.
        customer: CustomerId,
    }
    /// A reseller relationship began.
    RelationshipEstablished "RelationshipEstablished" {
        /// One side.
        customer: CustomerId,
        /// The other.
        partner: PartnerId,
    }
    /// A reseller relationship ended.
    RelationshipEnded "RelationshipEnded" {
        /// One side.
        customer: CustomerId,
        /// The other.
        partner: PartnerId,
    }
    /// A customer granted delegated admin privileges.
    DapGranted "DapGranted" {
        /// In whose tenant.
        customer: CustomerId,
        /// To whom.
        partner: PartnerId,
    }
    /// Delegated admin privileges ended.
    DapRevoked "DapRevoked" {
        /// In whose tenant.
        customer: CustomerId,
        /// Whose.
        partner: PartnerId,
    }
    /// A partner made a subscription for a customer.
    SubscriptionProvisioned "SubscriptionProvisioned" {
        /// For whom.
        customer: CustomerId,
        /// By whom.
        partner: PartnerId,
        /// The subscription.
        subscription: SubscriptionId,
        /// Azure or Microsoft 365.
        kind: SubscriptionKind,
        /// Its name.
        name: Name,
    }
    /// A customer brought in a subscription it already had.
    SubscriptionRegistered "SubscriptionRegistered" {
        /// Whose.
        customer: CustomerId,
        /// The subscription.
        subscription: SubscriptionId,
        /// Azure or Microsoft 365.
        kind: SubscriptionKind,
        /// Its name.
        name: Name,
    }
    /// A role on a subscription was assigned.
    RoleAssigned "RoleAssigned" {
        /// In whose tenant.
        customer: CustomerId,
        /// On which subscription.
        subscription: SubscriptionId,
        /// The assignment.
        role_assignment: RoleAssignmentId,
        /// Which role.
        role: ResourceRole,
        /// To whom.
        principal: Principal,
        /// How it came about.
        origin: AssignmentOrigin,
    }
    /// A role assignment was removed.
    RoleAssignmentRemoved "RoleAssignmentRemoved" {
        /// In whose tenant.
        customer: CustomerId,
        /// On which subscription.
        subscription: SubscriptionId,
        /// The assignment.
        role_assignment: RoleAssignmentId,
        /// Which role it was.
        role: ResourceRole,
        /// Who held it.
        principal: Principal,
    }
    /// A device was added to a customer's tenant.
    DeviceAdded "DeviceAdded" {
        /// Whose tenant.
        customer: CustomerId,
        /// The device.
        device: DeviceId,
        /// What identifies the hardware.
        #[serde(flatten)]
        hardware: Hardware,
        /// The hash that Windows makes of the hardware.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hardware_hash: Option<HardwareHash>,
        /// The Windows product key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product_key: Option<DeviceField>,
        /// A partner, or a channel of the customer's own.
        #[serde(flatten)]
        origin: DeviceOrigin,
    }
}

impl Event {
    /// The customer it concerns, where it names one.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::CustomerRegistered(e) => Some(e.customer),
            Self::InvitationAccepted(e) => Some(e.customer),
            Self::RelationshipEstablished(e) => Some(e.customer),
            Self::RelationshipEnded(e) => Some(e.customer),
            Self::DapGranted(e) => Some(e.customer),
            Self::DapRevoked(e) => Some(e.customer),
            Self::SubscriptionProvisioned(e) => Some(e.customer),
            Self::SubscriptionRegistered(e) => Some(e.customer),
            Self::RoleAssigned(e) => Some(e.customer),
            Self::RoleAssignmentRemoved(e) => Some(e.customer),
            Self::DeviceAdded(e) => Some(e.customer),
            Self::PartnerRegistered(_)
            | Self::DirectoryRoleAssigned(_)
            | Self::GroupMemberAdded(_)
            | Self::GroupMemberRemoved(_)
            | Self::InvitationSent(_) => None,
        }
    }

    /// The tenants it concerns, beginning with the customer where it names one.
    pub fn tenants(&self) -> Vec<TenantId> {
        let other: Option<TenantId> = match self {
            Self::PartnerRegistered(e) => Some(e.partner.into()),
            Self::DirectoryRoleAssigned(e) => Some(e.tenant),
            Self::GroupMemberAdded(e) => Some(e.partner.into()),
            Self::GroupMemberRemoved(e) => Some(e.partner.into()),
            Self::InvitationSent(e) => Some(e.partner.into()),
            Self::InvitationAccepted(e) => Some(e.partner.into()),
            Self::RelationshipEstablished(e) => Some(e.partner.into()),
            Self::RelationshipEnded(e) => Some(e.partner.into()),
            Self::DapGranted(e) => Some(e.partner.into()),
            Self::DapRevoked(e) => Some(e.partner.into()),
            Self::SubscriptionProvisioned(e) => Some(e.partner.into()),
            Self::RoleAssigned(e) => Some(e.principal.tenant()),
            Self::RoleAssignmentRemoved(e) => Some(e.principal.tenant()),
            Self::DeviceAdded(DeviceAdded { origin: DeviceOrigin::Partner(partner), .. }) => Some((*partner).into()),
            Self::CustomerRegistered(_) | Self::SubscriptionRegistered(_) | Self::DeviceAdded(_) => None,
        };
        let customer: Option<TenantId> = self.customer().map(Into::into);
        let other = other.filter(|tenant| customer != Some(*tenant));
        customer.into_iter().chain(other).collect()
    }

    /// What it made: the field that names it, and its id.
    pub fn made(&self) -> Option<(&'static str, Uuid)> {
        match self {
            Self::PartnerRegistered(e) => Some(("partner", e.partner.guid())),
            Self::CustomerRegistered(e) => Some(("customer", e.customer.guid())),
            Self::InvitationSent(e) => Some(("invitation", e.invitation.guid())),
            Self::SubscriptionProvisioned(e) => Some(("subscription", e.subscription.guid())),
            Self::SubscriptionRegistered(e) => Some(("subscription", e.subscription.guid())),
            Self::RoleAssigned(e) => Some(("roleAssignment", e.role_assignment.guid())),
            Self::DeviceAdded(e) => Some(("device", e.device.guid())),
            Self::DirectoryRoleAssigned(_)
            | Self::GroupMemberAdded(_)
            | Self::GroupMemberRemoved(_)
            | Self::InvitationAccepted(_)
            | Self::RelationshipEstablished(_)
            | Self::RelationshipEnded(_)
            | Self::DapGranted(_)
            | Self::DapRevoked(_)
            | Self::RoleAssignmentRemoved(_) => None,
        }
    }
}
