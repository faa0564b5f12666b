//! View 6: the service requests that partners opened on a customer's behalf (SUP-2).

use procura_domain::{
    id::{CustomerId, PartnerId, ServiceRequestId},
    state::State,
    temporal::{EventRef, Moment, Timestamp},
    visibility::VisibleScope,
    vocabulary::{Severity, SupportRoute},
};
use serde::Serialize;

/// One service request. What it is about stands sealed beside the event that opened it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequestRow {
    pub id: ServiceRequestId,
    pub partner: PartnerId,
    /// How bad the matter is.
    pub severity: Severity,
    /// The route that held.
    pub route: SupportRoute,
    pub opened: Option<Timestamp>,
    /// The event that opened it.
    #[serde(skip)]
    pub event: EventRef,
}

/// The customer's service requests, oldest first: of all partners, or of one.
pub fn service_requests(
    state: &State,
    customer: CustomerId,
    scope: VisibleScope,
    at: Moment,
) -> Vec<ServiceRequestRow> {
    let relationships = state.relationships_of(customer);
    let within = relationships.filter(|relationship| scope.includes(Some(relationship.pair.partner)));
    let rows = within.flat_map(|relationship| {
        let partner = relationship.pair.partner;
        let opened = relationship.service_requests.iter().filter(|request| request.opened.position <= at.position);
        opened.map(move |request| ServiceRequestRow {
            id: request.id,
            partner,
            severity: request.severity,
            route: request.route,
            opened: state.timeline.recorded_at(request.opened.position),
            event: request.opened,
        })
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| row.event);
    rows
}
