//! View 6: a customer's subscriptions.

use crate::looked::Looked;
use procura_domain::{
    aggregate::subscription::Subscription,
    id::{CustomerId, Id, PartnerId, SubscriptionId},
    state::State,
    temporal::{Moment, Standing, Timestamp},
    visibility::VisibleScope,
    vocabulary::{Pair, SubscriptionKind},
};
use serde::{Deserialize, Serialize};

/// How many subscriptions that ever concerned a partner are looked at beside a customer of its.
const CONCERNING_LOOKED_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// The customer's subscriptions from that one on, by id: all of them, or those that concern a partner, which are the ones it
/// provisioned and, also after the relationship, those on which it holds a role (VIS-2).
pub fn subscriptions(
    state: &State,
    customer: CustomerId,
    scope: VisibleScope,
    at: Moment,
    from: SubscriptionId,
) -> impl Iterator<Item = Looked<SubscriptionId, SubscriptionRow>> {
    let partner = scope.partner();
    let all = partner.is_none().then(|| state.subscriptions_from(customer, from));
    let concerning = partner.map(|partner| state.subscriptions_concerning(customer, partner.into(), from));
    let subscriptions = all.into_iter().flatten().chain(concerning.into_iter().flatten());
    subscriptions.map(move |subscription| {
        let active = subscription.active(at.position);
        let shown = partner.is_none_or(|partner| concerns(state, subscription, partner, at));
        let row = (shown && active != Standing::Never).then(|| SubscriptionRow {
            id: subscription.id(),
            name: subscription.name().to_string(),
            kind: subscription.kind(),
            provisioned_by: subscription.provisioned_by().filter(|partner| scope.includes(Some(*partner))),
            since: state.timeline.recorded_at(subscription.begun_by().position),
            cancelled: match active {
                Standing::Ended(event) => state.timeline.recorded_at(event.position),
                Standing::InForce(_) | Standing::Never => None,
            },
            role_assignments: partner.map_or_else(
                || subscription.assigned(at.position),
                |partner| subscription.assigned_to(partner.into(), at.position),
            ),
        });
        Looked::new(subscription.id(), row)
    })
}

/// Whether the subscription concerns the partner: it provisioned it and the relationship is active, or, with or without a
/// relationship, it holds a role on it (VIS-2).
pub(crate) fn concerns(state: &State, subscription: Subscription<'_>, partner: PartnerId, at: Moment) -> bool {
    let related = state.between(Pair { customer: subscription.customer(), partner });
    let related = related.is_some_and(|related| related.relationship(at.position).is_in_force());
    subscription.begun_by().position <= at.position
        && ((related && subscription.provisioned_by() == Some(partner))
            || subscription.assigned_to(partner.into(), at.position) > 0)
}

/// The first subscriptions in the customer's tenant, by id, that concern the partner, and whether there may be more.
pub(crate) fn concerning(
    state: &State,
    customer: CustomerId,
    partner: PartnerId,
    at: Moment,
) -> (Vec<Subscription<'_>>, bool) {
    let mut ever = state.subscriptions_concerning(customer, partner.into(), SubscriptionId::MIN);
    let first = ever.by_ref().take(CONCERNING_LOOKED_MAX);
    (first.filter(|found| concerns(state, *found, partner, at)).collect(), ever.next().is_some())
}
