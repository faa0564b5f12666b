//! `GET /v1/events`: what happened, in order, as far as the caller may know it: a page as a batch of CloudEvents, or without end
//! as server-sent events.

pub(crate) mod settings;

use crate::{
    answer::ReadAt,
    caller::Caller,
    extract::{Parameters, bearer},
    identity::Identity,
    metrics::UnderWay,
    negotiation::prefers_event_stream,
    problem::Problem,
    service::Service,
};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use futures_util::{StreamExt, stream};
use procura_app::{
    Code, Error, Owner,
    feed::{Feed, FeedFormat, FeedPage, FeedRequest, page},
    link,
};
use procura_domain::temporal::Position;
use procura_engine::Engine;
use std::{convert::Infallible, fmt::Write, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

/// Everything up to that cursor was looked at: a reader goes on behind it.
const REACHED: HeaderName = HeaderName::from_static("procura-reached");
/// Where a reader of server-sent events had come.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How many events are written at once.
const EVENTS_AT_ONCE: usize = 250;
/// About how many bytes one of them is, so that there is room for it.
const EVENT_BYTES: usize = 1_024;
/// After so many milliseconds a reader tries again whose connection broke.
const RETRY: &str = "retry: 1000\n\n";

/// Answers with a page or, if the caller prefers `text/event-stream`, with a stream.
pub(crate) async fn events(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Parameters(mut request, uri): Parameters<FeedRequest>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !prefers_event_stream(&headers) {
        return batch(&service.engine, &caller, request, &uri).await;
    }
    if let Some(last) = headers.get(LAST_EVENT_ID) {
        let last = last.to_str().map_err(|_| Error::invalid_request("`Last-Event-ID` is not text"))?;
        request.after = Some(last.to_owned());
    }
    let format = request.format()?;
    let feed = Feed::follow(&service.engine, caller.reader(), &request)?;
    let live = Live {
        feed,
        format,
        engine: service.engine.clone(),
        owner: caller.owner(),
        identity: service.identity.clone(),
        token: bearer(&headers).unwrap_or_default().to_owned(),
        stopping: service.stopping.clone(),
        heartbeat: service.feeds.heartbeat(),
        heartbeat_at: Instant::now() + service.feeds.heartbeat(),
        has_caught_up: false,
        _open: service.metrics.feed_opened(),
    };
    let pieces = stream::unfold(Some((live, Some(RETRY.to_owned()))), |next| async {
        let (mut live, first) = next?;
        match first {
            Some(first) => Some((first, Some((live, None)))),
            None => {
                let Piece { text, is_last } = live.owner.run(live.piece()).await;
                Some((text, (!is_last).then_some((live, None))))
            }
        }
    });
    let pieces = pieces.map(Ok::<_, Infallible>);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that gathers what it passes on would keep events back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn batch(engine: &Engine, caller: &Caller, request: FeedRequest, uri: &Uri) -> Result<Response, Problem> {
    let format = request.format()?;
    let page = page(engine, caller.reader(), request).await?;
    let FeedPage { events, reached, next } = page.answer;
    let mut body = String::from("[");
    for event in &events {
        body.push_str(if body.len() > 1 { ",\n" } else { "" });
        body.push_str(&event.json_in(format, engine)?);
    }
    body.push(']');
    let media_type = match format {
        FeedFormat::CloudEvents => "application/cloudevents-batch+json",
        FeedFormat::Ocsf => "application/json",
    };
    let type_header = [(header::CONTENT_TYPE, media_type)];
    let mut response = (Extension(ReadAt(page.at)), type_header, body).into_response();
    let headers = response.headers_mut();
    headers.insert(REACHED, HeaderValue::try_from(reached.to_string()).map_err(Error::internal)?);
    if let Some(next) = next {
        let next = format!("<{}>; rel=\"next\"", link(uri.path(), &next));
        headers.insert(header::LINK, HeaderValue::try_from(next).map_err(Error::internal)?);
    }
    Ok(response)
}

/// A feed that is followed over one connection.
struct Live {
    feed: Feed,
    format: FeedFormat,
    engine: Engine,
    owner: Owner,
    identity: Arc<Identity>,
    /// Looked at again and again: it ends, or is revoked.
    token: String,
    stopping: watch::Receiver<bool>,
    heartbeat: Duration,
    heartbeat_at: Instant,
    has_caught_up: bool,
    _open: UnderWay,
}

/// What is written at once.
struct Piece {
    text: String,
    is_last: bool,
}

impl Live {
    /// The next events as soon as there are any, else a heartbeat in time. The first heartbeat comes when the reader has
    /// caught up.
    async fn piece(&mut self) -> Piece {
        if !self.has_caught_up && self.feed.is_at_end() {
            self.has_caught_up = true;
            return self.heartbeat().await;
        }
        loop {
            let mut stopping = self.stopping.clone();
            let stopped = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
            let next = tokio::select! {
                next = timeout_at(self.heartbeat_at, self.feed.next(EVENTS_AT_ONCE)) => next,
                () = stopped => return Piece { text: String::new(), is_last: true },
            };
            let events = match next {
                Ok(Ok(events)) => events,
                Ok(Err(error)) => return ending(&error),
                Err(_) => return self.heartbeat().await,
            };
            let mut text = String::with_capacity(events.len() * EVENT_BYTES);
            for event in &events {
                match event.json_in(self.format, &self.engine) {
                    Ok(json) => _ = write!(text, "id: {}\ndata: {json}\n\n", event.cursor(&self.engine)),
                    Err(error) => return ending(&error),
                }
            }
            if Instant::now() >= self.heartbeat_at {
                let beat = self.heartbeat().await;
                return Piece { text: text + &beat.text, ..beat };
            }
            if !text.is_empty() || !self.has_caught_up {
                return Piece { text, is_last: false };
            }
        }
    }

    /// How far the feed has come; or the end, if the token names nobody any more.
    async fn heartbeat(&mut self) -> Piece {
        self.heartbeat_at = Instant::now() + self.heartbeat;
        if let Err(error) = self.identity.caller(&self.token).await {
            return ending(&Error::new(Code::Unauthenticated, format!("the token {error}")));
        }
        let (reached, time) = (self.feed.reached(), self.engine.now().at);
        // Which log it is: with a cursor of another a reader would skip what it has not seen.
        let source = self.engine.source(Position(reached.position));
        let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let text = format!(
            "event: heartbeat\nid: {reached}\ndata: {{\"source\":\"{source}\",\"reached\":\"{reached}\",\"time\":\"{time}\"}}\n\n"
        );
        Piece { text, is_last: false }
    }
}

/// The last event of a stream that cannot go on.
fn ending(error: &Error) -> Piece {
    let problem = serde_json::to_string(error).unwrap_or_default();
    Piece { text: format!("event: end\ndata: {problem}\n\n"), is_last: true }
}
