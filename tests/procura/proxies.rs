//! Unix sockets, and proxies that say whose requests they bring.

use crate::hostile::{half, half_body, rest, with_files};
use procura_tests::{PATIENCE, Server, procura, run, world};
use std::{
    fs,
    io::Write,
    net::TcpStream,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

/// How many requests of one address there may be, of a server that may open 112 files.
const SHARE: usize = 24;

/// A request that names its client.
fn request(forwarded: &str) -> String {
    format!("GET /readyz HTTP/1.1\r\nhost: a\r\nforwarded: {forwarded}\r\nconnection: close\r\n\r\n")
}

/// Half of a command that names its client.
fn half_of(server: &Server, forwarded: &str) -> String {
    half_body(server).replace("host: a\r\n", &format!("host: a\r\nforwarded: {forwarded}\r\n"))
}

fn address(server: &Server) -> &str {
    server.url.strip_prefix("http://").unwrap()
}

fn start(folder: &Path, flags: &[&str]) -> Server {
    let server = Server::start_at("127.0.0.1:0", with_files(112), &folder.join("data"), flags);
    server.tell(&world::tenants());
    server
}

/// Of a named proxy, each client has its share, and the proxy's connections are as many as there are.
#[test]
fn clients_of_a_proxy_have_a_share_each() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), &["--proxy", "10.0.0.0/8", "--proxy", "127.0.0.1"]);
    // What the client wrote itself stands before what the proxy adds.
    let of_one = half_of(&server, "for=203.0.113.9, for=\"198.51.100.1:4711\";proto=https");
    let held: Vec<_> = (0..SHARE).map(|_| half(address(&server), &of_one)).collect();
    thread::sleep(Duration::from_millis(300));
    let refused = rest(half(address(&server), &request("for=203.0.113.8, for=198.51.100.1")));
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("turnsTaken"), "{refused}");
    assert!(refused.contains("procura-position") && refused.contains("retry-after"), "{refused}");
    for other in ["for=198.51.100.2", "for=198.51.100.1, for=198.51.100.3", "for=unknown", "for", "for=10.0.0.1"] {
        let answered = rest(half(address(&server), &request(other)));
        assert!(answered.starts_with("HTTP/1.1 200"), "{other}: {answered}");
    }
    // Half of the connections are taken already: more of the proxy displace none of them.
    let more: Vec<_> = (0..SHARE / 2).map(|_| TcpStream::connect(address(&server)).unwrap()).collect();
    thread::sleep(Duration::from_millis(300));
    let open = |stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        stream.peek(&mut [0]).is_err()
    };
    assert!(held.iter().chain(&more).all(open));
}

/// From others it is ignored, whatever it says.
#[test]
fn a_stranger_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = procura();
    program.env("PROCURA_LOG", "procura_server=debug");
    let server = Server::start_at("127.0.0.1:0", program, &folder.path().join("data"), &["--proxy", "192.0.2.1"]);
    let answered = rest(half(address(&server), &request("for=198.51.100.1")));
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    assert!(server.stderr().contains("client=127.0.0.1"), "{}", server.stderr());
    assert!(!server.stderr().contains("198.51.100.1"), "{}", server.stderr());
    drop(server);

    let mut program = procura();
    program.env("PROCURA_LOG", "procura_server=debug");
    let server = Server::start_at("127.0.0.1:0", program, &folder.path().join("data"), &["--proxy", "127.0.0.1"]);
    rest(half(address(&server), &request("for=198.51.100.1")));
    assert!(server.stderr().contains("client=198.51.100.1"), "{}", server.stderr());
}

#[test]
fn a_unix_socket_is_served_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("procura.sock");
    let listen = format!("unix:{}", socket.display());
    let flags = ["--public-url", "https://procura.example", "--proxy", "unix"];
    let start = |data: &str| Server::start_at(&listen, procura(), &folder.path().join(data), &flags);
    let ready = || {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request("for=198.51.100.1").as_bytes()).unwrap();
        rest(stream)
    };
    let mut server = start("data");
    assert_eq!(server.url, listen);
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o7777, 0o660);
    assert!(ready().starts_with("HTTP/1.1 200"));

    // Another server on it does not start, one after a kill does.
    let serve = |data: &str, flags: &[&str]| {
        let mut command: Command = procura();
        command
            .args(["serve", "--dev", "--data"])
            .arg(folder.path().join(data))
            .args(["--listen", &listen])
            .args(flags);
        run(&mut command, "")
    };
    let refused = serve("other", &flags);
    assert!(refused.code == 2 && refused.stderr.contains("is in use"), "{refused:?}");
    server.kill();
    assert!(socket.exists() && UnixStream::connect(&socket).is_err());
    let mut server = start("data");
    assert!(ready().starts_with("HTTP/1.1 200"));
    server.stop();
    assert!(!socket.exists());

    let refused = serve("other", &[]);
    assert!(refused.code == 2 && refused.stderr.contains("--public-url"), "{refused:?}");
    fs::write(&socket, "mine").unwrap();
    let refused = serve("other", &flags);
    assert!(refused.code == 2 && refused.stderr.contains("is no socket"), "{refused:?}");
}

#[test]
fn places_and_proxies_that_cannot_be_read_are_refused() {
    let refused = |flags: &[&str]| {
        let mut command = procura();
        command.args(["serve", "--data", "none"]).args(flags);
        let ran = run(&mut command, "");
        assert_eq!(ran.code, 2, "{ran:?}");
        ran.stderr
    };
    assert!(refused(&["--listen", "7878"]).contains("write 127.0.0.1:7878, localhost:7878 or unix:"));
    assert!(refused(&["--proxy", "proxy.example"]).contains("names no proxy"));
    assert!(refused(&["--dev", "--listen", "0.0.0.0:0"]).contains("this machine only"));
    assert!(refused(&["--tls-key", "a"]).contains("--tls-certificate"));
}
