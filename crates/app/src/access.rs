//! Access questions, as the OpenID AuthZEN Authorization API 1.0 asks them.

mod context;
mod page_tokens;
mod question;
mod search;

pub use context::{NotAnswered, ResponseContext};
pub use page_tokens::PageTokens;
pub use question::{
    Action, EvaluationRequest, RequestContext, ResourceEntity, ResourceProperties, SubjectEntity, UnusedProperties,
};
pub use search::{
    ActionSearch, FoundAction, FoundEntity, FoundPage, ResourceSearch, SearchPage, SearchResponse, SoughtResource,
    SoughtSubject, SubjectSearch, search_actions, search_resources, search_subjects,
};

use crate::{AsOf, Error};
use context::may_not_ask;
use procura_domain::{
    access::NotAsked,
    command::{named_fields, named_fields_of_each, named_fields_or_none},
    named,
    personal::People,
    temporal::Moment,
    visibility::{Reader, knows_user, may_ask},
};
use procura_engine::{Engine, When};
use procura_views::{Mentions, explain};
use procura_words::Words;
use question::{moment, question};
use serde::{Deserialize, Serialize};

/// How many questions one request may ask.
pub const EVALUATIONS_MAX: usize = 500;

/// How many are answered before others have their turn.
const EVALUATIONS_AT_ONCE: usize = 16;

/// An answer as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationResponse {
    /// Yes or no.
    pub decision: bool,
    /// What it rests on.
    pub context: ResponseContext,
}

/// Several questions, with defaults for what they leave out.
#[derive(Debug, Default, Deserialize)]
pub struct EvaluationsRequest {
    /// Who, where a question does not say so itself.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub subject: Option<SubjectEntity>,
    /// What, where a question does not say so itself.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub action: Option<Action>,
    /// To what, where a question does not say so itself.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub resource: Option<ResourceEntity>,
    /// When and how, where a question does not say so itself.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub context: Option<RequestContext>,
    /// The questions; without any, the rest is one.
    #[serde(default, deserialize_with = "named_fields_of_each")]
    pub evaluations: Vec<EvaluationRequest>,
    /// How the questions are gone through.
    #[serde(default, deserialize_with = "named_fields")]
    pub options: EvaluationsOptions,
}

impl EvaluationsRequest {
    /// How many questions it asks.
    pub fn questions(&self) -> usize {
        self.evaluations.len().max(1)
    }
}

/// How a batch is gone through.
#[derive(Debug, Default, Deserialize)]
pub struct EvaluationsOptions {
    /// When to stop.
    #[serde(default)]
    pub evaluations_semantic: EvaluationsSemantic,
}

named! {
    /// When to stop going through a batch.
    #[derive(Default)]
    EvaluationsSemantic {
        /// At the end.
        #[default]
        ExecuteAll "execute_all",
        /// After the first *no*, or the first question that cannot be answered.
        DenyOnFirstDeny "deny_on_first_deny",
        /// After the first *yes*.
        PermitOnFirstPermit "permit_on_first_permit",
    }
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
pub async fn evaluate(
    engine: &Engine,
    reader: Reader,
    request: &EvaluationRequest,
) -> Result<AsOf<EvaluationResponse>, Error> {
    let answer = evaluate_at(engine, reader, request, engine.moment(When::Now)?).await?;
    Ok(AsOf { at: answer.context.moment(), answer })
}

/// Answers several questions; one that cannot be answered says so in its place. Each is told with its answer.
///
/// # Errors
/// If there are more than [`EVALUATIONS_MAX`].
pub async fn evaluate_several(
    engine: &Engine,
    reader: Reader,
    request: EvaluationsRequest,
    mut told: impl FnMut(&EvaluationRequest, &EvaluationResponse),
) -> Result<AsOf<EvaluationsResponse>, Error> {
    let EvaluationsRequest { subject, action, resource, context, evaluations: requests, options } = request;
    let defaults = EvaluationRequest { subject, action, resource, context };
    // One moment for all that name none: the answers belong together.
    let now = engine.moment(When::Now)?;
    if requests.is_empty() {
        let response = evaluate_at(engine, reader, &defaults, now).await?;
        told(&defaults, &response);
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
        let request = request.with_defaults(&defaults);
        let response = evaluate_at(engine, reader, &request, now).await;
        let response = response.unwrap_or_else(|error| EvaluationResponse::not_given(&error, now));
        told(&request, &response);
        let decision = response.decision;
        evaluations.push(response);
        match options.evaluations_semantic {
            EvaluationsSemantic::DenyOnFirstDeny if !decision => break,
            EvaluationsSemantic::PermitOnFirstPermit if decision => break,
            _ => {}
        }
    }
    Ok(AsOf { at: now, answer: EvaluationsResponse::Several { evaluations } })
}

async fn evaluate_at(
    engine: &Engine,
    reader: Reader,
    request: &EvaluationRequest,
    now: Moment,
) -> Result<EvaluationResponse, Error> {
    let question = question(request)?;
    let explained = request.context.as_ref().is_some_and(|context| context.explain);
    let words = Words::of(request.context.as_ref().map(|context| context.locale).unwrap_or_default());
    let at = moment(engine, request.context.as_ref(), now)?;
    let question = match question {
        Ok(question) => question,
        Err(not_asked) => return Ok(EvaluationResponse::unknown(&not_asked, at, explained)),
    };
    let disclosure = engine.read(|state| may_ask(reader, &question, at, now, state)).ok_or_else(may_not_ask)?;
    let (decision, why, subject) = engine.read(|state| {
        let decision = disclosure.decide(&question, at, state);
        let told = disclosure.audience(&question, &decision, at, now, state);
        let explain = || told.map(|told| explain(state, &decision, at, told, words)).unwrap_or_default();
        let why = explained.then(explain);
        let known = explained.then(|| question.subject.user()).flatten();
        (decision.is_allowed(), why, known.filter(|user| knows_user(reader, *user, now, state)))
    });
    let people = match &why {
        Some(why) => engine.people(why.mentioned().into_iter().chain(subject)).await?,
        None => People::default(),
    };
    Ok(EvaluationResponse { decision, context: ResponseContext { why, people, ..ResponseContext::at(at) } })
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
