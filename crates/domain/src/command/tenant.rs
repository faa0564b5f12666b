//! Commands about tenants: who is registered, who holds which directory role, who is in which group.

use crate::{
    id::{CustomerId, ObjectId, PartnerId, TenantId},
    text::{DomainName, Name, UserPrincipalName},
    vocabulary::{DirectoryRole, PartnerGroup},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterPartner {
    pub partner: PartnerId,
    pub name: Name,
    pub domain: DomainName,
    /// Its first Global administrator, one of its own users.
    pub global_administrator: ObjectId,
    /// How that user is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What that user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterCustomer {
    pub customer: CustomerId,
    pub name: Name,
    pub domain: DomainName,
    /// Its first Global administrator, one of its own users.
    pub global_administrator: ObjectId,
    /// How that user is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What that user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddGroupMember {
    pub partner: PartnerId,
    pub group: PartnerGroup,
    /// One of the partner's own users.
    pub user: ObjectId,
    /// How the user is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What the user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveGroupMember {
    pub partner: PartnerId,
    pub group: PartnerGroup,
    /// One of the partner's own users.
    pub user: ObjectId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignDirectoryRole {
    pub tenant: TenantId,
    /// To whom: one of the tenant's own users.
    pub user: ObjectId,
    pub role: DirectoryRole,
    /// How the user is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What the user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveDirectoryRole {
    pub tenant: TenantId,
    pub user: ObjectId,
    pub role: DirectoryRole,
}
