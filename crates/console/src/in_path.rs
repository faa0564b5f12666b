//! The ids in an address. One that cannot be read is not found.

use crate::failure::Failure;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use procura_app::Error;
use serde::de::DeserializeOwned;

/// What stands in the path.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(ids) = Path::from_request_parts(parts, state).await.map_err(|_| Error::not_found())?;
        Ok(Self(ids))
    }
}
