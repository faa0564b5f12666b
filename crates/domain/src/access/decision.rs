//! What the rules answer: yes for these reasons, or no for the nearest rule that misses something.

use crate::{
    rule::Rule,
    temporal::EventRef,
    vocabulary::{DirectoryRole, PartnerGroup},
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
/// asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    reasons: Vec<Reason>,
}

impl Permit {
    pub(super) fn new(reasons: Vec<Reason>) -> Self {
        Self { reasons }
    }

    /// Every independent reason, at least one.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
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
