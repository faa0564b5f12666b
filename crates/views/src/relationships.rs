//! Who has to do with whom: every customer with every partner of its, as one list.

use crate::{
    looked::Looked,
    partner_relationships::{PartnerRelationship, row},
    tenant_summary::TenantSummary,
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    state::State,
    temporal::Moment,
};
use serde::{Deserialize, Serialize};

/// A customer and one of its partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationshipRow {
    pub customer: TenantSummary,
    #[serde(flatten)]
    pub with: PartnerRelationship,
}

/// What the customer has or had to do with its partners, from that one on, by id; with one alone, if one is named.
pub fn relationships(
    state: &State,
    customer: CustomerId,
    partner: Option<PartnerId>,
    at: Moment,
    from: PartnerId,
) -> impl Iterator<Item = Looked<PartnerId, RelationshipRow>> {
    let only = partner.filter(|partner| *partner >= from).map(Into::into);
    let all = partner.is_none().then(|| state.tenants_with_access(customer, from.into()));
    only.into_iter().chain(all.into_iter().flatten()).map(move |tenant| {
        let row = || {
            let with = row(state, customer, tenant, at)?;
            Some(RelationshipRow { customer: TenantSummary::of(state, customer.into())?, with })
        };
        Looked::new(tenant.as_partner(), row())
    })
}
