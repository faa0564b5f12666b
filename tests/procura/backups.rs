//! `procura backup`, `procura restore` and `procura verify`: what comes back is what was there, and damage is named.

use procura_tests::{
    Ran, Server, apply, export, procura, run, story,
    world::{self, ALEX, CARLA, FABRIKAM, GRETA, guid},
};
use serde_json::{Value, json};
use std::{fs, path::Path, thread};

pub(crate) const ROUTES: &[&str] = &["/v1/backup"];

fn on(words: &[&str], paths: &[&Path]) -> Ran {
    run(procura().args(words).args(paths), "")
}

/// `procura WORDS --data DATA FILE`.
fn with(words: &[&str], data: &Path, file: &Path) -> Ran {
    run(procura().args(words).arg("--data").arg(data).arg(file), "")
}

fn verify(data: &Path, more: &[&str]) -> Ran {
    run(procura().arg("verify").arg("--data").arg(data).args(more), "")
}

fn tell_story(data: &Path) {
    let told = apply(data, &fs::read_to_string(story::file()).unwrap());
    assert_eq!(told.code, 0, "{}", told.stderr);
}

#[test]
fn a_log_comes_back_with_its_answers_and_without_its_keys() {
    let home = tempfile::tempdir().unwrap();
    let [data, file, restored] = ["data", "log.procura", "restored"].map(|name| home.path().join(name));
    tell_story(&data);
    // A start of the server makes the key of tokens, a backup the one of checkpoints.
    let made = on(&["token", "--tenant", ALEX.tenant, "--user", ALEX.user, "--data"], &[&data]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let made = with(&["backup"], &data, &file);
    assert_eq!((made.code, made.stdout.as_str()), (0, ""), "{}", made.stderr);
    let again = with(&["backup"], &data, &file);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);

    let ran = run(procura().arg("restore").arg(&file).arg("--data").arg(&restored), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("restored 35 events"), "{}", ran.stderr);
    assert_eq!(export(&restored), export(&data), "the same events, in the epoch they were recorded in");
    let mut names: Vec<_> = fs::read_dir(&restored).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["FORMAT", "LOCK", "keys", "log", "witness"]);
    let over = run(procura().arg("restore").arg(&file).arg("--data").arg(&data), "");
    assert_eq!(over.code, 2);
    assert!(over.stderr.contains("exists and is not empty"), "{}", over.stderr);

    // What comes after belongs to another line of history, and whoever read the first one further is told so.
    let more = r#"{"command":"RegisterPartner","actor":{"operator":"ops"},"data":{"partner":"faaaaaaa-0000-4000-8000-0000000000aa","name":"Late","domain":"late.example","globalAdministrator":"faaaaaaa-0000-4000-8000-0000000000ab"}}"#;
    apply(&restored, more).all_recorded();
    let [first, last] = [0, 35].map(|index| export(&restored)[index]["epoch"].clone());
    assert_eq!(first, "1");
    assert_ne!(last, "1");
    let ahead = on(&["export", "--after", "36", "--epoch", "1", "--data"], &[&restored]);
    assert_eq!((ahead.code, ahead.stdout.as_str()), (2, ""));
    assert!(ahead.stderr.contains("another line of history"), "{}", ahead.stderr);
    let ahead = on(&["export", "--after", "99", "--data"], &[&restored]);
    assert_eq!((ahead.code, ahead.stdout.as_str()), (2, ""));
    assert!(ahead.stderr.contains("beyond the newest"), "{}", ahead.stderr);
    assert_eq!(on(&["export", "--after", "35", "--epoch", "1", "--data"], &[&restored]).code, 0);
    let sound = verify(&restored, &[]);
    assert_eq!(sound.code, 0, "{}{}", sound.stdout, sound.stderr);
}

#[test]
fn personal_data_comes_back_only_with_its_keys() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    tell_story(&data);
    for (name, flags, unavailable) in [("with", &["backup", "--with-keys"][..], false), ("without", &["backup"], true)]
    {
        let [file, restored] = ["file", "data"].map(|kind| home.path().join(format!("{name}-{kind}")));
        assert_eq!(with(flags, &data, &file).code, 0);
        let ran = run(procura().arg("restore").arg(&file).arg("--data").arg(&restored), "");
        assert_eq!((ran.code, ran.stderr.contains("shown as unavailable")), (0, unavailable), "{}", ran.stderr);
        assert_eq!(verify(&restored, &[]).code, 0);
    }
}

#[test]
fn a_damaged_backup_is_refused_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let [data, file, restored] = ["data", "log.procura", "restored"].map(|name| home.path().join(name));
    tell_story(&data);
    assert_eq!(with(&["backup"], &data, &file).code, 0);
    let sound = fs::read(&file).unwrap();
    let middle = sound.len() / 2;
    let flipped = [&sound[..middle], &[sound[middle] ^ 1], &sound[middle + 1..]].concat();
    for damaged in [&flipped, &sound[..middle], &[&sound[..], b"more"].concat(), b"a letter"] {
        fs::write(&file, damaged).unwrap();
        let ran = run(procura().arg("restore").arg(&file).arg("--data").arg(&restored), "");
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("the backup is damaged") || ran.stderr.contains("not a whole backup"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert!(!restored.exists());
    }
}

#[test]
fn verify_says_what_is_sound_and_what_is_not_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let nothing = verify(&data, &[]);
    assert_eq!(nothing.code, 2, "{}", nothing.stderr);
    tell_story(&data);
    let sound = verify(&data, &["--format", "json"]);
    let verdict: Value = serde_json::from_str(&sound.stdout).unwrap();
    assert_eq!((sound.code, &verdict["sound"], &verdict["log"]["position"]), (0, &true.into(), &35.into()));
    let nothing = verify(&data, &["--repair-tail"]);
    assert_eq!((nothing.code, nothing.stdout.contains("nothing to repair")), (0, true), "{}", nothing.stdout);

    for (file, says) in [("keys", "position"), ("witness", "witness"), ("FORMAT", "FORMAT"), ("log/db", "db")] {
        let path = data.join(file);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let lost = verify(&data, &[]);
        assert_eq!(lost.code, 1, "{file}: {}{}", lost.stdout, lost.stderr);
        assert!(lost.stdout.contains("not sound") && lost.stdout.contains(says), "{file}: {}", lost.stdout);
        assert!(!path.exists(), "{file}");
        let kept = verify(&data, &["--repair-tail"]);
        assert_eq!(kept.code, 1, "{file}: {}", kept.stdout);
        assert!(!path.exists(), "{file}");
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(verify(&data, &[]).code, 0);
}

/// Every event altered, and every hash that the log keeps made to fit: only a checkpoint kept elsewhere tells.
#[test]
fn a_log_rewritten_with_all_its_hashes_is_caught_by_a_checkpoint() {
    let home = tempfile::tempdir().unwrap();
    let [data, other, note] = ["data", "other", "checkpoint.note"].map(|name| home.path().join(name));
    tell_story(&data);
    // The log anew, from other commands, under the same id and with the same key.
    let story = fs::read_to_string(story::file()).unwrap();
    apply(&other, &story.replace("Fabrikam", "Fabricam")).all_recorded();
    let checkpoint = on(&["checkpoint", "show", "--data"], &[&data]);
    assert_eq!(checkpoint.code, 0, "{}", checkpoint.stderr);
    fs::write(&note, &checkpoint.stdout).unwrap();
    let key = on(&["checkpoint", "key", "--data"], &[&data]).stdout;
    let check = |data: &Path| verify(data, &["--checkpoint", note.to_str().unwrap(), "--key", key.trim()]);
    let sound = check(&data);
    assert_eq!((sound.code, sound.stdout.contains("the log extends it")), (0, true), "{}", sound.stdout);

    let forged = check(&other);
    assert_eq!(forged.code, 1);
    assert!(forged.stdout.contains("the checkpoint is of the log"), "{}", forged.stdout);
    // With the id of the first one, in every place that has it.
    let id = |data: &Path| fs::read_to_string(data.join("FORMAT")).unwrap();
    let (first, second) = (id(&data), id(&other));
    fs::write(other.join("FORMAT"), &first).unwrap();
    assert_ne!(first, second);
    fs::copy(data.join("checkpoint.key"), other.join("checkpoint.key")).unwrap();
    let of = |format: &str| format.lines().nth(2).unwrap().strip_prefix("log ").unwrap().to_owned();
    for file in ["witness", "keys"] {
        rename_log(&other.join(file), &of(&second), &of(&first));
    }
    assert_eq!(verify(&other, &[]).code, 0, "by itself it is sound");
    let forged = check(&other);
    assert_eq!(forged.code, 1);
    assert!(forged.stdout.contains("the log was altered"), "{}", forged.stdout);
}

/// Replaces the log's id in a file of records with checksums at their ends.
fn rename_log(path: &Path, from: &str, to: &str) {
    let bytes = |id: &str| {
        let digits: Vec<u8> = id.bytes().filter(|digit| *digit != b'-').collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect::<Vec<u8>>()
    };
    let (from, to, mut file) = (bytes(from), bytes(to), fs::read(path).unwrap());
    let slots: &[(usize, usize)] = if path.ends_with("keys") { &[(0, 64)] } else { &[(0, 74), (4096, 74)] };
    for (at, length) in slots {
        let slot = &mut file[*at..at + length];
        let place = slot.windows(16).position(|window| window == from).unwrap();
        slot[place..place + 16].copy_from_slice(&to);
        let checksum = crc32fast::hash(&slot[..length - 4]);
        slot[length - 4..].copy_from_slice(&checksum.to_be_bytes());
    }
    fs::write(path, file).unwrap();
}

#[test]
fn a_running_server_is_backed_up_by_its_operators_while_commands_go_on() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let server = Server::start_on(&data);
    server.tell(&world::tenants());
    for (user, roles) in [(CARLA, &[][..]), (ALEX, &["Auditor"]), (ALEX, &["Decider"])] {
        let reply = server.client(user.tenant, user.user, roles).get("/v1/backup");
        assert_eq!(reply.differs(403, "notAllowed", "operators"), None, "{roles:?}");
    }
    let greta = server.user(GRETA);
    let token = server.token(ALEX.tenant, ALEX.user, &["Operator"]);
    let joining = thread::spawn(move || {
        for number in 0..400 {
            let fields = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": guid(9, number)});
            greta.command("AddGroupMember", &fields);
        }
    });
    let mut lengths = vec![];
    for number in 0..4 {
        let [file, restored] = ["file", "data"].map(|kind| home.path().join(format!("{number}-{kind}")));
        let mut command = procura();
        command.args(["backup", "--server", &server.url, "--token", &token]).arg(&file);
        let ran = run(&mut command, "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let ran = run(procura().arg("restore").arg(&file).arg("--data").arg(&restored), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(verify(&restored, &[]).code, 0);
        lengths.push((export(&restored), restored));
    }
    joining.join().unwrap();
    drop(server);
    let all = export(&data);
    assert_eq!(all.len(), 412);
    for (events, restored) in &lengths {
        assert!((12..=412).contains(&events.len()) && all[..events.len()] == events[..], "{}", restored.display());
    }
    // Where nothing comes, nothing is left.
    let stopped = run(
        procura().args(["backup", "--server", "http://127.0.0.1:1", "--token", &token]).arg(home.path().join("x")),
        "",
    );
    assert_eq!(stopped.code, 2, "{}", stopped.stderr);
    assert!(!home.path().join("x").exists() && !home.path().join("x.partial").exists());
}
