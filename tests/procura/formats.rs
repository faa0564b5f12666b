//! Data of every format that was ever written is opened, and shows what it showed; data of a format that is still to come is
//! refused by name, and left as it is. A fixture never changes; a new format gets one beside it.

use expect_test::expect_file;
use procura_domain::event::EventType;
use procura_engine::codec::event_version;
use procura_eventlog::{BACKUP_FORMAT, DIRECTORY_FORMAT, DIRECTORY_FORMAT_UNPACKED, Envelope};
use procura_tests::{
    Applied, Server, apply, export,
    growth::repeat_the_last,
    procura, run,
    world::{ALEX, CONTOSO, FABRIKAM},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The formats of a directory, by the number in `FORMAT`, and of the backup that was made of it then. Format 1 of the
/// directory was never released. What was added within a format, such as types of events, has a directory of its own.
const FORMATS: &[(&str, &str)] = &[
    ("format-2", "backup-1.procura"),
    ("format-3", "backup-2.procura"),
    // With consumers and webhooks, and how far they had come.
    ("format-3-feeds", "backup-3.procura"),
    // Whose frames are packed.
    ("format-4", "backup-4.procura"),
    // Whose parts are numbered. A backup of it is as one of before.
    ("format-5", "backup-4.procura"),
    // Whose frames have their ids apart.
    ("format-6", "backup-5.procura"),
];
/// Data with the names of people, of which some were erased and given anew.
const PEOPLE: &str = "format-4-people";
/// A position towards the end of each.
const LATE: u64 = 54;
const NEWER: &str = "It was written by a newer Procura: use that version or a newer one";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The directory of that format, as it was made.
fn given(format: &str) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    copy(&fixture(format), &data);
    // git keeps no such modes.
    fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o600)).unwrap();
    (home, data)
}

fn events(format: &str) -> Vec<Value> {
    let text = fs::read_to_string(fixture(&format!("{format}.events.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn restore(backup: &Path, data: &Path) {
    let ran = run(procura().arg("restore").arg(backup).arg("--data").arg(data), "");
    assert_eq!(ran.code, 0, "{}: {}", backup.display(), ran.stderr);
}

#[test]
fn data_of_every_format_shows_what_it_showed() {
    for (format, kept) in FORMATS {
        let (home, data) = given(format);
        let [made, again, restored] = ["made.procura", "again", "restored"].map(|name| home.path().join(name));
        shows_what_it_showed(format, &data);
        let number: u32 = format.split('-').nth(1).unwrap().parse().unwrap();
        has_format(&data, number.max(DIRECTORY_FORMAT_UNPACKED));
        let ran = run(procura().args(["backup", "--with-keys", "--data"]).args([&data, &made]), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        restore(&made, &again);
        shows_what_it_showed(format, &again);
        restore(&fixture(kept), &restored);
        shows_what_it_showed(format, &restored);
        for data in [&again, &restored] {
            has_format(data, DIRECTORY_FORMAT);
        }
        upgrade(&data, number < DIRECTORY_FORMAT);
        shows_what_it_showed(format, &data);
    }
    let newest = FORMATS.last().unwrap().0;
    assert!(newest.starts_with(&format!("format-{DIRECTORY_FORMAT}")), "the newest format is kept, too");
    assert_eq!(FORMATS.last().unwrap().1, format!("backup-{BACKUP_FORMAT}.procura"));
}

#[track_caller]
fn has_format(data: &Path, format: u32) {
    let text = fs::read_to_string(data.join("FORMAT")).unwrap();
    assert!(text.contains(&format!("\nformat {format}\n")), "{text}");
}

/// `procura upgrade`, where it has something to do and where it has not.
fn upgrade(data: &Path, to_do: bool) {
    let upgrade = || run(procura().arg("upgrade").arg("--data").arg(data), "");
    let [first, second] = [upgrade(), upgrade()];
    assert_eq!((first.code, second.code), (0, 0), "{}{}", first.stderr, second.stderr);
    assert_eq!(first.stdout.contains("the log as it was is kept in"), to_do, "{}", first.stdout);
    assert_eq!(data.join("log.before-upgrade").is_dir(), to_do);
    assert!(second.stdout.ends_with("has the newest format already, 6\n"), "{}", second.stdout);
    has_format(data, DIRECTORY_FORMAT);
}

fn shows_what_it_showed(format: &str, data: &Path) {
    let events = events(format);
    assert_eq!(export(data), events, "{format}");

    // It is the log that was signed then.
    let key = fs::read_to_string(fixture(&format!("{format}.vkey"))).unwrap();
    let mut verify = procura();
    verify.arg("verify").arg("--data").arg(data).args(["--key", key.trim(), "--checkpoint"]);
    let verified = run(verify.arg(fixture(&format!("{format}.note"))), "");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stdout.contains("the log extends it"), "{}", verified.stdout);

    // Keys of commands are remembered, personal data is read or erased, and questions are answered.
    let again = json!({"command": "AddGroupMember", "id": "after-the-restore", "at": "2020-10-01T08:00:00Z",
        "actor": {"tenant": FABRIKAM, "user": "f0000000-0000-4000-8000-000000000010"},
        "data": {"partner": FABRIKAM, "group": "AdminAgents", "user": "f0000000-0000-4000-8000-000000000014"}});
    let Applied { results, .. } = apply(data, &again.to_string()).all_recorded();
    assert_eq!(results[0]["positions"], json!([LATE]), "{format}");
    let mut server = Server::start_on(data);
    let operator = server.client(ALEX.tenant, ALEX.user, &["Operator"]);
    let invitation =
        |number: u32| operator.get(&format!("/v1/invitations/10000000-0000-4000-8000-00000000000{number}")).body;
    assert_eq!(invitation(3)["recipient"], "zoe@contoso.com", "{format}");
    assert_eq!((&invitation(4)["recipient"], &invitation(4)["personalData"]), (&Value::Null, &json!("erased")));
    let answers: BTreeMap<_, _> = questions().map(|path| (path.clone(), operator.get(&path).body)).collect();
    let answers = serde_json::to_string_pretty(&answers).unwrap() + "\n";
    expect_file![fixture("formats.answers.json")].assert_eq(&answers);
    server.stop();
}

/// Questions about the middle and the end of the log, which holds the same in every format.
fn questions() -> impl Iterator<Item = String> {
    [20, LATE].into_iter().flat_map(|at| {
        let of_customer = ["partner-relationships", "effective-permissions", "subscriptions", "devices", "profiles"]
            .map(|list| format!("/v1/customers/{CONTOSO}/{list}?at={at}"));
        let others = [
            format!("/v1/partners/{FABRIKAM}/customers?at={at}"),
            format!("/v1/partners/{FABRIKAM}/groups/AdminAgents/members?at={at}"),
            format!("/v1/tenants/{CONTOSO}/directory-roles/GlobalAdministrator/members?at={at}"),
            format!("/v1/residual-access?at={at}"),
        ];
        of_customer.into_iter().chain(others)
    })
}

#[test]
fn names_that_were_given_then_are_shown_and_erased_ones_are_not() {
    let (_home, data) = given(PEOPLE);
    assert_eq!(export(&data), events(PEOPLE));
    let mut server = Server::start_on(&data);
    let operator = server.client(ALEX.tenant, ALEX.user, &["Operator"]);
    let people = |path: &str| operator.get(path).body["people"].clone();
    let members = people(&format!("/v1/partners/{FABRIKAM}/groups/AdminAgents/members"));
    let alex = json!({"tenant": FABRIKAM, "user": "f0000000-0000-4000-8000-000000000011",
        "displayName": "Alex Weber", "userPrincipalName": "alex@fabrikam.com"});
    assert!(members.as_array().unwrap().contains(&alex), "{members}");
    let carla = json!([{"tenant": CONTOSO, "user": "c0000000-0000-4000-8000-000000000010", "displayName": "C. M."}]);
    assert_eq!(people(&format!("/v1/tenants/{CONTOSO}/directory-roles/GlobalAdministrator/members")), carla);
    server.stop();
}

/// Each event reads back by the version it was written with, whichever envelope it came in.
#[test]
fn every_version_of_every_event_is_kept() {
    let kept: BTreeSet<_> = FORMATS
        .iter()
        .map(|(format, _)| *format)
        .chain([PEOPLE])
        .flat_map(events)
        .map(|event| event["type"].to_string())
        .collect();
    let versions =
        |event: EventType| (1..=event_version(event)).map(move |version| format!("\"procura.{event}.v{version}\""));
    let written: BTreeSet<_> = EventType::ALL.iter().flat_map(|event| versions(*event)).collect();
    assert_eq!(kept, written, "a type or version that came later needs a directory of its own");
}

/// Every file in the directory but the lock, and what it holds.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| !path.ends_with("LOCK")).flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => BTreeMap::from([(path.clone(), fs::read(&path).unwrap())]),
    });
    files.collect()
}

/// What a later version may have written, and how this one names it.
type Later = (&'static str, fn(&Path));

const LATER: &[Later] = &[
    ("has format 7, this build reads up to 6.", |data| {
        let text = fs::read_to_string(data.join("FORMAT")).unwrap();
        fs::write(data.join("FORMAT"), text.replace("format 3\n", "format 7\nwhatever is next\n")).unwrap();
    }),
    ("/keys has format 2, which this build does not read.", |data| {
        let mut bytes = fs::read(data.join("keys")).unwrap();
        bytes[4..6].copy_from_slice(&2_u16.to_be_bytes());
        let checksum = crc32fast::hash(&bytes[..60]);
        bytes[60..64].copy_from_slice(&checksum.to_be_bytes());
        fs::write(data.join("keys"), bytes).unwrap();
    }),
    ("at position 56: the event has a field `approvedBy`, which this build does not know.", |data| {
        repeat_the_last(data, |event| {
            let text = String::from_utf8(event.encode().unwrap()).unwrap();
            text.replace(",\"command\":", ",\"approvedBy\":\"x\",\"command\":").into_bytes()
        });
    }),
    ("position 56 cannot be taken: event type GroupMemberAdded version 2 is unknown.", |data| {
        repeat_the_last(data, |event| Envelope { version: 2, ..event }.encode().unwrap());
    }),
    ("position 56 cannot be taken: event type GroupMemberPromoted version 1 is unknown.", |data| {
        repeat_the_last(data, |event| {
            Envelope { event_type: "GroupMemberPromoted".to_owned(), ..event }.encode().unwrap()
        });
    }),
];

#[test]
fn newer_data_is_refused_by_name_and_left_as_it_is() {
    for (named, write) in LATER {
        let (_home, data) = given("format-3");
        write(&data);
        let before = files(&data);
        let serve: &[&str] = &["serve", "--dev", "--listen", "127.0.0.1:0"];
        let verify: [&[_]; 3] = [&["verify"], &["verify", "--repair-tail"], &["verify", "--accept-lost-keys"]];
        for words in [serve, &["export"]].into_iter().chain(verify) {
            let ran = run(procura().args(words).arg("--data").arg(&data), "");
            let said = format!("{}{}", ran.stdout, ran.stderr);
            let last = said.lines().last().unwrap_or_default();
            assert!(last.contains(&format!("{named} {NEWER}")), "{words:?}: {said}");
            assert!(matches!((words, ran.code), (_, 2) | (["verify", ..], 1)), "{words:?}: {}", ran.code);
            assert!(files(&data) == before, "{words:?} changed something");
        }
    }
    let home = tempfile::tempdir().unwrap();
    let [file, data] = ["later.procura", "data"].map(|name| home.path().join(name));
    let mut later = zstd::decode_all(fs::read(fixture("backup-5.procura")).unwrap().as_slice()).unwrap();
    later["procura backup\nformat ".len()] += 1;
    fs::write(&file, zstd::encode_all(later.as_slice(), 3).unwrap()).unwrap();
    let ran = run(procura().arg("restore").arg(&file).arg("--data").arg(&data), "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains(&format!("the backup has format 6, this build reads up to 5. {NEWER}")),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is made");
}
