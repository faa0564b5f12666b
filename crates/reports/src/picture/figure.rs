//! A drawing, and how it is written.

/// A drawing, and what stands below it.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) svg: String,
    pub(crate) note: Option<String>,
}

/// How wide a drawing is, in the units it is drawn in. The page makes it as wide as itself.
pub(super) const WIDTH: f64 = 1000.0;

/// A number of units, as it is written.
pub(super) fn units(value: f64) -> String {
    format!("{value:.1}")
}

/// The text, cut where it would be longer than that.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
