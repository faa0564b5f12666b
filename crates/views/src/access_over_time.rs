//! When exactly somebody could do something, and why: the answer to a question about a stretch of time.

use crate::{
    effective_permissions::Point,
    reasons::{Because, reasons},
};
use procura_domain::{
    access::{Decision, Question, Resource, Subject},
    intervals::{Interval, PermittedInterval, permitted_intervals},
    state::State,
    visibility::Audience,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a subject could do to a resource at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessOverTime {
    pub subject: Entity,
    pub action: Cow<'static, str>,
    pub resource: Entity,
    /// When, oldest first. If one ends at the beginning of the next, only the reasons changed.
    pub spans: Vec<AccessInterval>,
}

/// A stretch of time, and why it could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessInterval {
    /// Since when, also where that is before the time asked about.
    pub from: Point,
    /// Until when; `null` where it still could at the end of the time asked about.
    pub until: Option<Point>,
    /// Every independent reason.
    pub reasons: Vec<Because>,
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

/// When the question is answered with yes in the interval; nothing if it never is.
pub fn access_over_time(
    state: &State,
    question: &Question,
    interval: Interval,
    told: Audience,
) -> Option<AccessOverTime> {
    let span = |PermittedInterval { from, until, permit }| {
        let reasons = reasons(state, &Decision::Allowed(permit), told);
        let until = until.and_then(|until| Point::of(state, until));
        Some(AccessInterval { from: Point::of(state, from)?, until, reasons })
    };
    let spans: Vec<_> = permitted_intervals(question, interval, state, told).into_iter().filter_map(span).collect();
    let Question { subject, resource } = question;
    (!spans.is_empty()).then(|| AccessOverTime {
        subject: subject.into(),
        action: resource.action().into(),
        resource: resource.into(),
        spans,
    })
}
