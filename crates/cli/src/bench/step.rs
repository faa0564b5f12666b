//! What happens in the life of a customer, as small as can be: a million of them wait for their next steps.

use procura_domain::vocabulary::ResourceRole;

/// One thing that will happen, and when.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) at: u32,
    pub(super) what: What,
}

const _: () = assert!(size_of::<Step>() <= 12, "a million customers have ten of them each");

/// Who does something for a customer: itself, or the partner in that place among its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Customer,
    Partner(u8),
}

/// Who is given a role on a subscription.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    AdminAgents(u8),
    HelpdeskAgents(u8),
    /// One of the customer's people.
    Person(u8),
}

/// A command, with everything named by its number among the customer's own.
#[derive(Clone, Copy)]
pub(super) enum What {
    Register,
    /// A second Global administrator.
    SecondAdministrator,
    /// The second one is one no more.
    WithoutSecond,
    /// The first one leaves, and the second one acts.
    HandOver,
    HelpdeskAdministrator,
    WithoutHelpdesk,
    Invite {
        partner: u8,
        invitation: u8,
        dap: bool,
        days: u16,
    },
    Withdraw {
        partner: u8,
        invitation: u8,
    },
    Decline {
        invitation: u8,
    },
    Accept {
        invitation: u8,
    },
    /// Accepts the invitation that the partner has for many.
    AcceptMany {
        partner: u8,
    },
    RevokeDap {
        by: Side,
        partner: u8,
    },
    EndRelationship {
        partner: u8,
    },
    Renegotiate {
        partner: u8,
    },
    OpenRequest {
        partner: u8,
    },
    Provision {
        partner: u8,
        subscription: u8,
        owner: Option<u8>,
    },
    RegisterSubscription {
        subscription: u8,
        owner: Option<u8>,
    },
    Renew {
        by: Side,
        subscription: u8,
    },
    Cancel {
        by: Side,
        subscription: u8,
    },
    AssignRole {
        by: Side,
        subscription: u8,
        assignment: u8,
        role: ResourceRole,
        to: To,
    },
    RemoveAssignment {
        by: Side,
        assignment: u8,
    },
    AddDevice {
        by: Side,
        device: u16,
    },
    TagDevice {
        by: Side,
        device: u16,
    },
    RemoveDevice {
        by: Side,
        device: u16,
    },
    CreateProfile {
        by: Side,
        profile: u8,
    },
    UpdateProfile {
        by: Side,
        profile: u8,
    },
    DeleteProfile {
        by: Side,
        profile: u8,
    },
    ApplyProfile {
        by: Side,
        profile: u8,
        first: u16,
        count: u8,
    },
    RemoveProfile {
        by: Side,
        profile: u8,
        first: u16,
        count: u8,
    },
}
