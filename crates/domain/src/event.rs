//! Events: what was done. They derive serde because they are the persisted contract: a changed one is a new version.
//!
//! Absent: what people wrote. It is kept sealed beside the event ([`personal`](crate::personal)).

mod about;
mod rule;

use crate::{
    between::{Tries, VisibilitySeconds},
    command::{Hardware, ProfileSettings},
    id::{
        CustomerId, DescriptionId, DeviceId, InvitationId, ObjectId, PartnerId, ProfileId, RoleAssignmentId,
        ServiceRequestId, SubscriptionId, TenantId, WebhookId,
    },
    personal::Erasable,
    temporal::{Position, Timestamp},
    text::{DomainName, FeedName, GroupTag, HardwareHash, Name},
    vocabulary::{
        AssignmentOrigin, AutopilotPolicy, DeviceOrigin, DirectoryRole, InvitationUses, Locale, OnParked, OverseerRole,
        PartnerGroup, Principal, ResourceRole, Severity, SubscriptionKind, SupportRoute, named,
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
        partner: PartnerId,
        name: Name,
        domain: DomainName,
    }
    /// A tenant was registered as a customer.
    CustomerRegistered "CustomerRegistered" {
        customer: CustomerId,
        name: Name,
        domain: DomainName,
    }
    /// A user was given a directory role in its own tenant.
    DirectoryRoleAssigned "DirectoryRoleAssigned" {
        tenant: TenantId,
        /// One of its users.
        user: ObjectId,
        role: DirectoryRole,
    }
    /// A directory role was taken from a user.
    DirectoryRoleRemoved "DirectoryRoleRemoved" {
        tenant: TenantId,
        /// One of its users.
        user: ObjectId,
        role: DirectoryRole,
    }
    /// A user joined a group of its partner.
    GroupMemberAdded "GroupMemberAdded" {
        partner: PartnerId,
        group: PartnerGroup,
        /// One of the partner's users.
        user: ObjectId,
    }
    /// A user left a group of its partner.
    GroupMemberRemoved "GroupMemberRemoved" {
        partner: PartnerId,
        group: PartnerGroup,
        /// One of the partner's users.
        user: ObjectId,
    }
    /// A partner asked for a reseller relationship.
    InvitationSent "InvitationSent" {
        invitation: InvitationId,
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
        invitation: InvitationId,
        partner: PartnerId,
    }
    /// A customer accepted an invitation.
    InvitationAccepted "InvitationAccepted" {
        invitation: InvitationId,
        partner: PartnerId,
        customer: CustomerId,
    }
    /// A customer declined an invitation.
    InvitationDeclined "InvitationDeclined" {
        invitation: InvitationId,
        partner: PartnerId,
        customer: CustomerId,
    }
    /// A reseller relationship began.
    RelationshipEstablished "RelationshipEstablished" {
        customer: CustomerId,
        partner: PartnerId,
    }
    /// A reseller relationship ended.
    RelationshipEnded "RelationshipEnded" {
        customer: CustomerId,
        partner: PartnerId,
    }
    /// A customer granted delegated admin privileges.
    DapGranted "DapGranted" {
        customer: CustomerId,
        partner: PartnerId,
    }
    /// Delegated admin privileges ended.
    DapRevoked "DapRevoked" {
        customer: CustomerId,
        partner: PartnerId,
    }
    /// The contract was renegotiated: the partner owes no support any more.
    ContractRenegotiated "ContractRenegotiated" {
        customer: CustomerId,
        partner: PartnerId,
    }
    /// A partner made a subscription for a customer.
    SubscriptionProvisioned "SubscriptionProvisioned" {
        customer: CustomerId,
        partner: PartnerId,
        subscription: SubscriptionId,
        /// Azure or Microsoft 365.
        kind: SubscriptionKind,
        name: Name,
    }
    /// A customer brought in a subscription it already had.
    SubscriptionRegistered "SubscriptionRegistered" {
        customer: CustomerId,
        subscription: SubscriptionId,
        /// Azure or Microsoft 365.
        kind: SubscriptionKind,
        name: Name,
    }
    /// A subscription was renewed.
    SubscriptionRenewed "SubscriptionRenewed" {
        customer: CustomerId,
        subscription: SubscriptionId,
    }
    /// A subscription was cancelled.
    SubscriptionCancelled "SubscriptionCancelled" {
        customer: CustomerId,
        subscription: SubscriptionId,
    }
    /// A role on a subscription was assigned.
    RoleAssigned "RoleAssigned" {
        customer: CustomerId,
        subscription: SubscriptionId,
        role_assignment: RoleAssignmentId,
        role: ResourceRole,
        principal: Principal,
        /// How it came about.
        origin: AssignmentOrigin,
    }
    /// A role assignment was removed.
    RoleAssignmentRemoved "RoleAssignmentRemoved" {
        customer: CustomerId,
        subscription: SubscriptionId,
        role_assignment: RoleAssignmentId,
        /// Which role it was.
        role: ResourceRole,
        principal: Principal,
    }
    /// A device was added to a customer's tenant.
    DeviceAdded "DeviceAdded" {
        customer: CustomerId,
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
        customer: CustomerId,
        device: DeviceId,
        /// The new group tag; empty if it was taken away.
        group_tag: GroupTag,
    }
    /// A device was removed from a customer's tenant.
    DeviceRemoved "DeviceRemoved" {
        customer: CustomerId,
        device: DeviceId,
    }
    /// A deployment profile was made.
    ProfileCreated "ProfileCreated" {
        customer: CustomerId,
        profile: ProfileId,
        name: Name,
        settings: ProfileSettings,
    }
    /// A deployment profile was changed: its name and settings from now on.
    ProfileUpdated "ProfileUpdated" {
        customer: CustomerId,
        profile: ProfileId,
        name: Name,
        settings: ProfileSettings,
    }
    /// A deployment profile was deleted.
    ProfileDeleted "ProfileDeleted" {
        customer: CustomerId,
        profile: ProfileId,
    }
    /// A profile was applied to devices, in place of what each had.
    ProfileApplied "ProfileApplied" {
        customer: CustomerId,
        profile: ProfileId,
        devices: Vec<DeviceId>,
    }
    /// A profile was removed from devices.
    ProfileRemoved "ProfileRemoved" {
        customer: CustomerId,
        profile: ProfileId,
        devices: Vec<DeviceId>,
    }
    /// Another Autopilot policy was put in force.
    AutopilotPolicyAdopted "AutopilotPolicyAdopted" {
        policy: AutopilotPolicy,
    }
    /// A partner opened a service request on a customer's behalf.
    ServiceRequestOpened "ServiceRequestOpened" {
        customer: CustomerId,
        partner: PartnerId,
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
        subject: Erasable,
    }
    /// Somebody said what a user is called. The names stand sealed beside it.
    UserDescribed "UserDescribed" {
        tenant: TenantId,
        /// One of its users.
        user: ObjectId,
        /// Which of the user's descriptions it belongs to: a new one once the one before is erased.
        description: DescriptionId,
        /// Whether it gives a display name.
        new_display_name: bool,
        /// Whether it gives a user principal name.
        new_user_principal_name: bool,
    }
    /// A consumer of events was made, or changed.
    ConsumerSet "ConsumerSet" {
        tenant: TenantId,
        /// Its owner, of that tenant.
        user: ObjectId,
        /// The service role that the owner set it with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<OverseerRole>,
        name: FeedName,
        /// Which events are wanted.
        #[serde(default, skip_serializing_if = "EventFilter::wants_all")]
        filter: EventFilter,
        /// Where it began.
        after: Position,
        /// How long a reader may keep an event before it is given to another.
        visibility_seconds: VisibilitySeconds,
        /// How often an event is given out before it is parked.
        tries: Tries,
        /// What later events with the same key do once one is parked.
        on_parked: OnParked,
    }
    /// A consumer of events was deleted.
    ConsumerDeleted "ConsumerDeleted" {
        tenant: TenantId,
        /// Its owner, of that tenant.
        user: ObjectId,
        name: FeedName,
    }
    /// A webhook was made, or changed.
    WebhookSet "WebhookSet" {
        webhook: WebhookId,
        tenant: TenantId,
        /// Its owner, of that tenant.
        user: ObjectId,
        /// The service role that the owner set it with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<OverseerRole>,
        name: FeedName,
        /// Which events are wanted.
        #[serde(default, skip_serializing_if = "EventFilter::wants_all")]
        filter: EventFilter,
        /// Where it began.
        after: Position,
        /// What later events with the same key do once one is parked.
        on_parked: OnParked,
        /// Whether it has another secret from now on.
        new_secret: bool,
    }
    /// A webhook was deleted.
    WebhookDeleted "WebhookDeleted" {
        webhook: WebhookId,
        tenant: TenantId,
        /// Its owner, of that tenant.
        user: ObjectId,
        name: FeedName,
    }
}

/// Which events are wanted: those that everything given here fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct EventFilter {
    /// One of these; any, if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<EventType>,
    /// What concerns this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What concerns this partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
}

impl EventFilter {
    /// Whether it lets everything through.
    pub fn wants_all(&self) -> bool {
        *self == Self::default()
    }

    pub fn wants(&self, event: &Event) -> bool {
        let concerns = |tenant: Option<TenantId>| tenant.is_none_or(|tenant| event.tenants().contains(&tenant));
        (self.types.is_empty() || self.types.contains(&event.event_type()))
            && concerns(self.customer.map(Into::into))
            && concerns(self.partner.map(Into::into))
    }
}
