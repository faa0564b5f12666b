//! Connections: how many there are, and how long each may take and hold what others need.
//!
//! A client that sends half a request, or reads nothing, costs its own connection and nobody else's. How many may be open
//! follows from how many files the process may open, so that the log and its keys never want for one.

use crate::slots::{Activity, Slots};
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    convert::Infallible,
    future::{Future, pending},
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

/// How long a request's head may take to come, from the end of the request before: so also how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may read nothing of what is written to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How large a request's head may be.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How much of what a client sends is held for it at once.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How many connections there are at most, however many files may be open.
const CONNECTIONS_MAX: usize = 4_096;
/// How much of them one address may have. Nothing stands between clients and this server, so an address is a client, or
/// the clients of one machine.
const SHARE_OF_ADDRESS: usize = 2;
/// Files that are not connections: the log, its keys, checkpoints, a backup, what the system wants.
const OTHER_FILES: u64 = 64;
/// How long to wait if the system has no room for another connection.
const NO_ROOM_PATIENCE: Duration = Duration::from_millis(100);

/// How many connections this process may have open at once: as many as the system lets it open files for, after asking for as
/// many as it gives.
fn connections_max() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // If it is refused, the limit stays as it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = getrlimit(Resource::Nofile).current.or(current).unwrap_or(u64::MAX);
    usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).clamp(1, CONNECTIONS_MAX)
}

/// Serves the router on the listener until `stop` resolves; then requests under way are finished.
///
/// # Errors
/// What the system says of the listener.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> io::Result<()> {
    let max = connections_max();
    let slots = Slots::new(max, max.div_ceil(SHARE_OF_ADDRESS));
    let (open, mut http) = (GracefulShutdown::new(), http1::Builder::new());
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_ROOM_PATIENCE).await;
                continue;
            }
        };
        // If every connection has a request under way, what comes next waits in the system's queue.
        let slot = tokio::select! {
            () = &mut stop => break,
            slot = slots.slot(address.ip()) => slot,
        };
        let Some(slot) = slot else {
            tracing::debug!(%address, "the address has its share of the connections");
            continue;
        };
        let served = http.serve_connection(TokioIo::new(patient(stream)), told(router.clone(), slot.activity()));
        let served = open.watch(served);
        tokio::spawn(async move {
            tokio::select! {
                served = served => if let Err(error) = served {
                    tracing::debug!(%error, "a connection was broken off");
                },
                () = slot.closed() => tracing::debug!(%address, "a connection was closed for a newcomer"),
            }
            drop(slot);
        });
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
}

/// The router, which tells when a request is complete and when its answer was written.
fn told(
    router: Router,
    activity: Activity,
) -> impl Service<Request<Incoming>, Response = Response<Answer>, Error = Infallible, Future: Send> {
    let router = TowerToHyperService::new(router);
    service_fn(move |request: Request<Incoming>| {
        let (router, activity) = (router.clone(), activity.clone());
        async move {
            if request.body().is_end_stream() && !activity.begin() {
                return pending().await;
            }
            let told = activity.clone();
            let response = router.call(request.map(|body| Question { body, activity: told })).await?;
            // Also if only half of the request came: there is an answer, and the client gets it.
            if !activity.begin() {
                return pending().await;
            }
            Ok(response.map(|body| Answer { body, activity }))
        }
    })
}

/// The body of a request; it tells when it is complete.
struct Question {
    body: Incoming,
    activity: Activity,
}

impl HttpBody for Question {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        // If the connection is being closed, that is no longer of interest.
        if (frame.is_none() || self.body.is_end_stream()) && !self.activity.begin() {
            return Poll::Pending;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer; it tells when it was written.
struct Answer {
    body: Body,
    activity: Activity,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.activity.end();
    }
}

/// The stream, which ends if nothing of what is written is read for a while.
fn patient(stream: TcpStream) -> Pin<Box<TimeoutStream<TcpStream>>> {
    // Answers are written whole: nothing is gained by waiting for more. If it is refused, they come later.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}
