//! `procura export` of a server: the feed a page at a time, or followed without end while the server, the reader and the
//! disk come and go; and servers that lie.

use crate::lists::{caller, told};
use procura_tests::{
    PATIENCE, Server, apply, export, json_lines, procura, run,
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, LENA, guid},
};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// `procura export` of that server, with the token in the environment.
fn exporting(url: &str, token: &str, flags: &[&str]) -> Command {
    let mut command = procura();
    command.args(["export", "--server", url]).args(flags).env("PROCURA_TOKEN", token);
    command
}

/// An export that is under way.
struct Following {
    child: Child,
    lines: Receiver<String>,
    said: Receiver<String>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        let command = command.arg("--follow").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (lines, said) = (lines_of(child.stdout.take().unwrap()), lines_of(child.stderr.take().unwrap()));
        Self { child, lines, said }
    }

    fn positions(&self, count: usize) -> Vec<u64> {
        (0..count)
            .map(|_| position(&serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()))
            .collect()
    }

    /// Its exit code, once it has ended; what else it printed, and all that it said.
    fn ended(mut self) -> (Option<i32>, Vec<String>, String) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(begun.elapsed() < PATIENCE, "it goes on"),
            }
            thread::sleep(Duration::from_millis(5));
        };
        (status.code(), self.lines.iter().collect(), self.said.iter().collect::<Vec<_>>().join("\n"))
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }
}

fn lines_of(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

fn position(event: &Value) -> u64 {
    event["sequence"].as_str().unwrap().parse().unwrap()
}

fn provision(server: &Server, number: u64) -> u64 {
    let fields = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(55, number), "kind": "microsoft365", "name": "Mail"});
    server.user(ALEX).command("ProvisionSubscription", &fields)["positions"][0].as_u64().unwrap()
}

#[test]
fn a_server_exports_what_its_caller_may_know() {
    let (directory, mut server) = told();
    let mut of = Vec::new();
    for name in ["carla", "alex", "nils", "Auditor"] {
        let client = caller(&server, name);
        let expected = client.get("/v1/events?limit=500").body;
        let ran = run(&mut exporting(&server.url, &client.token, &[]), "");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(Value::Array(json_lines(&ran.stdout)), expected, "{name}");
        of.push((name, client, ran.stdout));
    }
    let (_, auditor, all) = &of[3];
    let all = json_lines(all);
    let flags: &[&[&str]] = &[
        &["--after", "3"],
        &["--after", "00000000000000000003"],
        &["--after", "3@1"],
        &["--after", "3", "--epoch", "1"],
        &["--type", "DapGranted,DapRevoked"],
        &["--customer", CONTOSO, "--partner", FABRIKAM, "--after", "7"],
        &["--format", "ocsf", "--after", "30"],
    ];
    let over_http: Vec<_> =
        flags.iter().map(|flags| run(&mut exporting(&server.url, &auditor.token, flags), "").stdout).collect();
    for same in &over_http[..4] {
        assert_eq!(json_lines(same), all[3..]);
    }
    for (flags, code, says) in [
        (&["--after", "999"][..], 2, "ahead of the log"),
        (&["--after", "1@77"], 2, "otherEpoch (409)"),
        (&["--after", "1@77", "--epoch", "2"], 2, "of another epoch"),
        (&["--after", "x"], 2, "is not a position like 17, or 17@1790000000000"),
        (&["--type", "DapRevokd"], 2, "did you mean"),
        (&["--format", "cef"], 2, "ocsf"),
        (&["--follow", "--type", "DapRevokd"], 2, "did you mean"),
        (&["--follow", "--after", "999"], 2, "ahead of the log"),
        (&["--follow", "--after", "1@77"], 2, "otherEpoch (409)"),
    ] {
        let ran = run(&mut exporting(&server.url, &auditor.token, flags), "");
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{flags:?}");
        assert!(ran.stderr.contains(says), "{flags:?}: {}", ran.stderr);
    }
    for (token, says) in [("x", "unauthenticated (401)"), (&server.service("Decider").token, "notAllowed (403)")] {
        for flags in [&[][..], &["--follow"]] {
            let ran = run(&mut exporting(&server.url, token, flags), "");
            assert!(ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(says), "{}", ran.stderr);
        }
    }
    server.stop();
    // A directory gives the same.
    for (flags, expected) in flags.iter().zip(over_http) {
        let here = run(procura().arg("export").args(*flags).arg("--data").arg(directory.path()), "");
        assert_eq!(here.stdout, expected, "{flags:?}: {}", here.stderr);
    }
    let followed = run(procura().args(["export", "--follow", "--data"]).arg(directory.path()), "");
    assert!(followed.code == 2 && followed.stderr.contains("`--server URL`"), "{}", followed.stderr);
    let gone = run(&mut exporting(&server.url, "x", &["--follow"]), "");
    assert!(gone.code == 2 && gone.stderr.contains("is the server running"), "{}", gone.stderr);
}

/// More than a page, and more than one request looks at.
#[test]
fn pages_follow_each_other_to_the_end() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut text = world::text(&world::tenants());
    let joins = world::joins(world::GRETA, "SalesAgents", world::FRANK);
    let mut leaves = world::joins(world::GRETA, "SalesAgents", world::FRANK);
    leaves.command = "RemoveGroupMember";
    text.push_str(&world::text(&[joins, leaves]).repeat(1_200));
    apply(&data, &text).all_recorded();
    let all = export(&data);
    assert!(all.len() > 2_400);
    let server = Server::start_on(&data);
    let auditor = server.service("Auditor");
    let ran = run(&mut exporting(&server.url, &auditor.token, &[]), "");
    assert_eq!(json_lines(&ran.stdout), all, "{}", ran.stderr);
    let ran = run(&mut exporting(&server.url, &auditor.token, &["--customer", LENA.tenant]), "");
    assert_eq!((ran.code, json_lines(&ran.stdout).len()), (0, 2), "{}", ran.stderr);
}

/// Each line comes at once, and none twice or never, whatever happens to the server.
#[test]
fn an_export_goes_on_where_it_was_when_the_server_is_back() {
    let mut server = Server::start();
    server.tell(&world::with_relationships());
    let auditor = server.service("Auditor");
    let events = auditor.get("/v1/events?limit=500").body.as_array().unwrap().len();
    let following = Following::start(exporting(&server.url, &auditor.token, &["--after", "2"]));
    let mut seen = following.positions(events - 2);
    let newest = provision(&server, 1);
    seen.extend(following.positions(1));
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    // Once it is killed, and once it is stopped: what it says of the second is another outage.
    for number in [2, 3] {
        if number == 2 {
            server.kill();
        } else {
            server.stop();
        }
        if number == 2 {
            assert!(Command::new("cp").arg("-r").args([server.data(), &data]).status().unwrap().success());
        }
        let warned = following.said.recv_timeout(PATIENCE).unwrap();
        assert!(warned.starts_with("warning: ") && warned.ends_with("waiting until the feed goes on"), "{warned}");
        server = Server::start_at(&address, procura(), &data, &[]);
        assert_eq!(following.said.recv_timeout(PATIENCE).unwrap(), "the feed goes on");
        provision(&server, number);
        seen.extend(following.positions(1));
    }
    assert_eq!(seen, (3..=newest + 2).collect::<Vec<_>>());
    following.signal("-INT");
    assert_eq!(following.ended(), (Some(0), vec![], String::new()));
}

#[test]
fn an_export_without_end_ends_with_its_reader_or_when_it_is_told_to() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let auditor = server.service("Auditor");
    let following = || Following::start(exporting(&server.url, &auditor.token, &["--format", "ocsf"]));
    for signal in ["-INT", "-TERM"] {
        let following = following();
        following.lines.recv_timeout(PATIENCE).unwrap();
        following.signal(signal);
        let (code, lines, said) = following.ended();
        assert_eq!((code, said.as_str()), (Some(0), ""), "{signal}");
        assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "whole lines");
    }
    // The reader goes away in the middle, and while nothing comes.
    let events = auditor.get("/v1/events?limit=500").body.as_array().unwrap().len();
    for taken in [1, events] {
        let mut command = exporting(&server.url, &auditor.token, &["--follow"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::with_capacity(1, child.stdout.take().unwrap()).lines();
        assert_eq!(lines.take(taken).count(), taken);
        let (said, (_, lines)) = (lines_of(child.stderr.take().unwrap()), channel());
        let begun = Instant::now();
        let gone = Following { child, lines, said }.ended();
        assert_eq!(gone, (Some(0), vec![], String::new()));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    // A reader that takes nothing does not keep it from ending.
    let mut command = exporting(&server.url, &auditor.token, &["--follow"]);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let ((_, lines), (_, said)) = (channel(), channel());
    let mut stuck = Following { child, lines, said };
    let pipe = stuck.child.stdout.take();
    thread::sleep(Duration::from_millis(300));
    stuck.signal("-INT");
    assert_eq!(stuck.ended().0, Some(0));
    drop(pipe);
    // A disk that is full.
    for flags in [&["--follow"][..], &[]] {
        let mut command = exporting(&server.url, &auditor.token, flags);
        let full = command.stdout(File::create("/dev/full").unwrap()).output().unwrap();
        let said = String::from_utf8(full.stderr).unwrap();
        assert!(full.status.code() == Some(2) && said.contains("No space left"), "{flags:?}: {said}");
    }
}

/// A token that is no good any more ends it with a sentence.
#[test]
fn an_export_ends_with_its_rights() {
    let mut server = Server::start();
    server.tell(&world::with_relationships());
    let carla = server.user(CARLA);
    let following = Following::start(exporting(&server.url, &carla.token, &[]));
    following.positions(3);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    server.kill();
    // Another server is at the address now: it takes no token of the first.
    let home = tempfile::tempdir().unwrap();
    let _other = Server::start_at(&address, procura(), &home.path().join("data"), &[]);
    let (code, _, said) = following.ended();
    assert!(code == Some(2) && said.contains("error: unauthenticated (401)"), "{said}");
}

/// A server that gives these answers, one for each connection, and the last one again and again.
fn scripted(answers: Vec<String>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let number = count.fetch_add(1, Ordering::SeqCst);
            answer(stream, &answers[number.min(answers.len() - 1)]);
        }
    });
    (url, asked)
}

fn answer(mut stream: TcpStream, answer: &str) {
    let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
    while head.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
    let _ = stream.write_all(answer.as_bytes());
}

fn streamed(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}")
}

fn paged(headers: &str, length: usize, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

#[test]
fn a_stream_that_is_none_ends_an_export_with_a_sentence() {
    let ended = |problem: &str| streamed(&format!("event: end\ndata: {problem}\n\n"));
    for (answer, printed, says) in [
        (streamed("id: 1\ndata: {}\n\nid: 1\ndata: {}\n\n"), "{}\n", "the feed gives 1 behind 1"),
        (streamed("id: 5\ndata: {}\n\nid: 4\ndata: {}\n\n"), "{}\n", "the feed gives 4 behind 5"),
        (
            streamed("event: heartbeat\nid: 5\ndata: {}\n\nevent: heartbeat\nid: 4\ndata: {}\n\n"),
            "",
            "gives 4 behind 5",
        ),
        (streamed("data: {}\n\n"), "", "`` is no cursor"),
        (streamed("id: x\ndata: {}\n\n"), "", "`x` is no cursor"),
        (streamed("id: 1\ndata: {\"half\n\n"), "", "the event at 1 is not JSON"),
        (streamed("id: 1\ndata: {\ndata: }\n\nid: 0\ndata: {}\n\n"), "{ }\n", "gives 0 behind 1"),
        (streamed("id: 0\ndata: {}\n\n"), "", "the feed gives 0 behind 0"),
        (
            streamed("id: 1\ndata: {\"source\":\"/procura/A/1\"}\n\nid: 2\ndata: {\"source\":\"/procura/B/1\"}\n\n"),
            "{\"source\":\"/procura/A/1\"}\n",
            "another log now: B, and before it had A",
        ),
        (
            streamed(
                "id: 1\ndata: {\"metadata\":{\"uid\":\"A/1\"}}\n\nevent: heartbeat\nid: 1\ndata: {\"source\":\"/procura/B/1\"}\n\n",
            ),
            "{\"metadata\":{\"uid\":\"A/1\"}}\n",
            "another log now: B",
        ),
        (paged("content-type: text/html\r\n", 4, "Hi!\n"), "", "no stream of events, but text/html"),
        (paged("", 0, ""), "", "no media type"),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno".into(), "", "the answer is 404"),
        (
            ended(r#"{"status":401,"detail":"the token has expired","code":"unauthenticated"}"#),
            "",
            "unauthenticated (401): the token has expired",
        ),
    ] {
        let (url, _) = scripted(vec![answer.clone()]);
        let ran = run(&mut exporting(&url, "x", &["--follow"]), "");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, printed), "{answer}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{answer}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}

/// Half an event is none: it is asked for again.
#[test]
fn a_stream_that_breaks_off_is_taken_up_behind_the_last_whole_event() {
    let (url, asked) = scripted(vec![
        streamed("id: 1\ndata: {\"n\":1}\n\nid: 2\ndata: {\"n\":2}\n"),
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nconnection: close\r\n\r\nlate".into(),
        streamed(
            "id: 2\ndata: {\"n\":2}\n\nevent: later\ndata: x\n\nevent: heartbeat\nid: 7\ndata: {}\n\nid: 7\ndata: {}\n\n",
        ),
    ]);
    let ran = run(&mut exporting(&url, "x", &["--follow"]), "");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, "{\"n\":1}\n{\"n\":2}\n"), "{}", ran.stderr);
    let said: Vec<_> = ran.stderr.lines().collect();
    assert_eq!((said.len(), said[1]), (3, "the feed goes on"), "{said:?}");
    assert!(said[0].starts_with("warning: ") && said[2].contains("gives 7 behind 7"), "{said:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[test]
fn a_page_that_is_none_ends_an_export_with_a_sentence() {
    let reached = "procura-reached: 2\r\n";
    let more = "procura-reached: 2\r\nlink: <http://elsewhere.example/>; rel=\"next\"\r\n";
    for (answers, printed, says) in [
        (vec![paged(reached, 9, "[{}]")], "", "cut off"),
        (vec![paged(reached, 6, "[{},\n{")], "", "cut off"),
        (vec![paged(reached, 2, "{}")], "", "cut off"),
        (vec![paged("", 2, "[]")], "", "does not say how far it goes"),
        (vec![paged("procura-reached: far\r\n", 2, "[]")], "", "does not say how far it goes"),
        // What it links to is nobody's to have the token.
        (vec![paged(more, 4, "[{}]"), paged(more, 4, "[{}]")], "{}\n", "no further than 2"),
        (vec!["HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\nconnection: close\r\n\r\n<hi>".into()], "", "is 502"),
        (vec!["HTTP/1.1 200 OK\r\ncontent-le".into()], "", "error"),
        (vec![String::new()], "", "is the server running"),
    ] {
        let (url, _) = scripted(answers.clone());
        let ran = run(&mut exporting(&url, "x", &[]), "");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, printed), "{answers:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{answers:?}: {}", ran.stderr);
    }
    // Where there are too many requests already, it waits.
    let many =
        json!({"type": "urn:procura:error:rateLimited", "status": 429, "detail": "slowly", "code": "rateLimited"})
            .to_string();
    let many =
        format!("HTTP/1.1 429 Too Many Requests\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{many}", many.len());
    let (url, _) = scripted(vec![many, paged(reached, 7, "[{},\n1]")]);
    let ran = run(&mut exporting(&url, "x", &[]), "");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "{}\n1\n"), "{}", ran.stderr);
}
