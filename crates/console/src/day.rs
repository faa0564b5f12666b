//! The day that pages are looked at. A day is one of UTC, and what is shown of it is its end.

use chrono::{NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use procura_app::Error;
use procura_domain::temporal::Timestamp;
use std::{fmt, str::FromStr};

/// A day in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(NaiveDate);

/// Why a text is no day that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotADay {
    #[error("not a day like 2020-07-31")]
    Unreadable,
    #[error("it lies ahead; only today and the past can be looked at")]
    Ahead,
}

impl Day {
    /// The day that is written so; none for today, which is shown as it is now.
    pub(crate) fn read(text: &str, now: Timestamp) -> Result<Option<Self>, NotADay> {
        let day: Self = text.trim().parse()?;
        match day.0.cmp(&now.date_naive()) {
            std::cmp::Ordering::Less => Ok(Some(day)),
            std::cmp::Ordering::Equal => Ok(None),
            std::cmp::Ordering::Greater => Err(NotADay::Ahead),
        }
    }

    /// Its last instant.
    pub(crate) fn end(self) -> Timestamp {
        self.0.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1) - TimeDelta::microseconds(1)
    }

    /// Its first instant, as the parameter `from` takes it.
    pub(crate) fn begin(self) -> String {
        self.0.and_time(NaiveTime::MIN).and_utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// Its last instant, as the parameter `at` takes it.
    pub(crate) fn at(self) -> String {
        self.end().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        // The calendar has more years than can be shown.
        let day: NaiveDate = text.parse().map_err(|_| NotADay::Unreadable)?;
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if is_plain { Ok(Self(day)) } else { Err(NotADay::Unreadable) }
    }
}

/// What the day in a field of that name bounds; none if it is empty.
///
/// # Errors
/// If it is no day.
pub(crate) fn bound(name: &str, text: &str, of: impl Fn(Day) -> String) -> Result<Option<String>, Error> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(|day| Some(of(day))).map_err(|error: NotADay| Error::invalid_parameter(name, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_end_and_today_is_now() {
        let now = "2026-11-29T12:00:00Z".parse().unwrap();
        let read = |text: &str| Day::read(text, now).map(|day| day.map(Day::at));
        assert_eq!(read("2020-07-31"), Ok(Some("2020-07-31T23:59:59.999999Z".to_owned())));
        assert_eq!(read("2026-11-29"), Ok(None));
        assert_eq!(read("2026-11-30"), Err(NotADay::Ahead));
        for text in ["", "31.07.2020", "2020-02-30", "+12020-01-01", "2020-1-1", "-2020-01-01"] {
            assert_eq!(read(text), Err(NotADay::Unreadable), "{text}");
        }
    }
}
