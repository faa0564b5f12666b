//! Why an answer is as it is, in words: the rules, and the events that they rest on.

use crate::{names::Names, visit::Visit};
use procura_app::{Because, Cause, access::EvaluationResponse};
use procura_domain::{
    temporal::{Position, Timestamp},
    visibility::DisclosedAuthor,
    vocabulary::{Actor, Author},
};
use std::borrow::Cow;

/// An answer, told.
pub(crate) struct Why {
    pub(crate) is_allowed: bool,
    pub(crate) reasons: Vec<ToldReason>,
    /// Whether there are more reasons than are named.
    pub(crate) more: bool,
    /// What in the question is unknown here.
    pub(crate) unknown: Option<String>,
}

/// A reason, told.
pub(crate) struct ToldReason {
    pub(crate) rule: String,
    /// What the rule says.
    pub(crate) text: Cow<'static, str>,
    /// What it lacks, where the answer is no.
    pub(crate) missing: Option<String>,
    pub(crate) causes: Vec<ToldCause>,
}

/// An event that a reason rests on, told.
pub(crate) struct ToldCause {
    pub(crate) event: Cow<'static, str>,
    pub(crate) time: Timestamp,
    pub(crate) position: Position,
    /// Who did it, as far as that is told.
    pub(crate) by: Option<String>,
}

impl Why {
    pub(crate) fn of(visit: &Visit, answer: &EvaluationResponse) -> Self {
        let names = visit.names(&answer.context.people);
        let why = answer.context.why.as_ref();
        let reasons = why.into_iter().flat_map(|why| &why.reasons).map(|because| reason(because, &names));
        Self {
            is_allowed: answer.decision,
            reasons: reasons.collect(),
            more: why.is_some_and(|why| why.more_reasons),
            unknown: answer.context.unknown.clone(),
        }
    }
}

fn reason(Because { rule, missing, because }: &Because, names: &Names<'_>) -> ToldReason {
    let rule = rule.to_string();
    let text = names.words.called(&rule);
    let causes = because.iter().map(|cause| told(cause, names)).collect();
    ToldReason { rule, text, missing: missing.clone(), causes }
}

fn told(Cause { position, event, time, by }: &Cause, names: &Names<'_>) -> ToldCause {
    let by = by.as_ref().map(|by| match by {
        DisclosedAuthor::Author(Author { actor: Actor::User(user), .. }) => names.user_of_tenant(*user),
        DisclosedAuthor::Author(Author { actor: Actor::Operator(name), .. }) => {
            names.words.sentence("history-operator", &[("name", name.into())])
        }
        DisclosedAuthor::Partner { partner } => names.tenant((*partner).into()),
    });
    ToldCause { event: names.words.called(event.name()), time: *time, position: *position, by }
}
