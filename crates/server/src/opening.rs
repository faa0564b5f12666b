//! What is answered while the log is opened: that the process is alive, and how far it is. No token is looked at.

use crate::{
    connections::exchange::Arrival,
    problem::Problem,
    request_ids::{REQUEST_ID, RequestIds},
};
use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use procura_app::{Code, Error};
use procura_engine::OpeningProgress;
use std::sync::Arc;

/// The routes of a server whose log is being opened.
pub(crate) fn router(progress: OpeningProgress, ids: Arc<RequestIds>) -> Router {
    let not_ready = move || async move { Problem::from(Error::opening(&progress)) };
    Router::new().route("/healthz", get(alive)).fallback(not_ready).layer(middleware::from_fn_with_state(ids, answered))
}

/// `GET /healthz`: the process answers, whether or not the log is open.
pub(crate) async fn alive() -> Json<serde_json::Value> {
    Json(serde_json::json!({"status": "alive"}))
}

/// The answer to a client that has its share of the requests under way.
pub(crate) fn no_share_left() -> Problem {
    let detail = "too many requests of your address are under way, or of all together: read their answers first";
    Error::new(Code::TurnsTaken, detail).into()
}

async fn answered(State(ids): State<Arc<RequestIds>>, request: Request, next: Next) -> Response {
    let id = ids.of(request.headers());
    let over_share = request.extensions().get::<Arrival>().is_some_and(|arrival| arrival.over_share);
    let mut response = if over_share { no_share_left().into_response() } else { next.run(request).await };
    response.headers_mut().insert(REQUEST_ID, id);
    response
}
