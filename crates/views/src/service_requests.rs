//! View 6: the service requests that partners opened on a customer's behalf (SUP-2).

use crate::looked::Looked;
use procura_domain::{
    id::{CustomerId, PartnerId, ServiceRequestId},
    state::State,
    temporal::{EventRef, Moment, Position, Timestamp},
    visibility::VisibleScope,
    vocabulary::{Pair, Severity, SupportRoute},
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

/// The customer's service requests from that position on, oldest first: of all partners, or of one.
pub fn service_requests(
    state: &State,
    customer: CustomerId,
    scope: VisibleScope,
    at: Moment,
    from: Position,
) -> impl Iterator<Item = Looked<Position, ServiceRequestRow>> {
    let of_one = scope.partner().and_then(|partner| state.between(Pair { customer, partner })).map(move |between| {
        let requests = between.service_requests_from(from);
        requests.map(move |request| (between.pair().partner, request))
    });
    let of_all = scope.partner().is_none().then(|| state.service_requests_from(customer, from));
    let requests = of_one.into_iter().flatten().chain(of_all.into_iter().flatten());
    let opened = requests.take_while(move |(_, request)| request.opened.position <= at.position);
    opened.map(|(partner, request)| {
        let row = ServiceRequestRow {
            id: request.id,
            partner,
            severity: request.severity,
            route: request.route,
            opened: state.timeline.recorded_at(request.opened.position),
            event: request.opened,
        };
        Looked::new(request.opened.position, Some(row))
    })
}
