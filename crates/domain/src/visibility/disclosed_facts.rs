//! The facts as a customer is told them: of its partners' people what VIS-5 says, of strangers nothing (VIS-7).

use crate::{
    access::{Question, Resource},
    facts::{AssignmentFact, DeviceFact, FactKey, Facts, SubscriptionFact, from_facts},
    id::{CustomerId, DeviceId, ProfileId, SubscriptionId, TenantId},
    temporal::{EventRef, Moment, Standing},
    vocabulary::{AutopilotPolicy, GroupOf, Principal, ResourceRole, TenantKind},
};

/// What a question about a customer's own tenant is decided by if the customer asks it: a user whose membership is kept from
/// it gets the decision of an unknown user, and a tenant that it has nothing to do with that of an unknown tenant.
pub(super) struct DisclosedFacts<'f, F> {
    pub(super) facts: &'f F,
    pub(super) customer: CustomerId,
    pub(super) question: &'f Question,
}

impl<F: Facts> DisclosedFacts<'_, F> {
    /// A tenant that has or had a relationship with the customer, or a role on the subscription that the question is about.
    fn is_known(&self, tenant: TenantId, at: Moment) -> bool {
        tenant == self.customer.into()
            || self.facts.relationship(self.customer, tenant.as_partner(), at) != Standing::Never
            || (tenant == self.question.subject.tenant() && self.held_a_role(at))
    }

    fn held_a_role(&self, at: Moment) -> bool {
        let Resource::Subscription(_, subscription) = self.question.resource else { return false };
        self.question.subject.principals().any(|principal| {
            let held = |role: &ResourceRole| self.facts.role_assignment(subscription, principal, *role, at).is_some();
            ResourceRole::ALL.iter().any(held)
        })
    }
}

impl<F: Facts> Facts for DisclosedFacts<'_, F> {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        if self.is_known(tenant, at) { self.facts.tenant(tenant, at) } else { None }
    }

    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        let FactKey::Membership(partner, group, _) = fact else { return self.facts.standing(fact, at) };
        let disclosed = self.facts.members_disclosed(self.customer, GroupOf { group, partner }, at);
        let Standing::InForce(since) = disclosed else { return Standing::Never };
        match self.facts.standing(fact, at) {
            Standing::InForce(joined) => Standing::InForce(joined.max(since)),
            Standing::Ended(left) if left.max(since) == left => Standing::Ended(left),
            Standing::Ended(_) | Standing::Never => Standing::Never,
        }
    }

    from_facts! { announce subscription role_assignment device profile autopilot_policy }
}
