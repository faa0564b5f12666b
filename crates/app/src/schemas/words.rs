//! The words that have a fixed spelling, as shapes: made from the domain's own lists.

use super::shape::{Shape, described, one_of};
use crate::{
    feed::FeedFormat,
    history::Order,
    invitations::DraftFormat,
    reports::{Format, ReportName},
};
use procura_domain::{
    access::ResourceType,
    event::EventType,
    rule::Rule,
    vocabulary::{
        AssignmentOrigin, Authentication, AutopilotPolicy, CustomerChannel, DirectoryRole, InvitationUses, Locale,
        OnParked, OverseerRole, PartnerGroup, ResourceRole, Severity, SubscriptionKind, SupportRoute,
    },
};

macro_rules! words {
    ($($word:ident $says:literal)+) => {
        /// The shape of every such word, by name.
        pub(super) fn words() -> Vec<(&'static str, Shape)> {
            vec![$((stringify!($word), described(one_of($word::ALL.iter().map(|word| word.name())), $says))),+]
        }
    };
}

words! {
    AssignmentOrigin "How a role assignment came about: with a subscription that a partner provisioned or the customer registered, or by itself."
    Authentication "How it is known who acted: by a token, or stated by whoever ran the command on the log's machine."
    AutopilotPolicy "Which rule set governs Autopilot (APL-8)."
    CustomerChannel "The channel through which a customer adds a device itself."
    DirectoryRole "A role in a tenant's directory."
    DraftFormat "The form of a draft: JSON, or the file of a message that is not sent yet."
    EventType "The name of an event."
    FeedFormat "How the events of a feed are written: as CloudEvents, or as records of OCSF."
    Format "The form of a report."
    InvitationUses "How often an invitation can be accepted: by one customer, or by any number, once each."
    Locale "A language."
    OnParked "What later events with the same key do once one is parked: they go on, or wait until that one is dealt with."
    Order "The order of a history."
    OverseerRole "A service role, by which somebody reads everything (VIS-4)."
    PartnerGroup "A partner's group, whose members act for its customers."
    ReportName "The name of a report."
    ResourceRole "A role on an Azure subscription."
    ResourceType "What kind of thing a resource is."
    Severity "How bad the matter of a service request is."
    SubscriptionKind "What a subscription is for. Only an Azure subscription has roles."
    SupportRoute "How a partner gives the support it owes."
}

/// What is a word as well, with a list elsewhere.
pub(super) fn more_words() -> Vec<(&'static str, Shape)> {
    let codes = crate::Code::ALL.iter().map(|code| code.name());
    vec![
        ("Rule", described(one_of(Rule::ALL.iter().map(|rule| rule.id())), "The id of a rule, like DAP-1.")),
        ("Code", described(one_of(codes), "The stable code of an error: docs/errors.md says what to do about each.")),
    ]
}
