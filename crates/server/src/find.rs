//! Things by what people call them, and what people call things.

use crate::{
    answer::json,
    extract::{Parameters, ReadBy},
    problem::Problem,
    service::Service,
};
use axum::{extract::State, response::Response};
use procura_app::{
    find::{FindRequest, find},
    labels::{self, LabelsRequest},
};

/// `GET /v1/find`
pub(crate) async fn found(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, _): Parameters<FindRequest>,
) -> Result<Response, Problem> {
    Ok(json(find(&engine, reader, request).await?))
}

/// `GET /v1/labels`
pub(crate) async fn labels(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, _): Parameters<LabelsRequest>,
) -> Result<Response, Problem> {
    Ok(json(labels::labels(&engine, reader, &request).await?))
}
