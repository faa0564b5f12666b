//! The feed: who is told of which events, in order, from any point, over either of its forms; and that a restored log fools
//! nobody.

use crate::lists::{caller, told};
use procura_engine::ambient::{Clock, SystemClock};
use procura_tests::{
    Client, Dice, Reply, Server, apply, export,
    liar::Liar,
    number, procura, run,
    signing::SigningKey,
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, LENA, LITWARE, NORTHWIND, guid},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, thread, time::Duration};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] = &["/v1/events"];

/// Which positions of the story each caller is shown: those of every history that it may see, taken together.
fn of_histories(client: &Client) -> BTreeSet<u64> {
    let tenants = [("customers", CONTOSO), ("customers", LITWARE), ("partners", FABRIKAM), ("partners", NORTHWIND)];
    let replies = tenants.map(|(kind, tenant)| client.get(&format!("/v1/{kind}/{tenant}/history?limit=500")));
    let shown = replies.iter().filter(|reply| reply.status == 200);
    let everything = client.get("/v1/history?limit=500");
    let shown = shown.chain(Some(&everything).filter(|reply| reply.status == 200));
    shown.flat_map(Reply::items).map(|entry| entry["position"].as_u64().unwrap()).collect()
}

fn batch(reply: &Reply) -> Vec<Value> {
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, "application/cloudevents-batch+json"),
        "{}",
        reply.body
    );
    reply.body.as_array().unwrap().clone()
}

fn position(event: &Value) -> u64 {
    event["id"].as_str().unwrap().parse().unwrap()
}

/// Every event of the feed, a page at a time.
fn paged(client: &Client, query: &str) -> Vec<Value> {
    let (mut events, mut path) = (Vec::new(), format!("/v1/events?{query}"));
    loop {
        let reply = client.get(&path);
        events.extend(batch(&reply));
        let Some((next, _)) = reply.header("link").split_once(">; rel=\"next\"") else { return events };
        path = next.trim_start_matches('<').to_owned();
    }
}

/// The first events of the stream, up to where it has caught up.
fn followed(client: &Client, query: &str, after: &str) -> (Vec<Value>, String) {
    let mut stream = client.follow(&format!("/v1/events?{query}"), after).unwrap();
    let mut events = Vec::new();
    loop {
        let message = stream.next_message().unwrap();
        match message.event.as_str() {
            "" => {
                assert_eq!(message.id, position(&message.data).to_string());
                events.push(message.data);
            }
            "heartbeat" => {
                assert_eq!(message.data["reached"], message.id.as_str());
                return (events, message.id);
            }
            other => panic!("{other}: {}", message.data),
        }
    }
}

#[test]
fn everybody_is_told_what_their_histories_tell_and_nothing_else() {
    let (directory, mut server) = told();
    let log = paged(&server.service("Auditor"), "limit=500");
    let names = ["carla", "colin", "alex", "helen", "sam", "greta", "nils", "Auditor", "Operator"];
    for name in names {
        let client = caller(&server, name);
        let expected = of_histories(&client);
        let told = paged(&client, "limit=2");
        assert_eq!(told.iter().map(position).collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>(), "{name}");
        // The two forms tell the same; and who may know everything is told what the log has.
        let (live, reached) = followed(&client, "", "");
        assert_eq!((live, reached), (told.clone(), log.len().to_string()), "{name}");
        for event in told {
            let whole = log.iter().find(|whole| whole["id"] == event["id"]).unwrap();
            if event["authtype"] == "unknown" {
                assert!(event.get("authid").is_none() && event.get("issuer").is_none(), "{name}: {event}");
                assert_eq!(event["data"], whole["data"], "{name}");
            } else {
                assert_eq!(event, *whole, "{name}");
            }
        }
    }
    let decider = server.service("Decider").get("/v1/events");
    assert_eq!(decider.differs(403, "notAllowed", "read nothing else"), None);
    assert_eq!(batch(&server.client(&guid(9, 9), &guid(9, 9), &[]).get("/v1/events")), Vec::<Value>::new());
    server.stop();
    assert_eq!(export(directory.path()), log);
}

/// A partner is told of an event without its author where the history shows none.
#[test]
fn an_author_that_is_not_the_readers_to_know_is_not_told() {
    let (_directory, server) = told();
    let untold = |client: &Client| {
        let events = paged(client, "limit=100").into_iter().filter(|event| event["authtype"] == "unknown");
        events.map(|event| position(&event)).collect::<BTreeSet<_>>()
    };
    let of_history = |client: &Client, path: &str| {
        let reply = client.get(path);
        let unnamed = reply.items().iter().filter(|entry| entry.get("actor").is_none());
        unnamed.map(|entry| entry["position"].as_u64().unwrap()).collect::<BTreeSet<_>>()
    };
    let alex = server.user(ALEX);
    let expected = [format!("/v1/customers/{CONTOSO}/history"), format!("/v1/partners/{FABRIKAM}/history")];
    let expected: BTreeSet<_> =
        expected.iter().flat_map(|path| of_history(&alex, &format!("{path}?limit=500"))).collect();
    assert_eq!(untold(&alex), expected);
    assert_eq!(untold(&server.service("Auditor")), BTreeSet::new());
}

#[test]
fn a_filter_gives_what_fits_and_how_far_was_looked() {
    let (_directory, server) = told();
    let auditor = server.service("Auditor");
    let log = paged(&auditor, "limit=500");
    let types = |event: &Value| event["type"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let expected =
        |wanted: &dyn Fn(&Value) -> bool| log.iter().filter(|event| wanted(event)).cloned().collect::<Vec<_>>();
    let dap = expected(&|event| ["DapGranted", "DapRevoked"].contains(&types(event).as_str()));
    assert_eq!(paged(&auditor, "type=DapRevoked,DapGranted&limit=1"), dap);
    let northwind = expected(&|event| event["data"]["partner"] == NORTHWIND);
    assert!(northwind.len() > 3);
    assert_eq!(paged(&auditor, &format!("partner={NORTHWIND}&customer={CONTOSO}")).len(), {
        northwind.iter().filter(|event| event["data"]["customer"] == CONTOSO).count()
    });
    // Nothing fits, and yet the reader knows that it has missed nothing.
    let reply = auditor.get(&format!("/v1/events?customer={}", guid(9, 9)));
    assert_eq!((batch(&reply).len(), reply.header("procura-reached")), (0, log.len().to_string().as_str()));
    let (events, reached) = followed(&auditor, &format!("customer={}", guid(9, 9)), "");
    assert_eq!((events.len(), reached), (0, log.len().to_string()));
    for (query, says) in [
        ("type=DapRevokd", "did you mean"),
        ("type=", "type"),
        ("after=x", "not a position"),
        ("after=1@x", "not a position"),
        ("after=-1", "not a position"),
        ("after=%2B1", "not a position"),
        ("after=999", "ahead of the log"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("customer=contoso", "customer"),
        ("from=1", "from"),
    ] {
        assert_eq!(auditor.get(&format!("/v1/events?{query}")).differs(400, "invalidRequest", says), None, "{query}");
    }
    let stream = [("accept", "text/event-stream")];
    let limited = auditor.send("GET", "/v1/events?limit=3", &stream, "");
    assert_eq!(limited.differs(400, "invalidRequest", "no end"), None);
}

/// A reader that stopped inside a commit goes on inside it.
#[test]
fn a_reader_goes_on_behind_any_event() {
    let (_directory, server) = told();
    let auditor = server.service("Auditor");
    let log = paged(&auditor, "limit=500");
    for after in 0..=log.len() {
        let expected = &log[after..];
        assert_eq!(batch(&auditor.get(&format!("/v1/events?limit=500&after={after}"))), expected, "{after}");
        assert_eq!(
            followed(&auditor, "after=1", &after.to_string()).0,
            expected,
            "`Last-Event-ID` goes first: {after}"
        );
    }
}

#[test]
fn a_stream_follows_without_gap_or_double() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let mut streams = [server.user(CARLA), server.user(LENA), server.service("Auditor")]
        .map(|client| client.follow("/v1/events", "").unwrap());
    let subscription = |number| {
        let fields = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(55, number), "kind": "azure", "name": "Web"});
        server.user(ALEX).command("ProvisionSubscription", &fields)
    };
    let mut newest = 0;
    for number in 0..50 {
        newest = subscription(number)["positions"][1].as_u64().unwrap();
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&newest) {
        seen.push(position(&streams[2].next_event().unwrap().data));
    }
    assert_eq!(seen, (1..=newest).collect::<Vec<_>>());
    let expected: Vec<_> = paged(&server.user(CARLA), "limit=500").iter().map(position).collect();
    let carla: Vec<_> = expected.iter().map(|_| position(&streams[0].next_event().unwrap().data)).collect();
    assert_eq!(carla, expected);
    // Lena's customer is another: she is told how far her feed has come all the same.
    let heartbeat = std::iter::from_fn(|| streams[1].next_message()).find(|message| message.event == "heartbeat");
    assert!(heartbeat.unwrap().id.parse::<u64>().unwrap() >= 12);
}

/// Whoever loses a right in the middle of a stream is told nothing further.
#[test]
fn rights_are_those_of_the_moment_of_reading() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let mut stream = server.user(ALEX).follow("/v1/events", "").unwrap();
    while stream.next_message().unwrap().event != "heartbeat" {}
    let fields = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    let greta = server.user(world::GRETA);
    greta.command("RemoveGroupMember", &fields);
    let fields =
        json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(55, 1), "kind": "azure", "name": "Web"});
    server.user(world::SAM).command("ProvisionSubscription", &fields);
    let fields = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    let back = greta.command("AddGroupMember", &fields)["positions"][0].as_u64().unwrap();
    // The stream may be read late: what it shows is what may be known then. It never shows what came between, live.
    let next = position(&stream.next_event().unwrap().data);
    assert!(next == back || next == back - 3, "{next} of {back}");
}

/// A copy of the log that went another way after a restore.
#[test]
fn a_restored_log_cannot_fool_a_reader() {
    let home = tempfile::tempdir().unwrap();
    let (data, copy, file) = (home.path().join("data"), home.path().join("copy"), home.path().join("log.procura"));
    apply(&data, &world::text(&world::with_relationships())).all_recorded();
    assert_eq!(run(procura().arg("backup").arg("--data").arg(&data).arg(&file), "").code, 0);
    assert_eq!(run(procura().arg("restore").arg(&file).arg("--data").arg(&copy), "").code, 0);
    let revoke =
        |partner| world::text(&[world::by(CARLA, "RevokeDap", json!({"customer": CONTOSO, "partner": partner}))]);
    apply(&data, &revoke(FABRIKAM)).all_recorded();
    apply(&copy, &revoke(FABRIKAM)).all_recorded();
    let (first, second) = (export(&data), export(&copy));
    let (one, other) = (first.last().unwrap(), second.last().unwrap());
    assert_eq!(one["id"], other["id"], "the same number");
    assert_ne!(one["source"], other["source"], "and never taken for one");
    assert_eq!(first[first.len() - 2]["source"], second[second.len() - 2]["source"], "what they share is the same");
    let server = Server::start_on(&copy);
    let auditor = server.service("Auditor");
    let (restored, newest) = (position(one) - 1, position(one));
    let epoch = other["epoch"].as_str().unwrap();
    assert_eq!(other["source"].as_str().unwrap(), format!("{}/{epoch}", one["source"].as_str().unwrap()));
    // The reader of the first log had read one event further than the backup reached.
    let fooled = auditor.get(&format!("/v1/events?after={newest}"));
    assert_eq!(fooled.differs(409, "otherEpoch", "restored from a backup"), None);
    assert!(auditor.follow("/v1/events", &newest.to_string()).is_err());
    assert_eq!(batch(&auditor.get(&format!("/v1/events?after={restored}"))), std::slice::from_ref(other));
    assert_eq!(batch(&auditor.get(&format!("/v1/events?after={newest}@{epoch}"))), Vec::<Value>::new());
    let strange = auditor.get("/v1/events?after=1@77");
    assert_eq!(strange.differs(409, "otherEpoch", "not in the history"), None);
    let mut stream = auditor.follow("/v1/events", &restored.to_string()).unwrap();
    assert_eq!(stream.next_message().unwrap().id, format!("{newest}@{epoch}"));
    let reply = auditor.get("/v1/events");
    assert_eq!(reply.header("procura-reached"), format!("{newest}@{epoch}"));
}

/// The last of a tenant's feeds is refused, and nobody else's.
#[test]
fn a_tenant_follows_so_many_feeds_and_others_theirs() {
    let home = tempfile::tempdir().unwrap();
    let text = "[limits.turns]\nfeeds_of_owner = 2\n";
    let server = Server::configured_by(procura(), &home.path().join("data"), text, &["--dev"]);
    server.tell(&world::with_relationships());
    let (alex, sam) = (server.user(ALEX), server.user(world::SAM));
    let mut held = vec![alex.follow("/v1/events", "").unwrap(), sam.follow("/v1/events", "").unwrap()];
    let stream = [("accept", "text/event-stream")];
    assert_eq!(alex.send("GET", "/v1/events", &stream, "").differs(429, "turnsTaken", "feeds are open"), None);
    assert!(server.user(CARLA).follow("/v1/events", "").is_ok());
    assert_eq!(batch(&alex.get("/v1/events")).len(), paged(&sam, "").len());
    held.clear();
    // Once they are gone there is room again.
    let begun = std::time::Instant::now();
    while alex.follow("/v1/events", "").is_err() {
        assert!(begun.elapsed() < procura_tests::PATIENCE);
    }
}

/// What has no end ends when the server is told to stop, at once.
#[test]
fn a_stream_does_not_keep_a_server_from_stopping() {
    let mut server = Server::start();
    server.tell(&world::tenants());
    let mut stream = server.service("Auditor").follow("/v1/events", "").unwrap();
    while stream.next_message().unwrap().event != "heartbeat" {}
    let begun = std::time::Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(stream.next_message(), None);
}

/// A token is looked at again while its feed is followed: one that ends or is revoked ends the feed.
#[test]
fn a_feed_ends_with_its_token() {
    let home = tempfile::tempdir().unwrap();
    let revoked = home.path().join("revoked.toml");
    fs::write(&revoked, "").unwrap();
    let provider = Liar::start();
    let text = format!(
        "[feeds]\nheartbeat_seconds = 1\n[identity]\nrevoked_file = {revoked:?}\n\
         [[issuers]]\nissuer = {:?}\naudiences = [\"procura\"]\ntenants = [{CONTOSO:?}]\nservice_tenants = [{CONTOSO:?}]\n",
        provider.issuer()
    );
    let data = home.path().join("data");
    apply(&data, &world::text(&world::tenants())).all_recorded();
    let server = Server::configured(&data, &text);
    let now = SystemClock.now().timestamp();
    let claims = json!({"iss": provider.issuer(), "aud": "procura", "exp": now + 600, "nbf": now, "jti": "one",
        "tid": CARLA.tenant, "oid": CARLA.user, "roles": ["Procura.Auditor"]});
    let key = SigningKey::rsa();
    let client = Client::new(&server.url, &key.token(&key.header(), &claims));
    let mut stream = client.follow("/v1/events", "").unwrap();
    while stream.next_message().unwrap().event != "heartbeat" {}
    assert_eq!(stream.next_message().unwrap().event, "heartbeat", "every second");
    fs::write(&revoked, "tokens = [\"one\"]\n").unwrap();
    let last = std::iter::from_fn(|| stream.next_message()).last().unwrap();
    assert_eq!((last.event.as_str(), last.data["code"].as_str()), ("end", Some("unauthenticated")), "{}", last.data);
}

/// What a reader that keeps its cursor has at last, whoever is killed in between: exactly the log, in order.
#[test]
fn a_reader_ends_with_exactly_the_log_whoever_is_killed() {
    // In each round; each is at least one event.
    const COMMANDS: usize = 20;
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut server = Server::start_on(&data);
    server.tell(&world::with_relationships());
    let (mut dice, mut streamed, mut paged_so_far) = (Dice::new(1), Vec::new(), Vec::new());
    let cursor = |events: &[Value]| events.last().map_or(0, position).to_string();
    for round in 0..number("PROCURA_CONSUMER_ROUNDS", 10) {
        let (auditor, alex) = (server.service("Auditor"), server.user(ALEX));
        let (is_server_killed, is_reader_killed) = (round % 3 != 0, round % 3 != 1);
        let reads = if is_reader_killed { dice.below(COMMANDS) } else { usize::MAX };
        thread::scope(|scope| {
            let commands = scope.spawn(|| {
                for command in 0..COMMANDS as u64 {
                    let body = json!({"customer": CONTOSO, "partner": FABRIKAM, "kind": "azure", "name": "Web",
                        "subscription": guid(59, round * 100 + command)});
                    let json = [("content-type", "application/json")];
                    if alex.try_send("POST", "/v1/commands/ProvisionSubscription", &json, &body.to_string()).is_err() {
                        break;
                    }
                }
            });
            scope.spawn(|| {
                let Ok(mut stream) = auditor.follow("/v1/events", &cursor(&streamed)) else { return };
                let events = std::iter::from_fn(|| stream.next_event()).map(|message| message.data);
                streamed.extend(events.take(reads));
            });
            if is_server_killed {
                thread::sleep(Duration::from_millis(dice.below(100) as u64));
                server.kill();
            }
            commands.join().unwrap();
        });
        if is_server_killed {
            server = Server::start_on(&data);
        }
        let auditor = server.service("Auditor");
        let page = auditor.get(&format!("/v1/events?limit=20&after={}", cursor(&paged_so_far)));
        paged_so_far.extend(batch(&page));
    }
    let auditor = server.service("Auditor");
    streamed.extend(followed(&auditor, "", &cursor(&streamed)).0);
    paged_so_far.extend(paged(&auditor, &format!("limit=50&after={}", cursor(&paged_so_far))));
    server.stop();
    let log = export(&data);
    assert_eq!((&streamed, &paged_so_far), (&log, &log));
}
