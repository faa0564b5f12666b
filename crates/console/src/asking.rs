//! What the decision function says about the person, so that no button is shown that would be refused; and about others, where
//! a page tells what they can do.

use crate::{shell::Standing, visit::Visit};
use procura_app::{
    Error,
    access::{
        Action, EvaluationRequest, EvaluationResponse, RequestContext, ResourceEntity, ResourceProperties,
        SubjectEntity,
    },
};
use procura_domain::{access::Subject, id::PartnerId};
use std::fmt::Display;

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
}
