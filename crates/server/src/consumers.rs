//! Consumers: each caller's own, by name.

use crate::{
    answer::{ReadAt, ReadAtPosition},
    caller::Caller,
    extract::{InPath, JsonBody, JsonBytes, Parameters},
    problem::Problem,
    service::Service,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use procura_app::{
    Error,
    commands::submit,
    consumers::{
        self, AckRequest, ConsumerRow, FetchRequest, Fetched, FetchedEvent, OwnedBy, ParkedRequest, SeekRequest,
    },
};
use procura_domain::{command::Command, text::FeedName};
use procura_engine::{Submission, codec};
use serde_json::{Map, Value, json};
use std::{fmt::Write, sync::Arc};

/// `GET /v1/consumers`: those that the caller may know of.
pub(crate) async fn all(State(service): State<Arc<Service>>, caller: Caller) -> Response {
    let rows = consumers::consumers(&service.engine, &service.deliveries, caller.reader()).await;
    Json(json!({ "items": rows })).into_response()
}

pub(crate) async fn single(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Json<ConsumerRow>, Problem> {
    Ok(Json(consumers::consumer(&service.engine, &service.deliveries, &of(&caller, &name)?).await?))
}

/// `PUT`: makes it, or changes it; 200 if it is so already, and nothing was recorded.
pub(crate) async fn set(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let Service { engine, deliveries, .. } = &*service;
    let command = with_name("SetConsumer", &name, &body)?;
    let of = of(&caller, &name)?;
    let before = consumers::consumer(engine, deliveries, &of).await.ok();
    let Command::SetConsumer(set) = &command else { return Err(Error::internal("another command").into()) };
    if let Some(row) = before.filter(|row| row.is_as(set)) {
        return Ok(Json(row).into_response());
    }
    let (by, role) = caller.author_of(command.name())?;
    let submission = Submission { command: command.with_role(role), by, key: None, at: None, if_match: None };
    let at = submit(engine, caller.reader(), submission).await?.at;
    let row = consumers::consumer(engine, deliveries, &of).await?;
    Ok((StatusCode::CREATED, Extension(ReadAt(at)), Json(row)).into_response())
}

pub(crate) async fn remove(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Response, Problem> {
    let command = with_name("DeleteConsumer", &name, b"{}")?;
    let (by, role) = caller.author_of(command.name())?;
    let submission = Submission { command: command.with_role(role), by, key: None, at: None, if_match: None };
    let of = of(&caller, &name)?;
    let at = submit(&service.engine, caller.reader(), submission).await?.at;
    consumers::forget(&service.deliveries, &of);
    Ok((StatusCode::NO_CONTENT, Extension(ReadAtPosition(at.position))).into_response())
}

/// `POST …/fetch`: events for the caller to work on, with the cursor to acknowledge each by.
pub(crate) async fn fetch(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    Parameters(request, _): Parameters<FetchRequest>,
) -> Result<Response, Problem> {
    let Service { engine, deliveries, .. } = &*service;
    let mut stopping = service.stopping.clone();
    let of = of(&caller, &name)?;
    let fetched = tokio::select! {
        fetched = consumers::fetch(engine, deliveries, &of, request) => fetched?,
        // Whoever waits is told at once that there is nothing.
        _ = stopping.wait_for(|stopping| *stopping) => Fetched::default(),
    };
    let Fetched { events, acknowledge_by, paused } = fetched;
    let mut body = format!("{{\"paused\":{paused},\"acknowledgeBy\":{},\"events\":[", json!(acknowledge_by));
    for (place, FetchedEvent { event, tries }) in events.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let (cursor, json) = (event.cursor(engine), event.json(engine)?);
        let _ = write!(body, "{comma}{{\"cursor\":\"{cursor}\",\"tries\":{tries},\"event\":{json}}}");
    }
    body.push_str("]}");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

pub(crate) async fn ack(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    JsonBody(request): JsonBody<AckRequest>,
) -> Result<Response, Problem> {
    let of = of(&caller, &name)?;
    Ok(Json(consumers::acknowledge(&service.engine, &service.deliveries, &of, request).await?).into_response())
}

pub(crate) async fn seek(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    JsonBody(request): JsonBody<SeekRequest>,
) -> Result<Json<ConsumerRow>, Problem> {
    Ok(Json(consumers::seek(&service.engine, &service.deliveries, &of(&caller, &name)?, &request).await?))
}

pub(crate) async fn pause(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Json<ConsumerRow>, Problem> {
    Ok(Json(consumers::pause(&service.engine, &service.deliveries, &of(&caller, &name)?, true).await?))
}

pub(crate) async fn resume(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Json<ConsumerRow>, Problem> {
    Ok(Json(consumers::pause(&service.engine, &service.deliveries, &of(&caller, &name)?, false).await?))
}

pub(crate) async fn parked(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Response, Problem> {
    let rows = consumers::parked(&service.engine, &service.deliveries, &of(&caller, &name)?).await?;
    Ok(Json(json!({ "items": rows })).into_response())
}

pub(crate) async fn change_parked(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    JsonBody(request): JsonBody<ParkedRequest>,
) -> Result<Response, Problem> {
    let of = of(&caller, &name)?;
    Ok(Json(consumers::change_parked(&service.engine, &service.deliveries, &of, &request).await?).into_response())
}

/// The caller's own consumer of that name. A name that cannot be one is as unknown as one that is not there.
fn of(caller: &Caller, name: &str) -> Result<OwnedBy, Error> {
    let name = FeedName::new(name).map_err(|_| Error::not_found())?;
    Ok(OwnedBy { owner: caller.user, name, reader: caller.reader() })
}

/// The command of that kind, with the name from the path and the other fields from the body.
pub(crate) fn with_name(command: &str, name: &str, body: &[u8]) -> Result<Command, Error> {
    let mut fields: Map<String, Value> = match serde_json::from_slice(body) {
        Ok(fields) => fields,
        // What is wrong with it is said as of every command.
        Err(_) => return Ok(codec::read_command(command, body)?),
    };
    if fields.insert("name".to_owned(), name.into()).is_some() {
        return Err(Error::invalid_request("`name` stands in the path"));
    }
    Ok(codec::read_command(command, Value::from(fields).to_string().as_bytes())?)
}
