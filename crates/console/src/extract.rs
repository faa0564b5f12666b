//! What stands in the address of a page.

use crate::failure::Failure;
use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use procura_app::Error;
use serde::de::DeserializeOwned;

/// The ids in the path. One that cannot be read is of nothing.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::from_request_parts(parts, state).await;
        Ok(Self(path.map_err(|_| Error::not_found())?.0))
    }
}

/// The parameters. Others than the page has are passed over.
pub(crate) struct InQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for InQuery<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::from_request_parts(parts, state).await;
        Ok(Self(query.map_err(|error| Error::invalid_request(error.body_text()))?.0))
    }
}
