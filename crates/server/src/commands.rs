//! `POST /v1/commands/{Name}`: the body is the fields of the command.

use crate::{
    caller::Caller,
    problem::Problem,
    queries::Parameters,
    routes::{App, InPath, JsonBytes, ReadAt},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use procura_domain::{
    temporal::{Moment, Position},
    visibility::Reader,
};
use procura_engine::{Authentication, Engine, IdempotencyKey, Outcome, Recorded, Submission, codec, line::Line};
use serde::Deserialize;

/// The largest body of a command: the longest message, every character of it written as `\u` escapes.
pub(crate) const COMMAND_BYTES_MAX: usize = 128 * 1024;

/// How a command is issued. What is unknown here could change its meaning, so it is refused.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct CommandQuery {
    /// Whether it is only asked what it would do.
    dry_run: bool,
}

/// Has the command recorded, as the caller, or tells what it would do.
pub(crate) async fn command(
    State(app): State<App>,
    caller: Caller,
    InPath(name): InPath<String>,
    Parameters(CommandQuery { dry_run }, _): Parameters<CommandQuery>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<impl IntoResponse, Problem> {
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
    let reader = caller.reader();
    let (status, outcome) = if dry_run {
        (StatusCode::OK, app.engine.what_if(submission, reader).await?)
    } else {
        (StatusCode::CREATED, app.engine.outcome(app.engine.submit(submission).await?, reader).await?)
    };
    let Recorded { positions, recorded_at, .. } = &outcome.recorded;
    // What is only asked about has no position: it was decided behind the one before.
    let position = match (dry_run, positions.as_slice()) {
        (true, [first, ..]) => Position(first.0.saturating_sub(1)),
        (false, [.., last]) => *last,
        (_, []) => app.engine.position(),
    };
    let read_at = ReadAt(Moment { position, at: *recorded_at });
    Ok((status, Extension(read_at), Json(outcome)))
}

/// What the command of a line would do, told to whoever runs the engine, who may know everything. Nothing is recorded.
///
/// # Errors
/// The problem that the command would be answered with.
pub async fn what_if(engine: &Engine, line: &Line) -> Result<Outcome, Problem> {
    Ok(engine.what_if(line.submission()?, Reader::Overseer).await?)
}
