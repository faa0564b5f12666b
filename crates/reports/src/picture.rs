//! Pictures of time: who held what when, and how large groups were. Each is one drawing (SVG) that fits on a page.

mod axis;
mod figure;
mod lanes;
mod steps;

pub(crate) use figure::{Figure, cut};

use crate::{contents::Picture, statement::Statement};
use procura_words::Words;

pub(crate) fn figures(words: Words, statement: &Statement, picture: Picture<'_>) -> Result<Vec<Figure>, askama::Error> {
    match picture {
        Picture::Lanes(periods) => lanes::figures(words, statement, periods),
        Picture::Steps(sizes) => steps::figures(words, statement, sizes),
    }
}
