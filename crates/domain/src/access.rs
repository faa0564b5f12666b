//! May this subject do this there, and why? The one place where the rules answer.
//!
//! [`decide`] goes through every *way* in which an action can be allowed. A way is a rule and the conditions it sets;
//! those that are met become the reasons of the answer, and when none is, the nearest one says what is missing.

mod question;
mod ways;

pub use question::{
    CustomerAction, DeviceAction, Named, NotAsked, PartnerAction, ProfileAction, Question, Resource, ResourceType,
    Subject, SubscriptionAction, action_names,
};

use crate::{
    facts::Facts,
    rule::Rule,
    temporal::{EventRef, Moment, Standing},
};
use std::fmt;

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes, for these reasons.
    Allowed(Permit),
    /// No, for this one.
    Denied(Denial),
}

/// The evidence of a *yes*. Only [`decide`] makes one, so whatever takes it knows that the rules were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    reasons: Vec<Reason>,
}

impl Permit {
    /// Every independent reason, at least one.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

/// A rule that allows, and the events it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    /// The events that made it so.
    pub because: Vec<EventRef>,
}

/// The explanation of a *no*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Whether the subject may know that the resource exists (VIS-3). If not, say no more than *not found*.
    pub known: bool,
    /// The nearest rule that would have allowed it.
    pub rule: Rule,
    /// What that rule misses.
    pub missing: Missing,
    /// The event that took it away, where it had been there.
    pub ended_by: Option<EventRef>,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.missing)?;
        self.ended_by.map_or(Ok(()), |event| write!(f, " (ended by {event})"))
    }
}

/// What a rule asks for and does not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The subject's tenant is not registered, or not as what the subject needs it to be.
    #[error("the subject is of no registered tenant")]
    RegisteredTenant,
    /// Only operators do this.
    #[error("only an operator of this service does it")]
    Operator,
    /// The resource does not exist at that moment, or the subject may not know of it.
    #[error("there is no such resource, or it is not the subject's to know")]
    Resource,
    /// An explicit directory role.
    #[error("the subject is no explicit {0} of the tenant")]
    DirectoryRole(crate::vocabulary::DirectoryRole),
    /// Membership in a group.
    #[error("the subject is not in the partner's {0}")]
    Membership(crate::vocabulary::PartnerGroup),
    /// A reseller relationship.
    #[error("there is no active reseller relationship")]
    Relationship,
    /// A reseller relationship, now or before.
    #[error("there never was a reseller relationship")]
    RelationshipEver,
    /// Delegated admin privileges.
    #[error("delegated admin privileges are not in force")]
    Dap,
    /// A role on the subscription.
    #[error("no role on the subscription allows it")]
    RoleOnSubscription,
    /// The subscription would have to be the subject's to renew and cancel: provisioned by it, or its own.
    #[error("the subscription was provisioned by another, or not provisioned at all")]
    ProvisionedBy,
    /// The subscription would have to be active.
    #[error("the subscription is cancelled")]
    ActiveSubscription,
    /// The partner would have to owe support.
    #[error("no support is owed")]
    SupportOwed,
    /// The device would have to have been added by the subject's own partner.
    #[error("the device was added by another")]
    OwnDevice,
    /// The device would have to have come from a partner.
    #[error("the device was added by the customer itself")]
    DeviceOfPartner,
    /// The command would have to name the subject's own side.
    #[error(
        "only the customer's Global administrators add devices through its own channels, and only agents add them as their partner"
    )]
    OwnOrigin,
}

/// One thing that a way asks for: how it stands, and what is missing where it does not.
#[derive(Clone, Copy)]
struct Condition {
    held: Held,
    missing: Missing,
    /// How far off it is where it is not met.
    distance: usize,
}

#[derive(Clone, Copy)]
enum Held {
    /// It is so by the question itself: no event to name.
    Given,
    By(EventRef),
    Not {
        ended_by: Option<EventRef>,
    },
}

impl Condition {
    fn new(standing: Standing, missing: Missing) -> Self {
        let held = match standing {
            Standing::InForce(event) => Held::By(event),
            Standing::Ended(event) => Held::Not { ended_by: Some(event) },
            Standing::Never => Held::Not { ended_by: None },
        };
        Self { held, missing, distance: 1 }
    }

    /// The same, without naming the event where it holds: that a subscription was brought in is no reason of its own.
    fn unnamed(self) -> Self {
        let held = if matches!(self.held, Held::By(_)) { Held::Given } else { self.held };
        Self { held, ..self }
    }

    fn given(held: bool, missing: Missing) -> Self {
        Self { held: if held { Held::Given } else { Held::Not { ended_by: None } }, missing, distance: 1 }
    }

    /// The same, as something that the subject can never come to.
    fn out_of_reach(self) -> Self {
        Self { distance: 10, ..self }
    }
}

/// The ways tried so far.
#[derive(Default)]
struct Tried {
    reasons: Vec<Reason>,
    nearest: Option<Near>,
}

/// The way that misses least.
struct Near {
    missed: usize,
    rule: Rule,
    missing: Missing,
    ended_by: Option<EventRef>,
}

impl Tried {
    /// Tries a way: every condition met makes it a reason; else it is remembered if it is the nearest so far.
    fn way<const N: usize>(&mut self, rule: Rule, conditions: [Condition; N]) {
        let mut because = Vec::with_capacity(N);
        let mut near: Option<Near> = None;
        for Condition { held, missing, distance } in conditions {
            match (held, &mut near) {
                (Held::Given, _) => {}
                (Held::By(event), _) => because.push(event),
                (Held::Not { .. }, Some(near)) => near.missed += distance,
                (Held::Not { ended_by }, None) => near = Some(Near { missed: distance, rule, missing, ended_by }),
            }
        }
        match near {
            None => self.reasons.push(Reason { rule, because }),
            Some(near) => {
                // Of two that miss as much, the one that something took away explains more.
                let distance = |near: &Near| (near.missed, near.ended_by.is_none());
                if self.nearest.as_ref().is_none_or(|nearest| distance(&near) < distance(nearest)) {
                    self.nearest = Some(near);
                }
            }
        }
    }
}

/// Answers a question at a moment.
///
/// A subject of no registered tenant is denied first (TEN-2), then whoever may not know of the resource (VIS-3), then
/// the rules of the action speak.
pub fn decide(question: &Question, at: Moment, facts: &impl Facts) -> Decision {
    let denied = |known, rule, missing| Decision::Denied(Denial { known, rule, missing, ended_by: None });
    if !question.subject.is_registered(at, facts) {
        return denied(true, Rule::Ten2, Missing::RegisteredTenant);
    }
    // Of what the subject may not know of, no rule is asked.
    let known = crate::visibility::knows(&question.subject, &question.resource, at, facts);
    let Tried { reasons, nearest } = if known { ways::tried(question, at, facts) } else { Tried::default() };
    match nearest {
        _ if !reasons.is_empty() => Decision::Allowed(Permit { reasons }),
        Some(Near { rule, missing, ended_by, .. }) => Decision::Denied(Denial { known: true, rule, missing, ended_by }),
        None => denied(false, Rule::Vis3, Missing::Resource),
    }
}
