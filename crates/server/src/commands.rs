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
    AsOf, Error,
    commands::{Outcome, submit, what_if},
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
    let key = headers.get("idempotency-key").map(|key| {
        let key: Option<IdempotencyKey> = key.to_str().ok().and_then(|key| key.parse().ok());
        key.ok_or_else(|| Error::invalid_request("`Idempotency-Key` is not 1 to 64 printable ASCII characters"))
    });
    let if_match = headers.get(header::IF_MATCH).map(|expected| {
        let expected = expected.to_str().ok().map(|text| text.trim_matches('"')).and_then(|text| text.parse().ok());
        expected.map(Position).ok_or_else(|| Error::invalid_request("`If-Match` is not a position like 17"))
    });
    let (key, if_match) = (key.transpose()?, if_match.transpose()?);
    let by = DecidedFor::new(Caller::of(&extensions)?, &extensions);
    let issued = issue(&service, &by, IssuedCommand { name: &name, fields: &body, key, if_match }, dry_run).await?;
    Ok((if dry_run { StatusCode::OK } else { StatusCode::CREATED }, json(issued)))
}

/// A command as somebody sends it.
#[derive(Debug, Clone)]
pub struct IssuedCommand<'a> {
    /// Its name, like `RevokeDap`.
    pub name: &'a str,
    /// Its fields as JSON.
    pub fields: &'a [u8],
    /// The sender's name for it, so that a repeat gives the first answer.
    pub key: Option<IdempotencyKey>,
    /// The newest position that the sender has seen: a newer one about the same refuses it.
    pub if_match: Option<Position>,
}

/// Has the command recorded, as its sender, or tells what it would do.
pub(crate) async fn issue(
    service: &Service,
    by: &DecidedFor<'_>,
    IssuedCommand { name, fields, key, if_match }: IssuedCommand<'_>,
    dry_run: bool,
) -> Result<AsOf<Outcome>, Error> {
    let (engine, caller) = (&service.engine, by.caller);
    let noted = |error: Error| {
        service.decisions.refused(by, name, dry_run, &error, engine.position());
        error
    };
    let (author, role) = caller.author_of(name).map_err(noted)?;
    let command = codec::read_command(name, fields)?.with_role(role);
    let submission = Submission { command, by: author, key, at: None, if_match };
    if dry_run {
        service.quotas.spend(caller, Cost::COSTLY)?;
        what_if(engine, caller.reader(), submission).await.map_err(noted)
    } else {
        submit(engine, caller.reader(), submission).await.map_err(noted)
    }
}
