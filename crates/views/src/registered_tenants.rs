//! The tenants that are registered.

use procura_domain::{
    id::TenantId,
    state::State,
    temporal::{Moment, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A registered partner or customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredTenant {
    pub id: TenantId,
    pub name: String,
    pub domain: String,
    /// Since when.
    pub registered: Option<Timestamp>,
}

impl RegisteredTenant {
    /// The tenant of that id, if it was registered by then.
    pub fn of(state: &State, tenant: TenantId, at: Moment) -> Option<Self> {
        let tenant = state.tenant(tenant).filter(|tenant| tenant.registered().position <= at.position)?;
        Some(Self {
            id: tenant.id(),
            name: tenant.name().to_owned(),
            domain: tenant.domain().to_owned(),
            registered: state.timeline.recorded_at(tenant.registered().position),
        })
    }
}
