//! Identifiers: one newtype for each kind of thing, so that a customer cannot stand where a partner belongs.
//!
//! All are GUIDs, read in the hyphenated form only and written in lower case. None is made here: new ids come in with
//! the command.

use crate::text::from_text;
use serde::{Deserialize, Deserializer, Serialize};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};
use uuid::Uuid;

/// A text that is not a GUID in its hyphenated form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635")]
pub struct NotAGuid(String);

/// Reads a GUID: 36 characters, hyphenated, either case. Braces, URNs and bare hex are refused, so that every id has
/// one spelling in the log.
fn parse_guid(text: &str) -> Result<Uuid, NotAGuid> {
    let shown = || NotAGuid(text.chars().take(64).collect());
    if text.len() == uuid::fmt::Hyphenated::LENGTH { Uuid::try_parse(text).map_err(|_| shown()) } else { Err(shown()) }
}

/// Any of the ids.
pub trait Id: Copy + Ord {
    /// The first in order, where a range begins.
    const MIN: Self;
    /// The last in order, where a range ends.
    const MAX: Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this GUID.
            pub const fn new(guid: Uuid) -> Self {
                Self(guid)
            }

            pub const fn guid(self) -> Uuid {
                self.0
            }
        }

        impl Id for $name {
            const MIN: Self = Self(Uuid::nil());
            const MAX: Self = Self(Uuid::max());
        }

        /// As one number: its bytes one by one, and their length, take longer.
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                state.write_u128(u128::from_ne_bytes(*self.0.as_bytes()));
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAGuid;

            fn from_str(text: &str) -> Result<Self, NotAGuid> {
                parse_guid(text).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_text(deserializer, str::parse)
            }
        }
    )+};
}

ids! {
    TenantId
    /// A tenant registered as a partner.
    PartnerId
    /// A tenant registered as a customer.
    CustomerId
    /// A user's object id inside its tenant.
    ObjectId
    /// An invitation; part of its personal link.
    InvitationId
    /// An Azure or Microsoft 365 subscription.
    SubscriptionId
    /// A role assignment on an Azure subscription.
    RoleAssignmentId
    /// A Windows Autopilot device.
    DeviceId
    /// A Windows Autopilot deployment profile.
    ProfileId
    ServiceRequestId
    /// A webhook of somebody's.
    WebhookId
    /// The names of a user, until they are erased: a user who is described anew has others.
    DescriptionId
}

impl From<PartnerId> for TenantId {
    fn from(partner: PartnerId) -> Self {
        Self(partner.0)
    }
}

impl From<CustomerId> for TenantId {
    fn from(customer: CustomerId) -> Self {
        Self(customer.0)
    }
}

impl TenantId {
    /// This tenant, taken as a partner. Whether it is one is a fact to ask for.
    pub const fn as_partner(self) -> PartnerId {
        PartnerId(self.0)
    }

    /// This tenant, taken as a customer. Whether it is one is a fact to ask for.
    pub const fn as_customer(self) -> CustomerId {
        CustomerId(self.0)
    }
}
