//! When exactly was something allowed, and why? The one decision function, asked about a stretch of time.

use crate::{
    access::{Decision, Permit, Question},
    state::{State, TrackingFacts},
    temporal::{Moment, Position, Timestamp},
    visibility::Audience,
};

/// A stretch of time through which something was allowed for the same reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermittedInterval {
    /// The end of the commit that began it.
    pub from: Position,
    /// The end of the commit that ended it, or changed its reasons; none if it held at the end of the time asked
    /// about.
    pub until: Option<Position>,
    pub permit: Permit,
}

/// The time that a question is about, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub from: Moment,
    pub until: Moment,
}

impl Interval {
    /// The time from before the first event on.
    pub fn until(until: Moment) -> Self {
        Self { from: Moment { position: Position(0), at: Timestamp::UNIX_EPOCH }, until }
    }
}

/// The spans in which the question is answered with yes, oldest first: those that reach into the interval, each with its
/// own beginning.
///
/// It looks back from the interval's end: an answer holds since the newest change of the facts that it rests on, and the moment
/// before that is asked about next. So it takes a step for every change of such a fact, however long the log is, and
/// nothing that is recorded after the interval changes what it says. Each answer is the one that the audience is told.
pub fn permitted_intervals(
    question: &Question,
    interval: Interval,
    state: &State,
    audience: Audience,
) -> Vec<PermittedInterval> {
    let mut spans: Vec<PermittedInterval> = Vec::new();
    let (mut asked, mut ended) = (interval.until, None);
    loop {
        let facts = TrackingFacts::new(state);
        let decision = audience.decide(question, asked, &facts);
        let began = state.timeline.commit_end(facts.since());
        match (decision, spans.last_mut()) {
            (Decision::Allowed(permit), Some(span)) if ended == Some(span.from) && permit == span.permit => {
                span.from = began;
            }
            // What ended before the time asked about is none of it, and so is all that was before.
            _ if asked.position < interval.from.position => break,
            (Decision::Allowed(permit), _) => spans.push(PermittedInterval { from: began, until: ended, permit }),
            (Decision::Denied(_), _) => {}
        }
        let Some(before) = state.timeline.before(began) else { break };
        // No rule asks for the instant: between two commits nothing changes.
        let at = state.timeline.recorded_at(before).unwrap_or(Timestamp::UNIX_EPOCH);
        (asked, ended) = (Moment { position: before, at }, Some(began));
    }
    spans.reverse();
    spans
}
