//! Who may ask about whom, and how much of the answer it gets.

use super::{
    Reader,
    audience::Audience,
    can_see::{can_see, can_see_customer, holds_role, is_any, is_global_administrator},
};
use crate::{
    access::{self, Decision, Question, Resource, Subject},
    facts::Facts,
    id::TenantId,
    state::State,
    temporal::Moment,
    vocabulary::{TenantKind, User},
};

/// How much of an answer a reader gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// The answer as this audience is told it, with all that explains it.
    To(Audience),
    /// The answer; its explanation only if the subject may know of the resource.
    AsSubject,
}

/// Whether the reader may ask the question. `None`: it may not.
///
/// Who may ask about anybody asks it; a user asks about itself.
pub fn may_ask(reader: Reader, question: &Question, at: Moment, now: Moment, facts: &impl Facts) -> Option<Disclosure> {
    match (may_ask_about_anybody(reader, &question.resource, at, now, facts), reader) {
        (Some(audience), _) => Some(Disclosure::To(audience)),
        (None, Reader::User(user)) => (question.subject == Subject::User(user)).then_some(Disclosure::AsSubject),
        (None, Reader::Overseer | Reader::Decider) => None,
    }
}

/// Whether the reader may ask what anybody may do to the resource: services may; a customer's explicit Global administrator
/// may of its own tenant's resources, as they were at the moment asked about, as long as it is one now. `None`: it may not.
pub fn may_ask_about_anybody(
    reader: Reader,
    resource: &Resource,
    at: Moment,
    now: Moment,
    facts: &impl Facts,
) -> Option<Audience> {
    let Reader::User(user) = reader else { return Some(Audience::Everything) };
    let customer = resource.customer(at, facts);
    let own = customer.filter(|customer| is_global_administrator(user, (*customer).into(), now, facts));
    own.map(Audience::Customer)
}

/// Whether the reader may ask who could do something in that tenant over time, or, if none is named, anywhere: services
/// anywhere, a customer's explicit Global administrator in its own, also before it was one. `None`: it may not.
pub fn may_ask_who_could(
    reader: Reader,
    tenant: Option<TenantId>,
    now: Moment,
    facts: &impl Facts,
) -> Option<Audience> {
    match (reader, tenant) {
        (Reader::Overseer | Reader::Decider, _) => Some(Audience::Everything),
        (Reader::User(_), None) => None,
        (Reader::User(user), Some(tenant)) => {
            let is_customer = facts.tenant(tenant, now) == Some(TenantKind::Customer);
            let administers = is_customer && is_global_administrator(user, tenant, now, facts);
            administers.then(|| Audience::Customer(tenant.as_customer()))
        }
    }
}

/// Whether the reader may ask what the subject could do over time in that tenant, or, if none is named, anywhere: those
/// who may ask about everybody, and a user about itself. `None`: it may not.
pub fn may_ask_what_could(
    reader: Reader,
    subject: Subject,
    tenant: Option<TenantId>,
    now: Moment,
    facts: &impl Facts,
) -> Option<Disclosure> {
    if let Some(audience) = may_ask_who_could(reader, tenant, now, facts) {
        return Some(Disclosure::To(audience));
    }
    matches!(reader, Reader::User(user) if subject == Subject::User(user)).then_some(Disclosure::AsSubject)
}

/// Whether a user that asks what it could do may know now of what is or was in that tenant: a user who lost the customer
/// has lost its past with it (DAP-6). Of a subscription on which it holds a role it knows without the customer.
pub fn can_still_see(user: User, tenant: TenantId, resource: &Resource, now: Moment, facts: &impl Facts) -> bool {
    matches!(resource, Resource::Subscription(_, id) if holds_role(&Subject::User(user), *id, now, facts))
        || can_still_see_tenant(user, tenant, now, facts)
}

/// Whether such a user may know now of anything in that tenant.
pub fn can_still_see_something(user: User, tenant: TenantId, now: Moment, state: &State) -> bool {
    can_still_see_tenant(user, tenant, now, state)
        || is_any(&Subject::User(user), now, state, |principal| {
            state.holds_roles(tenant.as_customer(), principal, now.position)
        })
}

fn can_still_see_tenant(user: User, tenant: TenantId, now: Moment, facts: &impl Facts) -> bool {
    user.tenant == tenant || can_see_customer(&Subject::User(user), tenant.as_customer(), now, facts)
}

impl Disclosure {
    /// Decides the question as the reader is told it.
    pub fn decide(self, question: &Question, at: Moment, facts: &impl Facts) -> Decision {
        match self {
            Self::To(audience) => audience.decide(question, at, facts),
            // What a user's own rights are is the user's to know.
            Self::AsSubject => access::decide(question, at, facts),
        }
    }

    /// Whether a search for resources lists this one: the answer is yes, and the reader may know of it now. A question names
    /// its resource itself; a search would tell a user what there was in a tenant that it has lost since (DAP-6).
    pub fn lists(self, question: &Question, at: Moment, now: Moment, facts: &impl Facts) -> bool {
        let known = || match self {
            Self::To(_) => true,
            Self::AsSubject => could_still_see(question, at, now, facts),
        };
        self.decide(question, at, facts).is_allowed() && known()
    }

    /// Who is told why the question is decided so. `None`: nobody. A subject that may not know that the resource exists is
    /// not told which rule hides it (VIS-3), nor why something was so that it has lost since (DAP-6).
    pub fn audience(
        self,
        question: &Question,
        decision: &Decision,
        at: Moment,
        now: Moment,
        facts: &impl Facts,
    ) -> Option<Audience> {
        match self {
            Self::To(audience) => Some(audience),
            Self::AsSubject => {
                let hidden = matches!(decision, Decision::Denied(denial) if !denial.known);
                let told = !hidden && could_still_see(question, at, now, facts);
                told.then(|| Audience::PeopleOf(question.subject.tenant()))
            }
        }
    }
}

/// Whether a user that asked about itself at a past moment may know now of what it asked about.
fn could_still_see(question: &Question, at: Moment, now: Moment, facts: &impl Facts) -> bool {
    let Subject::User(user) = question.subject else { return true };
    at.position == now.position
        || match question.resource.customer(at, facts) {
            Some(customer) => can_still_see(user, customer.into(), &question.resource, now, facts),
            None => can_see(&question.subject, &question.resource, now, facts),
        }
}
