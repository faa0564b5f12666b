//! The state, asked by the rules.

use super::State;
use crate::{
    facts::{AssignmentFact, DeviceFact, FactKey, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    temporal::{EventRef, Moment, Standing},
    vocabulary::{AutopilotPolicy, DirectoryRole, Pair, PartnerGroup, Principal, ResourceRole, TenantKind},
};

impl Facts for State {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        let tenant = self.tenants.get(&tenant)?;
        (tenant.registered.position <= at.position).then_some(tenant.kind)
    }

    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        match fact {
            FactKey::Membership(partner, group, user) => self.membership(partner, group, user, at),
            FactKey::DirectoryRole(tenant, role, user) => self.directory_role(tenant, role, user, at),
            FactKey::Relationship(pair) => self.relationship(pair.customer, pair.partner, at),
            FactKey::Dap(pair) => self.dap(pair.customer, pair.partner, at),
            FactKey::SupportOwed(pair) => self.support_owed(pair.customer, pair.partner, at),
            FactKey::MembersDisclosed(customer, group) => {
                let newest = self.disclosure_periods(customer, group, at.position).last();
                newest.map_or(Standing::Never, |period| period.standing(at.position))
            }
        }
    }

    // The facts that most questions ask for, without a key in between: measurably faster.

    fn membership(&self, partner: PartnerId, group: PartnerGroup, user: ObjectId, at: Moment) -> Standing {
        let tenant = self.tenants.get(&partner.into());
        tenant.map_or(Standing::Never, |tenant| tenant.membership(group, user, at.position))
    }

    fn directory_role(&self, tenant: TenantId, role: DirectoryRole, user: ObjectId, at: Moment) -> Standing {
        let tenant = self.tenants.get(&tenant);
        tenant.map_or(Standing::Never, |tenant| tenant.directory_role(role, user, at.position))
    }

    fn relationship(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        let between = self.between(Pair { customer, partner });
        between.map_or(Standing::Never, |relationship| relationship.relationship(at.position))
    }

    fn dap(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        let between = self.between(Pair { customer, partner });
        between.map_or(Standing::Never, |relationship| relationship.dap(at.position))
    }

    fn support_owed(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        let between = self.between(Pair { customer, partner });
        between.map_or(Standing::Never, |relationship| relationship.owed.standing(at.position))
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
