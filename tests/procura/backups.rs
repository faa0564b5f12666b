//! `procura backup`, `procura restore` and `procura verify`: what comes back is what was there, and damage is named.

use procura_tests::{
    Ran, Server, apply, export, procura, run, story,
    world::{self, ALEX, CARLA, FABRIKAM, GRETA, guid},
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

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
    assert!(ran.stderr.contains("restored 44 events"), "{}", ran.stderr);
    assert_eq!(export(&restored), export(&data), "the same events, in the epoch they were recorded in");
    let mut names: Vec<_> = fs::read_dir(&restored).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["FORMAT", "LOCK", "head", "keys", "log", "log.clean", "tiles"]);
    let over = run(procura().arg("restore").arg(&file).arg("--data").arg(&data), "");
    assert_eq!(over.code, 2);
    assert!(over.stderr.contains("exists and is not empty"), "{}", over.stderr);

    // What comes after belongs to another line of history, and whoever read the first one further is told so.
    let more = r#"{"command":"RegisterPartner","actor":{"operator":"ops"},"data":{"partner":"faaaaaaa-0000-4000-8000-0000000000aa","name":"Late","domain":"late.example","globalAdministrator":"faaaaaaa-0000-4000-8000-0000000000ab"}}"#;
    apply(&restored, more).all_recorded();
    let [first, last] = [0, 44].map(|index| export(&restored)[index]["epoch"].clone());
    assert_eq!(first, "1");
    assert_ne!(last, "1");
    let ahead = on(&["export", "--after", "45", "--epoch", "1", "--data"], &[&restored]);
    assert_eq!((ahead.code, ahead.stdout.as_str()), (2, ""));
    assert!(ahead.stderr.contains("another line of history"), "{}", ahead.stderr);
    let cursor = format!("99@{}", last.as_str().unwrap());
    for (cursor, says) in [("99", "another line of history"), (&cursor, "ahead of the log")] {
        let ahead = on(&["export", "--after", cursor, "--data"], &[&restored]);
        assert_eq!((ahead.code, ahead.stdout.as_str()), (2, ""));
        assert!(ahead.stderr.contains(says), "{}", ahead.stderr);
    }
    assert_eq!(on(&["export", "--after", "44", "--epoch", "1", "--data"], &[&restored]).code, 0);
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

/// A log that came back without its keys has none to give; one without personal data needs none.
#[test]
fn a_backup_with_keys_of_a_log_without_them_says_so_when_restored() {
    let home = tempfile::tempdir().unwrap();
    let [told, lost, empty] = ["told", "lost", "empty"].map(|name| home.path().join(name));
    let restore = |file: &Path, data: &Path| run(procura().arg("restore").arg(file).arg("--data").arg(data), "");
    tell_story(&told);
    let file = home.path().join("without");
    assert_eq!(with(&["backup"], &told, &file).code, 0);
    assert_eq!(restore(&file, &lost).code, 0);
    apply(&empty, &world::text(&world::tenants())).all_recorded();
    for (data, says) in [(lost, "had lost keys of personal data before"), (empty, "and its log needs none")] {
        let [file, again] = ["file", "again"].map(|name| data.with_extension(name));
        assert_eq!(with(&["backup", "--with-keys"], &data, &file).code, 0);
        let ran = restore(&file, &again);
        assert_eq!((ran.code, ran.stderr.contains(says)), (0, true), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
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
    assert_eq!((sound.code, &verdict["sound"], &verdict["log"]["position"]), (0, &true.into(), &44.into()));
    let nothing = verify(&data, &["--repair-tail"]);
    assert_eq!((nothing.code, nothing.stdout.contains("nothing to repair")), (0, true), "{}", nothing.stdout);

    for (file, says) in [("keys", "position"), ("head", "head"), ("FORMAT", "FORMAT"), ("log/db", "db")] {
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
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
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
    for file in ["head", "keys"] {
        rename_log(&other.join(file), &of(&second), &of(&first));
    }
    assert_eq!(verify(&other, &[]).code, 0, "by itself it is sound");
    let forged = check(&other);
    assert_eq!(forged.code, 1);
    assert!(forged.stdout.contains("are not those that were there"), "{}", forged.stdout);
}

/// The log's id, its origin and the epochs stand in front of the events, in no hash: the signed checkpoint has them too.
#[test]
fn a_backup_given_out_for_another_logs_is_refused_with_a_key() {
    for named in [&[][..], &["--origin", "partners.example/procura"]] {
        let home = tempfile::tempdir().unwrap();
        let [data, file, restored] = ["data", "log.procura", "restored"].map(|name| home.path().join(name));
        let mut tell = procura();
        tell.arg("apply").args(named).arg("--data").arg(&data).arg(story::file());
        assert_eq!(run(&mut tell, "").code, 0);
        assert_eq!(with(&["backup"], &data, &file).code, 0);
        let key = on(&["checkpoint", "key", "--data"], &[&data]).stdout;
        let restore = || run(procura().args(["restore", "--key", key.trim(), "--data"]).arg(&restored).arg(&file), "");
        let mut stream = zstd::decode_all(&fs::read(&file).unwrap()[..]).unwrap();
        for line in ["\nlog ", "\norigin p"] {
            let at = stream.windows(line.len()).position(|found| found == line.as_bytes()).unwrap() + line.len();
            let digit = stream[at];
            stream[at] = if digit == b'f' { b'e' } else { b'f' };
            fs::write(&file, zstd::encode_all(&stream[..], 3).unwrap()).unwrap();
            let forged = restore();
            assert_eq!(forged.code, 2, "{named:?} {line:?}");
            assert!(forged.stderr.contains("its checkpoint is not that of its events"), "{}", forged.stderr);
            stream[at] = digit;
        }
        fs::write(&file, zstd::encode_all(&stream[..], 3).unwrap()).unwrap();
        let sound = restore();
        assert_eq!(sound.code, 0, "{}", sound.stderr);
    }
}

/// Stopped in the middle, with a file of keys that never comes to its end.
#[test]
fn the_copy_that_verify_reads_is_nobody_elses_and_goes_with_it() {
    let home = tempfile::tempdir().unwrap();
    let [data, temporary] = ["data", "temporary"].map(|name| home.path().join(name));
    tell_story(&data);
    fs::create_dir(&temporary).unwrap();
    fs::remove_file(data.join("keys")).unwrap();
    assert!(Command::new("mkfifo").arg(data.join("keys")).status().unwrap().success());
    let mut verify = procura();
    verify.args(["verify", "--data"]).arg(&data).env("TMPDIR", &temporary).stderr(Stdio::null());
    let mut verify = verify.spawn().unwrap();
    let copied =
        || Some(fs::read_dir(&temporary).unwrap().next()?.unwrap().path()).filter(|copy| copy.join("log/db").exists());
    let copy = loop {
        if let Some(copy) = copied() {
            break copy;
        }
        assert!(verify.try_wait().unwrap().is_none(), "it ended before its time");
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!copy.join("keys").exists());
    // Until it listens to signals.
    thread::sleep(Duration::from_millis(300));
    let process = rustix::process::Pid::from_child(&verify);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(verify.wait().unwrap().code(), Some(2));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
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
    // If nothing comes, nothing is left.
    let stopped = run(
        procura().args(["backup", "--server", "http://127.0.0.1:1", "--token", &token]).arg(home.path().join("x")),
        "",
    );
    assert_eq!(stopped.code, 2, "{}", stopped.stderr);
    let names = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| name.starts_with('x')).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// What the head file of that directory says the last position is.
fn reached(data: &Path) -> u64 {
    let head = fs::read(data.join("head")).unwrap();
    let position = |slot: &[u8]| u64::from_be_bytes(slot[22..30].try_into().unwrap());
    position(&head).max(position(&head[4096..]))
}

#[test]
fn an_orderly_end_leaves_no_window() {
    for _ in 0..20 {
        let home = tempfile::tempdir().unwrap();
        tell_story(home.path());
        assert_eq!(reached(home.path()), 44);
    }
}

#[test]
fn a_log_whose_keys_are_lost_for_good_opens_again_without_them() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    tell_story(&data);
    let events = export(&data);
    let kept = verify(&data, &["--accept-lost-keys"]);
    assert_eq!((kept.code, kept.stdout.contains("nothing to accept")), (0, true), "{}", kept.stdout);
    let keys = data.join("keys");
    let whole = fs::read(&keys).unwrap();
    for damaged in [None, Some(&whole[..70]), Some(&b"not keys"[..])] {
        match damaged {
            None => fs::remove_file(&keys).unwrap(),
            Some(bytes) => fs::write(&keys, bytes).unwrap(),
        }
        let refused = run(procura().arg("export").arg("--data").arg(&data), "");
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        let named = verify(&data, &[]);
        assert_eq!((named.code, named.stdout.contains("--accept-lost-keys")), (1, true), "{}", named.stdout);
        let accepted = verify(&data, &["--accept-lost-keys"]);
        assert_eq!((accepted.code, accepted.stdout.contains("unavailable")), (0, true), "{}", accepted.stdout);
        assert_eq!(export(&data), events);
        assert_eq!(verify(&data, &[]).code, 0);
        fs::remove_file(&keys).unwrap();
        fs::write(&keys, &whole).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
        let _ = fs::remove_file(data.join("keys.damaged"));
    }
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let open = run(procura().arg("export").arg("--data").arg(&data), "");
    assert!(open.code == 2 && open.stderr.contains("can be read by others"), "{}", open.stderr);
}
