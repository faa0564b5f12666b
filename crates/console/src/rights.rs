//! What the person who looks may do, and why: asked as everybody asks it, about the moment that is looked at.

use crate::{visit::Visit, why::Why};
use procura_app::{
    Error,
    access::{
        Action, ActionSearch, EvaluationRequest, FoundAction, RequestContext, ResourceEntity, SearchPage, SubjectEntity,
        search_actions,
    },
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

/// Something that the person may do.
pub(crate) struct Allowed {
    /// Its name, like `customer.view`.
    pub(crate) action: String,
    pub(crate) why: Why,
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
pub(crate) async fn ask(visit: &Visit, action: &str, on: &Thing) -> Result<Why, Error> {
    let question = EvaluationRequest {
        subject: Some(subject(visit)),
        action: Some(Action { name: Some(action.to_owned()), ..Action::default() }),
        resource: Some(on.entity()),
        context: Some(RequestContext { explain: true, ..context(visit) }),
    };
    let answer = visit.reception().answer(visit.caller(), &question).await?;
    Ok(Why::of(visit, &answer))
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
        let why = ask(visit, &action, on).await?;
        all.push(Allowed { action, why });
    }
    Ok(all)
}

fn subject(visit: &Visit) -> SubjectEntity {
    let id = visit.caller().user.to_string();
    SubjectEntity { subject_type: Some("user".to_owned()), id: Some(id), properties: None }
}

fn context(visit: &Visit) -> RequestContext {
    RequestContext { time: visit.at(), ..visit.question_context() }
}
