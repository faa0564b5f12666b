//! The state, asked by the rules, and since when what they asked has stood as it stands.

use super::{State, facts::Remembering};
use crate::{
    aggregate::tenant::Tenant,
    facts::{AssignmentFact, DeviceFact, FactKey, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ProfileId, SubscriptionId, TenantId},
    temporal::{EventRef, Moment, Position, Standing},
    vocabulary::{AutopilotPolicy, Principal, ResourceRole, TenantKind},
};
use std::cell::Cell;

/// The facts of a state, noting the newest change of any that was asked for.
///
/// The same questions get the same answers at every moment since that change. Facts change at events alone so far; one
/// that ends at an instant by itself has to be noted here with that instant.
pub struct TrackingFacts<'s> {
    state: &'s State,
    facts: Remembering<'s>,
    newest: Cell<Position>,
}

impl<'s> TrackingFacts<'s> {
    /// The state, of which nothing was asked yet.
    pub fn new(state: &'s State) -> Self {
        Self { state, facts: state.remembering(), newest: Cell::new(Position(0)) }
    }

    /// The newest change, at or before the moment asked about, of what was asked: its event's position, or 0 where none
    /// ever changed.
    pub fn since(&self) -> Position {
        self.newest.get()
    }

    fn note(&self, event: Option<EventRef>) {
        self.newest.set(self.newest.get().max(event.map_or(Position(0), |event| event.position)));
    }

    fn noted(&self, standing: Standing) -> Standing {
        self.note(standing.event());
        standing
    }
}

impl Facts for TrackingFacts<'_> {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        let kind = self.facts.tenant(tenant, at);
        self.note(kind.and(self.state.tenant(tenant)).map(Tenant::registered));
        kind
    }

    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        self.noted(self.facts.standing(fact, at))
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
        let fact = self.facts.subscription(subscription, at)?;
        self.noted(fact.active);
        Some(fact)
    }

    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact> {
        let fact = self.facts.role_assignment(subscription, principal, role, at)?;
        self.noted(fact.standing);
        Some(fact)
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        let there = self.state.device(device).map(|device| device.standing(at.position));
        self.note(there.and_then(Standing::event));
        self.facts.device(device, at)
    }

    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId> {
        let there = self.state.profile(profile).map(|profile| profile.standing(at.position));
        self.note(there.and_then(Standing::event));
        self.facts.profile(profile, at)
    }

    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        let (policy, adopted) = self.facts.autopilot_policy(at);
        self.note(adopted);
        (policy, adopted)
    }
}
