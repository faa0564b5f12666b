//! The line between what is recorded for all to see and what is on its way.
//!
//! An answer about an instant must stay true whatever is recorded later. So the writer stamps its commits after every
//! instant already answered about, and while they are on their way *now* stands still just before the first of them.

use crate::sync::Mutex;
use procura_domain::temporal::{Moment, Position, Timestamp};
use std::time::Duration;
use tokio::sync::watch;

/// The smallest step between two recorded times.
pub(crate) const TICK: Duration = Duration::from_micros(1);

/// What readers may see, and when it is.
#[derive(Debug)]
pub(crate) struct Horizon {
    line: Mutex<Line>,
    /// Tells those who wait for a position.
    reached: watch::Sender<Position>,
}

#[derive(Debug)]
struct Line {
    /// The newest position that is durable and visible.
    published: Position,
    recorded_at: Timestamp,
    /// The latest instant somebody was given an answer about.
    answered: Timestamp,
    /// The time of the first commit that is on its way.
    on_its_way: Option<Timestamp>,
}

impl Horizon {
    /// A line behind everything that is recorded.
    pub(crate) fn new(published: Position, recorded_at: Timestamp) -> Self {
        let line = Line { published, recorded_at, answered: recorded_at, on_its_way: None };
        Self { line: Mutex::new(line), reached: watch::Sender::new(published) }
    }

    /// The newest position that is durable and visible.
    pub(crate) fn published(&self) -> Position {
        self.line.lock().published
    }

    /// *Now*, for a reader whose clock says `clock`.
    pub(crate) fn now(&self, clock: Timestamp) -> Moment {
        let mut line = self.line.lock();
        let clock = clock.max(line.recorded_at);
        let at = line.on_its_way.map_or(clock, |first| clock.min(first - TICK));
        line.answered = line.answered.max(at);
        Moment { position: line.published, at }
    }

    /// The time for the first commit of a frame, by the writer's clock. Until [`Horizon::publish`], *now* is before it.
    pub(crate) fn stamp(&self, clock: Timestamp) -> Timestamp {
        let mut line = self.line.lock();
        let first = clock.max(line.answered + TICK).max(line.recorded_at + TICK);
        line.on_its_way = Some(first);
        first
    }

    /// What was on its way has arrived: everything up to `position`, the newest recorded at `recorded_at`.
    pub(crate) fn publish(&self, position: Position, recorded_at: Timestamp) {
        let mut line = self.line.lock();
        line.published = position;
        line.recorded_at = recorded_at;
        line.on_its_way = None;
        drop(line);
        self.reached.send_replace(position);
    }

    /// Tells each newest position that is durable and visible.
    pub(crate) fn watch(&self) -> watch::Receiver<Position> {
        self.reached.subscribe()
    }

    /// Resolves once everything up to `position` is durable and visible.
    pub(crate) async fn reach(&self, position: Position) {
        // The sender lives as long as this does, so there is nothing else to wait for.
        let _ = self.reached.subscribe().wait_for(|reached| *reached >= position).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        chrono::DateTime::from_timestamp_micros(micros).expect("a time")
    }

    #[test]
    fn an_answer_about_now_stays_true() {
        shuttle::check_random(answer_about_now, 1);
    }

    fn answer_about_now() {
        let horizon = Horizon::new(Position(3), at(100));
        assert_eq!(horizon.now(at(150)), Moment { position: Position(3), at: at(150) });
        // The writer's clock is behind what was answered: the commit comes after it all the same.
        assert_eq!(horizon.stamp(at(120)), at(151));
        // While it is on its way, now stands before it, whatever the clock says.
        assert_eq!(horizon.now(at(900)), Moment { position: Position(3), at: at(150) });
        horizon.publish(Position(4), at(151));
        assert_eq!(horizon.now(at(900)), Moment { position: Position(4), at: at(900) });
        assert_eq!(horizon.published(), Position(4));
    }

    #[test]
    fn a_clock_behind_the_log_does_not_turn_time_back() {
        shuttle::check_random(clock_behind_the_log, 1);
    }

    fn clock_behind_the_log() {
        let horizon = Horizon::new(Position(3), at(100));
        assert_eq!(horizon.now(at(50)).at, at(100));
        assert_eq!(horizon.stamp(at(50)), at(101));
    }
}
