//! Traces, as a collector gets them: spans by OpenTelemetry's conventions, in the client's own trace, and nothing waits for them.

use axum::{http::StatusCode, response::IntoResponse};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind},
};
use procura_tests::{Server, procura, receiver::Receiver, run, world};
use prost::Message;
use serde_json::json;
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;
use world::{ALEX, CONTOSO, FABRIKAM};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn server(home: &Path, endpoint: &str, share: f64) -> Server {
    let text = format!("[traces]\nendpoint = \"{endpoint}/v1/traces\"\nshare = {share:?}\n");
    let server = Server::configured_by(procura(), &home.join("data"), &text, &["--dev"]);
    server.tell(&world::with_relationships());
    server
}

/// A command that is recorded, in a client's trace.
fn revoke(server: &Server, traceparent: &str) {
    let headers = [("content-type", "application/json"), ("traceparent", traceparent), ("x-request-id", "told")];
    let body = json!({"customer": CONTOSO, "partner": FABRIKAM}).to_string();
    assert_eq!(server.user(ALEX).send("POST", "/v1/commands/RevokeDap", &headers, &body).status, 201);
}

fn spans(collector: &Receiver) -> Vec<Span> {
    let requests = collector.received().into_iter().map(|sent| {
        assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/v1/traces"));
        assert_eq!(sent.headers["content-type"], "application/x-protobuf");
        ExportTraceServiceRequest::decode(sent.body).unwrap()
    });
    requests.flat_map(|sent| sent.resource_spans).flat_map(|of| of.scope_spans).flat_map(|of| of.spans).collect()
}

/// Names and values of its attributes.
fn attributes(span: &Span) -> BTreeMap<&str, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    span.attributes.iter().map(|attribute| (attribute.key.as_str(), text(&attribute.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_request_is_a_span_in_its_clients_trace() {
    let (home, collector) = (tempfile::tempdir().unwrap(), Receiver::start(|_| StatusCode::OK.into_response()));
    let mut server = server(home.path(), collector.url(), 1.0);
    revoke(&server, &format!("00-{TRACE}-00f067aa0ba902b7-01"));
    assert_eq!(server.stranger().get("/v1/history").status, 401);
    // What waits is sent before the process ends.
    server.stop();
    let spans = spans(&collector);
    let of_client: Vec<_> = spans.iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
    let request = of_client.iter().find(|span| span.name == "POST /v1/commands/{name}").unwrap();
    assert_eq!((request.kind(), hex(&request.parent_span_id).as_str()), (SpanKind::Server, "00f067aa0ba902b7"));
    let told = attributes(request);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("url.path", "/v1/commands/RevokeDap"),
        ("http.route", "/v1/commands/{name}"),
        ("http.response.status_code", "201"),
        ("client.address", "127.0.0.1"),
        ("http.request.header.x-request-id", "told"),
    ] {
        assert_eq!(told.get(name).map(String::as_str), Some(value), "{name} in {told:?}");
    }
    // What the engine did of it is a span within.
    let record = of_client.iter().find(|span| span.name == "record").unwrap();
    assert_eq!(record.parent_span_id, request.span_id);
    assert_eq!(of_client.len(), 2);
    // Only lines that are logged by default are in it.
    assert!(spans.iter().all(|span| span.events.is_empty()), "{spans:?}");
    let refused = spans.iter().find(|span| span.name == "GET /v1/history").unwrap();
    assert!(hex(&refused.trace_id) != TRACE && attributes(refused)["http.response.status_code"] == "401");
    // No token, and no body.
    for sent in collector.received() {
        let text = String::from_utf8_lossy(&sent.body).into_owned();
        assert!(!text.contains("eyJ") && !text.contains("Bearer") && !text.contains(FABRIKAM), "{text}");
    }
}

#[test]
fn a_client_has_no_more_traces_kept_than_the_share() {
    let (home, collector) = (tempfile::tempdir().unwrap(), Receiver::start(|_| StatusCode::OK.into_response()));
    let mut server = server(home.path(), collector.url(), 0.0);
    revoke(&server, &format!("00-{TRACE}-00f067aa0ba902b7-01"));
    server.stop();
    assert_eq!(spans(&collector), []);
}

#[test]
fn nobody_waits_for_a_collector() {
    let home = tempfile::tempdir().unwrap();
    let collector = Receiver::start(|_| StatusCode::BAD_GATEWAY.into_response());
    let mut server = server(home.path(), collector.url(), 1.0);
    for _ in 0..3 {
        assert_eq!(server.user(ALEX).get("/v1/caller").status, 200);
    }
    server.stop();
    let told = server.stderr();
    assert_eq!(told.matches("traces are lost").count(), 1, "{told}");
}

#[test]
fn an_endpoint_that_does_not_fit_is_told_at_the_start() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("procura.toml");
    std::fs::write(&file, "[traces]\nendpoint = \"http://otel.example.com/v1/traces\"\n").unwrap();
    let mut serve = procura();
    serve.args(["serve", "--dev", "--data"]).arg(home.path().join("data")).arg("--config").arg(&file);
    let ran = run(&mut serve, "");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("traces.endpoint") && ran.stderr.contains("not https"), "{}", ran.stderr);
}

/// A request keeps the id that it came with, and gets one if it came with none.
#[test]
fn every_answer_carries_the_id_of_its_request() {
    let server = Server::start();
    let stranger = server.stranger();
    let given = stranger.send("GET", "/healthz", &[("x-request-id", "from-the-gateway-17")], "");
    assert_eq!(given.header("x-request-id"), "from-the-gateway-17");
    let made =
        [stranger.get("/healthz"), stranger.get("/v1/nothing")].map(|reply| reply.header("x-request-id").to_owned());
    assert!(made.iter().all(|id| id.parse::<Uuid>().is_ok()) && made[0] != made[1], "{made:?}");
}
