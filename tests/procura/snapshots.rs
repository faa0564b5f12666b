//! Snapshots beside a log: `verify` holds them against it, and a server that began with one checks the log below it.

use procura_engine::{
    Engine, IDEMPOTENCY_KEYS_MAX, KEYS_FILE, Keyring, Settings, SnapshotFolder,
    ambient::{Entropy, SystemClock},
};
use procura_eventlog::DataDirectory;
use procura_tests::{Client, PATIENCE, Server, apply, growth::repeat_the_last_two, procura, run, world};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use world::{ALEX, FABRIKAM, FRANK, GRETA, guid, joins};

/// So many pairs of commits take a server long enough to check that somebody can look.
const PAIRS: u64 = 8_000;

/// Writes a snapshot of what a data directory's log folds to, as a server does every 200,000 events; its file.
fn write_a_snapshot(data: &Path) -> PathBuf {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let directory = DataDirectory::open(data, uuid::Uuid::nil()).unwrap();
    let folder = SnapshotFolder::of(data, directory.log_id());
    let settings = Settings {
        public_url: String::new(),
        invitation_link: None,
        clock: Arc::new(SystemClock),
        entropy: Entropy::from_os(),
        has_room: Arc::new(|| true),
        snapshots: Some(folder.clone().every(1)),
        keyring: Keyring::open(&data.join(KEYS_FILE), directory.log_id()).unwrap(),
        idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
        on_fatal: Arc::new(|why| panic!("{why}")),
    };
    // It is written when the engine goes.
    drop(runtime.block_on(Engine::open(directory.stored().unwrap(), settings)).unwrap());
    folder.files().remove(0)
}

/// A log with something sealed in it.
fn log(data: &Path) {
    let message = json!({"subject": "Bonjour", "body": "Voici : {link}"});
    let invitation = json!({"invitation": guid(1, 9), "partner": FABRIKAM, "delegatedAdmin": true, "locale": "fr",
        "recipient": "carla@contoso.example", "message": message});
    let fields = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": FRANK.user});
    let mut lines = world::tenants();
    lines.push(world::by(ALEX, "SendInvite", invitation));
    lines.push(joins(GRETA, "SalesAgents", FRANK));
    lines.push(world::by(GRETA, "RemoveGroupMember", fields));
    apply(data, &world::text(&lines)).all_recorded();
}

#[test]
fn verify_proves_that_a_snapshot_equals_the_log() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    log(&data);
    let file = write_a_snapshot(&data);
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let verify = |more: &[&str]| run(procura().args(["verify", "--data"]).arg(&data).args(more), "");
    let sound = verify(&[]);
    let position: u64 = name.trim_end_matches(".snapshot").parse().unwrap();
    let line = format!("  snapshot    {name}: equals the log up to position {position}\n");
    assert!(sound.code == 0 && sound.stdout.contains(&line), "{}{}", sound.stdout, sound.stderr);

    // A name in it, with the checksum that belongs to the record.
    let whole = fs::read(&file).unwrap();
    fs::write(&file, with_another_name(&whole)).unwrap();
    let different = verify(&[]);
    assert_eq!(different.code, 1, "{}{}", different.stdout, different.stderr);
    let says = |text: &str| assert!(different.stdout.contains(text), "{}", different.stdout);
    says(&format!("not sound: the snapshot {} does not equal the log", file.display()));
    says("delete that file");
    let verdict: Value = serde_json::from_str(&verify(&["--format", "json"]).stdout).unwrap();
    let found = &verdict["log"]["snapshots"][0];
    assert_eq!((&verdict["sound"], &found["result"]), (&json!(false), &json!("different")), "{verdict}");

    // Of another version of Procura.
    let other = String::from_utf8_lossy(&whole).find("\"format\":1").map(|at| at + "\"format\":".len()).unwrap();
    let mut newer = whole;
    newer[other] = b'9';
    fs::write(&file, newer).unwrap();
    let passed_over = verify(&[]);
    assert!(
        passed_over.code == 0 && passed_over.stdout.contains("passed over, it is of another format"),
        "{passed_over:?}"
    );
    fs::remove_file(&file).unwrap();
    assert!(!verify(&[]).stdout.contains("snapshot"));
}

/// The first record with that name in it, with another letter there and the checksum right.
fn with_another_name(file: &[u8]) -> Vec<u8> {
    let mut at = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut file = file.to_vec();
    loop {
        let length = u32::from_be_bytes(file[at + 1..at + 5].try_into().unwrap()) as usize;
        let record = at + 9..at + 9 + length;
        if let Some(name) = file[record.clone()].windows(8).position(|bytes| bytes == b"Fabrikam") {
            file[record.start + name + 7] = b'n';
            let checksum = crc32fast::hash(&file[record]).to_be_bytes();
            file[at + 5..at + 9].copy_from_slice(&checksum);
            return file;
        }
        at = record.end;
    }
}

#[test]
fn a_server_checks_the_log_below_its_snapshot() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    log(&data);
    let head = repeat_the_last_two(&data, PAIRS);
    write_a_snapshot(&data);
    let mut program = procura();
    program.env("PROCURA_LOG", "info");
    let mut server = Server::start_by(program, &data);
    let client = Client::new(&server.url, "");
    let (mut last, begun) = (0, Instant::now());
    while let Some(checked) = client.get("/readyz").body.get("checked").cloned() {
        let (position, of) = (checked["position"].as_u64().unwrap(), checked["of"].as_u64().unwrap());
        assert!(last <= position && position <= of && of == head, "{checked} after {last}");
        last = position;
        assert!(begun.elapsed() < PATIENCE, "{checked}");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(last > 0, "it went on while it was looked at");
    assert_eq!(client.get("/readyz").body, json!({"status": "ready"}));
    assert!(server.stderr().contains("the log below the snapshot is sound"), "{}", server.stderr());
    server.stop();
    // A stop does not wait for it.
    let mut server = Server::start_on(&data);
    server.stop();
}

#[test]
fn a_server_ends_where_the_log_below_its_snapshot_is_not_sound() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    log(&data);
    write_a_snapshot(&data);
    let (keys, mut serve) = (data.join(KEYS_FILE), serve(&data));
    // Without the file of keys, a start reads all of the log, and is refused.
    fs::remove_file(&keys).unwrap();
    let refused = run(&mut serve, "");
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("has no key for it") && !keys.exists(), "{refused:?}");
    // With one that lacks a key.
    let log_id = DataDirectory::open(&data, uuid::Uuid::nil()).unwrap().log_id();
    Keyring::create(&keys, log_id, 0).unwrap();
    let ended = run(&mut serve, "");
    let last = ended.stderr.lines().last().unwrap();
    assert!(ended.stdout.starts_with("listening on "), "{ended:?}");
    assert!(ended.code == 74 && last.starts_with("error: the log is not sound below the snapshot"), "{ended:?}");
    assert!(last.contains("at position") && last.contains("has no key for it"), "{last}");
    // Without the snapshot, a start is refused for it.
    fs::remove_dir_all(data.join("snapshots")).unwrap();
    let refused = run(&mut serve, "");
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
}

fn serve(data: &Path) -> Command {
    let mut serve = procura();
    serve.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    serve
}

/// The log went another way below its snapshot than what the file `head` says.
#[test]
fn a_server_ends_where_the_log_below_its_snapshot_is_not_the_one_in_the_file_head() {
    let home = tempfile::tempdir().unwrap();
    let [data, other] = ["data", "other"].map(|name| home.path().join(name));
    log(&data);
    let copied = Command::new("cp").arg("-r").args([&data, &other]).status().unwrap();
    assert!(copied.success());
    apply(&data, &world::text(&[joins(GRETA, "SalesAgents", FRANK)])).all_recorded();
    apply(&data, &world::text(&[joins(GRETA, "SalesAgents", ALEX)])).all_recorded();
    apply(&other, &world::text(&[joins(GRETA, "SalesAgents", ALEX)])).all_recorded();
    write_a_snapshot(&data);
    fs::copy(other.join("head"), data.join("head")).unwrap();
    let ended = run(&mut serve(&data), "");
    let last = ended.stderr.lines().last().unwrap();
    assert!(ended.code == 74 && last.contains("is not the one of its head file"), "{ended:?}");
}
