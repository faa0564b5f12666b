//! View 4: who holds a directory role explicitly. A partner is never among them (DAP-2).

use crate::looked::{Looked, looking};
use procura_domain::{
    id::{ObjectId, TenantId},
    state::{PeriodList, State},
    temporal::Moment,
    vocabulary::DirectoryRole,
};
use serde::{Deserialize, Serialize};

/// A member of a directory role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// One of the tenant's own users.
    pub user: ObjectId,
}

/// The explicit members of the role in the tenant's directory from that one on, by object id.
pub fn directory_role_members(
    state: &State,
    tenant: TenantId,
    role: DirectoryRole,
    at: Moment,
    from: ObjectId,
) -> impl Iterator<Item = Looked<ObjectId, Member>> {
    let held = state.tenant(tenant).into_iter().flat_map(move |tenant| tenant.holders_ever(role, from));
    looking(held, move |(user, periods)| Member::looked(user, periods, at))
}

impl Member {
    pub(crate) fn looked(user: ObjectId, periods: PeriodList<'_>, at: Moment) -> Looked<ObjectId, Self> {
        Looked::new(user, periods.at(at.position).map(|_| Self { user }))
    }
}
