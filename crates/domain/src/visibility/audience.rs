//! Who is told an answer, and what of it: which memberships, which authors (VIS-2, VIS-5).

use super::{disclosed_facts::DisclosedFacts, history::can_see_author};
use crate::{
    access::{self, Decision, Question},
    event::EventType,
    facts::Facts,
    id::{CustomerId, Id, ObjectId, PartnerId, TenantId},
    state::{PeriodList, State},
    temporal::{EventRef, Moment, Position},
    vocabulary::{Actor, Author, GroupOf, Pair, TenantKind},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who is told an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Somebody who may know everything about it.
    Everything,
    /// A customer's Global administrators: all that happened in its tenant, and of its partners' people what VIS-5 says.
    Customer(CustomerId),
    /// People of that tenant, who may know of an event and yet not who made it happen.
    PeopleOf(TenantId),
    /// The people of both: what each of them may know.
    Between(Pair),
}

/// A stretch of time that a user was in a group, as somebody is told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisclosedMembership {
    pub user: ObjectId,
    /// The event that began it; for a customer the beginning of the relationship, if that is later.
    pub from: EventRef,
    /// The event that ended it, or after which no more of it is told.
    pub until: Option<EventRef>,
}

/// Who made an event happen, as far as somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DisclosedAuthor {
    Author(Author),
    /// Somebody of this partner.
    Partner {
        partner: PartnerId,
    },
}

/// The actor, or the partner.
impl fmt::Display for DisclosedAuthor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Author(author) => author.actor.fmt(f),
            Self::Partner { partner } => write!(f, "partner {partner}"),
        }
    }
}

impl From<Author> for DisclosedAuthor {
    fn from(author: Author) -> Self {
        Self::Author(author)
    }
}

impl Audience {
    /// Decides the question as this audience is told it: a customer that asks about users whom it may not know of gets the
    /// answer for unknown ones (VIS-5, VIS-7).
    pub fn decide(self, question: &Question, at: Moment, facts: &impl Facts) -> Decision {
        match self.customer() {
            Some(customer) => access::decide(question, at, &DisclosedFacts { facts, customer, question }),
            None => access::decide(question, at, facts),
        }
    }

    /// The customer that is told, if one is.
    fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Customer(customer) | Self::Between(Pair { customer, .. }) => Some(customer),
            Self::Everything | Self::PeopleOf(_) => None,
        }
    }

    /// Whether it is a partner's people, and that is another partner (VIS-6).
    fn is_other_partner(self, tenant: TenantId, state: &State) -> bool {
        let is_partner = |tenant| state.tenant(tenant).is_some_and(|tenant| tenant.kind() == TenantKind::Partner);
        match self {
            Self::Everything | Self::Customer(_) => false,
            Self::PeopleOf(own) => own != tenant && is_partner(own) && is_partner(tenant),
            Self::Between(Pair { partner, .. }) => tenant != partner.into() && is_partner(tenant),
        }
    }

    /// Whether it is told that this was the actor of an event, which concerns those tenants.
    fn is_told_author(self, by: &Actor, concerned: impl Fn(TenantId) -> bool) -> bool {
        match self {
            Self::Everything | Self::Customer(_) => true,
            Self::PeopleOf(tenant) => can_see_author(tenant, by, concerned),
            Self::Between(Pair { partner, .. }) => can_see_author(partner.into(), by, concerned),
        }
    }

    /// Whether it is told who is in the group at that moment.
    pub fn is_told_members(self, group: GroupOf, state: &State, at: Moment) -> bool {
        self.customer().is_none_or(|customer| state.members_disclosed(customer, group, at).is_in_force())
    }

    /// Who was in the group when, by that position.
    pub fn memberships(self, group: GroupOf, state: &State, by: Position) -> Vec<DisclosedMembership> {
        members(group, state, ObjectId::MIN)
            .flat_map(|(user, periods)| self.memberships_of(group, user, periods, state, by))
            .collect()
    }

    /// Who, from that user on, was in the group at any time, by that position.
    pub fn members_ever(
        self,
        group: GroupOf,
        state: &State,
        by: Position,
        from: ObjectId,
    ) -> impl Iterator<Item = ObjectId> {
        members(group, state, from).filter_map(move |(user, periods)| {
            self.memberships_of(group, user, periods, state, by).next().map(|told| told.user)
        })
    }

    /// Whether it is told that the user is or was in the group, by that position.
    pub fn is_told_of(self, group: GroupOf, user: ObjectId, state: &State, by: Position) -> bool {
        let tenant = state.tenant(group.partner.into());
        let periods = tenant.map(|tenant| tenant.membership_periods(group.group, user));
        periods.is_some_and(|periods| self.memberships_of(group, user, periods, state, by).next().is_some())
    }

    /// When the user was in the group: through the whole of it, or, to a customer, as far as it may be told.
    fn memberships_of(
        self,
        group: GroupOf,
        user: ObjectId,
        periods: PeriodList<'_>,
        state: &State,
        by: Position,
    ) -> impl Iterator<Item = DisclosedMembership> {
        let told = self.customer().map(|customer| state.disclosure_periods(customer, group));
        periods.up_to(by).flat_map(move |period| {
            let (from, until) = (period.from, period.ended_by(by));
            let whole = told.is_none().then_some(DisclosedMembership { user, from, until });
            let until_position = until.map(|until| until.position);
            let told = told.into_iter().flat_map(move |told| told.overlapping(from.position, until_position, by));
            let within = told.map(move |told| {
                let until = until.into_iter().chain(told.ended_by(by)).min();
                DisclosedMembership { user, from: from.max(told.from), until }
            });
            whole.into_iter().chain(within.filter(|told| told.until.is_none_or(|until| until >= told.from)))
        })
    }

    /// Who made the event happen, if they may know. Who put whom into a partner's group, a customer is not told: it is
    /// told the partner (VIS-5).
    pub fn author(self, state: &State, EventRef { position, event }: EventRef) -> Option<DisclosedAuthor> {
        let by = state.author(position)?;
        let is_membership = matches!(event, EventType::GroupMemberAdded | EventType::GroupMemberRemoved);
        match by.actor.tenant() {
            Some(partner) if is_membership && self.customer().is_some() => {
                Some(DisclosedAuthor::Partner { partner: partner.as_partner() })
            }
            _ => {
                let concerned = |tenant| state.concerns(tenant, position) && !self.is_other_partner(tenant, state);
                self.is_told_author(&by.actor, concerned).then(|| by.into())
            }
        }
    }
}

/// Every user, from that one on, who was ever in the group, with when.
fn members(group: GroupOf, state: &State, from: ObjectId) -> impl Iterator<Item = (ObjectId, PeriodList<'_>)> {
    state.tenant(group.partner.into()).into_iter().flat_map(move |tenant| tenant.members_ever(group.group, from))
}
