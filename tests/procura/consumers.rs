//! Consumers over HTTP: whose they are, what they hand out to whom, and that nothing is lost or skipped, whoever is killed.

use procura_tests::{
    Client, PATIENCE, Reply, Server, procura, run,
    world::{self, ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, GRETA, LENA, SAM, STRANGER, guid},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, thread, time::Instant};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] = &[
    "/v1/consumers",
    "/v1/consumers/{name}",
    "/v1/consumers/{name}/fetch",
    "/v1/consumers/{name}/ack",
    "/v1/consumers/{name}/seek",
    "/v1/consumers/{name}/pause",
    "/v1/consumers/{name}/resume",
    "/v1/consumers/{name}/parked",
];

fn put(client: &Client, name: &str, settings: &Value) -> Reply {
    let json = [("content-type", "application/json")];
    client.send("PUT", &format!("/v1/consumers/{name}"), &json, &settings.to_string())
}

/// Makes a consumer that begins with the log.
fn made(client: &Client, name: &str, settings: Value) {
    let mut settings = settings;
    settings["after"] = 0.into();
    let reply = put(client, name, &settings);
    assert_eq!(reply.status, 201, "{}", reply.body);
}

fn fetch(client: &Client, name: &str, parameters: &str) -> Vec<Value> {
    let reply = client.post(&format!("/v1/consumers/{name}/fetch{parameters}"), &json!({}), &[]);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["events"].as_array().unwrap().clone()
}

fn cursors(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["cursor"].as_str().unwrap()).collect()
}

fn ack(client: &Client, name: &str, request: &Value) -> Value {
    let reply = client.post(&format!("/v1/consumers/{name}/ack"), request, &[]);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn state(client: &Client, name: &str) -> Value {
    let reply = client.get(&format!("/v1/consumers/{name}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

/// Everything that the feed gives the client.
fn feed(client: &Client) -> Vec<Value> {
    client.get("/v1/events?limit=500").body.as_array().unwrap().clone()
}

/// A subscription that Alex provisions: two events.
fn provision(server: &Server, number: u64) -> u64 {
    let fields = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(56, number), "kind": "azure", "name": "Web"});
    server.user(ALEX).command("ProvisionSubscription", &fields)["positions"][1].as_u64().unwrap()
}

fn related() -> Server {
    let server = Server::start();
    server.tell(&world::with_relationships());
    server
}

#[test]
fn a_consumer_hands_out_what_its_owner_may_read_until_it_is_acknowledged() {
    let server = related();
    for (client, expected) in [server.user(CARLA), server.user(ALEX), server.service("Auditor")].map(|client| {
        let expected = feed(&client);
        (client, expected)
    }) {
        made(&client, "all", json!({}));
        let first = fetch(&client, "all", "?max=3");
        assert_eq!(first.iter().map(|event| event["event"].clone()).collect::<Vec<_>>(), expected[..3]);
        assert!(first.iter().all(|event| event["tries"] == 1));
        ack(&client, "all", &json!({"events": cursors(&first)}));
        let mut seen = first;
        loop {
            let events = fetch(&client, "all", "?max=500");
            if events.is_empty() {
                break;
            }
            ack(&client, "all", &json!({"events": cursors(&events)}));
            seen.extend(events);
        }
        // Its own making is an event too.
        let seen: Vec<_> = seen.into_iter().map(|event| event["event"].clone()).collect();
        assert_eq!(seen, feed(&client));
        let now = state(&client, "all");
        assert_eq!((&now["lagEvents"], &now["open"]), (&json!(0), &json!(0)), "{now}");
    }
}

#[test]
fn feed_1_each_has_its_own_and_its_administrators_see_it() {
    let server = related();
    let (alex, sam, greta, carla) = (server.user(ALEX), server.user(SAM), server.user(GRETA), server.user(CARLA));
    made(&alex, "billing", json!({"tries": 9}));
    made(&sam, "billing", json!({"tries": 2}));
    assert_eq!(
        (state(&alex, "billing")["tries"].clone(), state(&sam, "billing")["tries"].clone()),
        (9.into(), 2.into())
    );
    let seen = |client: &Client| {
        client.get("/v1/consumers").items().iter().map(|row| row["tries"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((seen(&alex), seen(&sam), seen(&greta), seen(&carla)), (vec![9], vec![2], vec![9, 2], vec![]));
    assert_eq!(seen(&server.service("Auditor")), [9, 2]);
    // By name there is only one's own.
    for path in ["", "/parked"] {
        assert_eq!(greta.get(&format!("/v1/consumers/billing{path}")).differs(404, "notFound", ""), None);
    }
    for path in ["fetch", "ack", "pause", "resume"] {
        let reply = carla.post(&format!("/v1/consumers/billing/{path}"), &json!({}), &[]);
        assert_eq!(reply.differs(404, "notFound", ""), None, "{path}");
    }
    for (client, code) in [(server.user(COLIN), "notAllowed"), (server.user(STRANGER), "notAllowed")] {
        assert_eq!(put(&client, "mine", &json!({})).differs(403, code, ""), None);
    }
    let decider = server.service("Decider");
    assert_eq!(put(&decider, "mine", &json!({})).differs(403, "notAllowed", ""), None);
    // An auditor writes this one thing.
    let auditor = server.service("Auditor");
    made(&auditor, "siem", json!({}));
    assert_eq!(state(&auditor, "siem")["role"], "Auditor");
    let others = auditor.post("/v1/commands/RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}), &[]);
    assert_eq!(others.differs(403, "notAllowed", "auditors write nothing"), None);
    // What is in the log of it shows to the same.
    let told = |client: &Client| feed(client).iter().filter(|event| event["type"] == "procura.ConsumerSet.v1").count();
    assert_eq!([&alex, &sam, &greta, &carla, &auditor].map(told), [1, 1, 2, 0, 3]);
    let history = |client: &Client| {
        let reply = client.get(&format!("/v1/partners/{FABRIKAM}/history?type=ConsumerSet"));
        reply.items().len()
    };
    assert_eq!([&alex, &sam, &greta].map(history), [1, 1, 2]);
    assert_eq!(alex.send("DELETE", "/v1/consumers/billing", &[], "").status, 204);
    assert_eq!(alex.get("/v1/consumers/billing").status, 404);
    assert_eq!(seen(&greta), [2]);
}

#[test]
fn a_consumer_is_set_once_and_changed_without_losing_its_place() {
    let server = related();
    let alex = server.user(ALEX);
    made(&alex, "a", json!({}));
    let events = fetch(&alex, "a", "?max=2");
    ack(&alex, "a", &json!({"events": cursors(&events)}));
    let (before, position) = (state(&alex, "a"), alex.get("/v1/caller").position);
    let again = put(&alex, "a", &json!({}));
    assert_eq!(
        (again.status, again.position, &again.body["done"]),
        (200, position, &before["done"]),
        "nothing was recorded"
    );
    let changed = put(&alex, "a", &json!({"tries": 7, "after": 9}));
    assert_eq!((changed.status, &changed.body["tries"], &changed.body["done"]), (201, &json!(7), &before["done"]));
    // Made anew, it begins anew.
    assert_eq!(alex.send("DELETE", "/v1/consumers/a", &[], "").status, 204);
    made(&alex, "a", json!({}));
    assert_eq!(cursors(&fetch(&alex, "a", "?max=2")), cursors(&events));
    for (settings, code, says) in [
        (json!({"name": "b"}), "invalidRequest", "path"),
        (json!({"tries": 0}), "invalidCommand", "1 to 100"),
        (json!({"visibilitySeconds": 43_201}), "invalidCommand", "43200"),
        (json!({"filter": {"type": "DapRevoked"}}), "invalidCommand", "did you mean `types`"),
        (json!({"filter": {"types": ["DapRevokd"]}}), "invalidCommand", "DapRevoked"),
        (json!({"onParked": "stop"}), "invalidCommand", "goOn"),
        (json!({"after": 1e9}), "invalidCommand", "after"),
        (json!([]), "invalidCommand", ""),
    ] {
        let reply = put(&alex, "b", &settings);
        assert_eq!(
            (reply.text("code"), reply.text("detail").contains(says)),
            (code, true),
            "{settings}: {}",
            reply.body
        );
    }
    assert_eq!(put(&alex, "Not-A-Name", &json!({})).status, 422);
}

/// What is not acknowledged comes again, and is parked with its error; the customer's other events wait or go on.
#[test]
fn a_poison_event_is_parked_and_stops_nobody_else() {
    let server = related();
    let auditor = server.service("Auditor");
    for (name, on_parked, waits) in [("go-on", "goOn", false), ("wait", "wait", true)] {
        made(
            &auditor,
            name,
            json!({"tries": 2, "onParked": on_parked, "filter": {"types": ["CustomerRegistered", "RelationshipEstablished", "DapGranted"]}}),
        );
        let mut dealt = Vec::new();
        let mut poison = None;
        loop {
            let events = fetch(&auditor, name, "?max=1");
            let Some(event) = events.first() else { break };
            let (cursor, of) = (event["cursor"].as_str().unwrap().to_owned(), &event["event"]["partitionkey"]);
            // The first of Contoso's.
            if *of == CONTOSO && *poison.get_or_insert_with(|| cursor.clone()) == cursor {
                let told = ack(&auditor, name, &json!({"failed": [{"event": cursor, "error": "no such account"}]}));
                assert_eq!(told, json!({"acknowledged": 0, "failed": 1}));
            } else {
                ack(&auditor, name, &json!({"events": [cursor]}));
                dealt.push(of.clone());
            }
        }
        let poison = poison.unwrap();
        let parked = auditor.get(&format!("/v1/consumers/{name}/parked"));
        let row = &parked.items()[0];
        assert_eq!(
            (&row["event"], &row["tries"], &row["error"]),
            (&json!(poison), &json!(2), &json!("no such account"))
        );
        assert_eq!(dealt.iter().any(|of| *of == CONTOSO), !waits, "{dealt:?}");
        assert!(dealt.iter().any(|of| *of != CONTOSO), "others go on");
        // Replayed, it comes again, and then what waited for it.
        let changed = auditor.post(&format!("/v1/consumers/{name}/parked"), &json!({"replay": [poison, "1"]}), &[]);
        assert_eq!(changed.body, json!({"replayed": 1, "dropped": 0}));
        let again = fetch(&auditor, name, "?max=9");
        assert_eq!((again[0]["cursor"].as_str(), again.len() > 1), (Some(poison.as_str()), waits));
        let events = cursors(&again);
        let failed: Vec<_> = events[..1].iter().map(|event| json!({"event": event, "error": ""})).collect();
        ack(&auditor, name, &json!({"failed": failed}));
        let once_more = fetch(&auditor, name, "?max=1");
        ack(&auditor, name, &json!({"failed": [{"event": cursors(&once_more)[0], "error": "again"}]}));
        let dropped = auditor.post(&format!("/v1/consumers/{name}/parked"), &json!({"drop": [poison]}), &[]);
        assert_eq!(dropped.body, json!({"replayed": 0, "dropped": 1}));
        while let events @ [_, ..] = fetch(&auditor, name, "").as_slice() {
            ack(&auditor, name, &json!({"events": cursors(events)}));
        }
        let end = state(&auditor, name);
        assert_eq!((&end["lagEvents"], &end["parked"], &end["open"]), (&json!(0), &json!(0), &json!(0)), "{end}");
    }
}

#[test]
fn a_fetch_waits_and_a_paused_consumer_hands_out_nothing() {
    let server = related();
    let alex = server.user(ALEX);
    assert_eq!(put(&alex, "new", &json!({"filter": {"types": ["SubscriptionProvisioned"]}})).status, 201);
    assert_eq!(fetch(&alex, "new", ""), Vec::<Value>::new());
    let waiting = {
        let alex = alex.clone();
        thread::spawn(move || fetch(&alex, "new", "?wait=30"))
    };
    let begun = Instant::now();
    provision(&server, 1);
    let events = waiting.join().unwrap();
    assert!(events.len() == 1 && begun.elapsed().as_secs() < 20, "{events:?}");
    ack(&alex, "new", &json!({"events": cursors(&events)}));
    let paused = alex.post("/v1/consumers/new/pause", &json!({}), &[]);
    assert_eq!((paused.status, &paused.body["paused"]), (200, &json!(true)));
    provision(&server, 2);
    assert_eq!(fetch(&alex, "new", "?wait=1"), Vec::<Value>::new());
    assert_eq!(alex.post("/v1/consumers/new/resume", &json!({}), &[]).body["paused"], false);
    assert_eq!(fetch(&alex, "new", "").len(), 1);
    // Back to the beginning, and to the end.
    let back = alex.post("/v1/consumers/new/seek", &json!({"after": "0"}), &[]);
    assert_eq!((back.status, back.text("done")), (200, "0"));
    let all = feed(&alex).into_iter().filter(|event| event["type"] == "procura.SubscriptionProvisioned.v1").count();
    assert_eq!(fetch(&alex, "new", "?max=99").len(), all);
    let newest = alex.get("/v1/caller").position.unwrap().to_string();
    alex.post("/v1/consumers/new/seek", &json!({"after": newest}), &[]);
    assert_eq!((fetch(&alex, "new", "").len(), state(&alex, "new")["lagEvents"].clone()), (0, 0.into()));
    for (path, body, says) in [
        ("seek", json!({"after": "999999"}), "ahead of the log"),
        ("seek", json!({"after": "x"}), "not a position"),
        ("seek", json!({}), "after"),
        ("ack", json!({"event": ["1"]}), "event"),
        ("ack", json!({"events": ["1x"]}), "not a position"),
        ("ack", json!({"events": vec!["1"; 1_001]}), "1000"),
        ("fetch?max=501", json!({}), "500"),
        ("fetch?max=0", json!({}), "1"),
        ("fetch?wait=31", json!({}), "30"),
    ] {
        let reply = alex.post(&format!("/v1/consumers/new/{path}"), &body, &[]);
        assert_eq!(reply.differs(400, "invalidRequest", says), None, "{path} {body}");
    }
}

/// Who lost all rights gets nothing further, is told so, and goes on where it was once it has them again.
#[test]
fn feed_2_an_owner_without_rights_gets_nothing() {
    let server = related();
    let (alex, greta) = (server.user(ALEX), server.user(GRETA));
    made(&alex, "a", json!({}));
    let first = fetch(&alex, "a", "?max=1");
    ack(&alex, "a", &json!({"events": cursors(&first)}));
    let membership = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    greta.command("RemoveGroupMember", &membership);
    let refused = alex.post("/v1/consumers/a/fetch", &json!({}), &[]);
    assert_eq!(refused.differs(403, "ownerLostAccess", "nothing is delivered"), None);
    assert_eq!(state(&alex, "a")["ownerLostAccess"], true);
    greta.command("AddGroupMember", &membership);
    let next = fetch(&alex, "a", "?max=1");
    assert!(next[0]["cursor"].as_str().unwrap().parse::<u64>().unwrap() > cursors(&first)[0].parse().unwrap());
    // What was given out when it might be known, and no more may, is not given out again.
    let lena = server.user(LENA);
    made(&lena, "own", json!({}));
    assert!(!fetch(&lena, "own", "?max=9").is_empty());
}

/// Several readers share the work of a consumer; some are killed with what they have, and so is the server: every event is
/// worked on, those of each customer in order, and nothing but what was in hand comes twice.
#[test]
fn nothing_is_lost_or_skipped_whoever_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut server = Server::start_on(&data);
    server.tell(&world::with_relationships());
    let auditor = server.service("Auditor");
    made(&auditor, "all", json!({"visibilitySeconds": 1, "tries": 100}));
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let mut last_of: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..procura_tests::number("PROCURA_CONSUMER_ROUNDS", 10) {
        let newest = (0..3).map(|number| provision(&server, round * 10 + number)).max().unwrap();
        let auditor = server.service("Auditor");
        let begun = Instant::now();
        let mut done = 0;
        while done < newest && begun.elapsed() < PATIENCE {
            let events = fetch(&auditor, "all", "?max=4&wait=2");
            // A reader that is killed: it has worked on what it got, and could not say so.
            let is_killed = round % 3 == 0 && begun.elapsed().as_millis().is_multiple_of(2);
            for event in &events {
                let position = event["cursor"].as_str().unwrap().parse().unwrap();
                let first = *seen.entry(position).and_modify(|times| *times += 1).or_insert(1) == 1;
                let key = event["event"]["partitionkey"].as_str().unwrap().to_owned();
                if first {
                    assert!(last_of.insert(key, position) < Some(position), "in order for each key");
                }
            }
            if !is_killed {
                ack(&auditor, "all", &json!({"events": cursors(&events)}));
            }
            done = state(&auditor, "all")["done"].as_str().unwrap().parse().unwrap();
        }
        assert!(done >= newest, "{done} of {newest}");
        // The server, too: what was acknowledged in its last second may come again.
        server.kill();
        server = Server::start_on(&data);
    }
    let newest = server.service("Auditor").get("/v1/caller").position.unwrap();
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), (1..=newest).collect::<Vec<_>>());
    server.stop();
}

/// A backup brings back how far consumers were, and a restored log is another line of history for what came behind.
#[test]
fn a_backup_brings_a_consumer_back_where_it_was() {
    let home = tempfile::tempdir().unwrap();
    let [data, copy, file] = ["data", "copy", "log.procura"].map(|name| home.path().join(name));
    let mut server = Server::start_on(&data);
    server.tell(&world::with_relationships());
    let auditor = server.service("Auditor");
    made(&auditor, "all", json!({"filter": {"types": ["DapGranted", "SubscriptionProvisioned"]}}));
    let first = fetch(&auditor, "all", "?max=1");
    ack(&auditor, "all", &json!({"events": cursors(&first)}));
    backup(&server, &file);
    let newest = provision(&server, 1);
    let beyond = fetch(&auditor, "all", "?max=9");
    ack(&auditor, "all", &json!({"events": cursors(&beyond)}));
    server.stop();
    assert_eq!(run(procura().arg("restore").arg(&file).arg("--data").arg(&copy), "").code, 0);
    let server = Server::start_on(&copy);
    let auditor = server.client(world::ODILE.tenant, world::ODILE.user, &["Auditor"]);
    let there = auditor.get("/v1/consumers");
    assert_eq!(there.items()[0]["name"], "all");
    let owner = there.items()[0]["owner"].clone();
    let auditor = server.client(owner["tenant"].as_str().unwrap(), owner["user"].as_str().unwrap(), &["Auditor"]);
    assert_eq!(state(&auditor, "all")["done"].as_str().unwrap(), cursors(&first)[0]);
    // What was acknowledged of the lost line is none of this one.
    let lost = auditor.post("/v1/consumers/all/ack", &json!({"events": [newest.to_string()]}), &[]);
    assert_eq!(lost.differs(409, "otherEpoch", "restored from a backup"), None);
    let other = provision(&server, 2);
    let events = fetch(&auditor, "all", "?max=9");
    let last = cursors(&events).last().unwrap().to_string();
    assert!(last.starts_with(&format!("{}@", other - 1)), "{last}");
}

fn backup(server: &Server, file: &Path) {
    let token = server.service("Operator").token;
    let mut backup = procura();
    backup.args(["backup", "--server", &server.url, "--token", &token]).arg(file);
    let ran = run(&mut backup, "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// A file that is not as it was written stops the start, and says what to do.
#[test]
fn a_damaged_file_is_refused_by_its_line() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut server = Server::start_on(&data);
    server.tell(&world::with_relationships());
    made(&server.user(ALEX), "a", json!({}));
    fetch(&server.user(ALEX), "a", "?max=1");
    server.stop();
    let file = data.join("deliveries");
    let good = std::fs::read_to_string(&file).unwrap();
    for (bad, says) in [
        (good.replace("\"reached\"", "\"reeched\""), "line 2"),
        (good.trim_end().to_owned(), "cut off"),
        (good.replace("{\"format\":1}", "{\"format\":2}"), "newer Procura"),
        (String::new(), "line 1"),
    ] {
        std::fs::write(&file, &bad).unwrap();
        let ran = run(procura().args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"]).arg(&data), "");
        assert_eq!((ran.code, ran.stderr.contains(says)), (2, true), "{bad}: {}", ran.stderr);
    }
    std::fs::write(&file, good).unwrap();
    let server = Server::start_on(&data);
    assert_eq!(state(&server.user(ALEX), "a")["open"], 1);
}

/// The command line lists them with how far they have come, here or at a server.
#[test]
fn the_command_line_lists_them() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut server = Server::start_on(&data);
    server.tell(&world::with_relationships());
    made(&server.user(ALEX), "billing", json!({}));
    let receiver = json!({"url": "https://hooks.example.com/"});
    let json = [("content-type", "application/json")];
    assert_eq!(server.user(CARLA).send("PUT", "/v1/webhooks/siem", &json, &receiver.to_string()).status, 201);
    let listed = |client: &Client| {
        let mut list = procura();
        list.args(["consumers", "--server", &server.url, "--token", &client.token]);
        run(&mut list, "")
    };
    let [all, own, none] =
        [server.service("Auditor"), server.user(ALEX), server.user(COLIN)].map(|client| listed(&client));
    let lines: Vec<_> = all.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!((&lines[0][..3], &lines[1][..3]), (&["kind", "name", "done"][..], &["consumer", "billing", "0"][..]));
    assert_eq!((lines.len(), &lines[2][..2]), (3, &["webhook", "siem"][..]), "{}", all.stdout);
    assert!(own.stdout.contains("billing") && !own.stdout.contains("siem"), "{}", own.stdout);
    assert!(none.stdout.is_empty() && none.stderr.contains("there are none"), "{}", none.stderr);
    server.stop();
    let here = run(procura().args(["consumers", "--format", "json", "--data"]).arg(&data), "");
    let rows: Vec<Value> = here.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["kind"], &rows[1]["kind"]), (&json!("consumer"), &json!("webhook")), "{}", here.stdout);
    assert!(rows[0]["lagEvents"].as_u64() > Some(10), "{}", rows[0]);
}
