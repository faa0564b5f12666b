//! Answers on their way out. The moment that one holds for goes along, to be put in the headers.

use axum::{
    Extension, Json,
    http::Uri,
    response::{IntoResponse, Response},
};
use procura_app::{AsOf, Page};
use procura_domain::temporal::{Moment, Position};
use serde::Serialize;

/// The position that an answer was read at, for `Procura-Position`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadAtPosition(pub(crate) Position);

/// The moment that an answer holds for, for `Procura-Position` and `Procura-Time`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadAt(pub(crate) Moment);

pub(crate) fn json(AsOf { at, answer }: AsOf<impl Serialize>) -> Response {
    (Extension(ReadAt(at)), Json(answer)).into_response()
}

/// A page of the list at that address, with a link to the next page.
pub(crate) fn page<T: Serialize, C: Serialize>(AsOf { at, answer }: AsOf<Page<T, C>>, uri: &Uri) -> Response {
    json(AsOf { at, answer: answer.linked(uri.path()) })
}
