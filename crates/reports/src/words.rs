//! The words of the page, in English and in French: what the programs' names are called, and the sentences around them.

mod en;
mod fr;

use procura_domain::vocabulary::Locale;
use std::collections::HashMap;

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) locale: Locale,
    words: HashMap<&'static str, &'static str>,
}

impl Words {
    pub(crate) fn of(locale: Locale) -> Self {
        let words = match locale {
            Locale::En => en::WORDS,
            Locale::Fr => fr::WORDS,
        };
        Self { locale, words: words.iter().copied().collect() }
    }

    /// What this is called; its own name where it has no other.
    pub(crate) fn word<'a>(&self, key: &'a str) -> &'a str {
        self.words.get(key).copied().unwrap_or(key)
    }

    /// The sentence with what stands for each `{}`, in their order.
    pub(crate) fn sentence(&self, key: &str, values: &[&str]) -> String {
        let mut parts = self.word(key).split("{}");
        let first = parts.next().unwrap_or_default().to_owned();
        let values = values.iter().copied().chain(std::iter::repeat(""));
        parts.zip(values).fold(first, |sentence, (part, value)| sentence + value + part)
    }

    /// The word for one of something, or the one for several of it: `{}` is how many. English counts none as several,
    /// French as one.
    pub(crate) fn counted(&self, key: &'static str, several: &'static str, count: usize) -> String {
        let one = match self.locale {
            Locale::En => count == 1,
            Locale::Fr => count <= 1,
        };
        self.sentence(if one { key } else { several }, &[&self.number(count)])
    }

    /// A number with its thousands set apart.
    pub(crate) fn number(&self, number: usize) -> String {
        let separator = match self.locale {
            Locale::En => ',',
            Locale::Fr => '\u{202f}',
        };
        let digits = number.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn both_languages_have_the_same_words() {
        let keys = |words: &'static [(&str, &str)]| words.iter().map(|(key, _)| *key).collect::<BTreeSet<_>>();
        assert_eq!(keys(en::WORDS), keys(fr::WORDS));
        for (words, name) in [(en::WORDS, "en"), (fr::WORDS, "fr")] {
            assert_eq!(keys(words).len(), words.len(), "{name}: each once");
        }
        let blanks = |words: &Words, key: &str| words.word(key).matches("{}").count();
        let (en, fr) = (Words::of(Locale::En), Words::of(Locale::Fr));
        for key in keys(en::WORDS) {
            assert_eq!(blanks(&en, key), blanks(&fr, key), "{key}");
        }
    }

    /// No French sign stands where a line could end before it.
    #[test]
    fn french_signs_stay_with_their_words() {
        for (key, text) in fr::WORDS {
            for sign in [" :", " ;", " !", " ?", "« ", " »"] {
                assert!(!text.contains(sign), "{key}: {text}");
            }
            assert!(!text.contains('\''), "{key}: {text}");
        }
    }

    #[test]
    fn numbers_and_counts_are_written_as_the_language_does() {
        let (en, fr) = (Words::of(Locale::En), Words::of(Locale::Fr));
        assert_eq!([0, 999, 1_000, 1_234_567].map(|n| en.number(n)), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(fr.number(1_234_567), "1\u{202f}234\u{202f}567");
        let rows = |words: &Words| [0, 1, 2].map(|count| words.counted("count.row", "count.rows", count));
        assert_eq!(rows(&en), ["0 rows", "1 row", "2 rows"]);
        assert_eq!(rows(&fr), ["0 ligne", "1 ligne", "2 lignes"]);
    }
}
