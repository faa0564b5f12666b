//! The examples of the document, sent to a real server in the order of their file, each building on those before it.
//!
//! To add one, put its operation, `as` and `request` (and `body`) in the file, and renew the rest with `UPDATE_EXPECT=1`.
//! `as` is `Operator`, `Auditor`, `Decider`, nobody's empty text, or a user, `tenant/user`.

use super::Description;
use crate::tidy::root;
use expect_test::expect_file;
use procura_tests::{Client, Server};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

#[test]
fn every_example_is_answered_as_it_is_shown() {
    let path = root().join("crates/server/src/openapi/examples.json");
    let mut examples: Vec<Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let server = Server::start_with(&data.path().join("data"), &["--public-url", "https://procura.example/pdp"]);
    let mut callers: BTreeMap<String, Client> = BTreeMap::new();
    let (mut wrong, mut made) = (Vec::new(), BTreeSet::new());
    for example in &mut examples {
        let of = |field: &str| example[field].as_str().unwrap_or_default().to_owned();
        let (caller, request, operation) = (of("as"), of("request"), of("operation"));
        let client = callers.entry(caller.clone()).or_insert_with(|| match caller.split_once('/') {
            Some((tenant, user)) => server.client(tenant, user, &[]),
            None if caller.is_empty() => server.stranger(),
            None => server.service(&caller),
        });
        let body = example.get("body").map(Value::to_string);
        let method = example["method"].as_str().unwrap_or(if body.is_some() { "POST" } else { "GET" }).to_owned();
        let json = [("content-type", "application/json")];
        let reply = client.send(&method, &request, if body.is_some() { &json } else { &[] }, &body.unwrap_or_default());
        wrong.extend(Description::kept().differs(&method, &request, &reply));
        example["status"] = reply.status.into();
        example["media_type"] = reply.header("content-type").split(';').next().into();
        example["answer"] = masked(&operation, reply.body, &mut made);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let written = serde_json::to_string_pretty(&examples).unwrap() + "\n";
    expect_file![path].assert_eq(&written);
}

#[test]
fn every_operation_has_an_example_that_is_as_described() {
    let document: Value = serde_json::from_str(&fs::read_to_string(root().join("docs/openapi.json")).unwrap()).unwrap();
    let examples: Vec<Value> =
        serde_json::from_str(&fs::read_to_string(root().join("crates/server/src/openapi/examples.json")).unwrap())
            .unwrap();
    let shown: BTreeSet<_> = examples.iter().filter_map(|example| example["operation"].as_str()).collect();
    let described: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    assert_eq!(shown, described);
    for item in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
        let answers = item["responses"].as_object().unwrap().values();
        let contents = answers.chain([&item["requestBody"]]).filter_map(|answer| answer["content"].as_object());
        for content in contents.flat_map(|content| content.values()) {
            let (Some(example), Some(name)) = (content.get("example"), content["schema"]["$ref"].as_str()) else {
                continue;
            };
            let name = name.rsplit('/').next().unwrap();
            assert_eq!(Description::kept().misfit(name, example), None, "{}", item["operationId"]);
        }
    }
}

/// The answer without what differs each time: times, ids that were made, what is signed or salted. What is too large to show
/// is left out.
fn masked(operation: &str, answer: Value, made: &mut BTreeSet<String>) -> Value {
    made.extend(
        ["serviceRequest", "webhook"].iter().filter_map(|made| Some(answer["result"][made].as_str()?.to_owned())),
    );
    let masked = match operation {
        "getDescription" => json!({"openapi": "3.1.0"}),
        "getEventsDescription" => json!({"asyncapi": "3.0.0"}),
        "getBackup" | "getTile" => json!(null),
        "getMetrics" => {
            let text = answer.as_str().unwrap_or_default();
            let shown = text.lines().filter(|line| line.contains("procura_position")).collect::<Vec<_>>();
            json!(shown.join("\n") + "\n…")
        }
        _ => mask("", answer),
    };
    let text =
        made.iter().fold(masked.to_string(), |text, id| text.replace(id, "0e000000-0000-4000-8000-000000000001"));
    serde_json::from_str(&without_times(&text)).unwrap()
}

fn mask(name: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let is_command = fields.contains_key("recordedAt");
            let masked = fields.into_iter().map(|(name, value)| match name.as_str() {
                "description" if value.is_string() => (name, json!("0d000000-0000-4000-8000-000000000001")),
                "id" if is_command => (name, json!("0c000000-0000-4000-8000-000000000001")),
                _ => (name.clone(), mask(&name, value)),
            });
            Value::Object(masked.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| mask(name, item)).collect()),
        Value::String(text) => Value::String(mask_text(name, text)),
        other => other,
    }
}

fn mask_text(name: &str, text: String) -> String {
    match name {
        "command" | "correlationid" => "0c000000-0000-4000-8000-000000000001".to_owned(),
        "source" if text.starts_with("/procura/") => "/procura/0c000000-0000-4000-8000-000000000002".to_owned(),
        "hashes" | "root" | "oldRoot" => format!("{}=", "A".repeat(43)),
        "secret" => "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
        "event" if text.starts_with('{') => "{\"format\":1, …}".to_owned(),
        _ if name == "checkpoint" || text.contains("\n\n\u{2014} ") => {
            "procura/0c000000-0000-4000-8000-000000000002 …".to_owned()
        }
        _ => text,
    }
}

/// The text with every time in it, RFC 3339, as one and the same.
fn without_times(text: &str) -> String {
    const FORM: &str = "dddd-dd-ddTdd:dd:dd";
    let is_time = |rest: &str| {
        rest.len() > FORM.len()
            && rest.chars().zip(FORM.chars()).all(|(c, form)| if form == 'd' { c.is_ascii_digit() } else { c == form })
    };
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find('Z').filter(|end| is_time(rest) && *end < FORM.len() + 11);
        if let Some(end) = end {
            masked += "2026-01-05T08:00:00Z";
            rest = &rest[end + 1..];
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}
