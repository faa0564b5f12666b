//! Why an answer is as it is: every rule that allows, or what the nearest one lacks, with the events it rests on, when
//! they were recorded and who made them happen.

use procura_domain::{
    access::Decision,
    event::EventType,
    rule::Rule,
    state::State,
    temporal::{EventRef, Position, Timestamp},
    visibility::{Audience, DisclosedAuthor},
};
use serde::{Deserialize, Serialize};

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

/// The reasons of a decision: each that allows, or the one that explains the denial.
pub fn reasons(state: &State, decision: &Decision, told: Audience) -> Vec<Because> {
    let causes = |events: &[EventRef]| events.iter().filter_map(|event| Cause::of(state, *event, told)).collect();
    match decision {
        Decision::Allowed(permit) => {
            let because = |rule, events: &[EventRef]| Because { rule, missing: None, because: causes(events) };
            permit.reasons().iter().map(|reason| because(reason.rule, &reason.because)).collect()
        }
        Decision::Denied(denial) => {
            let ended_by = denial.ended_by.and_then(|event| Cause::of(state, event, told));
            let mut missing = denial.missing.to_string();
            if let Some(Cause { position, event, by, .. }) = &ended_by {
                missing.push_str(&format!(": ended by {event} at position {position}"));
                missing.extend(by.iter().map(|by| format!(" by {by}")));
            }
            vec![Because { rule: denial.rule, missing: Some(missing), because: ended_by.into_iter().collect() }]
        }
    }
}
