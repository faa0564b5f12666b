//! `procura check`: one access question, its answer and why.

use crate::{
    args::{Check, Format},
    asking::Asked,
    columns::{Cell, table},
    exit::EXIT_NO,
    failure::Failure,
    labels::Labels,
    naming::Naming,
    terminal::{Screen, printable},
};
use anstyle::{AnsiColor, Style};
use procura_app::access::{
    Action, EvaluationRequest, EvaluationResponse, RequestContext, ResourceEntity, ResourceProperties, ResponseContext,
    SubjectEntity, evaluate,
};
use procura_app::{Because, Cause};
use procura_domain::{
    visibility::{DisclosedAuthor, Reader},
    vocabulary::{Actor, Author},
};
use procura_engine::When;
use std::{io::Write, process::ExitCode};

pub(crate) async fn run(mut arguments: Check) -> Result<ExitCode, Failure> {
    let asked = Asked::open(&arguments.place, arguments.token.as_deref()).await?;
    let naming = Naming::by(&asked);
    arguments.subject = naming.subject(arguments.subject).await?;
    arguments.resource = naming.resource(arguments.resource).await?;
    arguments.property = naming.properties(arguments.property).await?;
    let request = request(&arguments)?;
    let internal = |error: serde_json::Error| Failure::Internal(error.to_string());
    let written = match &asked {
        Asked::Here(data) => {
            let answer = evaluate(&data.engine, Reader::Overseer, &request).await?.answer;
            serde_json::to_value(answer).map_err(internal)?
        }
        Asked::There(remote) => {
            let body = serde_json::to_string(&request).map_err(internal)?;
            remote.post("/access/v1/evaluation", None, &body)?
        }
    };
    let answer: EvaluationResponse = serde_json::from_value(written.clone()).map_err(internal)?;
    if let Some(unknown) = answer.context.unknown {
        return Err(Failure::NotAsked(unknown));
    }
    let printed = match arguments.format {
        Format::Json => writeln!(anstream::stdout(), "{written}"),
        Format::Text => print(&arguments, &answer, &labels(&asked, &arguments, &answer).await?),
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
        context: Some(RequestContext { time, position, explain: true, ..RequestContext::default() }),
    })
}

/// What those in the question and the answer are called.
async fn labels(asked: &Asked, arguments: &Check, answer: &EvaluationResponse) -> Result<Labels, Failure> {
    let Check { subject: (kind, who), resource: (on, of), .. } = arguments;
    let mut labels = Labels::default();
    labels.want(kind, who);
    labels.want(on, of);
    let causes = answer.context.why.iter().flat_map(|why| &why.reasons).flat_map(|reason| &reason.because);
    for (kind, id) in causes.filter_map(|cause| author(cause.by.as_ref())) {
        labels.want(kind, &id);
    }
    labels.ask(asked).await
}

/// The user or partner that made something happen, by type and id; none for an operator.
fn author(by: Option<&DisclosedAuthor>) -> Option<(&'static str, String)> {
    match by? {
        DisclosedAuthor::Author(Author { actor: Actor::User(user), .. }) => Some(("user", user.to_string())),
        DisclosedAuthor::Author(_) => None,
        DisclosedAuthor::Partner { partner } => Some(("partner", partner.to_string())),
    }
}

fn cells(Cause { position, event, time, by }: &Cause, labels: &Labels) -> [Cell; 4] {
    let by = match (by, author(by.as_ref())) {
        (_, Some((kind, id))) => format!("by {}", labels.of(kind, &id)),
        (Some(by), None) => format!("by {by}"),
        (None, None) => String::new(),
    };
    let said = [event.to_string(), format!("at position {position}"), format!("{time:?}")];
    let [event, position, time] = said.map(Cell::from);
    [event, position, time, Cell::styled(&by, DIM)]
}

const DIM: Style = Style::new().dimmed();

/// The answer for people: yes or no, the newest reasons, and the moment it holds for.
fn print(arguments: &Check, answer: &EvaluationResponse, labels: &Labels) -> std::io::Result<()> {
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let Check { subject: (kind, who), action, resource: (on, of), .. } = arguments;
    let (colour, word) = if answer.decision { (AnsiColor::Green, "allowed") } else { (AnsiColor::Red, "denied") };
    let (style, bold) = (Style::new().fg_color(Some(colour.into())).bold(), Style::new().bold());
    if screen.is_terminal() {
        let question = [labels.of(kind, who), format!("{action}  {}", labels.of(on, of))].map(Cell::from);
        let question = table(screen, 2, vec![question]);
        writeln!(out, "{style}{word}{style:#}\n{}\n", question.join("\n"))?;
    } else {
        let (who, of) = (printable(&labels.of(kind, who)), printable(&labels.of(on, of)));
        writeln!(out, "{style}{word}{style:#}  {who}  {bold}{action}{bold:#}  {of}")?;
    }
    let ResponseContext { position, time, rules, why, .. } = &answer.context;
    for reason in why.iter().flat_map(|why| &why.reasons) {
        writeln!(out, "{}", shown(screen, reason, labels))?;
    }
    if why.as_ref().is_some_and(|why| why.more_reasons) {
        writeln!(out, "  and for older reasons")?;
    }
    if screen.is_terminal() && why.is_some() {
        writeln!(out)?;
    }
    let moment = format!("at position {position}, {time:?}, rules {rules}");
    writeln!(out, "{}", screen.hanging("", 0, &moment, DIM))
}

/// A rule, and beside it what it rests on; or below it, where that does not fit.
fn shown(screen: Screen, Because { rule, missing, because }: &Because, labels: &Labels) -> String {
    const BESIDE: usize = 10;
    const BELOW: usize = 4;
    let said = match missing {
        Some(missing) => Some(missing.as_str()),
        None if because.is_empty() => Some("by the question itself"),
        None => None,
    };
    let body = |indent| {
        let said = said.map(|said| screen.hanging("", indent, said, Style::new()));
        let events = table(screen, indent, because.iter().map(|cause| cells(cause, labels)).collect());
        said.into_iter().chain(events).collect::<Vec<_>>().join("\n")
    };
    let beside = body(BESIDE);
    match beside.get(BESIDE..) {
        Some(text) if screen.fits(&beside) => format!("  {:<6}  {text}", rule.id()),
        _ => format!("  {}\n{}", rule.id(), body(BELOW)),
    }
}
