//! How handlers read a request: its caller, its path, its query, its body.

use crate::{caller::Caller, connections::exchange::Arrival, problem::Problem};
use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        path::ErrorKind,
        rejection::{PathRejection, QueryRejection},
    },
    http::{Extensions, HeaderMap, StatusCode, Uri, header, request::Parts},
};
use procura_app::{Code, Error};
use procura_domain::{command::named_fields, rule::Rule, visibility::Reader};
use procura_engine::Misfit;
use serde::de::DeserializeOwned;
use std::{net::IpAddr, sync::Arc, time::Duration};

/// The largest body of a command: the longest message, every character of it written as `\u` escapes.
pub(crate) const COMMAND_BYTES_MAX: usize = 128 * 1024;
/// The largest body of any request: a batch of access questions.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The token that a request brings (RFC 6750).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The caller that the token named.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::of(&parts.extensions)?.clone())
    }
}

impl Caller {
    /// The caller that a request was found to come from.
    pub(crate) fn of(extensions: &Extensions) -> Result<&Self, Error> {
        let caller = extensions.get::<Arc<Self>>().map(AsRef::as_ref);
        caller.ok_or_else(|| Error::new(Code::Unauthenticated, "no token"))
    }
}

/// As whom the caller reads and asks.
pub(crate) struct ReadBy(pub(crate) Reader);

impl<S: Sync> FromRequestParts<S> for ReadBy {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(Caller::of(&parts.extensions)?.reader()))
    }
}

/// A caller that reads everything (VIS-4). Nobody else gets as far as the parameters.
pub(crate) struct Overseer;

impl<S: Sync> FromRequestParts<S> for Overseer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Caller::of(&parts.extensions)?.reader() {
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
        Ok(path.map(|Path(path)| Self(path)).map_err(|rejection| unknown_in_path(&rejection))?)
    }
}

/// There is nothing at the path. If a word in it is mistyped, the error says which there are.
fn unknown_in_path(rejection: &PathRejection) -> Error {
    let kind = match rejection {
        PathRejection::FailedToDeserializePathParams(failed) => Some(failed.kind()),
        _ => None,
    };
    let message = match kind {
        Some(ErrorKind::DeserializeError { message, .. } | ErrorKind::Message(message)) => Some(message),
        _ => None,
    };
    match message.filter(|message| message.contains("` is none of ")) {
        Some(word) => Error::new(Code::NotFound, word.as_str()),
        None => Error::not_found(),
    }
}

/// The parameters of a query, read strictly: an unknown one is an error, not a filter that was not applied. The address
/// goes along, for links to further pages.
pub(crate) struct Parameters<T>(pub(crate) T, pub(crate) Uri);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::try_from_uri(&parts.uri);
        let Query(parameters) = read.map_err(|rejection| unreadable_query(&rejection))?;
        Ok(Self(parameters, parts.uri.clone()))
    }
}

/// What is wrong with which parameter.
fn unreadable_query(rejection: &QueryRejection) -> Error {
    let text = rejection.body_text();
    // The path of the parameter, which may be anything if it is unknown, and what serde says of it.
    let said = text.strip_prefix(QUERY_REJECTED).unwrap_or(&text);
    let starts = [": unknown field `", ": missing field `", ": duplicate field `"];
    let shape = starts.iter().find_map(|start| said.find(start));
    let (path, message) = match shape.or_else(|| said.find(": ")) {
        _ if starts.iter().any(|start| said.starts_with(start.trim_start_matches(": "))) => (".", said),
        Some(end) => (said.get(..end).unwrap_or("."), said.get(end + 2..).unwrap_or_default()),
        None => (".", said),
    };
    let Misfit { field, problem, .. } = Misfit::told(path, message);
    let problem = match problem.as_str() {
        "invalid digit found in string" | "cannot parse integer from empty string" => "is not a whole number",
        "number too large to fit in target type" => "is too large a number",
        "provided string was not `true` or `false`" => "is neither `true` nor `false`",
        problem => problem,
    };
    if field.is_empty() {
        Error::invalid_request(format!("query: {problem}"))
    } else {
        Error::invalid_parameter(&field, problem)
    }
}

/// What axum puts before what serde says.
const QUERY_REJECTED: &str = "Failed to deserialize query string: ";

/// A body that says it is JSON, unread.
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Ok(Self(json_bytes(request, state, Code::UnsupportedMediaType).await?))
    }
}

/// The body of a question. One of another type is as malformed as one that is not JSON, as AuthZEN has it.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, state, Code::InvalidRequest).await?;
        let plain = &mut serde_json::Deserializer::from_slice(&bytes);
        if let Ok(read) = named_fields(&mut *plain)
            && plain.end().is_ok()
        {
            return Ok(Self(read));
        }
        // Which field does not fit is only looked for if one does not: that takes longer.
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let mut track = serde_path_to_error::Track::new();
        let read = named_fields(serde_path_to_error::Deserializer::new(&mut json, &mut track));
        let read = read.and_then(|read| json.end().map(|()| read));
        let read = read.map_err(|error| {
            let Misfit { field, problem, .. } = Misfit::of(&track.path().to_string(), &error);
            match field.as_str() {
                "" => Error::invalid_request(format!("body: {problem}")),
                field => Error::invalid_parameter(field, problem),
            }
        });
        Ok(Self(read?))
    }
}

/// The bytes of a body that says it is JSON; `otherwise`, if it does not.
async fn json_bytes<S: Send + Sync>(request: Request, state: &S, otherwise: Code) -> Result<Bytes, Error> {
    if !is_of_type(&request, "application/json") {
        return Err(Error::new(otherwise, "send `Content-Type: application/json`"));
    }
    body_bytes(request, state).await
}

/// The bytes of what a form sends.
///
/// # Errors
/// If it is no form, too large, or does not come in time.
pub async fn form_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    if !is_of_type(&request, "application/x-www-form-urlencoded") {
        return Err(Error::invalid_request("send `Content-Type: application/x-www-form-urlencoded`"));
    }
    body_bytes(request, state).await
}

/// The address of the client, if it is known.
pub fn client_address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Arrival>().and_then(|arrival| arrival.client)
}

fn is_of_type(request: &Request, media_type: &str) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case(media_type))
}

async fn body_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let patience = request.extensions().get::<Arrival>().map_or(Duration::MAX, |arrival| arrival.body_patience);
    let body = tokio::time::timeout(patience, Bytes::from_request(request, state)).await.map_err(|_| {
        let seconds = patience.as_secs();
        Error::invalid_request(format!("the body did not come within {seconds} s; send all of it at once"))
    })?;
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("a command takes at most {COMMAND_BYTES_MAX} bytes, any other body {BODY_BYTES_MAX}");
            Error::new(Code::TooLarge, detail)
        }
        _ => Error::invalid_request(rejection.body_text()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_app::lists::ListRequest;

    #[test]
    fn an_unreadable_query_names_the_parameter_and_what_is_expected() {
        let fields = "those here are at, limit, after, partner, customer, subscription, includeEnded, name, dap, \
                      residual, ended, serial, principal, state";
        for (query, says) in [
            ("limt=1", &*format!("`limt`: is no field: {fields}: did you mean `limit`?")),
            ("a:%20b=1", &format!("`a: b`: is no field: {fields}")),
            ("limit=x", "`limit`: is not a whole number"),
            ("limit=99999999999999999999999", "`limit`: is too large a number"),
            ("includeEnded=yes", "`includeEnded`: is neither `true` nor `false`"),
            ("limit=1&limit=2", "`limit`: is given twice"),
            ("partner=x", "`partner`: `x` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
        ] {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            let rejection = Query::<ListRequest>::try_from_uri(&uri).unwrap_err();
            assert_eq!(unreadable_query(&rejection).detail(), says, "{}", rejection.body_text());
        }
        let uri: Uri = format!("/x?{}=1", "x".repeat(20_000)).parse().unwrap();
        let rejection = Query::<ListRequest>::try_from_uri(&uri).unwrap_err();
        assert!(unreadable_query(&rejection).detail().len() < 300);
    }
}
