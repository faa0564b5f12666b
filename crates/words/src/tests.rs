//! Both languages say the same, as each is written.

use crate::{Words, catalogue};
use procura_domain::{temporal::Timestamp, vocabulary::Locale};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const EN: Words = Words { locale: Locale::En };
const FR: Words = Words { locale: Locale::Fr };

/// The messages of a language with their texts, by file and id.
fn messages(locale: Locale) -> BTreeMap<(&'static str, &'static str), String> {
    let mut messages: BTreeMap<_, String> = BTreeMap::new();
    for (file, text) in catalogue::files(locale) {
        let mut id = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let text = match line.split_once(" =") {
                Some((name, text)) if line.starts_with(|first: char| first.is_alphabetic() || first == '-') => {
                    id = name;
                    text
                }
                _ => line,
            };
            *messages.entry((*file, id)).or_default() += &format!("{text}\n");
        }
    }
    messages.retain(|(_, id), _| !id.is_empty());
    messages
}

/// The values that a message asks for, by itself or in the messages that it has in it.
fn values(text: &str, all: &BTreeMap<(&'static str, &'static str), String>) -> BTreeSet<String> {
    let own = text.split('$').skip(1).filter_map(|rest| rest.split(|next: char| !next.is_alphanumeric()).next());
    let inner = all.iter().filter(|((_, id), _)| text.contains(&format!("{{ {id} }}")));
    own.map(str::to_owned).chain(inner.flat_map(|(_, text)| values(text, all))).collect()
}

#[test]
fn the_files_are_sound_and_none_is_left_out() {
    for locale in [Locale::En, Locale::Fr] {
        assert_eq!(catalogue::read(locale).1, <[String; 0]>::default(), "{locale}");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(locale.name());
        let there: BTreeSet<_> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let read: BTreeSet<_> = catalogue::files(locale).iter().map(|(name, _)| format!("{name}.ftl")).collect();
        assert_eq!(there, read, "{locale}");
        for (file, id) in messages(locale).keys().filter(|(_, id)| !id.starts_with('-')) {
            assert!(Words::of(locale).has(id), "{file}: {id}");
        }
    }
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_values() {
    let (english, french) = (messages(Locale::En), messages(Locale::Fr));
    let of_both = |of: &BTreeMap<(&'static str, &'static str), String>| {
        let messages = of.iter().filter(|((_, id), _)| !id.starts_with('-'));
        messages.map(|((file, id), text)| (*file, *id, values(text, of))).collect::<Vec<_>>()
    };
    assert_eq!(of_both(&english), of_both(&french));
    assert!(english.len() > 100);
}

/// No French sign stands where a line could end before it.
#[test]
fn french_signs_stay_with_their_words() {
    for ((file, id), text) in messages(Locale::Fr) {
        for sign in [" :", " ;", " !", " ?", "« ", " »", "\u{202f}:"] {
            assert!(!text.contains(sign), "{file}, {id}: {text}");
        }
        assert!(!text.contains('\''), "{file}, {id}: {text}");
    }
}

#[test]
fn numbers_and_counts_are_written_as_the_language_does() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(|n| EN.number(n)), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!(FR.number(1_234_567), "1\u{202f}234\u{202f}567");
    let rows =
        |words: Words| [0, 1, 2, 1_234].map(|count: usize| words.sentence("report-rows", &[("count", count.into())]));
    assert_eq!(rows(EN), ["0 rows", "1 row", "2 rows", "1,234 rows"]);
    assert_eq!(rows(FR), ["0 ligne", "1 ligne", "2 lignes", "1\u{202f}234 lignes"]);
}

#[test]
fn dates_are_written_as_the_language_does() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let days = ["2020-08-01T00:00:00Z", "2020-12-31T23:59:59Z"].map(at);
    assert_eq!(days.map(|day| EN.date(day)), ["1 August 2020", "31 December 2020"]);
    assert_eq!(days.map(|day| FR.date(day)), ["1er août 2020", "31 décembre 2020"]);
    let morning = at("2020-08-03T07:30:59Z");
    assert_eq!(EN.date_and_time(morning), "3 August 2020, 07:30 UTC");
    assert_eq!(FR.date_and_time(morning), "3 août 2020 à 07:30 UTC");
}

#[test]
fn an_unknown_id_is_shown_as_it_is() {
    assert_eq!((EN.word("no-such"), FR.sentence("no-such", &[]).as_str()), ("no-such".into(), "no-such"));
    assert_eq!(FR.called("no.such"), "no.such");
}
