//! Who held what when: a lane for each permission, a bar for each stretch of time.

use super::{
    Figure, WIDTH,
    axis::{Axis, Mark},
    cut, units,
};
use crate::{
    access_review::HeldPeriod,
    held::Held,
    statement::Statement,
    table::{holder_id, origin_name, role_name, scope_id},
    words::Words,
};
use askama::Template;
use procura_domain::vocabulary::Principal;
use procura_views::{Holder, Origin, date_and_time};
use std::collections::{BTreeMap, BTreeSet};

/// How many lanes are drawn; the table has the others.
pub(crate) const LANES_MAX: usize = 48;
/// How many of them fit on a page.
const LANES_PER_PAGE: usize = 16;

const LANE: f64 = 34.0;
const BAR: f64 = 14.0;
/// Where lanes begin, right of their labels.
const LEFT: f64 = 300.0;
const RIGHT: f64 = WIDTH - 12.0;
const LABEL_CHARS_MAX: usize = 40;
const SMALL_CHARS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "lanes.svg", escape = "html")]
struct Drawing<'a> {
    number: usize,
    title: &'a str,
    description: &'a str,
    height: String,
    legend: Vec<LegendEntry>,
    top: String,
    bottom: String,
    marks: &'a [Mark],
    marks_y: String,
    lanes: Vec<Lane>,
    right: String,
}

struct LegendEntry {
    x: String,
    y: String,
    text_x: String,
    text_y: String,
    origin: &'static str,
    text: String,
}

struct Lane {
    line_y: String,
    label_y: String,
    small_y: String,
    label: String,
    small: String,
    bars: Vec<Bar>,
}

struct Bar {
    x: String,
    y: String,
    width: String,
    height: String,
    origin: &'static str,
    says: String,
}

/// The periods of one lane.
struct Row<'a> {
    label: String,
    small: String,
    periods: Vec<&'a HeldPeriod>,
}

pub(super) fn figures(
    words: &Words,
    statement: &Statement,
    periods: &[HeldPeriod],
) -> Result<Vec<Figure>, askama::Error> {
    let of_customer = statement.parameters.customer.is_some();
    let (rows, left_out) = rows(words, of_customer, periods);
    let begin = periods.iter().map(|period| period.from.time).min().unwrap_or(statement.at.time);
    let axis = Axis::new(begin, statement.at.time, LEFT, RIGHT);
    let marks = axis.marks(words);
    let description = words.sentence(
        "lanes.description",
        &[&date_and_time(words.locale, begin), &date_and_time(words.locale, statement.at.time)],
    );
    let parts = rows.len().div_ceil(LANES_PER_PAGE);
    let mut figures = Vec::new();
    for (index, rows) in rows.chunks(LANES_PER_PAGE).enumerate() {
        let number = index.saturating_add(1);
        let title = match parts {
            1 => words.word("lanes.title").to_owned(),
            _ => words.sentence("lanes.part", &[&number.to_string(), &parts.to_string()]),
        };
        let svg = draw(words, number, &title, &description, &axis, &marks, rows)?;
        let is_last = number == parts && left_out > 0;
        let note = is_last.then(|| words.counted("lanes.more.one", "lanes.more", left_out));
        figures.push(Figure { svg, note });
    }
    Ok(figures)
}

/// The lanes that are drawn, and how many are not: first what is in force, then what began first. In the order of whom it
/// concerns.
fn rows<'a>(words: &Words, of_customer: bool, periods: &'a [HeldPeriod]) -> (Vec<Row<'a>>, usize) {
    let mut lanes: BTreeMap<_, Vec<&HeldPeriod>> = BTreeMap::new();
    for period in periods {
        let Held { customer, principal, scope, role, .. } = &period.held;
        let of_principal = of_customer.then_some((*principal, *scope));
        lanes.entry((customer.id, of_principal, *role)).or_default().push(period);
    }
    let mut lanes: Vec<_> = lanes.into_values().collect();
    lanes.sort_by_key(|periods| {
        let in_force = periods.iter().any(|period| period.until.is_none());
        (!in_force, periods.iter().map(|period| period.from.position).min())
    });
    let left_out = lanes.len().saturating_sub(LANES_MAX);
    lanes.truncate(LANES_MAX);
    let mut rows: Vec<_> = lanes.into_iter().filter_map(|periods| row(words, of_customer, periods)).collect();
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    (rows.into_iter().map(|(_, row)| row).collect(), left_out)
}

/// A lane, and by what it is sorted.
fn row<'a>(words: &Words, of_customer: bool, periods: Vec<&'a HeldPeriod>) -> Option<((String, String, u64), Row<'a>)> {
    let HeldPeriod { held, from, .. } = *periods.first()?;
    let role = words.word(role_name(held.role));
    let (label, small, order) = if of_customer {
        let holder = match held.principal {
            Holder::Principal(Principal::Group(group)) => words.word(group.group.name()).to_owned(),
            Holder::Principal(Principal::User(user)) => user.user.to_string(),
            Holder::Partner { .. } => words.word("holder.partner").to_owned(),
        };
        let (_, id) = holder_id(held.principal);
        (format!("{role} · {}", held.scope_name), format!("{} · {holder}", held.principal_tenant_name), id)
    } else {
        (held.customer.name.clone(), role.to_owned(), scope_id(held.scope).1)
    };
    let first = if of_customer { &held.principal_tenant_name } else { &held.customer.name };
    Some(((first.clone(), order, from.position.0), Row { label, small, periods }))
}

fn draw(
    words: &Words,
    number: usize,
    title: &str,
    description: &str,
    axis: &Axis,
    marks: &[Mark],
    rows: &[Row<'_>],
) -> Result<String, askama::Error> {
    let origins: BTreeSet<Origin> = rows.iter().flat_map(|row| &row.periods).map(|period| period.held.origin).collect();
    let (legend, top) = legend(words, origins);
    let mut lanes = Vec::new();
    let mut y = top;
    for row in rows {
        let bars = row.periods.iter().map(|period| bar(words, axis, y, period)).collect();
        lanes.push(Lane {
            line_y: units(y + LANE),
            label_y: units(y + 15.0),
            small_y: units(y + 28.0),
            label: cut(&row.label, LABEL_CHARS_MAX),
            small: cut(&row.small, SMALL_CHARS_MAX),
            bars,
        });
        y += LANE;
    }
    let drawing = Drawing {
        number,
        title,
        description,
        height: units(y + 24.0),
        legend,
        top: units(top),
        bottom: units(y),
        marks,
        marks_y: units(y + 16.0),
        lanes,
        right: units(RIGHT),
    };
    drawing.render()
}

fn bar(words: &Words, axis: &Axis, lane_y: f64, period: &HeldPeriod) -> Bar {
    let HeldPeriod { held, from, until } = period;
    let begins = axis.x(from.time);
    let ends = until.map_or(RIGHT, |until| axis.x(until.time));
    let since = date_and_time(words.locale, from.time);
    let what = format!(
        "{} · {} · {}",
        words.word(role_name(held.role)),
        held.scope_name,
        words.word(origin_name(held.origin))
    );
    let says = match until {
        Some(until) => words.sentence("lanes.bar", &[&what, &since, &date_and_time(words.locale, until.time)]),
        None => words.sentence("lanes.bar.open", &[&what, &since]),
    };
    // However short it was, it is to be seen.
    let width = (ends - begins).max(2.0);
    Bar {
        x: units(begins.min(RIGHT - width)),
        y: units(lane_y + (LANE - BAR) / 2.0),
        width: units(width),
        height: units(BAR),
        origin: origin_name(held.origin),
        says,
    }
}

/// The colours and what they mean, and where the lanes begin below.
fn legend(words: &Words, origins: BTreeSet<Origin>) -> (Vec<LegendEntry>, f64) {
    const LINE: f64 = 20.0;
    let (mut x, mut y) = (LEFT, 4.0);
    let mut entries = Vec::new();
    for origin in origins {
        let text = words.word(origin_name(origin)).to_owned();
        // About as wide as it will be: letters are narrower than that.
        let width = text.chars().map(|_| 7.0).sum::<f64>() + 34.0;
        if x + width > RIGHT {
            (x, y) = (LEFT, y + LINE);
        }
        entries.push(LegendEntry {
            x: units(x),
            y: units(y),
            text_x: units(x + 18.0),
            text_y: units(y + 11.0),
            origin: origin_name(origin),
            text,
        });
        x += width;
    }
    (entries, y + LINE + 6.0)
}
