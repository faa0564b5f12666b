//! Commands about subscriptions and the roles on them.

use super::named_fields::named_fields;
use crate::{
    id::{CustomerId, PartnerId, RoleAssignmentId, SubscriptionId},
    text::Name,
    vocabulary::{Principal, ResourceRole, SubscriptionKind},
};
use serde::{Deserialize, Serialize};

/// Fields of [`Command::ProvisionSubscription`](super::Command::ProvisionSubscription).
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

/// Fields of [`Command::RegisterSubscription`](super::Command::RegisterSubscription).
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

/// Fields of [`Command::AssignRole`](super::Command::AssignRole).
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

/// Fields of [`Command::RemoveRoleAssignment`](super::Command::RemoveRoleAssignment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveRoleAssignment {
    /// In whose tenant.
    pub customer: CustomerId,
    /// Which assignment.
    pub role_assignment: RoleAssignmentId,
}

/// Fields of [`Command::RenewSubscription`](super::Command::RenewSubscription).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewSubscription {
    /// In whose tenant.
    pub customer: CustomerId,
    /// Which one.
    pub subscription: SubscriptionId,
}

/// Fields of [`Command::CancelSubscription`](super::Command::CancelSubscription).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelSubscription {
    /// In whose tenant.
    pub customer: CustomerId,
    /// Which one.
    pub subscription: SubscriptionId,
}
