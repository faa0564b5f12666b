//! What the decision function says about the person, so that no button is shown that would be refused; and about others, where
//! a page tells what they can do.

use crate::{shell::Standing, visit::Visit, why::Why};
use procura_app::{
    Error,
    access::{
        Action, ActionSearch, EvaluationRequest, EvaluationResponse, FoundAction, RequestContext, ResourceEntity,
        ResourceProperties, SearchPage, SubjectEntity, search_actions,
    },
};
use procura_domain::{access::Subject, id::PartnerId};
use std::fmt::Display;

/// More than there are actions on anything.
const ACTIONS_MAX: u64 = 100;

/// Something that the person may do.
pub(crate) struct Allowed {
    /// Its name, like `customer.view`.
    pub(crate) action: String,
    pub(crate) why: Why,
}

/// The resource of that type and id.
pub(crate) fn on(resource_type: &str, id: impl Display) -> ResourceEntity {
    ResourceEntity { resource_type: Some(resource_type.to_owned()), id: Some(id.to_string()), properties: None }
}

/// The resource, beside that partner.
pub(crate) fn beside(resource: ResourceEntity, partner: PartnerId) -> ResourceEntity {
    let properties = ResourceProperties { partner: Some(partner.to_string()), ..ResourceProperties::default() };
    ResourceEntity { properties: Some(properties), ..resource }
}

impl Visit {
    /// Whether the person may do that now and from here. An operator's own commands are not among what is asked.
    pub(crate) async fn may(&self, action: &str, resource: ResourceEntity) -> bool {
        if !self.shell().may_act || self.standing() == Standing::Overseer {
            return false;
        }
        let answer = self.ask(Subject::User(self.caller().user), action, resource, false).await;
        answer.is_ok_and(|answer| answer.decision)
    }

    /// The answer about that subject, at the moment that is looked at.
    ///
    /// # Errors
    /// If the person may not ask it.
    pub(crate) async fn ask(
        &self,
        subject: Subject,
        action: &str,
        resource: ResourceEntity,
        explain: bool,
    ) -> Result<EvaluationResponse, Error> {
        let (subject_type, id) = match subject {
            Subject::User(user) => ("user", user.to_string()),
            Subject::Group(group) => ("group", group.to_string()),
        };
        let question = EvaluationRequest {
            subject: Some(SubjectEntity {
                subject_type: Some(subject_type.to_owned()),
                id: Some(id),
                ..SubjectEntity::default()
            }),
            action: Some(Action { name: Some(action.to_owned()), ..Action::default() }),
            resource: Some(resource),
            context: Some(RequestContext { time: self.at(), explain, ..self.question_context() }),
        };
        self.reception().answer(self.caller(), &question).await
    }

    /// Whether the person itself may do that, at the moment that is looked at, with the reasons.
    ///
    /// # Errors
    /// If it may not ask that.
    pub(crate) async fn ask_why(&self, action: &str, resource: ResourceEntity) -> Result<Why, Error> {
        let answer = self.ask(Subject::User(self.caller().user), action, resource, true).await?;
        Ok(Why::of(self, &answer))
    }

    /// All that the person may do to that, each with why.
    ///
    /// # Errors
    /// If it may not ask that.
    pub(crate) async fn allowed(&self, resource: ResourceEntity) -> Result<Vec<Allowed>, Error> {
        let mut all = Vec::new();
        for action in self.actions(&resource)? {
            let why = self.ask_why(&action, resource.clone()).await?;
            all.push(Allowed { action, why });
        }
        Ok(all)
    }

    /// The names of all that the person may do to that.
    ///
    /// # Errors
    /// If it may not ask that.
    pub(crate) fn actions(&self, resource: &ResourceEntity) -> Result<Vec<String>, Error> {
        let id = self.caller().user.to_string();
        let search = ActionSearch {
            subject: Some(SubjectEntity { subject_type: Some("user".to_owned()), id: Some(id), properties: None }),
            resource: Some(resource.clone()),
            context: Some(RequestContext { time: self.at(), ..self.question_context() }),
            page: Some(SearchPage { limit: Some(ACTIONS_MAX), ..SearchPage::default() }),
        };
        let found = search_actions(self.engine(), self.reception().page_tokens(), self.reader(), &search)?;
        Ok(found.answer.results.into_iter().map(|FoundAction { name }| name).collect())
    }
}
