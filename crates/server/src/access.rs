//! The OpenID AuthZEN Authorization API 1.0: access questions, searches, and where they are.

use crate::{
    answer::json,
    caller::Caller,
    decisions::DecidedFor,
    extract::{InPath, JsonBody, ReadBy},
    problem::Problem,
    quotas::Cost,
    service::Service,
};
use axum::{
    Json,
    extract::State,
    http::{Extensions, header},
    response::{IntoResponse, Response},
};
use procura_app::Error;
use procura_app::access::{
    ActionSearch, EVALUATIONS_MAX, EvaluationRequest, EvaluationsRequest, ResourceSearch, SubjectSearch, evaluate,
    evaluate_several, search_actions, search_resources, search_subjects,
};
use serde::Serialize;
use std::sync::Arc;

/// `POST /access/v1/evaluation`
pub(crate) async fn evaluation(
    State(service): State<Arc<Service>>,
    extensions: Extensions,
    JsonBody(request): JsonBody<EvaluationRequest>,
) -> Result<Response, Problem> {
    let caller = Caller::of(&extensions)?;
    let answered = evaluate(&service.engine, caller.reader(), &request).await?;
    service.decisions.answered(&DecidedFor::new(caller, &extensions), &request, &answered.answer);
    Ok(json(answered))
}

/// `POST /access/v1/evaluations`
pub(crate) async fn evaluations(
    State(service): State<Arc<Service>>,
    extensions: Extensions,
    JsonBody(request): JsonBody<EvaluationsRequest>,
) -> Result<Response, Problem> {
    let caller = Caller::of(&extensions)?;
    if let Some(further) = Cost::further(request.questions().min(EVALUATIONS_MAX)) {
        service.quotas.spend(caller, further)?;
    }
    let by = DecidedFor::new(caller, &extensions);
    let told = |question: &_, response: &_| service.decisions.answered(&by, question, response);
    Ok(json(evaluate_several(&service.engine, caller.reader(), request, told).await?))
}

/// `POST /access/v1/search/subject`
pub(crate) async fn subject_search(
    State(Service { engine, page_tokens, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    JsonBody(request): JsonBody<SubjectSearch>,
) -> Result<Response, Problem> {
    Ok(json(search_subjects(&engine, &page_tokens, reader, request).await?))
}

/// `POST /access/v1/search/resource`
pub(crate) async fn resource_search(
    State(Service { engine, page_tokens, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    JsonBody(request): JsonBody<ResourceSearch>,
) -> Result<Response, Problem> {
    Ok(json(search_resources(&engine, &page_tokens, reader, request).await?))
}

/// `POST /access/v1/search/action`
pub(crate) async fn action_search(
    State(Service { engine, page_tokens, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    JsonBody(request): JsonBody<ActionSearch>,
) -> Result<Response, Problem> {
    Ok(json(search_actions(&engine, &page_tokens, reader, &request)?))
}

/// Where the API is, as a policy enforcement point finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PdpMetadata {
    /// The policy decision point: the public URL of this service.
    pub(crate) policy_decision_point: String,
    pub(crate) access_evaluation_endpoint: String,
    pub(crate) access_evaluations_endpoint: String,
    pub(crate) search_subject_endpoint: String,
    pub(crate) search_resource_endpoint: String,
    pub(crate) search_action_endpoint: String,
}

impl PdpMetadata {
    /// At that URL, as it was configured: what a request says of its host is not asked.
    fn at(public_url: &str) -> Self {
        let base = public_url.trim_end_matches('/');
        let endpoint = |path: &str| format!("{base}/access/v1/{path}");
        Self {
            policy_decision_point: base.to_owned(),
            access_evaluation_endpoint: endpoint("evaluation"),
            access_evaluations_endpoint: endpoint("evaluations"),
            search_subject_endpoint: endpoint("search/subject"),
            search_resource_endpoint: endpoint("search/resource"),
            search_action_endpoint: endpoint("search/action"),
        }
    }
}

/// `GET /.well-known/authzen-configuration`, by anybody.
pub(crate) async fn metadata(State(Service { engine, .. }): State<Service>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(PdpMetadata::at(engine.public_url())))
}

/// `GET /.well-known/authzen-configuration/PATH`, by anybody: where the metadata are if the public URL has that path.
pub(crate) async fn metadata_under_path(State(service): State<Service>, InPath(path): InPath<String>) -> Response {
    let url = service.engine.public_url();
    let own = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    match own {
        Some(own) if own.trim_end_matches('/') == path => metadata(State(service)).await.into_response(),
        _ => Problem::from(Error::not_found()).into_response(),
    }
}
