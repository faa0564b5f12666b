//! `procura check`: one access question, its answer and why.

use crate::{
    EXIT_NO,
    args::{Check, Format, Place},
    columns::aligned,
    data,
    failure::Failure,
    remote::Remote,
};
use anstyle::{AnsiColor, Style};
use procura_engine::When;
use procura_server::{Action, Context, EvaluationRequest, Properties, What, Who, parse_when};
use serde::Deserialize;
use std::{io::Write, process::ExitCode};

/// An answer, from here or from a server.
#[derive(Deserialize)]
struct Answer {
    decision: bool,
    context: Explained,
}

#[derive(Deserialize)]
struct Explained {
    position: u64,
    time: String,
    rules: String,
    #[serde(default)]
    reasons: Vec<Reason>,
    unknown: Option<String>,
}

#[derive(Deserialize)]
struct Reason {
    rule: String,
    missing: Option<String>,
    because: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    position: u64,
    event: String,
    time: String,
    /// Left out where whoever asks may not know.
    by: Option<By>,
}

/// Who made an event happen: one of the two.
#[derive(Deserialize)]
struct By {
    user: Option<User>,
    operator: Option<String>,
}

#[derive(Deserialize)]
struct User {
    tenant: String,
    user: String,
}

pub(crate) async fn run(arguments: Check) -> Result<ExitCode, Failure> {
    let request = request(&arguments)?;
    let Check { place: Place { data, server }, token, format, .. } = &arguments;
    let internal = |error: serde_json::Error| Failure::Internal(error.to_string());
    let written = match (data, server) {
        (Some(data), _) => {
            let data = data::open(data).await?;
            serde_json::to_value(procura_server::ask(&data.engine, &request).map_err(Failure::Problem)?)
                .map_err(internal)?
        }
        (None, server) => {
            let remote = Remote::new(server.as_deref().unwrap_or_default(), token.as_deref().unwrap_or_default());
            let body = serde_json::to_string(&request).map_err(internal)?;
            remote.post("/access/v1/evaluation", None, &body)?.expect_status(200)?
        }
    };
    let answer: Answer = serde_json::from_value(written.clone()).map_err(internal)?;
    if let Some(unknown) = answer.context.unknown {
        return Err(Failure::NotAsked(unknown));
    }
    let printed = match format {
        Format::Json => writeln!(anstream::stdout(), "{written}"),
        Format::Text => print(&arguments, &answer),
    };
    printed.map_err(Failure::Output)?;
    Ok(if answer.decision { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NO) })
}

fn request(arguments: &Check) -> Result<EvaluationRequest, Failure> {
    let Check { subject, action, resource, property, at, .. } = arguments;
    let (subject_type, subject) = subject.clone();
    let (resource_type, resource) = resource.clone();
    let value = |name: &str| property.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    let properties = Properties { partner: value("partner"), source: value("source") };
    let (time, position) = match at.as_deref().map(parse_when).transpose().map_err(Failure::When)? {
        Some(When::Position(position)) => (None, Some(position.0)),
        Some(When::At(_)) => (at.clone(), None),
        Some(When::Now) | None => (None, None),
    };
    Ok(EvaluationRequest {
        subject: Some(Who { subject_type, id: subject }),
        action: Some(Action { name: action.clone() }),
        resource: Some(What { resource_type, id: resource, properties: Some(properties) }),
        context: Some(Context { time, position, explain: true }),
    })
}

impl Event {
    fn cells(&self) -> [String; 4] {
        let by = match &self.by {
            None => String::new(),
            Some(By { user: Some(User { tenant, user }), .. }) => format!("by {tenant}/{user}"),
            Some(By { operator, .. }) => format!("by operator {}", operator.as_deref().unwrap_or("?")),
        };
        [self.event.clone(), format!("at position {}", self.position), self.time.clone(), by]
    }
}

/// The answer for people: yes or no, every reason, and the moment it holds for.
fn print(arguments: &Check, answer: &Answer) -> std::io::Result<()> {
    let mut out = anstream::stdout();
    let Check { subject: (kind, who), action, resource: (on, of), .. } = arguments;
    let (colour, word) = if answer.decision { (AnsiColor::Green, "allowed") } else { (AnsiColor::Red, "denied") };
    let (style, bold) = (Style::new().fg_color(Some(colour.into())).bold(), Style::new().bold());
    writeln!(out, "{style}{word}{style:#}  {kind}:{who} {bold}{action}{bold:#} {on}:{of}")?;
    let Explained { position, time, rules, reasons, .. } = &answer.context;
    for Reason { rule, missing, because } in reasons {
        let events = aligned(because.iter().map(Event::cells).collect());
        let by_itself = || vec!["by the question itself".to_owned()];
        let said = match missing {
            Some(missing) => vec![missing.clone()],
            None if because.is_empty() => by_itself(),
            None => Vec::new(),
        };
        let lines = [said, events].concat();
        for (index, line) in lines.iter().enumerate() {
            writeln!(out, "  {:<6}  {line}", if index == 0 { rule } else { "" })?;
        }
    }
    let dim = Style::new().dimmed();
    writeln!(out, "{dim}at position {position}, {time}, rules {rules}{dim:#}")
}
