//! Metrics and logs: who may read them, that they are what docs/watching.md says, and that no id is in them.

use procura_tests::{Client, Server, procura, run, world};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};
use world::{ALEX, CARLA, CONTOSO};

/// What is asked here of who may.
pub(crate) const ROUTES: &[&str] = &["/metrics"];

const PAGE: &str = include_str!("../../docs/watching.md");

/// Metrics as they were read: the type of each family, the value of each series.
struct Metrics {
    types: BTreeMap<String, String>,
    series: BTreeMap<String, f64>,
}

impl Metrics {
    fn of(client: &Client) -> Self {
        let reply = client.get("/metrics");
        assert_eq!((reply.status, reply.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
        Self::read(reply.body.as_str().unwrap())
    }

    /// Reads the text format strictly: each family has its help, its type and its series, together and once.
    fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "{text}");
        let (mut types, mut series, mut family) = (BTreeMap::new(), BTreeMap::new(), String::new());
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                help.split_once(' ').expect(line).0.clone_into(&mut family);
                assert!(!types.contains_key(&family), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect(line);
                assert!(name == family && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                types.insert(name.to_owned(), kind.to_owned());
            } else {
                let (name, value) = line.rsplit_once(' ').expect(line);
                let metric = name.split('{').next().unwrap();
                let ends: &[&str] = if types[&family] == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(ends.iter().any(|end| metric == format!("{family}{end}")), "{line}");
                assert!(name == metric || is_labels(&name[metric.len()..]), "{line}");
                assert!(series.insert(name.to_owned(), value.parse().expect(line)).is_none(), "{line}");
            }
        }
        Self { types, series }
    }

    #[track_caller]
    fn value(&self, series: &str) -> f64 {
        *self.series.get(series).unwrap_or_else(|| panic!("no {series} in {:?}", self.series.keys()))
    }
}

/// `{key="value",…}`, where nothing needs an escape.
fn is_labels(text: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte))
    };
    let is_label = |label: &str| {
        let Some((key, value)) = label.split_once('=') else { return false };
        plain(key) && value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).is_some_and(plain)
    };
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).is_some_and(|text| text.split(',').all(is_label))
}

/// The names of metrics in the page, and its queries.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("procura_")).collect()
}

#[test]
fn vis_4_only_operators_and_auditors_read_the_metrics() {
    let server = Server::start();
    server.tell(&world::tenants());
    for client in [server.user(CARLA), server.user(ALEX), server.user(world::STRANGER), server.service("Decider")] {
        let reply = client.get("/metrics");
        assert_eq!(reply.differs(403, "notAllowed", "only operators and auditors"), None);
        assert_eq!(reply.text("rule"), "VIS-4");
    }
    assert_eq!(server.stranger().get("/metrics").differs(401, "unauthenticated", ""), None);
    for role in ["Operator", "Auditor"] {
        Metrics::of(&server.service(role));
    }
}

#[test]
fn the_page_names_every_metric_and_no_other() {
    let server = Server::start();
    let metrics = Metrics::of(&server.service("Auditor"));
    let families: BTreeSet<_> = metrics.types.keys().map(String::as_str).collect();
    let series = metrics.series.keys().map(|name| name.split('{').next().unwrap());
    let there: BTreeSet<_> = series.chain(families.iter().copied()).collect();
    assert_eq!(named(PAGE).difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new());
    let table = PAGE.split("## Every metric").nth(1).unwrap();
    let described: BTreeSet<_> = named(table.split("## ").next().unwrap());
    assert_eq!(described, families);
    // Every label's value that a query or the page names is there from the start.
    for (metric, label, values) in [
        ("procura_errors_total", "code", "internal|lowSpace|notReady|stopping"),
        ("procura_errors_total", "code", "rateLimited|turnsTaken|idempotencyQuota"),
        ("procura_tokens_refused_total", "reason", "unreachable"),
        ("procura_commands_total", "outcome", "recorded|dryRun|notAllowed"),
    ] {
        assert!(values.split('|').all(|value| PAGE.contains(value)) || values.contains("notAllowed"), "{values}");
        for value in values.split('|') {
            assert_eq!(metrics.value(&format!("{metric}{{{label}=\"{value}\"}}")), 0.0);
        }
    }
    let reasons = metrics.series.keys().filter_map(|name| name.strip_prefix("procura_tokens_refused_total{reason=\""));
    let reasons: Vec<_> = reasons.map(|reason| reason.trim_end_matches("\"}")).collect();
    assert_eq!(reasons.len(), 15);
    assert!(reasons.iter().all(|reason| PAGE.contains(&format!("`{reason}`"))), "{reasons:?}");
    assert_eq!(PAGE.matches("```promql").count(), 6);
}

/// The dashboard is JSON whose panels ask for every metric, and for nothing else.
#[test]
fn the_dashboard_asks_for_every_metric_and_no_other() {
    let dashboard: Value = serde_json::from_str(include_str!("../../docs/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let queries: Vec<_> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.iter().all(|query| query.contains("{job=\"procura\"}")), "{queries:?}");
    let asked: BTreeSet<_> = queries.iter().flat_map(|query| named(query)).collect();
    let asked: BTreeSet<_> = asked.into_iter().map(|name| name.trim_end_matches("_bucket")).collect();
    let table = PAGE.split("## Every metric").nth(1).unwrap();
    assert_eq!(asked, named(table.split("## ").next().unwrap()));
}

#[test]
fn what_happens_is_counted_and_no_label_holds_an_id() {
    let server = Server::start();
    let auditor = server.service("Auditor");
    let fresh = Metrics::of(&auditor);
    assert_eq!((fresh.value("procura_position"), fresh.value("procura_append_seconds_count")), (0.0, 0.0));
    server.tell(&world::tenants());
    let before = Metrics::of(&auditor);
    let carla = server.user(CARLA);
    let owned = json!({"customer": CONTOSO, "subscription": world::guid(5, 3), "kind": "azure", "name": "Own"});
    let json = [("content-type", "application/json")];
    for (path, status) in [("?dryRun=true", 200), ("", 201), ("", 409)] {
        let path = format!("/v1/commands/RegisterSubscription{path}");
        let reply = carla.send("POST", &path, &json, &owned.to_string());
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    let forged = [("authorization", "Bearer e30.e30.e30")];
    assert_eq!(server.stranger().send("GET", "/v1/caller", &forged, "").status, 401);
    assert_eq!(carla.get("/v1/nothing").status, 404);
    let after = Metrics::of(&auditor);
    let grown = |series: &str| after.value(series) - before.value(series);
    for (series, by) in [
        ("procura_commands_total{outcome=\"recorded\"}", 1.0),
        ("procura_commands_total{outcome=\"dryRun\"}", 1.0),
        ("procura_commands_total{outcome=\"alreadyExists\"}", 1.0),
        ("procura_errors_total{code=\"alreadyExists\"}", 1.0),
        ("procura_errors_total{code=\"unauthenticated\"}", 1.0),
        ("procura_errors_total{code=\"notFound\"}", 1.0),
        ("procura_decision_seconds_count", 3.0),
        ("procura_append_seconds_count", 1.0),
        ("procura_frame_bytes_count", 1.0),
    ] {
        assert_eq!(grown(series), by, "{series}");
    }
    let tokens: f64 = after.series.iter().filter(|(name, _)| name.contains("tokens_refused")).map(|(_, n)| n).sum();
    assert_eq!(tokens, 1.0);
    assert!(grown("procura_position") >= 1.0 && grown("procura_frame_bytes_sum") > 100.0);
    assert!(grown("procura_append_seconds_sum") > 0.0 && grown("procura_decision_seconds_sum") > 0.0);
    assert_eq!((after.value("procura_clock_fit"), after.value("procura_clock_behind_seconds")), (1.0, 0.0));
    assert_eq!((after.value("procura_commands_waiting"), after.value("procura_requests_under_way")), (0.0, 1.0));
    assert!(after.value("procura_data_directory_free_bytes") > 1e6);
    // As many series as at the start, and none that names anybody.
    assert_eq!(Vec::from_iter(after.series.keys()), Vec::from_iter(fresh.series.keys()));
    let has_id = |name: &&String| name.split(['"', '.']).any(|word| word.parse::<uuid::Uuid>().is_ok());
    assert_eq!(after.series.keys().find(has_id), None);
}

/// What a socket gives at that path: the status line, and the body.
fn over_socket(socket: &Path, path: &str) -> (String, String) {
    let mut stream = UnixStream::connect(socket).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[test]
fn an_address_of_their_own_gives_metrics_alone_and_logs_may_be_json() {
    let home = tempfile::tempdir().unwrap();
    let (socket, file) = (home.path().join("metrics.sock"), home.path().join("procura.toml"));
    let text = format!("[metrics]\nlisten = \"unix:{}\"\n[logs]\nformat = \"json\"\n", socket.display());
    fs::write(&file, text).unwrap();
    let mut server = Server::start_with(&home.path().join("data"), &["--config", file.to_str().unwrap()]);
    let (status, body) = over_socket(&socket, "/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(Metrics::read(&body).value("procura_position"), 0.0);
    for path in ["/", "/v1/caller", "/healthz", "/v1/history"] {
        assert_eq!(over_socket(&socket, path).0, "HTTP/1.1 404 Not Found", "{path}");
    }
    server.stop();
    assert!(!socket.exists());
    let said = server.stderr();
    let opened = said.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    assert!(opened.into_iter().any(|line| line["fields"]["message"] == "log opened"), "{said}");
}

#[test]
fn metrics_without_a_token_stay_on_this_machine() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("procura.toml");
    fs::write(&file, "[metrics]\nlisten = \"0.0.0.0:9464\"\n").unwrap();
    for action in [&["config", "check"][..], &["serve", "--dev", "--data", "never"]] {
        let ran = run(procura().current_dir(home.path()).args(action).arg("--config").arg(&file), "");
        assert_eq!(ran.code, 2);
        assert!(
            ran.stderr.contains("metrics.listen") && ran.stderr.contains("other machines reach it"),
            "{}",
            ran.stderr
        );
    }
    assert!(!home.path().join("never").exists());
}
