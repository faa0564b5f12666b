//! Questions about a stretch of time.

use crate::{
    answer::json,
    extract::{Parameters, ReadBy},
    problem::Problem,
    service::Service,
};
use axum::{extract::State, response::Response};
use procura_app::{
    AsOf,
    intervals::{self, WhatCould, WhoCould},
};

/// `GET /v1/who-could`
pub(crate) async fn who_could(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, uri): Parameters<WhoCould>,
) -> Result<Response, Problem> {
    let AsOf { at, answer } = intervals::who_could(&engine, reader, request).await?;
    Ok(json(AsOf { at, answer: answer.linked(uri.path()) }))
}

/// `GET /v1/what-could`
pub(crate) async fn what_could(
    State(Service { engine, .. }): State<Service>,
    ReadBy(reader): ReadBy,
    Parameters(request, uri): Parameters<WhatCould>,
) -> Result<Response, Problem> {
    let AsOf { at, answer } = intervals::what_could(&engine, reader, request).await?;
    Ok(json(AsOf { at, answer: answer.linked(uri.path()) }))
}
