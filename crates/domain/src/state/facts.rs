//! The state, asked by the rules.

use super::State;
use crate::{
    aggregate::{device::Device, profile::Profile, subscription::Subscription, tenant::Tenant},
    facts::{AssignmentFact, DeviceFact, FactKey, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    store::{MemberOf, PairRow, periods::PackedPeriods},
    temporal::{EventRef, Moment, Standing},
    vocabulary::{AutopilotPolicy, DirectoryRole, Pair, PartnerGroup, Principal, ResourceRole, TenantKind},
};

impl Facts for State {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        let tenant = Tenant::find(&self.store, tenant)?;
        (tenant.registered().position <= at.position).then_some(tenant.kind())
    }

    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        match fact {
            FactKey::Membership(partner, group, user) => self.membership(partner, group, user, at),
            FactKey::DirectoryRole(tenant, role, user) => self.directory_role(tenant, role, user, at),
            FactKey::Relationship(pair) => self.relationship(pair.customer, pair.partner, at),
            FactKey::Dap(pair) => self.dap(pair.customer, pair.partner, at),
            FactKey::SupportOwed(pair) => self.support_owed(pair.customer, pair.partner, at),
            FactKey::MembersDisclosed(customer, group) => {
                self.disclosure_periods(customer, group).standing(at.position)
            }
        }
    }

    // The facts that most questions ask for, without a key in between: measurably faster.

    fn membership(&self, partner: PartnerId, group: PartnerGroup, user: ObjectId, at: Moment) -> Standing {
        self.member_standing(partner.into(), group.into(), user, at)
    }

    fn directory_role(&self, tenant: TenantId, role: DirectoryRole, user: ObjectId, at: Moment) -> Standing {
        self.member_standing(tenant, role.into(), user, at)
    }

    fn relationship(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.pair_standing(Pair { customer, partner }, at, |pair| &pair.active)
    }

    fn dap(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.pair_standing(Pair { customer, partner }, at, |pair| &pair.dap)
    }

    fn support_owed(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.pair_standing(Pair { customer, partner }, at, |pair| &pair.owed)
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
        let subscription = Subscription::find(&self.store, subscription)?;
        let active = subscription.active(at.position);
        let (customer, provisioned_by) = (subscription.customer(), subscription.provisioned_by());
        (active != Standing::Never).then_some(SubscriptionFact { customer, provisioned_by, active })
    }

    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact> {
        let subscription = Subscription::find(&self.store, subscription)?;
        let period = subscription.newest_assignment(principal, role, at.position)?;
        Some(AssignmentFact { standing: period.standing(at.position), origin: period.value.origin })
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        let device = Device::find(&self.store, device)?;
        let Standing::InForce(added) = device.standing(at.position) else { return None };
        Some(DeviceFact { customer: device.customer(), origin: device.origin(), added })
    }

    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId> {
        let profile = Profile::find(&self.store, profile)?;
        profile.standing(at.position).is_in_force().then(|| profile.customer())
    }

    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        let adopted = self.autopilot_policy.at(at.position);
        adopted.map_or((AutopilotPolicy::Relationship, None), |period| (period.value, Some(period.from)))
    }
}

impl State {
    fn member_standing(&self, tenant: TenantId, of: MemberOf, user: ObjectId, at: Moment) -> Standing {
        let key = self.store.membership_key(tenant, of, user);
        let periods = key.and_then(|key| self.store.memberships.get(key));
        periods.map_or(Standing::Never, |periods| periods.view(&self.store.older).standing(at.position))
    }

    fn pair_standing(&self, pair: Pair, at: Moment, which: fn(&PairRow) -> &PackedPeriods) -> Standing {
        let found = self.store.pair(pair);
        found.map_or(Standing::Never, |(_, row)| which(row).view(&self.store.older).standing(at.position))
    }
}
