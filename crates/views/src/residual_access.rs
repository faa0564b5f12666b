//! View 5: what partners can still do in a customer's tenant after their privileges or relationship there ended.

use crate::effective_permissions::{Filter, PermissionRow, effective_permissions};
use procura_domain::{
    id::{CustomerId, PartnerId},
    state::State,
    temporal::Moment,
};
use serde::{Deserialize, Serialize};

/// A permission in force that outlasted what it came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidualRow {
    pub customer: CustomerId,
    /// Whose groups or users hold it.
    pub partner: PartnerId,
    #[serde(flatten)]
    pub permission: PermissionRow,
}

/// The residual access in the customer's tenant, of one partner or of all, by partner, oldest first: every row of the
/// effective permissions in force that a partner holds whose privileges or relationship ended and were not given again.
pub fn residual_access(
    state: &State,
    customer: CustomerId,
    partner: Option<PartnerId>,
    at: Moment,
) -> Vec<ResidualRow> {
    let relationships = state.relationships_of(customer).filter(|relationship| {
        partner.is_none_or(|partner| partner == relationship.pair.partner) && relationship.has_residue(at.position)
    });
    let rows = relationships.flat_map(|relationship| {
        let partner = relationship.pair.partner;
        let held = Filter { partner: Some(partner), ..Filter::default() };
        let rows = effective_permissions(state, customer, at, held).into_iter();
        rows.map(move |permission| ResidualRow { customer, partner, permission })
    });
    rows.collect()
}
