//! Who may know of what (VIS-1 to VIS-4).
//!
//! A user who can see a customer can see what is in its tenant; a user who holds a role on a subscription can see that
//! subscription. What somebody may *do* there is for [`access`] to say.

mod audience;
mod can_see;
mod disclosed_facts;
mod feed;
mod history;
mod invitations;
mod lists;
mod people;
mod questions;

pub use audience::{Audience, DisclosedAuthor, DisclosedMembership};
pub use can_see::{can_name_principal, can_see, can_see_principal};
pub use feed::{event_scope, reads_events, sees_feed_event, sees_feeds_of};
pub use history::{Happened, can_see_author, partner_scope};
pub use invitations::{InvitationDisclosure, invitation_disclosure};
pub use people::{is_told_holds, knows_user, sees_people};
pub use questions::{
    Disclosure, can_still_see, can_still_see_something, may_ask, may_ask_about_anybody, may_ask_what_could,
    may_ask_who_could,
};

use crate::{
    access::{self, CustomerAction, Named, PartnerAction, Question, Resource, Subject},
    facts::Facts,
    id::{CustomerId, PartnerId, TenantId},
    temporal::{Moment, Standing},
    vocabulary::{TenantKind, User},
};
use can_see::{can_see_partner, is_agent, is_agent_of_customer, is_global_administrator};

/// Who reads or asks, as the token says. The issuer of a command is an [`Actor`](crate::vocabulary::Actor).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A user; what it may see follows from the log.
    User(User),
    /// An operator or an auditor: reads everything (VIS-4).
    Overseer,
    /// A service that asks access questions about anybody, and reads nothing else.
    Decider,
}

/// How much of a customer somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibleScope {
    /// All of it (VIS-1, VIS-4).
    Everything,
    /// What concerns one partner (VIS-2).
    Partner(PartnerId),
}

impl VisibleScope {
    /// Whether what concerns that partner (or none) is inside.
    pub fn includes(self, partner: Option<PartnerId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Partner(own) => partner == Some(own),
        }
    }
}

/// What a report is about: a customer, a partner, what is between the two, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// One customer, or all.
    pub customer: Option<CustomerId>,
    /// One partner, or all.
    pub partner: Option<PartnerId>,
}

/// How much of the customer the reader sees. `None`: not even that it exists.
pub fn customer_scope(reader: Reader, customer: CustomerId, at: Moment, facts: &impl Facts) -> Option<VisibleScope> {
    if facts.tenant(customer.into(), at) != Some(TenantKind::Customer) {
        return None;
    }
    match reader {
        Reader::Overseer => Some(VisibleScope::Everything),
        Reader::Decider => None,
        Reader::User(user) if is_global_administrator(user, customer.into(), at, facts) => {
            Some(VisibleScope::Everything)
        }
        Reader::User(user) => {
            let partner = user.tenant.as_partner();
            is_agent_of_customer(&Subject::User(user), customer, at, facts).then_some(VisibleScope::Partner(partner))
        }
    }
}

/// Whether the reader sees the customer's partner-relationships page (DAP-4).
pub fn sees_partner_relationships(reader: Reader, customer: CustomerId, at: Moment, facts: &impl Facts) -> bool {
    sees(reader, CustomerAction::ViewPartnerRelationships, customer, at, facts)
}

/// Whether the reader sees the partner's list of customers (VIS-2).
pub fn sees_customers(reader: Reader, partner: PartnerId, at: Moment, facts: &impl Facts) -> bool {
    facts.tenant(partner.into(), at) == Some(TenantKind::Partner)
        && match reader {
            Reader::Overseer => true,
            Reader::Decider => false,
            Reader::User(user) => user.tenant == partner.into() && is_agent(&Subject::User(user), at, facts),
        }
}

/// Whether the reader sees who is in the partner's groups: its agents and Global administrators (VIS-2).
pub fn sees_groups(reader: Reader, partner: PartnerId, at: Moment, facts: &impl Facts) -> bool {
    let is_partner = facts.tenant(partner.into(), at) == Some(TenantKind::Partner);
    let administers = match reader {
        Reader::User(user) => is_global_administrator(user, partner.into(), at, facts),
        Reader::Overseer | Reader::Decider => false,
    };
    sees_customers(reader, partner, at, facts) || (is_partner && administers)
}

/// Whether the reader sees who holds which directory role in the tenant: its Global administrators (VIS-1, VIS-2), and
/// in a customer's tenant all who may read its directory.
pub fn sees_directory_roles(reader: Reader, tenant: TenantId, at: Moment, facts: &impl Facts) -> bool {
    match (facts.tenant(tenant, at), reader) {
        (Some(TenantKind::Customer), _) => sees(reader, CustomerAction::ReadDirectory, tenant.as_customer(), at, facts),
        (Some(TenantKind::Partner), Reader::User(user)) => is_global_administrator(user, tenant, at, facts),
        (Some(TenantKind::Partner), Reader::Overseer) => true,
        (None, _) | (Some(TenantKind::Partner), Reader::Decider) => false,
    }
}

/// What a report covers that this reader asked for: as it was asked, narrowed to the reader's own tenant (VIS-1, VIS-2).
/// `None`: the reader may not have it, or not know whom it names.
pub fn report_coverage(reader: Reader, asked: Coverage, at: Moment, facts: &impl Facts) -> Option<Coverage> {
    let Coverage { customer, partner } = asked;
    let user = match reader {
        Reader::Overseer => {
            let is =
                |tenant: Option<TenantId>, kind| tenant.is_none_or(|tenant| facts.tenant(tenant, at) == Some(kind));
            let known =
                is(customer.map(Into::into), TenantKind::Customer) && is(partner.map(Into::into), TenantKind::Partner);
            return known.then_some(asked);
        }
        Reader::Decider => return None,
        Reader::User(user) => user,
    };
    // First whether it may have any report at all, then whom it may name.
    let may = |resource| {
        let question = Question { subject: Subject::User(user), resource };
        access::decide(&question, at, facts).is_allowed()
    };
    match facts.tenant(user.tenant, at)? {
        TenantKind::Customer => {
            let own = user.tenant.as_customer();
            let known = || partner.is_none_or(|partner| can_see_partner(&Subject::User(user), partner, at, facts));
            let own_alone = || customer.is_none_or(|customer| customer == own) && known();
            (may(Resource::Customer(CustomerAction::ViewReport, own, Named::default())) && own_alone())
                .then_some(Coverage { customer: Some(own), partner })
        }
        TenantKind::Partner => {
            let own = user.tenant.as_partner();
            let known = || customer.is_none_or(|of| facts.relationship(of, own, at) != Standing::Never);
            let own_alone = || partner.is_none_or(|partner| partner == own) && known();
            (may(Resource::Partner(PartnerAction::ViewReport, own, None)) && own_alone())
                .then_some(Coverage { customer, partner: Some(own) })
        }
    }
}

fn sees(reader: Reader, action: CustomerAction, customer: CustomerId, at: Moment, facts: &impl Facts) -> bool {
    match reader {
        Reader::Overseer => facts.tenant(customer.into(), at) == Some(TenantKind::Customer),
        Reader::Decider => false,
        Reader::User(user) => {
            let resource = Resource::Customer(action, customer, Named::default());
            let question = Question { subject: Subject::User(user), resource };
            access::decide(&question, at, facts).is_allowed()
        }
    }
}
