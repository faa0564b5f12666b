//! View 3: who holds which role where in a customer's tenant, how they came by it, from when until when.

use crate::{
    access::{Access, Holder, Origin, Reseller, Role, Scope},
    looked::Looked,
};
use procura_domain::{
    aggregate::relationship::Relationship,
    id::{CustomerId, PartnerId, RoleAssignmentId, SubscriptionId},
    state::{Grant, Granted, PeriodList, State},
    temporal::{Moment, Period, Position, Timestamp},
    vocabulary::{DirectoryRole, GroupOf, Pair, PartnerGroup, Principal, User},
};
use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr};

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

/// A row among all there ever were in a customer's tenant: the event that granted it, and which of its rows it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PermissionKey {
    pub granted_by: Position,
    pub number: usize,
}

impl PermissionKey {
    /// Before all others.
    pub const MIN: Self = Self { granted_by: Position(0), number: 0 };
}

/// `17`, or `17.1` for the second row of an event.
impl fmt::Display for PermissionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { granted_by, number: 0 } => granted_by.fmt(f),
            Self { granted_by, number } => write!(f, "{granted_by}.{number}"),
        }
    }
}

impl FromStr for PermissionKey {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (granted_by, number) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { granted_by: Position(granted_by.parse()?), number: number.parse()? })
    }
}

/// The customer's effective permissions from that key on, oldest first.
pub fn effective_permissions(
    state: &State,
    customer: CustomerId,
    at: Moment,
    filter: Filter,
    from: PermissionKey,
) -> impl Iterator<Item = Looked<PermissionKey, PermissionRow>> {
    let granted = from.granted_by;
    let all = filter.partner.is_none().then(|| state.grants(customer, granted));
    let held = filter.partner.map(|partner| state.grants_to(customer, partner.into(), granted));
    let grants = all.into_iter().flatten().chain(held.into_iter().flatten());
    let asked = Asked { state, at, filter, customer };
    let looked = grants.take_while(move |grant| grant.position <= at.position).flat_map(move |grant| asked.rows(grant));
    looked.skip_while(move |looked| looked.key < from)
}

#[derive(Clone, Copy)]
struct Asked<'s> {
    state: &'s State,
    at: Moment,
    filter: Filter,
    customer: CustomerId,
}

impl Asked<'_> {
    /// The rows of a grant, at least one looked at.
    fn rows(self, grant: Grant) -> impl Iterator<Item = Looked<PermissionKey, PermissionRow>> {
        let (state, customer, scope) = (self.state, self.customer, Scope::Customer(self.customer));
        let (one, two) = match grant.granted {
            Granted::Explicit(role, user) => {
                let tenant = customer.into();
                let principal = Holder::Principal(Principal::User(User { tenant, user }));
                let access = Access { principal, scope, role: Role::Directory(role), origin: Origin::Explicit };
                let periods = state.tenant(tenant).map(|tenant| tenant.directory_role_periods(role, user));
                (self.in_tenant(grant, access, periods), None)
            }
            Granted::Relationship(partner) => {
                let (principal, role) = (Holder::Partner { partner }, Role::Reseller(Reseller::Reseller));
                let access = Access { principal, scope, role, origin: Origin::Relationship };
                let between = state.between(Pair { customer, partner });
                (self.in_tenant(grant, access, between.map(Relationship::active)), None)
            }
            Granted::Dap(partner) => {
                let between = state.between(Pair { customer, partner });
                let mut rows = implicit_roles().map(|(group, role)| {
                    let principal = Holder::Principal(Principal::Group(GroupOf { group, partner }));
                    let access = Access { principal, scope, role: Role::Directory(role), origin: Origin::Dap };
                    self.in_tenant(grant, access, between.map(Relationship::dap_periods))
                });
                (rows.next().flatten(), Some(rows.next().flatten()))
            }
            Granted::Assignment(id, principal, role) => {
                let subscription = state.subscription(id).filter(|_| self.is_wanted(id));
                let newest = subscription.and_then(|found| found.newest_assignment(principal, role, grant.position));
                let period = self.shown(grant, newest);
                let row = period.and_then(|period| {
                    let (principal, role) = (Holder::Principal(principal), Role::Resource(role));
                    let origin = period.value.origin.into();
                    let access = Access { principal, scope: Scope::Subscription(id), role, origin };
                    self.row(access, Some(period.value.id), &period)
                });
                (row, None)
            }
        };
        let looked = move |number, row| Looked::new(PermissionKey { granted_by: grant.position, number }, row);
        [looked(0, one)].into_iter().chain(two.map(|two| looked(1, two)))
    }

    fn is_wanted(self, subscription: SubscriptionId) -> bool {
        self.filter.subscription.is_none_or(|wanted| wanted == subscription)
    }

    fn in_tenant(self, grant: Grant, access: Access, periods: Option<PeriodList<'_>>) -> Option<PermissionRow> {
        let periods = periods.filter(|_| self.filter.subscription.is_none());
        let newest = periods.and_then(|periods| periods.newest(grant.position));
        self.shown(grant, newest).and_then(|period| self.row(access, None, &period))
    }

    /// The period that the grant began, which is the newest then, unless it had ended and such are not wanted.
    fn shown<T>(self, grant: Grant, newest: Option<Period<T>>) -> Option<Period<T>> {
        let begun = newest.filter(|period| period.from.position == grant.position);
        begun.filter(|period| self.filter.include_ended || period.ended_by(self.at.position).is_none())
    }

    fn row<T>(
        self,
        access: Access,
        role_assignment: Option<RoleAssignmentId>,
        period: &Period<T>,
    ) -> Option<PermissionRow> {
        let ended_by = period.ended_by(self.at.position).map(|event| event.position);
        let from = Point::of(self.state, period.from.position)?;
        let until = ended_by.and_then(|position| Point::of(self.state, position));
        Some(PermissionRow { until, ended_by, ..PermissionRow::since(access, from, role_assignment) })
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
