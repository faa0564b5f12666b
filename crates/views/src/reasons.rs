//! Why an answer is as it is: the rules that allow, or what the nearest one lacks, with the events it rests on, when
//! they were recorded and who made them happen.

use procura_domain::{
    access::{Decision, Reason},
    event::EventType,
    rule::Rule,
    state::State,
    temporal::{EventRef, Moment, Position, Timestamp},
    visibility::{Audience, DisclosedAuthor},
};
use serde::{Deserialize, Serialize};

/// How many reasons an answer names at most. Only a relationship that began more than once gives more: one for each beginning.
pub const REASONS_MAX: usize = 20;

/// A rule, and the events that made it so; for a denial also what the rule lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    pub rule: Rule,
    /// What it lacks, if it is the reason of a denial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The events; where something is missing, the one that took it away.
    pub because: Vec<Cause>,
}

/// An event that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub position: Position,
    pub event: EventType,
    /// When it was recorded.
    pub time: Timestamp,
    /// Who made it happen, as far as the audience may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<DisclosedAuthor>,
}

impl Cause {
    /// The event with its time and author, as `told` may know them; `None` beyond the log.
    pub fn of(state: &State, cause: EventRef, told: Audience) -> Option<Self> {
        let EventRef { position, event } = cause;
        let time = state.timeline.recorded_at(position)?;
        Some(Self { position, event, time, by: told.author(state, cause) })
    }
}

/// Why an answer is as it is: the newest reasons, and whether there are more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The newest first; of a denial the one that explains it.
    pub reasons: Vec<Because>,
    /// Whether there are more than an answer names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_reasons: bool,
}

/// The newest reasons of a decision on a question about that moment.
pub fn explain(state: &State, decision: &Decision, at: Moment, told: Audience) -> Explanation {
    let causes = |events: &[EventRef]| events.iter().filter_map(|event| Cause::of(state, *event, told)).collect();
    match decision {
        Decision::Allowed(permit) => {
            let mut all = permit.reasons(at, state);
            let newest = all.by_ref().take(REASONS_MAX);
            let because =
                |reason: Reason| Because { rule: reason.rule, missing: None, because: causes(&reason.because) };
            Explanation { reasons: newest.map(because).collect(), more_reasons: all.next().is_some() }
        }
        Decision::Denied(denial) => {
            let ended_by = denial.ended_by.and_then(|event| Cause::of(state, event, told));
            let mut missing = denial.missing.to_string();
            if let Some(Cause { position, event, .. }) = &ended_by {
                missing.push_str(&format!(": ended by {event} at position {position}"));
            }
            let because = ended_by.into_iter().collect();
            let reason = Because { rule: denial.rule, missing: Some(missing), because };
            Explanation { reasons: vec![reason], more_reasons: false }
        }
    }
}
