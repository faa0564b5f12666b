//! Access questions, as the OpenID AuthZEN Authorization API 1.0 asks them.

use crate::{
    caller::Caller,
    problem::Problem,
    routes::{self, App, ReadAt},
    when::parse_when,
};
use axum::{Extension, Json, extract::State, response::IntoResponse};
use procura_domain::{
    access::{self, Decision, Named, NotAsked, Question, Resource, Subject},
    command::named_fields_or_none,
    rule::{RULES_VERSION, Rule},
    temporal::{Moment, Position, Timestamp},
    visibility::{self, Disclosure, Reader},
    vocabulary::DeviceOrigin,
};
use procura_engine::{Engine, When};
use procura_views::{Audience, Because, reasons};
use serde::{Deserialize, Serialize};

/// How many questions one request may ask.
pub(crate) const EVALUATIONS_MAX: usize = 500;

/// A question as it is written. Fields that are unknown are passed over, as AuthZEN demands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EvaluationRequest {
    /// Who.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub subject: Option<Who>,
    /// What.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// To what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub resource: Option<What>,
    /// When, and whether with reasons.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

/// A subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Who {
    /// Its type.
    #[serde(rename = "type")]
    pub subject_type: String,
    /// Its id.
    pub id: String,
}

/// A resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct What {
    /// Its type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Its id.
    pub id: String,
    /// What the question says about it besides.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
}

/// What a question says about a resource beside its id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Properties {
    /// The partner it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// For `device.add`: the channel through which the customer adds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// An action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// Its name.
    pub name: String,
}

/// When a question is about, and whether reasons are wanted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Context {
    /// A time, not later than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// A position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Whether reasons are wanted.
    #[serde(default)]
    pub explain: bool,
}

/// An answer as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Yes or no.
    pub decision: bool,
    /// What it rests on.
    pub context: Explained,
}

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The position it was given at.
    pub position: Position,
    /// The instant it was given for.
    pub time: Timestamp,
    /// The version of the rules.
    pub rules: &'static str,
    /// Why, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<Because>>,
    /// What in the question is unknown here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Why the question was not answered: in a batch only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<NotAnswered>,
}

/// Why one question of a batch was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotAnswered {
    status: u16,
    message: String,
}

/// Several questions, with defaults for what they leave out.
#[derive(Debug, Deserialize)]
pub(crate) struct EvaluationsRequest {
    #[serde(flatten)]
    defaults: EvaluationRequest,
    #[serde(default)]
    evaluations: Vec<EvaluationRequest>,
    #[serde(default)]
    options: Options,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When to stop going through a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

#[derive(Serialize)]
struct EvaluationsAnswer {
    evaluations: Vec<Answer>,
}

/// `POST /access/v1/evaluation`
pub(crate) async fn evaluation(
    State(app): State<App>,
    caller: Caller,
    request: routes::JsonBody<EvaluationRequest>,
) -> Result<impl IntoResponse, Problem> {
    let answer = ask_at(&app.engine, caller.reader(), &request.0, app.engine.moment(When::Now)?)?;
    Ok((Extension(answer.context.moment()), Json(answer)))
}

/// `POST /access/v1/evaluations`
pub(crate) async fn evaluations(
    State(app): State<App>,
    caller: Caller,
    request: routes::JsonBody<EvaluationsRequest>,
) -> Result<axum::response::Response, Problem> {
    let EvaluationsRequest { defaults, evaluations, options } = request.0;
    if evaluations.is_empty() {
        let now = app.engine.moment(When::Now)?;
        let answer = ask_at(&app.engine, caller.reader(), &defaults, now)?;
        return Ok((Extension(answer.context.moment()), Json(answer)).into_response());
    }
    if evaluations.len() > EVALUATIONS_MAX {
        let asked = evaluations.len();
        return Err(Problem::invalid_request(format!("`evaluations`: {asked} questions; at most {EVALUATIONS_MAX}")));
    }
    // One moment for all that name none: the answers belong together.
    let now = app.engine.moment(When::Now)?;
    let mut answers = Vec::with_capacity(evaluations.len());
    for request in evaluations {
        let request = EvaluationRequest {
            subject: request.subject.or_else(|| defaults.subject.clone()),
            action: request.action.or_else(|| defaults.action.clone()),
            resource: request.resource.or_else(|| defaults.resource.clone()),
            context: request.context.or_else(|| defaults.context.clone()),
        };
        let answer = ask_at(&app.engine, caller.reader(), &request, now);
        let answer = answer.unwrap_or_else(|problem| Answer::not_given(&problem, now));
        let decision = answer.decision;
        answers.push(answer);
        match options.evaluations_semantic {
            Semantic::DenyOnFirstDeny if !decision => break,
            Semantic::PermitOnFirstPermit if decision => break,
            _ => {}
        }
    }
    let position = Extension(ReadAt(now));
    Ok((position, Json(EvaluationsAnswer { evaluations: answers })).into_response())
}

/// Puts a question to the engine as whoever runs it, who may ask about anybody. What is unknown is a denial.
///
/// # Errors
/// Where the question lacks a part or its moment lies ahead.
pub fn ask(engine: &Engine, request: &EvaluationRequest) -> Result<Answer, Problem> {
    ask_at(engine, Reader::Overseer, request, engine.moment(When::Now)?)
}

fn ask_at(engine: &Engine, reader: Reader, request: &EvaluationRequest, now: Moment) -> Result<Answer, Problem> {
    let lacks = |part: &str| Problem::invalid_request(format!("`{part}` is missing"));
    let subject = request.subject.as_ref().ok_or_else(|| lacks("subject"))?;
    let action = request.action.as_ref().ok_or_else(|| lacks("action"))?;
    let resource = request.resource.as_ref().ok_or_else(|| lacks("resource"))?;
    let context = request.context.clone().unwrap_or_default();
    let at = match (&context.time, context.position) {
        (None, None) => now,
        (None, Some(position)) => engine.moment(When::Position(Position(position)))?,
        (Some(time), None) => match parse_when(time) {
            Ok(When::At(at)) => engine.moment(When::At(at))?,
            _ => return Err(Problem::invalid_request("`context.time` is not a time like 2020-06-19T08:00:00Z")),
        },
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_request("`context` takes either `time` or `position`, not both"));
        }
    };
    let question = match question(subject, &action.name, resource) {
        Ok(question) => question,
        Err(not_asked) => return Ok(Answer::unknown(&not_asked, at, context.explain)),
    };
    let disclosure = engine.read(|state| visibility::may_ask(reader, &question, at, now, state)).ok_or_else(|| {
        let detail = "ask about yourself, or about your own tenant's resources as its Global administrator";
        Problem::new("notAllowed", detail).by_rule(Rule::Vis3)
    })?;
    let told = match disclosure {
        Disclosure::Freely => Audience::Everything,
        Disclosure::AsSubject => Audience::PeopleOf(question.subject.tenant()),
    };
    Ok(engine.read(|state| {
        let decision = access::decide(&question, at, state);
        // Whoever may not know that it exists is not told which rule hides it (VIS-3).
        let hidden =
            matches!(&decision, Decision::Denied(denial) if !denial.known && disclosure == Disclosure::AsSubject);
        // Nor why something was so that it has lost since: the past goes with the right to it (DAP-6).
        let hidden =
            hidden || (disclosure == Disclosure::AsSubject && !visibility::knows_still_of(&question, at, now, state));
        let explained = || if hidden { Vec::new() } else { reasons(state, &decision, told) };
        let reasons = context.explain.then(explained);
        let decision = matches!(decision, Decision::Allowed(_));
        Answer { decision, context: Explained { reasons, ..Explained::at(at) } }
    }))
}

fn question(subject: &Who, action: &str, resource: &What) -> Result<Question, NotAsked> {
    let properties = resource.properties.clone().unwrap_or_default();
    let partner = properties.partner.map(|id| id.parse().map_err(|_| NotAsked::id(&id, "partner"))).transpose()?;
    let source = properties.source.map(|name| name.parse().map_err(NotAsked::Source)).transpose()?;
    let named = Named { partner, origin: source.map(DeviceOrigin::Customer) };
    let subject = Subject::parse(&subject.subject_type, &subject.id)?;
    Ok(Question { subject, resource: Resource::parse(&resource.resource_type, &resource.id, action, named)? })
}

impl Answer {
    fn unknown(not_asked: &NotAsked, at: Moment, explain: bool) -> Self {
        let unknown = explain.then(|| not_asked.to_string());
        Self { decision: false, context: Explained { unknown, ..Explained::at(at) } }
    }

    fn not_given(problem: &Problem, at: Moment) -> Self {
        let error = NotAnswered { status: problem.status(), message: problem.detail().to_owned() };
        Self { decision: false, context: Explained { error: Some(error), ..Explained::at(at) } }
    }
}

impl Explained {
    fn moment(&self) -> ReadAt {
        ReadAt(Moment { position: self.position, at: self.time })
    }

    fn at(at: Moment) -> Self {
        Self { position: at.position, time: at.at, rules: RULES_VERSION, reasons: None, unknown: None, error: None }
    }
}
