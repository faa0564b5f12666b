//! Commands: what somebody wants done. Parsed where they come in, so that a command which exists has its shape.

use crate::{
    id::{CustomerId, DeviceId, InvitationId, ObjectId, PartnerId, RoleAssignmentId, SubscriptionId},
    text::{Address, Body, DeviceField, DomainName, HardwareHash, Name, SubjectLine},
    vocabulary::{
        CustomerChannel, DeviceOrigin, InvitationUses, Locale, PartnerGroup, Principal, ResourceRole, SubscriptionKind,
    },
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident)+) => {
        /// What somebody wants done.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Command {
            $($(#[$doc])* $name($name),)+
        }

        impl Command {
            /// Every command's name.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// This command's name.
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

/// Reads a value from an object alone: serde would take a list of values in the order of the fields as well.
///
/// # Errors
/// Where it is no object, or not one of that value.
pub fn named_fields<'de, T: Deserialize<'de>, D: Deserializer<'de>>(fields: D) -> Result<T, D::Error> {
    struct Fields<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object with the fields by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(fields))
        }
    }

    fields.deserialize_map(Fields(PhantomData))
}

/// Reads a value from an object alone, or none from null.
///
/// # Errors
/// Where it is neither.
pub fn named_fields_or_none<'de, T: Deserialize<'de>, D: Deserializer<'de>>(fields: D) -> Result<Option<T>, D::Error> {
    struct Named<T>(T);

    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
        fn deserialize<D: Deserializer<'de>>(fields: D) -> Result<Self, D::Error> {
            named_fields(fields).map(Self)
        }
    }

    Option::<Named<T>>::deserialize(fields).map(|value| value.map(|Named(value)| value))
}

commands! {
    /// Registers a tenant as a partner, with its first Global administrator.
    RegisterPartner
    /// Registers a tenant as a customer, with its first Global administrator.
    RegisterCustomer
    /// Adds a user to a group of its partner.
    AddGroupMember
    /// Takes a user out of a group of its partner.
    RemoveGroupMember
    /// Asks a customer for a reseller relationship.
    SendInvite
    /// Accepts an invitation.
    AcceptInvite
    /// Takes delegated admin privileges from a partner.
    RevokeDap
    /// Ends a reseller relationship.
    EndRelationship
    /// Makes a new subscription for a customer.
    ProvisionSubscription
    /// Brings in a subscription that the customer already had.
    RegisterSubscription
    /// Assigns a role on an Azure subscription.
    AssignRole
    /// Removes a role assignment.
    RemoveRoleAssignment
    /// Adds an Autopilot device to a customer's tenant.
    AddDevice
}

/// Fields of [`Command::RegisterPartner`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterPartner {
    /// The tenant.
    pub partner: PartnerId,
    /// Its name.
    pub name: Name,
    /// Its domain.
    pub domain: DomainName,
    /// Its first Global administrator, one of its own users.
    pub global_administrator: ObjectId,
}

/// Fields of [`Command::RegisterCustomer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterCustomer {
    /// The tenant.
    pub customer: CustomerId,
    /// Its name.
    pub name: Name,
    /// Its domain.
    pub domain: DomainName,
    /// Its first Global administrator, one of its own users.
    pub global_administrator: ObjectId,
}

/// Fields of [`Command::AddGroupMember`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddGroupMember {
    /// Whose group.
    pub partner: PartnerId,
    /// Which group.
    pub group: PartnerGroup,
    /// One of the partner's own users.
    pub user: ObjectId,
}

/// Fields of [`Command::RemoveGroupMember`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveGroupMember {
    /// Whose group.
    pub partner: PartnerId,
    /// Which group.
    pub group: PartnerGroup,
    /// One of the partner's own users.
    pub user: ObjectId,
}

/// Days an invitation lives unless it says otherwise.
pub const INVITATION_EXPIRES_DEFAULT_DAYS: u16 = 90;
/// Days an invitation lives at most.
pub const INVITATION_EXPIRES_MAX_DAYS: u16 = 365;

/// Fields of [`Command::SendInvite`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendInvite {
    /// The invitation's id; generated when left out.
    #[serde(default)]
    pub invitation: Option<InvitationId>,
    /// Who invites.
    pub partner: PartnerId,
    /// Whether it asks for delegated admin privileges too.
    pub delegated_admin: bool,
    /// The language of the draft.
    pub locale: Locale,
    /// Whom the message goes to.
    #[serde(default)]
    pub recipient: Option<Address>,
    /// The message, where the draft was edited.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub message: Option<Message>,
    /// How often it can be accepted; once when left out.
    #[serde(default = "once")]
    pub uses: InvitationUses,
    /// Days until it expires, from 1 to 365; 90 when left out.
    #[serde(default)]
    pub expires_in_days: ExpiresInDays,
}

fn once() -> InvitationUses {
    InvitationUses::Once
}

/// Days until an invitation expires: 1 to 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct ExpiresInDays(u16);

impl ExpiresInDays {
    /// The number of days.
    pub const fn days(self) -> u16 {
        self.0
    }
}

impl Default for ExpiresInDays {
    fn default() -> Self {
        Self(INVITATION_EXPIRES_DEFAULT_DAYS)
    }
}

impl TryFrom<i64> for ExpiresInDays {
    type Error = String;

    fn try_from(days: i64) -> Result<Self, String> {
        u16::try_from(days)
            .ok()
            .filter(|days| (1..=INVITATION_EXPIRES_MAX_DAYS).contains(days))
            .map(Self)
            .ok_or_else(|| format!("{days} is not a number of days from 1 to {INVITATION_EXPIRES_MAX_DAYS}"))
    }
}

/// An invitation's message. The body has the link, as `{link}` or in full (INV-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Message {
    /// The subject.
    pub subject: SubjectLine,
    /// The text.
    pub body: Body,
}

/// Fields of [`Command::AcceptInvite`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptInvite {
    /// Which invitation.
    pub invitation: InvitationId,
    /// Who accepts.
    pub customer: CustomerId,
}

/// Fields of [`Command::RevokeDap`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeDap {
    /// In whose tenant.
    pub customer: CustomerId,
    /// Whose privileges.
    pub partner: PartnerId,
}

/// Fields of [`Command::EndRelationship`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndRelationship {
    /// With which customer.
    pub customer: CustomerId,
    /// Whose relationship.
    pub partner: PartnerId,
}

/// Fields of [`Command::ProvisionSubscription`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProvisionSubscription {
    /// For whom.
    pub customer: CustomerId,
    /// Who provisions.
    pub partner: PartnerId,
    /// The subscription's id; generated when left out.
    #[serde(default)]
    pub subscription: Option<SubscriptionId>,
    /// The id of the role assignment that comes with an Azure subscription; generated when left out.
    #[serde(default)]
    pub role_assignment: Option<RoleAssignmentId>,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
    /// Its name.
    pub name: Name,
}

/// Fields of [`Command::RegisterSubscription`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterSubscription {
    /// Whose it is.
    pub customer: CustomerId,
    /// The subscription's id, which it already has.
    pub subscription: SubscriptionId,
    /// The id of the role assignment that comes with an Azure subscription; generated when left out.
    #[serde(default)]
    pub role_assignment: Option<RoleAssignmentId>,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
    /// Its name.
    pub name: Name,
}

/// Fields of [`Command::AssignRole`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignRole {
    /// In whose tenant.
    pub customer: CustomerId,
    /// On which subscription.
    pub subscription: SubscriptionId,
    /// The role assignment's id; generated when left out.
    #[serde(default)]
    pub role_assignment: Option<RoleAssignmentId>,
    /// Which role.
    pub role: ResourceRole,
    /// To whom.
    #[serde(deserialize_with = "named_fields")]
    pub principal: Principal,
}

/// Fields of [`Command::RemoveRoleAssignment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveRoleAssignment {
    /// In whose tenant.
    pub customer: CustomerId,
    /// Which assignment.
    pub role_assignment: RoleAssignmentId,
}

/// Fields of [`Command::AddDevice`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AddDeviceFields", into = "AddDeviceFields")]
pub struct AddDevice {
    /// To whose tenant.
    pub customer: CustomerId,
    /// The device's id; generated when left out.
    pub device: Option<DeviceId>,
    /// What identifies the hardware.
    pub hardware: Hardware,
    /// The hash that Windows makes of the hardware.
    pub hardware_hash: Option<HardwareHash>,
    /// The Windows product key.
    pub product_key: Option<DeviceField>,
    /// A partner, or a channel of the customer's own.
    pub origin: DeviceOrigin,
}

/// What identifies a device: no two registered devices share all three.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hardware {
    /// As printed on the device.
    pub serial_number: DeviceField,
    /// Who built it.
    pub manufacturer: DeviceField,
    /// Which model.
    pub model: DeviceField,
}

/// [`AddDevice`] as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddDeviceFields {
    customer: CustomerId,
    #[serde(default)]
    device: Option<DeviceId>,
    serial_number: DeviceField,
    manufacturer: DeviceField,
    model: DeviceField,
    #[serde(default)]
    hardware_hash: Option<HardwareHash>,
    #[serde(default)]
    product_key: Option<DeviceField>,
    #[serde(default)]
    partner: Option<PartnerId>,
    #[serde(default)]
    source: Option<CustomerChannel>,
}

impl TryFrom<AddDeviceFields> for AddDevice {
    type Error = &'static str;

    fn try_from(fields: AddDeviceFields) -> Result<Self, &'static str> {
        let AddDeviceFields {
            customer, device, serial_number, manufacturer, model, hardware_hash, product_key, ..
        } = fields;
        let origin = match (fields.partner, fields.source) {
            (Some(partner), None) => DeviceOrigin::Partner(partner),
            (None, Some(source)) => DeviceOrigin::Customer(source),
            (None, None) => return Err("missing field `partner` (or `source`, where the customer adds the device)"),
            (Some(_), Some(_)) => return Err("field `source` is not given together with `partner`"),
        };
        let hardware = Hardware { serial_number, manufacturer, model };
        Ok(Self { customer, device, hardware, hardware_hash, product_key, origin })
    }
}

impl From<AddDevice> for AddDeviceFields {
    fn from(command: AddDevice) -> Self {
        let AddDevice { customer, device, hardware, hardware_hash, product_key, origin } = command;
        let Hardware { serial_number, manufacturer, model } = hardware;
        let (partner, source) = match origin {
            DeviceOrigin::Partner(partner) => (Some(partner), None),
            DeviceOrigin::Customer(source) => (None, Some(source)),
        };
        Self { customer, device, serial_number, manufacturer, model, hardware_hash, product_key, partner, source }
    }
}
