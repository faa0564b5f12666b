//! Who may know of what (VIS-1 to VIS-4), and who may ask about whom.
//!
//! Whoever knows a customer knows what is in its tenant; whoever holds a role on a subscription knows that
//! subscription. What somebody may *do* there is for [`access`] to say.

mod history;
mod invitations;
mod lists;

pub use history::{Happened, knows_author, partner_scope};
pub use invitations::{InvitationDisclosure, invitation_disclosure};

use crate::{
    access::{self, CustomerAction, Decision, Named, PartnerAction, Question, Resource, Subject},
    facts::Facts,
    id::{CustomerId, PartnerId, SubscriptionId, TenantId},
    temporal::{Moment, Standing},
    vocabulary::{DeviceOrigin, DirectoryRole, PartnerGroup, Principal, ResourceRole, TenantKind, User},
};

/// Who reads or asks, as the token says. Whoever issues commands is an [`Actor`](crate::vocabulary::Actor).
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

/// How much of an answer somebody may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// The answer with all that explains it.
    Freely,
    /// The answer; its explanation only where the resource is the subject's to know.
    AsSubject,
}

/// Whether the subject may know that the resource, and whatever else the question names, exists (VIS-3).
pub fn knows(subject: &Subject, resource: &Resource, at: Moment, facts: &impl Facts) -> bool {
    match resource {
        Resource::Customer(_, customer, named) => {
            knows_customer(subject, *customer, at, facts) && knows_named(subject, *customer, *named, at, facts)
        }
        Resource::Partner(_, partner) => knows_partner(subject, *partner, at, facts),
        Resource::Subscription(_, subscription) => facts.subscription(*subscription, at).is_some_and(|fact| {
            knows_customer(subject, fact.customer, at, facts) || holds_role(subject, *subscription, at, facts)
        }),
        Resource::Profile(_, profile) => {
            facts.profile(*profile, at).is_some_and(|customer| knows_customer(subject, customer, at, facts))
        }
        Resource::Device(_, device) => {
            facts.device(*device, at).is_some_and(|device| knows_customer(subject, device.customer, at, facts))
        }
    }
}

/// Whether the reader may put the question, and how much of the answer it gets. `None`: it may not.
///
/// Services ask about anybody; a user asks about itself; a customer's explicit Global administrator asks about anybody
/// on its own tenant's resources, as they were at the moment asked about, as long as it is one now.
pub fn may_ask(reader: Reader, question: &Question, at: Moment, now: Moment, facts: &impl Facts) -> Option<Disclosure> {
    let Reader::User(user) = reader else { return Some(Disclosure::Freely) };
    let customer = question.resource.customer(at, facts);
    if customer.is_some_and(|customer| is_global_administrator(user, customer.into(), now, facts)) {
        return Some(Disclosure::Freely);
    }
    (question.subject == Subject::User(user)).then_some(Disclosure::AsSubject)
}

/// Whether the reader may ask about everybody in that tenant over time, or, where none is named, about everything:
/// services about any, a customer's explicit Global administrator about its own, also before it was one.
pub fn may_ask_over_time(reader: Reader, tenant: Option<TenantId>, now: Moment, facts: &impl Facts) -> bool {
    match (reader, tenant) {
        (Reader::Overseer | Reader::Decider, _) => true,
        (Reader::User(_), None) => false,
        (Reader::User(user), Some(tenant)) => {
            facts.tenant(tenant, now) == Some(TenantKind::Customer) && is_global_administrator(user, tenant, now, facts)
        }
    }
}

/// Whether a user that asks what it could do may know now of what is or was in that tenant: whoever lost the customer has
/// lost its past with it (DAP-6). Of a subscription on which it holds a role it knows without the customer.
pub fn knows_still(user: User, tenant: TenantId, resource: &Resource, now: Moment, facts: &impl Facts) -> bool {
    let subject = Subject::User(user);
    user.tenant == tenant
        || knows_customer(&subject, tenant.as_customer(), now, facts)
        || matches!(resource, Resource::Subscription(_, id) if holds_role(&subject, *id, now, facts))
}

/// Whether a user that asked about itself at a past moment may know now of what it asked about.
pub fn knows_still_of(question: &Question, at: Moment, now: Moment, facts: &impl Facts) -> bool {
    let Subject::User(user) = question.subject else { return true };
    at.position == now.position
        || match question.resource.customer(at, facts) {
            Some(customer) => knows_still(user, customer.into(), &question.resource, now, facts),
            None => knows(&question.subject, &question.resource, now, facts),
        }
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
/// in a customer's tenant whoever may read its directory.
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
    let is = |tenant: Option<TenantId>, kind| tenant.is_none_or(|tenant| facts.tenant(tenant, at) == Some(kind));
    if !is(customer.map(Into::into), TenantKind::Customer) || !is(partner.map(Into::into), TenantKind::Partner) {
        return None;
    }
    let user = match reader {
        Reader::Overseer => return Some(asked),
        Reader::Decider => return None,
        Reader::User(user) => user,
    };
    let may = |resource| {
        let question = Question { subject: Subject::User(user), resource };
        matches!(access::decide(&question, at, facts), Decision::Allowed(_))
    };
    match facts.tenant(user.tenant, at)? {
        TenantKind::Customer => {
            let own = user.tenant.as_customer();
            let known = partner.is_none_or(|partner| knows_partner(&Subject::User(user), partner, at, facts));
            let own_alone = customer.is_none_or(|customer| customer == own) && known;
            (own_alone && may(Resource::Customer(CustomerAction::ViewReport, own, Named::default())))
                .then_some(Coverage { customer: Some(own), partner })
        }
        TenantKind::Partner => {
            let own = user.tenant.as_partner();
            let known = customer.is_none_or(|of| facts.relationship(of, own, at) != Standing::Never);
            let own_alone = partner.is_none_or(|partner| partner == own) && known;
            (own_alone && may(Resource::Partner(PartnerAction::ViewReport, own)))
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
            matches!(access::decide(&question, at, facts), Decision::Allowed(_))
        }
    }
}

fn knows_customer(subject: &Subject, customer: CustomerId, at: Moment, facts: &impl Facts) -> bool {
    facts.tenant(customer.into(), at) == Some(TenantKind::Customer)
        && (subject.tenant() == customer.into() || is_agent_of_customer(subject, customer, at, facts))
}

/// A partner named beside a customer: the subject's own, or one that the customer has or had a relationship with.
fn knows_named(subject: &Subject, customer: CustomerId, named: Named, at: Moment, facts: &impl Facts) -> bool {
    let known = |partner: PartnerId| {
        facts.tenant(partner.into(), at) == Some(TenantKind::Partner)
            && (subject.tenant() == partner.into()
                || (subject.tenant() == customer.into()
                    && facts.relationship(customer, partner, at) != Standing::Never))
    };
    let origin = match named.origin {
        Some(DeviceOrigin::Partner(partner)) => Some(partner),
        Some(DeviceOrigin::Customer(_)) | None => None,
    };
    named.partner.into_iter().chain(origin).all(known)
}

fn knows_partner(subject: &Subject, partner: PartnerId, at: Moment, facts: &impl Facts) -> bool {
    facts.tenant(partner.into(), at) == Some(TenantKind::Partner)
        && (subject.tenant() == partner.into()
            || facts.relationship(subject.tenant().as_customer(), partner, at) != Standing::Never)
}

/// An agent sees its partner's customers, and those it had (VIS-2).
fn is_agent_of_customer(subject: &Subject, customer: CustomerId, at: Moment, facts: &impl Facts) -> bool {
    facts.relationship(customer, subject.tenant().as_partner(), at) != Standing::Never && is_agent(subject, at, facts)
}

fn is_agent(subject: &Subject, at: Moment, facts: &impl Facts) -> bool {
    PartnerGroup::ALL.iter().any(|group| subject.membership(*group, at, facts).is_none_or(Standing::is_in_force))
}

fn holds_role(subject: &Subject, subscription: SubscriptionId, at: Moment, facts: &impl Facts) -> bool {
    subject.principals().any(|principal| {
        let is_it = match principal {
            Principal::User(_) => true,
            Principal::Group(group) => subject.membership(group.group, at, facts).is_none_or(Standing::is_in_force),
        };
        is_it
            && ResourceRole::ALL.iter().any(|role| {
                let assignment = facts.role_assignment(subscription, principal, *role, at);
                assignment.is_some_and(|assignment| assignment.standing.is_in_force())
            })
    })
}

fn is_global_administrator(user: User, tenant: TenantId, at: Moment, facts: &impl Facts) -> bool {
    let subject = Subject::User(user);
    subject.directory_role(tenant, DirectoryRole::GlobalAdministrator, at, facts).is_in_force()
}
