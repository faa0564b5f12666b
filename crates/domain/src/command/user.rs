//! What a user is called: the command that says so.

use crate::{
    id::{ObjectId, TenantId},
    text::{Name, UserPrincipalName},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeUser {
    pub tenant: TenantId,
    /// One of the tenant's own users.
    pub user: ObjectId,
    /// How the user is shown. This or the user principal name is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What the user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}
