//! How large a partner's two groups were when: a line of steps for each.

use super::{
    axis::{Axis, Mark},
    figure::{Figure, WIDTH, units},
};
use crate::{contents::GroupSize, statement::Statement};
use askama::Template;
use procura_domain::{id::TenantId, vocabulary::PartnerGroup};
use procura_words::Words;
use std::{collections::BTreeMap, fmt::Write};

/// How many partners are drawn; the table has the others.
const PARTNERS_DRAWN_MAX: usize = 12;

const TOP: f64 = 34.0;
const BOTTOM: f64 = 134.0;
const LEFT: f64 = 48.0;
/// Right of it stand the names of the groups.
const RIGHT: f64 = WIDTH - 230.0;

#[derive(Template)]
#[template(path = "steps.svg", escape = "html")]
struct Drawing {
    number: usize,
    title: String,
    description: String,
    height: String,
    left: String,
    right: String,
    bottom: String,
    tick: String,
    levels: Vec<Level>,
    marks: Vec<Mark>,
    marks_y: String,
    lines: Vec<Line>,
    sample_left: String,
    sample_right: String,
    text_x: String,
}

struct Level {
    y: String,
    text_y: String,
    label: String,
}

struct Line {
    group: &'static str,
    path: String,
    sample_y: String,
    text_y: String,
    text: String,
}

pub(super) fn figures(words: Words, statement: &Statement, sizes: &[GroupSize]) -> Result<Vec<Figure>, askama::Error> {
    let mut partners: BTreeMap<TenantId, Vec<&GroupSize>> = BTreeMap::new();
    for size in sizes {
        partners.entry(size.partner.id).or_default().push(size);
    }
    let left_out = partners.len().saturating_sub(PARTNERS_DRAWN_MAX);
    let drawn = partners.len().min(PARTNERS_DRAWN_MAX);
    let mut figures = Vec::new();
    for (number, sizes) in (1..).zip(partners.values().take(drawn)) {
        let is_last = number == drawn && left_out > 0;
        let note = is_last.then(|| words.sentence("report-steps-more", &[("count", left_out.into())]));
        figures.push(Figure { svg: draw(words, statement, number, sizes)?, note });
    }
    Ok(figures)
}

fn draw(words: Words, statement: &Statement, number: usize, sizes: &[&GroupSize]) -> Result<String, askama::Error> {
    let end = statement.at.time;
    let begin = sizes.iter().map(|size| size.from.time).min().unwrap_or(end);
    let axis = Axis::new(begin, end, LEFT, RIGHT);
    let most = sizes.iter().map(|size| size.members).max().unwrap_or_default().max(1);
    let y = |members: usize| BOTTOM - (BOTTOM - TOP) * fraction(members, most);
    let mut levels = vec![0, most];
    if most >= 4 {
        levels.insert(1, most / 2);
    }
    let level = |members| Level { y: units(y(members)), text_y: units(y(members) + 4.0), label: words.number(members) };
    let groups = [PartnerGroup::AdminAgents, PartnerGroup::HelpdeskAgents];
    let mut lines: Vec<Line> = Vec::new();
    let mut last_text: Option<f64> = None;
    for group in groups {
        let steps: Vec<_> = sizes.iter().filter(|size| size.group == group).collect();
        let Some(last) = steps.last() else { continue };
        // Two names at the same height would cover each other.
        let near = |other: f64| (other - y(last.members)).abs() < 15.0;
        let text_y = last_text.filter(|other| near(*other)).map_or(y(last.members), |other| other + 15.0);
        last_text = Some(text_y);
        lines.push(Line {
            group: group.name(),
            path: path(&axis, &steps, y),
            sample_y: units(text_y),
            text_y: units(text_y + 4.0),
            text: format!("{} ({})", words.called(group.name()), words.number(last.members)),
        });
    }
    let name = sizes.first().map(|size| size.partner.name.as_str()).unwrap_or_default();
    let dates = [begin, end].map(|at| words.date_and_time(at));
    let [from, until] = &dates;
    let drawing = Drawing {
        number,
        title: words.sentence("report-steps-title", &[("partner", name.into())]),
        description: words.sentence("report-steps-description", &[("from", from.into()), ("until", until.into())]),
        height: units(BOTTOM + 28.0),
        left: units(LEFT),
        right: units(RIGHT),
        bottom: units(BOTTOM),
        tick: units(BOTTOM + 5.0),
        levels: levels.into_iter().map(level).collect(),
        marks: axis.marks(words),
        marks_y: units(BOTTOM + 18.0),
        lines,
        sample_left: units(RIGHT + 10.0),
        sample_right: units(RIGHT + 34.0),
        text_x: units(RIGHT + 40.0),
    };
    drawing.render()
}

/// Along each size up to the next, and up or down to it.
fn path(axis: &Axis, steps: &[&&GroupSize], y: impl Fn(usize) -> f64) -> String {
    let mut path = String::new();
    for step in steps {
        let (x, y) = (units(axis.x(step.from.time)), units(y(step.members)));
        // Writing to a text does not fail.
        let _ = if path.is_empty() { write!(path, "M{x} {y}") } else { write!(path, "H{x}V{y}") };
    }
    path + "H" + &units(RIGHT)
}

fn fraction(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole)
}
