//! How the conditions of a rule stand, and what that makes of its grant: a reason, or how much it misses.

use super::decision::{Beginnings, Ground, Missing};
use crate::{
    rule::Rule,
    temporal::{EventRef, Standing},
};

/// One thing that a grant asks for: how it stands, and what is missing where it does not.
#[derive(Clone, Copy)]
pub(super) struct Condition {
    pub(super) fulfilment: Fulfilment,
    pub(super) missing: Missing,
    /// How far off it is where it is not met.
    pub(super) distance: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Fulfilment {
    /// It is so by the question itself: no event to name.
    Implied,
    By(EventRef),
    /// By each of them.
    ByEach(Beginnings),
    Missing {
        ended_by: Option<EventRef>,
    },
}

impl Condition {
    pub(super) fn new(standing: Standing, missing: Missing) -> Self {
        let fulfilment = match standing {
            Standing::InForce(event) => Fulfilment::By(event),
            Standing::Ended(event) => Fulfilment::Missing { ended_by: Some(event) },
            Standing::Never => Fulfilment::Missing { ended_by: None },
        };
        Self { fulfilment, missing, distance: 1 }
    }

    /// The same, without naming the event where it holds: that a subscription was brought in is no reason of its own.
    pub(super) fn unnamed(self) -> Self {
        let implied = matches!(self.fulfilment, Fulfilment::By(_));
        Self { fulfilment: if implied { Fulfilment::Implied } else { self.fulfilment }, ..self }
    }

    /// A condition that the question itself meets, or does not.
    pub(super) fn implied(met: bool, missing: Missing) -> Self {
        let fulfilment = if met { Fulfilment::Implied } else { Fulfilment::Missing { ended_by: None } };
        Self { fulfilment, missing, distance: 1 }
    }

    /// The same, as something that the subject can never come to.
    pub(super) fn out_of_reach(self) -> Self {
        Self { distance: 10, ..self }
    }
}

/// The grants evaluated so far.
#[derive(Default)]
pub(super) struct Evaluation {
    pub(super) grounds: Vec<Ground>,
    pub(super) nearest: Option<Nearest>,
}

/// The grant that misses least.
pub(super) struct Nearest {
    missed: usize,
    pub(super) rule: Rule,
    pub(super) missing: Missing,
    pub(super) ended_by: Option<EventRef>,
}

impl Evaluation {
    /// Evaluates a grant: with every condition met it is a ground; else it is remembered if it is the nearest so far.
    pub(super) fn grant<const N: usize>(&mut self, rule: Rule, conditions: [Condition; N]) {
        let mut near: Option<Nearest> = None;
        for Condition { fulfilment, missing, distance } in conditions {
            match (fulfilment, &mut near) {
                (Fulfilment::Missing { .. }, Some(near)) => near.missed += distance,
                (Fulfilment::Missing { ended_by }, None) => {
                    near = Some(Nearest { missed: distance, rule, missing, ended_by });
                }
                _ => {}
            }
        }
        match near {
            None => self.grounds.push(ground(rule, conditions)),
            Some(near) => {
                // Of two that miss as much, the one that something took away explains more.
                let distance = |near: &Nearest| (near.missed, near.ended_by.is_none());
                if self.nearest.as_ref().is_none_or(|nearest| distance(&near) < distance(nearest)) {
                    self.nearest = Some(near);
                }
            }
        }
    }
}

/// The ground of a grant whose conditions are all met.
fn ground<const N: usize>(rule: Rule, conditions: [Condition; N]) -> Ground {
    let (mut because, mut beginnings) = (Vec::with_capacity(N), None);
    for condition in conditions {
        match condition.fulfilment {
            // Two conditions may rest on one event: a relationship, and a membership told from its beginning on.
            Fulfilment::By(event) if !because.contains(&event) => because.push(event),
            Fulfilment::ByEach(all) => beginnings = Some(all),
            Fulfilment::Implied | Fulfilment::By(_) | Fulfilment::Missing { .. } => {}
        }
    }
    Ground { rule, because, beginnings }
}
