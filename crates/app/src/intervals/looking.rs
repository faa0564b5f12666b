//! Looking back on a question, a few moments at once.

use super::search::{Budget, Found, not_an_end};
use crate::Error;
use procura_domain::{
    access::Question,
    intervals::{Interval, Lookback, Reached},
    state::State,
    visibility::Audience,
};
use procura_engine::Engine;
use procura_views::AccessInterval;

/// How many moments are asked about at once: commands go on being accepted in between.
const STEPS_AT_ONCE: usize = 200;

/// Looks back, a few moments at once.
pub(super) struct Looking<'e> {
    pub(super) engine: &'e Engine,
    pub(super) interval: Interval,
    pub(super) told: Audience,
}

impl Looking<'_> {
    /// The spans of a question that may be known, as many as the budget allows, from where the page before stopped.
    pub(super) fn back(
        &self,
        question: &Question,
        since: Option<Reached>,
        mut left: Budget,
        is_known: impl Fn(&State) -> bool,
    ) -> Result<Found, Error> {
        let Self { engine, interval, told } = *self;
        let begin = |state: &State| match since {
            None => Some(Lookback::from(interval)),
            Some(since) => Lookback::resume(since, question, interval, state, told),
        };
        let (mut lookback, mut spans) = (engine.read(begin).ok_or_else(not_an_end)?, Vec::new());
        while !lookback.is_over() && !left.is_spent() {
            let known = engine.read(|state| {
                for _ in 0..STEPS_AT_ONCE.min(left.steps) {
                    if !is_known(state) {
                        return false;
                    }
                    left.steps -= 1;
                    let found = lookback.step(question, interval, state, told);
                    if let Some(span) = found.and_then(|span| AccessInterval::of(state, span, told)) {
                        left.reasons = left.reasons.saturating_sub(span.why.reasons.len());
                        spans.push(span);
                    }
                    if lookback.is_over() || left.is_spent() {
                        break;
                    }
                }
                true
            });
            if !known {
                return Ok(Found { spans: Vec::new(), left, reached: None });
            }
        }
        spans.reverse();
        Ok(Found { spans, left, reached: lookback.reached() })
    }
}
