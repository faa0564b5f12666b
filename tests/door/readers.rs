//! The feed and its description, as the programs of others read them: a stock EventSource, the CloudEvents project's SDK, the
//! AsyncAPI project's parser; and webhooks, as the Standard Webhooks project's verifier does.

use crate::relay::Relay;
use axum::{body::Body, http::Response};
use procura_tests::{
    Server, apply, procura,
    receiver::{Received, Receiver},
    run,
    tools::{node, python_tool},
    world::{self, CARLA, CONTOSO, FABRIKAM, ODILE},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, process::Command, thread};

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");

#[track_caller]
fn printed(command: &mut Command, input: &str) -> String {
    let ran = run(command, input);
    assert_eq!(ran.code, 0, "{command:?}\n{}\n{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// A server of a small world, and every event in it.
fn told(data: &Path) -> (Server, Vec<Value>) {
    apply(data, &world::text(&world::with_relationships())).all_recorded();
    let server = Server::start_on(data);
    let events = server.service("Auditor").get("/v1/events?limit=500").body;
    (server, events.as_array().unwrap().clone())
}

#[test]
fn the_parser_of_asyncapi_finds_nothing_wrong() {
    let server = Server::start();
    let path = format!("{}/asyncapi.json", server.url);
    let document = ureq::get(path).call().unwrap().body_mut().read_to_string().unwrap();
    let read: Value = serde_json::from_str(&document).unwrap();
    let messages = read["channels"]["stream"]["messages"].as_object().unwrap().len();
    let said = printed(&mut node("clients", "asyncapi.mjs"), &document);
    // We stay with 3.0, which more programs read, and the parser knows of 3.1.
    let said: Vec<_> = said.lines().filter(|line| !line.starts_with("asyncapi-latest-version: ")).collect();
    let sent = format!("sendEvent: {} messages", messages - 2);
    assert_eq!(said, [format!("followEvents: {messages} messages"), "listEvents: 1 messages".to_owned(), sent]);
}

/// What it cannot use, it says: the test above does not pass because the parser is blind.
#[test]
fn the_parser_of_asyncapi_sees_what_is_wrong() {
    for (pointer, value) in [
        ("/operations/followEvents/channel/$ref", json!("#/channels/nowhere")),
        ("/components/messages/heartbeat/payload", json!({"type": "text"})),
    ] {
        let document = include_str!("../../docs/asyncapi.json");
        let mut document: Value = serde_json::from_str(document).unwrap();
        *document.pointer_mut(pointer).unwrap() = value;
        let said = printed(&mut node("clients", "asyncapi.mjs"), &document.to_string());
        let wrong = said.lines().filter(|line| line.contains(" (") && !line.starts_with("asyncapi-latest-version: "));
        assert!(wrong.count() > 0, "{pointer}: {said}");
    }
}

/// It is cut off five times, in the head of an answer and within events, while commands go on.
#[test]
fn a_stock_event_source_reconnects_without_gap_or_double() {
    const MORE: usize = 20;
    let data = tempfile::tempdir().unwrap();
    let (server, events) = told(data.path());
    let relay = Relay::start(&server.url, vec![900, 100, 2_345, 1_800, 4_321]);
    let token = server.token(ODILE.tenant, ODILE.user, &["Auditor"]);
    let mut follow = node("clients", "follow.mjs");
    follow.arg(format!("{}/v1/events", relay.url)).arg(token).arg((events.len() + MORE).to_string());
    let followed = thread::scope(|scope| {
        let followed = scope.spawn(|| printed(&mut follow, ""));
        let carla = server.user(CARLA);
        for number in 0..MORE {
            let fields = json!({"customer": CONTOSO, "profile": world::guid(70, number as u64), "name": "Standard",
                "settings": {"removeOemPreinstalls": true, "oobeUserNotLocalAdmin": true, "skipExpressSettings": true,
                    "skipOemRegistration": true, "skipEula": true}});
            carla.command("CreateProfile", &fields);
        }
        followed.join().unwrap()
    });
    let read = followed.lines().map(|line| {
        let (cursor, event) = line.split_once(' ').unwrap();
        (cursor.to_owned(), serde_json::from_str(event).unwrap())
    });
    let everything = server.service("Auditor").get("/v1/events?limit=500").body;
    let everything = everything.as_array().unwrap().iter().cloned();
    let expected: Vec<(String, Value)> = (1..).map(|position: u64| position.to_string()).zip(everything).collect();
    assert_eq!(expected.len(), events.len() + MORE);
    assert_eq!(read.collect::<Vec<_>>(), expected);
    assert!(relay.connections() > 5, "it was cut off each time: {}", relay.connections());
}

/// The SDK takes every event in both forms, and gives it on as it was.
#[test]
fn the_cloudevents_sdk_reads_every_event() {
    let data = tempfile::tempdir().unwrap();
    let (server, events) = told(data.path());
    let mut python = python_tool("python");
    python.arg(format!("{TOOLS}/cloud_events.py")).arg(format!("{}/v1/events", server.url));
    let read = printed(python.arg(server.token(ODILE.tenant, ODILE.user, &["Auditor"])), "");
    for form in ["batch ", "stream "] {
        let read = read.lines().filter_map(|line| line.strip_prefix(form));
        let read: Vec<Value> = read.map(|event| serde_json::from_str(event).unwrap()).collect();
        assert_eq!(read, events, "{form}");
    }
    assert!(events.iter().any(|event| event["data"]["partner"] == FABRIKAM));
}

/// The verifier of Standard Webhooks takes what is sent, also with the older secret while there are two; and nothing that was
/// changed on its way.
#[test]
fn the_standard_webhooks_verifier_takes_what_is_sent() {
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &world::text(&world::with_relationships())).all_recorded();
    let server = Server::configured_by(procura(), data.path(), "[webhooks]\nallow = [\"127.0.0.1\"]\n", &["--dev"]);
    let receiver = Receiver::start(|_| {
        Response::builder().header("webhook-allowed-origin", "127.0.0.1").body(Body::empty()).unwrap()
    });
    let carla = server.user(CARLA);
    let put = |settings: &Value| {
        let json = [("content-type", "application/json")];
        let reply = carla.send("PUT", "/v1/webhooks/siem", &json, &settings.to_string());
        assert!(reply.status < 300, "{}", reply.body);
        reply.body["secret"].as_str().unwrap().to_owned()
    };
    let older = put(&json!({"url": receiver.url(), "filter": {"types": ["DapRevoked"]}}));
    let newer = put(&json!({"url": receiver.url(), "filter": {"types": ["DapRevoked"]}, "newSecret": true}));
    carla.command("RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}));
    let is_message = |request: &&Received| request.method == "POST";
    let received = receiver.once(|received| received.iter().any(|request| is_message(&request)));
    let message = received.iter().find(is_message).unwrap();
    let header = |name: &str| message.headers[name].to_str().unwrap().to_owned();
    let body = String::from_utf8(message.body.to_vec()).unwrap();
    let line = |change: &dyn Fn(&mut Value)| {
        let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let headers: BTreeMap<_, _> = names.into_iter().map(|name| (name, header(name))).collect();
        let mut message = json!({"headers": headers, "body": body});
        change(&mut message);
        format!("{message}\n")
    };
    let lines = [
        line(&|_| {}),
        line(&|message| message["body"] = body.replace(FABRIKAM, CONTOSO).into()),
        line(&|message| message["headers"]["webhook-id"] = "1".into()),
        line(&|message| message["headers"]["webhook-timestamp"] = "1790000000".into()),
    ]
    .concat();
    let id = serde_json::from_str::<Value>(&body).unwrap()["id"].as_str().unwrap().to_owned();
    for secret in [older, newer] {
        let said = printed(node("clients", "webhooks.mjs").arg(secret), &lines);
        let said: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(said, [id.as_str(), "refused", "refused", "refused"]);
    }
    let said = printed(node("clients", "webhooks.mjs").arg("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &lines);
    assert!(said.lines().all(|line| line.starts_with("refused: ")), "{said}");
}
