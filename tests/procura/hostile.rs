//! Hostile clients: what they do costs themselves, and nobody else.

use crate::greedy::peak_mib;
use procura_tests::{Client, PATIENCE, Server, apply, procura, world};
use serde_json::json;
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, LENA, LITWARE, NADIA, NOAH, NORTHWIND};

/// The binary, which may open so many files.
pub(crate) fn with_files(files: u32) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {files}; exec \"$@\""), "sh"]).arg(procura().get_program());
    limited
}

/// A server that may open so many files.
fn server_with_files(files: u32, folder: &tempfile::TempDir) -> Server {
    Server::start_by(with_files(files), &folder.path().join("data"))
}

/// Sends that much of a request, and no more.
pub(crate) fn half(address: &str, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What the server answers, up to where it closes.
pub(crate) fn rest(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// More connections than there is room for, each with half a request: newcomers displace them, and are answered at once.
/// Meanwhile a client that was there goes on, and the log is written to.
#[test]
fn half_requests_keep_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = server_with_files(112, &folder);
    server.tell(&world::tenants());
    let address = server.url.strip_prefix("http://").unwrap();
    let invite = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    let alex = server.user(ALEX);
    alex.command("SendInvite", &invite);
    let body = half_body(&server);
    let bodies: Vec<_> = (0..4).map(|_| half(address, &body)).collect();
    let heads: Vec<_> = (0..60).map(|_| half(address, HALF_HEAD)).collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        let begun = Instant::now();
        let answered = rest(half(address, "GET /readyz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"));
        slowest = slowest.max(begun.elapsed());
        assert!(answered.starts_with("HTTP/1.1 200"), "{answered:?}");
        alex.command("SendInvite", &invite);
    }
    assert!(slowest < Duration::from_secs(1), "a newcomer waited {slowest:?}");
    // Those that waited the longest made room: half of a body is no more of a request than half of a head.
    let open = |stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    assert_eq!(bodies.iter().filter(|stream| open(stream)).count(), 0);
    let left = heads.iter().filter(|stream| open(stream)).count();
    assert!((12..24).contains(&left), "half of 48 connections are one address's: {left}");
    assert!(heads.iter().rev().take(left).all(open), "the newest are left");
}

/// If nobody needs the room, half a request has its time.
#[test]
fn half_requests_are_ended() {
    let server = Server::start();
    server.tell(&world::tenants());
    let address = server.url.strip_prefix("http://").unwrap();
    let (body, head) = (half(address, &half_body(&server)), half(address, HALF_HEAD));
    let begun = Instant::now();
    let answered = rest(body);
    assert!(answered.starts_with("HTTP/1.1 400") && answered.contains("did not come within"), "{answered}");
    let answered = rest(head);
    assert!(answered.is_empty() || answered.starts_with("HTTP/1.1 408"), "{answered}");
    assert!(begun.elapsed() > Duration::from_secs(20), "{:?}", begun.elapsed());
}

const HALF_HEAD: &str = "GET /readyz HTTP/1.1\r\nhost: a\r\nx-y: ";

/// A command, up to the middle of its body.
pub(crate) fn half_body(server: &Server) -> String {
    format!(
        "POST /v1/commands/SendInvite HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
        content-type: application/json\r\ncontent-length: 99\r\n\r\n{{",
        server.token(ALEX.tenant, ALEX.user, &[])
    )
}

/// One tenant asks for large reports and does not read them. It is told so when too many wait; nobody else notices, and the
/// server holds no more than the reports that have a turn.
#[test]
fn unread_reports_keep_nobody_waiting() {
    let log = tempfile::tempdir().unwrap();
    let mut lines = world::tenants();
    lines.extend(world::relationship(&world::guid(1, 1), ALEX, CARLA, true));
    lines.extend(world::relationship(&world::guid(1, 2), NOAH, LENA, true));
    let azure = json!({"customer": CONTOSO, "subscription": world::guid(5, 1), "kind": "azure", "name": "Web"});
    lines.push(world::by(CARLA, "RegisterSubscription", azure));
    lines.extend((0..ROLES).map(|number| {
        let principal = json!({"tenant": FABRIKAM, "user": world::guid(0xa0, number)});
        let role =
            json!({"customer": CONTOSO, "subscription": world::guid(5, 1), "role": "Reader", "principal": principal});
        world::by(CARLA, "AssignRole", role)
    }));
    apply(log.path(), &world::text(&lines)).all_recorded();
    let server = Server::start_on(log.path());
    let address = server.url.strip_prefix("http://").unwrap();
    let (carla, noah) = (server.token(CARLA.tenant, CARLA.user, &[]), server.user(NOAH));
    let before = peak_mib(&server);

    let report = format!(
        "GET /v1/reports/access-review?customer={CONTOSO} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {carla}\r\n\r\n"
    );
    let unread: Vec<_> = (0..2 + WAITING + REFUSED).map(|_| half(address, &report)).collect();
    // Fabrikam does the same, so that only turns of others are left.
    let alex = server.token(ALEX.tenant, ALEX.user, &[]);
    let other = report.replace(&carla, &alex).replace("customer=", "format=csv&customer=");
    let _unread: Vec<_> = (0..1).map(|_| half(address, &other)).collect();

    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    let question = json!({"subject": {"type": "user", "id": NOAH.to_string()}, "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": LITWARE}});
    let invite = json!({"partner": NORTHWIND, "delegatedAdmin": true, "locale": "en"});
    while begun.elapsed() < Duration::from_secs(3) {
        let asked = Instant::now();
        let review = noah.get(&format!("/v1/reports/access-review?customer={LITWARE}&partner={NORTHWIND}"));
        assert_eq!((review.status, review.items().len()), (200, 3), "{}", review.body);
        noah.command("SendInvite", &invite);
        assert_eq!(noah.post("/access/v1/evaluation", &question, &[]).body["decision"], true);
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_secs(2), "another tenant waited {slowest:?}");

    let refused: Vec<String> = unread.into_iter().filter_map(|stream| begun_answer(&stream, 429)).collect();
    assert_eq!(refused.len(), REFUSED, "as many have a turn or wait as may");
    assert!(
        refused.iter().all(|answer| answer.contains("turnsTaken") && answer.contains("retry-after: ")),
        "{refused:?}"
    );
    let grown = peak_mib(&server) - before;
    assert!(grown < UNREAD_MIB_MAX, "unread reports take {grown} MiB");
}

/// Roles in the report that nobody reads: it is larger than what the system takes off the server's hands.
const ROLES: u64 = 12_000;
/// How many wait behind those that have a turn.
const WAITING: usize = 8;
/// How many are too many.
const REFUSED: usize = 4;
/// What the reports under way may add to the server's memory.
const UNREAD_MIB_MAX: u64 = 96;

/// What there is to read, if it is an answer of that status.
fn begun_answer(mut stream: &TcpStream, status: u16) -> Option<String> {
    let mut bytes = [0; 4096];
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
    text.starts_with(&format!("HTTP/1.1 {status}")).then_some(text)
}

/// A caller that floods the server with questions is told to wait; its commands, and everything of others, go on.
#[test]
fn a_flood_of_questions_ends_at_its_rate() {
    let home = tempfile::tempdir().unwrap();
    let configuration = home.path().join("procura.toml");
    // Slower than any machine is.
    fs::write(&configuration, "[limits.rates]\nuser_questions_per_second = 500\nuser_questions_burst = 2000\n")
        .unwrap();
    let server = Server::start_with(&home.path().join("data"), &["--config", configuration.to_str().unwrap()]);
    server.tell(&world::tenants());
    let (alex, nadia) = (server.user(ALEX), server.user(NADIA));
    let batch = json!({"evaluations": vec![json!({}); 500]});
    let begun = Instant::now();
    let limited = thread::scope(|scope| {
        let flood = || {
            let mut replies = (0..).map(|_| alex.post("/access/v1/evaluations", &batch, &[]));
            replies.find(|reply| reply.status != 200 || begun.elapsed() > PATIENCE).unwrap()
        };
        let floods: Vec<_> = (0..4).map(|_| scope.spawn(flood)).collect();
        floods.into_iter().map(|flood| flood.join().unwrap()).next().unwrap()
    });
    assert_eq!(limited.differs(429, "rateLimited", "try again in"), None);
    assert!(limited.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=5).contains(&seconds)));
    assert_eq!(nadia.post("/access/v1/evaluations", &batch, &[]).status, 200);
    let invite = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    alex.command("SendInvite", &invite);
    thread::sleep(Duration::from_secs(limited.header("retry-after").parse().unwrap()));
    assert_eq!(alex.post("/access/v1/evaluations", &batch, &[]).status, 200);
}

/// Requests that wait for what is not there yet do not wait in any number.
#[test]
fn few_wait_ahead_of_the_log() {
    let server = Server::start();
    server.tell(&world::tenants());
    let ahead = |client: &Client| {
        client.send("GET", &format!("/v1/partners/{FABRIKAM}/invitations"), &[("procura-min-position", "1000000")], "")
    };
    let alex = server.user(ALEX);
    let statuses = thread::scope(|scope| {
        let waiting: Vec<_> = (0..AHEAD + 6).map(|_| scope.spawn(|| ahead(&alex))).collect();
        thread::sleep(Duration::from_secs(1));
        assert_eq!(server.user(NOAH).get(&format!("/v1/partners/{NORTHWIND}/invitations")).status, 200);
        let replies = waiting.into_iter().map(|waiting| waiting.join().unwrap());
        replies.map(|reply| (reply.status, reply.text("code").to_owned())).collect::<Vec<_>>()
    });
    let count = |status: u16, code: &str| statuses.iter().filter(|reply| **reply == (status, code.to_owned())).count();
    assert_eq!((count(503, "notReady"), count(429, "turnsTaken")), (AHEAD, 6), "{statuses:?}");
}

/// How many requests of a tenant wait for a position.
const AHEAD: usize = 64;

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
    let invite =
        json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en", "recipient": "carla@contoso.example"});
    // Its connection stays open.
    assert_eq!(alex.get(&format!("/v1/partners/{FABRIKAM}/invitations")).status, 200);
    let held: Vec<_> = (0..FILES).map(|_| TcpStream::connect(address).unwrap()).collect();
    thread::sleep(Duration::from_secs(1));
    assert!(open() + 32 < FILES as usize, "{} files are open: too few are left for the log", open());
    assert_eq!(alex.command("SendInvite", &invite)["events"][0]["type"], "InvitationSent");
    drop(held);
    assert_eq!(server.user(CARLA).get("/readyz").status, 200);
}
