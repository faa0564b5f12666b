//! The shapes of commands and events, held against every command and event that is kept as an example, and against what the
//! code reads.

use super::Description;
use crate::{crawler::commands as crawled, tidy::root};
use procura_app::schemas::{self, COMMANDS};
use procura_engine::codec::{CommandError, read_command};
use procura_tests::world;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The golden events: type and data.
fn events() -> Vec<(String, Value)> {
    let golden = read("crates/domain/tests/golden/events.txt");
    let golden = golden.lines().filter_map(|line| line.split_once(' '));
    let golden = golden.map(|(event_type, data)| (event_type.to_owned(), serde_json::from_str(data).unwrap()));
    let fixture = read("tests/fixtures/format-2.events.jsonl");
    let fixture = fixture.lines().map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        let event_type = event["type"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        (event_type, event["data"].clone())
    });
    golden.chain(fixture).collect()
}

/// The commands that are kept anywhere: name and fields.
fn commands() -> Vec<(String, Value)> {
    let lines = [read("tests/fixtures/story.jsonl"), read("docs/examples/import.jsonl")].concat();
    let lines = lines.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["command"].as_str().unwrap().to_owned(), line["data"].clone())
    });
    let world = world::with_relationships().into_iter().chain(world::commands());
    let world = world.map(|line| (line.command.to_owned(), line.data));
    let crawled = crawled().into_iter().map(|(name, fields)| (name.to_owned(), fields));
    lines.chain(world).chain(crawled).collect()
}

fn fields(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn required(shape: &Value) -> BTreeSet<String> {
    shape["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_golden_event_fits_its_shape_and_fills_it() {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (event_type, data) in events() {
        assert_eq!(Description::kept().misfit(&event_type, &data), None, "{data}");
        let shape = serde_json::to_value(schemas::event(&event_type, 1).unwrap()).unwrap();
        for name in fields(&data) {
            let mut less = data.clone();
            less.as_object_mut().unwrap().remove(&name);
            let misfit = Description::kept().misfit(&event_type, &less);
            assert_eq!(misfit.is_some(), required(&shape).contains(&name), "{event_type} without {name}: {misfit:?}");
        }
        let mut more = data.clone();
        more["more"] = 1.into();
        assert!(Description::kept().misfit(&event_type, &more).is_some(), "{event_type}");
        seen.entry(event_type).or_default().extend(fields(&data));
    }
    for (event_type, seen) in seen {
        let shape = serde_json::to_value(schemas::event(&event_type, 1).unwrap()).unwrap();
        assert_eq!(fields(&shape["properties"]), seen, "{event_type}");
    }
}

#[test]
fn every_command_fits_its_shape() {
    let mut seen = BTreeSet::new();
    for (name, data) in commands() {
        assert_eq!(Description::kept().misfit(&name, &data), None, "{data}");
        seen.insert(name);
    }
    assert_eq!(seen.len(), COMMANDS.len());
}

/// What the code reads is what is described: the fields, which of them must be given, and which may be null.
#[test]
fn the_shape_of_a_command_is_what_is_read() {
    let full: BTreeMap<String, Value> = commands().into_iter().fold(BTreeMap::new(), |mut full, (name, data)| {
        let known: &mut Value = full.entry(name).or_insert_with(|| json!({}));
        if fields(&data).len() > fields(known).len() {
            *known = data;
        }
        full
    });
    for command in COMMANDS {
        let shape = serde_json::to_value(command.shape()).unwrap();
        let told = match read_command(command.name, br#"{"thereIsNoSuchField":1}"#).unwrap_err() {
            CommandError::Malformed { problem, .. } => problem,
            other => panic!("{other}"),
        };
        let told = told.strip_prefix("is no field: those here are ").unwrap();
        let told: BTreeSet<_> = told.split(':').next().unwrap().split(", ").map(str::to_owned).collect();
        assert_eq!(told, fields(&shape["properties"]), "{}", command.name);
        let data = &full[command.name];
        let reads = |data: &Value| read_command(command.name, data.to_string().as_bytes());
        reads(data).unwrap();
        for name in fields(data).into_iter().filter(|name| command.name != "AddDevice" || name != "partner") {
            let mut less = data.clone();
            less.as_object_mut().unwrap().remove(&name);
            assert_eq!(reads(&less).is_err(), required(&shape).contains(&name), "{} without {name}", command.name);
            let mut null = data.clone();
            null[&name] = Value::Null;
            let fits = Description::kept().misfit(command.name, &null).is_none();
            assert_eq!(reads(&null).is_ok(), fits, "{} with {name} null", command.name);
        }
    }
}

/// What a text, a number or a list may be, at its limits: the shape and the code say the same.
#[test]
fn the_limits_of_a_field_are_those_that_hold() {
    let device =
        json!({"customer": world::CONTOSO, "serialNumber": "1", "manufacturer": "m", "model": "m", "source": "intune"});
    let partner =
        json!({"partner": world::FABRIKAM, "name": "n", "domain": "a.example", "globalAdministrator": world::FABRIKAM});
    let send = json!({"partner": world::FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    let apply = json!({"customer": world::CONTOSO, "profile": world::CONTOSO, "devices": [world::CONTOSO]});
    let update = json!({"customer": world::CONTOSO, "device": world::CONTOSO, "groupTag": ""});
    let text = |letter: &str, chars: usize| Value::from(letter.repeat(chars));
    let ids = |count: u64| (0..count).map(|number| world::guid(7, number)).collect::<Vec<_>>();
    let (first, label) = (world::guid(7, 0), "a".repeat(63));
    let message = |subject: &str, body: &str| json!({"subject": subject, "body": body});
    for (name, data, field, values) in [
        (
            "RegisterPartner",
            &partner,
            "name",
            vec![
                json!(""),
                json!(" \t"),
                text("é", 256),
                text("é", 257),
                json!("a\nb"),
                json!(" a "),
                json!("a\u{7f}"),
            ],
        ),
        (
            "RegisterPartner",
            &partner,
            "domain",
            vec![
                json!("a"),
                json!("a.b"),
                json!("-a.b"),
                json!("a-.b"),
                json!(format!("{label}.b")),
                json!(format!("{label}a.b")),
                json!("é.b"),
                json!("a..b"),
                json!(format!("{}b", "a.".repeat(126))),
                json!(format!("{}b", "a.".repeat(127))),
            ],
        ),
        (
            "RegisterPartner",
            &partner,
            "partner",
            vec![json!("x"), json!(first.to_uppercase()), json!(first.replace('-', ""))],
        ),
        (
            "SendInvite",
            &send,
            "recipient",
            vec![
                json!("a@b.c"),
                json!("a"),
                json!("a@b"),
                json!("<a@b.c>"),
                json!(".a@b.c"),
                json!("a.b+c@d.e"),
                json!("a@b@c.d"),
            ],
        ),
        (
            "SendInvite",
            &send,
            "expiresInDays",
            vec![json!(0), json!(1), json!(365), json!(366), json!(1.5), json!("1"), json!(-1)],
        ),
        (
            "SendInvite",
            &send,
            "message",
            vec![
                message("s", "b"),
                message("", "b"),
                message("s", ""),
                message("s", "a\n\tb\r"),
                message("s\n", "b"),
                message("s", "a\u{7}"),
                message(&"s".repeat(257), "b"),
                message("s", &"b".repeat(8_193)),
                json!({"subject": "s"}),
                json!([]),
            ],
        ),
        ("SendInvite", &send, "locale", vec![json!("fr"), json!("de"), json!("EN")]),
        ("AddDevice", &device, "serialNumber", vec![json!(""), text("1", 128), text("1", 129)]),
        ("AddDevice", &device, "hardwareHash", vec![text("A", 8_192), text("A", 8_193)]),
        ("UpdateDevice", &update, "groupTag", vec![json!(""), text("t", 512), text("t", 513), json!("a\nb")]),
        (
            "ApplyProfile",
            &apply,
            "devices",
            vec![json!([]), json!(ids(500)), json!(ids(501)), json!([first, first]), json!("x")],
        ),
        (
            "ErasePersonalData",
            &json!({"subject": ""}),
            "subject",
            vec![json!(format!("device:{first}")), json!(first), json!("device:7"), json!(format!("customer:{first}"))],
        ),
    ] {
        for value in values {
            let mut data = data.clone();
            data[field] = value.clone();
            let (read, misfit) =
                (read_command(name, data.to_string().as_bytes()), Description::kept().misfit(name, &data));
            let told = value.to_string().chars().take(60).collect::<String>();
            assert_eq!(read.is_ok(), misfit.is_none(), "{name}.{field} = {told}: {read:?}, {misfit:?}");
        }
    }
}
