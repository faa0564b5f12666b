//! What the person who looks may do, and why: asked as everybody asks it, about the moment that is looked at.

use crate::visit::Visit;
use procura_app::{
    Because, Error, Explanation,
    access::{
        Action, ActionSearch, EvaluationRequest, EvaluationResponse, FoundAction, RequestContext, ResourceEntity,
        SearchPage, SubjectEntity, search_actions,
    },
};
use procura_domain::{
    personal::People,
    rule::Rule,
    temporal::Timestamp,
    visibility::DisclosedAuthor,
    vocabulary::{Actor, Author},
};
use std::fmt::Display;

/// More than there are actions on anything.
const ACTIONS_MAX: u64 = 100;

/// Something that a question is about: its type, and its id.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    kind: &'static str,
    id: String,
}

/// The answer to a question, in words.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) is_yes: bool,
    pub(crate) why: Vec<Why>,
}

/// A reason, in words.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    pub(crate) rule: Rule,
    /// What the rule says of a yes.
    pub(crate) says: String,
    /// What it lacks, if it is the reason of a no.
    pub(crate) missing: Option<String>,
    pub(crate) events: Vec<WhyEvent>,
}

/// An event that an answer rests on.
#[derive(Debug, Clone)]
pub(crate) struct WhyEvent {
    pub(crate) name: String,
    pub(crate) at: Timestamp,
    pub(crate) by: Option<String>,
}

/// Something that the person may do.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    /// Its name, like `customer.view`.
    pub(crate) action: String,
    pub(crate) why: Vec<Why>,
}

impl Thing {
    pub(crate) fn new(kind: &'static str, id: impl Display) -> Self {
        Self { kind, id: id.to_string() }
    }

    pub(crate) fn customer(id: impl Display) -> Self {
        Self::new("customer", id)
    }

    pub(crate) fn partner(id: impl Display) -> Self {
        Self::new("partner", id)
    }

    pub(crate) fn subscription(id: impl Display) -> Self {
        Self::new("subscription", id)
    }

    fn entity(&self) -> ResourceEntity {
        ResourceEntity { resource_type: Some(self.kind.to_owned()), id: Some(self.id.clone()), properties: None }
    }
}

/// Whether the person may do that, with the reasons.
///
/// # Errors
/// If it may not ask that.
pub(crate) async fn ask(visit: &Visit, action: &str, on: &Thing) -> Result<Answer, Error> {
    let question = EvaluationRequest {
        subject: Some(subject(visit)),
        action: Some(Action { name: Some(action.to_owned()), ..Action::default() }),
        resource: Some(on.entity()),
        context: Some(RequestContext { explain: true, ..context(visit) }),
    };
    let EvaluationResponse { decision, context } = visit.reception().answer(visit.caller(), &question).await?;
    let Explanation { reasons, .. } = context.why.unwrap_or_default();
    let why = reasons.iter().map(|because| Why::of(visit, because, &context.people)).collect();
    Ok(Answer { is_yes: decision, why })
}

/// The names of all that the person may do to that.
///
/// # Errors
/// If it may not ask that.
pub(crate) fn actions(visit: &Visit, on: &Thing) -> Result<Vec<String>, Error> {
    let search = ActionSearch {
        subject: Some(subject(visit)),
        resource: Some(on.entity()),
        context: Some(context(visit)),
        page: Some(SearchPage { limit: Some(ACTIONS_MAX), ..SearchPage::default() }),
    };
    let found = search_actions(visit.engine(), visit.reception().page_tokens(), visit.reader(), &search)?;
    Ok(found.answer.results.into_iter().map(|FoundAction { name }| name).collect())
}

/// All that the person may do to that, each with why.
///
/// # Errors
/// If it may not ask that.
pub(crate) async fn allowed(visit: &Visit, on: &Thing) -> Result<Vec<Allowed>, Error> {
    let mut all = Vec::new();
    for action in actions(visit, on)? {
        let Answer { why, .. } = ask(visit, &action, on).await?;
        all.push(Allowed { action, why });
    }
    Ok(all)
}

fn subject(visit: &Visit) -> SubjectEntity {
    let id = visit.caller().user.to_string();
    SubjectEntity { subject_type: Some("user".to_owned()), id: Some(id), properties: None }
}

fn context(visit: &Visit) -> RequestContext {
    RequestContext { time: visit.at(), ..RequestContext::default() }
}

impl Why {
    fn of(visit: &Visit, because: &Because, people: &People) -> Self {
        let words = visit.words();
        let events = because.because.iter().map(|cause| WhyEvent {
            name: words.called(cause.event.name()).into_owned(),
            at: cause.time,
            by: cause.by.as_ref().map(|by| author(visit, by, people)),
        });
        Self {
            rule: because.rule,
            says: words.called(because.rule.id()).into_owned(),
            missing: because.missing.clone(),
            events: events.collect(),
        }
    }

    /// What lets somebody in, or what is missing.
    pub(crate) fn text(&self) -> &str {
        self.missing.as_deref().unwrap_or(&self.says)
    }
}

fn author(visit: &Visit, by: &DisclosedAuthor, people: &People) -> String {
    let names = visit.names(people);
    match by {
        DisclosedAuthor::Author(Author { actor: Actor::User(user), .. }) => names.user_of_tenant(*user),
        DisclosedAuthor::Author(Author { actor: Actor::Operator(name), .. }) => name.clone(),
        DisclosedAuthor::Partner { partner } => names.tenant((*partner).into()),
    }
}
