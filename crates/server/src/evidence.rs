//! Checkpoints and proofs, for operators and auditors (VIS-4): `docs/checkpoints.md` says what to do with them.

use crate::{
    answer::ReadAtPosition,
    extract::{InPath, Overseer, Parameters},
    problem::Problem,
    service::Service,
};
use axum::{
    Extension, Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use procura_app::evidence::{self, Growth, GrowthRequest};
use procura_domain::temporal::Position;
use procura_engine::evidence::{EventProof, SignedCheckpoint};

/// `GET /v1/log/checkpoint`: the signed note of everything there is.
pub(crate) async fn checkpoint(State(service): State<Service>, _: Overseer) -> Result<Response, Problem> {
    let SignedCheckpoint { checkpoint, note } = evidence::checkpoint(&service.engine, &service.key).await?;
    Ok((Extension(ReadAtPosition(Position(checkpoint.position))), note).into_response())
}

/// `GET /v1/events/{position}/proof`
pub(crate) async fn event_proof(
    State(service): State<Service>,
    _: Overseer,
    InPath(position): InPath<Position>,
) -> Result<Json<EventProof>, Problem> {
    Ok(Json(evidence::event_proof(&service.engine, &service.key, position).await?))
}

/// `GET /v1/log/tile/{*tile}`: a full tile is the same forever.
pub(crate) async fn tile(
    State(service): State<Service>,
    _: Overseer,
    InPath(path): InPath<String>,
) -> Result<Response, Problem> {
    let (hashes, grows) = evidence::tile(&service.engine, &path).await?;
    let keep = if grows { "no-store" } else { "private, max-age=31536000, immutable" };
    let headers = [(header::CACHE_CONTROL, keep), (header::CONTENT_TYPE, "application/octet-stream")];
    Ok((headers, hashes).into_response())
}

/// `GET /v1/log/consistency-proof`
pub(crate) async fn growth_proof(
    State(service): State<Service>,
    _: Overseer,
    Parameters(request, _): Parameters<GrowthRequest>,
) -> Result<Json<Growth>, Problem> {
    Ok(Json(evidence::growth_proof(&service.engine, request).await?))
}
