//! What ends a piece of access: the one command that does, and who issues it. Both the command line and the pages offer it.

use procura_domain::{
    command::{Command, EndRelationship, RemoveDirectoryRole, RemoveRoleAssignment, RevokeDap},
    id::{CustomerId, PartnerId, RoleAssignmentId},
    vocabulary::Principal,
};
use procura_views::{Access, Holder, Origin, PermissionRow, Role};

/// The command that ends a piece of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingCommand {
    pub command: Command,
    /// The partner whose Admin agents issue it, where nobody of the customer's may (REL-4).
    pub only_by: Option<PartnerId>,
}

/// What ends that access in the customer's tenant: the role assignment, if it is one; nothing, if no one command does.
pub fn ending(
    access: &Access,
    role_assignment: Option<RoleAssignmentId>,
    customer: CustomerId,
) -> Option<EndingCommand> {
    let by_customer = |command: Command| Some(EndingCommand { command, only_by: None });
    if let Some(role_assignment) = role_assignment {
        return by_customer(RemoveRoleAssignment { customer, role_assignment }.into());
    }
    match (access.principal, access.origin, access.role) {
        (Holder::Partner { partner }, ..) => {
            Some(EndingCommand { command: EndRelationship { customer, partner }.into(), only_by: Some(partner) })
        }
        (Holder::Principal(Principal::Group(group)), Origin::Dap, _) => {
            by_customer(RevokeDap { customer, partner: group.partner }.into())
        }
        (Holder::Principal(Principal::User(user)), Origin::Explicit, Role::Directory(role)) => {
            by_customer(RemoveDirectoryRole { tenant: user.tenant, user: user.user, role }.into())
        }
        _ => None,
    }
}

/// What ends the access of that row.
pub fn ending_of(row: &PermissionRow, customer: CustomerId) -> Option<EndingCommand> {
    ending(&row.access(), row.role_assignment, customer)
}
