//! Hostile clients: what they do costs themselves, and nobody else.

use procura_tests::{PATIENCE, Server, procura, world};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use world::{ALEX, CARLA, FABRIKAM};

/// A server that may open so many files.
fn server_with_files(files: u32, folder: &tempfile::TempDir) -> Server {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {files}; exec \"$@\""), "sh"]).arg(procura().get_program());
    Server::start_by(limited, &folder.path().join("data"))
}

/// Sends that much of a request, and no more.
fn half(address: &str, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What the server answers, up to where it closes.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// More connections than there is room for, each with half a request: they are ended one and all, and meanwhile a connection
/// that was there goes on, and the log is written to.
#[test]
fn half_requests_keep_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = server_with_files(112, &folder);
    server.tell(&world::tenants());
    let (address, token) = (server.url.strip_prefix("http://").unwrap(), server.token(ALEX.tenant, ALEX.user, &[]));
    let invite = serde_json::json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    let alex = server.user(ALEX);
    alex.command("SendInvite", &invite);
    let body = format!(
        "POST /v1/commands/SendInvite HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\
        content-type: application/json\r\ncontent-length: 99\r\n\r\n{{"
    );
    let begun = Instant::now();
    let bodies: Vec<_> = (0..4).map(|_| half(address, &body)).collect();
    let heads: Vec<_> = (0..46).map(|_| half(address, "GET /readyz HTTP/1.1\r\nhost: a\r\nx-y: ")).collect();
    // Its connection stays its own.
    while begun.elapsed() < Duration::from_secs(5) {
        alex.command("SendInvite", &invite);
        thread::sleep(Duration::from_millis(200));
    }
    // Nobody else gets in until the first of them are ended; then everybody does.
    let answered = rest(half(address, "GET /readyz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"));
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered:?} after {:?}", begun.elapsed());
    for stream in bodies {
        let answered = rest(stream);
        assert!(answered.starts_with("HTTP/1.1 400") && answered.contains("did not come within"), "{answered}");
    }
    // Those that got in.
    for stream in heads.into_iter().take(20) {
        let answered = rest(stream);
        assert!(answered.is_empty() || answered.starts_with("HTTP/1.1 408"), "{answered}");
    }
}

#[test]
fn heads_have_a_size() {
    let server = Server::start();
    let address = server.url.strip_prefix("http://").unwrap();
    let with = |bytes: usize| {
        let header = "x".repeat(bytes);
        rest(half(address, &format!("GET /readyz HTTP/1.1\r\nhost: a\r\nx-y: {header}\r\nconnection: close\r\n\r\n")))
    };
    assert!(with(30_000).starts_with("HTTP/1.1 200"));
    assert!(with(40_000).starts_with("HTTP/1.1 431"), "{}", with(40_000));
}

/// Connections do not take all the files there may be: the log and its keys have theirs, also for the first thing that is to be
/// sealed.
#[test]
fn connections_leave_files_to_the_log() {
    const FILES: u32 = 96;
    let folder = tempfile::tempdir().unwrap();
    let server = server_with_files(FILES, &folder);
    server.tell(&world::tenants());
    let alex = server.user(ALEX);
    let address = server.url.strip_prefix("http://").unwrap();
    let open = || fs::read_dir(format!("/proc/{}/fd", server.process())).unwrap().count();
    let invite = serde_json::json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en", "recipient": "carla@contoso.example"});
    // Its connection stays open.
    assert_eq!(alex.get(&format!("/v1/partners/{FABRIKAM}/invitations")).status, 200);
    let held: Vec<_> = (0..FILES).map(|_| TcpStream::connect(address).unwrap()).collect();
    thread::sleep(Duration::from_secs(1));
    assert!(open() + 32 < FILES as usize, "{} files are open: too few are left for the log", open());
    assert_eq!(alex.command("SendInvite", &invite)["events"][0]["type"], "InvitationSent");
    drop(held);
    assert_eq!(server.user(CARLA).get("/readyz").status, 200);
}
