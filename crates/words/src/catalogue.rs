//! The messages of each language, read once.

use crate::{french, value};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use procura_domain::vocabulary::Locale;
use std::{borrow::Cow, sync::LazyLock};

pub(crate) type Catalogue = FluentBundle<FluentResource>;

macro_rules! files {
    ($($name:literal)+) => {
        /// The files of a language: its name and its text each.
        pub(crate) const fn files(locale: Locale) -> &'static [(&'static str, &'static str)] {
            match locale {
                Locale::En => &[$(($name, include_str!(concat!("../en/", $name, ".ftl")))),+],
                Locale::Fr => &[$(($name, include_str!(concat!("../fr/", $name, ".ftl")))),+],
            }
        }
    };
}

files! {
    "console"
    "customer"
    "dates"
    "drafts"
    "errors"
    "everybody"
    "history"
    "login"
    "partner"
    "reasons"
    "reports"
    "vocabulary"
}

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| read(Locale::En).0);
static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| read(Locale::Fr).0);

fn of(locale: Locale) -> &'static Catalogue {
    match locale {
        Locale::En => &ENGLISH,
        Locale::Fr => &FRENCH,
    }
}

pub(crate) fn has(locale: Locale, id: &str) -> bool {
    of(locale).has_message(id)
}

/// The messages, and what is wrong with the files. Nothing is: a test looks.
pub(crate) fn read(locale: Locale) -> (Catalogue, Vec<String>) {
    let mut problems = Vec::new();
    let mut catalogue = Catalogue::new_concurrent(locale.name().parse().into_iter().collect());
    // Marks of direction around values are for languages that are written both ways.
    catalogue.set_use_isolating(false);
    catalogue.set_formatter(Some(match locale {
        Locale::En => |value, _| shown(value, Locale::En),
        Locale::Fr => |value, _| shown(value, Locale::Fr),
    }));
    let functions = [
        catalogue.add_function("CALLED", move |values, _| called(values, locale)),
        catalogue.add_function("DE", french::de),
        catalogue.add_function("A", french::a),
    ];
    problems.extend(functions.iter().filter_map(|added| Some(added.as_ref().err()?.to_string())));
    for (name, text) in files(locale) {
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
            problems.extend(errors.iter().map(|error| format!("{name}: {error}")));
            resource
        });
        if let Err(errors) = catalogue.add_resource(resource) {
            problems.extend(errors.iter().map(|error| format!("{name}: {error}")));
        }
    }
    (catalogue, problems)
}

fn shown(value: &FluentValue<'_>, locale: Locale) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(value::grouped(&number.as_string(), locale)),
        _ => None,
    }
}

/// `CALLED($name)` in a message: what a name of the vocabulary is called.
fn called<'a>(values: &[FluentValue<'a>], locale: Locale) -> FluentValue<'a> {
    match values {
        [FluentValue::String(name)] => text(locale, name, None).map_or(FluentValue::Error, FluentValue::String),
        _ => FluentValue::Error,
    }
}

/// The message with the values in it.
pub(crate) fn text<'a>(locale: Locale, id: &str, values: Option<&'a FluentArgs<'_>>) -> Option<Cow<'a, str>> {
    let catalogue = of(locale);
    let pattern = catalogue.get_message(id)?.value()?;
    let mut problems = Vec::new();
    let text = catalogue.format_pattern(pattern, values, &mut problems);
    debug_assert!(problems.is_empty(), "{id}: {problems:?}");
    Some(text)
}
