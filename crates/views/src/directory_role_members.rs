//! View 4: who holds a directory role explicitly. A partner is never among them (DAP-2).

use procura_domain::{
    id::{ObjectId, TenantId},
    state::State,
    temporal::Moment,
    vocabulary::DirectoryRole,
};
use serde::Serialize;

/// A member of a directory role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Member {
    /// One of the tenant's own users.
    pub user: ObjectId,
}

/// The explicit members of the role in the tenant's directory, by object id.
pub fn directory_role_members(state: &State, tenant: TenantId, role: DirectoryRole, at: Moment) -> Vec<Member> {
    let Some(tenant) = state.tenant(tenant) else { return Vec::new() };
    let held = tenant.directory_roles().filter(|(held, _, periods)| *held == role && periods.at(at.position).is_some());
    held.map(|(_, user, _)| Member { user }).collect()
}
