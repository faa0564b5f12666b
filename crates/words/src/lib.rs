//! The one catalogue: all that people read, in English and in French, by the ids of `en/*.ftl` and `fr/*.ftl`.
//!
//! The files are written in [Fluent](https://projectfluent.org/fluent/guide/). French stands in them as it is typeset: a
//! no-break space before a colon, a narrow one before other double signs, curved apostrophes.

mod catalogue;
mod french;
#[cfg(test)]
mod tests;
mod value;

pub use value::Value;

use chrono::Datelike;
use fluent_bundle::{FluentArgs, FluentValue};
use procura_domain::{temporal::Timestamp, vocabulary::Locale};
use std::borrow::Cow;

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub locale: Locale,
}

impl Words {
    pub fn of(locale: Locale) -> Self {
        Self { locale }
    }

    /// A message without values. Tests find an id that the catalogue lacks; it would be shown as it is.
    pub fn word(self, id: &str) -> Cow<'static, str> {
        self.found(id, None).unwrap_or_else(|| Cow::Owned(id.to_owned()))
    }

    /// What a name of the vocabulary is called, be it a role, an event or an action.
    pub fn called(self, name: &str) -> Cow<'static, str> {
        // An id has no dots, and the names of actions have.
        let id = if name.contains('.') { Cow::Owned(name.replace('.', "-")) } else { Cow::Borrowed(name) };
        self.found(&id, None).unwrap_or_else(|| Cow::Owned(name.to_owned()))
    }

    /// The message with these values in it.
    pub fn sentence(self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        values.iter().for_each(|(name, value)| args.set(*name, FluentValue::from(value)));
        self.found(id, Some(&args)).map_or_else(|| id.to_owned(), Cow::into_owned)
    }

    /// Whether the catalogue has a message of that id.
    pub fn has(self, id: &str) -> bool {
        catalogue::has(self.locale, id)
    }

    /// A number with its thousands set apart.
    pub fn number(self, number: usize) -> String {
        value::grouped(&number.to_string(), self.locale)
    }

    /// The day, like `3 August 2020` and `1er août 2020`. UTC, as all dates here.
    pub fn date(self, at: Timestamp) -> String {
        let year = at.year().to_string();
        self.sentence("date", &[("day", at.day().into()), ("month", at.month().into()), ("year", year.into())])
    }

    /// The day and the time to the minute, like `3 August 2020, 07:30 UTC` and `3 août 2020 à 07:30 UTC`.
    pub fn date_and_time(self, at: Timestamp) -> String {
        let time = at.format("%H:%M").to_string();
        self.sentence("date-and-time", &[("date", self.date(at).into()), ("time", time.into())])
    }

    fn found<'a>(self, id: &str, values: Option<&'a FluentArgs<'_>>) -> Option<Cow<'a, str>> {
        catalogue::text(self.locale, id, values)
    }
}
