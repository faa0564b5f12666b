//! Webhooks, as a receiver gets them: asked first, in order, signed, sent again until taken; and nowhere that is not public.

use axum::{
    body::Body,
    http::{Response, StatusCode},
    response::IntoResponse,
};
use procura_tests::{
    Client, Reply, Server, procura,
    receiver::{Received, Receiver},
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, guid},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::TcpListener,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] = &["/v1/webhooks", "/v1/webhooks/{name}", "/v1/webhooks/{name}/parked"];

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A server that may send to this machine, in which everybody is related.
fn server(home: &Path) -> Server {
    let server = start(home);
    server.tell(&world::with_relationships());
    server
}

fn start(home: &Path) -> Server {
    let text = "[webhooks]\nallow = [\"127.0.0.1\"]\n";
    Server::configured_by(procura(), &home.join("data"), text, &["--dev"])
}

/// A receiver that agrees to everything that it is asked, and answers messages so.
fn receiver(answer: impl Fn(&Received) -> StatusCode + Send + Sync + 'static) -> Receiver {
    Receiver::start(move |request| match request.method.as_str() {
        "OPTIONS" => agrees(),
        _ => answer(request).into_response(),
    })
}

fn agrees() -> Response<Body> {
    Response::builder().header("webhook-allowed-origin", "127.0.0.1").body(Body::empty()).unwrap()
}

fn put(client: &Client, name: &str, settings: &Value) -> Reply {
    let json = [("content-type", "application/json")];
    client.send("PUT", &format!("/v1/webhooks/{name}"), &json, &settings.to_string())
}

fn made(client: &Client, name: &str, receiver: &Receiver, more: Value) -> Value {
    let mut settings = more;
    settings["url"] = format!("{}/procura?tenant=1", receiver.url()).into();
    settings["after"] = 0.into();
    let reply = put(client, name, &settings);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.body
}

fn messages(received: &[Received]) -> Vec<&Received> {
    received.iter().filter(|request| request.method == "POST").collect()
}

fn id(message: &Received) -> u64 {
    message.headers["webhook-id"].to_str().unwrap().parse().unwrap()
}

fn feed(client: &Client) -> Vec<Value> {
    client.get("/v1/events?limit=500").body.as_array().unwrap().clone()
}

fn state(client: &Client, name: &str) -> Value {
    client.get(&format!("/v1/webhooks/{name}")).body
}

/// Looks until it is so.
#[track_caller]
fn once(client: &Client, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let state = state(client, name);
        if is_so(&state) {
            return state;
        }
        assert!(begun.elapsed() < procura_tests::PATIENCE, "{state}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_receiver_is_asked_and_then_sent_what_the_owner_may_read_in_order_for_each_key() {
    let home = tempfile::tempdir().unwrap();
    let server = server(home.path());
    let carla = server.user(CARLA);
    let receiver = receiver(|_| StatusCode::NO_CONTENT);
    let made = made(&carla, "siem", &receiver, json!({}));
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_") && secret.len() == 6 + 44, "{secret}");
    let expected = feed(&carla);
    let received = receiver.once(|received| messages(received).len() >= expected.len());
    let asked = &received[0];
    assert_eq!(
        (asked.method.as_str(), asked.headers["webhook-request-origin"].to_str().unwrap()),
        ("OPTIONS", "127.0.0.1")
    );
    assert_eq!(received.iter().filter(|request| request.method == "OPTIONS").count(), 1, "asked once");
    let mut by_key: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for message in messages(&received) {
        assert_eq!(message.path, "/procura?tenant=1");
        assert_eq!(message.headers["content-type"], "application/cloudevents+json; charset=utf-8");
        let event: Value = serde_json::from_slice(&message.body).unwrap();
        by_key.entry(event["partitionkey"].to_string()).or_default().push(id(message));
        seen.insert(id(message), event);
    }
    assert!(by_key.values().all(|ids| ids.is_sorted()), "{by_key:?}");
    assert_eq!(seen.into_values().collect::<Vec<_>>(), expected);
    // What happens from now on comes by itself.
    let position =
        carla.command("RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}))["positions"][0].clone();
    receiver.once(|received| messages(received).iter().any(|message| json!(id(message)) == position));
    once(&carla, "siem", |state| state["lagEvents"] == 0 && state["open"] == 0);
}

/// An address and a secret are in no event, no file in the clear, no other answer and no log; both signatures are sent for a day
/// after the secret was changed.
#[test]
fn feed_3_secrets_stand_in_one_answer() {
    let home = tempfile::tempdir().unwrap();
    let mut server = server(home.path());
    let (alex, greta) = (server.user(ALEX), server.user(GRETA));
    let receiver = receiver(|_| StatusCode::OK);
    let url = receiver.url().to_owned();
    let first = made(&alex, "siem", &receiver, json!({"filter": {"types": ["WebhookSet"]}}));
    let secret = first["secret"].as_str().unwrap().to_owned();
    receiver.once(|received| messages(received).len() == 1);
    let again = put(&alex, "siem", &json!({"url": first["url"], "filter": {"types": ["WebhookSet"]}}));
    assert_eq!((again.status, again.body.get("secret")), (200, None), "nothing changed");
    let changed =
        put(&alex, "siem", &json!({"url": first["url"], "filter": {"types": ["WebhookSet"]}, "newSecret": true}));
    let other = changed.body["secret"].as_str().unwrap().to_owned();
    assert!(changed.status == 201 && other != secret);
    let received = receiver.once(|received| messages(received).len() == 2);
    let count = |message: &Received| message.headers["webhook-signature"].to_str().unwrap().split(' ').count();
    assert_eq!(messages(&received).into_iter().map(count).collect::<Vec<_>>(), [1, 2]);
    let given = put(&alex, "given", &json!({"url": first["url"], "secret": SECRET}));
    assert_eq!((given.status, given.body["secret"].as_str()), (201, Some(SECRET)));
    let secrets = [secret.as_str(), other.as_str(), SECRET];
    let hides = |text: &str| secrets.iter().all(|secret| !text.contains(secret));
    let [own, hers] = [&alex, &greta].map(|client| client.get("/v1/webhooks").body.to_string());
    assert!(hides(&own) && hides(&hers) && !own.contains(&url) && hers.contains("siem"));
    let single = state(&alex, "siem");
    assert!(hides(&single.to_string()) && single["url"] == first["url"]);
    let overseer = server.service("Auditor").get("/v1/events?limit=500").body.to_string();
    assert!(hides(&overseer) && !overseer.contains("/procura?tenant"), "{overseer}");
    server.stop();
    assert!(hides(&server.stderr()) && !server.stderr().contains("/procura?tenant"), "{}", server.stderr());
    for file in ["deliveries", "keys", "log/db"] {
        let bytes = fs::read(home.path().join("data").join(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(hides(&text) && !text.contains("/procura?tenant"), "{file}");
    }
}

#[test]
fn a_receiver_that_does_not_agree_is_sent_nothing() {
    let home = tempfile::tempdir().unwrap();
    let server = server(home.path());
    let alex = server.user(ALEX);
    let agrees_now = Arc::new(AtomicBool::new(false));
    let told = agrees_now.clone();
    let receiver = Receiver::start(move |request| match (request.method.as_str(), told.load(Relaxed)) {
        ("OPTIONS", true) => agrees(),
        ("OPTIONS", false) => {
            Response::builder().header("webhook-allowed-origin", "elsewhere.example").body(Body::empty()).unwrap()
        }
        _ => StatusCode::OK.into_response(),
    });
    made(&alex, "siem", &receiver, json!({}));
    let refused = once(&alex, "siem", |state| state["lastError"] != Value::Null);
    assert!(refused["lastError"].as_str().unwrap().contains("WebHook-Allowed-Origin: 127.0.0.1"), "{refused}");
    assert_eq!(messages(&receiver.received()).len(), 0);
    agrees_now.store(true, Relaxed);
    receiver.once(|received| !messages(received).is_empty());
}

/// Receivers that do not answer when they are asked hold up no other tenant's.
#[test]
fn silent_receivers_of_one_tenant_hold_up_no_others() {
    let home = tempfile::tempdir().unwrap();
    let text = "[webhooks]\nallow = [\"127.0.0.1\"]\nat_once = 2\nof_owner = 1\n";
    let server = Server::configured_by(procura(), &home.path().join("data"), text, &["--dev"]);
    server.tell(&world::with_relationships());
    let (alex, carla) = (server.user(ALEX), server.user(CARLA));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = json!({"url": format!("http://{}/", silent.local_addr().unwrap()), "after": 0});
    for name in ["one", "two", "three"] {
        assert_eq!(put(&alex, name, &settings).status, 201);
    }
    let _held = silent.accept().unwrap();
    let receiver = receiver(|_| StatusCode::OK);
    made(&carla, "siem", &receiver, json!({}));
    receiver.once(|received| !messages(received).is_empty());
    let failed: Vec<_> = ["one", "two", "three"].map(|name| state(&alex, name)["lastError"].clone()).into();
    assert_eq!(failed, [Value::Null, Value::Null, Value::Null], "while they were still waited for");
}

/// What fails is sent again with the same id, and holds up nobody else's.
#[test]
fn what_is_not_taken_is_sent_again_and_stops_no_other_key() {
    let home = tempfile::tempdir().unwrap();
    let server = server(home.path());
    let auditor = server.service("Auditor");
    let failures = Arc::new(AtomicUsize::new(0));
    let told = failures.clone();
    let receiver = receiver(move |request| {
        let event: Value = serde_json::from_slice(&request.body).unwrap();
        // The first that Contoso gets, once.
        let fails = event["partitionkey"] == CONTOSO && told.fetch_add(1, Relaxed) == 0;
        if fails { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    });
    made(&auditor, "siem", &receiver, json!({"filter": {"types": ["CustomerRegistered", "PartnerRegistered"]}}));
    let expected = feed(&auditor).iter().filter(|event| event["type"].as_str().unwrap().contains("Registered")).count();
    let received = receiver.once(|received| messages(received).len() > expected);
    let ids: Vec<_> = messages(&received).into_iter().map(id).collect();
    let twice: BTreeSet<_> = ids.iter().filter(|id| ids.iter().filter(|other| other == id).count() == 2).collect();
    assert_eq!((twice.len(), ids.last()), (1, twice.iter().next().copied()), "{ids:?}");
    let end = once(&auditor, "siem", |state| state["open"] == 0);
    assert_eq!(end["lastError"], Value::Null);
}

/// Nothing is sent where it is not public, to nobody's this machine, and nowhere that an answer sends to.
#[test]
fn nothing_is_sent_where_it_may_not_be() {
    let home = tempfile::tempdir().unwrap();
    let elsewhere = Receiver::start(|_| agrees());
    let to = elsewhere.url().to_owned();
    let moved = Receiver::start(move |request| match request.method.as_str() {
        "OPTIONS" => agrees(),
        _ => Response::builder().status(307).header("location", format!("{to}/stolen")).body(Body::empty()).unwrap(),
    });
    // By configuration nothing is allowed.
    let closed = Server::start_on(&home.path().join("closed"));
    closed.tell(&world::with_relationships());
    let alex = closed.user(ALEX);
    let port = moved.url().rsplit(':').next().unwrap();
    for url in [
        moved.url().to_owned(),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "http://hooks.example.com/".to_owned(),
        "ftp://hooks.example.com/".to_owned(),
        "https://alex:secret@hooks.example.com/".to_owned(),
        "https://".to_owned(),
        "hooks.example.com".to_owned(),
    ] {
        let refused = put(&alex, "no", &json!({"url": url}));
        assert_eq!((refused.status, refused.text("code")), (422, "invalidCommand"), "{url}: {}", refused.body);
    }
    // A name is looked at when it is sent to.
    for (name, host) in [("name", "localhost"), ("number", "2130706433"), ("hex", "0x7f.1")] {
        let reply = put(&alex, name, &json!({"url": format!("https://{host}:{port}/"), "after": 0}));
        assert_eq!(reply.status, 201, "{}", reply.body);
        let refused = once(&alex, name, |state| state["lastError"] != Value::Null);
        assert!(refused["lastError"].as_str().unwrap().contains("not public"), "{refused}");
    }
    assert_eq!(moved.received().len(), 0);
    // An answer that sends elsewhere is a failure.
    let server = server(home.path());
    let alex = server.user(ALEX);
    made(&alex, "moved", &moved, json!({}));
    let failed = once(&alex, "moved", |state| state["lastError"] != Value::Null);
    assert!(failed["lastError"].as_str().unwrap().contains("307"), "{failed}");
    assert_eq!(elsewhere.received().len(), 0);
}

#[test]
fn a_receiver_that_wants_no_more_is_left_alone_until_it_is_set_again() {
    let home = tempfile::tempdir().unwrap();
    let server = server(home.path());
    let (alex, greta) = (server.user(ALEX), server.user(GRETA));
    let wants = Arc::new(AtomicBool::new(false));
    let told = wants.clone();
    let receiver = receiver(move |_| if told.load(Relaxed) { StatusCode::OK } else { StatusCode::GONE });
    let set = made(&alex, "siem", &receiver, json!({}));
    let paused = once(&alex, "siem", |state| state["paused"] == true);
    assert!(paused["lastError"].as_str().unwrap().contains("410"));
    wants.store(true, Relaxed);
    assert_eq!(put(&alex, "siem", &json!({"url": set["url"]})).status, 200);
    once(&alex, "siem", |state| state["open"] == 0 && state["lagEvents"] == 0);
    // Without rights nothing is sent; deleted, it is no more.
    let membership = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    greta.command("RemoveGroupMember", &membership);
    let sent = messages(&receiver.received()).len();
    assert_eq!(state(&alex, "siem")["ownerLostAccess"], true);
    greta.command("AddGroupMember", &json!({"partner": FABRIKAM, "group": "SalesAgents", "user": ALEX.user}));
    receiver.once(|received| messages(received).len() > sent);
    once(&alex, "siem", |state| state["open"] == 0);
    assert_eq!(alex.send("DELETE", "/v1/webhooks/siem", &[], "").status, 204);
    let sent = messages(&receiver.received()).len();
    let fields =
        json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(57, 1), "kind": "azure", "name": "Web"});
    server.user(world::SAM).command("ProvisionSubscription", &fields);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((messages(&receiver.received()).len(), state(&alex, "siem")["code"].as_str()), (sent, Some("notFound")));
}

/// The server is killed again and again: every event is taken, in order for each key, and what comes twice has the same id.
#[test]
fn a_killed_server_sends_everything_at_least_once() {
    let home = tempfile::tempdir().unwrap();
    let mut server = server(home.path());
    let receiver = receiver(|_| StatusCode::OK);
    made(&server.service("Auditor"), "siem", &receiver, json!({}));
    for round in 0..procura_tests::number("PROCURA_CONSUMER_ROUNDS", 10) {
        let fields = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(58, round), "kind": "azure", "name": "Web"});
        server.user(ALEX).command("ProvisionSubscription", &fields);
        server.kill();
        server = start(home.path());
    }
    let newest = server.service("Auditor").get("/v1/caller").position.unwrap();
    let received = receiver.once(|received| {
        messages(received).iter().map(|message| id(message)).collect::<BTreeSet<_>>().len() as u64 == newest
    });
    let mut first_seen: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut bodies: BTreeMap<u64, &[u8]> = BTreeMap::new();
    for message in messages(&received) {
        if let Some(body) = bodies.insert(id(message), &message.body) {
            assert_eq!(body, &message.body[..], "the same event");
            continue;
        }
        let event: Value = serde_json::from_slice(&message.body).unwrap();
        first_seen.entry(event["partitionkey"].to_string()).or_default().push(id(message));
    }
    assert!(first_seen.values().all(|ids| ids.is_sorted()), "{first_seen:?}");
}
