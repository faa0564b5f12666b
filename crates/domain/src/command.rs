//! Commands: what somebody wants done. Parsed where they come in, so that a command which exists has its shape.

mod about;
mod device;
mod feed;
mod invitation;
mod named_fields;
mod names;
mod personal;
mod profile;
mod relationship;
mod subscription;
mod tenant;
mod user;

pub use device::{AddDevice, AdoptAutopilotPolicy, Hardware, RemoveDevice, UpdateDevice};
pub use feed::{DeleteConsumer, DeleteWebhook, SetConsumer, SetWebhook};
pub use invitation::{
    AcceptInvite, DeclineInvite, ExpiresInDays, INVITATION_EXPIRES_DEFAULT_DAYS, INVITATION_EXPIRES_MAX_DAYS,
    SendInvite, WithdrawInvite,
};
pub use named_fields::{named_fields, named_fields_of_each, named_fields_or_none};
pub use names::GivenNames;
pub use personal::ErasePersonalData;
pub use profile::{
    ApplyProfile, ChangedSettings, CreateProfile, DeleteProfile, Devices, PROFILE_DEVICES_MAX, ProfileSettings,
    RemoveProfile, UpdateProfile,
};
pub use relationship::{EndRelationship, OpenServiceRequest, RenegotiateContract, RevokeDap};
pub use subscription::{
    AssignRole, CancelSubscription, ProvisionSubscription, RegisterSubscription, RemoveRoleAssignment,
    RenewSubscription,
};
pub use tenant::{
    AddGroupMember, AssignDirectoryRole, RegisterCustomer, RegisterPartner, RemoveDirectoryRole, RemoveGroupMember,
};
pub use user::DescribeUser;

use crate::{personal::PersonalData, vocabulary::OverseerRole};
use serde::{Deserializer, Serialize};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident)+) => {
        /// What somebody wants done.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Command {
            $($(#[$doc])* $name($name),)+
        }

        impl Command {
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }

            /// Reads the fields of the command of that name.
            ///
            /// `None`: there is no such command. The inner error names what is wrong with the fields.
            pub fn read<'de, D: Deserializer<'de>>(name: &str, fields: D) -> Option<Result<Self, D::Error>> {
                match name {
                    $(stringify!($name) => Some(named_fields(fields).map(Self::$name)),)+
                    _ => None,
                }
            }
        }

        $(impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        })+
    };
}

commands! {
    /// Registers a tenant as a partner, with its first Global administrator.
    RegisterPartner
    /// Registers a tenant as a customer, with its first Global administrator.
    RegisterCustomer
    /// Gives a user a directory role in its own tenant.
    AssignDirectoryRole
    /// Takes a directory role from a user.
    RemoveDirectoryRole
    /// Adds a user to a group of its partner.
    AddGroupMember
    /// Takes a user out of a group of its partner.
    RemoveGroupMember
    /// Says what a user is called.
    DescribeUser
    /// Asks a customer for a reseller relationship.
    SendInvite
    /// Takes an invitation back.
    WithdrawInvite
    AcceptInvite
    DeclineInvite
    /// Takes delegated admin privileges from a partner.
    RevokeDap
    /// Ends a reseller relationship.
    EndRelationship
    /// Records that the contract was renegotiated: no support is owed any more.
    RenegotiateContract
    /// Makes a new subscription for a customer.
    ProvisionSubscription
    /// Brings in a subscription that the customer already had.
    RegisterSubscription
    RenewSubscription
    CancelSubscription
    /// Assigns a role on an Azure subscription.
    AssignRole
    /// Removes a role assignment.
    RemoveRoleAssignment
    /// Adds an Autopilot device to a customer's tenant.
    AddDevice
    /// Changes a device's group tag.
    UpdateDevice
    /// Removes a device from a customer's tenant.
    RemoveDevice
    /// Makes a deployment profile.
    CreateProfile
    /// Changes a deployment profile.
    UpdateProfile
    /// Deletes a deployment profile.
    DeleteProfile
    /// Applies a profile to devices.
    ApplyProfile
    /// Removes a profile from devices.
    RemoveProfile
    /// Puts another Autopilot policy in force.
    AdoptAutopilotPolicy
    /// Opens a service request on a customer's behalf.
    OpenServiceRequest
    /// Erases the personal data of an invitation, a service request, a device or a user.
    ErasePersonalData
    /// Makes a consumer of events, or changes it.
    SetConsumer
    /// Deletes a consumer of events.
    DeleteConsumer
    /// Makes a webhook, or changes it.
    SetWebhook
    /// Deletes a webhook.
    DeleteWebhook
}

impl Command {
    /// What people wrote in it: kept sealed beside the event of what it makes, not in it.
    pub fn personal(&self) -> PersonalData {
        match self {
            Self::SendInvite(SendInvite { recipient, message, .. }) => {
                PersonalData { recipient: recipient.clone(), message: message.clone(), ..PersonalData::default() }
            }
            Self::OpenServiceRequest(OpenServiceRequest { title, .. }) => {
                PersonalData { title: Some(title.clone()), ..PersonalData::default() }
            }
            Self::AddDevice(AddDevice { product_key, .. }) => {
                PersonalData { product_key: product_key.clone(), ..PersonalData::default() }
            }
            Self::SetWebhook(SetWebhook { url, secret, .. }) => {
                PersonalData { url: Some(url.clone()), secret: secret.clone(), ..PersonalData::default() }
            }
            _ => {
                let names = self.names();
                PersonalData {
                    display_name: names.and_then(|names| names.display_name.cloned()),
                    user_principal_name: names.and_then(|names| names.user_principal_name.cloned()),
                    ..PersonalData::default()
                }
            }
        }
    }

    /// The same, issued by somebody whose token carries that service role. Only consumers and webhooks note that down.
    #[must_use]
    pub fn with_role(mut self, role: Option<OverseerRole>) -> Self {
        match &mut self {
            Self::SetConsumer(SetConsumer { role: of, .. })
            | Self::DeleteConsumer(DeleteConsumer { role: of, .. })
            | Self::SetWebhook(SetWebhook { role: of, .. })
            | Self::DeleteWebhook(DeleteWebhook { role: of, .. }) => *of = role,
            _ => {}
        }
        self
    }

    /// Whether commands of that name are about a consumer or webhook of their issuer's own (FEED-1).
    pub fn is_of_feeds(name: &str) -> bool {
        ["SetConsumer", "DeleteConsumer", "SetWebhook", "DeleteWebhook"].contains(&name)
    }
}
