//! Dates as people write them, in English and in French. UTC throughout.

use crate::words::Word;
use chrono::Datelike;
use procura_domain::{temporal::Timestamp, vocabulary::Locale};

/// The day, like `3 August 2020` and `1er août 2020`.
pub fn date(locale: Locale, at: Timestamp) -> String {
    let month = usize::try_from(at.month0()).ok().and_then(|month| MONTHS.get(month));
    let month = month.map_or("", |month| month.text(locale));
    let first = if locale == Locale::Fr && at.day() == 1 { "er" } else { "" };
    format!("{}{first} {month} {}", at.day(), at.year())
}

/// The day and the time to the minute, like `3 August 2020, 07:30 UTC` and `3 août 2020 à 07:30 UTC`.
pub fn date_and_time(locale: Locale, at: Timestamp) -> String {
    let between = match locale {
        Locale::En => ", ",
        Locale::Fr => " à ",
    };
    format!("{}{between}{} UTC", date(locale, at), at.format("%H:%M"))
}

const MONTHS: [Word; 12] = [
    Word::January,
    Word::February,
    Word::March,
    Word::April,
    Word::May,
    Word::June,
    Word::July,
    Word::August,
    Word::September,
    Word::October,
    Word::November,
    Word::December,
];
