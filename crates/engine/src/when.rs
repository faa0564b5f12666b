//! Moments as callers name them: now, a position, an RFC 3339 time.

use procura_domain::temporal::{Position, Timestamp};
use std::str::FromStr;

/// When a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The newest position and the clock.
    Now,
    /// An instant, not later than now.
    At(Timestamp),
    /// A position; one inside a commit counts as the commit's last.
    Position(Position),
}

/// A text that names no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is neither a position like 17 nor a time like 2020-06-19T08:00:00Z", .0.escape_debug())]
pub struct NotAMoment(String);

impl FromStr for When {
    type Err = NotAMoment;

    /// Reads `17` as a position, `2020-06-19T08:00:00Z` as a time, and `now`.
    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        if text == "now" {
            return Ok(Self::Now);
        }
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(Position(position)));
        }
        let time = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| NotAMoment(text.to_owned()))?;
        Ok(Self::At(time.into()))
    }
}

/// A moment that lies ahead and so cannot be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    #[error("{at} is after now, {now}; only now and the past can be asked about")]
    TimeAhead { at: Timestamp, now: Timestamp },
    #[error("position {position} is beyond the newest, {newest}: name one up to that")]
    PositionAhead { position: Position, newest: Position },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        let when = |text: &str| text.parse::<When>();
        assert_eq!((when("17"), when("now")), (Ok(When::Position(Position(17))), Ok(When::Now)));
        let noon = when("2020-06-19T12:00:00Z");
        assert_eq!(noon, when("2020-06-19T14:00:00+02:00"));
        assert!(matches!(noon, Ok(When::At(_))));
        for bad in ["", "-1", "yesterday", "2020-06-19", "18446744073709551616"] {
            assert!(when(bad).is_err(), "{bad}");
        }
    }
}
