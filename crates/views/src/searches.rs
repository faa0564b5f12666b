//! Searches: who may do something to a resource, to what somebody may do it, and what somebody may do to a resource, as far as
//! the reader may ask. A list shows exactly what the reader's questions about each would be answered with yes; of resources
//! only those that a user may still know of (DAP-6).
//!
//! `None` is a search that stands for no question that the reader may ask.

use crate::{
    candidates::{
        Candidate, CandidatesOn, ResourceKey, SearchScope, SubjectKey, SubjectKind, resource_candidates,
        subject_candidates, tenant_of,
    },
    looked::Looked,
};
use procura_domain::{
    access::{Question, Resource, ResourceType, Subject},
    state::State,
    temporal::Moment,
    visibility::{Disclosure, Reader, may_ask, may_ask_about_anybody, may_ask_who_could},
    vocabulary::User,
};
use uuid::Uuid;

/// Who searches, about which moment, and when.
#[derive(Debug, Clone, Copy)]
pub struct Searcher {
    pub reader: Reader,
    /// The moment that the search is about.
    pub at: Moment,
    /// The moment at which it is made: rights that the reader has lost are not asked with.
    pub now: Moment,
}

/// What a search looks at, one after the other.
pub type SearchRows<'s, K, T> = Box<dyn Iterator<Item = Looked<K, T>> + 's>;

impl Searcher {
    /// The subjects of that kind, after that key, that may do what the resource is asked for.
    pub fn subjects(
        self,
        state: &State,
        kind: SubjectKind,
        resource: Resource,
        after: Option<SubjectKey>,
    ) -> Option<SearchRows<'_, SubjectKey, Subject>> {
        let Self { reader, at, now } = self;
        let Some(told) = may_ask_about_anybody(reader, &resource, at, now, state) else {
            // About itself alone, whatever the resource is: nothing else is looked up (VIS-7).
            return match (reader, kind) {
                (Reader::User(user), SubjectKind::User) => {
                    let subject = Subject::User(user);
                    let key = SubjectKey::of(user);
                    let question = Question { subject, resource };
                    let itself = std::iter::once(()).filter(move |()| after.is_none_or(|after| after < key));
                    Some(Box::new(itself.map(move |()| {
                        let allowed = Disclosure::AsSubject.decide(&question, at, state).is_allowed();
                        Looked::new(key, allowed.then_some(subject))
                    })))
                }
                _ => None,
            };
        };
        let tenant = tenant_of(state, &resource, at.position).into_iter();
        let (on, facts) = (CandidatesOn::of(&resource), state.remembering());
        let candidates =
            tenant.flat_map(move |tenant| subject_candidates(state, kind, (tenant, on), (told, at), after));
        Some(Box::new(candidates.map(move |Candidate { key, found }| {
            let is_allowed = |subject: &Subject| {
                let question = Question { subject: *subject, resource: resource.clone() };
                Disclosure::To(told).decide(&question, at, &facts).is_allowed()
            };
            Looked::new(key, found.filter(is_allowed))
        })))
    }

    /// The resources of the type of `any`, after that key, to which the subject may do what `any` is asked for.
    pub fn resources(
        self,
        state: &State,
        subject: Subject,
        any: Resource,
        after: Option<ResourceKey>,
    ) -> Option<SearchRows<'_, ResourceKey, Uuid>> {
        let Self { reader, at, now } = self;
        let kind = any.resource_type();
        let scope = match reader {
            Reader::Overseer | Reader::Decider => SearchScope::Around(subject.tenant()),
            Reader::User(user) if subject == Subject::User(user) => SearchScope::Around(user.tenant),
            // About others at home alone, where no partner is a resource. Nothing of theirs is looked up (VIS-7).
            Reader::User(user) if kind != ResourceType::Partner && administers(state, user, now) => {
                SearchScope::Tenant(user.tenant)
            }
            Reader::User(_) => return None,
        };
        let (candidates, facts) = (resource_candidates(state, kind, scope, after), state.remembering());
        Some(Box::new(candidates.map(move |Candidate { key, found }| {
            let is_listed = |id: &Uuid| {
                let question = Question { subject, resource: any.of(*id) };
                let disclosure = may_ask(reader, &question, at, now, &facts);
                disclosure.is_some_and(|disclosure| disclosure.lists(&question, at, now, &facts))
            };
            Looked::new(key, found.filter(is_listed))
        })))
    }

    /// The actions among these that the subject may do, after so many: the same resource, with each action asked on it.
    pub fn actions(
        self,
        state: &State,
        subject: Subject,
        asked: Vec<Resource>,
        after: Option<usize>,
    ) -> Option<SearchRows<'_, usize, &'static str>> {
        let Self { reader, at, now } = self;
        let questions = asked.into_iter().map(move |resource| Question { subject, resource });
        let mut rest = questions.enumerate().skip(after.map_or(0, |after| after.saturating_add(1))).peekable();
        let Some((_, first)) = rest.peek() else { return Some(Box::new(std::iter::empty())) };
        // What may be asked about one action may be asked about all.
        let (disclosure, facts) = (may_ask(reader, first, at, now, state)?, state.remembering());
        Some(Box::new(rest.map(move |(key, question)| {
            let allowed = disclosure.decide(&question, at, &facts).is_allowed();
            Looked::new(key, allowed.then(|| question.resource.action()))
        })))
    }
}

/// Whether the user is a customer's Global administrator, who may ask about anybody on what is in its tenant.
fn administers(state: &State, user: User, now: Moment) -> bool {
    may_ask_who_could(Reader::User(user), Some(user.tenant), now, state).is_some()
}
