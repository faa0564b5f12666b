//! What stands in a sentence: a text, or a number that the sentence may count by.

use fluent_bundle::FluentValue;
use procura_domain::vocabulary::Locale;
use std::borrow::Cow;

/// A value of a sentence. A number is shown as the language writes it, and chooses between singular and plural.
#[derive(Debug, Clone, PartialEq)]
pub struct Value<'a>(FluentValue<'a>);

impl<'a> From<&Value<'a>> for FluentValue<'a> {
    fn from(Value(value): &Value<'a>) -> Self {
        value.clone()
    }
}

macro_rules! values {
    ($($from:ty),+) => {
        $(impl<'a> From<$from> for Value<'a> {
            fn from(value: $from) -> Self {
                Self(FluentValue::from(value))
            }
        })+
    };
}

values!(&'a str, String, &'a String, Cow<'a, str>, usize, u64, u32);

/// Digits with the thousands set apart.
pub(crate) fn grouped(digits: &str, locale: Locale) -> String {
    let separator = match locale {
        Locale::En => ',',
        Locale::Fr => '\u{202f}',
    };
    let mut text = String::with_capacity(digits.len());
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}
