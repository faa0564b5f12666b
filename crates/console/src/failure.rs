//! What went wrong with a page. It is told on a page of its own, in words, with the way on.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_app::{Code, Error};
use std::sync::Arc;

/// A page that cannot be shown, or a form that was not taken.
#[derive(Debug)]
pub(crate) struct Failure(Error);

impl<E> From<E> for Failure
where
    Error: From<E>,
{
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The error of an answer that is still to be told.
#[derive(Debug, Clone)]
pub(crate) struct Untold(pub(crate) Arc<Error>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(Untold(Arc::new(self.0)));
        response
    }
}

/// The status of the page that tells the error.
pub(crate) fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A form that does not come from a page of this session.
pub(crate) fn not_from_here() -> Failure {
    Failure(Error::new(Code::NotAllowed, "this form does not come from a page of this session; open the page again"))
}
