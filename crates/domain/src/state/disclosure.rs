//! When a customer may be told who is in a partner's group (VIS-5): folded from the events, so that nobody counts role
//! assignments to find out.

use crate::{
    event::{self, Event},
    store::{AssignmentKey, Disclosed, Store},
    temporal::{EventRef, Position},
    vocabulary::{GroupOf, Principal},
};

/// Takes in what happened, before anything else does: what an event ends is still in force.
///
/// A stretch of time through which the customer may be told begins with a relationship. It ends with that relationship, or,
/// if later, with the last of the group's role assignments that were in force then; or where the next relationship begins
/// another.
pub(super) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner }) => {
            let pair = store.keep_pair(*customer, *partner);
            for group in &mut store.pairs.row_mut(pair).disclosed {
                group.told.begin((), at, &mut store.older);
                (group.ended, group.kept) = Default::default();
            }
        }
        Event::RelationshipEnded(event::RelationshipEnded { customer, partner }) => {
            let pair = store.keep_pair(*customer, *partner);
            for group in &mut store.pairs.row_mut(pair).disclosed {
                (group.ended, group.kept) = (at.into(), group.held);
                if group.held == 0 {
                    group.told.end(at);
                }
            }
        }
        Event::RoleAssigned(event::RoleAssigned { customer, principal: Principal::Group(of), .. }) => {
            let pair = store.keep_pair(*customer, of.partner);
            if let Some(group) = store.pairs.row_mut(pair).disclosed.get_mut(of.group as usize) {
                group.held += 1;
            }
        }
        Event::RoleAssignmentRemoved(removed @ event::RoleAssignmentRemoved { customer, .. }) => {
            let Principal::Group(GroupOf { group, partner }) = removed.principal else { return };
            let (assigned, pair) = (assigned(store, removed), store.keep_pair(*customer, partner));
            if let Some(group) = store.pairs.row_mut(pair).disclosed.get_mut(group as usize) {
                group.lose(at, assigned);
            }
        }
        _ => {}
    }
}

/// Where the role was assigned that is removed.
fn assigned(store: &Store, removed: &event::RoleAssignmentRemoved) -> Option<Position> {
    let (subscription, principal) =
        (store.subscriptions.find(removed.subscription)?, store.principal_key(removed.principal)?);
    let periods = store.assignments.get(AssignmentKey { subscription, principal, role: removed.role as u8 })?;
    periods.view(&store.older_assigned).at(Position(u64::MAX)).map(|period| period.from.position)
}

impl Disclosed {
    /// The group loses a role, assigned there.
    fn lose(&mut self, at: EventRef, assigned: Option<Position>) {
        self.held -= 1;
        if let Some(ended) = self.ended.event()
            && assigned.is_some_and(|assigned| assigned <= ended.position)
        {
            self.kept -= 1;
            if self.kept == 0 {
                self.told.end(at);
            }
        }
    }
}
