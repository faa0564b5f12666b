//! The description of the events, `docs/asyncapi.json`: it is what is served, every event is as its message says, and no change
//! of it breaks a reader unnoticed.
//!
//! `UPDATE_EXPECT=1 cargo test -p procura-tests --test procura asyncapi` renews the document. `PROCURA_BLESS=1` takes the
//! document of now as the one that readers rely on: only with a change that they were told of.

use crate::{openapi::event_breaks, tidy::root};
use expect_test::expect_file;
use jsonschema::{Draft, Validator};
use procura_tests::{Server, world};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};

fn read(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// The payload of every message, in the dialect that AsyncAPI has its shapes in.
fn messages() -> BTreeMap<String, Validator> {
    let document = read("docs/asyncapi.json");
    let messages = document["components"]["messages"].as_object().unwrap().iter().map(|(name, message)| {
        let mut shape = message["payload"].clone();
        shape["components"] = document["components"].clone();
        let options = jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(true);
        (name.clone(), options.build(&shape).unwrap_or_else(|error| panic!("{name}: {error}")))
    });
    messages.collect()
}

#[test]
fn the_kept_document_is_the_one_that_is_served() {
    let server = Server::start();
    let reply = server.stranger().get("/asyncapi.json");
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    let path = format!("{}/asyncapi.json", server.url);
    let served = ureq::get(path).call().unwrap().body_mut().read_to_string().unwrap();
    expect_file!["../../docs/asyncapi.json"].assert_eq(&served);
    assert!(!served.contains("http:") && !served.contains("https:"), "nothing is elsewhere");
}

/// No reader that relies on the blessed document is broken by the one of now.
#[test]
fn no_change_breaks_a_reader() {
    let blessed = root().join("tests/golden/asyncapi-blessed.json");
    if std::env::var_os("PROCURA_BLESS").is_some() {
        fs::copy(root().join("docs/asyncapi.json"), &blessed).unwrap();
    }
    let found = event_breaks(&read("tests/golden/asyncapi-blessed.json"), &read("docs/asyncapi.json"));
    assert!(
        found.is_empty(),
        "readers of the blessed document break; undo the change, or tell them and run this with PROCURA_BLESS=1:\n{}",
        found.join("\n")
    );
}

/// Every golden event, in the frame of a real one, fits the message of its type and no other.
#[test]
fn every_event_is_the_message_of_its_type() {
    let messages = messages();
    let server = Server::start();
    server.tell(&world::tenants());
    let page = server.service("Auditor").get("/v1/events").body;
    assert!(messages["batch"].is_valid(&page));
    let frame = &page[0];
    let golden = fs::read_to_string(root().join("crates/domain/tests/golden/events.txt")).unwrap();
    let golden = golden.lines().filter_map(|line| line.split_once(' '));
    let mut seen = 0;
    for (event_type, data) in golden {
        let mut event = frame.clone();
        event["type"] = format!("procura.{event_type}.v1").into();
        event["data"] = serde_json::from_str(data).unwrap();
        let fits = messages.iter().filter(|(_, message)| message.is_valid(&event)).map(|(name, _)| name.as_str());
        assert_eq!(fits.collect::<Vec<_>>(), [format!("procura.{event_type}.v1")], "{event}");
        let mut other = event.clone();
        other["data"]["more"] = 1.into();
        assert!(!messages.values().any(|message| message.is_valid(&other)), "{other}");
        let mut nameless = event;
        nameless.as_object_mut().unwrap().remove("source");
        assert!(!messages.values().any(|message| message.is_valid(&nameless)), "{nameless}");
        seen += 1;
    }
    assert!(seen >= messages.len() - 3, "{seen}");
}

#[test]
fn heartbeats_and_ends_are_as_described() {
    let messages = messages();
    let mut server = Server::start();
    server.tell(&world::tenants());
    let mut stream = server.service("Auditor").follow("/v1/events", "").unwrap();
    let mut seen = 0;
    while let Some(message) = stream.next_message() {
        let name = if message.event.is_empty() { message.data["type"].as_str().unwrap() } else { &message.event };
        assert!(messages[name].is_valid(&message.data), "{name}: {}", message.data);
        seen += 1;
        if message.event == "heartbeat" {
            break;
        }
    }
    assert!(seen > world::tenants().len());
    server.stop();
    let end = json!({"type": "urn:procura:error:unauthenticated", "title": "t", "status": 401, "detail": "d",
        "code": "unauthenticated"});
    assert!(messages["end"].is_valid(&end) && !messages["end"].is_valid(&json!({})));
}
