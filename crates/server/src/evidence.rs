//! Checkpoints and proofs over HTTP, for operators and auditors (VIS-4): `docs/checkpoints.md` says what to do with them.

use crate::{
    caller::Overseer,
    problem::Problem,
    queries::{Parameters, id},
    routes::{App, InPath, Position},
};
use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_domain::temporal;
use procura_engine::evidence::{EventProof, SignedCheckpoint};
use serde::Deserialize;
use serde_json::json;

/// `GET /v1/log/checkpoint`: the signed note of everything there is.
pub(crate) async fn checkpoint(State(app): State<App>, _: Overseer) -> Result<Response, Problem> {
    let SignedCheckpoint { checkpoint, note } = app.engine.checkpoint(&app.key).await?;
    Ok((Extension(Position(temporal::Position(checkpoint.position))), note).into_response())
}

/// `GET /v1/events/{position}/proof`
pub(crate) async fn event_proof(
    State(app): State<App>,
    _: Overseer,
    InPath(position): InPath<String>,
) -> Result<Json<EventProof>, Problem> {
    Ok(Json(app.engine.event_proof(id(&position)?, &app.key).await?))
}

/// Between which sizes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sizes {
    from: u64,
    to: Option<u64>,
}

/// `GET /v1/log/consistency-proof`
pub(crate) async fn growth_proof(
    State(app): State<App>,
    _: Overseer,
    Parameters(Sizes { from, to }, _): Parameters<Sizes>,
) -> Result<Response, Problem> {
    let (proof, roots) = app.engine.growth_proof(from, to).await?;
    let [old_root, root] = roots.map(|root| BASE64_STANDARD.encode(root));
    Ok(Json(json!({"proof": proof, "oldRoot": old_root, "root": root})).into_response())
}
