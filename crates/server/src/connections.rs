//! Connections: how many there are, and how long each may take and hold what others need.
//!
//! A client that sends half a request, or reads nothing, costs its own connection and nobody else's. How many may be open
//! follows from how many files the process may open, so that the log and its keys never want for one.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
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
    let connections = Arc::new(Semaphore::new(connections_max()));
    let (open, mut http) = (GracefulShutdown::new(), http1::Builder::new());
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    tokio::pin!(stop);
    loop {
        // What comes beyond the last one waits in the system's queue.
        let one = tokio::select! {
            () = &mut stop => break,
            one = connections.clone().acquire_owned() => one.map_err(io::Error::other)?,
        };
        let stream = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match stream {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_ROOM_PATIENCE).await;
                continue;
            }
        };
        let served = http.serve_connection(TokioIo::new(patient(stream)), TowerToHyperService::new(router.clone()));
        let served = open.watch(served);
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection was broken off");
            }
            drop(one);
        });
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
}

/// The stream, which ends if nothing of what is written is read for a while.
fn patient(stream: TcpStream) -> std::pin::Pin<Box<TimeoutStream<TcpStream>>> {
    // Answers are written whole: nothing is gained by waiting for more. If it is refused, they come later.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}
