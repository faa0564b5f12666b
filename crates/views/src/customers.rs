//! View 2: a partner's customers: those that accepted an invitation, and nobody else (INV-5).

use crate::{
    looked::Looked,
    partner_relationships::RelationshipSummary,
    portals::{Portal, portals},
    subscriptions::concerning,
    tenant_summary::TenantSummary,
};
use procura_domain::{
    access::Subject,
    aggregate::{relationship::Relationship, subscription::Subscription},
    id::{CustomerId, PartnerId, SubscriptionId},
    state::State,
    temporal::{Moment, Standing},
    vocabulary::{Pair, SubscriptionKind},
};
use serde::{Deserialize, Serialize};

/// How many subscriptions a row names.
const SUBSCRIPTIONS_MAX: usize = 20;

/// One customer of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    pub customer: TenantSummary,
    /// How the reseller relationship stands.
    #[serde(flatten)]
    pub relationship: RelationshipSummary,
    /// The first subscriptions that concern this partner: it provisioned them, or it holds a role on them.
    pub subscriptions: Vec<SubscriptionSummary>,
    /// Whether there may be more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_subscriptions: bool,
    /// The customer's admin portals, as they are open to the asking agent; none if no agent asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portals: Option<Vec<Portal>>,
}

/// A subscription in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionSummary {
    pub id: SubscriptionId,
    pub name: String,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
}

/// The customers, by id, with whom the partner has or had a relationship.
pub fn customer_ids(state: &State, partner: PartnerId, at: Moment) -> Vec<CustomerId> {
    let related = |customer: &CustomerId| related(state, Pair { customer: *customer, partner }, at).is_some();
    state.customers_of(partner).filter(related).collect()
}

/// The partner's customers from that one on, by id, with the portals that are open to `agent`.
pub fn customers(
    state: &State,
    partner: PartnerId,
    agent: Option<Subject>,
    at: Moment,
    from: CustomerId,
) -> impl Iterator<Item = Looked<CustomerId, Customer>> {
    let customers = state.customers_from(partner, from);
    customers.map(move |id| Looked::new(id, customer(state, partner, id, agent, at)))
}

/// One of the partner's customers, with the portals that are open to `agent`; nothing if it is none by then.
pub fn customer(
    state: &State,
    partner: PartnerId,
    customer: CustomerId,
    agent: Option<Subject>,
    at: Moment,
) -> Option<Customer> {
    let between = related(state, Pair { customer, partner }, at)?;
    let (concerning, more) = concerning(state, customer, partner, at);
    let summary = |subscription: &Subscription<'_>| SubscriptionSummary {
        id: subscription.id(),
        name: subscription.name().to_string(),
        kind: subscription.kind(),
    };
    let subscriptions = concerning.iter().take(SUBSCRIPTIONS_MAX).map(summary).collect();
    let more_subscriptions = more || concerning.len() > SUBSCRIPTIONS_MAX;
    let relationship = RelationshipSummary::of(state, Some(between), at.position);
    let portals = agent.map(|agent| portals(state, agent, customer, at));
    let customer = TenantSummary::of(state, customer.into())?;
    Some(Customer { customer, relationship, subscriptions, more_subscriptions, portals })
}

/// How the relationship of the two stands, if there is or was one by then (INV-5).
pub fn relationship_summary(state: &State, pair: Pair, at: Moment) -> Option<RelationshipSummary> {
    related(state, pair, at).map(|between| RelationshipSummary::of(state, Some(between), at.position))
}

/// What the two have to do with each other, if they have or had a relationship by then (INV-5).
fn related(state: &State, pair: Pair, at: Moment) -> Option<Relationship<'_>> {
    state.between(pair).filter(|between| between.relationship(at.position) != Standing::Never)
}
