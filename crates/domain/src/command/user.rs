//! What a user is called: the command that says so, and what other commands say of it in passing.

use super::{AddGroupMember, AssignDirectoryRole, Command, RegisterCustomer, RegisterPartner};
use crate::{
    id::{ObjectId, TenantId},
    text::{Name, UserPrincipalName},
    vocabulary::User,
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

/// The names that a command gives a user; one of them at least.
#[derive(Debug, Clone, Copy)]
pub struct GivenNames<'c> {
    pub user: User,
    pub display_name: Option<&'c Name>,
    pub user_principal_name: Option<&'c UserPrincipalName>,
}

impl Command {
    /// The names that it gives a user, if it gives any.
    pub fn names(&self) -> Option<GivenNames<'_>> {
        let (tenant, user, display_name, user_principal_name) = match self {
            Self::DescribeUser(DescribeUser { tenant, user, display_name, user_principal_name })
            | Self::AssignDirectoryRole(AssignDirectoryRole {
                tenant, user, display_name, user_principal_name, ..
            }) => (*tenant, *user, display_name, user_principal_name),
            Self::AddGroupMember(AddGroupMember { partner, user, display_name, user_principal_name, .. })
            | Self::RegisterPartner(RegisterPartner {
                partner,
                global_administrator: user,
                display_name,
                user_principal_name,
                ..
            }) => ((*partner).into(), *user, display_name, user_principal_name),
            Self::RegisterCustomer(RegisterCustomer {
                customer,
                global_administrator: user,
                display_name,
                user_principal_name,
                ..
            }) => ((*customer).into(), *user, display_name, user_principal_name),
            _ => return None,
        };
        let names = GivenNames {
            user: User { tenant, user },
            display_name: display_name.as_ref(),
            user_principal_name: user_principal_name.as_ref(),
        };
        (display_name.is_some() || user_principal_name.is_some()).then_some(names)
    }
}
