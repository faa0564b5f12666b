//! Connections: how many there are, and how long each may take and hold what others need.
//!
//! A client that sends half a request, or reads nothing, costs its own connection and nobody else's. How many may be open
//! follows from how many files the process may open, so that the log and its keys never want for one. HTTP/2 is spoken
//! with clients that ask for it in the TLS handshake.

pub(crate) mod door;
pub(crate) mod exchange;
pub(crate) mod forwarded;
pub(crate) mod limits;
pub(crate) mod listen;
mod shares;
mod slots;
mod streams;
pub(crate) mod tls;

use door::Door;
use exchange::Exchanges;
use forwarded::{Proxies, TrustedProxy};
use hyper::server::conn::{http1, http2};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use limits::{ConnectionLimits, seconds};
use listen::{Listener, Peer, Wire};
use shares::Shares;
use slots::{Slot, SlotLimits, Slots};
use std::{
    future::{Future, pending},
    io,
    pin::pin,
    sync::Arc,
    time::Duration,
};
use streams::Streams;
use tls::HTTP_2;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// How much of what a client sends is held for it at once: the head, or so much of a body, over HTTP/1.
const BUFFER_BYTES: usize = 64 * 1024;
/// How much of a request's body a client may send before it is read, over HTTP/2, and how much of all bodies.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 4 * STREAM_WINDOW_BYTES;
/// How much of an answer waits in an HTTP/2 connection.
const STREAM_BUFFER_BYTES: usize = 16 * 1024;
/// How long an HTTP/2 client may be silent before it is asked whether it is there, and how long it may take to say so.
const SILENCE: Duration = Duration::from_secs(15);
/// How long the client of an HTTP/2 connection that is idle may take to close it, once it was asked to.
const CLOSING: Duration = Duration::from_secs(5);
/// How long to wait if the system has no room for another connection.
const NO_ROOM_PATIENCE: Duration = Duration::from_millis(100);

/// What connections are served with.
#[derive(Clone)]
struct Serving {
    limits: ConnectionLimits,
    exchanges: Exchanges,
    stopping: watch::Receiver<bool>,
}

/// Serves what is behind the door on the listener until `stop` resolves; then requests under way are finished.
///
/// # Errors
/// What the system says of the listener.
pub(crate) async fn serve(
    listener: Listener,
    door: Door,
    proxies: Vec<TrustedProxy>,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let connections = limits.connections_max();
    let of_address = limits.of_address(connections);
    let slots = Slots::new(SlotLimits { connections, of_address, under_way: seconds(limits.under_way_seconds) });
    let proxies = Arc::new(Proxies::new(proxies));
    let shares = Shares::new(connections, of_address);
    let exchanges = Exchanges { door, shares, proxies: proxies.clone(), body_patience: seconds(limits.body_seconds) };
    let (stopper, stopping) = watch::channel(false);
    let serving = Serving { limits, exchanges, stopping };
    // Ends when this does.
    let mut reloading = JoinSet::new();
    if let Some(certificates) = listener.tls() {
        reloading.spawn(certificates.watch());
    }
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept(&limits) => accepted,
        };
        let (wire, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(NO_ROOM_PATIENCE).await;
                continue;
            }
        };
        let address = match peer {
            Peer::Address(address) if !proxies.includes(peer) => Some(shares::network(address)),
            Peer::Address(_) | Peer::UnixSocket => None,
        };
        // If every connection has a request under way, what comes next waits in the system's queue.
        let slot = tokio::select! {
            () = &mut stop => break,
            slot = slots.slot(address) => slot,
        };
        let Some(slot) = slot else {
            tracing::debug!(?peer, "the address has its share of the connections");
            continue;
        };
        let acceptor = listener.tls().map(|certificates| certificates.acceptor());
        tokio::spawn(serving.clone().connection(wire, acceptor, peer, slot));
    }
    drop((listener, serving));
    let _ = stopper.send(true);
    stopper.closed().await;
    Ok(())
}

impl Serving {
    async fn connection(mut self, wire: Wire, acceptor: Option<TlsAcceptor>, peer: Peer, slot: Slot) {
        let Some(acceptor) = acceptor else { return self.http_1(wire, peer, slot).await };
        // Half of a handshake waits like half of a request.
        let handshake = timeout(seconds(self.limits.handshake_seconds), acceptor.accept(wire));
        let tls = tokio::select! {
            handshake = handshake => match handshake {
                Ok(Ok(tls)) => tls,
                Ok(Err(error)) => return tracing::debug!(?peer, %error, "a TLS handshake failed"),
                Err(_) => return tracing::debug!(?peer, "a TLS handshake took too long"),
            },
            () = slot.closed() => return tracing::debug!(?peer, "a connection was closed for a newcomer"),
            _ = self.stopping.wait_for(|stopping| *stopping) => return,
        };
        let (_, session) = tls.get_ref();
        if session.alpn_protocol() == Some(HTTP_2) {
            self.http_2(tls, peer, slot).await;
        } else {
            self.http_1(tls, peer, slot).await;
        }
    }

    async fn http_1(self, wire: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: Peer, slot: Slot) {
        let head_bytes = usize::try_from(self.limits.head_bytes_max()).unwrap_or(BUFFER_BYTES);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(seconds(self.limits.head_seconds))
            .max_header_size(head_bytes)
            .max_buf_size(BUFFER_BYTES.max(head_bytes.saturating_mul(2)))
            .serve_connection(TokioIo::new(wire), self.exchanges.of(peer, slot.activity()));
        // It ends idle connections itself.
        self.drive(connection, pending(), peer, &slot).await;
    }

    async fn http_2(self, wire: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: Peer, slot: Slot) {
        let streams = Streams::new(seconds(self.limits.write_seconds));
        let _end = streams.end();
        let connection = http2::Builder::new(streams.clone())
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.limits.streams.get())
            .max_header_list_size(self.limits.head_bytes_max())
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(STREAM_BUFFER_BYTES)
            .keep_alive_interval(SILENCE)
            .keep_alive_timeout(SILENCE)
            .serve_connection(TokioIo::new(wire), self.exchanges.of(peer, slot.activity()));
        let idle = slot.idle(seconds(self.limits.head_seconds));
        tokio::select! {
            () = self.drive(connection, idle, peer, &slot) => {}
            () = streams.abused() => tracing::debug!(?peer, "a connection was closed: its requests are cancelled"),
        }
    }

    /// Lets the connection go on until it ends, or is to be ended.
    async fn drive<C: GracefulConnection<Error = hyper::Error>>(
        mut self,
        connection: C,
        idle: impl Future<Output = ()>,
        peer: Peer,
        slot: &Slot,
    ) {
        let mut connection = pin!(connection);
        let served = {
            let stopping = self.stopping.wait_for(|stopping| *stopping);
            tokio::select! {
                served = connection.as_mut() => Some(served),
                () = slot.closed() => return tracing::debug!(?peer, "a connection was closed for a newcomer"),
                _ = stopping => None,
                () = idle => None,
            }
        };
        let served = match served {
            Some(served) => served,
            None => {
                connection.as_mut().graceful_shutdown();
                let ended = async {
                    sleep(CLOSING).await;
                    slot.idle(Duration::ZERO).await;
                };
                tokio::select! {
                    served = connection => served,
                    () = slot.closed() => return tracing::debug!(?peer, "a connection was closed for a newcomer"),
                    () = ended => return,
                }
            }
        };
        if let Err(error) = served {
            tracing::debug!(?peer, %error, "a connection was broken off");
        }
    }
}

#[cfg(test)]
mod tests;
