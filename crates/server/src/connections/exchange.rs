//! A request and its answer, on whatever kind of connection: whose it is, how far it has come, and its share of the memory.

use crate::connections::{
    door::Door,
    forwarded::{Client, Proxies},
    listen::Peer,
    shares::{Share, Shares},
    slots::{Activity, OpenRequest},
    streams::Progress,
};
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response, Uri, Version, header, uri::PathAndQuery},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    service::{Service, service_fn},
};
use hyper_util::service::TowerToHyperService;
use parking_lot::Mutex;
use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    mem,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::timeout;

/// Over HTTP/2 an answer is handed over in pieces of that size: what is handed over waits in memory until it is read.
const PIECE_BYTES: usize = 16 * 1024;
/// The last piece is smaller, since it outlives what is known of the exchange: as many as a connection has streams may wait.
const LAST_PIECE_BYTES: usize = 1024;

/// How much of a body that nobody wants is read before the answer, and for how long: most clients read the answer once they have
/// sent everything, and a connection that is closed before looks broken to them.
const UNWANTED_BYTES_MAX: usize = 1024 * 1024;
const UNWANTED_PATIENCE: Duration = Duration::from_secs(1);

/// What is known of a request before it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// The client's address, if it is known: the one that a named proxy tells, else the connection's.
    pub(crate) client: Option<IpAddr>,
    /// The client has its share of the requests under way: this one is refused.
    pub(crate) over_share: bool,
    /// How long the body may take to come.
    pub(crate) body_patience: Duration,
}

/// What every exchange goes through.
#[derive(Clone)]
pub(crate) struct Exchanges {
    /// What answers; over one connection it may be another from one request to the next.
    pub(crate) door: Door,
    pub(crate) shares: Arc<Shares>,
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) body_patience: Duration,
}

impl Exchanges {
    /// Those of one connection.
    pub(crate) fn of(
        &self,
        peer: Peer,
        activity: Activity,
    ) -> impl Service<Request<Incoming>, Response = Response<Answer>, Error = Infallible, Future: Send> + use<> {
        let exchanges = self.clone();
        service_fn(move |mut request: Request<Incoming>| {
            let share = exchanges.prepare(peer, &mut request);
            let exchange =
                Arc::new(Exchange { request: activity.request(), unwanted: Mutex::default(), _share: share });
            answer(exchanges.door.router(), request, exchange)
        })
    }

    /// Notes down with the request whose it is.
    fn prepare(&self, peer: Peer, request: &mut Request<Incoming>) -> Option<Share> {
        let Client { address, has_a_share } = self.proxies.client(peer, request.headers());
        let share = self.shares.take(address.filter(|_| has_a_share));
        if request.version() == Version::HTTP_2 {
            // As HTTP/1 has it.
            let path = request.uri().path_and_query().cloned();
            *request.uri_mut() = Uri::from(path.unwrap_or(PathAndQuery::from_static("/")));
        }
        let (over_share, body_patience) = (share.is_none(), self.body_patience);
        request.extensions_mut().insert(Arrival { client: address, over_share, body_patience });
        share
    }
}

/// A request until its answer was written.
struct Exchange {
    request: OpenRequest,
    /// What was not read of its body.
    unwanted: Mutex<Option<Incoming>>,
    _share: Option<Share>,
}

/// The router's answer; it tells when the request is complete and when the answer was written.
async fn answer(
    router: Router,
    request: Request<Incoming>,
    exchange: Arc<Exchange>,
) -> Result<Response<Answer>, Infallible> {
    if request.body().is_end_stream() && !exchange.request.complete() {
        return pending().await;
    }
    // Over HTTP/2 only the stream ends; and who asks first whether to send the body does not send it.
    let reads_last = request.version() != Version::HTTP_2 && !request.headers().contains_key(header::EXPECT);
    let told = exchange.clone();
    let response = TowerToHyperService::new(router)
        .call(request.map(|body| Question { body: Some(body), exchange: told }))
        .await?;
    let unwanted = exchange.unwanted.lock().take().filter(|_| reads_last);
    if let Some(body) = unwanted {
        let _ = timeout(UNWANTED_PATIENCE, passed_over(body)).await;
    }
    // Also if only half of the request came: there is an answer, and the client gets it.
    if !exchange.request.complete() {
        return pending().await;
    }
    let stream = Progress::of_stream();
    if let Some(stream) = &stream {
        stream.waits_for_client();
    }
    Ok(response.map(|body| Answer { body, rest: Bytes::new(), stream, _exchange: exchange }))
}

/// Reads a body to its end, and keeps nothing of it.
async fn passed_over(mut body: Incoming) {
    let mut left = UNWANTED_BYTES_MAX;
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(less) => left = less,
            None => return,
        }
    }
}

/// The body of a request; it tells when it is complete, and leaves behind what was not read.
struct Question {
    /// There until it is dropped.
    body: Option<Incoming>,
    exchange: Arc<Exchange>,
}

impl HttpBody for Question {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        // If the connection is being closed, that is no longer of interest.
        if (frame.is_none() || self.is_end_stream()) && !self.exchange.request.complete() {
            return Poll::Pending;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        if !self.is_end_stream() {
            *self.exchange.unwanted.lock() = self.body.take();
        }
    }
}

/// The body of an answer; the exchange ends with it.
pub(crate) struct Answer {
    body: Body,
    /// Over HTTP/2: what is not handed over yet of the newest frame.
    rest: Bytes,
    /// None over HTTP/1, where one answer is written after the other.
    stream: Option<Arc<Progress>>,
    _exchange: Arc<Exchange>,
}

impl Answer {
    /// The next piece of what is left of a frame.
    fn piece(&mut self) -> Bytes {
        match self.rest.len().saturating_sub(LAST_PIECE_BYTES) {
            // A copy: what it is a piece of is not kept for it.
            0 => Bytes::copy_from_slice(&mem::take(&mut self.rest)),
            before_the_last => self.rest.split_to(before_the_last.min(PIECE_BYTES)),
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(stream) = self.stream.clone() else { return Pin::new(&mut self.body).poll_frame(context) };
        if self.rest.is_empty() {
            stream.works();
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    stream.finished();
                    return Poll::Ready(None);
                }
            }
        }
        // From now on, until it is asked for more.
        stream.waits_for_client();
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        match self.body.size_hint().exact() {
            Some(bytes) => SizeHint::with_exact(bytes.saturating_add(rest)),
            None => self.body.size_hint(),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream
            && self.is_end_stream()
        {
            stream.finished();
        }
    }
}
