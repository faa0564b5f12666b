//! When exactly somebody could do something, and why: the answer to a question about a stretch of time.

use crate::{
    effective_permissions::Point,
    reasons::{Explanation, explain_permit},
};
use procura_domain::{
    access::{Question, Resource, Subject},
    intervals::PermittedInterval,
    state::State,
    temporal::Moment,
    visibility::Audience,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a subject could do to a resource at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessOverTime {
    pub subject: Entity,
    pub action: Cow<'static, str>,
    pub resource: Entity,
    /// When, oldest first. If one ends at the beginning of the next, only the reasons changed.
    pub spans: Vec<AccessInterval>,
    /// Whether there may be earlier ones, in a row of the next page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier_spans: bool,
}

/// A stretch of time, and why it could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessInterval {
    /// Since when, also where that is before the time asked about.
    pub from: Point,
    /// Until when; `null` where it still could at the end of the time asked about.
    pub until: Option<Point>,
    #[serde(flatten)]
    pub why: Explanation,
}

/// A subject or a resource, as questions spell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entity {
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    pub id: String,
}

impl From<&Subject> for Entity {
    fn from(subject: &Subject) -> Self {
        Self { kind: subject.subject_type().into(), id: subject.id() }
    }
}

impl From<&Resource> for Entity {
    fn from(resource: &Resource) -> Self {
        Self { kind: resource.resource_type().name().into(), id: resource.guid().to_string() }
    }
}

impl AccessInterval {
    /// The span as `told` may know it; `None` beyond the log.
    pub fn of(state: &State, span: PermittedInterval, told: Audience) -> Option<Self> {
        let PermittedInterval { from, until, permit } = span;
        let from = Point::of(state, from)?;
        let at = Moment { position: from.position, at: from.time };
        let why = explain_permit(state, &permit, at, told);
        Some(Self { from, until: until.and_then(|until| Point::of(state, until)), why })
    }
}

impl AccessOverTime {
    /// A row of the question, with these spans.
    pub fn of(question: &Question, spans: Vec<AccessInterval>, earlier_spans: bool) -> Self {
        let Question { subject, resource } = question;
        let action = resource.action().into();
        Self { subject: subject.into(), action, resource: resource.into(), spans, earlier_spans }
    }
}
