//! Webhooks: each caller's own, by name, and the task that sends what they have to send.

pub(crate) mod addresses;
mod sender;
pub(crate) mod settings;
pub(crate) mod worker;

use crate::{
    answer::{ReadAt, ReadAtPosition},
    caller::Caller,
    consumers::with_name,
    extract::{InPath, JsonBody, JsonBytes},
    identity::Identity,
    metrics::Metrics,
    problem::Problem,
    service::Service,
};
use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use procura_app::{
    Code, Deliveries, Error,
    commands::submit,
    consumers::{OwnedBy, ParkedRequest},
    webhooks::{self, WebhookRow},
};
use procura_domain::{command::Command, text::FeedName};
use procura_engine::{Engine, Submission};
use sender::Sender;
use serde_json::{Map, Value, json};
use settings::WebhookLimits;
use std::sync::Arc;
use tokio::sync::Semaphore;
use ureq::tls::RootCerts;
use worker::Worker;

/// What sends the webhooks of that log.
pub(crate) fn worker(
    engine: &Engine,
    deliveries: &Deliveries,
    identity: &Arc<Identity>,
    metrics: &Arc<Metrics>,
    limits: &WebhookLimits,
    roots: RootCerts,
) -> Worker {
    Worker {
        engine: engine.clone(),
        deliveries: deliveries.clone(),
        identity: identity.clone(),
        metrics: metrics.clone(),
        sender: Sender::new(limits, roots, engine.public_url()),
        on_their_way: Arc::new(Semaphore::new(limits.at_once)),
        of_owner_max: limits.of_owner,
        of_owner: Arc::new(Mutex::default()),
    }
}

/// `GET /v1/webhooks`: those that the caller may know of.
pub(crate) async fn all(State(service): State<Arc<Service>>, caller: Caller) -> Response {
    let rows = webhooks::webhooks(&service.engine, &service.deliveries, caller.reader()).await;
    Json(json!({ "items": rows })).into_response()
}

pub(crate) async fn single(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Json<WebhookRow>, Problem> {
    Ok(Json(webhooks::webhook(&service.engine, &service.deliveries, &of(&caller, &name)?).await?))
}

/// `PUT`: makes it, or changes it; 200 if it is so already, and nothing was recorded. A secret is made for a new one, and with
/// `newSecret`; it stands in that answer alone.
pub(crate) async fn set(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let Service { engine, deliveries, .. } = &*service;
    let of = of(&caller, &name)?;
    let before = webhooks::webhook(engine, deliveries, &of).await.ok();
    let (body, asks_for_secret) = without_new_secret(&body)?;
    let mut command = with_name("SetWebhook", &name, &body)?;
    let Command::SetWebhook(set) = &mut command else { return Err(Error::internal("another command").into()) };
    if let Some(problem) = service.webhook_addresses.refuses(&set.url) {
        let detail = format!("`url`: {problem}");
        return Err(Error::new(Code::InvalidCommand, detail).out_of_range().into());
    }
    if set.secret.is_none() && (asks_for_secret || before.is_none()) {
        set.secret = Some(webhooks::new_secret()?);
    }
    if let Some(row) = before.filter(|row| row.is_as(set)) {
        webhooks::resume(engine, deliveries, &of).await?;
        return Ok(Json(row).into_response());
    }
    let secret = set.secret.clone();
    let (by, role) = caller.author_of(command.name())?;
    let submission = Submission { command: command.with_role(role), by, key: None, at: None, if_match: None };
    let at = submit(engine, caller.reader(), submission).await?.at;
    webhooks::resume(engine, deliveries, &of).await?;
    let row = WebhookRow { secret, ..webhooks::webhook(engine, deliveries, &of).await? };
    Ok((StatusCode::CREATED, Extension(ReadAt(at)), Json(row)).into_response())
}

/// The body without `newSecret`, which is no field of the command, and whether it is true.
fn without_new_secret(body: &[u8]) -> Result<(Vec<u8>, bool), Error> {
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(body) else { return Ok((body.to_vec(), false)) };
    let asks = match fields.remove("newSecret") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => return Err(Error::invalid_parameter("newSecret", "is neither true nor false")),
    };
    Ok((Value::from(fields).to_string().into_bytes(), asks))
}

pub(crate) async fn remove(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Response, Problem> {
    let command = with_name("DeleteWebhook", &name, b"{}")?;
    let (by, role) = caller.author_of(command.name())?;
    let submission = Submission { command: command.with_role(role), by, key: None, at: None, if_match: None };
    let of = of(&caller, &name)?;
    let at = submit(&service.engine, caller.reader(), submission).await?.at;
    webhooks::forget(&service.deliveries, &of);
    Ok((StatusCode::NO_CONTENT, Extension(ReadAtPosition(at.position))).into_response())
}

pub(crate) async fn parked(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
) -> Result<Response, Problem> {
    let rows = webhooks::parked(&service.engine, &service.deliveries, &of(&caller, &name)?).await?;
    Ok(Json(json!({ "items": rows })).into_response())
}

pub(crate) async fn change_parked(
    State(service): State<Arc<Service>>,
    caller: Caller,
    InPath(name): InPath<String>,
    JsonBody(request): JsonBody<ParkedRequest>,
) -> Result<Response, Problem> {
    let of = of(&caller, &name)?;
    Ok(Json(webhooks::change_parked(&service.engine, &service.deliveries, &of, &request).await?).into_response())
}

/// The caller's own webhook of that name.
fn of(caller: &Caller, name: &str) -> Result<OwnedBy, Error> {
    let name = FeedName::new(name).map_err(|_| Error::not_found())?;
    Ok(OwnedBy { owner: caller.user, name, reader: caller.reader() })
}
