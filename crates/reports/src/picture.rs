//! Pictures of time: who held what when, and how large groups were. Each is one drawing (SVG) that fits on a page.

mod axis;
mod lanes;
mod steps;

use crate::{report::Picture, statement::Statement, words::Words};

/// A drawing, and what stands below it.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) svg: String,
    pub(crate) note: Option<String>,
}

/// How wide a drawing is, in the units it is drawn in. The page makes it as wide as itself.
const WIDTH: f64 = 1000.0;

pub(crate) fn figures(
    words: &Words,
    statement: &Statement,
    picture: Picture<'_>,
) -> Result<Vec<Figure>, askama::Error> {
    match picture {
        Picture::Lanes(periods) => lanes::figures(words, statement, periods),
        Picture::Steps(sizes) => steps::figures(words, statement, sizes),
    }
}

/// A number of units, as it is written.
fn units(value: f64) -> String {
    format!("{value:.1}")
}

/// The text, cut where it would be longer than that.
fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
