//! A disk that takes no more: everything acknowledged is there, and whoever is refused is told what to do.

use procura_tests::{apply, export, procura, run, story};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

/// The file of the log may not grow beyond this: the system refuses the write, as it does on a full disk.
const FILE_KIBIBYTES_MAX: u32 = 1_000;

#[test]
fn a_write_that_fails_ends_the_process_and_loses_nothing_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let told = apply(directory.path(), &fs::read_to_string(story::file()).unwrap());
    assert_eq!(told.code, 0, "{}", told.stderr);
    let before = export(directory.path()).len();
    let sam = json!({"tenant": "faaaaaaa-0000-4000-8000-000000000001", "user": "f0000000-0000-4000-8000-000000000013"});
    let invite = json!({"partner": sam["tenant"], "delegatedAdmin": true, "locale": "en"});
    let line = json!({"command": "SendInvite", "actor": sam, "data": invite}).to_string() + "\n";
    let file = directory.path().join("invitations.jsonl");
    fs::write(&file, line.repeat(20_000)).unwrap();
    let binary = procura().get_program().to_owned();
    let script = format!("ulimit -f {FILE_KIBIBYTES_MAX}; trap '' XFSZ; exec \"$@\"");
    let mut limited = Command::new("bash");
    limited.args(["-c", &script, "bash"]).arg(&binary).args(["apply", "--data"]).arg(directory.path()).arg(&file);
    let ran = limited.output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(74), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with("error: the log could not be written") && last.contains("File too large"), "{said}");
    // A line that was cut off in the middle was no answer.
    let answers = String::from_utf8(ran.stdout).unwrap();
    let whole = answers.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let acknowledged: Vec<Value> = whole.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(acknowledged.len() > 10, "{} acknowledged", acknowledged.len());
    let events = export(directory.path());
    for answer in &acknowledged {
        let position = usize::try_from(answer["positions"][0].as_u64().unwrap()).unwrap();
        assert!(position > before, "{answer}");
        let event = events.get(position - 1).unwrap_or_else(|| panic!("{answer} is not in the log"));
        assert_eq!(event["data"]["invitation"], answer["result"]["invitation"], "{answer}");
    }
}

#[test]
fn nothing_is_recorded_where_the_disk_is_nearly_full_and_no_position_is_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let story = fs::read_to_string(story::file()).unwrap();
    let (first, rest) = story.split_once('\n').unwrap();
    apply(directory.path(), first).all_recorded();
    let before = export(directory.path());
    let mut command = procura();
    command.args(["apply", "--free-space-min", "999999999", "--data"]).arg(directory.path());
    let ran = run(&mut command, rest);
    let refused = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let codes: Vec<_> = refused.map(|answer| answer["code"].as_str().unwrap_or("recorded").to_owned()).collect();
    assert!(codes.iter().filter(|code| *code == "lowSpace").count() > 3 && !codes.contains(&"recorded".to_owned()));
    assert_eq!(export(directory.path()), before, "a refused command leaves no byte");
    let told = apply(directory.path(), &story);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let positions: Vec<_> = export(directory.path()).iter().map(|event| event["id"].clone()).collect();
    let contiguous: Vec<_> = (1..=positions.len()).map(|position| json!(format!("{position:020}"))).collect();
    assert_eq!(positions, contiguous);
}

/// Runs `procura export` as somebody who is not this machine's administrator, whom no permission binds.
fn export_as_nobody(data: &Path) -> (Option<i32>, String) {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(procura().get_program());
    let ran = command.args(["export", "--data"]).arg(data).output().unwrap();
    (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
}

#[test]
fn a_directory_that_may_not_be_read_or_written_is_refused_with_a_sentence() {
    if !rustix::process::getuid().is_root() {
        eprintln!("not run: only root can become somebody else");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data = home.path().join("data");
    apply(&data, &fs::read_to_string(story::file()).unwrap());
    let before = export(&data);
    let (code, said) = export_as_nobody(&data);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("Permission denied") && said.contains("check the path, the permissions"), "{said}");
    // Readable, but not to be written.
    let everything = Command::new("chmod").args(["-R", "a+rX"]).arg(&data).status().unwrap();
    assert!(everything.success());
    let (code, said) = export_as_nobody(&data);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("Permission denied") && said.contains(&data.display().to_string()), "{said}");
    fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(export(&data), before);
}
