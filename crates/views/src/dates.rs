//! Dates as people write them, in English and in French. UTC throughout.

use chrono::Datelike;
use procura_domain::{temporal::Timestamp, vocabulary::Locale};

/// The day, like `3 August 2020` and `1er août 2020`.
pub fn date(locale: Locale, at: Timestamp) -> String {
    match locale {
        Locale::En => at.format("%-d %B %Y").to_string(),
        Locale::Fr => {
            let month = usize::try_from(at.month0()).ok().and_then(|month| FRENCH_MONTHS.get(month)).unwrap_or(&"");
            let first = if at.day() == 1 { "er" } else { "" };
            format!("{}{first} {month} {}", at.day(), at.year())
        }
    }
}

/// The day and the time to the minute, like `3 August 2020, 07:30 UTC` and `3 août 2020 à 07:30 UTC`.
pub fn date_and_time(locale: Locale, at: Timestamp) -> String {
    let between = match locale {
        Locale::En => ", ",
        Locale::Fr => " à ",
    };
    format!("{}{between}{} UTC", date(locale, at), at.format("%H:%M"))
}

const FRENCH_MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
