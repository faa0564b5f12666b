//! Connections over real sockets, with limits so small that nothing takes long.

use super::{
    CLOSING,
    door::Door,
    exchange::Arrival,
    limits::ConnectionLimits,
    listen::Listener,
    serve,
    tls::{HTTP_2, Tls},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{self, Method, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use futures_util::{future::join_all, stream};
use h2::{Reason, RecvStream, client, client::SendRequest};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use std::{
    convert::Infallible,
    fs::{self, Permissions},
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    os::unix::fs::PermissionsExt,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const LARGE: usize = 1 << 20;

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// Limits of a second, and eight connections.
fn limits() -> ConnectionLimits {
    let one = number(1);
    ConnectionLimits {
        connections: number(8),
        head_seconds: one,
        write_seconds: one,
        handshake_seconds: one,
        ..ConnectionLimits::default()
    }
}

struct Host {
    address: SocketAddr,
    authority: CertificateDer<'static>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
    _folder: TempDir,
}

impl Host {
    async fn start(limits: ConnectionLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let tls = Tls { certificate: folder.path().join("tls.crt"), key: folder.path().join("tls.key") };
        fs::write(&tls.certificate, cert.pem()).unwrap();
        fs::write(&tls.key, signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&tls.key, Permissions::from_mode(0o600)).unwrap();
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), Some(&tls)).await.unwrap();
        let address = listener.url().strip_prefix("https://").unwrap().parse().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            serve(listener, Door::closed(router()), Vec::new(), limits, stopped).await.unwrap();
        });
        Self { address, authority: cert.der().clone(), stop: Some(stop), served, _folder: folder }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![HTTP_2.to_vec()];
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    /// An HTTP/2 client, whose streams have a window of that size, and what becomes of its connection.
    async fn http_2(&self, window: u32) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
        let mut builder = client::Builder::new();
        builder.initial_window_size(window).initial_connection_window_size(4 << 20);
        let (requests, connection) = builder.handshake(self.connect().await).await.unwrap();
        (requests, tokio::spawn(connection))
    }
}

/// A piece of an answer that does not know where it ends.
fn piece(number: usize) -> Result<Vec<u8>, Infallible> {
    Ok(vec![b'a' + u8::try_from(number % 26).unwrap_or_default(); 1_024])
}

fn router() -> Router {
    let client = |request: Request| async move {
        let arrival = request.extensions().get::<Arrival>().unwrap();
        arrival.client.unwrap().to_string()
    };
    let over = |request: Request| async move {
        if request.extensions().get::<Arrival>().unwrap().over_share {
            return StatusCode::TOO_MANY_REQUESTS.into_response();
        }
        let bytes = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        bytes.len().to_string().into_response()
    };
    Router::new()
        .route("/path", get(|request: Request| async move { request.uri().to_string() }))
        .route("/client", get(client))
        .route("/large", get(|| async { Body::from_stream(stream::iter((0..LARGE / 1_024).map(piece))) }))
        .route("/endless", get(|| async { Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>()) }))
        .route("/page", get(|| async { Body::from(vec![b'a'; 40_000]) }))
        .route("/length", post(over))
        .route(
            "/slow",
            get(|| async {
                sleep(Duration::from_secs(2)).await;
                "slow"
            }),
        )
}

async fn ask(requests: &SendRequest<Bytes>, method: Method, path: &str) -> (u16, RecvStream) {
    let request = http::Request::builder().method(method).uri(format!("https://localhost{path}")).body(()).unwrap();
    let (response, _) = requests.clone().ready().await.unwrap().send_request(request, true).unwrap();
    let response = timeout(PATIENCE, response).await.unwrap().unwrap();
    (response.status().as_u16(), response.into_body())
}

async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut bytes = Vec::new();
    while let Some(data) = timeout(PATIENCE, body.data()).await.unwrap() {
        let data = data?;
        bytes.extend_from_slice(&data);
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    Ok(bytes)
}

/// Reads without making room for more.
async fn read_what_is_there(mut body: RecvStream) -> Result<(), h2::Error> {
    while let Some(data) = timeout(PATIENCE, body.data()).await.unwrap() {
        data?;
    }
    Ok(())
}

async fn text(requests: &SendRequest<Bytes>, path: &str) -> String {
    let (status, body) = ask(requests, Method::GET, path).await;
    assert_eq!(status, 200);
    String::from_utf8(read(body).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_hundred_streams_are_answered_at_once() {
    let host = Host::start(ConnectionLimits::default()).await;
    let (requests, _connection) = host.http_2(1 << 20).await;
    assert_eq!(text(&requests, "/path?a=1").await, "/path?a=1", "as over HTTP/1");
    assert_eq!(text(&requests, "/client").await, Ipv4Addr::LOCALHOST.to_string());
    let large = join_all((0..100).map(|_| text(&requests, "/page"))).await;
    assert!(large.iter().all(|page| page.len() == 40_000));
    assert_eq!(text(&requests, "/large").await.len(), LARGE);
    assert_eq!(requests.current_max_send_streams(), 100, "and no more");
}

#[tokio::test]
async fn an_answer_that_is_not_read_costs_its_own_stream() {
    let host = Host::start(limits()).await;
    let (requests, connection) = host.http_2(20_000).await;
    let begun = Instant::now();
    let (_, unread) = ask(&requests, Method::GET, "/large").await;
    let (_, small) = ask(&requests, Method::GET, "/page").await;
    // The connection goes on, and others' answers are read.
    while begun.elapsed() < Duration::from_secs(3) {
        assert_eq!(text(&requests, "/path").await, "/path");
        sleep(Duration::from_millis(100)).await;
    }
    for unread in [unread, small] {
        let broken_off = read(unread).await.unwrap_err();
        assert_eq!(broken_off.reason(), Some(Reason::CANCEL), "{broken_off}");
    }
    assert_eq!(text(&requests, "/path").await, "/path");
    drop(requests);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn idle_connections_end_also_with_an_end_that_nobody_reads() {
    let host = Host::start(limits()).await;
    // One that says nothing, one that was answered, and one that leaves the last piece of an answer unread.
    let mut silent = host.connect().await;
    let (requests, idle) = host.http_2(1 << 20).await;
    text(&requests, "/path").await;
    let (other, stuck) = host.http_2(39_500).await;
    let (_, _unread) = ask(&other, Method::GET, "/page").await;
    let begun = Instant::now();
    assert!(timeout(PATIENCE, idle).await.unwrap().unwrap().is_ok());
    assert!(begun.elapsed() < Duration::from_secs(3), "one that is asked to closes: {:?}", begun.elapsed());
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, silent.read_to_end(&mut said)).await.unwrap();
    let _ = timeout(PATIENCE, stuck).await.unwrap().unwrap();
    assert!(begun.elapsed() < CLOSING + Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn half_handshakes_end() {
    let host = Host::start(limits()).await;
    let begun = Instant::now();
    let mut half = TcpStream::connect(host.address).await.unwrap();
    half.write_all(&[0x16, 3, 1, 2, 0]).await.unwrap();
    assert_eq!(timeout(PATIENCE, half.read(&mut [0; 9])).await.unwrap().unwrap_or(0), 0);
    assert!((1..4).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_client_that_cancels_again_and_again_loses_its_connection() {
    let host = Host::start(ConnectionLimits::default()).await;
    let (requests, connection) = host.http_2(1 << 20).await;
    let mut cancelled = 0;
    while !connection.is_finished() && cancelled < 10_000 {
        let request = http::Request::get("https://localhost/endless").body(()).unwrap();
        let Ok(mut ready) = requests.clone().ready().await else { break };
        let Ok((answer, mut stream)) = ready.send_request(request, true) else { break };
        // It has begun. Before that, a few are too many for h2.
        let Ok(_answer) = timeout(PATIENCE, answer).await.unwrap() else { break };
        stream.send_reset(Reason::CANCEL);
        cancelled += 1;
    }
    assert!((100..1_000).contains(&cancelled), "{cancelled}");
    let (requests, _connection) = host.http_2(1 << 20).await;
    assert_eq!(text(&requests, "/path").await, "/path");
}

/// All at once, before any has begun: h2 ends that itself.
#[tokio::test]
async fn a_burst_of_cancelled_requests_ends_the_connection() {
    let host = Host::start(ConnectionLimits::default()).await;
    let mut raw = host.connect().await;
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for number in 0..1_000_u32 {
        let stream = (2 * number + 1).to_be_bytes();
        // :method GET, :scheme https, :path /, from the static table; END_HEADERS and END_STREAM.
        sent.extend([&[0, 0, 3, 1, 5], &stream[..], &[0x82, 0x87, 0x84]].concat());
        sent.extend([&[0, 0, 4, 3, 0], &stream[..], &[0, 0, 0, 8]].concat());
    }
    // It may be closed before all of it is written.
    let _ = raw.write_all(&sent).await;
    let _ = raw.flush().await;
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, raw.read_to_end(&mut said)).await.unwrap();
    let calm = u32::from(Reason::ENHANCE_YOUR_CALM).to_be_bytes();
    assert!(said.windows(calm.len()).any(|window| window == calm), "{said:?}");
}

#[tokio::test]
async fn streams_share_what_an_address_may_have() {
    let host = Host::start(ConnectionLimits { head_seconds: number(30), ..limits() }).await;
    let (requests, _connection) = host.http_2(1 << 20).await;
    // Four of eight, each with half of a body.
    let mut halves = Vec::new();
    for _ in 0..4 {
        let request = http::Request::post("https://localhost/length").body(()).unwrap();
        let (response, mut body) = requests.clone().ready().await.unwrap().send_request(request, false).unwrap();
        body.send_data("half".into(), false).unwrap();
        halves.push((response, body));
    }
    sleep(Duration::from_millis(200)).await;
    let (status, _) = ask(&requests, Method::POST, "/length").await;
    assert_eq!(status, 429);
    for (response, mut body) in halves {
        body.send_data("half".into(), true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(read(response.into_body()).await.unwrap(), b"8");
    }
    assert_eq!(ask(&requests, Method::POST, "/length").await.0, 200);
}

/// They are in memory until they are read or broken off, and so long they count.
#[tokio::test]
async fn answers_that_are_not_read_count() {
    let host = Host::start(limits()).await;
    let (requests, _connection) = host.http_2(100).await;
    let mut unread = Vec::new();
    for _ in 0..4 {
        unread.push(ask(&requests, Method::GET, "/page").await);
    }
    assert_eq!(ask(&requests, Method::POST, "/length").await.0, 429);
    for (_, body) in unread {
        assert!(read_what_is_there(body).await.is_err());
    }
    assert_eq!(ask(&requests, Method::POST, "/length").await.0, 200);
}

#[tokio::test]
async fn heads_have_a_size_over_http_2_too() {
    let host = Host::start(ConnectionLimits::default()).await;
    let (requests, _connection) = host.http_2(1 << 20).await;
    let with = async |bytes: usize| {
        let request = http::Request::get("https://localhost/path").header("x-y", "x".repeat(bytes)).body(()).unwrap();
        let (response, _) = requests.clone().ready().await.unwrap().send_request(request, true).unwrap();
        response.await.map(|response| response.status().as_u16())
    };
    assert_eq!(with(30_000).await.unwrap(), 200);
    assert_eq!(with(40_000).await.unwrap(), 431);
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way() {
    let mut host = Host::start(ConnectionLimits::default()).await;
    let (requests, connection) = host.http_2(1 << 20).await;
    // It is the server that ends the connection, as long as the client has this.
    let _kept = requests.clone();
    let slow = tokio::spawn(async move { text(&requests, "/slow").await });
    let half = host.connect().await;
    let begun = Instant::now();
    sleep(Duration::from_millis(300)).await;
    host.stop.take().unwrap().send(()).unwrap();
    assert_eq!(slow.await.unwrap(), "slow");
    assert!(connection.await.unwrap().is_ok());
    drop(half);
    host.served.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

/// Streams that are open and silent do not keep a slot: of newcomers, the one that has waited the longest makes room.
#[tokio::test]
async fn half_streams_keep_nobody_out() {
    let host = Host::start(ConnectionLimits { head_seconds: number(30), ..limits() }).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let (requests, connection) = host.http_2(1 << 20).await;
        let request = http::Request::post("https://localhost/length").body(()).unwrap();
        let (response, mut body) = requests.clone().ready().await.unwrap().send_request(request, false).unwrap();
        body.send_data("half".into(), false).unwrap();
        held.push((requests, connection, response, body));
    }
    sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    let (requests, _connection) = host.http_2(1 << 20).await;
    assert_eq!(text(&requests, "/path").await, "/path");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    sleep(Duration::from_millis(100)).await;
    let ended: Vec<_> = held.iter().map(|(_, connection, ..)| connection.is_finished()).collect();
    assert_eq!(ended, [true, false, false, false]);
}
