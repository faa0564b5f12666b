//! Commands about tenants: who is registered, who holds which directory role, who is in which group.

use crate::{
    id::{CustomerId, ObjectId, PartnerId, TenantId},
    text::{DomainName, Name},
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterCustomer {
    pub customer: CustomerId,
    pub name: Name,
    pub domain: DomainName,
    /// Its first Global administrator, one of its own users.
    pub global_administrator: ObjectId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddGroupMember {
    pub partner: PartnerId,
    pub group: PartnerGroup,
    /// One of the partner's own users.
    pub user: ObjectId,
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveDirectoryRole {
    pub tenant: TenantId,
    pub user: ObjectId,
    pub role: DirectoryRole,
}
