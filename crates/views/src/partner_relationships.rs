//! View 1: a customer's partners, as its administrator's *Partner relationships* page shows them (DAP-2, DAP-4).

use crate::{
    effective_permissions::implicit_roles, looked::Looked, residual_access::residual_rows,
    tenant_summary::TenantSummary,
};
use procura_domain::{
    aggregate::relationship::Relationship,
    id::{CustomerId, PartnerId, TenantId},
    state::{PeriodList, State},
    temporal::{Moment, Position, Standing, Timestamp},
    vocabulary::{DirectoryRole, Pair, PartnerGroup, SupportRoute, TenantKind},
};
use serde::{Deserialize, Serialize};

/// One partner of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerRelationship {
    pub partner: TenantSummary,
    /// How the reseller relationship stands.
    #[serde(flatten)]
    pub relationship: RelationshipSummary,
    /// The directory roles its groups hold because DAP is in force.
    pub implicit_roles: Vec<ImplicitRole>,
    /// How many role assignments its groups and users hold on the customer's subscriptions.
    pub role_assignments: usize,
    /// How many rows of residual access it has.
    pub residual_access: usize,
    /// The support it owes.
    pub support: Support,
}

/// How a reseller relationship and its DAP stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelationshipSummary {
    /// Active, ended, or never there.
    pub relationship: RelationshipState,
    /// Since when it is, or was, active.
    pub relationship_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship_ended: Option<Timestamp>,
    /// Whether DAP is in force.
    pub delegated_admin: bool,
    /// Since when.
    pub delegated_admin_since: Option<Timestamp>,
}

/// How a reseller relationship stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RelationshipState {
    Active,
    /// It was, and ended.
    Ended,
    /// There never was one: the partner only holds roles (SUB-8).
    None,
}

/// A directory role that a group holds implicitly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImplicitRole {
    pub group: PartnerGroup,
    pub role: DirectoryRole,
}

/// The support a partner owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Whether it owes any (SUP-1).
    pub owed: bool,
    /// How it gives it (SUP-2).
    pub route: Option<SupportRoute>,
}

/// The customer's partners from that one on, by id: those it has or had a relationship with, and those that hold roles all
/// the same.
pub fn partner_relationships(
    state: &State,
    customer: CustomerId,
    at: Moment,
    from: PartnerId,
) -> impl Iterator<Item = Looked<PartnerId, PartnerRelationship>> {
    let tenants = state.tenants_with_access(customer, from.into());
    tenants.map(move |tenant| Looked::new(tenant.as_partner(), row(state, customer, tenant, at)))
}

/// Whether the partner had a relationship with the customer by then, or held a role in its tenant.
pub fn has_to_do_with(state: &State, Pair { customer, partner }: Pair, at: Moment) -> bool {
    let between = state.between(Pair { customer, partner });
    between.is_some_and(|between| between.relationship(at.position) != Standing::Never)
        || state.roles_held(customer, partner.into(), at.position) > 0
}

pub(crate) fn row(state: &State, customer: CustomerId, tenant: TenantId, at: Moment) -> Option<PartnerRelationship> {
    state.tenant(tenant).filter(|tenant| tenant.kind() == TenantKind::Partner)?;
    let (pair, position) = (Pair { customer, partner: tenant.as_partner() }, at.position);
    if !has_to_do_with(state, pair, at) {
        return None;
    }
    let between = state.between(pair);
    let role_assignments = state.roles_held(customer, tenant, position);
    let relationship = RelationshipSummary::of(state, between, position);
    let implicit = |(group, role)| ImplicitRole { group, role };
    let implicit_roles = implicit_roles().map(implicit).filter(|_| relationship.delegated_admin).collect();
    let residual_access = residual_rows(state, pair, position);
    let route = between.and_then(|relationship| relationship.support(position));
    let support = Support { owed: route.is_some(), route };
    let partner = TenantSummary::of(state, tenant)?;
    Some(PartnerRelationship { partner, relationship, implicit_roles, role_assignments, residual_access, support })
}

impl RelationshipSummary {
    pub(crate) fn of(state: &State, between: Option<Relationship<'_>>, at: Position) -> Self {
        let newest = |periods: Option<PeriodList<'_>>| {
            let period = periods.and_then(|periods| periods.newest(at));
            let time = |position| state.timeline.recorded_at(position);
            let since = period.and_then(|period| time(period.from.position));
            (since, period.and_then(|period| period.ended_by(at)).and_then(|ended| time(ended.position)))
        };
        let (relationship_since, relationship_ended) = newest(between.map(Relationship::active));
        let relationship = match (relationship_since, relationship_ended) {
            (None, _) => RelationshipState::None,
            (Some(_), None) => RelationshipState::Active,
            (Some(_), Some(_)) => RelationshipState::Ended,
        };
        let (dap_since, dap_ended) = newest(between.map(Relationship::dap_periods));
        let delegated_admin_since = dap_since.filter(|_| dap_ended.is_none());
        let delegated_admin = delegated_admin_since.is_some();
        Self { relationship, relationship_since, relationship_ended, delegated_admin, delegated_admin_since }
    }
}
