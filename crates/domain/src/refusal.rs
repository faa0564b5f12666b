//! Refusals: why a command was not carried out. A refused command leaves nothing behind.

use crate::{
    access::{Denial, Missing},
    id::DeviceId,
    personal::Erasable,
    rule::Rule,
    temporal::Timestamp,
};
use chrono::SecondsFormat;

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is missing, unknown, malformed or out of range.
    #[error("`{field}`: {problem}")]
    InvalidCommand { field: &'static str, problem: &'static str },
    /// The rules do not allow the actor to do this.
    #[error("{rule} does not allow it: {denial}")]
    NotAllowed {
        /// The rule that would have allowed it.
        rule: Rule,
        denial: Denial,
    },
    /// Unknown, or not the actor's to know of. No rule is named (VIS-3).
    #[error("`{0}` names nothing that you know of")]
    NotFound(&'static str),
    #[error("this tenant is registered already")]
    AlreadyRegistered,
    /// The id given for something new is taken.
    #[error("`{0}` is an id that exists already; leave it out to have one made")]
    AlreadyExists(&'static str),
    #[error("the user is in this group already")]
    AlreadyMember,
    #[error("the user is not in this group")]
    NotMember,
    #[error("the user holds this role already")]
    RoleHeld,
    /// The user does not hold the directory role.
    #[error("the user does not hold this role")]
    RoleNotHeld,
    /// The tenant would be left without an explicit Global administrator.
    #[error("this is the tenant's last Global administrator; assign the role to somebody else first")]
    LastGlobalAdministrator,
    #[error("`message.body` must contain the invitation's link: write {{link}} where it belongs")]
    LinkMissing,
    #[error("the partner took the invitation back; ask it for a new one")]
    InvitationWithdrawn,
    #[error("this customer declined the invitation; ask the partner for a new one")]
    InvitationDeclined,
    /// The invitation was used up, or used by this customer.
    #[error("the invitation has been used; ask the partner for a new one")]
    InvitationUsed,
    #[error("the invitation expired at {}; ask the partner for a new one", .0.to_rfc3339_opts(SecondsFormat::AutoSi, true))]
    InvitationExpired(Timestamp),
    /// The relationship is active, and there is nothing the invitation could add to it.
    #[error("the relationship is active already, and the invitation would add nothing to it")]
    NothingToGrant,
    #[error("there is no active reseller relationship")]
    NoRelationship,
    #[error("delegated admin privileges are not in force")]
    NoDap,
    #[error("{0} subscription(s) that the partner provisioned are active; cancel them first")]
    ActiveSubscriptions(usize),
    /// No support is owed since the contract was renegotiated.
    #[error("the contract was renegotiated already: no support is owed")]
    AlreadyRenegotiated,
    #[error("the subscription is cancelled")]
    SubscriptionNotActive,
    #[error("this is no Azure subscription, so it has no roles")]
    NotAzure,
    /// The principal holds this role on this subscription already.
    #[error("this principal holds this role on this subscription already")]
    RoleAssignmentExists,
    /// This is the last Owner, and the actor is no explicit Global administrator of the customer.
    #[error("only an explicit Global administrator of the customer removes the last Owner")]
    LastOwner,
    #[error("a device of this manufacturer, model and serial number is registered already")]
    DeviceAlreadyRegistered,
    #[error("the profile is applied to {0} device(s); remove it from them first")]
    ProfileInUse(usize),
    /// Another profile, or none, is applied to the device.
    #[error("the profile is not applied to device {0}")]
    ProfileNotApplied(DeviceId),
    #[error("this policy is in force already")]
    PolicyInForce,
    #[error("the personal data of {0} was erased already")]
    AlreadyErased(Erasable),
    #[error("another user of this tenant has this user principal name; describe that one first, or erase its names")]
    NameTaken,
    #[error("this tenant's users have {0} consumers and webhooks already; delete one first")]
    TooManyFeeds(usize),
}

impl Refusal {
    /// What the actor, a subject of no registered tenant or none of the required kind, gets.
    pub fn not_allowed(rule: Rule, missing: Missing) -> Self {
        Self::NotAllowed { rule, denial: Denial { known: true, rule, missing, ended_by: None } }
    }

    /// The rule it rests on, if the rulebook has one.
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::NotAllowed { rule, .. } => Some(*rule),
            Self::AlreadyRegistered => Some(Rule::Ten1),
            Self::LastGlobalAdministrator => Some(Rule::Ten3),
            Self::LinkMissing => Some(Rule::Inv2),
            Self::InvitationWithdrawn
            | Self::InvitationDeclined
            | Self::InvitationUsed
            | Self::InvitationExpired(_) => Some(Rule::Inv7),
            Self::NothingToGrant => Some(Rule::Inv8),
            Self::NoRelationship | Self::NoDap | Self::ActiveSubscriptions(_) => Some(Rule::Rel4),
            Self::AlreadyRenegotiated => Some(Rule::Sup3),
            Self::SubscriptionNotActive => Some(Rule::Sub9),
            Self::ProfileInUse(_) => Some(Rule::Apl1),
            Self::ProfileNotApplied(_) => Some(Rule::Apl4),
            Self::PolicyInForce => Some(Rule::Apl8),
            Self::NotAzure | Self::LastOwner => Some(Rule::Sub6),
            Self::RoleAssignmentExists => Some(Rule::Sub7),
            Self::DeviceAlreadyRegistered => Some(Rule::Apl7),
            Self::NameTaken => Some(Rule::Peo1),
            Self::TooManyFeeds(_) => Some(Rule::Feed1),
            Self::InvalidCommand { .. }
            | Self::NotFound(_)
            | Self::AlreadyExists(_)
            | Self::AlreadyMember
            | Self::NotMember
            | Self::RoleHeld
            | Self::RoleNotHeld
            | Self::AlreadyErased(_) => None,
        }
    }
}
