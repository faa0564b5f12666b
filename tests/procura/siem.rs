//! Events as a SIEM reads them: every type of event is a record that the schema of OCSF takes, of the class that the page
//! says, told to each reader as far as the feed tells it.

use crate::{
    lists::{caller, told_with},
    tidy::root,
};
use procura_domain::event::EventType;
use procura_tests::{
    apply, json_lines, procura, run,
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, NOAH, NORTHWIND, by, guid},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// What the schema says of the classes that are used; the file says where it is from.
fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("tests/fixtures/ocsf-1.8.0.json")).unwrap()).unwrap()
}

/// What of an object is not as its description demands; `at` is where it stands.
fn faults(schema: &Value, description: &Value, found: &Value, at: &str) -> Vec<String> {
    let Some(fields) = found.as_object() else { return vec![format!("{at} is no object: {found}")] };
    let attributes = description["attributes"].as_object().unwrap();
    let mut faults = Vec::new();
    for (name, attribute) in attributes {
        if attribute["required"] == true && !fields.contains_key(name) {
            faults.push(format!("{at}.{name} is missing"));
        }
    }
    let names = description["constraints"]["at_least_one"].as_array();
    if names.is_some_and(|names| !names.iter().any(|name| fields.contains_key(name.as_str().unwrap()))) {
        faults.push(format!("{at} has none of {names:?}"));
    }
    for (name, value) in fields {
        let at = format!("{at}.{name}");
        let Some(attribute) = attributes.get(name) else {
            faults.push(format!("{at} is unknown"));
            continue;
        };
        let values = match (attribute["array"] == true, value.as_array()) {
            (true, Some(values)) => values.iter().collect(),
            (false, None) => vec![value],
            _ => vec![&Value::Null],
        };
        let kind = attribute["type"].as_str().unwrap();
        for value in values {
            match kind {
                "integer_t" | "long_t" | "timestamp_t" if value.is_i64() => {}
                "object" if value.is_object() => {}
                _ if schema["objects"].get(kind).is_some() => {
                    faults.extend(self::faults(schema, &schema["objects"][kind], value, &at));
                }
                "string_t" | "username_t" | "resource_uid_t" if value.as_str().is_some_and(|text| !text.is_empty()) => {
                }
                _ => faults.push(format!("{at} is no {kind}: {value}")),
            }
            let Some(captions) = attribute.get("enum") else { continue };
            let sibling = attribute["sibling"].as_str().and_then(|sibling| fields.get(sibling));
            match captions.get(value.to_string()) {
                None => faults.push(format!("{at} may not be {value}")),
                // What the schema has no number for has a name of its own.
                Some(_) if *value == 99 && name != "type_uid" => {}
                Some(caption) if sibling.is_none_or(|sibling| sibling == caption) => {}
                Some(caption) if name == "type_uid" && fields["activity_id"] == 99 => {
                    assert!(caption.as_str().unwrap().ends_with(": Other"), "{caption}");
                }
                Some(caption) => faults.push(format!("{at} is {caption}, not {}", sibling.unwrap_or(&Value::Null))),
            }
        }
    }
    faults
}

/// What of a record is not as the schema demands.
fn faults_of(schema: &Value, record: &Value) -> Vec<String> {
    let classes = schema["classes"].as_object().unwrap();
    let Some(class) = classes.values().find(|class| class["uid"] == record["class_uid"]) else {
        return vec![format!("no class {}", record["class_uid"])];
    };
    let mut faults = faults(schema, class, record, "record");
    let number = |field: &str| record[field].as_i64().unwrap_or_default();
    if number("type_uid") != number("class_uid") * 100 + number("activity_id") {
        faults.push("type_uid is not the class and the activity".into());
    }
    if record["metadata"]["version"] != schema["version"] {
        faults.push("another version".into());
    }
    faults
}

fn ran(command: &mut Command) -> String {
    let ran = run(command, "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

/// What is exported of the directory, with these flags.
fn exported(data: &Path, flags: &[&str]) -> Vec<Value> {
    json_lines(&ran(procura().arg("export").args(flags).arg("--data").arg(data)))
}

/// The names that are in them, and whose.
const NAMES: [(&str, &str); 2] =
    [("Alex Weber", "f0000000-0000-4000-8000-000000000011"), ("C. M.", "c0000000-0000-4000-8000-000000000010")];

/// The directories that are kept, which have every type of event among them.
fn kept() -> impl Iterator<Item = (TempDir, PathBuf)> {
    let kept = fs::read_dir(root().join("tests/fixtures")).unwrap().map(|entry| entry.unwrap().path());
    kept.filter(|path| path.join("FORMAT").exists()).map(|from| {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        assert!(Command::new("cp").arg("-r").args([&from, &data]).status().unwrap().success());
        // git keeps no such modes.
        fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o600)).unwrap();
        (home, data)
    })
}

/// A log with roles of users and groups.
fn log() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut lines = world::with_relationships();
    let [subscription, of_group, of_user] = [guid(55, 1), guid(66, 1), guid(66, 2)];
    let provisioned = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": subscription,
        "roleAssignment": of_group, "kind": "azure", "name": "Web"});
    let assigned = json!({"customer": CONTOSO, "subscription": subscription, "roleAssignment": of_user, "role": "Owner",
        "principal": {"user": CARLA.user, "tenant": CARLA.tenant}});
    lines.extend([by(ALEX, "ProvisionSubscription", provisioned), by(CARLA, "AssignRole", assigned)]);
    lines.extend([of_group, of_user].map(|assignment| {
        by(CARLA, "RemoveRoleAssignment", json!({"customer": CONTOSO, "roleAssignment": assignment}))
    }));
    apply(&data, &world::text(&lines)).all_recorded();
    (home, data)
}

/// The line of the page's table that a record belongs to.
fn row(record: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let event = text(&record["metadata"]["event_code"]);
    let holder = match (event.as_str(), record.get("user").is_some()) {
        ("RoleAssigned", true) => ", to a user",
        ("RoleAssigned", false) => ", to a group",
        ("RoleAssignmentRemoved", true) => ", of a user",
        ("RoleAssignmentRemoved", false) => ", of a group",
        _ => "",
    };
    let fields = ["entity", "group", "user", "privileges", "resource", "resources"];
    let about = fields.iter().filter_map(|field| {
        let value = record.get(field)?;
        let kind = match *field {
            "entity" | "resource" => format!(": {}", text(&value["type"])),
            "resources" => format!(": {}", text(&value[0]["type"])),
            _ => String::new(),
        };
        Some(format!("`{field}`{kind}"))
    });
    format!(
        "| {event}{holder} | {} {} | {} {} | {} |",
        record["class_uid"],
        text(&record["class_name"]),
        record["activity_id"],
        text(&record["activity_name"]),
        about.collect::<Vec<_>>().join(", ")
    )
}

/// A new type of event fails here until it is mapped, is in the page's table, and is in a log that is kept.
#[test]
fn every_event_is_a_record_that_the_schema_takes_and_the_page_shows() {
    let (schema, mut rows, mut types) = (schema(), BTreeSet::new(), BTreeSet::new());
    for (_home, data) in kept().chain([log()]) {
        let records = exported(&data, &["--format", "ocsf"]);
        let events = exported(&data, &[]);
        let history = json_lines(&ran(procura().args(["history", "--format", "json", "--data"]).arg(&data)));
        assert_eq!((records.len(), history.len()), (events.len(), events.len()));
        for ((record, event), told) in records.iter().zip(&events).zip(&history) {
            assert_eq!(faults_of(&schema, record), <[String; 0]>::default(), "{record}");
            let metadata = &record["metadata"];
            let log = event["source"].as_str().unwrap().split('/').nth(2).unwrap();
            assert_eq!(metadata["sequence"], told["position"]);
            let (position, epoch) = (&told["position"], event["epoch"].as_str().unwrap());
            let cursor = if epoch == "1" { position.to_string() } else { format!("{position}@{epoch}") };
            assert_eq!(metadata["uid"], format!("{log}/{cursor}"));
            assert_eq!(metadata["original_event_uid"], cursor);
            assert_eq!((&metadata["event_code"], &metadata["correlation_uid"]), (&told["type"], &told["command"]));
            // What a SIEM keeps has no names: they could not be erased there.
            let told_text = NAMES.iter().fold(told["text"].as_str().unwrap().to_owned(), |text, (name, user)| {
                text.replace(name, &format!("User {user}"))
            });
            assert_eq!(
                (record["message"].as_str().unwrap(), &record["unmapped"]["rule"]),
                (&*told_text, &told["rule"])
            );
            assert_eq!(&record["unmapped"]["cloudevent"], event);
            let user = &record["actor"]["user"];
            assert_eq!(user.get("uid").unwrap_or(&user["name"]), &event["authid"]);
            types.insert(told["type"].as_str().unwrap().to_owned());
            rows.insert(row(record));
        }
    }
    assert_eq!(types, EventType::ALL.iter().map(|event| event.name().to_owned()).collect(), "every type is mapped");
    let page = fs::read_to_string(root().join("docs/siem.md")).unwrap();
    let documented: BTreeSet<_> =
        page.lines().filter(|line| line.contains("Management |")).map(str::to_owned).collect();
    assert_eq!(rows, documented, "docs/siem.md shows what is done");
}

/// The check finds what it is there for.
#[test]
fn a_record_that_the_schema_does_not_take_is_found() {
    let schema = schema();
    let (_home, data) = log();
    let records = exported(&data, &["--format", "ocsf"]);
    let of = |class: u64| records.iter().find(|record| record["class_uid"] == class).unwrap();
    for (class, place, value, says) in [
        (3004, "/activity_id", json!(14), "may not be 14"),
        (3004, "/activity_id", json!(3), "is \"Update\", not"),
        (3004, "/type_uid", json!(300404), "not the class and the activity"),
        (3004, "/class_uid", json!(3001), "no class"),
        (3004, "/entity", Value::Null, "no object"),
        (3004, "/entity/uid", json!(7), "is no string_t"),
        (3004, "/entity/type_id", json!(1), "is \"Device\", not"),
        (3004, "/time", json!("2026-11-28T13:20:00Z"), "is no timestamp_t"),
        (3004, "/metadata/version", json!("1.7.0"), "another version"),
        (3005, "/user/type_id", json!(7), "may not be 7"),
        (3005, "/privileges", json!("Reader"), "is no string_t"),
        (3006, "/group/kind", json!("x"), "is unknown"),
        (3006, "/severity_id", json!(7), "may not be 7"),
    ] {
        let mut record = of(class).clone();
        assert_eq!(faults_of(&schema, &record), <[String; 0]>::default());
        let (object, field) = place.rsplit_once('/').unwrap();
        record.pointer_mut(object).unwrap()[field] = value;
        let faults = faults_of(&schema, &record).join("\n");
        assert!(faults.contains(says), "{place}: {faults}");
    }
    for (class, object, field, says) in [
        (3004, "", "entity", "record.entity is missing"),
        (3005, "", "privileges", "record.privileges is missing"),
        (3006, "", "group", "record.group is missing"),
        (3004, "/metadata", "product", "product is missing"),
        (3004, "/actor", "user", "record.actor has none of"),
    ] {
        let mut record = of(class).clone();
        let removed = record.pointer_mut(object).unwrap().as_object_mut().unwrap();
        removed.retain(|name, _| name != field && name != "session");
        let faults = faults_of(&schema, &record).join("\n");
        assert!(faults.contains(says), "{object} {field}: {faults}");
    }
}

/// The format changes how an event is told, and not which, nor whose it was.
#[test]
fn a_reader_is_told_in_records_what_the_feed_tells() {
    // Somebody of a partner that Fabrikam may not know of gives its group a role.
    let role = |role: &str, partner: &str| {
        json!({"customer": CONTOSO, "subscription": "5b000000-0000-4000-8000-000000000001", "role": role,
            "principal": {"group": "AdminAgents", "partner": partner}})
    };
    let (_directory, server) = told_with(&[(CARLA, role("Owner", NORTHWIND)), (NOAH, role("Reader", FABRIKAM))]);
    let schema = schema();
    let mut untold = 0;
    for name in ["carla", "alex", "helen", "nils", "Auditor"] {
        let client = caller(&server, name);
        let events = client.get("/v1/events?limit=500");
        let reply = client.get("/v1/events?limit=500&format=ocsf");
        assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
        assert_eq!(reply.header("procura-reached"), events.header("procura-reached"));
        let records = reply.body.as_array().unwrap();
        let originals: Vec<_> = records.iter().map(|record| record["unmapped"]["cloudevent"].clone()).collect();
        assert_eq!(Value::Array(originals), events.body, "{name}");
        for record in records {
            assert_eq!(faults_of(&schema, record), <[String; 0]>::default(), "{record}");
            let is_unknown = record["unmapped"]["cloudevent"]["authtype"] == "unknown";
            assert_eq!(record.get("actor").is_none(), is_unknown, "{name}: {record}");
            untold += usize::from(is_unknown);
        }
        let mut stream = client.follow("/v1/events?format=ocsf", "").unwrap();
        for record in records {
            let message = stream.next_event().unwrap();
            assert_eq!(
                (&message.data, message.id.as_str()),
                (record, record["metadata"]["original_event_uid"].as_str().unwrap())
            );
        }
    }
    assert_eq!(untold, 2, "alex and helen are not told of nils");
    let auditor = server.service("Auditor");
    let next = auditor.get("/v1/events?limit=1&format=ocsf").header("link").to_owned();
    assert!(next.contains("format=ocsf"), "{next}");
    let filtered = auditor.get("/v1/events?format=ocsf&type=DapGranted").body;
    let types: BTreeMap<_, _> =
        filtered.as_array().unwrap().iter().map(|record| (record["type_uid"].as_i64(), ())).collect();
    assert_eq!(types.into_keys().collect::<Vec<_>>(), [Some(300_601)]);
    assert_eq!(auditor.get("/v1/events?format=cef").differs(400, "invalidRequest", "`format`"), None);
    let stream = [("accept", "text/event-stream")];
    let strange = auditor.send("GET", "/v1/events?format=OCSF", &stream, "");
    assert_eq!(strange.differs(400, "invalidRequest", "did you mean"), None);
}
