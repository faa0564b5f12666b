//! What is wrong with a field of a form, in words, to stand at the field.

use procura_domain::text::TextError;
use procura_words::Words;

/// What is wrong with a text that was typed; nothing, if it was read.
pub(crate) fn problem<T>(words: Words, read: &Result<T, TextError>) -> Option<String> {
    let id = match read.as_ref().err()? {
        TextError::TooLong { max, .. } => return Some(words.sentence("field-too-long", &[("max", (*max).into())])),
        TextError::Empty => "field-empty",
        TextError::Control(_) => "field-control",
        TextError::Domain => "field-domain",
        TextError::Address => "field-address",
        TextError::UserPrincipalName => "field-user-principal-name",
        TextError::FeedName | TextError::Url => "field-unreadable",
    };
    Some(words.word(id).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{
        text::{Address, Name},
        vocabulary::Locale,
    };

    #[test]
    fn a_problem_is_told_in_the_language_of_the_page() {
        let words = Words::of(Locale::En);
        assert_eq!(problem(words, &Name::new("Contoso")), None);
        let texts = [problem(words, &Name::new("")), problem(words, &Name::new(&"x".repeat(300)))];
        let [empty, long] = texts.map(Option::unwrap_or_default);
        assert_eq!((empty.as_str(), long.contains("256")), ("Fill this in.", true));
        assert!(problem(Words::of(Locale::Fr), &Address::new("alex")).unwrap_or_default().contains("adresse"));
    }
}
