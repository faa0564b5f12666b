//! `procura who-could` and `procura what-could`: questions about a stretch of time.

use crate::{
    args::{Format, Time, WhatCould, WhoCould},
    asking::Asked,
    bars::shown,
    columns::{Cell, table},
    failure::Failure,
    labels::Labels,
    naming::Naming,
    terminal::Screen,
};
use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use procura_app::{
    AccessInterval, AccessOverTime, AsOf, Because, Cause, Error, Explanation, Page, Point,
    find::ThingKind,
    intervals::{self, IntervalPage},
    link,
};
use procura_domain::{personal::People, visibility::Reader};
use procura_engine::Engine;
use serde::Serialize;
use std::{fmt::Write as _, io::Write, mem, process::ExitCode};

/// How many rows a page has.
const PAGE_ITEMS: usize = 500;

pub(crate) async fn who_could(arguments: WhoCould) -> Result<ExitCode, Failure> {
    let WhoCould { place, token, action, resource, property, time, format } = arguments;
    let asked = Asked::open(&place, token.as_deref()).await?;
    let naming = Naming::by(&asked);
    let (kind, id) = naming.resource(resource).await?;
    let property = naming.properties(property).await?;
    let value = |name: &str| property.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    let Time { from, until } = time;
    let request = intervals::WhoCould {
        action,
        resource: format!("{kind}:{id}"),
        partner: value("partner"),
        source: value("source"),
        from,
        until,
        limit: Some(PAGE_ITEMS),
        after: None,
    };
    let page = async |engine: &Engine, request| intervals::who_could(engine, Reader::Overseer, request).await;
    let answer = all_pages(&asked, "/v1/who-could", request, page).await?;
    let labels = labels(&asked, &answer, format).await?;
    let heading = |row: &AccessOverTime| labels.of(&row.subject.kind, &row.subject.id);
    print(&answer, format, heading, "nobody could")
}

pub(crate) async fn what_could(arguments: WhatCould) -> Result<ExitCode, Failure> {
    let WhatCould { place, token, subject, action, customer, resource_type, time, format } = arguments;
    let asked = Asked::open(&place, token.as_deref()).await?;
    let naming = Naming::by(&asked);
    let (kind, id) = naming.subject(subject).await?;
    let customer = naming.optional("--customer", ThingKind::Customer, customer.as_deref(), None).await?;
    let Time { from, until } = time;
    let request = intervals::WhatCould {
        subject: format!("{kind}:{id}"),
        action,
        customer: customer.and_then(|id| id.parse().ok()),
        resource_type,
        from,
        until,
        limit: Some(PAGE_ITEMS),
        after: None,
    };
    let page = async |engine: &Engine, request| intervals::what_could(engine, Reader::Overseer, request).await;
    let answer = all_pages(&asked, "/v1/what-could", request, page).await?;
    let labels = labels(&asked, &answer, format).await?;
    let heading = |row: &AccessOverTime| format!("{}  {}", row.action, labels.of(&row.resource.kind, &row.resource.id));
    print(&answer, format, heading, "nothing anywhere")
}

/// What those in the answer are called, if it is for people.
async fn labels(asked: &Asked, answer: &IntervalPage<String>, format: Format) -> Result<Labels, Failure> {
    let mut labels = Labels::default();
    if format == Format::Text {
        for AccessOverTime { subject, resource, .. } in &answer.page.items {
            labels.want(&subject.kind, &subject.id);
            labels.want(&resource.kind, &resource.id);
        }
    }
    labels.ask(asked).await
}

/// All pages of an answer as one, from here or from a server.
async fn all_pages<R: Serialize>(
    asked: &Asked,
    path: &str,
    request: R,
    page: impl AsyncFn(&Engine, R) -> Result<AsOf<IntervalPage<R>>, Error>,
) -> Result<IntervalPage<String>, Failure> {
    let found = shown(ProgressBar::new_spinner(), "{spinner} {human_pos} found");
    let (mut items, mut people) = (Vec::new(), People::default());
    let mut add = |page: Vec<AccessOverTime>| {
        page.into_iter().for_each(|row| add_row(&mut items, row));
        found.set_position(items.len().try_into().unwrap_or(u64::MAX));
    };
    let (from, until, rules) = match asked {
        Asked::Here(data) => {
            let mut request = request;
            loop {
                let IntervalPage { page: Page { items, people: more, next }, from, until, rules } =
                    page(&data.engine, request).await?.answer;
                add(items);
                people.extend(more);
                match next {
                    Some(next) => request = next,
                    None => break (from, until, rules),
                }
            }
        }
        Asked::There(remote) => {
            let mut link = link(path, &request);
            loop {
                let IntervalPage { page: Page { items, people: more, next }, from, until, rules } =
                    remote.get_json(&link)?;
                add(items);
                people.extend(more);
                match next {
                    Some(next) => link = next,
                    None => break (from, until, rules),
                }
            }
        }
    };
    found.finish_and_clear();
    items.iter_mut().for_each(|row| row.earlier_spans = false);
    Ok(IntervalPage { page: Page { items, people, next: None }, from, until, rules })
}

/// Adds a row, or its spans to the row before, which began on an earlier page and has the later ones.
fn add_row(rows: &mut Vec<AccessOverTime>, mut row: AccessOverTime) {
    match rows.last_mut().filter(|last| last.earlier_spans) {
        Some(last) if (&last.subject, &last.action, &last.resource) == (&row.subject, &row.action, &row.resource) => {
            row.spans.append(&mut last.spans);
            *last = row;
        }
        _ => rows.push(row),
    }
}

/// The answer: for people the intervals under a heading for each row, from when until when and why.
fn print(
    answer: &IntervalPage<String>,
    format: Format,
    heading: impl Fn(&AccessOverTime) -> String,
    nothing: &str,
) -> Result<ExitCode, Failure> {
    let mut out = anstream::stdout();
    let printed = match format {
        Format::Json => {
            let answer = serde_json::to_value(answer).map_err(|error| Failure::Internal(error.to_string()))?;
            writeln!(out, "{answer}")
        }
        Format::Text => out.write_all(text(answer, heading, nothing).as_bytes()),
    };
    printed.map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn text(answer: &IntervalPage<String>, heading: impl Fn(&AccessOverTime) -> String, nothing: &str) -> String {
    const STILL: &str = "still";
    const MORE_REASONS: &str = "and for older reasons";
    let IntervalPage { page: Page { items, .. }, from, until, rules } = answer;
    let (screen, bold, dim) = (Screen::output(), Style::new().bold(), Style::new().dimmed());
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let spans = || items.iter().flat_map(|row| &row.spans);
    let times = spans().flat_map(|span| [Some(&span.from), span.until.as_ref()]).flatten();
    let width = times.map(|point| time(point).len()).max().unwrap_or_default().max(STILL.len());
    let rows = |span: &AccessInterval| {
        let AccessInterval { from, until, why: Explanation { reasons, more_reasons } } = span;
        let (until, style) = until.as_ref().map_or((STILL.to_owned(), green), |until| (time(until), Style::new()));
        let (mut when, plain) = ([(time(from), Style::new()), (until, style)], Style::new());
        let mut row = |why: String| {
            let [from, until] = mem::replace(&mut when, [(String::new(), plain), (String::new(), plain)]);
            let cell = |(text, style)| Cell::styled(&format!("{text:<width$}"), style);
            [cell(from), cell(until), Cell::styled(&why, dim)]
        };
        let why = reasons.iter().map(reason).chain(more_reasons.then(|| MORE_REASONS.to_owned()));
        let rows: Vec<_> = why.map(&mut row).collect();
        if rows.is_empty() { vec![row(String::new())] } else { rows }
    };
    let rows: Vec<Vec<_>> = items.iter().map(|item| item.spans.iter().flat_map(rows).collect()).collect();
    let counts: Vec<_> = rows.iter().map(Vec::len).collect();
    let mut lines = table(screen, 2, rows.into_iter().flatten().collect()).into_iter();
    let mut text = String::new();
    for (row, count) in items.iter().zip(counts) {
        let _ = writeln!(text, "{}", screen.hanging("", 0, &heading(row), bold));
        for line in lines.by_ref().take(count) {
            let _ = writeln!(text, "{line}");
        }
    }
    if items.is_empty() {
        let _ = writeln!(text, "{nothing}");
    }
    if screen.is_terminal() {
        text.push('\n');
    }
    let moment = |point: &Point| format!("position {}, {}", point.position, time(point));
    let from = if from.position.0 == 0 { "the beginning".to_owned() } else { moment(from) };
    let between = format!("from {from} to {}, rules {rules}", moment(until));
    let _ = writeln!(text, "{}", screen.hanging("", 0, &between, dim));
    text
}

fn time(point: &Point) -> String {
    format!("{:?}", point.time)
}

fn reason(Because { rule, because, .. }: &Because) -> String {
    let events = because.iter().map(|Cause { position, event, .. }| format!("{event} {position}"));
    format!("{:<6}  {}", rule.id(), events.collect::<Vec<_>>().join(", "))
}
