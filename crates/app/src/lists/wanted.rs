//! Which rows of a list are wanted, by what they say.

use super::request::ListRequest;
use procura_domain::{id::TenantId, state::State, temporal::Moment, vocabulary::Pair};
use procura_views::{RelationshipState, RelationshipSummary};

/// A text that a name is to have in it, in whatever case; any, if there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NamePart(Option<String>);

impl NamePart {
    pub(super) fn of(request: &ListRequest) -> Self {
        Self(request.name.as_ref().map(|name| name.to_lowercase()))
    }

    pub(super) fn is_in(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|part| name.to_lowercase().contains(part))
    }

    /// Whether it is in the tenant's name or domain.
    pub(super) fn is_of(&self, tenant: TenantId, state: &State) -> bool {
        self.0.is_none()
            || state.tenant(tenant).is_some_and(|found| self.is_in(found.name()) || self.is_in(found.domain()))
    }
}

/// Which relationships are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WantedRelationships {
    dap: Option<bool>,
    residual: Option<bool>,
    ended: Option<bool>,
}

impl WantedRelationships {
    pub(super) fn of(request: &ListRequest) -> Self {
        let ListRequest { dap, residual, ended, .. } = *request;
        Self { dap, residual, ended }
    }

    /// Whether this one is, of which the reader may know.
    pub(super) fn has(self, pair: Pair, summary: &RelationshipSummary, state: &State, at: Moment) -> bool {
        let residual = || procura_views::residual_rows(state, pair, at.position) > 0;
        self.dap.is_none_or(|wanted| wanted == summary.delegated_admin)
            && self.ended.is_none_or(|wanted| wanted == (summary.relationship == RelationshipState::Ended))
            && self.residual.is_none_or(|wanted| wanted == residual())
    }
}
