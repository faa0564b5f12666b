//! A form whose fields may be wrong: what was typed stays, and each field says what is wrong with it.

use crate::{form::Sent, pages::problem::Problem};
use procura_app::Error;
use procura_words::Words;
use std::collections::BTreeMap;

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Fields {
    typed: BTreeMap<&'static str, String>,
    /// The id of what is wrong, by field.
    wrong: BTreeMap<&'static str, &'static str>,
    /// Why the command was refused.
    pub(crate) problem: Option<Problem>,
}

impl Fields {
    /// A form that begins with those values.
    pub(crate) fn with(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { typed: values.into_iter().collect(), ..Self::default() }
    }

    /// Those fields of what was sent, as they were typed.
    pub(crate) fn sent(sent: &Sent, names: &[&'static str]) -> Self {
        Self::with(names.iter().map(|name| (*name, sent.text(name).to_owned())))
    }

    /// What was typed, without spaces around it.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", |typed| typed.trim())
    }

    /// The id of what is wrong with the field.
    pub(crate) fn wrong(&self, name: &str) -> Option<&'static str> {
        self.wrong.get(name).copied()
    }

    /// Says what is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &'static str, problem: &'static str) {
        self.wrong.entry(name).or_insert(problem);
    }

    /// The field's value; it is noted down if there is none, or one that cannot be read.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        problem: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name);
        let (is_empty, value) = (text.is_empty(), read(text));
        if value.is_none() {
            self.refuse(name, if is_empty { "field-empty" } else { problem });
        }
        value
    }

    /// The same of a field that may be left empty.
    pub(crate) fn read_some<T>(
        &mut self,
        name: &'static str,
        problem: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if self.text(name).is_empty() { None } else { self.read(name, problem, read) }
    }

    pub(crate) fn are_sound(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Why the command was refused, in words.
    pub(crate) fn refused(&mut self, words: Words, error: &Error) {
        self.problem = Some(Problem::of(words, error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::id::SubscriptionId;

    #[test]
    fn what_was_typed_stays_and_says_what_is_wrong() {
        let guid = |text: &str| text.parse::<SubscriptionId>().ok();
        let mut fields = Fields::with([("id", " x ".to_owned()), ("name", String::new())]);
        assert_eq!(fields.read("id", "field-guid", guid), None);
        assert_eq!(fields.read_some("name", "field-guid", guid), None);
        assert_eq!((fields.text("id"), fields.wrong("id"), fields.wrong("name")), ("x", Some("field-guid"), None));
        assert_eq!(fields.read("name", "field-guid", guid), None);
        assert_eq!((fields.wrong("name"), fields.are_sound()), (Some("field-empty"), false));
    }
}
