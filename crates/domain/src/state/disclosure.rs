//! When a customer may be told who is in a partner's group (VIS-5): folded from the events, so that nobody counts role
//! assignments to find out.

use crate::{
    event::{self, Event},
    id::CustomerId,
    temporal::{EventRef, Period, Periods, Position},
    vocabulary::{GroupOf, PartnerGroup, Principal},
};
use std::collections::BTreeMap;

/// By customer and group, when the customer may be told.
#[derive(Debug, Clone, Default)]
pub(super) struct Disclosures(BTreeMap<(CustomerId, GroupOf), OfGroup>);

#[derive(Debug, Clone, Default)]
struct OfGroup {
    told: Periods,
    /// How many roles the group holds on the customer's subscriptions now.
    held: usize,
    /// The end of the newest relationship, if it is over, and how many of the roles that the group held then it still holds.
    kept: Option<(EventRef, usize)>,
}

impl Disclosures {
    /// Takes in what happened. `assigned`: for a removed role assignment, the event that had made it.
    pub(super) fn evolve(&mut self, event: &Event, at: EventRef, assigned: Option<EventRef>) {
        match event {
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner }) => {
                for group in PartnerGroup::ALL {
                    self.of(*customer, GroupOf { group: *group, partner: *partner }).begin(at);
                }
            }
            Event::RelationshipEnded(event::RelationshipEnded { customer, partner }) => {
                for group in PartnerGroup::ALL {
                    self.of(*customer, GroupOf { group: *group, partner: *partner }).end(at);
                }
            }
            Event::RoleAssigned(event::RoleAssigned { customer, principal: Principal::Group(group), .. }) => {
                self.of(*customer, *group).held += 1;
            }
            Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved {
                customer,
                principal: Principal::Group(group),
                ..
            }) => self.of(*customer, *group).lose(at, assigned),
            _ => {}
        }
    }

    fn of(&mut self, customer: CustomerId, group: GroupOf) -> &mut OfGroup {
        self.0.entry((customer, group)).or_default()
    }

    /// The stretches of time through which the customer may be told who is in the group, begun by that position, oldest
    /// first. Each begins with a relationship. It ends with that relationship, or, if later, with the last of the group's
    /// role assignments that were in force then; or where the next relationship begins another.
    pub(super) fn periods(&self, customer: CustomerId, group: GroupOf, by: Position) -> &[Period] {
        self.0.get(&(customer, group)).map_or(&[], |of_group| of_group.told.up_to(by))
    }
}

impl OfGroup {
    fn begin(&mut self, at: EventRef) {
        self.told.begin((), at);
        self.kept = None;
    }

    /// The relationship ends.
    fn end(&mut self, at: EventRef) {
        self.kept = Some((at, self.held));
        if self.held == 0 {
            self.told.end(at);
        }
    }

    /// The group loses a role.
    fn lose(&mut self, at: EventRef, assigned: Option<EventRef>) {
        self.held -= 1;
        if let Some((ended, kept)) = &mut self.kept
            && assigned.is_some_and(|assigned| assigned.position <= ended.position)
        {
            *kept -= 1;
            if *kept == 0 {
                self.told.end(at);
            }
        }
    }
}
