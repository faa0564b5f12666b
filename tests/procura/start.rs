//! A start: the server answers while its log is opened, and says how far it is.

use procura_tests::{Client, PATIENCE, Reply, apply, growth::repeat_the_last_two, procura, run, world};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use world::{FABRIKAM, FRANK, GRETA, joins};

/// So many pairs of commits take long enough to open that somebody can look.
const PAIRS: u64 = 1_500;

/// A data directory with a long log, and the log's last position.
fn long_log(home: &TempDir) -> (PathBuf, u64) {
    let data = home.path().join("data");
    let fields = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": FRANK.user});
    let mut lines = world::tenants();
    lines.push(joins(GRETA, "SalesAgents", FRANK));
    lines.push(world::by(GRETA, "RemoveGroupMember", fields));
    apply(&data, &world::text(&lines)).all_recorded();
    let head = repeat_the_last_two(&data, PAIRS);
    (data, head)
}

/// A server that may still be opening its log, and a client that keeps its connection.
fn begin(data: &Path) -> (Child, Client) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let mut command = procura();
    command.arg("serve").arg("--data").arg(data).args(["--dev", "--listen", &listen]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let client = Client::new(&format!("http://{listen}"), "");
    let begun = Instant::now();
    while client.try_send("GET", "/healthz", &[], "").is_err() {
        assert!(begun.elapsed() < PATIENCE, "it does not listen");
        thread::sleep(Duration::from_millis(1));
    }
    (child, client)
}

/// Where a refusal says that the opening is, and where it has to get.
fn progress(reply: &Reply) -> (u64, u64) {
    assert_eq!((reply.status, &reply.body["code"]), (503, &json!("notReady")), "{}", reply.body);
    assert_eq!(reply.headers["retry-after"], "1");
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(detail.contains("the log is being opened"), "{detail}");
    (reply.body["position"].as_u64().unwrap(), reply.body["of"].as_u64().unwrap())
}

#[test]
fn a_server_answers_while_its_log_is_opened() {
    let home = tempfile::tempdir().unwrap();
    let (data, head) = long_log(&home);

    // A stop in the middle ends it in order, and leaves the log as it was.
    let (child, client) = begin(&data);
    progress(&client.get("/readyz"));
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let ended = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), ended.stdout.as_slice(), stderr.as_str()), (Some(0), &b""[..], ""));
    assert!(!data.join("log.before").exists());

    let (mut child, client) = begin(&data);
    // How far it has to get is known a moment after it listens.
    while progress(&client.get("/readyz")).1 == 0 {}
    let (mut last, mut seen) = (0, 0);
    // Whatever is asked, with or without a token that is good.
    for (method, path) in
        [("GET", "/v1/caller"), ("POST", "/v1/commands/RevokeDap"), ("GET", "/openapi.json"), ("GET", "/x")]
    {
        let reply = client.send(method, path, &[("authorization", "Bearer x"), ("x-request-id", "mine")], "");
        assert_eq!((progress(&reply).1, reply.headers["x-request-id"].as_str()), (head, "mine"), "{path}");
    }
    let alive = client.get("/healthz");
    assert_eq!((alive.status, alive.body), (200, json!({"status": "alive"})));
    // Over one connection, of which no request is refused, until it is open.
    let ready = loop {
        let reply = client.get("/readyz");
        if reply.status == 200 {
            break reply;
        }
        let (position, of) = progress(&reply);
        assert!(last <= position && position <= of && of == head, "{position} of {of} after {last}");
        (last, seen) = (position, seen + usize::from(position > last));
    };
    assert!(seen >= 3, "it went on while it was looked at: {seen}");
    assert_eq!((ready.body, ready.position), (json!({"status": "ready"}), Some(head)));
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, format!("listening on {}\n", client.url));
    assert_eq!(client.get("/v1/caller").status, 401);
    assert_eq!(client.get("/openapi.json").status, 200);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(!stderr.contains('\r') && !stderr.contains(" events"), "no bar in a pipe: {stderr}");
}

#[test]
fn a_start_that_is_refused_says_why_last() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    apply(&data, &world::text(&world::tenants())).all_recorded();
    fs::remove_dir_all(data.join("log")).unwrap();
    let ran = run(procura().arg("serve").arg("--data").arg(&data).args(["--dev", "--listen", "127.0.0.1:0"]), "");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.starts_with("error: ") && last.contains("folder log, which is lost"), "{last}");
}
