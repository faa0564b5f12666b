//! Moments as people write them: a time, a position, a day, `today`, `now`. A day is one of UTC: a question about it is one
//! about its end, and what begins with it begins with its beginning.

use chrono::{NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use procura_domain::temporal::Timestamp;
use procura_engine::{
    When,
    ambient::{Clock, SystemClock},
};

/// The moment that `--at` or `--until` means: of a day its end, of today now.
pub(crate) fn moment(text: &str) -> Result<String, String> {
    moment_at(text, SystemClock.now())
}

/// The moment that `--from` means: of a day its beginning.
pub(crate) fn beginning(text: &str) -> Result<String, String> {
    match day(text, SystemClock.now())? {
        Some(day) => Ok(written(midnight(day))),
        None => Ok(text.to_owned()),
    }
}

fn moment_at(text: &str, now: Timestamp) -> Result<String, String> {
    let Some(day) = day(text, now)? else { return Ok(text.to_owned()) };
    let end = midnight(day) + TimeDelta::days(1) - TimeDelta::microseconds(1);
    Ok(if end < now { written(end) } else { "now".to_owned() })
}

/// The day that a text names; none if it names a moment.
fn day(text: &str, now: Timestamp) -> Result<Option<NaiveDate>, String> {
    let today = now.date_naive();
    let day = match text {
        "today" => today,
        "yesterday" => today - TimeDelta::days(1),
        _ => match text.parse::<NaiveDate>() {
            Ok(day) => day,
            Err(_) if text.parse::<When>().is_ok() => return Ok(None),
            Err(_) => {
                let forms = "it is a day like 2020-07-31 (in UTC), `today`, a time like 2020-06-19T08:00:00Z, or a position \
                             like 17";
                return Err(forms.to_owned());
            }
        },
    };
    if day > today {
        return Err(format!("{day} lies ahead; only now and the past can be asked about"));
    }
    Ok(Some(day))
}

fn midnight(day: NaiveDate) -> Timestamp {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn written(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_end_and_begins_with_its_beginning() {
        let now: Timestamp = "2020-07-31T15:00:00Z".parse().expect("a time");
        let meant = |text: &str| moment_at(text, now);
        for (text, expected) in [
            ("2020-07-30", "2020-07-30T23:59:59.999999Z"),
            ("yesterday", "2020-07-30T23:59:59.999999Z"),
            ("2020-07-31", "now"),
            ("today", "now"),
            ("now", "now"),
            ("17", "17"),
            ("2020-06-19T08:00:00Z", "2020-06-19T08:00:00Z"),
        ] {
            assert_eq!(meant(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(beginning("2020-07-01").as_deref(), Ok("2020-07-01T00:00:00Z"));
        for wrong in ["2020-08-01", "2020-02-30", "31.7.2020", "tomorrow", "2020-07", ""] {
            assert!(meant(wrong).is_err(), "{wrong}");
        }
    }
}
