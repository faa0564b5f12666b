//! The description of every route, as OpenAPI 3.1: served at `/openapi.json` and kept in `docs/openapi.json`.
//!
//! To describe a new route, add it to [`operations`]: one entry a route, beside those of its kind. A new shape of an answer
//! is described in `procura_app::schemas`. A request to try it with, and how it is answered, goes into `examples.json`.
//! Tests hold that every route is described, that no other is, and that real answers are as it says.

mod examples;
mod headers;
mod operation;
mod operations;
pub(crate) mod parameters;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use examples::Examples;
use operation::{BEARER, Operation};
use procura_app::schemas;
use std::sync::LazyLock;
use utoipa::openapi::{
    ComponentsBuilder, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Server,
    info::{InfoBuilder, License},
    security::{Http, HttpAuthScheme, SecurityScheme},
    tag::TagBuilder,
};

/// What the routes are about, in the order of the document.
const TAGS: &[(&str, &str)] = &[
    ("access", "Access questions, as the OpenID AuthZEN Authorization API 1.0 asks them."),
    ("commands", "What is to be done: each is recorded whole, or refused and leaves nothing behind."),
    ("lists", "What held at a moment, as rows."),
    ("invitations", "A partner's invitations and their drafts."),
    ("history", "What happened, who did it, and what it changed."),
    ("over time", "Who could do what, when exactly, and why."),
    ("reports", "Compliance reports."),
    ("evidence", "Checkpoints, proofs and backups of the log."),
    ("service", "The service itself, and who is calling it."),
];

static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_pretty_json().unwrap_or_default() + "\n");

/// `GET /openapi.json`
pub(crate) async fn description() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], DOCUMENT.as_str()).into_response()
}

/// The document.
fn document() -> OpenApi {
    let examples = Examples::read();
    let operations = operations::all();
    let paths = operations.iter().fold(PathsBuilder::new(), |paths, operation| {
        let example = examples.of(operation.id());
        paths.path(operation.path(), PathItem::new(operation.method(), operation.described(example)))
    });
    let tags = TAGS.iter().map(|(name, says)| TagBuilder::new().name(*name).description(Some(*says)).build());
    let token = SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build());
    let components = schemas::all()
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, shape)| components.schema(name, shape));
    let components = parameters::shared()
        .into_iter()
        .fold(components, |components, (name, parameter)| components.parameter(name, parameter));
    let errors = operations.iter().flat_map(Operation::shared_errors);
    let components = errors.fold(components, |components, (name, error)| components.response(name, error));
    let components =
        headers::shared().into_iter().fold(components, |components, (name, header)| components.header(name, header));
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.security_scheme(BEARER, token).build()))
        .tags(Some(tags))
        .build()
}

fn info() -> Info {
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    InfoBuilder::new()
        .title("Procura")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The record of delegated administration: partners that act in their customers' tenants. docs/http.md explains \
             paging, moments, positions, idempotency, epochs and errors.",
        ))
        .license(Some(license))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{open_routes, routes};
    use procura_domain::command::Command;
    use std::collections::BTreeSet;

    /// The one list of routes is that of `routes.rs`; that of commands is the domain's.
    #[test]
    fn every_route_is_described_and_nothing_else() {
        let served: BTreeSet<(String, String)> = routes()
            .chain(open_routes())
            .flat_map(|(method, path)| {
                match path {
                    "/v1/commands/{name}" => Command::NAMES.iter().map(|name| path.replace("{name}", name)).collect(),
                    path => vec![path.replace("{*", "{")],
                }
                .into_iter()
                .map(move |path| (method.to_owned(), path))
            })
            .collect();
        let all = operations::all();
        let described: BTreeSet<_> = all.iter().map(Operation::route).collect();
        assert_eq!(described, served);
        assert_eq!(all.len(), described.len(), "each once");
        let ids: BTreeSet<_> = all.iter().map(Operation::id).collect();
        assert_eq!(ids.len(), all.len(), "each has an id of its own");
    }
}
