//! A tenant as other rows name it.

use procura_domain::{id::TenantId, state::State};
use serde::{Deserialize, Serialize};

/// A tenant's id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantSummary {
    pub id: TenantId,
    pub name: String,
}

impl TenantSummary {
    /// The tenant of that id, if there is such a one.
    pub fn of(state: &State, tenant: TenantId) -> Option<Self> {
        state.tenant(tenant).map(|tenant| Self { id: tenant.id(), name: tenant.name().to_string() })
    }
}
