//! May this subject do this there, and why? The one place where the rules answer.
//!
//! [`decide`] evaluates every grant of the action. A grant is a rule and the conditions it sets. Those whose conditions are
//! met become the grounds of the answer, which give its reasons; when there are none, the nearest one says what is missing.

mod decision;
mod evaluation;
mod grants;
mod question;

pub use decision::{Decision, Denial, Missing, Permit, Reason};

pub use question::{
    CustomerAction, DeviceAction, Named, NotAsked, PartnerAction, ProfileAction, Question, Resource, ResourceType,
    Subject, SubscriptionAction, action_names,
};

use crate::{facts::Facts, rule::Rule, temporal::Moment, visibility::can_see};
use evaluation::{Evaluation, Nearest};

/// Answers a question at a moment.
///
/// A subject of no registered tenant is denied first (TEN-2), then one that may not know of the resource (VIS-3). Then the
/// rules of the action speak.
pub fn decide(question: &Question, at: Moment, facts: &impl Facts) -> Decision {
    facts.announce(question.expected());
    let denied = |known, rule, missing| Decision::Denied(Denial { known, rule, missing, ended_by: None });
    if !question.subject.is_registered(at, facts) {
        return denied(true, Rule::Ten2, Missing::RegisteredTenant);
    }
    // No rule is asked about a resource that the subject may not know of.
    let known = can_see(&question.subject, &question.resource, at, facts);
    let evaluation = if known { grants::evaluate(question, at, facts) } else { Evaluation::default() };
    let Evaluation { grounds, nearest } = evaluation;
    match nearest {
        _ if !grounds.is_empty() => Decision::Allowed(Permit::new(grounds)),
        Some(Nearest { rule, missing, ended_by, .. }) => {
            Decision::Denied(Denial { known: true, rule, missing, ended_by })
        }
        None => denied(false, Rule::Vis3, Missing::Resource),
    }
}
