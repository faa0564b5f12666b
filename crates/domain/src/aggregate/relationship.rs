//! A reseller relationship of a customer with a partner, and the delegated admin privileges that may come with it.

use crate::{
    access::Permit,
    command::OpenServiceRequest,
    decide::Context,
    event::{ContractRenegotiated, DapRevoked, Event, RelationshipEnded, ServiceRequestOpened},
    id::ServiceRequestId,
    refusal::Refusal,
    store::{PairNumber, PairRow, ServiceRequestRow, SideNumbers, Store, periods::PeriodList, table::Number},
    temporal::{EventRef, Position, Standing},
    vocabulary::{Pair, Severity, SupportRoute},
};

/// What a customer and a partner have to do with each other. Every pair has its own, so that what one partner loses the
/// others keep (REL-3); the relationship and the privileges are kept apart, so that one goes on without the other (REL-1).
#[derive(Clone, Copy)]
pub struct Relationship<'s> {
    store: &'s Store,
    number: PairNumber,
    row: &'s PairRow,
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

impl<'s> Relationship<'s> {
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
        let Pair { customer, partner } = self.pair();
        let revoked = self.dap(now).is_in_force().then(|| self.revoked());
        Ok(revoked.into_iter().chain([RelationshipEnded { customer, partner }.into()]).collect())
    }

    /// Records that the contract was renegotiated: nothing is owed any more. After the relationship, too (SUP-3).
    pub fn decide_renegotiate(&self, now: Position) -> Result<Vec<Event>, Refusal> {
        let Pair { customer, partner } = self.pair();
        match self.owed().standing(now) {
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

    fn revoked(self) -> Event {
        let Pair { customer, partner } = self.pair();
        DapRevoked { customer, partner }.into()
    }

    /// What the two have to do with each other, if they ever had a relationship.
    pub(crate) fn find(store: &'s Store, pair: Pair) -> Option<Self> {
        let (number, row) = store.pair(pair)?;
        (!row.active.is_empty()).then_some(Self { store, number, row })
    }

    pub(crate) fn numbered(store: &'s Store, number: PairNumber) -> Self {
        Self { store, number, row: store.pairs.row(number) }
    }

    pub fn pair(self) -> Pair {
        self.store.pairs.key(self.number)
    }

    /// When the relationship was active.
    pub fn active(self) -> PeriodList<'s> {
        self.row.active.view(&self.store.older)
    }

    /// When delegated admin privileges were in force.
    pub fn dap_periods(self) -> PeriodList<'s> {
        self.row.dap.view(&self.store.older)
    }

    /// When the partner owed the customer support (SUP-1, SUP-3).
    pub fn owed(self) -> PeriodList<'s> {
        self.row.owed.view(&self.store.older)
    }

    /// The service requests that the partner opened, from that position on, oldest first.
    pub fn service_requests_from(self, from: Position) -> impl Iterator<Item = ServiceRequest> + use<'s> {
        let requests = &self.store.service_requests;
        let all = self.store.numbers.get(self.row.service_requests);
        let before = all.partition_point(|number| requests.row(Number::new(*number)).opened.position() < from);
        let store = self.store;
        all.get(before..)
            .unwrap_or_default()
            .iter()
            .map(move |number| ServiceRequest::numbered(store, Number::new(*number)))
    }

    /// Whether the relationship was active.
    pub fn relationship(self, at: Position) -> Standing {
        self.active().standing(at)
    }

    /// Whether delegated admin privileges were in force.
    pub fn dap(self, at: Position) -> Standing {
        self.dap_periods().standing(at)
    }

    /// Whether something ended here that has not been given again: what the partner then still holds is residual.
    pub fn has_residue(self, at: Position) -> bool {
        [self.relationship(at), self.dap(at)].iter().any(|standing| standing.is_ended())
    }

    /// How the partner gives the support it owes; nothing if it owes none (SUP-1 to SUP-3).
    pub fn support(self, at: Position) -> Option<SupportRoute> {
        let route = if self.dap(at).is_in_force() { SupportRoute::AdminPortal } else { SupportRoute::MicrosoftSupport };
        self.owed().at(at).map(|_| route)
    }
}

impl ServiceRequest {
    pub(crate) fn numbered(store: &Store, number: Number<ServiceRequestId>) -> Self {
        let ServiceRequestRow { severity, by_microsoft, opened, .. } = *store.service_requests.row(number);
        let severity = Severity::ALL.get(usize::from(severity)).copied().unwrap_or(Severity::Minimal);
        let route = if by_microsoft { SupportRoute::MicrosoftSupport } else { SupportRoute::AdminPortal };
        Self { id: store.service_requests.key(number), severity, route, opened: opened.get() }
    }
}

/// Takes in what happened between a customer and a partner.
pub(crate) fn evolve(store: &mut Store, pair: PairNumber, event: &Event, at: EventRef) {
    let row = store.pairs.row_mut(pair);
    match event {
        Event::RelationshipEstablished(_) => {
            row.active.begin((), at, &mut store.older);
            // What is owed already goes on; after a renegotiation it is owed anew (SUP-3).
            if !row.owed.view(&store.older).standing(at.position).is_in_force() {
                row.owed.begin((), at, &mut store.older);
            }
            let SideNumbers { customer, partner } = row.sides;
            let ids = store.pairs.key(pair);
            store.pairs_of.insert(customer, ids.partner.into(), pair);
            store.pairs_of.insert(partner, ids.customer.into(), pair);
        }
        Event::RelationshipEnded(_) => row.active.end(at),
        Event::DapGranted(_) => row.dap.begin((), at, &mut store.older),
        Event::DapRevoked(_) => row.dap.end(at),
        Event::ContractRenegotiated(_) => row.owed.end(at),
        Event::ServiceRequestOpened(ServiceRequestOpened { service_request, severity, route, .. }) => {
            let by_microsoft = *route == SupportRoute::MicrosoftSupport;
            let request = ServiceRequestRow { pair, severity: *severity as u8, by_microsoft, opened: at.into() };
            let number = store.service_requests.insert(*service_request, request).get();
            store.numbers.push(&mut row.service_requests, number);
            let customer = row.sides.customer;
            store.numbers.push(&mut store.tenants.row_mut(customer).opened, number);
        }
        _ => {}
    }
}
