//! Commands about tenants: who is registered, who holds which directory role, who is in which group.

use crate::{
    id::{CustomerId, ObjectId, PartnerId, TenantId},
    text::{DomainName, Name},
    vocabulary::{DirectoryRole, PartnerGroup},
};
use serde::{Deserialize, Serialize};

/// Fields of [`Command::RegisterPartner`](super::Command::RegisterPartner).
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

/// Fields of [`Command::RegisterCustomer`](super::Command::RegisterCustomer).
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

/// Fields of [`Command::AddGroupMember`](super::Command::AddGroupMember).
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

/// Fields of [`Command::RemoveGroupMember`](super::Command::RemoveGroupMember).
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

/// Fields of [`Command::AssignDirectoryRole`](super::Command::AssignDirectoryRole).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignDirectoryRole {
    /// In whose directory.
    pub tenant: TenantId,
    /// To whom: one of the tenant's own users.
    pub user: ObjectId,
    /// Which role.
    pub role: DirectoryRole,
}

/// Fields of [`Command::RemoveDirectoryRole`](super::Command::RemoveDirectoryRole).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveDirectoryRole {
    /// In whose directory.
    pub tenant: TenantId,
    /// From whom.
    pub user: ObjectId,
    /// Which role.
    pub role: DirectoryRole,
}
