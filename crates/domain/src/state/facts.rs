//! The state, asked by the rules.

use super::State;
use crate::{
    aggregate::{device::Device, profile::Profile, subscription::Subscription, tenant::Tenant},
    facts::{AssignmentFact, DeviceFact, Expected, ExpectedAbout, FactKey, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    store::{
        MemberOf, MembershipKey, PairRow, PrincipalKey, Store, SubscriptionNumber, TenantNumber, UserNumber,
        periods::PackedPeriods,
        table::{Key, Table},
    },
    temporal::{EventRef, Moment, Standing},
    vocabulary::{
        AutopilotPolicy, DirectoryRole, GroupOf, Pair, PartnerGroup, Principal, ResourceRole, TenantKind, User,
    },
};
use std::cell::Cell;

/// The state for one question, or a few about the same: the rules ask about the same few tenants, users and pairs again and
/// again, and those found last need not be looked for.
pub struct Remembering<'s> {
    state: &'s State,
    /// The subject's and the customer's.
    tenants: [Last<TenantId, Option<TenantNumber>>; 2],
    user: Last<ObjectId, Option<UserNumber>>,
    pair: Last<Pair, Option<&'s PairRow>>,
    membership: Last<MembershipKey, Option<&'s PackedPeriods>>,
    subscription: Last<SubscriptionId, Option<SubscriptionNumber>>,
}

/// What was found last.
struct Last<K, F>(Cell<Option<(K, F)>>);

impl<K, F> Default for Last<K, F> {
    fn default() -> Self {
        Self(Cell::new(None))
    }
}

impl<K: Copy + Eq, F: Copy> Last<K, F> {
    #[inline]
    fn known(&self, key: K) -> Option<F> {
        self.0.get().filter(|(known, _)| *known == key).map(|(_, found)| found)
    }

    #[inline]
    fn find(&self, key: K, find: impl FnOnce() -> F) -> F {
        self.known(key).unwrap_or_else(|| {
            let found = find();
            self.0.set(Some((key, found)));
            found
        })
    }
}

impl State {
    /// The same facts, for a question.
    pub fn remembering(&self) -> Remembering<'_> {
        Remembering {
            state: self,
            tenants: Default::default(),
            user: Last::default(),
            pair: Last::default(),
            membership: Last::default(),
            subscription: Last::default(),
        }
    }
}

impl<'s> Remembering<'s> {
    fn tenant_number(&self, tenant: impl Into<TenantId>) -> Option<TenantNumber> {
        let (tenant, [first, second]) = (tenant.into(), &self.tenants);
        first.known(tenant).unwrap_or_else(|| {
            // The one that was not asked for last makes room.
            first.0.swap(&second.0);
            first.find(tenant, || self.state.store.tenant(tenant))
        })
    }

    fn user_number(&self, user: ObjectId) -> Option<UserNumber> {
        self.user.find(user, || self.state.store.users.find(user))
    }

    /// Has the row on its way that a question is about, as far as that part of it: hardly anybody asked about it a moment ago.
    /// The numbers of the subject are looked up meanwhile.
    #[inline]
    fn fetch<K: Key, R: Default, P>(&self, table: &Table<K, R>, key: K, part: fn(&R) -> &P, expected: Expected) {
        let ahead = table.ahead(key);
        self.tenant_number(expected.tenant);
        if let Some(user) = expected.user {
            self.user_number(user);
        }
        table.fetch(ahead, part);
    }

    fn member_standing(&self, tenant: TenantId, of: MemberOf, user: ObjectId, at: Moment) -> Standing {
        let store = &self.state.store;
        let key = self.tenant_number(tenant).zip(self.user_number(user));
        let periods = key.and_then(|(tenant, user)| {
            let key = MembershipKey { tenant, user, of };
            self.membership.find(key, || store.memberships.get(key))
        });
        periods.map_or(Standing::Never, |periods| periods.standing(&store.older, at.position))
    }

    fn pair_standing(
        &self,
        customer: CustomerId,
        partner: PartnerId,
        at: Moment,
        which: fn(&PairRow) -> &PackedPeriods,
    ) -> Standing {
        let store = &self.state.store;
        let pair = Pair { customer, partner };
        let row = self.pair.find(pair, || store.pairs.get(pair));
        row.map_or(Standing::Never, |row| which(row).standing(&store.older, at.position))
    }

    fn principal_key(&self, principal: Principal) -> Option<PrincipalKey> {
        Some(match principal {
            Principal::Group(GroupOf { group, partner }) => PrincipalKey::of_group(self.tenant_number(partner)?, group),
            Principal::User(User { tenant, user }) => {
                PrincipalKey::of_user(self.tenant_number(tenant)?, self.user_number(user)?)
            }
        })
    }

    fn subscription_found(&self, subscription: SubscriptionId) -> Option<Subscription<'s>> {
        let store = &self.state.store;
        let number = self.subscription.find(subscription, || store.subscriptions.find(subscription));
        number.map(|number| Subscription::numbered(store, number))
    }
}

impl Facts for Remembering<'_> {
    fn announce(&self, expected: Expected) {
        let Store { pairs, subscriptions, devices, profiles, .. } = &self.state.store;
        match expected.about {
            // A search asks about the same two again and again.
            Some(ExpectedAbout::Pair(pair)) if self.pair.known(pair).is_some() => {}
            Some(ExpectedAbout::Pair(pair)) => self.fetch(pairs, pair, |row| &row.dap, expected),
            Some(ExpectedAbout::Subscription(id)) => self.fetch(subscriptions, id, |row| &row.cancelled, expected),
            Some(ExpectedAbout::Device(id)) => self.fetch(devices, id, |row| &row.removed, expected),
            Some(ExpectedAbout::Profile(id)) => self.fetch(profiles, id, |row| &row.content, expected),
            None => {}
        }
    }

    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        let tenant = Tenant::numbered(&self.state.store, self.tenant_number(tenant)?)?;
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
                self.state.disclosure_periods(customer, group).standing(at.position)
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
        self.pair_standing(customer, partner, at, |pair| &pair.active)
    }

    fn dap(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.pair_standing(customer, partner, at, |pair| &pair.dap)
    }

    fn support_owed(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        self.pair_standing(customer, partner, at, |pair| &pair.owed)
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
        let subscription = self.subscription_found(subscription)?;
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
        let subscription = self.subscription_found(subscription)?;
        subscription.newest_assigned(self.principal_key(principal)?, role, at.position)
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        let device = Device::find(&self.state.store, device)?;
        let Standing::InForce(added) = device.standing(at.position) else { return None };
        Some(DeviceFact { customer: device.customer(), origin: device.origin(), added })
    }

    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId> {
        let profile = Profile::find(&self.state.store, profile)?;
        profile.standing(at.position).is_in_force().then(|| profile.customer())
    }

    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        let adopted = self.state.autopilot_policy.at(at.position);
        adopted.map_or((AutopilotPolicy::Relationship, None), |period| (period.value, Some(period.from)))
    }
}

/// Each by itself; for more than one, ask it [remembering](State::remembering).
impl Facts for State {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        self.remembering().tenant(tenant, at)
    }

    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        self.remembering().standing(fact, at)
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
        self.remembering().subscription(subscription, at)
    }

    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact> {
        self.remembering().role_assignment(subscription, principal, role, at)
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        self.remembering().device(device, at)
    }

    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId> {
        self.remembering().profile(profile, at)
    }

    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        self.remembering().autopilot_policy(at)
    }
}
