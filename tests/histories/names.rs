//! The second reading, continued: what people are called.

use crate::model::{Id, World, guid, known};
use serde_json::Value;

impl World {
    /// What a command that was accepted called a user, which no event says.
    pub(crate) fn name(&mut self, command: &str, fields: &Value) {
        if let (Some(who), Some(name)) = (named(command, fields), fields["userPrincipalName"].as_str()) {
            self.names.insert(who, Some(name.to_lowercase()));
        }
    }

    /// The user of the tenant who has the user principal name that a command gives.
    pub(crate) fn name_holder(&self, command: &str, fields: &Value) -> Option<Id> {
        let ((tenant, _), name) = (named(command, fields)?, fields["userPrincipalName"].as_str()?.to_lowercase());
        let mut names = self.names.iter().filter(|((of, _), held)| *of == tenant && **held == Some(name.clone()));
        names.next().map(|((_, user), _)| *user)
    }
}

/// A user as the subject of an erasure.
pub(crate) fn user_subject(tenant: Id, user: Id) -> String {
    format!("user:{}/{}", guid(tenant), guid(user))
}

/// The tenant and the user to whom a command gives names, if it does.
pub(crate) fn named(command: &str, fields: &Value) -> Option<(Id, Id)> {
    let (tenant, user) = match command {
        "RegisterPartner" => ("partner", "globalAdministrator"),
        "RegisterCustomer" => ("customer", "globalAdministrator"),
        "AddGroupMember" => ("partner", "user"),
        "AssignDirectoryRole" | "DescribeUser" => ("tenant", "user"),
        _ => return None,
    };
    let gives = fields["displayName"].is_string() || fields["userPrincipalName"].is_string();
    gives.then(|| (known(fields, tenant), known(fields, user)))
}
