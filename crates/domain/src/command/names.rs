//! The names that commands give users: the one that is for that, and others in passing.

use super::{AddGroupMember, AssignDirectoryRole, Command, DescribeUser, RegisterCustomer, RegisterPartner};
use crate::{
    text::{Name, UserPrincipalName},
    vocabulary::User,
};

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
