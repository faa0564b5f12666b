//! `GET /metrics`, for operators and auditors, and at an address that the metrics have to themselves.

use crate::{extract::Overseer, problem::Problem, service::Service};
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use procura_app::Error;
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// `GET /metrics`
pub(crate) async fn metrics(State(service): State<Service>, _: Overseer) -> Result<Response, Problem> {
    answer(&service)
}

/// The metrics alone, for everybody who gets to the address.
pub(crate) fn router(service: Service) -> Router {
    let unguarded = |State(service): State<Service>| async move { answer(&service) };
    Router::new()
        .route("/metrics", get(unguarded))
        .fallback(|| async { Problem::from(Error::not_found()) })
        .with_state(service)
}

fn answer(service: &Service) -> Result<Response, Problem> {
    let text = service.metrics.text(&service.engine, &service.deliveries, service.answers.bytes())?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
