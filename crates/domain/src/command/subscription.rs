//! Commands about subscriptions and the roles on them.

use super::named_fields::named_fields;
use crate::{
    id::{CustomerId, PartnerId, RoleAssignmentId, SubscriptionId},
    text::Name,
    vocabulary::{Principal, ResourceRole, SubscriptionKind},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProvisionSubscription {
    pub customer: CustomerId,
    pub partner: PartnerId,
    /// The subscription's id; generated when left out.
    #[serde(default)]
    pub subscription: Option<SubscriptionId>,
    /// The id of the role assignment that comes with an Azure subscription; generated when left out.
    #[serde(default)]
    pub role_assignment: Option<RoleAssignmentId>,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
    pub name: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterSubscription {
    pub customer: CustomerId,
    /// The subscription's id, which it already has.
    pub subscription: SubscriptionId,
    /// The id of the role assignment that comes with an Azure subscription; generated when left out.
    #[serde(default)]
    pub role_assignment: Option<RoleAssignmentId>,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
    pub name: Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignRole {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    /// The role assignment's id; generated when left out.
    #[serde(default)]
    pub role_assignment: Option<RoleAssignmentId>,
    pub role: ResourceRole,
    #[serde(deserialize_with = "named_fields")]
    pub principal: Principal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveRoleAssignment {
    pub customer: CustomerId,
    pub role_assignment: RoleAssignmentId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewSubscription {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelSubscription {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
}
