//! `POST /v1/commands/{Name}`: the body is the fields of the command.

use crate::{
    caller::Caller,
    problem::Problem,
    routes::{App, InPath, JsonBytes, Position as ReadAt},
};
use axum::{
    Extension, Json,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use procura_domain::temporal::Position;
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
    let actor = caller.actor()?;
    let key = headers.get("idempotency-key").map(|key| {
        let key: Option<IdempotencyKey> = key.to_str().ok().and_then(|key| key.parse().ok());
        key.ok_or_else(|| Problem::invalid_request("`Idempotency-Key` is not 1 to 64 printable ASCII characters"))
    });
    let key = key.transpose()?;
    let if_match = headers.get(header::IF_MATCH).map(|expected| {
        let expected = expected.to_str().ok().map(|text| text.trim_matches('"')).and_then(|text| text.parse().ok());
        expected.map(Position).ok_or_else(|| Problem::invalid_request("`If-Match` is not a position like 17"))
    });
    let if_match = if_match.transpose()?;
    let command = codec::read_command(&name, &body)?;
    let authentication = Authentication::Token;
    let submission = Submission { command, actor, authentication, key, at: None, if_match };
    let recorded: Recorded = app.engine.submit(submission).await?;
    let position = recorded.positions.last().copied().unwrap_or(app.engine.position());
    Ok((StatusCode::CREATED, Extension(ReadAt(position)), Json(recorded)))
}
