//! What French asks of a name that it cannot know: *de Fabrikam*, but *d’Adatum*.

use fluent_bundle::{FluentArgs, FluentValue};

/// `DE($name)` in a French message: the name with *de* before it, which loses its vowel before another.
pub(crate) fn de<'a>(values: &[FluentValue<'a>], _: &FluentArgs<'_>) -> FluentValue<'a> {
    match values {
        [FluentValue::String(name)] => with_de(name).into(),
        _ => FluentValue::Error,
    }
}

/// An *h* is taken for one that is sounded, and a *y* before a vowel for a consonant: *de Hugo*, *de Yann*, but *d’Yves*.
fn with_de(name: &str) -> String {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    let elides = match (letters.next(), letters.next()) {
        (Some('y'), Some(next)) => next.is_alphabetic() && !is_vowel(next),
        (Some(first), _) => is_vowel(first),
        (None, _) => false,
    };
    if elides { format!("d’{name}") } else { format!("de {name}") }
}

fn is_vowel(letter: char) -> bool {
    "aàâäæeéèêëiîïoôöœuùûü".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn de_loses_its_vowel_before_another() {
        for (name, expected) in [
            ("Fabrikam", "de Fabrikam"),
            ("Adatum", "d’Adatum"),
            ("Émile Petit", "d’Émile Petit"),
            ("École 42", "d’École 42"),
            ("Œuvre", "d’Œuvre"),
            ("Hugo", "de Hugo"),
            ("Yann", "de Yann"),
            ("Yves", "d’Yves"),
            ("Y", "de Y"),
            ("42 rue", "de 42 rue"),
            ("« Atelier »", "de « Atelier »"),
            ("", "de "),
        ] {
            assert_eq!(with_de(name), expected);
        }
    }
}
