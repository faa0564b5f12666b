//! The routes, and what every request goes through: who is calling, in a span of its own, with the position it was
//! answered at, the instant that it is about, and the version of the rules.

use crate::{
    access,
    answer::{ReadAt, ReadAtPosition},
    asyncapi,
    backup::{self},
    caller::Caller,
    commands,
    connections::exchange::Arrival,
    consumers, evidence,
    extract::{BODY_BYTES_MAX, COMMAND_BYTES_MAX, bearer},
    feed, find, history,
    identity::{NO_KEYS_PAUSE, TokenError},
    intervals, invitations, lists,
    negotiation::format,
    openapi,
    opening::{alive, no_share_left},
    problem::Problem,
    protected_resource::{self, challenge},
    quotas::Cost,
    reception::Pages,
    reports,
    request_ids::{REQUEST_ID, RequestId},
    scrape,
    service::Service,
    traces, webhooks,
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    handler::Handler,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, delete, get, post, put},
};
use chrono::SecondsFormat;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use procura_app::{Code, Error, reach, reports::Format};
use procura_domain::{rule::RULES_VERSION, temporal::Position};
use procura_engine::BelowSnapshot;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tracing::Instrument;

/// The headers that say what an answer holds for.
const POSITION: HeaderName = HeaderName::from_static("procura-position");
const TIME: HeaderName = HeaderName::from_static("procura-time");
const EPOCH: HeaderName = HeaderName::from_static("procura-epoch");
const RULES: HeaderName = HeaderName::from_static("procura-rules");
/// Where every command is sent.
const COMMANDS: &str = "/v1/commands/";

/// The challenge to a token that names nobody.
const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\"";

/// The route of a path that is none.
const NOWHERE: &str = "/{*nowhere}";

/// Every route that needs a token: method, path, what a request is counted as, handler.
fn guarded_routes() -> Vec<(&'static str, &'static str, Cost, MethodRouter<Arc<Service>>)> {
    let command_limit = DefaultBodyLimit::max(COMMAND_BYTES_MAX);
    vec![
        ("GET", "/v1/caller", Cost::QUESTION, get(|caller: Caller| async { Json(caller) })),
        ("POST", "/v1/commands/{name}", Cost::Command, post(commands::command).layer(command_limit)),
        ("GET", "/v1/customers", Cost::QUESTION, get(lists::registered_customers)),
        ("GET", "/v1/partners", Cost::QUESTION, get(lists::registered_partners)),
        ("GET", "/v1/relationships", Cost::QUESTION, get(lists::relationships)),
        ("GET", "/v1/tenants/{tenant}/people", Cost::QUESTION, get(lists::people)),
        ("GET", "/v1/customers/{customer}/partner-relationships", Cost::QUESTION, get(lists::partner_relationships)),
        ("GET", "/v1/customers/{customer}/effective-permissions", Cost::QUESTION, get(lists::effective_permissions)),
        ("GET", "/v1/partners/{partner}/customers", Cost::QUESTION, get(lists::customers)),
        ("GET", "/v1/partners/{partner}/invitations", Cost::QUESTION, get(invitations::of_partner)),
        ("GET", "/v1/invitations/{invitation}", Cost::QUESTION, get(invitations::single)),
        ("GET", "/v1/invitations/{invitation}/draft", Cost::QUESTION, get(invitations::draft)),
        (
            "GET",
            "/v1/tenants/{tenant}/directory-roles/{role}/members",
            Cost::QUESTION,
            get(lists::directory_role_members),
        ),
        ("GET", "/v1/customers/{customer}/subscriptions", Cost::QUESTION, get(lists::subscriptions)),
        ("GET", "/v1/customers/{customer}/devices", Cost::QUESTION, get(lists::devices)),
        ("GET", "/v1/customers/{customer}/profiles", Cost::QUESTION, get(lists::profiles)),
        ("GET", "/v1/customers/{customer}/service-requests", Cost::QUESTION, get(lists::service_requests)),
        ("GET", "/v1/partners/{partner}/groups/{group}/members", Cost::QUESTION, get(lists::group_members)),
        ("GET", "/v1/customers/{customer}/history", Cost::COSTLY, get(history::of_customer)),
        ("GET", "/v1/partners/{partner}/history", Cost::COSTLY, get(history::of_partner)),
        ("GET", "/v1/history", Cost::COSTLY, get(history::of_everybody)),
        ("GET", "/v1/residual-access", Cost::QUESTION, get(lists::residual_access)),
        ("GET", "/v1/who-could", Cost::COSTLY, get(intervals::who_could)),
        ("GET", "/v1/what-could", Cost::COSTLY, get(intervals::what_could)),
        ("GET", "/v1/find", Cost::COSTLY, get(find::found)),
        ("GET", "/v1/labels", Cost::QUESTION, get(find::labels)),
        ("GET", "/v1/reports/{name}", Cost::COSTLY, get(reports::single)),
        ("GET", "/v1/reports/{name}/signature", Cost::COSTLY, get(reports::signature)),
        ("GET", "/v1/backup", Cost::COSTLY, get(backup::backup)),
        ("GET", "/v1/log/checkpoint", Cost::QUESTION, get(evidence::checkpoint)),
        ("GET", "/v1/log/consistency-proof", Cost::QUESTION, get(evidence::growth_proof)),
        ("GET", "/v1/log/tile/{*tile}", Cost::QUESTION, get(evidence::tile)),
        ("GET", "/v1/events", Cost::COSTLY, get(feed::events)),
        ("GET", "/v1/events/{position}/proof", Cost::QUESTION, get(evidence::event_proof)),
        ("GET", "/v1/consumers", Cost::QUESTION, get(consumers::all)),
        ("GET", "/v1/consumers/{name}", Cost::QUESTION, get(consumers::single)),
        ("PUT", "/v1/consumers/{name}", Cost::Command, put(consumers::set).layer(command_limit)),
        ("DELETE", "/v1/consumers/{name}", Cost::Command, delete(consumers::remove)),
        ("POST", "/v1/consumers/{name}/fetch", Cost::QUESTION, post(consumers::fetch)),
        ("POST", "/v1/consumers/{name}/ack", Cost::QUESTION, post(consumers::ack)),
        ("POST", "/v1/consumers/{name}/seek", Cost::QUESTION, post(consumers::seek)),
        ("POST", "/v1/consumers/{name}/pause", Cost::QUESTION, post(consumers::pause)),
        ("POST", "/v1/consumers/{name}/resume", Cost::QUESTION, post(consumers::resume)),
        ("GET", "/v1/consumers/{name}/parked", Cost::QUESTION, get(consumers::parked)),
        ("POST", "/v1/consumers/{name}/parked", Cost::QUESTION, post(consumers::change_parked)),
        ("GET", "/v1/webhooks", Cost::QUESTION, get(webhooks::all)),
        ("GET", "/v1/webhooks/{name}", Cost::QUESTION, get(webhooks::single)),
        ("PUT", "/v1/webhooks/{name}", Cost::Command, put(webhooks::set).layer(command_limit)),
        ("DELETE", "/v1/webhooks/{name}", Cost::Command, delete(webhooks::remove)),
        ("GET", "/v1/webhooks/{name}/parked", Cost::QUESTION, get(webhooks::parked)),
        ("POST", "/v1/webhooks/{name}/parked", Cost::QUESTION, post(webhooks::change_parked)),
        ("GET", "/metrics", Cost::QUESTION, get(scrape::metrics)),
        ("POST", "/access/v1/evaluation", Cost::QUESTION, post(access::evaluation)),
        ("POST", "/access/v1/evaluations", Cost::QUESTION, post(access::evaluations)),
        ("POST", "/access/v1/search/subject", Cost::COSTLY, post(access::subject_search)),
        ("POST", "/access/v1/search/resource", Cost::COSTLY, post(access::resource_search)),
        ("POST", "/access/v1/search/action", Cost::COSTLY, post(access::action_search)),
    ]
}

/// Every route that needs no token: method, path, handler.
fn unguarded_routes() -> [(&'static str, &'static str, MethodRouter<Arc<Service>>); 8] {
    [
        ("GET", "/healthz", get(alive)),
        ("GET", "/readyz", get(ready)),
        ("GET", "/openapi.json", get(openapi::description)),
        ("GET", "/asyncapi.json", get(asyncapi::description)),
        ("GET", "/.well-known/authzen-configuration", get(access::metadata)),
        ("GET", "/.well-known/authzen-configuration/{*path}", get(access::metadata_under_path)),
        ("GET", protected_resource::METADATA_PATH, get(protected_resource::metadata)),
        ("GET", "/.well-known/oauth-protected-resource/{*path}", get(protected_resource::metadata_under_path)),
    ]
}

/// The method and path of every route that needs no token.
pub fn open_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    unguarded_routes().into_iter().map(|(method, path, _)| (method, path))
}

/// The method and path of every route that needs a token: a test asks each of them without one.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    guarded_routes().into_iter().map(|(method, path, ..)| (method, path))
}

/// Everything that can be asked for, with the pages for people. Each layer costs every request, so there are few.
pub(crate) fn router(service: Arc<Service>, Pages { routes: pages, nowhere }: Pages) -> Router {
    let guarded = |handler: MethodRouter<Arc<Service>>, cost, route| {
        let guard = middleware::from_fn_with_state((service.clone(), cost, route), guard);
        handler.layer((guard, DefaultBodyLimit::max(BODY_BYTES_MAX)))
    };
    let mut by_path: BTreeMap<&str, MethodRouter<Arc<Service>>> = BTreeMap::new();
    for (_, path, cost, handler) in guarded_routes() {
        let methods = by_path.remove(path).unwrap_or_default();
        by_path.insert(path, methods.merge(guarded(handler, cost, path)));
    }
    let routes = by_path.into_iter().fold(Router::new(), |router, (path, methods)| {
        let guard = middleware::from_fn_with_state((service.clone(), Cost::QUESTION, path), guard);
        router.route(path, methods.fallback(other_method.layer(guard)))
    });
    unguarded_routes()
        .into_iter()
        .fold(routes, |router, (_, path, handler)| router.route(path, handler.fallback(other_method)))
        .fallback_service(
            guarded(any(not_found), Cost::QUESTION, NOWHERE)
                .layer(middleware::from_fn_with_state(nowhere, nowhere_for_browsers))
                .with_state(service.clone()),
        )
        .with_state(service.clone())
        .merge(pages)
        .layer(middleware::from_fn_with_state(service, answered))
}

/// The path takes another method; the header `Allow` says which.
async fn other_method() -> Problem {
    Error::new(Code::MethodNotAllowed, "this path takes another method").into()
}

/// Somebody with a browser gets a page at a path where there is nothing.
async fn nowhere_for_browsers(State(nowhere): State<Option<Router>>, request: Request, next: Next) -> Response {
    match nowhere.filter(|_| request.method() == Method::GET && format(request.headers()) == Format::Html) {
        Some(nowhere) => match TowerToHyperService::new(nowhere).call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => next.run(request).await,
    }
}

/// There is nothing at the path.
async fn not_found() -> Problem {
    Error::not_found().into()
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    /// How far the log below the snapshot is checked, as long as that goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<BelowSnapshot>,
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.engine.is_ready() {
        Json(Ready { status: "ready", checked: service.engine.below_snapshot() }).into_response()
    } else {
        Problem::from(Error::new(Code::NotReady, "the log is not being written to")).into_response()
    }
}

/// Nobody gets past here without a good token, whatever the path, nor with more requests than its rate allows.
async fn guard(
    State((service, cost, route)): State<(Arc<Service>, Cost, &'static str)>,
    mut request: Request,
    next: Next,
) -> Response {
    traces::routed(route);
    let Some(token) = bearer(request.headers()) else {
        let detail = "send `Authorization: Bearer TOKEN`; with `serve --dev`, `procura token` makes one";
        return challenged(
            &service,
            "Bearer",
            Problem::from(Error::new(Code::Unauthenticated, detail)).into_response(),
        );
    };
    match service.identity.caller(token).await {
        Ok(caller) => {
            let owner = caller.owner();
            let answered = owner.run(async {
                service.quotas.spend(&caller, cost)?;
                wait_for_position(&service, request.headers()).await?;
                request.extensions_mut().insert(caller);
                Ok::<_, Problem>(next.run(request).await)
            });
            service.answers.count(owner, answered.await.into_response()).await
        }
        Err(error) => {
            tracing::debug!(%error, "a token was refused");
            service.metrics.token_refused(&error);
            refused(&service, &error)
        }
    }
}

/// The answer to a token that names nobody (RFC 6750, section 3), or cannot be checked now.
fn refused(service: &Service, error: &TokenError) -> Response {
    if *error == TokenError::Unreachable {
        let seconds = NO_KEYS_PAUSE.as_secs();
        return Problem::from(Error::new(Code::IssuerUnreachable, format!("the token {error}")).retry_after(seconds))
            .into_response();
    }
    let response = Problem::from(Error::new(Code::Unauthenticated, format!("the token {error}"))).into_response();
    challenged(service, INVALID_TOKEN, response)
}

/// The answer with that challenge, and where people log in if they do (RFC 9728, section 5.1).
fn challenged(service: &Service, plain: &'static str, mut response: Response) -> Response {
    let value = challenge(service, plain).unwrap_or(HeaderValue::from_static(plain));
    response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    response
}

/// A number in a header; none if there is no such header.
fn number(headers: &HeaderMap, name: &str) -> Result<Option<u64>, Error> {
    let number = |header: &HeaderValue| header.to_str().ok().and_then(|text| text.parse().ok());
    let read =
        |header| number(header).ok_or_else(|| Error::invalid_request(format!("`{name}` is not a number like 17")));
    headers.get(name).map(read).transpose()
}

/// Waits until the views have reached the position that the request names at least. If it names the epoch as well, the log
/// must have gone through that position in that epoch: after a restore it may not have.
async fn wait_for_position(service: &Service, headers: &HeaderMap) -> Result<(), Error> {
    let epoch = number(headers, "Procura-Epoch")?;
    let wanted = number(headers, "Procura-Min-Position")?;
    if let Some(epoch) = epoch {
        let through = service.engine.epochs().went_through(epoch, wanted.unwrap_or(service.engine.position().0));
        through.map_err(|elsewhere| Error::new(Code::OtherEpoch, elsewhere.to_string()))?;
    }
    match wanted {
        Some(wanted) => reach(&service.engine, Position(wanted)).await,
        None => Ok(()),
    }
}

/// What every request goes through: it has an id, and a span of its own; a client that has its share of the requests under
/// way is told so; and the answer says what it holds for.
async fn answered(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let id = service.request_ids.of(request.headers());
    let arrival = request.extensions().get::<Arrival>();
    let client = arrival.and_then(|arrival| arrival.client).map(tracing::field::display);
    let over_share = arrival.is_some_and(|arrival| arrival.over_share);
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        id = id.to_str().unwrap_or_default(),
        client
    );
    traces::begun(&span, &request);
    if service.decisions.is_on() {
        request.extensions_mut().insert(RequestId(id.clone()));
    }
    let begun = service.access_log.then(Instant::now);
    let is_command = request.uri().path().starts_with(COMMANDS);
    let under_way = service.metrics.begin();
    async move {
        let mut response = if over_share { no_share_left().into_response() } else { next.run(request).await };
        drop(under_way);
        service.metrics.answered(is_command, &response);
        let moment = response.extensions().get::<ReadAt>().map(|read_at| read_at.0);
        let position = response.extensions().get::<ReadAtPosition>().map(|position| position.0);
        let position = moment.map(|moment| moment.position).or(position).unwrap_or(service.engine.position());
        let headers = response.headers_mut();
        headers.insert(POSITION, HeaderValue::from(position.0));
        headers.insert(RULES, HeaderValue::from_static(RULES_VERSION));
        let time = moment.map(|moment| moment.at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        if let Some(time) = time.and_then(|time| HeaderValue::try_from(time).ok()) {
            headers.insert(TIME, time);
        }
        headers.insert(EPOCH, HeaderValue::from(service.engine.epochs().newest()));
        headers.insert(REQUEST_ID, id);
        let status = response.status().as_u16();
        traces::answered(status);
        match begun {
            Some(begun) => tracing::info!(status, millis = begun.elapsed().as_secs_f64() * 1e3, "answered"),
            None => tracing::debug!(status, "answered"),
        }
        response
    }
    .instrument(span)
    .await
}
