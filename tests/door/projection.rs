//! `examples/projection`: its README runs as it is written, and its table is what the server says, whatever happens to it, to the
//! server and on the way.

use crate::{
    readme::{ROOT, Readme},
    relay::Relay,
};
use axum::response::{IntoResponse, Response};
use procura_tests::{
    Client, Dice, PATIENCE, Server, apply, procura,
    receiver::Receiver,
    run,
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, LENA, LITWARE, NOAH, NORTHWIND, ODILE, User, guid},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Whether one build alone is there, that of the number given, and has come as far as the log.
const CAUGHT_UP: &str = r#"caught_up() {
    local newest=$(curl -s -o /dev/null -w '%header{procura-position}' http://127.0.0.1:7878/healthz)
    [ "$1:$newest" = "$(python3 -c 'import sqlite3; print(*(f"{number}:{cursor}" for number, cursor in
        sqlite3.connect("/tmp/procura-partners.db").execute("SELECT number, cursor FROM builds WHERE served")))')" ]
}
"#;

#[test]
fn its_readme_runs_as_written() {
    let wait = |build: u8| format!("&\nuntil caught_up {build} 2>/dev/null; do sleep 0.05; done\n");
    let readme = Readme::of("projection").waits_for("--listen 127.0.0.1:7878", 7878);
    let readme = readme.with("follow &\nsleep 1\n", &format!("{CAUGHT_UP}follow {}", wait(1)));
    let readme = readme.with("follow --rebuild &\nsleep 1\n", &format!("follow --rebuild {}", wait(2)));
    let readme = readme.with("}'\nsleep 1\n", &format!("}}' {}", wait(1)).replace("&\n", "\n"));
    readme.prints_what_it_says("/tmp/procura-partners", &[7878]);
}

/// An installed copy of the example with its database; its process is killed when dropped.
struct Projection {
    home: tempfile::TempDir,
    child: Option<Child>,
}

impl Projection {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        for file in ["feed.py", "partners.py"] {
            fs::copy(format!("{ROOT}/examples/projection/{file}"), home.path().join(file)).unwrap();
        }
        fs::write(home.path().join("token"), "a.b.c\n").unwrap();
        Self { home, child: None }
    }

    fn of(server: &Server) -> Self {
        let new = Self::new();
        fs::write(new.path("token"), server.token(ODILE.tenant, ODILE.user, &["Auditor"])).unwrap();
        new
    }

    fn path(&self, file: &str) -> PathBuf {
        self.home.path().join(file)
    }

    /// Another version of its program.
    fn changed(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.path("partners.py")).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(self.path("partners.py"), text.replace(from, to)).unwrap();
    }

    fn command(&self, does: &str) -> Command {
        let mut command = Command::new("python3");
        command.arg(self.path("partners.py")).arg(does).arg("--db").arg(self.path("partners.db"));
        command
    }

    fn followed(&self, mut command: Command, url: &str) -> Child {
        let said = fs::OpenOptions::new().create(true).append(true).open(self.path("said")).unwrap();
        command.args(["--procura", url, "--token-file"]).arg(self.path("token"));
        command.stdin(Stdio::null()).stderr(said).spawn().unwrap()
    }

    fn follow(&mut self, url: &str) {
        self.child = Some(self.followed(self.command("follow"), url));
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it wrote on standard error so far.
    fn said(&self) -> String {
        fs::read_to_string(self.path("said")).unwrap_or_default()
    }

    fn table(&self) -> String {
        run(&mut self.command("show"), "").stdout
    }

    fn cursor(&self) -> String {
        let query = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT cursor FROM builds \
            ORDER BY number DESC').fetchone())";
        run(Command::new("python3").args(["-c", query]).arg(self.path("partners.db")), "").stdout.trim().to_owned()
    }

    #[track_caller]
    fn becomes(&self, expected: &str) {
        self.once(|| self.table() == expected, || format!("{}\nexpected {expected}", self.table()));
    }

    #[track_caller]
    fn says(&self, words: &str) {
        self.once(|| self.said().contains(words), || format!("{words:?} is not said"));
    }

    #[track_caller]
    fn once(&self, is_so: impl Fn() -> bool, otherwise: impl Fn() -> String) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < PATIENCE, "{}\n{}", otherwise(), self.said());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Projection {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The table as it must be: what the server's own list says, and how many events there are of each pair.
fn expected(server: &Server) -> String {
    let auditor = server.service("Auditor");
    let mut changes = BTreeMap::new();
    let mut path =
        "/v1/events?type=RelationshipEstablished,RelationshipEnded,DapGranted,DapRevoked&limit=500".to_owned();
    loop {
        let page = auditor.get(&path);
        for event in page.body.as_array().unwrap() {
            let tenant = |kind: &str| event["data"][kind].as_str().unwrap().to_owned();
            *changes.entry((tenant("customer"), tenant("partner"))).or_insert(0) += 1;
        }
        let Some((next, _)) = page.header("link").split_once(">; rel=\"next\"") else { break };
        path = next.trim_start_matches('<').to_owned();
    }
    let mut table = String::new();
    for customer in [CONTOSO, LITWARE] {
        let reply = auditor.get(&format!("/v1/customers/{customer}/partner-relationships"));
        for row in reply.items().iter().filter(|row| row["relationship"] != "none") {
            let partner = row["partner"]["id"].as_str().unwrap();
            let text = |field: &str| row[field].as_str().unwrap_or_default();
            let changes = changes.get(&(customer.to_owned(), partner.to_owned())).unwrap_or(&0);
            let (relationship, since, ended) =
                (text("relationship"), text("relationshipSince"), text("relationshipEnded"));
            let (has_dap, dap_since) = (u8::from(row["delegatedAdmin"] == true), text("delegatedAdminSince"));
            table += &format!("{customer}|{partner}|{relationship}|{since}|{ended}|{has_dap}|{dap_since}|{changes}\n");
        }
    }
    table
}

const PAIRS: [(User, User); 4] = [(ALEX, CARLA), (ALEX, LENA), (NOAH, CARLA), (NOAH, LENA)];

/// Relationships that began, got DAP, lost it and ended, again and again.
fn long_history(rounds: u64) -> String {
    let mut lines = world::tenants();
    for round in 0..rounds {
        for ((agent, administrator), kind) in PAIRS.into_iter().zip(100..) {
            let fields = json!({"customer": administrator.tenant, "partner": agent.tenant});
            lines.extend(world::relationship(&guid(kind, round), agent, administrator, true));
            lines.push(world::by(administrator, "RevokeDap", fields.clone()));
            lines.push(world::by(agent, "EndRelationship", fields));
        }
    }
    world::text(&lines)
}

/// Something that changes the table, or is refused.
fn change(dice: &mut Dice, clients: &[(Client, Client)]) {
    let number = dice.below(PAIRS.len());
    let ((agent, administrator), (partner, customer)) = (PAIRS[number], &clients[number]);
    let fields = json!({"customer": administrator.tenant, "partner": agent.tenant});
    match dice.below(4) {
        0 => drop(customer.post("/v1/commands/RevokeDap", &fields, &[])),
        1 => drop(partner.post("/v1/commands/EndRelationship", &fields, &[])),
        _ => {
            let fields = json!({"partner": agent.tenant, "delegatedAdmin": dice.chance(80), "locale": "en"});
            let sent = partner.command("SendInvite", &fields);
            let fields = json!({"customer": administrator.tenant, "invitation": sent["result"]["invitation"]});
            drop(customer.post("/v1/commands/AcceptInvite", &fields, &[]));
        }
    }
}

/// It is killed at random moments, over and over, while commands go on: each event counts once.
#[test]
fn killed_at_any_moment_it_counts_each_event_once() {
    const KILLS_AT_WORK: usize = 8;
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &long_history(40)).all_recorded();
    let server = Server::start_on(data.path());
    let clients = PAIRS.map(|(agent, administrator)| (server.user(agent), server.user(administrator)));
    let mut projection = Projection::of(&server);
    // Slowly, so that it is killed between the two changes that belong together.
    let moves_on = "self.db.execute(\"UPDATE builds SET cursor";
    projection.changed(moves_on, &format!("time.sleep(0.001); {moves_on}"));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut dice = Dice::new(1);
            while !is_over.load(Ordering::SeqCst) {
                change(&mut dice, &clients);
            }
        });
        let (mut dice, mut at_work, mut cursor, mut millis) = (Dice::new(2), 0, String::new(), 100);
        let begun = Instant::now();
        while at_work < KILLS_AT_WORK && begun.elapsed() < PATIENCE {
            projection.follow(&server.url);
            thread::sleep(Duration::from_millis(150 + dice.below(millis) as u64));
            projection.kill();
            // How long it takes to begin depends on the machine: on a busy one it is given more time.
            let reached = projection.cursor();
            let (came_further, longer) = (reached != cursor, 2 * millis);
            (at_work, millis) = if came_further { (at_work + 1, 100) } else { (at_work, longer) };
            cursor = reached;
        }
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(at_work, KILLS_AT_WORK, "{cursor}");
    });
    projection.changed("time.sleep(0.001); ", "");
    projection.follow(&server.url);
    projection.becomes(&expected(&server));
}

/// The connection breaks within events, and the server goes away and comes back.
#[test]
fn a_broken_connection_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &long_history(5)).all_recorded();
    let mut server = Server::start_on(data.path());
    let relay = Relay::start(&server.url, vec![3_210, 444, 9_999]);
    let mut projection = Projection::of(&server);
    projection.changed("PAUSE_SECONDS, PAUSE_SECONDS_MAX = 1, 30", "PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 0.1");
    projection.follow(&relay.url);
    projection.becomes(&expected(&server));
    assert_eq!(relay.connections(), 4);
    let address = server.url.trim_start_matches("http://").to_owned();
    server.kill();
    projection.says("Connection");
    let server = Server::start_at(&address, procura(), data.path(), &[]);
    let fields = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    let sent = server.user(ALEX).command("SendInvite", &fields);
    let fields = json!({"customer": CONTOSO, "invitation": sent["result"]["invitation"]});
    server.user(CARLA).command("AcceptInvite", &fields);
    projection.becomes(&expected(&server));
}

/// The log was restored from a backup, and goes another way than the one that was read.
#[test]
fn after_a_restore_the_table_is_that_of_the_restored_log() {
    let home = tempfile::tempdir().unwrap();
    let (data, copy, file) = (home.path().join("data"), home.path().join("copy"), home.path().join("log.procura"));
    apply(&data, &world::text(&world::with_relationships())).all_recorded();
    assert_eq!(run(procura().arg("backup").arg("--data").arg(&data).arg(&file), "").code, 0);
    assert_eq!(run(procura().arg("restore").arg(&file).arg("--data").arg(&copy), "").code, 0);
    let pair = |partner: &str| json!({"customer": CONTOSO, "partner": partner});
    apply(&data, &world::text(&[world::by(CARLA, "RevokeDap", pair(FABRIKAM))])).all_recorded();
    apply(&copy, &world::text(&[world::by(NOAH, "EndRelationship", pair(NORTHWIND))])).all_recorded();
    let lost = Server::start_on(&data);
    let mut projection = Projection::of(&lost);
    projection.follow(&lost.url);
    projection.becomes(&expected(&lost));
    projection.kill();
    let restored = Server::start_on(&copy);
    fs::write(projection.path("token"), restored.token(ODILE.tenant, ODILE.user, &["Auditor"])).unwrap();
    assert_ne!(expected(&restored), expected(&lost));
    projection.follow(&restored.url);
    projection.becomes(&expected(&restored));
    assert!(projection.said().contains("the log was restored"), "{}", projection.said());
}

/// Prints each state of the table that it sees, once, until it is killed.
const READER: &str = "
import sqlite3, sys
before = None
db = sqlite3.connect(sys.argv[1])
while True:
    now = db.execute('SELECT count(*), min(changes), max(changes) FROM partners').fetchone()
    if now != before:
        print(*now, flush=True)
    before = now
";

/// Version 2 of the program builds its table beside that of version 1, and is killed once while it does. Readers see the whole
/// old table, then the whole new one; then the old program ends.
#[test]
fn a_new_version_takes_over_without_a_moment_between() {
    const CUSTOMERS: u64 = 100;
    let data = tempfile::tempdir().unwrap();
    let mut lines = world::tenants();
    for number in 0..CUSTOMERS {
        let (customer, administrator) = (guid(0xcc, number), guid(0xce, number));
        let fields = json!({"customer": customer, "name": "C", "domain": format!("c{number}.example"),
            "globalAdministrator": administrator});
        lines.push(world::by_operator("RegisterCustomer", fields));
        let user = User { tenant: customer.leak(), user: administrator.leak() };
        lines.extend(world::relationship(&guid(1, number), ALEX, user, true));
    }
    let lines = apply(data.path(), &world::text(&lines));
    lines.all_recorded();
    let server = Server::configured_by(procura(), data.path(), "[feeds]\nheartbeat_seconds = 1\n", &["--dev"]);
    let mut projection = Projection::of(&server);
    projection.follow(&server.url);
    projection.says("partners_1 is served");
    let mut reader = Command::new("python3");
    reader.args(["-c", READER]).arg(projection.path("partners.db")).stdout(Stdio::piped());
    let mut reader = reader.spawn().unwrap();
    projection.changed("VERSION = 1", "VERSION = 2");
    projection.changed("changes = changes + 1", "changes = changes + 10");
    let mut old = projection.child.take().unwrap();
    projection.follow(&server.url);
    projection.says("building partners_2");
    projection.kill();
    assert_eq!(old.try_wait().unwrap(), None);
    projection.follow(&server.url);
    projection.says("partners_2 is served");
    let ended = old.wait().unwrap();
    assert!(ended.success() && projection.said().contains("partners_1 was replaced"), "{}", projection.said());
    let rows = projection.table();
    assert!(rows.lines().count() == 100 && rows.lines().all(|row| row.ends_with("|20")), "{rows}");
    reader.kill().unwrap();
    let seen = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(seen, format!("{CUSTOMERS} 2 2\n{CUSTOMERS} 20 20\n"));
}

const LOG: &str = "0c000000-0000-4000-8000-000000000002";

/// An event as a server sends it.
fn message(position: u64, event: &Value) -> String {
    format!("id: {position}\ndata: {event}\n\n")
}

fn established(customer: &str) -> Value {
    json!({"type": "procura.RelationshipEstablished.v1", "source": format!("/procura/{LOG}"),
        "time": "2026-01-05T08:00:00Z", "data": {"customer": customer, "partner": FABRIKAM}})
}

fn stream(text: String) -> Response {
    ([("content-type", "text/event-stream"), ("procura-position", "2")], text).into_response()
}

/// What makes no sense changes nothing, and is asked for again, behind the last cursor that was kept.
#[test]
fn what_is_garbage_changes_nothing_and_is_read_again() {
    let with = |pointer: &str, value: Value| {
        let mut event = established(LITWARE);
        *event.pointer_mut(pointer).unwrap() = value;
        message(2, &event)
    };
    let whole = message(2, &established(LITWARE));
    let cases = vec![
        "id: 2\ndata: {\"type\"\n\n".to_owned(),
        message(2, &json!([])),
        message(2, &json!({})),
        message(2, &json!("text")),
        with("/data", json!([])),
        with("/data", json!({"customer": LITWARE})),
        with("/data/customer", json!({})),
        with("/time", json!([1])),
        with("/source", json!("procura")),
        with("/source", json!(7)),
        whole.replace("id: 2", "id: two"),
        whole.replace("id: 2\n", ""),
        whole[..whole.len() - 1].to_owned(),
        whole[..whole.len() - 40].to_owned(),
        format!("data: {}", "x".repeat(2 << 20)),
        "event: end\ndata: {}\n\n".to_owned(),
        "event: later\ndata: nobody knows\n\n".to_owned(),
        "\u{fffd}\n\n\n: a comment\n\n".to_owned(),
        String::new(),
    ];
    let told = cases.clone();
    let asked = AtomicUsize::new(0);
    let server = Receiver::start(move |received| {
        let last = received.headers.get("last-event-id").map(|last| last.to_str().unwrap());
        let garbage = last.and_then(|_| told.get(asked.fetch_add(1, Ordering::SeqCst)));
        match last {
            None => stream(format!("retry: 1000\n\n{}", message(1, &established(CONTOSO)))),
            Some("1") => stream(garbage.unwrap_or(&whole).clone()),
            Some(_) => stream(String::new()),
        }
    });
    let mut projection = Projection::new();
    projection.changed("PAUSE_SECONDS, PAUSE_SECONDS_MAX = 1, 30", "PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.01, 0.01");
    projection.follow(server.url());
    projection.says("going on behind 2 ");
    let behind_1 = projection.said().matches("going on behind 1 ").count();
    assert_eq!(behind_1, 1 + cases.len(), "{}", projection.said());
    let row = |customer| format!("{customer}|{FABRIKAM}|active|2026-01-05T08:00:00Z||0||1\n");
    assert_eq!(projection.table(), [row(CONTOSO), row(LITWARE)].concat());
}

#[test]
fn it_ends_rather_than_be_wrong() {
    let newer = json!({"type": "procura.RelationshipEstablished.v2", "source": format!("/procura/{LOG}")});
    let mut of_another_log = established(LITWARE);
    of_another_log["source"] = json!(format!("/procura/{CONTOSO}"));
    for (event, says) in [(newer, "is newer than this program"), (of_another_log, "wrong server")] {
        let text = [message(1, &established(CONTOSO)), message(2, &event)].concat();
        let server = Receiver::start(move |_| stream(text.clone()));
        let mut projection = Projection::new();
        projection.follow(server.url());
        projection.says(says);
        assert_eq!(projection.child.as_mut().unwrap().wait().unwrap().code(), Some(1), "{says}");
        assert_eq!((projection.cursor(), projection.table()), ("1".to_owned(), String::new()), "{says}");
    }
}

/// The database is locked by somebody else, and its disk is full.
#[test]
fn a_database_that_cannot_be_written_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &long_history(20)).all_recorded();
    let server = Server::start_on(data.path());
    let expected = expected(&server);
    // A full disk, as a process with little room has it.
    let mut full = Projection::of(&server);
    let mut limited = Command::new("bash");
    let plain = full.command("follow");
    limited.args(["-c", "ulimit -f 64; exec \"$@\"", "-"]).arg(plain.get_program()).args(plain.get_args());
    full.child = Some(full.followed(limited, &server.url));
    full.says("going on behind");
    full.kill();
    assert_ne!(full.table(), expected);
    full.follow(&server.url);
    full.becomes(&expected);
    let mut locked = Projection::of(&server);
    locked.changed("LOCK_SECONDS = 30", "LOCK_SECONDS = 0.1");
    let lock = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); \
        db.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()";
    locked.follow(&server.url);
    locked.says("is served");
    let mut holder = Command::new("python3");
    holder.args(["-c", lock]).arg(locked.path("partners.db")).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut holder = holder.spawn().unwrap();
    let fields = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    thread::sleep(Duration::from_millis(300));
    let sent = server.user(ALEX).command("SendInvite", &fields);
    let fields = json!({"customer": CONTOSO, "invitation": sent["result"]["invitation"]});
    server.user(CARLA).command("AcceptInvite", &fields);
    locked.says("database is locked");
    assert_eq!(locked.table(), expected);
    holder.stdin.take().unwrap().write_all(b"\n").unwrap();
    holder.wait().unwrap();
    locked.becomes(&self::expected(&server));
}
