//! What the rules answer: yes for these reasons, or no for the nearest rule that misses something.

use crate::{
    facts::Facts,
    rule::Rule,
    temporal::{EventRef, Moment, Standing},
    vocabulary::{DirectoryRole, Pair, PartnerGroup},
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

impl Decision {
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// The evidence of a *yes*. Only [`decide`](super::decide) makes one, so code that takes one knows that the rules were
/// asked. Two are the same if they have the same reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    grounds: Vec<Ground>,
}

impl Permit {
    pub(super) fn new(grounds: Vec<Ground>) -> Self {
        Self { grounds }
    }

    /// Every independent reason, at least one, the newest first. Each is looked up when it is asked for: there may be
    /// thousands. `at` is a moment at which the question was answered so.
    pub fn reasons<F: Facts>(&self, at: Moment, facts: &F) -> impl Iterator<Item = Reason> {
        let mut next: Vec<Option<Next<'_>>> = self.grounds.iter().map(|ground| Some(Next::of(ground))).collect();
        std::iter::from_fn(move || {
            // Of two that are as new, the one that the rulebook lists first.
            let newest = next.iter_mut().rev().filter(|next| next.is_some()).max_by_key(|next| {
                let reason = next.as_ref().map(|next| &next.reason);
                reason.and_then(|reason| reason.because.iter().map(|event| event.position).max())
            })?;
            let Next { reason, ground, of } = newest.take()?;
            *newest = of.and_then(|beginnings| beginnings.before(at, facts)).map(|older| Next::at(ground, older));
            Some(reason)
        })
    }
}

/// A rule that allows: for one reason, or for one by each beginning of a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) rule: Rule,
    pub(super) because: Vec<EventRef>,
    pub(super) beginnings: Option<Beginnings>,
}

/// The events that established the relationship of two, from the newest back to the first that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginnings {
    pair: Pair,
    pub(super) newest: EventRef,
    first: Option<EventRef>,
}

impl Beginnings {
    /// Those up to that moment. `None`: there are none.
    pub(super) fn up_to(mut at: Moment, pair: Pair, first: Option<EventRef>, facts: &impl Facts) -> Option<Self> {
        let newest = loop {
            match facts.relationship(pair.customer, pair.partner, at) {
                Standing::InForce(began) => break began,
                Standing::Ended(ended) => at.position = ended.position.before(),
                Standing::Never => return None,
            }
        };
        first.is_none_or(|first| newest >= first).then_some(Self { pair, newest, first })
    }

    /// Those before the newest.
    fn before(self, at: Moment, facts: &impl Facts) -> Option<Self> {
        let before = Moment { position: self.newest.position.before(), ..at };
        Self::up_to(before, self.pair, self.first, facts)
    }
}

/// The next reason of a ground.
struct Next<'g> {
    reason: Reason,
    ground: &'g Ground,
    of: Option<Beginnings>,
}

impl<'g> Next<'g> {
    fn of(ground: &'g Ground) -> Self {
        let Ground { rule, because, beginnings } = ground;
        match beginnings {
            Some(beginnings) => Self::at(ground, *beginnings),
            None => Self { reason: Reason { rule: *rule, because: because.clone() }, ground, of: None },
        }
    }

    fn at(ground: &'g Ground, beginnings: Beginnings) -> Self {
        let mut because = ground.because.clone();
        // A membership may be told from the beginning of the relationship on: one event for both.
        if !because.contains(&beginnings.newest) {
            because.push(beginnings.newest);
        }
        Self { reason: Reason { rule: ground.rule, because }, ground, of: Some(beginnings) }
    }
}

/// A rule that allows, and the events it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
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
    /// The event that took it away, if it had been there.
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
    #[error("the subject is of no registered tenant that you know of")]
    RegisteredTenant,
    #[error("only an operator of this service does it")]
    Operator,
    /// An operator who was stated by name is nobody who comes back to read.
    #[error("a consumer or webhook is a user's or a service's own, and the actor is neither")]
    FeedOwner,
    #[error(
        "the subject is told of no events: it is no Global administrator of its tenant, and in no group of its partner"
    )]
    EventsToRead,
    /// The resource does not exist at that moment, or the subject may not know of it.
    #[error("there is no such resource, or it is not the subject's to know")]
    Resource,
    #[error("the subject is no explicit {0} of the tenant")]
    DirectoryRole(DirectoryRole),
    #[error("the subject is not in the partner's {0}")]
    Membership(PartnerGroup),
    #[error("there is no active reseller relationship")]
    Relationship,
    #[error("there never was a reseller relationship")]
    RelationshipEver,
    #[error("delegated admin privileges are not in force")]
    Dap,
    #[error("no role on the subscription allows it")]
    RoleOnSubscription,
    /// The subscription would have to be the subject's to renew and cancel: provisioned by it, or its own.
    #[error("the subscription was provisioned by another, or not provisioned at all")]
    ProvisionedBy,
    #[error("the subscription is cancelled")]
    ActiveSubscription,
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
