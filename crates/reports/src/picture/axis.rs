//! The axis of time below a drawing, with marks where people expect them: at midnight, at the first of a month or year.

use super::figure::units;
use chrono::{Datelike, Days, Months, NaiveTime, TimeDelta, Timelike};
use procura_domain::temporal::Timestamp;
use procura_words::Words;

/// How many marks an axis has at most.
const MARKS_MAX: usize = 7;

/// Half of the room that the longest label takes.
const HALF_LABEL: f64 = 40.0;

/// From when until when, drawn from where to where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    begin: Timestamp,
    end: Timestamp,
    left: f64,
    right: f64,
}

/// A mark with its label.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) x: String,
    /// Which part of the label stands there.
    pub(super) anchor: &'static str,
    pub(super) label: String,
}

/// How far two marks are apart.
#[derive(Debug, Clone, Copy)]
enum Step {
    Seconds(u32),
    Days(u64),
    Months(u32),
}

const STEPS: [Step; 24] = [
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(60),
    Step::Seconds(5 * 60),
    Step::Seconds(15 * 60),
    Step::Seconds(60 * 60),
    Step::Seconds(3 * 60 * 60),
    Step::Seconds(6 * 60 * 60),
    Step::Seconds(12 * 60 * 60),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
    Step::Months(600),
    Step::Months(1200),
];

impl Axis {
    pub(super) fn new(begin: Timestamp, end: Timestamp, left: f64, right: f64) -> Self {
        // A drawing of one instant is as wide as any.
        Self { begin, end: end.max(begin + TimeDelta::seconds(1)), left, right }
    }

    /// Where an instant is.
    pub(super) fn x(&self, at: Timestamp) -> f64 {
        let share = |of: TimeDelta| of.as_seconds_f64();
        let whole = share(self.end.signed_duration_since(self.begin));
        let part = share(at.signed_duration_since(self.begin)) / whole;
        self.left + part.clamp(0.0, 1.0) * (self.right - self.left)
    }

    pub(super) fn marks(&self, words: Words) -> Vec<Mark> {
        let marks = STEPS.iter().map(|step| (*step, self.instants(*step)));
        let fitting = marks.into_iter().find(|(_, instants)| instants.len() <= MARKS_MAX);
        let (step, instants) = fitting.unwrap_or((Step::Seconds(1), vec![self.begin]));
        let mut free_from = self.left - HALF_LABEL;
        let mark = |at: &Timestamp| {
            let x = self.x(*at);
            let at_the_end = x + HALF_LABEL > self.right;
            let (anchor, begins, ends) =
                if at_the_end { ("end", x - 2.0 * HALF_LABEL, x) } else { ("middle", x - HALF_LABEL, x + HALF_LABEL) };
            // A label that would cover the one before is left out; its mark stays.
            let label = if begins < free_from { String::new() } else { step.label(words, *at) };
            free_from = ends;
            Mark { x: units(x), anchor, label }
        };
        instants.iter().map(mark).collect()
    }

    /// Where marks would be; one more than may be where there are too many.
    fn instants(&self, step: Step) -> Vec<Timestamp> {
        let first = step.first(self.begin);
        let all = std::iter::successors(first, |at| step.next(*at));
        let within = all.skip_while(|at| *at < self.begin).take_while(|at| *at <= self.end);
        within.take(MARKS_MAX.saturating_add(1)).collect()
    }
}

impl Step {
    /// A place for a mark at or before the instant.
    fn first(self, at: Timestamp) -> Option<Timestamp> {
        let midnight = |at: chrono::NaiveDate| at.and_time(NaiveTime::MIN).and_utc();
        let day = at.date_naive();
        match self {
            Self::Seconds(seconds) => {
                let second = day.and_time(at.time()).num_seconds_from_midnight();
                Some(midnight(day) + TimeDelta::seconds((second - second % seconds).into()))
            }
            Self::Days(days) => {
                let past = u64::from(day.num_days_from_ce().unsigned_abs()) % days;
                day.checked_sub_days(Days::new(past)).map(midnight)
            }
            Self::Months(months) => {
                let month = i64::from(day.year()) * 12 + i64::from(day.month0());
                let past = u32::try_from(month.rem_euclid(months.into())).ok()?;
                day.with_day(1)?.checked_sub_months(Months::new(past)).map(midnight)
            }
        }
    }

    fn next(self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Seconds(seconds) => at.checked_add_signed(TimeDelta::seconds(seconds.into())),
            Self::Days(days) => at.checked_add_days(Days::new(days)),
            Self::Months(months) => at.checked_add_months(Months::new(months)),
        }
    }

    fn label(self, words: Words, at: Timestamp) -> String {
        let month = words.sentence("month-short", &[("month", at.month().into())]);
        match self {
            Self::Seconds(seconds) if seconds < 60 => at.format("%H:%M:%S").to_string(),
            Self::Seconds(_) => format!("{} {month} {}", at.day(), at.format("%H:%M")),
            Self::Days(_) => format!("{} {month} {}", at.day(), at.year()),
            Self::Months(months) if months < 12 => format!("{month} {}", at.year()),
            Self::Months(_) => at.year().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::vocabulary::Locale;

    fn labels(locale: Locale, begin: &str, end: &str) -> String {
        let [begin, end] = [begin, end].map(|text| text.parse().unwrap());
        let marks = Axis::new(begin, end, 0.0, 1000.0).marks(Words::of(locale));
        marks.iter().map(|mark| mark.label.as_str()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn marks_stand_where_people_expect_them() {
        let en = |begin, end| labels(Locale::En, begin, end);
        for (begin, end, expected) in [
            ("2020-06-02T08:00:00Z", "2020-11-30T12:00:00Z", "Jul 2020 | Aug 2020 | Sep 2020 | Oct 2020 | Nov 2020"),
            (
                "2020-06-02T08:00:00Z",
                "2020-06-08T08:00:00Z",
                "3 Jun 2020 | 4 Jun 2020 | 5 Jun 2020 | 6 Jun 2020 | 7 Jun 2020 | 8 Jun 2020",
            ),
            ("2020-06-02T08:00:00Z", "2026-11-22T08:00:00Z", "2021 | 2022 | 2023 | 2024 | 2025 | 2026"),
            ("2020-06-02T08:00:10Z", "2020-06-02T08:00:12.5Z", "08:00:10 | 08:00:11 | 08:00:12"),
            (
                "2020-06-02T23:10:00Z",
                "2020-06-03T00:40:00Z",
                "2 Jun 23:15 | 2 Jun 23:30 | 2 Jun 23:45 | 3 Jun 00:00 | 3 Jun 00:15 | 3 Jun 00:30",
            ),
        ] {
            assert_eq!(en(begin, end), expected, "{begin} to {end}");
        }
        assert_eq!(
            labels(Locale::Fr, "2020-06-02T08:00:00Z", "2020-11-30T12:00:00Z"),
            "juil. 2020 | août 2020 | sept. 2020 | oct. 2020 | nov. 2020"
        );
    }

    #[test]
    fn every_span_has_few_marks_and_some() {
        let begin: Timestamp = "2020-02-29T23:59:59.999999Z".parse().unwrap();
        let words = Words::of(Locale::En);
        let mut span = 1_i64;
        while span < 60 * 60 * 24 * 366 * 150 {
            let marks = Axis::new(begin, begin + TimeDelta::seconds(span), 0.0, 100.0).marks(words);
            assert!((1..=MARKS_MAX).contains(&marks.len()), "{span} s: {}", marks.len());
            span += 1 + span / 3;
        }
        let instant = Axis::new(begin, begin, 10.0, 90.0);
        assert_eq!((instant.x(begin), instant.x(begin + TimeDelta::days(9))), (10.0, 90.0));
    }
}
