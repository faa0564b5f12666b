//! What French asks of a name or a phrase that its sentence does not know: *de Fabrikam*, but *d’Adatum*; *les agents*, but
//! *aux agents*.

use fluent_bundle::{FluentArgs, FluentValue};

/// `DE($who)` in a French message: with *de* before it, which loses its vowel before another and takes in an article.
pub(crate) fn de<'a>(values: &[FluentValue<'a>], _: &FluentArgs<'_>) -> FluentValue<'a> {
    with(values, with_de)
}

/// `A($who)` in a French message: with *à* before it, which takes in an article.
pub(crate) fn a<'a>(values: &[FluentValue<'a>], _: &FluentArgs<'_>) -> FluentValue<'a> {
    with(values, with_a)
}

fn with<'a>(values: &[FluentValue<'a>], write: fn(&str) -> String) -> FluentValue<'a> {
    match values {
        [FluentValue::String(who)] => write(who).into(),
        _ => FluentValue::Error,
    }
}

fn with_de(who: &str) -> String {
    if let Some(contracted) = contracted(who, "du", "des") {
        return contracted;
    }
    if begins_with_vowel(who) { format!("d’{who}") } else { format!("de {who}") }
}

fn with_a(who: &str) -> String {
    contracted(who, "au", "aux").unwrap_or_else(|| format!("à {who}"))
}

/// A phrase of ours whose article is taken in. A name's own article begins with a capital and stays.
fn contracted(who: &str, singular: &str, plural: &str) -> Option<String> {
    let one = who.strip_prefix("le ").map(|rest| format!("{singular} {rest}"));
    one.or_else(|| who.strip_prefix("les ").map(|rest| format!("{plural} {rest}")))
}

/// An *h* is taken for one that is sounded, and a *y* before a vowel for a consonant: *de Hugo*, *de Yann*, but *d’Yves*.
fn begins_with_vowel(name: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    match (letters.next(), letters.next()) {
        (Some('y'), Some(next)) => next.is_alphabetic() && !is_vowel(next),
        (Some(first), _) => is_vowel(first),
        (None, _) => false,
    }
}

fn is_vowel(letter: char) -> bool {
    "aàâäæeéèêëiîïoôöœuùûü".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn de_and_a_are_written_as_what_follows_asks() {
        for (who, de, a) in [
            ("Fabrikam", "de Fabrikam", "à Fabrikam"),
            ("Adatum", "d’Adatum", "à Adatum"),
            ("Émile Petit", "d’Émile Petit", "à Émile Petit"),
            ("Œuvre", "d’Œuvre", "à Œuvre"),
            ("Hugo", "de Hugo", "à Hugo"),
            ("Yann", "de Yann", "à Yann"),
            ("Yves", "d’Yves", "à Yves"),
            ("Y", "de Y", "à Y"),
            ("42 rue", "de 42 rue", "à 42 rue"),
            ("« Atelier »", "de « Atelier »", "à « Atelier »"),
            ("Les Ateliers", "de Les Ateliers", "à Les Ateliers"),
            ("les agents de Fabrikam", "des agents de Fabrikam", "aux agents de Fabrikam"),
            ("le partenaire", "du partenaire", "au partenaire"),
            ("l’utilisateur 7", "de l’utilisateur 7", "à l’utilisateur 7"),
            ("", "de ", "à "),
        ] {
            assert_eq!((with_de(who).as_str(), with_a(who).as_str()), (de, a));
        }
    }
}
