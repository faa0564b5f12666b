//! A log that cannot be written: the process ends, and everything it acknowledged is there.

use procura_tests::{apply, export, procura, story};
use serde_json::{Value, json};
use std::{fs, process::Command};

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
