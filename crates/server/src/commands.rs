//! `POST /v1/commands/{Name}`: the body is the fields of the command.

use crate::{
    caller::Caller,
    problem::Problem,
    routes::{App, InPath, JsonBytes, Position},
};
use axum::{
    Extension, Json,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use procura_engine::{Authentication, IdempotencyKey, Recorded, Submission, codec};

/// The largest body of a command: the longest message, every character of it written as `\u` escapes.
pub(crate) const COMMAND_BYTES_MAX: usize = 128 * 1024;

/// Has the command recorded, as the caller.
pub(crate) async fn command(
    State(app): State<App>,
    caller: Caller,
    InPath(name): InPath<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<impl IntoResponse, Problem> {
    // What would change a command's meaning is refused rather than passed over.
    if query.is_some_and(|query| !query.is_empty()) {
        return Err(Problem::invalid_request("a command takes no query parameters"));
    }
    if headers.contains_key(header::IF_MATCH) {
        return Err(Problem::invalid_request("`If-Match` is not taken"));
    }
    let actor = caller.actor()?;
    let key = headers.get("idempotency-key").map(|key| {
        let key: Option<IdempotencyKey> = key.to_str().ok().and_then(|key| key.parse().ok());
        key.ok_or_else(|| Problem::invalid_request("`Idempotency-Key` is not 1 to 64 printable ASCII characters"))
    });
    let key = key.transpose()?;
    let command = codec::read_command(&name, &body)?;
    let submission = Submission { command, actor, authentication: Authentication::Token, key, at: None };
    let recorded: Recorded = app.engine.submit(submission).await?;
    let position = recorded.positions.last().copied().unwrap_or(app.engine.position());
    Ok((StatusCode::CREATED, Extension(Position(position)), Json(recorded)))
}
