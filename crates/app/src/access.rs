//! Access questions, as the OpenID AuthZEN Authorization API 1.0 asks them.

use crate::{AsOf, Error, error::Code};
use procura_domain::{
    access::{Named, NotAsked, Question, Resource, Subject},
    command::named_fields_or_none,
    rule::{RULES_VERSION, Rule},
    temporal::{Moment, Position, Timestamp},
    visibility::{Reader, may_ask},
    vocabulary::DeviceOrigin,
};
use procura_engine::{Engine, When};
use procura_views::{Explanation, explain};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How many questions one request may ask.
pub const EVALUATIONS_MAX: usize = 500;

/// How many are answered before others have their turn.
const EVALUATIONS_AT_ONCE: usize = 16;

/// A question as it is written. Fields that are unknown are passed over, as AuthZEN demands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EvaluationRequest {
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectEntity>,
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceEntity>,
    /// When, and whether with reasons.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub context: Option<RequestContext>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubjectEntity {
    #[serde(rename = "type")]
    pub subject_type: String,
    pub id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResourceEntity {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub id: String,
    /// What the question says about it besides.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub properties: Option<ResourceProperties>,
}

/// What a question says about a resource beside its id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ResourceProperties {
    /// The partner it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// For `device.add`: the channel through which the customer adds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    pub name: String,
}

/// When a question is about, and whether reasons are wanted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RequestContext {
    /// A time, not later than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Whether reasons are wanted.
    #[serde(default)]
    pub explain: bool,
}

/// An answer as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationResponse {
    /// Yes or no.
    pub decision: bool,
    /// What it rests on.
    pub context: ResponseContext,
}

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseContext {
    /// The position it was given at.
    pub position: Position,
    /// The instant it was given for.
    pub time: Timestamp,
    /// The version of the rules.
    pub rules: Cow<'static, str>,
    /// Why, if that was asked.
    #[serde(flatten)]
    pub why: Option<Explanation>,
    /// What in the question is unknown here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Why the question was not answered: in a batch only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NotAnswered>,
}

/// Why one question of a batch was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAnswered {
    pub status: u16,
    pub message: String,
}

/// Several questions, with defaults for what they leave out.
#[derive(Debug, Deserialize)]
pub struct EvaluationsRequest {
    #[serde(flatten)]
    defaults: EvaluationRequest,
    #[serde(default)]
    evaluations: Vec<EvaluationRequest>,
    #[serde(default)]
    options: Options,
}

impl EvaluationsRequest {
    /// How many questions it asks.
    pub fn questions(&self) -> usize {
        self.evaluations.len().max(1)
    }
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

/// The answers to several questions; to one that was asked without `evaluations`, that one alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EvaluationsResponse {
    Several { evaluations: Vec<EvaluationResponse> },
    One(EvaluationResponse),
}

/// Answers one question. What is unknown is a denial.
///
/// # Errors
/// If the question lacks a part, its moment lies ahead, or the reader may not ask it.
pub fn evaluate(
    engine: &Engine,
    reader: Reader,
    request: &EvaluationRequest,
) -> Result<AsOf<EvaluationResponse>, Error> {
    let answer = evaluate_at(engine, reader, request, engine.moment(When::Now)?)?;
    Ok(AsOf { at: answer.context.moment(), answer })
}

/// Answers several questions; one that cannot be answered says so in its place.
///
/// # Errors
/// If there are more than [`EVALUATIONS_MAX`].
pub async fn evaluate_several(
    engine: &Engine,
    reader: Reader,
    request: EvaluationsRequest,
) -> Result<AsOf<EvaluationsResponse>, Error> {
    let EvaluationsRequest { defaults, evaluations: requests, options } = request;
    // One moment for all that name none: the answers belong together.
    let now = engine.moment(When::Now)?;
    if requests.is_empty() {
        let response = evaluate_at(engine, reader, &defaults, now)?;
        return Ok(AsOf { at: response.context.moment(), answer: EvaluationsResponse::One(response) });
    }
    if requests.len() > EVALUATIONS_MAX {
        let asked = requests.len();
        return Err(Error::invalid_request(format!("`evaluations`: {asked} questions; at most {EVALUATIONS_MAX}")));
    }
    let mut evaluations = Vec::with_capacity(requests.len());
    for (asked, request) in requests.into_iter().enumerate() {
        // Others who wait for this thread go first.
        if asked % EVALUATIONS_AT_ONCE == EVALUATIONS_AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
        let request = EvaluationRequest {
            subject: request.subject.or_else(|| defaults.subject.clone()),
            action: request.action.or_else(|| defaults.action.clone()),
            resource: request.resource.or_else(|| defaults.resource.clone()),
            context: request.context.or_else(|| defaults.context.clone()),
        };
        let response = evaluate_at(engine, reader, &request, now);
        let response = response.unwrap_or_else(|error| EvaluationResponse::not_given(&error, now));
        let decision = response.decision;
        evaluations.push(response);
        match options.evaluations_semantic {
            Semantic::DenyOnFirstDeny if !decision => break,
            Semantic::PermitOnFirstPermit if decision => break,
            _ => {}
        }
    }
    Ok(AsOf { at: now, answer: EvaluationsResponse::Several { evaluations } })
}

fn evaluate_at(
    engine: &Engine,
    reader: Reader,
    request: &EvaluationRequest,
    now: Moment,
) -> Result<EvaluationResponse, Error> {
    let lacks = |part: &str| Error::invalid_request(format!("`{part}` is missing"));
    let subject = request.subject.as_ref().ok_or_else(|| lacks("subject"))?;
    let action = request.action.as_ref().ok_or_else(|| lacks("action"))?;
    let resource = request.resource.as_ref().ok_or_else(|| lacks("resource"))?;
    let context = request.context.clone().unwrap_or_default();
    let at = match (&context.time, context.position) {
        (None, None) => now,
        (None, Some(position)) => engine.moment(When::Position(Position(position)))?,
        (Some(time), None) => match time.parse() {
            Ok(When::At(at)) => engine.moment(When::At(at))?,
            _ => return Err(Error::invalid_request("`context.time` is not a time like 2020-06-19T08:00:00Z")),
        },
        (Some(_), Some(_)) => {
            return Err(Error::invalid_request("`context` takes either `time` or `position`, not both"));
        }
    };
    let question = match question(subject, &action.name, resource) {
        Ok(question) => question,
        Err(not_asked) => return Ok(EvaluationResponse::unknown(&not_asked, at, context.explain)),
    };
    let disclosure = engine.read(|state| may_ask(reader, &question, at, now, state)).ok_or_else(|| {
        let detail = "ask about yourself, or about your own tenant's resources as its Global administrator";
        Error::new(Code::NotAllowed, detail).by_rule(Rule::Vis3)
    })?;
    Ok(engine.read(|state| {
        let decision = disclosure.decide(&question, at, state);
        let told = disclosure.audience(&question, &decision, at, now, state);
        let explained = || told.map(|told| explain(state, &decision, at, told)).unwrap_or_default();
        let why = context.explain.then(explained);
        EvaluationResponse {
            decision: decision.is_allowed(),
            context: ResponseContext { why, ..ResponseContext::at(at) },
        }
    }))
}

fn question(subject: &SubjectEntity, action: &str, resource: &ResourceEntity) -> Result<Question, NotAsked> {
    let properties = resource.properties.clone().unwrap_or_default();
    let partner = properties.partner.map(|id| id.parse().map_err(|_| NotAsked::id(&id, "partner"))).transpose()?;
    let source = properties.source.map(|name| name.parse().map_err(NotAsked::Source)).transpose()?;
    let named = Named { partner, origin: source.map(DeviceOrigin::Customer) };
    let subject = Subject::parse(&subject.subject_type, &subject.id)?;
    Ok(Question { subject, resource: Resource::parse(&resource.resource_type, &resource.id, action, named)? })
}

impl EvaluationResponse {
    fn unknown(not_asked: &NotAsked, at: Moment, explain: bool) -> Self {
        let unknown = explain.then(|| not_asked.to_string());
        Self { decision: false, context: ResponseContext { unknown, ..ResponseContext::at(at) } }
    }

    fn not_given(error: &Error, at: Moment) -> Self {
        let not_answered = NotAnswered { status: error.status(), message: error.detail().to_owned() };
        Self { decision: false, context: ResponseContext { error: Some(not_answered), ..ResponseContext::at(at) } }
    }
}

impl ResponseContext {
    fn moment(&self) -> Moment {
        Moment { position: self.position, at: self.time }
    }

    fn at(at: Moment) -> Self {
        Self { position: at.position, time: at.at, rules: RULES_VERSION.into(), why: None, unknown: None, error: None }
    }
}
