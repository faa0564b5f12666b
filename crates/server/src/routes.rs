//! The routes, and what every request goes through: who is calling, in a span of its own, with the position it was
//! answered at, the instant that it is about, and the version of the rules.

use crate::{
    access, backup, caller::Caller, commands, evidence, history, intervals, invitations, issuer::Issuer,
    problem::Problem, queries, reports,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use chrono::SecondsFormat;
use procura_domain::{command::named_fields, rule::RULES_VERSION, temporal::Moment};
use procura_engine::{CheckpointKey, Engine};
use serde::de::DeserializeOwned;
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};
use tracing::Instrument;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    /// Signs the checkpoints.
    pub(crate) key: Arc<CheckpointKey>,
    issuer: Arc<Issuer>,
}

/// The position an answer was read at, on its way to the `Procura-Position` header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position(pub(crate) procura_domain::temporal::Position);

/// The moment that an answer is about, on its way to the headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadAt(pub(crate) Moment);

/// How long requests under way may take to finish once the server was told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// How long a request waits for the position that it names at least.
const MIN_POSITION_PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const MIN_POSITION_PAUSE: Duration = Duration::from_millis(5);

/// The largest body of any request: a batch of access questions.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Every route that needs a token: method, path, handler.
fn guarded_routes() -> Vec<(&'static str, &'static str, MethodRouter<App>)> {
    let command_limit = DefaultBodyLimit::max(commands::COMMAND_BYTES_MAX);
    vec![
        ("POST", "/v1/commands/{name}", post(commands::command).layer(command_limit)),
        ("GET", "/v1/customers/{customer}/partner-relationships", get(queries::partner_relationships_of)),
        ("GET", "/v1/customers/{customer}/effective-permissions", get(queries::effective_permissions_of)),
        ("GET", "/v1/partners/{partner}/customers", get(queries::customers_of)),
        ("GET", "/v1/partners/{partner}/invitations", get(invitations::invitations_of)),
        ("GET", "/v1/invitations/{invitation}", get(invitations::single)),
        ("GET", "/v1/invitations/{invitation}/draft", get(invitations::draft)),
        ("GET", "/v1/tenants/{tenant}/directory-roles/{role}/members", get(queries::members_of)),
        ("GET", "/v1/customers/{customer}/subscriptions", get(queries::subscriptions_of)),
        ("GET", "/v1/customers/{customer}/devices", get(queries::devices_of)),
        ("GET", "/v1/customers/{customer}/profiles", get(queries::profiles_of)),
        ("GET", "/v1/customers/{customer}/service-requests", get(queries::service_requests_of)),
        ("GET", "/v1/partners/{partner}/groups/{group}/members", get(queries::group_members_of)),
        ("GET", "/v1/customers/{customer}/history", get(history::of_customer)),
        ("GET", "/v1/partners/{partner}/history", get(history::of_partner)),
        ("GET", "/v1/history", get(history::of_everybody)),
        ("GET", "/v1/residual-access", get(queries::residual_access)),
        ("GET", "/v1/who-could", get(intervals::who_could_of)),
        ("GET", "/v1/what-could", get(intervals::what_could_of)),
        ("GET", "/v1/reports/{name}", get(reports::single)),
        ("GET", "/v1/backup", get(backup::backup)),
        ("GET", "/v1/log/checkpoint", get(evidence::checkpoint)),
        ("GET", "/v1/log/consistency-proof", get(evidence::growth_proof)),
        ("GET", "/v1/events/{position}/proof", get(evidence::event_proof)),
        ("POST", "/access/v1/evaluation", post(access::evaluation)),
        ("POST", "/access/v1/evaluations", post(access::evaluations)),
    ]
}

/// The method and path of every route that needs a token: a test asks each of them without one.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    guarded_routes().into_iter().map(|(method, path, _)| (method, path))
}

/// Serves the engine on the listener until `stop` resolves; requests under way are finished. Checkpoints are signed by
/// `key`.
///
/// # Errors
/// What the system says of the listener.
pub async fn serve(
    engine: Engine,
    issuer: Issuer,
    key: CheckpointKey,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = App { engine, key: Arc::new(key), issuer: Arc::new(issuer) };
    let (stopping, stopped) = watch::channel(false);
    let told = async move {
        stop.await;
        let _ = stopping.send(true);
    };
    // Whoever is slow to finish does not keep the process alive.
    let patience = async move {
        let mut stopped = stopped;
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    let serving = axum::serve(listener, router(app)).with_graceful_shutdown(told);
    tokio::select! {
        served = serving => served,
        () = patience => Ok(()),
    }
}

fn router(app: App) -> Router {
    let guarded =
        guarded_routes().into_iter().fold(Router::new(), |router, (_, path, handler)| router.route(path, handler));
    let guarded = guarded
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::new("methodNotAllowed", "this path takes another method") })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), authenticate));
    Router::new()
        .route("/healthz", get(|| async { Json(serde_json::json!({"status": "alive"})) }))
        .route("/readyz", get(ready))
        .fallback_service(guarded.with_state(app.clone()))
        .layer(middleware::from_fn_with_state(app.clone(), trace))
        .with_state(app)
}

async fn ready(State(app): State<App>) -> Response {
    if app.engine.is_ready() {
        Json(serde_json::json!({"status": "ready"})).into_response()
    } else {
        Problem::new("notReady", "the log is not being written to").into_response()
    }
}

/// Nobody gets past here without a good token, whatever the path.
async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token.and_then(|(_, token)| app.issuer.caller(token.trim())) {
        Some(caller) => match wait_for_position(&app, request.headers()).await {
            Ok(()) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err(problem) => problem.into_response(),
        },
        None => {
            let detail =
                "send `Authorization: Bearer TOKEN` with a token that has not expired; `procura token` makes one";
            Problem::new("unauthenticated", detail).into_response()
        }
    }
}

/// A number in a header; none where there is no such header.
fn number(headers: &HeaderMap, name: &str) -> Result<Option<u64>, Problem> {
    let number = |header: &HeaderValue| header.to_str().ok().and_then(|text| text.parse().ok());
    let read =
        |header| number(header).ok_or_else(|| Problem::invalid_request(format!("`{name}` is not a number like 17")));
    headers.get(name).map(read).transpose()
}

/// Waits until the views have reached the position that the request names at least. Where it names the epoch as well, the
/// log must have gone through that position in that epoch: after a restore it may not have.
async fn wait_for_position(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let epoch = number(headers, "Procura-Epoch")?;
    let wanted = number(headers, "Procura-Min-Position")?;
    if let Some(epoch) = epoch {
        let through = app.engine.epochs().went_through(epoch, wanted.unwrap_or(app.engine.position().0));
        through.map_err(|elsewhere| Problem::new("otherEpoch", elsewhere.to_string()))?;
    }
    let Some(wanted) = wanted else { return Ok(()) };
    let reached = async {
        while app.engine.position().0 < wanted {
            tokio::time::sleep(MIN_POSITION_PAUSE).await;
        }
    };
    tokio::time::timeout(MIN_POSITION_PATIENCE, reached).await.map_err(|_| {
        let detail = format!("position {wanted} was not reached in {} s", MIN_POSITION_PATIENCE.as_secs());
        Problem::new("notReady", detail)
    })
}

async fn trace(State(app): State<App>, request: Request, next: Next) -> Response {
    let request_id = request.headers().get("x-request-id").cloned();
    let span = tracing::info_span!("request", method = %request.method(), path = request.uri().path());
    async move {
        let mut response = next.run(request).await;
        let moment = response.extensions().get::<ReadAt>().map(|read_at| read_at.0);
        let position = response.extensions().get::<Position>().map(|position| position.0);
        let position = moment.map(|moment| moment.position).or(position).unwrap_or(app.engine.position());
        let headers = response.headers_mut();
        headers.insert("procura-position", HeaderValue::from(position.0));
        headers.insert("procura-rules", HeaderValue::from_static(RULES_VERSION));
        let time = moment.map(|moment| moment.at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        if let Some(time) = time.and_then(|time| HeaderValue::try_from(time).ok()) {
            headers.insert("procura-time", time);
        }
        headers.insert("procura-epoch", HeaderValue::from(app.engine.epochs().newest()));
        if let Some(request_id) = request_id {
            headers.insert("x-request-id", request_id);
        }
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}

/// The caller that `authenticate` found.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::new("unauthenticated", "no token"))
    }
}

/// What stands in the path. What cannot be read there is as unknown as what is not there.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(path)| Self(path)).map_err(|_| Problem::not_found())
    }
}

/// A body that says it is JSON, unread.
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err(Problem::new("unsupportedMediaType", "send `Content-Type: application/json`"));
        }
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let (command, other) = (commands::COMMAND_BYTES_MAX, BODY_BYTES_MAX);
                let detail = format!("a command takes at most {command} bytes, any other body {other}");
                Problem::new("tooLarge", detail)
            }
            _ => Problem::invalid_request(rejection.body_text()),
        })
    }
}

/// A body of JSON, read.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBytes(bytes) = JsonBytes::from_request(request, state).await?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let mut track = serde_path_to_error::Track::new();
        let read = named_fields(serde_path_to_error::Deserializer::new(&mut json, &mut track));
        let read = read.and_then(|read| json.end().map(|()| read));
        read.map(Self).map_err(|error| match track.path().to_string().as_str() {
            "." => Problem::invalid_request(format!("body: {error}")),
            path => Problem::invalid_request(format!("`{path}`: {error}")),
        })
    }
}
