//! What a row of the effective permissions says beside when: who holds which role where, and how they came by it.

use procura_domain::{
    id::{CustomerId, PartnerId, SubscriptionId},
    vocabulary::{AssignmentOrigin, DirectoryRole, Principal, ResourceRole},
};
use serde::{Deserialize, Serialize};

/// A row of the effective permissions, without when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Access {
    pub principal: Holder,
    pub scope: Scope,
    pub role: Role,
    /// How they came by it.
    pub origin: Origin,
}

/// Who holds a role: a group, a user, or, as a reseller, the partner itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Holder {
    /// A group or a user.
    Principal(Principal),
    /// A partner, by its reseller relationship.
    Partner { partner: PartnerId },
}

/// Where a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "camelCase")]
pub enum Scope {
    /// In the customer's tenant.
    Customer(CustomerId),
    Subscription(SubscriptionId),
}

/// A role of any of the three kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Role {
    /// A role in the directory.
    Directory(DirectoryRole),
    /// A role on a subscription.
    Resource(ResourceRole),
    /// What a relationship alone gives: seeing the customer, provisioning, renewing, Autopilot.
    Reseller(Reseller),
}

impl Role {
    /// The role's one spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Directory(role) => role.name(),
            Self::Resource(role) => role.name(),
            Self::Reseller(_) => "Reseller",
        }
    }
}

/// The role that a reseller relationship gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reseller {
    Reseller,
}

/// How a role came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Delegated admin privileges (DAP-1).
    Dap,
    /// Provisioning a subscription (SUB-2).
    Provisioning,
    /// Registering a subscription (SUB-9).
    Registered,
    /// An assignment (SUB-6).
    Assigned,
    /// An explicit directory role.
    Explicit,
    /// A reseller relationship (REL-2).
    Relationship,
}

impl Origin {
    /// The origin's one spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dap => "dap",
            Self::Provisioning => "provisioning",
            Self::Registered => "registered",
            Self::Assigned => "assigned",
            Self::Explicit => "explicit",
            Self::Relationship => "relationship",
        }
    }
}

impl From<AssignmentOrigin> for Origin {
    fn from(origin: AssignmentOrigin) -> Self {
        match origin {
            AssignmentOrigin::Provisioning => Self::Provisioning,
            AssignmentOrigin::Registered => Self::Registered,
            AssignmentOrigin::Assigned => Self::Assigned,
        }
    }
}
