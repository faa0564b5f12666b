//! `procura check`: one access question, its answer and why.

use crate::{
    args::{Check, Format, Place},
    columns::aligned,
    data,
    exit::EXIT_NO,
    failure::Failure,
    remote::Remote,
};
use anstyle::{AnsiColor, Style};
use procura_app::access::{
    Action, EvaluationRequest, EvaluationResponse, RequestContext, ResourceEntity, ResourceProperties, ResponseContext,
    SubjectEntity, evaluate,
};
use procura_app::{Because, Cause};
use procura_domain::visibility::Reader;
use procura_engine::When;
use std::{io::Write, process::ExitCode};

pub(crate) async fn run(arguments: Check) -> Result<ExitCode, Failure> {
    let request = request(&arguments)?;
    let Check { place: Place { data, server }, token, format, .. } = &arguments;
    let internal = |error: serde_json::Error| Failure::Internal(error.to_string());
    let written = match (data, server) {
        (Some(data), _) => {
            let data = data::open(data).await?;
            let answer = evaluate(&data.engine, Reader::Overseer, &request).await?.answer;
            serde_json::to_value(answer).map_err(internal)?
        }
        (None, server) => {
            let remote = Remote::new(server.as_deref().unwrap_or_default(), token.as_deref().unwrap_or_default());
            let body = serde_json::to_string(&request).map_err(internal)?;
            remote.post("/access/v1/evaluation", None, &body)?
        }
    };
    let answer: EvaluationResponse = serde_json::from_value(written.clone()).map_err(internal)?;
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
    let properties = ResourceProperties { partner: value("partner"), source: value("source"), user: value("user") };
    let (time, position) = match at.as_deref().map(str::parse).transpose()? {
        Some(When::Position(position)) => (None, Some(position.0)),
        Some(When::At(_)) => (at.clone(), None),
        Some(When::Now) | None => (None, None),
    };
    Ok(EvaluationRequest {
        subject: Some(SubjectEntity { subject_type: Some(subject_type), id: Some(subject), properties: None }),
        action: Some(Action { name: Some(action.clone()), properties: None }),
        resource: Some(ResourceEntity {
            resource_type: Some(resource_type),
            id: Some(resource),
            properties: Some(properties),
        }),
        context: Some(RequestContext { time, position, explain: true }),
    })
}

fn cells(Cause { position, event, time, by }: &Cause) -> [String; 4] {
    let by = by.as_ref().map(|by| format!("by {by}")).unwrap_or_default();
    [event.to_string(), format!("at position {position}"), format!("{time:?}"), by]
}

/// The answer for people: yes or no, the newest reasons, and the moment it holds for.
fn print(arguments: &Check, answer: &EvaluationResponse) -> std::io::Result<()> {
    let mut out = anstream::stdout();
    let Check { subject: (kind, who), action, resource: (on, of), .. } = arguments;
    let (colour, word) = if answer.decision { (AnsiColor::Green, "allowed") } else { (AnsiColor::Red, "denied") };
    let (style, bold) = (Style::new().fg_color(Some(colour.into())).bold(), Style::new().bold());
    writeln!(out, "{style}{word}{style:#}  {kind}:{who} {bold}{action}{bold:#} {on}:{of}")?;
    let ResponseContext { position, time, rules, why, .. } = &answer.context;
    for Because { rule, missing, because } in why.iter().flat_map(|why| &why.reasons) {
        let events = aligned(because.iter().map(cells).collect());
        let by_itself = || vec!["by the question itself".to_owned()];
        let said = match missing {
            Some(missing) => vec![missing.clone()],
            None if because.is_empty() => by_itself(),
            None => Vec::new(),
        };
        let lines = [said, events].concat();
        for (index, line) in lines.iter().enumerate() {
            writeln!(out, "  {:<6}  {line}", if index == 0 { rule.id() } else { "" })?;
        }
    }
    if why.as_ref().is_some_and(|why| why.more_reasons) {
        writeln!(out, "  and for older reasons")?;
    }
    let dim = Style::new().dimmed();
    writeln!(out, "{dim}at position {position}, {time:?}, rules {rules}{dim:#}")
}
