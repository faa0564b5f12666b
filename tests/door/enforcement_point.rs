//! `examples/enforcement-point`: its README runs as it is written, and it never says yes by itself.

use crate::readme::{ROOT, Readme};
use procura_tests::{
    Client, Reply,
    liar::{Answer, Liar},
    world::ALEX,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const METADATA: &str = "/.well-known/authzen-configuration";
const EVALUATION: &str = "/access/v1/evaluation";

#[test]
fn its_readme_runs_as_written() {
    let readme = Readme::of("enforcement-point");
    let readme = readme.waits_for("--listen 127.0.0.1:7878", 7878).waits_for("procura-portal.token", 8080);
    readme.prints_what_it_says("/tmp/procura-portal", &[7878, 8080]);
}

/// Whatever else comes back, the portal does nothing, and says so within its deadline.
#[test]
fn it_fails_closed() {
    let server = Liar::start();
    let url = server.issuer();
    let metadata =
        |of: &str| json!({"policy_decision_point": of, "access_evaluation_endpoint": format!("{url}{EVALUATION}")});
    let yes = json!({"decision": true});
    let elsewhere = Liar::start();
    elsewhere.answer(EVALUATION, Answer::Json(yes.clone()));
    let json = |value: &Value| Answer::Json(value.clone());
    let own = json(&metadata(url));
    let cases = [
        ("yes", own.clone(), json(&yes), 200),
        ("no", own.clone(), Answer::Json(json!({"decision": false})), 403),
        ("a yes that is text", own.clone(), Answer::Json(json!({"decision": "true"})), 503),
        ("a yes that is a number", own.clone(), Answer::Json(json!({"decision": 1})), 503),
        ("no decision", own.clone(), Answer::Json(json!({})), 503),
        ("a list", own.clone(), Answer::Json(json!([yes])), 503),
        ("no JSON", own.clone(), Answer::Text("true".repeat(20)), 503),
        ("half an answer", own.clone(), Answer::Text(r#"{"decision": true"#.to_owned()), 503),
        ("401", own.clone(), Answer::Status(401), 503),
        ("500", own.clone(), Answer::Status(500), 503),
        ("a redirect to a yes", own.clone(), Answer::Redirect(format!("{}{EVALUATION}", elsewhere.issuer())), 503),
        ("an answer without end", own.clone(), Answer::Endless, 503),
        ("an answer that trickles", own.clone(), Answer::Trickle(yes.clone()), 503),
        ("silence", own, Answer::Silence, 503),
        ("another's metadata", json(&metadata("https://elsewhere.example")), json(&yes), 503),
        ("metadata without an endpoint", Answer::Json(json!({"policy_decision_point": url})), json(&yes), 503),
        ("no metadata", Answer::Status(404), json(&yes), 503),
    ];
    for (case, metadata, decision, expected) in cases {
        server.answer(METADATA, metadata);
        server.answer(EVALUATION, decision);
        let portal = Portal::start(url);
        let asked = Instant::now();
        let reply = portal.restart_azure();
        assert_eq!(reply.status, expected, "{case}: {}", reply.body);
        assert!(asked.elapsed() < Duration::from_secs(5), "{case} took {:?}", asked.elapsed());
    }
    assert_eq!(elsewhere.asked(EVALUATION), 0, "redirects are not followed");
    // Nobody at all.
    drop(server);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(Portal::start(&format!("http://{nobody}")).restart_azure().status, 503);
}

/// The example's portal; killed when dropped.
struct Portal {
    child: Child,
    client: Client,
    _home: tempfile::TempDir,
}

impl Portal {
    fn start(procura: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let token = home.path().join("token");
        fs::write(&token, "a.b.c\n").unwrap();
        let mut command = Command::new("python3");
        command.arg(format!("{ROOT}/examples/enforcement-point/portal.py")).args(["--listen", "127.0.0.1:0"]);
        command.args(["--procura", procura, "--token-file"]).arg(token);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, client: Client::new(&url, ""), _home: home }
    }

    fn restart_azure(&self) -> Reply {
        let path = "/subscriptions/5b000000-0000-4000-8000-000000000002/restarts";
        self.client.send("POST", path, &[("x-user", &ALEX.to_string())], "")
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
