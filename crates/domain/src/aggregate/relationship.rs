//! A reseller relationship of a customer with a partner, and the delegated admin privileges that may come with it.

use crate::{
    access::Permit,
    command::OpenServiceRequest,
    decide::Context,
    event::{ContractRenegotiated, DapRevoked, Event, RelationshipEnded, ServiceRequestOpened},
    id::ServiceRequestId,
    refusal::Refusal,
    temporal::{EventRef, Periods, Position, Standing},
    vocabulary::{Pair, Severity, SupportRoute},
};

/// What a customer and a partner have to do with each other. Every pair has its own, so that what one partner loses the
/// others keep (REL-3); the relationship and the privileges are kept apart, so that one goes on without the other (REL-1).
#[derive(Debug, Clone)]
pub struct Relationship {
    pub pair: Pair,
    /// When the relationship was active.
    pub active: Periods,
    /// When delegated admin privileges were in force.
    pub dap: Periods,
    /// When the partner owed the customer support (SUP-1, SUP-3).
    pub owed: Periods,
    /// The service requests that the partner opened.
    pub service_requests: Vec<ServiceRequest>,
}

/// A service request that a partner opened on its customer's behalf. What it is about stands sealed beside the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRequest {
    pub id: ServiceRequestId,
    /// How bad the matter is.
    pub severity: Severity,
    /// The route that held (SUP-2).
    pub route: SupportRoute,
    /// The event that opened it.
    pub opened: EventRef,
}

impl Relationship {
    /// Takes delegated admin privileges away, and nothing else (DAP-5).
    pub fn decide_revoke(&self, _: &Permit, now: Position) -> Result<Vec<Event>, Refusal> {
        if !self.relationship(now).is_in_force() {
            return Err(Refusal::NoRelationship);
        }
        if !self.dap(now).is_in_force() {
            return Err(Refusal::NoDap);
        }
        Ok(vec![self.revoked()])
    }

    /// Ends the relationship, and delegated admin privileges with it (REL-4).
    ///
    /// `active_subscriptions`: how many subscriptions that the partner provisioned are active.
    pub fn decide_end(&self, active_subscriptions: usize, _: &Permit, now: Position) -> Result<Vec<Event>, Refusal> {
        if !self.relationship(now).is_in_force() {
            return Err(Refusal::NoRelationship);
        }
        if active_subscriptions > 0 {
            return Err(Refusal::ActiveSubscriptions(active_subscriptions));
        }
        let Pair { customer, partner } = self.pair;
        let revoked = self.dap(now).is_in_force().then(|| self.revoked());
        Ok(revoked.into_iter().chain([RelationshipEnded { customer, partner }.into()]).collect())
    }

    /// Records that the contract was renegotiated: nothing is owed any more. After the relationship, too (SUP-3).
    pub fn decide_renegotiate(&self, now: Position) -> Result<Vec<Event>, Refusal> {
        let Pair { customer, partner } = self.pair;
        match self.owed.standing(now) {
            Standing::Never => Err(Refusal::NoRelationship),
            Standing::Ended(_) => Err(Refusal::AlreadyRenegotiated),
            Standing::InForce(_) => Ok(vec![ContractRenegotiated { customer, partner }.into()]),
        }
    }

    /// Opens a service request by the route that holds (SUP-2).
    pub fn decide_open_request(
        &self,
        command: &OpenServiceRequest,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        let OpenServiceRequest { customer, partner, severity, .. } = *command;
        let route = self.support(context.position).ok_or(Refusal::AlreadyRenegotiated)?;
        let service_request = ServiceRequestId::new(context.fresh.entity);
        Ok(vec![ServiceRequestOpened { customer, partner, service_request, severity, route }.into()])
    }

    /// The service requests from that position on, oldest first.
    pub fn service_requests_from(&self, from: Position) -> &[ServiceRequest] {
        let before = self.service_requests.partition_point(|request| request.opened.position < from);
        self.service_requests.get(before..).unwrap_or_default()
    }

    fn revoked(&self) -> Event {
        let Pair { customer, partner } = self.pair;
        DapRevoked { customer, partner }.into()
    }

    /// The two sides before anything was established.
    pub(crate) fn between(pair: Pair) -> Self {
        Self {
            pair,
            active: Periods::default(),
            dap: Periods::default(),
            owed: Periods::default(),
            service_requests: Vec::new(),
        }
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::RelationshipEstablished(_) => {
                self.active.begin((), at);
                // What is owed already goes on; after a renegotiation it is owed anew (SUP-3).
                if !self.owed.standing(at.position).is_in_force() {
                    self.owed.begin((), at);
                }
            }
            Event::ContractRenegotiated(_) => self.owed.end(at),
            Event::ServiceRequestOpened(opened) => {
                let (id, severity, route) = (opened.service_request, opened.severity, opened.route);
                self.service_requests.push(ServiceRequest { id, severity, route, opened: at });
            }
            Event::RelationshipEnded(_) => self.active.end(at),
            Event::DapGranted(_) => self.dap.begin((), at),
            Event::DapRevoked(_) => self.dap.end(at),
            _ => {}
        }
    }

    /// Whether the relationship was active.
    pub fn relationship(&self, at: Position) -> Standing {
        self.active.standing(at)
    }

    /// Whether delegated admin privileges were in force.
    pub fn dap(&self, at: Position) -> Standing {
        self.dap.standing(at)
    }

    /// Whether something ended here that has not been given again: what the partner then still holds is residual.
    pub fn has_residue(&self, at: Position) -> bool {
        [self.relationship(at), self.dap(at)].iter().any(|standing| standing.is_ended())
    }

    /// How the partner gives the support it owes; nothing if it owes none (SUP-1 to SUP-3).
    pub fn support(&self, at: Position) -> Option<SupportRoute> {
        let route = if self.dap(at).is_in_force() { SupportRoute::AdminPortal } else { SupportRoute::MicrosoftSupport };
        self.owed.at(at).map(|_| route)
    }
}
