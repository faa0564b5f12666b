//! The years in which the history happens, and the hours at which people work.

use chrono::DateTime;
use std::fmt::Write;

// Times are counted in seconds since the first day, a Monday.
pub(super) const MINUTE: u32 = 60;
pub(super) const HOUR: u32 = 60 * MINUTE;
pub(super) const DAY: u32 = 24 * HOUR;
pub(super) const YEAR: u32 = 365 * DAY;
const WEEK: u32 = 7 * DAY;

/// 2018-01-01T00:00:00Z, since 1970.
const FIRST_SECOND: u64 = 1_514_764_800;
/// Until then customers are registered: five years and a half.
pub(super) const REGISTERED_BY: u32 = 5 * YEAR + YEAR / 2;
/// Nothing happens later: in December 2023.
pub(super) const END: u32 = 6 * YEAR;
/// From then on the Autopilot policy is the stricter one.
pub(super) const POLICY_ADOPTED: u32 = 4 * YEAR + 30 * DAY;

const SECOND_MICROS: u64 = 1_000_000;

/// The time as it is when people work from Monday to Friday, 7 to 18 o'clock. What comes later stays later, or comes at the
/// same time.
pub(super) fn at_work(at: u32) -> u32 {
    const BEGIN: u32 = 7 * HOUR;
    let (week, in_week) = (at / WEEK, at % WEEK);
    let in_days = in_week / 7 * 5;
    let (day, in_day) = (in_days / DAY, in_days % DAY);
    week * WEEK + day * DAY + BEGIN + in_day / 24 * 11
}

/// Gives each command a time of its own.
#[derive(Default)]
pub(super) struct Calendar {
    /// The newest time that was given, in microseconds since the first day.
    newest: u64,
    /// The day that it is, as it is written, and which.
    day: String,
    number: Option<u64>,
}

impl Calendar {
    /// The next time, in that second if it is later than the one before: as it is written.
    pub(super) fn next(&mut self, at: u32, micros: u32) -> String {
        let micros = u64::from(at) * SECOND_MICROS + u64::from(micros);
        self.newest = micros.max(self.newest + 1);
        let (seconds, micros) = (self.newest / SECOND_MICROS, self.newest % SECOND_MICROS);
        let number = seconds / u64::from(DAY);
        if self.number.replace(number) != Some(number) {
            let day = i64::try_from(FIRST_SECOND + number * u64::from(DAY)).unwrap_or_default();
            self.day = DateTime::from_timestamp(day, 0).unwrap_or_default().format("%Y-%m-%d").to_string();
        }
        let seconds = seconds % u64::from(DAY);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let mut text = String::with_capacity("2018-01-01T00:00:00.000000Z".len());
        text.push_str(&self.day);
        // Writing to a text does not fail.
        let _ = write!(text, "T{hour:02}:{minute:02}:{second:02}.{micros:06}Z");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_work_by_day_and_in_order() {
        let times: Vec<_> = (0..2 * WEEK).step_by(997).map(at_work).collect();
        assert!(times.is_sorted());
        for time in times {
            assert!(time % WEEK / DAY < 5 && (7 * HOUR..18 * HOUR).contains(&(time % DAY)), "{time}");
        }
    }

    #[test]
    fn each_time_is_later_than_the_one_before() {
        let mut calendar = Calendar::default();
        let times = [(0, 5), (0, 3), (DAY, 0), (DAY, 0)].map(|(at, micros)| calendar.next(at, micros));
        assert_eq!(times[0], "2018-01-01T00:00:00.000005Z");
        assert_eq!(times[1], "2018-01-01T00:00:00.000006Z");
        assert_eq!(times[2], "2018-01-02T00:00:00.000000Z");
        assert_eq!(times[3], "2018-01-02T00:00:00.000001Z");
    }
}
