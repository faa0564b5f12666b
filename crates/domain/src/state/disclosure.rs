//! When a customer may be told who is in a partner's group (VIS-5).

use super::State;
use crate::{
    id::CustomerId,
    temporal::{EventRef, Period, Position},
    vocabulary::{GroupOf, Pair, Principal},
};

impl State {
    /// The stretches of time through which the customer may be told who is in the group, begun by that position, oldest
    /// first. Each begins with a relationship. It ends with that relationship, or, if later, with the last of the group's
    /// role assignments that were in force then; or where the next relationship begins another.
    pub fn disclosure_periods(
        &self,
        customer: CustomerId,
        group: GroupOf,
        by: Position,
    ) -> impl DoubleEndedIterator<Item = Period> {
        let pair = Pair { customer, partner: group.partner };
        let relationships = self.between(pair).map_or(&[][..], |between| between.active.up_to(by));
        relationships.iter().enumerate().map(move |(number, relationship)| {
            let outlasted = relationship.until.and_then(|ended| self.end_of_roles(customer, group, ended));
            let next = relationships.get(number.saturating_add(1)).map(|next| next.from);
            let until = next.map_or(outlasted, |next| Some(outlasted.map_or(next, |until| until.min(next))));
            Period { until, ..*relationship }
        })
    }

    /// When the last of the group's role assignments ended that were in force when its relationship did; that end itself if
    /// there was none. `None`: one of them is still in force.
    fn end_of_roles(&self, customer: CustomerId, group: GroupOf, ended: EventRef) -> Option<EventRef> {
        let principal = Principal::Group(group);
        let subscriptions = self.roles_in(customer, group.partner.into());
        let assignments = subscriptions.flat_map(|subscription| subscription.assignments_of(principal));
        let kept = assignments.filter_map(|periods| periods.at(ended.position));
        let mut ends = kept.map(|assignment| assignment.until);
        ends.try_fold(ended, |last, end| Some(last.max(end?)))
    }
}
