//! View 3: who holds which role where in a customer's tenant, how they came by it, from when until when.

use crate::access::{Access, Holder, Origin, Reseller, Role, Scope};
use procura_domain::{
    aggregate::{relationship::Relationship, subscription::Subscription, tenant::Tenant},
    id::{CustomerId, PartnerId, RoleAssignmentId, SubscriptionId},
    state::State,
    temporal::{Moment, Period, Periods, Position, Timestamp},
    vocabulary::{DirectoryRole, GroupOf, PartnerGroup, Principal, TenantKind, User},
};
use serde::{Deserialize, Serialize};
use std::slice;

/// One principal's role in one scope, for one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionRow {
    pub principal: Holder,
    pub scope: Scope,
    pub role: Role,
    /// How they came by it.
    pub origin: Origin,
    /// Since when.
    pub from: Point,
    /// Until when; `null` where it was in force at the moment asked about.
    pub until: Option<Point>,
    /// The position of the event that began it.
    pub granted_by: Position,
    /// The position of the event that ended it.
    pub ended_by: Option<Position>,
    /// The role assignment that it is, if it is one: what is to be removed to end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_assignment: Option<RoleAssignmentId>,
}

/// A position with its recorded time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
}

impl Point {
    /// The position with its time; `None` beyond the log.
    pub(crate) fn of(state: &State, position: Position) -> Option<Self> {
        state.timeline.recorded_at(position).map(|time| Self { position, time })
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only rows held by this partner, its groups or its users.
    pub partner: Option<PartnerId>,
    /// Only rows on this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Rows that had ended by the moment, too.
    pub include_ended: bool,
}

/// The customer's effective permissions, oldest first.
pub fn effective_permissions(state: &State, customer: CustomerId, at: Moment, filter: Filter) -> Vec<PermissionRow> {
    let mut rows = Rows { state, at, filter, customer, rows: Vec::new() };
    if let Some(tenant) = state.tenant(customer.into()).filter(|tenant| tenant.kind == TenantKind::Customer) {
        rows.explicit(tenant);
    }
    state.relationships_of(customer).for_each(|relationship| rows.through_partner(relationship));
    state.subscriptions_of(customer).for_each(|subscription| rows.on_subscription(subscription));
    let mut rows = rows.rows;
    rows.sort_by_key(PermissionRow::order);
    rows
}

struct Rows<'a> {
    state: &'a State,
    at: Moment,
    filter: Filter,
    customer: CustomerId,
    rows: Vec<PermissionRow>,
}

impl Rows<'_> {
    fn explicit(&mut self, tenant: &Tenant) {
        for (role, user, periods) in tenant.directory_roles() {
            let holder = Holder::Principal(Principal::User(User { tenant: tenant.id, user }));
            self.in_tenant(holder, Role::Directory(role), Origin::Explicit, periods);
        }
    }

    fn through_partner(&mut self, relationship: &Relationship) {
        let partner = relationship.pair.partner;
        let reseller = Role::Reseller(Reseller::Reseller);
        self.in_tenant(Holder::Partner { partner }, reseller, Origin::Relationship, &relationship.active);
        for (group, role) in implicit_roles() {
            let holder = Holder::Principal(Principal::Group(GroupOf { group, partner }));
            self.in_tenant(holder, Role::Directory(role), Origin::Dap, &relationship.dap);
        }
    }

    fn on_subscription(&mut self, subscription: &Subscription) {
        if self.filter.subscription.is_some_and(|wanted| wanted != subscription.id) {
            return;
        }
        let scope = Scope::Subscription(subscription.id);
        for (principal, role, periods) in subscription.assignments() {
            for period in self.shown(periods) {
                let (principal, role) = (Holder::Principal(principal), Role::Resource(role));
                let access = Access { principal, scope, role, origin: period.value.origin.into() };
                self.push(access, Some(period.value.id), period);
            }
        }
    }

    fn in_tenant(&mut self, principal: Holder, role: Role, origin: Origin, periods: &Periods) {
        if self.filter.subscription.is_none() {
            let access = Access { principal, scope: Scope::Customer(self.customer), role, origin };
            for period in self.shown(periods) {
                self.push(access, None, period);
            }
        }
    }

    /// The periods that had begun; without those that had ended, only the newest can be left, however many there were.
    fn shown<'p, T>(&self, periods: &'p Periods<T>) -> &'p [Period<T>] {
        match periods.up_to(self.at.position) {
            begun if self.filter.include_ended => begun,
            [.., newest] if newest.ended_by(self.at.position).is_none() => slice::from_ref(newest),
            _ => &[],
        }
    }

    fn push<T>(&mut self, access: Access, role_assignment: Option<RoleAssignmentId>, period: &Period<T>) {
        if self.filter.partner.is_some_and(|partner| !is_held_by(access.principal, partner)) {
            return;
        }
        let ended_by = period.ended_by(self.at.position).map(|event| event.position);
        let Some(from) = Point::of(self.state, period.from.position) else { return };
        let until = ended_by.and_then(|position| Point::of(self.state, position));
        self.rows.push(PermissionRow { until, ended_by, ..PermissionRow::since(access, from, role_assignment) });
    }
}

impl PermissionRow {
    /// The row of an access that is in force since then.
    pub(crate) fn since(access: Access, from: Point, role_assignment: Option<RoleAssignmentId>) -> Self {
        let Access { principal, scope, role, origin } = access;
        let granted_by = from.position;
        Self { principal, scope, role, origin, from, until: None, granted_by, ended_by: None, role_assignment }
    }

    /// Oldest first.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        (self.granted_by, self.scope, self.principal, self.role)
    }

    /// Who holds what where.
    pub fn access(&self) -> Access {
        let Self { principal, scope, role, origin, .. } = *self;
        Access { principal, scope, role, origin }
    }
}

/// Whether the holder is the partner, one of its groups, or one of its users.
pub(crate) fn is_held_by(holder: Holder, partner: PartnerId) -> bool {
    match holder {
        Holder::Principal(principal) => principal.tenant() == partner.into(),
        Holder::Partner { partner: holder } => holder == partner,
    }
}

/// The directory roles that groups hold under DAP (DAP-1).
pub(crate) fn implicit_roles() -> impl Iterator<Item = (PartnerGroup, DirectoryRole)> {
    DirectoryRole::ALL.iter().map(|role| (role.implicit_group(), *role))
}
