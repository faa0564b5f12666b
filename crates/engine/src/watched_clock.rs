//! The clock, watched. Recorded times only go forward, so a time recorded by a clock that was set far forward would stay
//! in front of every later one, and what a clock that was set back stamps would be wrong by as much. So the clock is
//! compared with one that nobody can set, and with the newest record; where it is far off, nothing is recorded.

use crate::{ambient::Clock, sync::Mutex};
use chrono::TimeDelta;
use procura_domain::temporal::Timestamp;
use std::{sync::Arc, time::Duration};

/// How far the clock may be set at a time, or be behind the newest record, before nothing is recorded any more.
pub const CLOCK_STEP_MAX: TimeDelta = TimeDelta::minutes(5);

/// A clock that nothing can be recorded by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// It was set, far from where it was.
    #[error(
        "the clock was set from {expected} to {clock}: set it right, or, where {clock} is right, start the service again; until then nothing is recorded"
    )]
    Stepped {
        clock: Timestamp,
        /// What it would say, had nobody set it.
        expected: Timestamp,
    },
    #[error(
        "the clock says {clock}, but the newest record is of {newest}: set the clock right; until then nothing is recorded"
    )]
    Behind { clock: Timestamp, newest: Timestamp },
}

/// A clock and where it was seen last.
#[derive(Clone)]
pub(crate) struct WatchedClock {
    clock: Arc<dyn Clock>,
    /// The clock's time when the steady one was at zero.
    origin: Arc<Mutex<Timestamp>>,
}

impl WatchedClock {
    /// Takes the clock as it is now for right.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let origin = clock.now() - clock.steady();
        Self { clock, origin: Arc::new(Mutex::new(origin)) }
    }

    /// The time to record by, where the newest record is of `newest`.
    pub(crate) fn to_record(&self, newest: Timestamp) -> Result<Timestamp, ClockError> {
        self.forget_if_behind(newest);
        let clock = self.unset().map_err(|expected| ClockError::Stepped { clock: self.clock.now(), expected })?;
        if newest - clock > CLOCK_STEP_MAX { Err(ClockError::Behind { clock, newest }) } else { Ok(clock) }
    }

    /// The time to read by: what the clock says, or would say, had nobody set it.
    pub(crate) fn to_read(&self) -> Timestamp {
        self.unset().unwrap_or_else(|expected| expected)
    }

    /// How far the clock is behind the newest record.
    pub(crate) fn behind(&self, newest: Timestamp) -> Duration {
        (newest - self.clock.now()).to_std().unwrap_or_default()
    }

    /// A clock that nobody can set, to measure by.
    pub(crate) fn steady(&self) -> Duration {
        self.clock.steady()
    }

    /// A clock that was behind the newest record when it was seen last says nothing about the one that is there now.
    fn forget_if_behind(&self, newest: Timestamp) {
        let mut origin = self.origin.lock();
        if newest - (*origin + self.clock.steady()) > CLOCK_STEP_MAX {
            *origin = self.clock.now() - self.clock.steady();
        }
    }

    /// What the clock says, or else, if it was set far, what it would say. Small steps, as time services make them,
    /// are followed.
    fn unset(&self) -> Result<Timestamp, Timestamp> {
        let mut origin = self.origin.lock();
        let (clock, steady) = (self.clock.now(), self.clock.steady());
        let expected = *origin + steady;
        if (clock - expected).abs() > CLOCK_STEP_MAX {
            return Err(expected);
        }
        *origin = clock - steady;
        Ok(clock)
    }
}
