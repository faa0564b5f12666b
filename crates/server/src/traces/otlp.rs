//! Spans as OpenTelemetry has them. They wait in a bounded queue and are sent by a thread of their own: what does not fit
//! in the queue is dropped, and no answer waits for it.

use axum::http::{HeaderMap, HeaderValue};
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter},
};
use std::{
    mem,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tracing::{Level, Span};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};
use ureq::Agent;

/// The name of the service, unless `OTEL_SERVICE_NAME` gives another.
const SERVICE: &str = "procura";
/// The name that a request's span has here.
const REQUEST: &str = "request";
/// The fields of a request's span here, and the names of the same by OpenTelemetry's conventions.
const CONVENTIONS: [(&str, &str); 4] = [
    ("method", "http.request.method"),
    ("path", "url.path"),
    ("client", "client.address"),
    ("id", "http.request.header.x-request-id"),
];
const ROUTE: &str = "http.route";
const STATUS: &str = "http.response.status_code";
/// The largest answer of a collector that is read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// How long the rest may take to be sent when the server stops.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// Where spans go to. Ended by [`Traces::end`], which sends what still waits.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Those that `agent` sends to that address: so large a share of all, from 0 to 1.
    ///
    /// # Errors
    /// Why nothing can be sent there.
    pub fn to(endpoint: &str, share: f64, agent: Agent) -> Result<Self, String> {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Client(agent))
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| error.to_string())?;
        let resource = Resource::builder();
        let resource = match std::env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => resource,
            None => resource.with_service_name(SERVICE),
        };
        let resource = resource.with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        // A client may name its trace, and yet cannot have more kept than the share.
        let share = Sampler::TraceIdRatioBased(share);
        let sampler = Sampler::parent_based(share.clone()).with_remote_parent_sampled(share);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Exporter { exporter, is_failing: AtomicBool::new(false) })
            .with_resource(resource.build())
            .with_sampler(sampler)
            .build();
        Ok(Self(provider))
    }

    /// What takes spans in, and what is logged within them by default.
    pub fn layer<S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync>(&self) -> impl Layer<S> + use<S> {
        let told = filter_fn(|told| {
            let level_max = if told.is_span() { Level::DEBUG } else { Level::INFO };
            told.target().starts_with("procura") && *told.level() <= level_max
        });
        OpenTelemetryLayer::new(self.0.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(true)
            .with_filter(told.with_max_level_hint(Level::DEBUG))
    }

    /// Sends what still waits.
    pub fn end(self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST_PATIENCE) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Makes the span part of the trace that the client named (W3C Trace Context).
pub(super) fn begun(span: &Span, headers: &HeaderMap) {
    let mut named = headers.get_all("traceparent").iter();
    if let (Some(parent), None) = (named.next(), named.next())
        && let Some(parent) = parent_of(parent)
    {
        // The span is new, so it has no other parent.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// The span that `traceparent` names, in version 00; none if it names none.
fn parent_of(header: &HeaderValue) -> Option<SpanContext> {
    let parts: Vec<_> = header.to_str().ok()?.splitn(5, '-').collect();
    let ["00", trace, span, flags] = parts[..] else { return None };
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if [trace.len(), span.len(), flags.len()] != [32, 16, 2] || ![trace, span, flags].into_iter().all(is_hex) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let parent = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    parent.is_valid().then_some(parent)
}

pub(super) fn routed(route: &'static str) {
    Span::current().set_attribute(ROUTE, route);
}

pub(super) fn answered(status: u16) {
    let span = Span::current();
    span.set_attribute(STATUS, i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// Sends with the HTTP client that everything else uses. Blocks: it is called on the thread that sends spans.
#[derive(Debug)]
struct Client(Agent);

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = self.0.run(request.map(Vec::from))?.into_parts();
        let body = body.into_with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}

/// Names spans by OpenTelemetry's conventions on their way out, and says when they cannot be sent: once, until they can.
#[derive(Debug)]
struct Exporter {
    exporter: opentelemetry_otlp::SpanExporter,
    is_failing: AtomicBool,
}

impl SpanExporter for Exporter {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().filter(|span| span.name == REQUEST).for_each(named);
        let exported = self.exporter.export(batch).await;
        match (&exported, self.is_failing.swap(exported.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "traces are lost: they cannot be sent"),
            (Ok(()), true) => tracing::info!("traces are sent again"),
            _ => {}
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Gives a request's span the names that others know.
fn named(span: &mut SpanData) {
    span.span_kind = SpanKind::Server;
    for KeyValue { key, .. } in &mut span.attributes {
        if let Some((_, convention)) = CONVENTIONS.iter().find(|(ours, _)| key.as_str() == *ours) {
            let _ = mem::replace(key, (*convention).into());
        }
    }
    let value = |wanted| span.attributes.iter().find(|KeyValue { key, .. }| key.as_str() == wanted);
    let value = |wanted| value(wanted).map(|KeyValue { value, .. }| value.as_str().into_owned());
    let name = [value("http.request.method"), value(ROUTE)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    span.name = name.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_parent_is_taken() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = |text: String| parent_of(&HeaderValue::try_from(text).unwrap());
        let read = parent(format!("00-{trace}-00f067aa0ba902b7-01")).unwrap();
        assert!(read.is_sampled() && read.is_remote() && read.trace_id().to_string() == trace);
        assert!(!parent(format!("00-{trace}-00f067aa0ba902b7-00")).unwrap().is_sampled());
        for bad in [
            String::new(),
            trace.to_owned(),
            format!("01-{trace}-00f067aa0ba902b7-01"),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("00-{trace}-00f067aa0ba902b7-01-"),
            format!("00-{trace}-00f067aa0ba902b7-01-x"),
            format!("00-{trace}-00f067aa0ba902b7-+1"),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-0000000000000000-01"),
        ] {
            assert!(parent(bad.clone()).is_none(), "{bad}");
        }
    }
}
