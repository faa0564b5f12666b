//! `procura who-could` and `procura what-could`: questions about a stretch of time.

use crate::{
    args::{Format, Place, Time, WhatCould, WhoCould},
    data,
    export::shown,
    failure::Failure,
    remote::Remote,
};
use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use procura_engine::Engine;
use procura_server::{Answered, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fmt::Write as _, io::Write, process::ExitCode};

/// How many rows a page has.
const PAGE_ITEMS: usize = 500;

pub(crate) async fn who_could(arguments: WhoCould) -> Result<ExitCode, Failure> {
    let WhoCould { place, token, action, resource: (kind, id), property, time, format } = arguments;
    let value = |name: &str| property.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    let asked = procura_server::WhoCould {
        action,
        resource: format!("{kind}:{id}"),
        partner: value("partner"),
        source: value("source"),
        ..procura_server::WhoCould::default()
    };
    let parameters = [
        ("action", Some(asked.action.clone())),
        ("resource", Some(asked.resource.clone())),
        ("partner", asked.partner.clone()),
        ("source", asked.source.clone()),
    ];
    let page = |engine: &Engine, Page { from, until, limit, after }: Page| {
        procura_server::who_could(engine, &procura_server::WhoCould { from, until, limit, after, ..asked.clone() })
    };
    let answer = all_pages((place, token), time, "/v1/who-could", &parameters, page).await?;
    print(&answer, format, |row| format!("{}:{}", row.subject.kind, row.subject.id), "nobody could")
}

pub(crate) async fn what_could(arguments: WhatCould) -> Result<ExitCode, Failure> {
    let WhatCould { place, token, subject: (kind, id), action, customer, resource_type, time, format } = arguments;
    let id_of = |text: &str| {
        let problem = format!("`{text}` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
        text.parse().map_err(|_| Failure::Flag { flag: "--customer".to_owned(), problem })
    };
    let asked = procura_server::WhatCould {
        subject: format!("{kind}:{id}"),
        action,
        customer: customer.as_deref().map(id_of).transpose()?,
        resource_type,
        ..procura_server::WhatCould::default()
    };
    let parameters = [
        ("subject", Some(asked.subject.clone())),
        ("action", asked.action.clone()),
        ("customer", customer),
        ("resourceType", asked.resource_type.clone()),
    ];
    let page = |engine: &Engine, Page { from, until, limit, after }: Page| {
        procura_server::what_could(engine, &procura_server::WhatCould { from, until, limit, after, ..asked.clone() })
    };
    let answer = all_pages((place, token), time, "/v1/what-could", &parameters, page).await?;
    let heading = |row: &Row| format!("{} {}:{}", row.action, row.resource.kind, row.resource.id);
    print(&answer, format, heading, "nothing anywhere")
}

/// Which page of which time.
struct Page {
    from: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// All pages of an answer as one, from here or from a server.
async fn all_pages(
    (Place { data, server }, token): (Place, Option<String>),
    Time { from, until }: Time,
    path: &str,
    parameters: &[(&str, Option<String>)],
    page: impl Fn(&Engine, Page) -> Result<Answered, Problem>,
) -> Result<Value, Failure> {
    let internal = |error: serde_json::Error| Failure::Internal(error.to_string());
    let found = shown(ProgressBar::new_spinner(), "{spinner} {human_pos} found");
    let mut items: Vec<Value> = Vec::new();
    let mut add = |answer: &mut Value| {
        let page = answer.get_mut("items").map(Value::take);
        items.extend(page.and_then(|page| serde_json::from_value::<Vec<Value>>(page).ok()).unwrap_or_default());
        found.set_position(items.len().try_into().unwrap_or(u64::MAX));
    };
    let mut answer;
    if let Some(data) = data {
        let data = data::open(&data).await?;
        let (mut until, mut after) = (until, None);
        loop {
            let (from, limit) = (from.clone(), Some(PAGE_ITEMS));
            let asked = Page { from, until: until.take(), limit, after: after.take() };
            let answered = page(&data.engine, asked).map_err(Failure::Problem)?;
            answer = serde_json::to_value(&answered).map_err(internal)?;
            add(&mut answer);
            // The pages belong together: the time asked about ends for all of them where it did for the first.
            (until, after) = (Some(answered.until_text()), answered.after);
            if after.is_none() {
                break;
            }
        }
    } else {
        let remote = Remote::of(server.as_deref(), token.as_deref());
        let limit = Some(PAGE_ITEMS.to_string());
        let all = parameters.iter().cloned().chain([("from", from), ("until", until), ("limit", limit)]);
        let mut link = Some(format!("{path}?{}", query(all)));
        loop {
            answer = serde_json::from_str(&remote.get(&link.take().unwrap_or_default())?).map_err(internal)?;
            add(&mut answer);
            link = answer.get("nextLink").and_then(Value::as_str).map(str::to_owned);
            if link.is_none() {
                break;
            }
        }
    }
    found.finish_and_clear();
    let part = |name: &str| answer.get(name).cloned().unwrap_or_default();
    Ok(json!({"items": items, "from": part("from"), "until": part("until"), "rules": part("rules")}))
}

/// The parameters that are given, as a query spells them.
fn query<'p>(parameters: impl Iterator<Item = (&'p str, Option<String>)>) -> String {
    let mut query = String::new();
    for (name, value) in parameters.filter_map(|(name, value)| Some((name, value?))) {
        let _ = write!(query, "{}{name}=", if query.is_empty() { "" } else { "&" });
        for byte in value.bytes() {
            let _ = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    write!(query, "{}", char::from(byte))
                }
                _ => write!(query, "%{byte:02X}"),
            };
        }
    }
    query
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<Row>,
    from: Point,
    until: Point,
    rules: String,
}

#[derive(Deserialize)]
struct Row {
    subject: Thing,
    action: String,
    resource: Thing,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Thing {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct Span {
    from: Point,
    until: Option<Point>,
    reasons: Vec<Reason>,
}

#[derive(Deserialize)]
struct Point {
    position: u64,
    time: String,
}

#[derive(Deserialize)]
struct Reason {
    rule: String,
    because: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    position: u64,
    event: String,
}

/// The answer: for people the spans under a heading for each row, from when until when and why.
fn print(answer: &Value, format: Format, heading: impl Fn(&Row) -> String, nothing: &str) -> Result<ExitCode, Failure> {
    let mut out = anstream::stdout();
    let printed = match format {
        Format::Json => writeln!(out, "{answer}"),
        Format::Text => {
            let answer = Answer::deserialize(answer).map_err(|error| Failure::Internal(error.to_string()))?;
            out.write_all(text(&answer, heading, nothing).as_bytes())
        }
    };
    printed.map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn text(Answer { items, from, until, rules }: &Answer, heading: impl Fn(&Row) -> String, nothing: &str) -> String {
    const STILL: &str = "still";
    let (bold, dim, green) =
        (Style::new().bold(), Style::new().dimmed(), Style::new().fg_color(Some(AnsiColor::Green.into())));
    let spans = || items.iter().flat_map(|row| &row.spans);
    let times = spans().flat_map(|span| [Some(&span.from), span.until.as_ref()]).flatten();
    let width = times.map(|point| point.time.len()).max().unwrap_or_default().max(STILL.len());
    let mut text = String::new();
    for row in items {
        let _ = writeln!(text, "{bold}{}{bold:#}", heading(row));
        for Span { from, until, reasons } in &row.spans {
            let mut why = reasons.iter().map(Reason::to_text);
            let until = until
                .as_ref()
                .map_or_else(|| format!("{green}{STILL:<width$}{green:#}"), |until| format!("{:<width$}", until.time));
            let _ = writeln!(text, "  {:<width$}  {until}  {}", from.time, why.next().unwrap_or_default());
            for another in why {
                let _ = writeln!(text, "  {:<width$}  {:<width$}  {another}", "", "");
            }
        }
    }
    if items.is_empty() {
        let _ = writeln!(text, "{nothing}");
    }
    let from = if from.position == 0 { "the beginning".to_owned() } else { from.to_text() };
    let _ = writeln!(text, "{dim}from {from} to {}, rules {rules}{dim:#}", until.to_text());
    text
}

impl Point {
    fn to_text(&self) -> String {
        format!("position {}, {}", self.position, self.time)
    }
}

impl Reason {
    fn to_text(&self) -> String {
        let events = self.because.iter().map(|Event { position, event }| format!("{event} {position}"));
        format!("{:<6}  {}", self.rule, events.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_spells_what_would_mean_something_else() {
        let parameters = [("resource", Some("a:b+c&d".to_owned())), ("from", None), ("limit", Some("5".to_owned()))];
        assert_eq!(query(parameters.into_iter()), "resource=a%3Ab%2Bc%26d&limit=5");
    }
}
