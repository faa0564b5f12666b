//! Events: what was done. They derive serde because they are the persisted contract: a changed one is a new version.
//!
//! Absent: what people wrote. It is kept sealed beside the event ([`personal`](crate::personal)).

mod about;
mod rule;

use crate::{
    command::{Hardware, ProfileSettings},
    id::{
        CustomerId, DeviceId, InvitationId, ObjectId, PartnerId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    personal::DataSubject,
    temporal::Timestamp,
    text::{DomainName, GroupTag, HardwareHash, Name},
    vocabulary::{
        AssignmentOrigin, AutopilotPolicy, DeviceOrigin, DirectoryRole, InvitationUses, Locale, PartnerGroup,
        Principal, ResourceRole, Severity, SubscriptionKind, SupportRoute, named,
    },
};
use serde::{Deserialize, Deserializer, Serialize};

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
    /// A directory role was taken from a user.
    DirectoryRoleRemoved "DirectoryRoleRemoved" {
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
        /// How often it can be accepted.
        uses: InvitationUses,
        /// It can be accepted before this instant, and not at it.
        expires_at: Timestamp,
    }
    /// A partner took an invitation back.
    InvitationWithdrawn "InvitationWithdrawn" {
        /// The invitation.
        invitation: InvitationId,
        /// Who had invited.
        partner: PartnerId,
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
    /// A customer declined an invitation.
    InvitationDeclined "InvitationDeclined" {
        /// The invitation.
        invitation: InvitationId,
        /// Who had invited.
        partner: PartnerId,
        /// Who declined.
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
    /// The contract was renegotiated: the partner owes no support any more.
    ContractRenegotiated "ContractRenegotiated" {
        /// One side.
        customer: CustomerId,
        /// The other.
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
    /// A subscription was renewed.
    SubscriptionRenewed "SubscriptionRenewed" {
        /// Whose.
        customer: CustomerId,
        /// The subscription.
        subscription: SubscriptionId,
    }
    /// A subscription was cancelled.
    SubscriptionCancelled "SubscriptionCancelled" {
        /// Whose.
        customer: CustomerId,
        /// The subscription.
        subscription: SubscriptionId,
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
        /// A partner, or a channel of the customer's own.
        #[serde(flatten)]
        origin: DeviceOrigin,
    }
    /// A device's group tag was changed.
    DeviceUpdated "DeviceUpdated" {
        /// Whose tenant.
        customer: CustomerId,
        /// The device.
        device: DeviceId,
        /// The new group tag; empty where it was taken away.
        group_tag: GroupTag,
    }
    /// A device was removed from a customer's tenant.
    DeviceRemoved "DeviceRemoved" {
        /// Whose tenant.
        customer: CustomerId,
        /// The device.
        device: DeviceId,
    }
    /// A deployment profile was made.
    ProfileCreated "ProfileCreated" {
        /// In whose tenant.
        customer: CustomerId,
        /// The profile.
        profile: ProfileId,
        /// Its name.
        name: Name,
        /// What it does.
        settings: ProfileSettings,
    }
    /// A deployment profile was changed: its name and settings from now on.
    ProfileUpdated "ProfileUpdated" {
        /// In whose tenant.
        customer: CustomerId,
        /// The profile.
        profile: ProfileId,
        /// Its name.
        name: Name,
        /// What it does.
        settings: ProfileSettings,
    }
    /// A deployment profile was deleted.
    ProfileDeleted "ProfileDeleted" {
        /// In whose tenant.
        customer: CustomerId,
        /// The profile.
        profile: ProfileId,
    }
    /// A profile was applied to devices, in place of what each had.
    ProfileApplied "ProfileApplied" {
        /// In whose tenant.
        customer: CustomerId,
        /// The profile.
        profile: ProfileId,
        /// To which devices.
        devices: Vec<DeviceId>,
    }
    /// A profile was removed from devices.
    ProfileRemoved "ProfileRemoved" {
        /// In whose tenant.
        customer: CustomerId,
        /// The profile.
        profile: ProfileId,
        /// From which devices.
        devices: Vec<DeviceId>,
    }
    /// Another Autopilot policy was put in force.
    AutopilotPolicyAdopted "AutopilotPolicyAdopted" {
        /// Which.
        policy: AutopilotPolicy,
    }
    /// A partner opened a service request on a customer's behalf.
    ServiceRequestOpened "ServiceRequestOpened" {
        /// For whom.
        customer: CustomerId,
        /// By whom.
        partner: PartnerId,
        /// The service request.
        service_request: ServiceRequestId,
        /// How bad it is.
        severity: Severity,
        /// The route that held.
        route: SupportRoute,
    }
    /// What people wrote was erased: nobody can read it any more.
    PersonalDataErased "PersonalDataErased" {
        /// The customer that it concerns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<CustomerId>,
        /// The partner that it concerns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partner: Option<PartnerId>,
        /// Whose data.
        subject: DataSubject,
    }
}
