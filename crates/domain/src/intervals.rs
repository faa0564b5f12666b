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

/// The spans in which a question is answered with yes, found one step after the other: those that reach into the interval,
/// each with its own beginning, the newest first.
///
/// It looks back from the interval's end: an answer holds since the newest change of the facts that it rests on, and the moment
/// before that is asked about next. So it takes a step for every change of such a fact, however long the log is, and
/// nothing that is recorded after the interval changes what it says. Each answer is the one that the audience is told.
#[derive(Debug, Clone)]
pub struct Lookback {
    /// What is asked about next; none if it is over.
    next: Option<Moment>,
    /// The end of the commit after that, where the answer may have changed.
    ended: Option<Position>,
    /// The span that was found last, as far as its beginning is known.
    open: Option<PermittedInterval>,
}

/// How far somebody looked back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The end of the commit before which it goes on.
    pub before: Position,
    /// The span that begins there or earlier, by where it ends; where it held at the end of the interval, by `None`.
    pub open: Option<Option<Position>>,
}

impl Lookback {
    /// Looks back from the end of the interval.
    pub fn from(interval: Interval) -> Self {
        Self { next: Some(interval.until), ended: None, open: None }
    }

    /// Goes on where somebody stopped. `None`: that is no place in this answer.
    pub fn resume(
        at: Reached,
        question: &Question,
        interval: Interval,
        state: &State,
        audience: Audience,
    ) -> Option<Self> {
        let Reached { before, open } = at;
        let here = state.timeline.moment(before);
        if here.position != before || !(Position(1)..=interval.until.position).contains(&before) {
            return None;
        }
        let open = match open {
            None => None,
            Some(until) => match audience.decide(question, here, state) {
                Decision::Allowed(permit) => Some(PermittedInterval { from: before, until, permit }),
                Decision::Denied(_) => return None,
            },
        };
        Some(Self { next: moment_before(before, state), ended: Some(before), open })
    }

    /// Whether there is nothing more to find.
    pub fn is_over(&self) -> bool {
        self.next.is_none() && self.open.is_none()
    }

    /// Where to go on; nowhere if it is over or has not begun.
    pub fn reached(&self) -> Option<Reached> {
        let open = self.open.as_ref().map(|span| span.until);
        self.ended.filter(|_| !self.is_over()).map(|before| Reached { before, open })
    }

    /// Asks about one more moment, and gives the span that is complete by then, if one is.
    pub fn step(
        &mut self,
        question: &Question,
        interval: Interval,
        state: &State,
        audience: Audience,
    ) -> Option<PermittedInterval> {
        let Some(asked) = self.next else { return self.open.take() };
        let facts = TrackingFacts::new(state);
        let decision = audience.decide(question, asked, &facts);
        let began = state.timeline.commit_end(facts.since());
        let mut found = None;
        match (decision, &mut self.open) {
            (Decision::Allowed(permit), Some(span)) if self.ended == Some(span.from) && permit == span.permit => {
                span.from = began;
            }
            // What ended before the time asked about is none of it, and so is all that was before.
            _ if asked.position < interval.from.position => {
                self.next = None;
                return self.open.take();
            }
            (Decision::Allowed(permit), open) => {
                found = open.replace(PermittedInterval { from: began, until: self.ended, permit });
            }
            (Decision::Denied(_), open) => found = open.take(),
        }
        (self.next, self.ended) = (moment_before(began, state), Some(began));
        found
    }
}

/// The moment before the commit that ends there. No rule asks for the instant: between two commits nothing changes.
fn moment_before(position: Position, state: &State) -> Option<Moment> {
    Some(state.timeline.moment(state.timeline.before(position)?))
}

/// All the spans in which the question is answered with yes, the newest first: as many as the facts changed, so not for
/// answers that have a bound.
pub fn permitted_intervals(
    question: &Question,
    interval: Interval,
    state: &State,
    audience: Audience,
) -> impl Iterator<Item = PermittedInterval> {
    let mut lookback = Lookback::from(interval);
    std::iter::from_fn(move || {
        while !lookback.is_over() {
            if let Some(span) = lookback.step(question, interval, state, audience) {
                return Some(span);
            }
        }
        None
    })
}
