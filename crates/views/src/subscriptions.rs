//! View 6: a customer's subscriptions.

use procura_domain::{
    aggregate::subscription::Subscription,
    id::{CustomerId, PartnerId, SubscriptionId},
    state::State,
    temporal::{Moment, Standing, Timestamp},
    visibility::VisibleScope,
    vocabulary::{Pair, SubscriptionKind},
};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionRow {
    pub id: SubscriptionId,
    pub name: String,
    /// Azure or Microsoft 365.
    pub kind: SubscriptionKind,
    /// The partner that provisioned it; null where it is the customer's own, and, to a partner, another's (VIS-6).
    pub provisioned_by: Option<PartnerId>,
    /// Since when it is on record.
    pub since: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled: Option<Timestamp>,
    /// How many role assignments are in force on it; to a partner, how many of its own (VIS-6).
    pub role_assignments: usize,
}

/// The customer's subscriptions, by id: all of them, or those that concern a partner, which are the ones it provisioned
/// and, also after the relationship, those on which it holds a role (VIS-2).
pub fn subscriptions(state: &State, customer: CustomerId, scope: VisibleScope, at: Moment) -> Vec<SubscriptionRow> {
    let rows = state.subscriptions_of(customer).filter_map(|subscription| {
        let active = subscription.active(at.position);
        let shown = match scope {
            VisibleScope::Everything => true,
            VisibleScope::Partner(partner) => concerns(state, subscription, partner, at),
        };
        (shown && active != Standing::Never).then(|| SubscriptionRow {
            id: subscription.id,
            name: subscription.name.to_string(),
            kind: subscription.kind,
            provisioned_by: subscription.provisioned_by.filter(|partner| scope.includes(Some(*partner))),
            since: state.timeline.recorded_at(subscription.begun_by().position),
            cancelled: match active {
                Standing::Ended(event) => state.timeline.recorded_at(event.position),
                Standing::InForce(_) | Standing::Never => None,
            },
            role_assignments: subscription
                .assignments_in_force(at.position)
                .filter(|(holder, ..)| scope.includes(Some(holder.tenant().as_partner())))
                .count(),
        })
    });
    rows.collect()
}

/// Whether the subscription concerns the partner: it provisioned it and the relationship is active, or, with or without a
/// relationship, it holds a role on it (VIS-2).
pub(crate) fn concerns(state: &State, subscription: &Subscription, partner: PartnerId, at: Moment) -> bool {
    let related = state.between(Pair { customer: subscription.customer, partner });
    let related = related.is_some_and(|related| related.relationship(at.position).is_in_force());
    let mut holders = subscription.assignments_in_force(at.position).map(|(holder, ..)| holder.tenant());
    subscription.begun_by().position <= at.position
        && ((related && subscription.provisioned_by == Some(partner)) || holders.any(|holder| holder == partner.into()))
}
