//! The state, asked by the rules.

use super::State;
use crate::{
    facts::{AssignmentFact, DeviceFact, FactKey, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ProfileId, SubscriptionId, TenantId},
    temporal::{EventRef, Moment, Standing},
    vocabulary::{AutopilotPolicy, Principal, ResourceRole, TenantKind},
};

impl Facts for State {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        let tenant = self.tenants.get(&tenant)?;
        (tenant.registered.position <= at.position).then_some(tenant.kind)
    }

    // Inlined, a caller that knows which fact it asks for goes straight to it.
    #[inline]
    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        let at = at.position;
        let standing = match fact {
            FactKey::Membership(partner, group, user) => {
                self.tenants.get(&partner.into()).map(|tenant| tenant.membership(group, user, at))
            }
            FactKey::DirectoryRole(tenant, role, user) => {
                self.tenants.get(&tenant).map(|tenant| tenant.directory_role(role, user, at))
            }
            FactKey::Relationship(pair) => self.between(pair).map(|between| between.relationship(at)),
            FactKey::Dap(pair) => self.between(pair).map(|between| between.dap(at)),
            FactKey::SupportOwed(pair) => self.between(pair).map(|between| between.owed.standing(at)),
        };
        standing.unwrap_or(Standing::Never)
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
        let subscription = self.subscriptions.get(&subscription)?;
        let active = subscription.active(at.position);
        let (customer, provisioned_by) = (subscription.customer, subscription.provisioned_by);
        (active != Standing::Never).then_some(SubscriptionFact { customer, provisioned_by, active })
    }

    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact> {
        let subscription = self.subscriptions.get(&subscription)?;
        let period = subscription.newest_assignment(principal, role, at.position)?;
        Some(AssignmentFact { standing: period.standing(at.position), origin: period.value.origin })
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        let device = self.devices.get(&device)?;
        let Standing::InForce(added) = device.standing(at.position) else { return None };
        Some(DeviceFact { customer: device.customer, origin: device.origin, added })
    }

    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId> {
        let profile = self.profiles.get(&profile)?;
        profile.content(at.position).map(|_| profile.customer)
    }

    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        let adopted = self.autopilot_policy.at(at.position);
        adopted.map_or((AutopilotPolicy::Relationship, None), |period| (period.value, Some(period.from)))
    }
}
