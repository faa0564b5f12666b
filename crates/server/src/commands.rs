//! `POST /v1/commands/{Name}`: the body is the fields of the command.

use crate::{
    answer::json,
    caller::Caller,
    decisions::DecidedFor,
    extract::{InPath, JsonBytes, Parameters},
    problem::Problem,
    quotas::Cost,
    service::Service,
};
use axum::{
    extract::State,
    http::{Extensions, HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use procura_app::{
    Error,
    commands::{submit, what_if},
};
use procura_domain::temporal::Position;
use procura_engine::{IdempotencyKey, Submission, codec};
use serde::Deserialize;
use std::sync::Arc;

/// How a command is issued. An unknown parameter could change its meaning, so it is refused.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct CommandQuery {
    /// Only asks what the command would do.
    dry_run: bool,
}

/// Has the command recorded, as the caller, or tells what it would do.
pub(crate) async fn command(
    State(service): State<Arc<Service>>,
    InPath(name): InPath<String>,
    Parameters(CommandQuery { dry_run }, _): Parameters<CommandQuery>,
    headers: HeaderMap,
    extensions: Extensions,
    JsonBytes(body): JsonBytes,
) -> Result<impl IntoResponse, Problem> {
    let caller = Caller::of(&extensions)?;
    let (engine, reader) = (&service.engine, caller.reader());
    let noted = |error: Error| {
        let by = DecidedFor::new(caller, &extensions);
        service.decisions.refused(&by, &name, dry_run, &error, engine.position());
        error
    };
    let (by, role) = caller.author_of(&name).map_err(noted)?;
    let key = headers.get("idempotency-key").map(|key| {
        let key: Option<IdempotencyKey> = key.to_str().ok().and_then(|key| key.parse().ok());
        key.ok_or_else(|| Error::invalid_request("`Idempotency-Key` is not 1 to 64 printable ASCII characters"))
    });
    let key = key.transpose()?;
    let if_match = headers.get(header::IF_MATCH).map(|expected| {
        let expected = expected.to_str().ok().map(|text| text.trim_matches('"')).and_then(|text| text.parse().ok());
        expected.map(Position).ok_or_else(|| Error::invalid_request("`If-Match` is not a position like 17"))
    });
    let if_match = if_match.transpose()?;
    let command = codec::read_command(&name, &body)?.with_role(role);
    let submission = Submission { command, by, key, at: None, if_match };
    Ok(if dry_run {
        service.quotas.spend(caller, Cost::COSTLY)?;
        (StatusCode::OK, json(what_if(engine, reader, submission).await.map_err(noted)?))
    } else {
        (StatusCode::CREATED, json(submit(engine, reader, submission).await.map_err(noted)?))
    })
}
