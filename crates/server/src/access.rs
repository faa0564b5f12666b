//! Access questions, as AuthZEN has them asked.

use crate::{answer::json, caller::Caller, extract::JsonBody, problem::Problem, quotas::Cost, service::Service};
use axum::{extract::State, response::Response};
use procura_app::access::{EVALUATIONS_MAX, EvaluationRequest, EvaluationsRequest, evaluate, evaluate_several};

/// `POST /access/v1/evaluation`
pub(crate) async fn evaluation(
    State(service): State<Service>,
    caller: Caller,
    JsonBody(request): JsonBody<EvaluationRequest>,
) -> Result<Response, Problem> {
    Ok(json(evaluate(&service.engine, caller.reader(), &request)?))
}

/// `POST /access/v1/evaluations`
pub(crate) async fn evaluations(
    State(service): State<Service>,
    caller: Caller,
    JsonBody(request): JsonBody<EvaluationsRequest>,
) -> Result<Response, Problem> {
    if let Some(further) = Cost::further(request.questions().min(EVALUATIONS_MAX)) {
        service.quotas.spend(&caller, further)?;
    }
    Ok(json(evaluate_several(&service.engine, caller.reader(), request).await?))
}
