//! Commands about reseller relationships, delegated admin privileges, and the support that is owed.

use crate::{
    id::{CustomerId, PartnerId},
    text::Name,
    vocabulary::Severity,
};
use serde::{Deserialize, Serialize};

/// Fields of [`Command::RevokeDap`](super::Command::RevokeDap).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeDap {
    /// In whose tenant.
    pub customer: CustomerId,
    /// Whose privileges.
    pub partner: PartnerId,
}

/// Fields of [`Command::EndRelationship`](super::Command::EndRelationship).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndRelationship {
    /// With which customer.
    pub customer: CustomerId,
    /// Whose relationship.
    pub partner: PartnerId,
}

/// Fields of [`Command::RenegotiateContract`](super::Command::RenegotiateContract).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenegotiateContract {
    /// With which customer.
    pub customer: CustomerId,
    /// Whose contract.
    pub partner: PartnerId,
}

/// Fields of [`Command::OpenServiceRequest`](super::Command::OpenServiceRequest).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenServiceRequest {
    /// For whom.
    pub customer: CustomerId,
    /// Who opens it.
    pub partner: PartnerId,
    /// What it is about.
    pub title: Name,
    /// How bad it is.
    pub severity: Severity,
}
