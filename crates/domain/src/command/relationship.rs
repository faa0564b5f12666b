//! Commands about reseller relationships, delegated admin privileges, and the support that is owed.

use crate::{
    id::{CustomerId, PartnerId},
    text::Name,
    vocabulary::Severity,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeDap {
    pub customer: CustomerId,
    pub partner: PartnerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndRelationship {
    pub customer: CustomerId,
    pub partner: PartnerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenegotiateContract {
    pub customer: CustomerId,
    pub partner: PartnerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenServiceRequest {
    pub customer: CustomerId,
    pub partner: PartnerId,
    /// What it is about.
    pub title: Name,
    /// How bad it is.
    pub severity: Severity,
}
