//! A reseller relationship of a customer with a partner, and the delegated admin privileges that may come with it.

use crate::{
    access::Permit,
    event::{DapRevoked, Event, RelationshipEnded},
    refusal::Refusal,
    temporal::{EventRef, Periods, Position, Standing},
    vocabulary::{Pair, SupportRoute},
};

/// What a customer and a partner have to do with each other. Every pair has its own, so that what one partner loses the
/// others keep (REL-3); the relationship and the privileges are kept apart, so that one goes on without the other (REL-1).
#[derive(Debug, Clone)]
pub struct Relationship {
    /// The two sides.
    pub pair: Pair,
    /// When the relationship was active.
    pub active: Periods,
    /// When delegated admin privileges were in force.
    pub dap: Periods,
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

    fn revoked(&self) -> Event {
        let Pair { customer, partner } = self.pair;
        DapRevoked { customer, partner }.into()
    }

    /// The two sides before anything was established.
    pub(crate) fn between(pair: Pair) -> Self {
        Self { pair, active: Periods::default(), dap: Periods::default() }
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::RelationshipEstablished(_) => self.active.begin((), at),
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
        [self.relationship(at), self.dap(at)].iter().any(|standing| matches!(standing, Standing::Ended(_)))
    }

    /// How the partner gives the support it owes: it does from the first relationship on (SUP-1, SUP-2).
    pub fn support(&self, at: Position) -> Option<SupportRoute> {
        match (self.relationship(at), self.dap(at)) {
            (Standing::Never, _) => None,
            (_, Standing::InForce(_)) => Some(SupportRoute::AdminPortal),
            (_, Standing::Never | Standing::Ended(_)) => Some(SupportRoute::MicrosoftSupport),
        }
    }
}
