//! What the people in a report are called, and the marks that stand for names which were changed since a report was made.
//!
//! A mark is a text between signs that no name has (U+001A, "substitute"). It says whose name stands there, what that is
//! now, and how the place reads with a name and without one.

use crate::picture::cut;
use procura_domain::vocabulary::User;
use serde::{Serialize, Serializer};
use std::{fmt, sync::Arc};

/// What no text of a report has, and begins and ends each part of a mark.
pub(crate) const SIGN: char = '\u{1a}';
/// The parts of a mark.
const PARTS: usize = 6;

/// What a user is called in a report: nothing, a name, or a mark in place of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called(Option<Arc<str>>);

impl Called {
    /// By that name.
    pub fn by(name: &str) -> Self {
        Self(Some(name.into()))
    }

    /// By a name that may be another than the one of now.
    pub fn marked(user: User, now: Option<&str>) -> Self {
        let mark = Mark { user: user.to_string(), now: now.map(str::to_owned), ..Mark::default() };
        Self(Some(mark.to_string().into()))
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// The name or its mark, as it stands for itself.
    pub(crate) fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// A text with the name in it, or the other one if there is none, cut where it would be longer than that.
    pub(crate) fn within(&self, named: impl Fn(&str) -> String, unnamed: String, chars_max: Option<usize>) -> String {
        let text = match self.0.as_deref() {
            None => unnamed,
            Some(name) => match Mark::read(name) {
                None => named(name),
                Some(mark) => {
                    let whole = named(&SIGN.to_string());
                    let (before, after) = whole.split_once(SIGN).unwrap_or((&whole, ""));
                    let (before, after) = (before.to_owned(), after.to_owned());
                    return Mark { before, after, unnamed, chars_max, ..mark }.to_string();
                }
            },
        };
        chars_max.map_or_else(|| text.clone(), |chars_max| cut(&text, chars_max))
    }
}

impl Serialize for Called {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_deref().serialize(serializer)
    }
}

/// A place where a name stands that may be another than the one of now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) user: String,
    /// The name of now.
    pub(crate) now: Option<String>,
    /// What stands there before a name …
    before: String,
    /// … and after it.
    after: String,
    /// What stands there without one.
    unnamed: String,
    /// How long it is at most.
    pub(crate) chars_max: Option<usize>,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, now, before, after, unnamed, chars_max } = self;
        let chars_max = chars_max.map_or(String::new(), |chars_max| chars_max.to_string());
        let parts = [user, now.as_deref().unwrap_or_default(), before, after, unnamed, &chars_max];
        parts.iter().try_for_each(|part| write!(f, "{SIGN}{part}"))?;
        write!(f, "{SIGN}")
    }
}

impl Mark {
    /// The mark that the text is, if it is one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let inside = text.strip_prefix(SIGN)?.strip_suffix(SIGN)?;
        let parts: Vec<_> = inside.split(SIGN).map(str::to_owned).collect();
        let [user, now, before, after, unnamed, chars_max]: [String; PARTS] = parts.try_into().ok()?;
        let now = (!now.is_empty()).then_some(now);
        Some(Self { user, now, before, after, unnamed, chars_max: chars_max.parse().ok() })
    }

    /// The first mark in a text: what stands before it, the mark as it is written, and what stands after it.
    pub(crate) fn first_in(text: &str) -> Option<(&str, &str, &str)> {
        let begin = text.find(SIGN)?;
        let (end, sign) = text.match_indices(SIGN).nth(PARTS)?;
        let (before, rest) = text.split_at_checked(begin)?;
        let (mark, after) = rest.split_at_checked(end.checked_sub(begin)?.checked_add(sign.len())?)?;
        Some((before, mark, after))
    }

    /// How the place reads with that name, or without one.
    pub(crate) fn with(&self, name: Option<&str>) -> String {
        let text = match name {
            Some(name) => [&self.before, name, &self.after].concat(),
            None => self.unnamed.clone(),
        };
        self.chars_max.map_or_else(|| text.clone(), |chars_max| cut(&text, chars_max))
    }

    /// The name that the place shows, if it reads so; `Some(None)` if it shows none.
    #[expect(clippy::option_option, reason = "whether it reads as it should, and whether it shows a name")]
    pub(crate) fn name_in(&self, text: &str) -> Option<Option<String>> {
        if text == self.with(None) {
            return Some(None);
        }
        let rest = text.strip_prefix(self.before.as_str())?;
        let name = match rest.strip_suffix(self.after.as_str()) {
            Some(name) => name,
            // The end was cut off.
            None if self.chars_max.is_some() => rest,
            None => return None,
        };
        Some(Some(name.to_owned()))
    }
}
