//! `procura import devices`: the file that Windows produces goes in row by row, again without doubles; what is wrong is
//! named by line and column.

use expect_test::expect;
use procura_tests::{Ran, Server, apply, export, procura, run, world};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, HELEN, NOAH, NORTHWIND, User};

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(name)
}

/// What an import did.
struct Imported {
    code: i32,
    rows: Vec<Value>,
    stderr: String,
}

impl Imported {
    fn summary(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }

    /// Its rows, one a line, without what differs from run to run.
    fn shown(&self) -> String {
        let texts = self.rows.iter().map(|row| {
            let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
            let device = if row["device"].is_null() { "" } else { " with its device" };
            let [serial, code, column, message] = ["serialNumber", "code", "column", "message"].map(text);
            let ok = if row["ok"] == true { "ok" } else { "refused" };
            format!("{} {} {serial}: {ok} {code}{device} | {column} | {message}\n", row["row"], row["line"])
        });
        texts.collect()
    }
}

fn import(file: &Path, arguments: &[&str]) -> Imported {
    let Ran { code, stdout, stderr } = run(procura().args(["import", "devices"]).arg(file).args(arguments), "");
    Imported { code, rows: stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), stderr }
}

/// A log on which Fabrikam has DAP at Contoso and Northwind a relationship alone.
fn log() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    apply(directory.path(), &world::text(&world::with_relationships())).all_recorded();
    directory
}

fn by(actor: User, file: &Path, data: &Path, arguments: &[&str]) -> Imported {
    let origin = if actor.tenant == CONTOSO { ["--source", "intune"] } else { ["--partner", actor.tenant] };
    let (data, actor) = (data.to_str().unwrap(), actor.to_string());
    let common = ["--customer", CONTOSO, "--data", data, "--actor", &actor];
    import(file, &[&common[..], &origin, arguments].concat())
}

/// The data of the device events without the ids: first the devices, then their group tags, which are recorded when they
/// can be.
fn device_events(data: &Path) -> Vec<Value> {
    let events = export(data);
    let of =
        |name: &'static str| events.iter().filter(move |event| event["type"] == format!("procura.{name}.v1")).cloned();
    let data = of("DeviceAdded").chain(of("DeviceUpdated")).map(|mut event| {
        let data = event["data"].as_object_mut().unwrap();
        assert!(data.remove("device").is_some() && data.remove("customer").is_some_and(|id| id == CONTOSO));
        event["data"].take()
    });
    data.collect()
}

#[test]
fn the_file_that_windows_produces_goes_in_once() {
    let log = log();
    let file = fixture("devices.csv");
    let first = by(ALEX, &file, log.path(), &[]);
    expect![[r#"
        1 2 PF1K2M3N: ok - with its device | - | -
        2 3 4CE0123XYZ: ok - with its device | - | -
        3 4 023456789057: ok - with its device | - | -
    "#]]
    .assert_eq(&first.shown());
    assert_eq!(first.code, 0);
    expect![[r#"
        note: the column `Assigned User` is not stored
        added 3, already there 0, refused 0
    "#]]
    .assert_eq(&first.stderr);
    let events = device_events(log.path());
    let without_hashes: Vec<_> = events
        .iter()
        .map(|event| {
            let mut event = event.clone();
            if let Some(hash) = event.as_object_mut().unwrap().remove("hardwareHash") {
                assert!(hash.as_str().unwrap().len() >= 80, "{hash}");
            }
            event
        })
        .collect();
    expect![[r#"
        {"manufacturer":"unknown","model":"unknown","partner":"faaaaaaa-0000-4000-8000-000000000001","serialNumber":"PF1K2M3N"}
        {"manufacturer":"unknown","model":"unknown","partner":"faaaaaaa-0000-4000-8000-000000000001","serialNumber":"4CE0123XYZ"}
        {"manufacturer":"unknown","model":"unknown","partner":"faaaaaaa-0000-4000-8000-000000000001","serialNumber":"023456789057"}
        {"groupTag":"Kiosk"}
        {"groupTag":"Réception"}
    "#]].assert_eq(&without_hashes.iter().map(|event| format!("{event}\n")).collect::<String>());
    // What a row answers is the device's id in the log.
    let added = export(log.path()).into_iter().filter(|event| event["type"] == "procura.DeviceAdded.v1");
    let added: Vec<_> = added.map(|event| event["data"]["device"].clone()).collect();
    assert_eq!(first.rows.iter().map(|row| row["device"].clone()).collect::<Vec<_>>(), added);

    let again = by(ALEX, &file, log.path(), &[]);
    assert_eq!((again.code, again.summary()), (0, "added 0, already there 3, refused 0"));
    assert!(again.rows.iter().all(|row| row["ok"] == true && row["code"] == "alreadyThere"), "{:?}", again.rows);
    assert_eq!(device_events(log.path()), events, "nothing twice");
    // The product key stands sealed beside the event; those who see the device see it.
    let listed = Server::start_on(log.path()).user(ALEX).get(&format!("/v1/customers/{CONTOSO}/devices"));
    let product_keys =
        listed.items().iter().map(|device| (device["serialNumber"].as_str(), device["productKey"].as_str()));
    let product_keys: Vec<_> = product_keys.filter(|(_, product_key)| product_key.is_some()).collect();
    assert_eq!(product_keys, [(Some("4CE0123XYZ"), Some("00330-80000-00000-AA123"))]);
}

#[test]
fn the_log_says_who_added_them_and_that_it_was_stated() {
    let log = log();
    by(ALEX, &fixture("devices.csv"), log.path(), &[]);
    let added = export(log.path()).pop().unwrap();
    assert_eq!((&added["authid"], &added["authentication"]), (&json!(ALEX.to_string()), &json!("stated")));
}

#[test]
fn columns_stand_in_any_order_and_are_spelled_as_it_comes() {
    let log = log();
    let imported = by(ALEX, &fixture("devices.partner-center.csv"), log.path(), &["--manufacturer", "Contoso"]);
    assert_eq!((imported.code, imported.stderr.as_str()), (0, "added 3, already there 0, refused 0\n"));
    let lines: Vec<_> = imported.rows.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 5]);
    let events = device_events(log.path());
    let hardware = |event: &Value| {
        ["serialNumber", "manufacturer", "model"].map(|field| event[field].as_str().unwrap().to_owned())
    };
    let expected = [
        ["S-1", "Lenovo \"Beijing\"", "ThinkPad X1, 8th gen"],
        ["S-2", "Contoso", "EliteBook 840 G7"],
        ["S-3", "HP", "unknown"],
    ];
    assert_eq!(events.iter().map(hardware).collect::<Vec<_>>(), expected.map(|row| row.map(str::to_owned)));
    assert!(events[0]["hardwareHash"].is_string() && events[1].get("hardwareHash").is_none());
}

/// As Excel writes "CSV UTF-8" in France.
#[test]
fn semicolons_and_a_byte_order_mark_are_taken() {
    let log = log();
    let file = log.path().with_extension("csv");
    let text = "\u{feff}Device Serial Number;Group Tag;Device Model\r\nS-1;Réception, 2e étage;\"Book; 3\"\r\n;;\r\nS-2;;Pro 7\r\n";
    fs::write(&file, text).unwrap();
    let imported = by(ALEX, &file, log.path(), &[]);
    fs::remove_file(&file).unwrap();
    assert_eq!((imported.code, imported.summary()), (0, "added 2, already there 0, refused 0"), "{}", imported.stderr);
    let events = device_events(log.path());
    let said: Vec<_> =
        events.iter().flat_map(|event| [event["model"].as_str(), event["groupTag"].as_str()]).flatten().collect();
    assert_eq!(said, ["Book; 3", "Pro 7", "Réception, 2e étage"]);
    // Behind an empty line, and with the line ends of old Macs.
    for (text, serial) in [
        ("\r\nDevice Serial Number;Group Tag\r\nS-3;a, b\r\n", "S-3"),
        ("Device Serial Number;Group Tag\rS-4;a, b\r", "S-4"),
    ] {
        fs::write(&file, text).unwrap();
        let imported = by(ALEX, &file, log.path(), &[]);
        fs::remove_file(&file).unwrap();
        assert_eq!((imported.code, &imported.rows[0]["serialNumber"]), (0, &json!(serial)), "{}", imported.stderr);
    }
}

/// A device and its group tag are one commit: a run that is broken off leaves none without its tag.
#[test]
fn a_group_tag_goes_in_with_its_device() {
    let log = log();
    by(ALEX, &fixture("devices.csv"), log.path(), &[]);
    let exported = export(log.path());
    let of = |event: &Value| (event["type"].clone(), event["data"]["device"].clone(), event["commandid"].clone());
    let tagged: Vec<_> = exported.windows(2).filter(|pair| pair[1]["type"] == "procura.DeviceUpdated.v1").collect();
    assert_eq!(tagged.len(), 2);
    for pair in tagged {
        let (added, updated) = (of(&pair[0]), of(&pair[1]));
        assert_eq!((added.0, added.1, added.2), (json!("procura.DeviceAdded.v1"), updated.1, updated.2), "{pair:?}");
    }
}

#[test]
fn bad_rows_are_named_and_the_good_ones_go_in() {
    let log = log();
    let imported = by(ALEX, &fixture("devices.faulty.csv"), log.path(), &[]);
    expect![[r#"
        1 2 GOOD-1: ok - with its device | - | -
        2 3 -: refused invalidCommand | Device Serial Number | is empty
        3 5 LONG-HASH: refused invalidCommand | Hardware Hash | is 8193 characters long; at most 8192 are taken
        4 6 GOOD-2: ok - with its device | - | -
        5 7 NOT-UTF-8: refused invalidCommand | Group Tag | is not UTF-8; save the file as UTF-8
        6 8 TOO-FEW: refused invalidCommand | Hardware Hash | cells in the row: 2, columns in the first line: 4
        7 9 TOO-MANY: refused invalidCommand | - | cells in the row: 6, columns in the first line: 4
        8 10 LONG-TAG: refused invalidCommand | Group Tag | is 513 characters long; at most 512 are taken
        9 11 -: refused invalidCommand | Device Serial Number | has a line's end in it; is a closing quote missing?
        10 14 LONG-KEY: refused invalidCommand | Windows Product ID | is 129 characters long; at most 128 are taken
        11 15 GOOD-1: ok alreadyThere | - | a device of this manufacturer, model and serial number is registered already
        12 16 GOOD-3: ok - with its device | - | -
        13 17 -: refused invalidCommand | Device Serial Number | has a line's end in it; is a closing quote missing?
    "#]]
    .assert_eq(&imported.shown());
    assert_eq!(imported.code, 1);
    assert_eq!(imported.stderr, "added 3, already there 1, refused 9\n");
    assert_eq!(device_events(log.path()).len(), 4, "three devices, a group tag");
}

#[test]
fn over_http_it_is_the_same() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let token = server.token(ALEX.tenant, ALEX.user, &[]);
    let arguments = ["--customer", CONTOSO, "--partner", FABRIKAM, "--server", &server.url, "--token", &token];
    let here = log();
    for file in ["devices.csv", "devices.faulty.csv", "devices.csv"] {
        let there = import(&fixture(file), &arguments);
        let local = by(ALEX, &fixture(file), here.path(), &[]);
        assert_eq!((there.shown(), there.code, &there.stderr), (local.shown(), local.code, &local.stderr), "{file}");
    }
    let before = server.service("Auditor").get("/v1/residual-access").position;
    drop(server);
    assert_eq!(before, Some(export(here.path()).len() as u64));
}

#[test]
fn the_rules_decide_row_by_row() {
    for (actor, code, rule) in [(HELEN, "notAllowed", "APL-7"), (NOAH, "", ""), (CARLA, "", "")] {
        let log = log();
        let imported = by(actor, &fixture("devices.csv"), log.path(), &[]);
        if code.is_empty() {
            assert_eq!((imported.code, imported.summary()), (0, "added 3, already there 0, refused 0"), "{actor}");
            continue;
        }
        assert_eq!((imported.code, imported.summary()), (1, "added 0, already there 0, refused 3"), "{actor}");
        assert!(imported.rows.iter().all(|row| row["code"] == code && row["rule"] == rule), "{:?}", imported.rows);
    }
    let log = log();
    let arguments = ["--customer", CONTOSO, "--partner", NORTHWIND, "--data", log.path().to_str().unwrap(), "--actor"];
    let imported = import(&fixture("devices.csv"), &[&arguments[..], &[&ALEX.to_string()]].concat());
    assert_eq!((imported.code, &imported.rows[0]["code"]), (1, &json!("notFound")), "another partner's name");
}

#[test]
fn files_that_cannot_be_read() {
    let log = log();
    let position = export(log.path()).len();
    let utf_16 = |order: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}Device Serial Number\nS-1\n").encode_utf16().flat_map(order).collect()
    };
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("little endian", utf_16(u16::to_le_bytes, "\u{feff}"), "UTF-16"),
        ("big endian", utf_16(u16::to_be_bytes, "\u{feff}"), "UTF-16"),
        ("without a mark", utf_16(u16::to_le_bytes, ""), "UTF-16"),
        ("empty", vec![], "the first line must name the columns"),
        ("tabs", b"Device Serial Number\tHardware Hash\nS-1\t\n".into(), "with commas or semicolons between them"),
        (
            "both",
            b"Device Serial Number;Group Tag,Hardware Hash\nS-1;a,\n".into(),
            "with commas or semicolons between them",
        ),
        ("no header", b"S-1,,QUJD\n".into(), "`S-1` is no column"),
        ("no serial number", b"Windows Product ID,Hardware Hash\n,QUJD\n".into(), "at least `Device Serial Number`"),
        ("twice", b"Device Serial Number,Group Tag,group tag\nS-1,a,b\n".into(), "`Group Tag` is there twice"),
        ("a column of its own", b"Device Serial Number,\xff\xfe\x1b[31m\nS-1,\n".into(), "is no column"),
    ];
    let file = log.path().with_extension("csv");
    for (what, bytes, says) in cases {
        fs::write(&file, bytes).unwrap();
        let imported = by(ALEX, &file, log.path(), &[]);
        assert!(imported.code == 2 && imported.rows.is_empty(), "{what}: {}", imported.stderr);
        assert!(imported.stderr.contains(says) && !imported.stderr.contains('\u{1b}'), "{what}: {}", imported.stderr);
    }
    fs::remove_file(&file).unwrap();
    let gone = by(ALEX, &file, log.path(), &[]);
    assert!(gone.code == 2 && gone.stderr.contains("No such file"), "{}", gone.stderr);
    assert_eq!(export(log.path()).len(), position);
}

#[test]
fn a_header_alone_adds_nothing() {
    let log = log();
    let file = log.path().with_extension("csv");
    for text in ["Device Serial Number", "Device Serial Number\r\n\r\n,\r\n"] {
        fs::write(&file, text).unwrap();
        let imported = by(ALEX, &file, log.path(), &[]);
        assert_eq!((imported.code, imported.summary()), (0, "added 0, already there 0, refused 0"), "{text:?}");
    }
    fs::remove_file(&file).unwrap();
}

#[test]
fn flags_that_are_wrong() {
    let log = log();
    let (data, actor) = (log.path().to_str().unwrap(), ALEX.to_string());
    let good = ["--customer", CONTOSO, "--partner", FABRIKAM, "--data", data, "--actor", &actor];
    let with = |flag: &str, value: &'static str| {
        let at = good.iter().position(|argument| *argument == flag).unwrap();
        let mut arguments = good.to_vec();
        arguments[at + 1] = value;
        arguments
    };
    let cases = [
        (with("--customer", "tailspin"), "`--customer`"),
        (with("--partner", "tailspin"), "`--partner`"),
        (with("--actor", "alex"), "GUIDs"),
        (with("--data", "/nowhere"), "holds no log"),
        ([&good[..], &["--manufacturer", " "]].concat(), "`--manufacturer`"),
        ([&good[..], &["--source", "intune"]].concat(), "--source"),
        ([&good[..6], &[]].concat(), "--actor"),
        ([&good[..2], &good[4..]].concat(), "--partner"),
        ([&good[..4], &["--server", "http://127.0.0.1:1"]].concat(), "--token"),
        (
            [&good[..4], &["--server", "http://127.0.0.1:1", "--token", "no.token.atall"]].concat(),
            "is the server running",
        ),
    ];
    for (arguments, says) in cases {
        let imported = import(&fixture("devices.csv"), &arguments);
        assert!(imported.code == 2 && imported.rows.is_empty(), "{arguments:?}: {}", imported.stderr);
        assert!(imported.stderr.contains(says), "{arguments:?}: {}", imported.stderr);
    }
}

/// Many wait for their answers at a time; each gets its own.
#[test]
fn thousands_of_rows_in_their_order() {
    const ROWS: usize = 3_000;
    let log = log();
    let file = log.path().with_extension("csv");
    let rows = (1..=ROWS).map(|row| format!("S-{row},Tag {row}\n"));
    fs::write(&file, format!("Device Serial Number,Group Tag\n{}", rows.collect::<String>())).unwrap();
    let imported = by(ALEX, &file, log.path(), &[]);
    fs::remove_file(&file).unwrap();
    assert_eq!((imported.code, imported.summary()), (0, "added 3000, already there 0, refused 0"));
    let mut tags = std::collections::HashMap::new();
    for event in export(log.path()).into_iter().filter(|event| event["type"] == "procura.DeviceUpdated.v1") {
        tags.insert(event["data"]["device"].clone(), event["data"]["groupTag"].clone());
    }
    for (row, number) in imported.rows.iter().zip(1..) {
        assert_eq!((&row["row"], &row["line"]), (&json!(number), &json!(number + 1)));
        assert_eq!(row["serialNumber"], format!("S-{number}"));
        assert_eq!(tags[&row["device"]], format!("Tag {number}"));
    }
}

#[test]
fn help_has_an_example_and_the_exit_codes() {
    let Ran { code, stdout, .. } = run(procura().args(["import", "devices", "--help"]), "");
    assert_eq!(code, 0);
    for part in ["Example:", "--customer", "Hardware Hash", "Exits 0", "already is left as it is"] {
        assert!(stdout.contains(part), "{part}\n{stdout}");
    }
}
