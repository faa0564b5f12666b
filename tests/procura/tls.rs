//! TLS: both kinds of HTTP, certificates that are renewed while the server runs, clients that stall.

use crate::hostile::{half, rest, with_files};
use procura_tests::{PATIENCE, Server, procura, run, world};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
    version::{TLS12, TLS13},
};
use serde_json::json;
use std::{
    fs::{self, Permissions},
    io::Write,
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use ureq::http::Request;
use world::{ALEX, FABRIKAM};

/// A folder with an authority of its own, and what it signed.
struct Keys {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    authority: String,
}

impl Keys {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = parameters.self_signed(&key).unwrap().pem();
        let keys = Self { folder: tempfile::tempdir().unwrap(), issuer: Issuer::new(parameters, key), authority };
        fs::write(keys.path("ca.crt"), &keys.authority).unwrap();
        keys
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new certificate for this machine and its key, in PEM form.
    fn sign(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        (parameters.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// The same, in the files that the server reads.
    fn renew(&self) -> String {
        let (certificate, key) = self.sign();
        fs::write(self.path("tls.crt"), &certificate).unwrap();
        fs::write(self.path("tls.key"), key).unwrap();
        fs::set_permissions(self.path("tls.key"), Permissions::from_mode(0o640)).unwrap();
        certificate
    }

    fn server_by(&self, program: Command) -> Server {
        let (certificate, key) = (self.path("tls.crt"), self.path("tls.key"));
        let flags = ["--tls-certificate", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
        Server::start_at("localhost:0", program, &self.path("data"), &flags).trusted_by(&self.authority)
    }

    fn config(&self, alpn: &[&str], newest: bool) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let versions = [if newest { &TLS13 } else { &TLS12 }];
        let config = config.with_protocol_versions(&versions).unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    fn connect(&self, server: &Server, alpn: &[&str], newest: bool) -> StreamOwned<ClientConnection, TcpStream> {
        let config = self.config(alpn, newest);
        let session = ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
        let stream = TcpStream::connect(address(server)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut stream = StreamOwned::new(session, stream);
        stream.conn.complete_io(&mut stream.sock).unwrap();
        stream
    }

    /// The certificate that new connections get.
    fn shown(&self, server: &Server) -> CertificateDer<'static> {
        self.connect(server, &[], true).conn.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

fn address(server: &Server) -> &str {
    server.url.strip_prefix("https://").unwrap()
}

const REQUEST: &str = "GET /readyz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[test]
fn https_is_served_to_clients_that_know_the_authority() {
    let keys = Keys::new();
    keys.renew();
    let server = keys.server_by(procura());
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    for newest in [true, false] {
        for alpn in [&["http/1.1"][..], &[], &["h2", "http/1.1"]] {
            let mut stream = keys.connect(&server, alpn, newest);
            let version = if newest { ProtocolVersion::TLSv1_3 } else { ProtocolVersion::TLSv1_2 };
            assert_eq!(stream.conn.protocol_version(), Some(version));
            assert_eq!(stream.conn.alpn_protocol(), alpn.first().map(|name| name.as_bytes()));
            if alpn.first() != Some(&"h2") {
                stream.write_all(REQUEST.as_bytes()).unwrap();
                assert!(rest(stream).starts_with("HTTP/1.1 200"));
            }
        }
    }
    // What is no TLS is not answered.
    assert!(!rest(half(address(&server), REQUEST)).contains("HTTP"));

    // The command line, which trusts what it is told to trust and nothing else.
    let token = server.token(ALEX.tenant, ALEX.user, &["Auditor"]);
    let ask = |authority: Option<&Path>| {
        let mut command = procura();
        command.args(["history", "--server", &server.url]).env("PROCURA_TOKEN", &token);
        command.envs(authority.map(|path| ("PROCURA_CA_FILE", path)));
        run(&mut command, "")
    };
    let trusted = ask(Some(&keys.path("ca.crt")));
    assert_eq!(trusted.code, 0, "{}", trusted.stderr);
    let stranger = ask(None);
    assert!(stranger.code == 2 && stranger.stderr.contains("UnknownIssuer"), "{}", stranger.stderr);
    let wrong = ask(Some(&keys.path("tls.key")));
    assert!(wrong.code == 2 && wrong.stderr.contains("holds no certificates"), "{}", wrong.stderr);
}

/// Half handshakes wait like half requests: newcomers displace them.
#[test]
fn half_handshakes_keep_nobody_out() {
    let keys = Keys::new();
    keys.renew();
    let server = keys.server_by(with_files(112));
    let client = server.service("Operator");
    assert_eq!(client.get("/v1/history").status, 200);
    let _halves: Vec<_> = (0..60).map(|_| half(address(&server), "\x16\x03\x01\x02")).collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        let begun = Instant::now();
        assert_eq!(server.stranger().get("/readyz").status, 200);
        slowest = slowest.max(begun.elapsed());
        assert_eq!(client.get("/v1/history").status, 200);
    }
    assert!(slowest < Duration::from_secs(1), "a newcomer waited {slowest:?}");
}

/// The certificate and the key are exchanged, one after the other, while clients come and go; no request fails. What is
/// broken is not taken in.
#[test]
fn a_renewed_certificate_is_taken_in_under_load() {
    let keys = Keys::new();
    keys.renew();
    let server = keys.server_by(procura());
    let first = keys.shown(&server);
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let until = |what: &str, done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < PATIENCE, "{what}: {}", server.stderr());
            thread::sleep(Duration::from_millis(50));
        }
    };
    thread::scope(|scope| {
        let load = || {
            let kept = server.stranger();
            while !stop.load(SeqCst) {
                assert_eq!(kept.get("/readyz").status, 200);
                assert_eq!(server.stranger().get("/readyz").status, 200);
                answered.fetch_add(2, SeqCst);
            }
        };
        let loads: Vec<_> = (0..2).map(|_| scope.spawn(load)).collect();
        let (certificate, key) = keys.sign();
        fs::write(keys.path("tls.crt"), &certificate).unwrap();
        until("half of a pair is noticed", &|| server.stderr().contains("do not fit"));
        assert_eq!(keys.shown(&server), first);
        fs::write(keys.path("tls.key"), key).unwrap();
        let second = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        until("the new one is taken in", &|| keys.shown(&server) == second);
        fs::write(keys.path("tls.crt"), "broken").unwrap();
        until("what is broken is noticed", &|| server.stderr().contains("holds no certificate"));
        assert_eq!(keys.shown(&server), second);
        stop.store(true, SeqCst);
        loads.into_iter().for_each(|load| load.join().unwrap());
    });
    assert!(answered.load(SeqCst) > 100, "{answered:?}");
    let warned = server.stderr().matches("is not taken in").count();
    assert_eq!(warned, 2, "each once: {}", server.stderr());
}

#[test]
fn a_start_with_files_that_cannot_be_used_is_refused() {
    let keys = Keys::new();
    keys.renew();
    let refused = |certificate: &str, key: &str| {
        let mut command = procura();
        command.args(["serve", "--dev", "--data"]).arg(keys.path("data")).args(["--listen", "127.0.0.1:0"]);
        command.arg("--tls-certificate").arg(keys.path(certificate)).arg("--tls-key").arg(keys.path(key));
        let ran = run(&mut command, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        ran.stderr
    };
    assert!(refused("none", "tls.key").contains("none: No such file"));
    assert!(refused("tls.key", "tls.key").contains("tls.key holds no certificate"));
    assert!(refused("tls.crt", "ca.crt").contains("ca.crt"), "everybody may read it");
    fs::set_permissions(keys.path("ca.crt"), Permissions::from_mode(0o600)).unwrap();
    assert!(refused("tls.crt", "ca.crt").contains("ca.crt holds no private key"));
    fs::set_permissions(keys.path("tls.key"), Permissions::from_mode(0o604)).unwrap();
    assert!(refused("tls.crt", "tls.key").contains("run `chmod o-rwx"));
    assert!(!keys.path("data").exists(), "before anything is made");
}

#[test]
fn commands_and_questions_go_over_http_2() {
    let keys = Keys::new();
    keys.renew();
    let server = keys.server_by(procura());
    server.tell(&world::tenants());
    let operator = format!("Bearer {}", server.service("Operator").token);
    let invite = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"}).to_string();
    let alex = format!("Bearer {}", server.token(ALEX.tenant, ALEX.user, &[]));
    let list = format!("/v1/partners/{FABRIKAM}/invitations");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let config = keys.config(&["h2"], true);
        let stream = tokio::net::TcpStream::connect(address(&server)).await.unwrap();
        let name = "127.0.0.1".try_into().unwrap();
        let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (mut requests, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        for (method, path, token, body, status) in [
            ("GET", "/readyz", "", "", 200),
            ("GET", list.as_str(), "", "", 401),
            ("GET", "/v1/history", &operator, "", 200),
            ("GET", &list, &operator, "", 200),
            ("POST", "/v1/commands/SendInvite", &alex, &invite, 201),
            ("POST", "/v1/commands/SendInvite", &alex, "{", 400),
            ("CONNECT", "", &alex, "", 405),
        ] {
            let request = Request::builder().method(method).uri(format!("https://localhost{path}"));
            let request = request.header("authorization", token).header("content-type", "application/json");
            let (response, mut sent) = requests.send_request(request.body(()).unwrap(), body.is_empty()).unwrap();
            if !body.is_empty() {
                sent.send_data(body.to_owned().into(), true).unwrap();
            }
            let response = response.await.unwrap();
            assert_eq!(response.status(), status, "{method} {path}");
            assert!(response.headers().contains_key("procura-position"), "{method} {path}");
            requests = requests.ready().await.unwrap();
        }
    });
}
