//! How handlers read a request: its caller, its path, its query, its body.

use crate::{caller::Caller, connections::exchange::BodyPatience, problem::Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, Uri, header, request::Parts},
};
use procura_app::{Code, Error};
use procura_domain::{command::named_fields, rule::Rule, visibility::Reader};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The largest body of a command: the longest message, every character of it written as `\u` escapes.
pub(crate) const COMMAND_BYTES_MAX: usize = 128 * 1024;
/// The largest body of any request: a batch of access questions.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The caller that the token named.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        Ok(caller.ok_or_else(|| Error::new(Code::Unauthenticated, "no token"))?)
    }
}

/// A caller that reads everything (VIS-4). Nobody else gets as far as the parameters.
pub(crate) struct Overseer;

impl<S: Sync> FromRequestParts<S> for Overseer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.reader() {
            Reader::Overseer => Ok(Self),
            Reader::Decider | Reader::User(_) => {
                let detail = "only operators and auditors read the log itself";
                Err(Error::new(Code::NotAllowed, detail).by_rule(Rule::Vis4).into())
            }
        }
    }
}

/// What stands in the path. An id that cannot be read is as unknown as one that is not there.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        Ok(path.map(|Path(path)| Self(path)).map_err(|_| Error::not_found())?)
    }
}

/// The parameters of a query, read strictly: an unknown one is an error, not a filter that was not applied. The address
/// goes along, for links to further pages.
pub(crate) struct Parameters<T>(pub(crate) T, pub(crate) Uri);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::try_from_uri(&parts.uri);
        let Query(parameters) =
            read.map_err(|error| Error::invalid_request(format!("query: {}", error.body_text())))?;
        Ok(Self(parameters, parts.uri.clone()))
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
            return Err(Error::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`").into());
        }
        let patience = request.extensions().get::<BodyPatience>().map_or(Duration::MAX, |patience| patience.0);
        let body = tokio::time::timeout(patience, Bytes::from_request(request, state)).await.map_err(|_| {
            let seconds = patience.as_secs();
            Error::invalid_request(format!("the body did not come within {seconds} s; send all of it at once"))
        })?;
        let body = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let detail =
                    format!("a command takes at most {COMMAND_BYTES_MAX} bytes, any other body {BODY_BYTES_MAX}");
                Error::new(Code::TooLarge, detail)
            }
            _ => Error::invalid_request(rejection.body_text()),
        });
        Ok(Self(body?))
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
        let read = read.map_err(|error| match track.path().to_string().as_str() {
            "." => Error::invalid_request(format!("body: {error}")),
            path => Error::invalid_parameter(path, error),
        });
        Ok(Self(read?))
    }
}
