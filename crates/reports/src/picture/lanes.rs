//! Who held what when: a lane for each permission, a bar for each stretch of time.

use super::{
    axis::{Axis, Mark},
    figure::{Figure, WIDTH, cut, units},
};
use crate::{contents::PermissionPeriod, permission::Permission, statement::Statement};
use askama::Template;
use procura_domain::vocabulary::Principal;
use procura_views::{Holder, Origin, Scope};
use procura_words::Words;
use std::collections::{BTreeMap, BTreeSet};

/// How many lanes are drawn; the table has the others.
const LANES_MAX: usize = 48;
/// How high the lanes of a drawing are at most, so that it fits on a page: the first stands below what the report says of
/// itself.
const FIRST_HEIGHT_MAX: f64 = 440.0;
const HEIGHT_MAX: f64 = 570.0;

const HEADING: f64 = 26.0;
const LANE: f64 = 32.0;
const BAR: f64 = 14.0;
/// Where bars begin, right of their labels.
const LEFT: f64 = 320.0;
const RIGHT: f64 = WIDTH - 12.0;
const HEADING_CHARS_MAX: usize = 110;
const LABEL_CHARS_MAX: usize = 46;

#[derive(Template)]
#[template(path = "lanes.svg", escape = "html")]
struct Drawing {
    number: usize,
    title: String,
    description: String,
    height: String,
    legend: Vec<LegendEntry>,
    top: String,
    bottom: String,
    marks: Vec<Mark>,
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
    heading: Option<Heading>,
    line_y: String,
    label_y: String,
    small_y: String,
    label: String,
    small: String,
    bars: Vec<Bar>,
}

/// Whose the lanes below are.
struct Heading {
    y: String,
    height: String,
    text_y: String,
    text: String,
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
    /// Whose it is, by id.
    of: String,
    /// Whose it is, in words.
    heading: String,
    label: String,
    small: String,
    periods: Vec<&'a PermissionPeriod>,
}

pub(super) fn figures(
    words: Words,
    statement: &Statement,
    periods: &[PermissionPeriod],
) -> Result<Vec<Figure>, askama::Error> {
    let of_customer = statement.parameters.customer.is_some();
    let (rows, left_out) = rows(words, of_customer, periods);
    let begin = periods.iter().map(|period| period.from.time).min().unwrap_or(statement.at.time);
    let axis = Axis::new(begin, statement.at.time, LEFT, RIGHT);
    let dates = [begin, statement.at.time].map(|at| words.date_and_time(at));
    let [from, until] = &dates;
    let pages = pages(&rows);
    let mut figures = Vec::new();
    for (number, rows) in (1..).zip(&pages) {
        let title = match pages.len() {
            1 => words.word("report-lanes-title").into_owned(),
            parts => words.sentence("report-lanes-part", &[("part", number.into()), ("parts", parts.into())]),
        };
        let origins = rows.iter().flat_map(|row| &row.periods).map(|period| period.permission.origin).collect();
        let (legend, top) = legend(words, origins);
        let (lanes, bottom) = lanes(words, &axis, top, rows);
        let drawing = Drawing {
            number,
            title,
            description: words.sentence("report-lanes-description", &[("from", from.into()), ("until", until.into())]),
            height: units(bottom + 24.0),
            legend,
            top: units(top),
            bottom: units(bottom),
            marks: axis.marks(words),
            marks_y: units(bottom + 16.0),
            lanes,
            right: units(RIGHT),
        };
        let is_last = number == pages.len() && left_out > 0;
        let note = is_last.then(|| words.sentence("report-lanes-more", &[("count", left_out.into())]));
        figures.push(Figure { svg: drawing.render()?, note });
    }
    Ok(figures)
}

/// The lanes that are drawn, in the order of whose they are, and how many are not. Drawn is first what is in force, then
/// what began first.
fn rows<'a>(words: Words, of_customer: bool, periods: &'a [PermissionPeriod]) -> (Vec<Row<'a>>, usize) {
    let mut lanes: BTreeMap<_, Vec<&PermissionPeriod>> = BTreeMap::new();
    for period in periods {
        let Permission { customer, principal, scope, role, .. } = &period.permission;
        let of_principal = of_customer.then_some((*principal, *scope));
        lanes.entry((customer.id, of_principal, *role)).or_default().push(period);
    }
    let mut lanes: Vec<_> = lanes.into_values().collect();
    lanes.sort_by_key(|periods| {
        let in_force = periods.iter().any(|period| period.until.is_none());
        (!in_force, periods.iter().map(|period| period.from).min())
    });
    let left_out = lanes.len().saturating_sub(LANES_MAX);
    lanes.truncate(LANES_MAX);
    let mut rows: Vec<_> = lanes.into_iter().filter_map(|periods| row(words, of_customer, periods)).collect();
    // Those of one holder stay in the order in which they were found.
    rows.sort_by(|one, other| one.of.cmp(&other.of));
    (rows, left_out)
}

fn row<'a>(words: Words, of_customer: bool, periods: Vec<&'a PermissionPeriod>) -> Option<Row<'a>> {
    let permission = &periods.first()?.permission;
    let label = words.called(permission.role.name()).into_owned();
    if !of_customer {
        let (of, heading) = (permission.customer.name.clone(), cut(&permission.customer.name, HEADING_CHARS_MAX));
        return Some(Row { of, heading, label, small: String::new(), periods });
    }
    let holder = match permission.principal {
        Holder::Principal(Principal::Group(group)) => words.called(group.group.name()).into_owned(),
        Holder::Principal(Principal::User(user)) => user.user.to_string(),
        Holder::Partner { .. } => words.word("report-holder-partner").into_owned(),
    };
    let small = match permission.scope {
        Scope::Customer(_) => words.word("report-scope-customer").into_owned(),
        Scope::Subscription(_) => permission.scope_name.clone(),
    };
    let of = |holder: &str| format!("{} · {holder}", permission.principal_tenant_name);
    // In the order of ids, so that it does not depend on names.
    let named = |name: &str| of(&format!("{name} · {holder}"));
    let heading = permission.principal_name.within(named, of(&holder), Some(HEADING_CHARS_MAX));
    Some(Row { of: of(&holder), heading, label, small, periods })
}

/// The lanes of each drawing.
fn pages<'a, 'b>(rows: &'b [Row<'a>]) -> Vec<Vec<&'b Row<'a>>> {
    let mut pages: Vec<Vec<&Row<'_>>> = Vec::new();
    let (mut height, mut height_max) = (0.0, FIRST_HEIGHT_MAX);
    for row in rows {
        match pages.last_mut() {
            Some(page) if height + below(page.last().copied(), row) <= height_max => {
                height += below(page.last().copied(), row);
                page.push(row);
            }
            full => {
                if full.is_some() {
                    height_max = HEIGHT_MAX;
                }
                height = below(None, row);
                pages.push(vec![row]);
            }
        }
    }
    pages
}

/// How much room a lane takes below another: with its heading, if that is not the same.
fn below(above: Option<&Row<'_>>, row: &Row<'_>) -> f64 {
    if above.is_some_and(|above| above.of == row.of) { LANE } else { HEADING + LANE }
}

/// The lanes from `top` on, and where they end.
fn lanes(words: Words, axis: &Axis, top: f64, rows: &[&Row<'_>]) -> (Vec<Lane>, f64) {
    let (mut lanes, mut y, mut above) = (Vec::new(), top, None);
    for row in rows {
        let bottom = y + below(above, row);
        let lane = bottom - LANE;
        let heading = (lane > y).then(|| Heading {
            y: units(y),
            height: units(HEADING),
            text_y: units(y + 17.0),
            text: row.heading.clone(),
        });
        let middle = if row.small.is_empty() { 20.0 } else { 14.0 };
        lanes.push(Lane {
            heading,
            line_y: units(bottom),
            label_y: units(lane + middle),
            small_y: units(lane + 26.0),
            label: cut(&row.label, LABEL_CHARS_MAX),
            small: cut(&row.small, LABEL_CHARS_MAX),
            bars: row.periods.iter().map(|period| bar(words, axis, lane, period)).collect(),
        });
        (y, above) = (bottom, Some(*row));
    }
    (lanes, y)
}

fn bar(words: Words, axis: &Axis, lane_y: f64, period: &PermissionPeriod) -> Bar {
    let PermissionPeriod { permission, from, until } = period;
    let begins = axis.x(from.time);
    let ends = until.map_or(RIGHT, |until| axis.x(until.time));
    let since = words.date_and_time(from.time);
    let what = format!(
        "{} · {} · {}",
        words.called(permission.role.name()),
        permission.scope_name,
        words.called(permission.origin.name())
    );
    let (what, since) = (("what", what.into()), ("from", since.into()));
    let says = match until {
        Some(until) => {
            words.sentence("report-lanes-bar", &[what, since, ("until", words.date_and_time(until.time).into())])
        }
        None => words.sentence("report-lanes-bar-open", &[what, since]),
    };
    // However short it was, it is to be seen.
    let width = (ends - begins).max(2.0);
    Bar {
        x: units(begins.min(RIGHT - width)),
        y: units(lane_y + (LANE - BAR) / 2.0),
        width: units(width),
        height: units(BAR),
        origin: permission.origin.name(),
        says,
    }
}

/// The colours and what they mean, and where the lanes begin below.
fn legend(words: Words, origins: BTreeSet<Origin>) -> (Vec<LegendEntry>, f64) {
    const LINE: f64 = 20.0;
    let (mut x, mut y) = (0.0, 24.0);
    let mut entries = Vec::new();
    for origin in origins {
        let text = words.called(origin.name()).into_owned();
        // About as wide as it will be: letters are narrower than that.
        let width = text.chars().map(|_| 6.2).sum::<f64>() + 34.0;
        if x + width > RIGHT {
            (x, y) = (0.0, y + LINE);
        }
        entries.push(LegendEntry {
            x: units(x),
            y: units(y),
            text_x: units(x + 18.0),
            text_y: units(y + 11.0),
            origin: origin.name(),
            text,
        });
        x += width;
    }
    (entries, y + LINE + 6.0)
}
