//! Where people log in to this server, told to anybody: OAuth 2.0 protected resource metadata (RFC 9728).

use crate::{extract::InPath, identity::Login, problem::Problem, service::Service};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use procura_app::Error;
use serde::Serialize;
use std::collections::BTreeSet;

/// Where the metadata are, on this server.
pub(crate) const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

/// How a client gets a token for this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProtectedResourceMetadata {
    /// The public URL of this service.
    pub(crate) resource: String,
    /// The issuers whose name is an address, which one with a place for a tenant is not.
    authorization_servers: Vec<String>,
    scopes_supported: BTreeSet<String>,
    bearer_methods_supported: [&'static str; 1],
    /// How `procura login` logs in: with which client, at which issuer.
    procura_logins: Vec<Login>,
}

impl ProtectedResourceMetadata {
    fn of(public_url: &str, logins: Vec<Login>) -> Self {
        let issuers = logins.iter().map(|login| login.issuer.clone()).filter(|issuer| !issuer.contains('{'));
        Self {
            resource: public_url.trim_end_matches('/').to_owned(),
            authorization_servers: issuers.collect(),
            scopes_supported: logins.iter().flat_map(|login| login.scopes.iter().cloned()).collect(),
            bearer_methods_supported: ["header"],
            procura_logins: logins,
        }
    }
}

/// `GET /.well-known/oauth-protected-resource`, by anybody.
pub(crate) async fn metadata(State(service): State<Service>) -> impl IntoResponse {
    let metadata = ProtectedResourceMetadata::of(service.engine.public_url(), service.identity.logins());
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(metadata))
}

/// `GET /.well-known/oauth-protected-resource/PATH`, by anybody: where the metadata are if the public URL has that path.
pub(crate) async fn metadata_under_path(State(service): State<Service>, InPath(path): InPath<String>) -> Response {
    match path_of(service.engine.public_url()) {
        Some(own) if own == path => metadata(State(service)).await.into_response(),
        _ => Problem::from(Error::not_found()).into_response(),
    }
}

/// What a refusal adds to `WWW-Authenticate`, so that a client finds out where people log in, if they do anywhere.
pub(crate) fn challenge(service: &Service, challenge: &str) -> Option<HeaderValue> {
    if service.identity.logins().is_empty() {
        return None;
    }
    let url = service.engine.public_url().trim_end_matches('/');
    let path = path_of(url).map(|path| format!("/{path}")).unwrap_or_default();
    let server = url.strip_suffix(&path).unwrap_or(url);
    let comma = if challenge.contains(' ') { "," } else { "" };
    HeaderValue::try_from(format!("{challenge}{comma} resource_metadata=\"{server}{METADATA_PATH}{path}\"")).ok()
}

/// The path of an address, without the slashes around it, if it has one.
fn path_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    Some(path.trim_end_matches('/')).filter(|path| !path.is_empty())
}
