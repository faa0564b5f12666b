//! Power cuts: the binary's own calls are recorded, the disk is rebuilt as a cut may have left it, and the binary opens it.
//!
//! Whatever it had acknowledged before the cut is there, in whole commits, and nothing but what was submitted. A failing
//! cut leaves everything in a folder and says how to have that one cut again.

use crate::{
    disk_model::{Disk, Kind},
    playing::play,
    recording::{Call, Recording, traced},
    scratch,
};
use procura_tests::{Dice, PATIENCE, Ran, number, procura, run, world};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, guid};

/// How many, unless `PROCURA_POWER_CUTS` says otherwise.
const CUTS: u64 = 50;
const SEED: u64 = 1;
/// One process after the other: each opens what the one before left.
const PROCESSES: usize = 3;
/// What is sent before the answers are awaited.
const BATCHES: usize = 60;
/// How many of them are followed by another, while the directory is opened.
const CUT_AGAIN_PERCENT: usize = 20;
/// After how many of the cuts another command is recorded.
const GOES_ON_PERCENT: usize = 30;

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let (run, folder) = match std::env::var("PROCURA_RECORDING") {
        Ok(folder) => (Run::read(Path::new(&folder)), None),
        Err(_) => {
            let folder = tempfile::Builder::new().prefix("procura-power-").tempdir().unwrap();
            record(folder.path());
            (Run::read(folder.path()), Some(folder))
        }
    };
    run.disk.assert_is();
    let seed = number("PROCURA_SEED", SEED);
    let (first, last) = match number("PROCURA_POWER_CUT", u64::MAX) {
        u64::MAX => (0, number("PROCURA_POWER_CUTS", CUTS)),
        only => (only, only + 1),
    };
    let (next, failures, unsure) = (AtomicU64::new(first), Mutex::new(Vec::new()), AtomicU64::new(0));
    let work = || {
        while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < last) {
            match run.cut(seed, number) {
                Ok(is_unsure) => drop(unsure.fetch_add(is_unsure.into(), Ordering::Relaxed)),
                Err(failure) => failures.lock().unwrap().push(failure),
            }
        }
    };
    thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap();
    if !failures.is_empty() {
        let kept = folder.map_or_else(|| run.folder.clone(), tempfile::TempDir::keep);
        let again = format!("PROCURA_SEED={seed} PROCURA_RECORDING={} PROCURA_POWER_CUT=<number>", kept.display());
        let shown: String = failures.iter().take(5).map(|failure| format!("\n{failure}")).collect();
        panic!("{} of {} power cuts; to have one again: {again}\n{shown}", failures.len(), last - first);
    }
    let unsure = unsure.into_inner();
    println!(
        "{} power cuts in {} calls and {} answers, {unsure} with something unsynced",
        last - first,
        run.calls,
        run.acknowledged.len(),
    );
    assert!(last - first < 10 || unsure > 0, "no cut met anything unsynced");
}

// --- The run that is cut ---

/// Has processes record commands, one at a time, some or many at once, of all sizes, with pauses.
fn record(folder: &Path) {
    let data = folder.join("disk/data");
    fs::create_dir(folder.join("disk")).unwrap();
    let mut dice = Dice::new(7);
    let mut lines = (0..).map(line);
    for process in 0..PROCESSES {
        let mut command = traced(&trace(folder, process));
        command.arg("apply").arg("--data").arg(&data).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("strace, which scripts/test installs");
        let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || BufReader::new(stdout).lines().try_for_each(|line| sender.send(line.unwrap())));
        let mut answered = String::new();
        let mut send = |batch: &[String]| {
            stdin.write_all(batch.concat().as_bytes()).unwrap();
            for _ in batch {
                let answer = answers.recv_timeout(PATIENCE).expect("an answer");
                assert!(answer.contains(r#""ok":true"#), "{answer}");
                answered += &(answer + "\n");
            }
        };
        if process == 0 {
            send(&world::tenants().iter().map(|line| format!("{line}\n")).collect::<Vec<_>>());
        }
        for _ in 0..BATCHES {
            let size = match dice.below(10) {
                0..6 => 1,
                6..9 => 2 + dice.below(5),
                _ => 10 + dice.below(20),
            };
            send(&lines.by_ref().take(size).collect::<Vec<_>>());
            // sled flushes by itself after half a second of quiet.
            thread::sleep(Duration::from_millis(if dice.chance(2) { 700 } else { dice.below(8) as u64 }));
        }
        drop(stdin);
        assert!(child.wait().unwrap().success());
        fs::write(answers_of(folder, process), answered).unwrap();
    }
    let whole = folder.join("whole");
    copy(&data, &whole);
    let Ran { code, stdout, stderr } = export(&whole);
    assert_eq!(code, 0, "{stderr}");
    fs::write(folder.join("export"), stdout).unwrap();
}

fn copy(folder: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-rT").args([folder, to]).status().unwrap().success());
}

fn trace(folder: &Path, process: usize) -> PathBuf {
    folder.join(format!("trace.{process}"))
}

fn answers_of(folder: &Path, process: usize) -> PathBuf {
    folder.join(format!("answers.{process}"))
}

fn export(data: &Path) -> Ran {
    run(procura().arg("export").arg("--data").arg(data), "")
}

/// A command for `apply`, from a hundred bytes to half a dozen parts of a frame.
fn line(number: u64) -> String {
    let (mut dice, id) = (Dice::of(3, number), guid(0x0400_0000, number));
    let line = match dice.below(10) {
        0..4 => world::by(GRETA, "AddGroupMember", json!({"partner": FABRIKAM, "group": "SalesAgents", "user": id})),
        4..6 => {
            let fields = json!({"customer": CONTOSO, "device": id, "serialNumber": id, "manufacturer": "Fabrikam",
                "model": "9", "hardwareHash": "A".repeat(1 + dice.below(8_192)), "source": "intune"});
            world::by(CARLA, "AddDevice", fields)
        }
        6..8 => {
            let letter = *dice.one(&["a", "é", "\u{1f600}"]);
            let message =
                json!({"subject": "Bonjour", "body": format!("{{link}}{}", letter.repeat(dice.below(8_186)))});
            let fields = json!({"invitation": id, "partner": FABRIKAM, "delegatedAdmin": true, "locale": "en",
                "recipient": "carla@contoso.example", "message": message});
            world::by(ALEX, "SendInvite", fields)
        }
        _ => world::by_operator(
            "RegisterCustomer",
            json!({"customer": id, "name": "Tailspin", "domain": "tailspin.example", "globalAdministrator": id}),
        ),
    };
    format!("{line}\n")
}

/// A recorded run.
struct Run {
    folder: PathBuf,
    disk: Disk,
    calls: usize,
    /// What `export` says of all of it.
    export: String,
    /// Where an answer went out, and the last position it names.
    acknowledged: Vec<(usize, usize)>,
    /// Where something begins, and ends: to change, to be synced, to be answered, to have another name.
    changes: Vec<usize>,
    syncs: Vec<usize>,
    answers: Vec<usize>,
    names: Vec<usize>,
}

impl Run {
    fn read(folder: &Path) -> Self {
        let root = folder.join("disk");
        let traces: Vec<_> = (0..PROCESSES).map(|process| trace(folder, process)).collect();
        let recording = Recording::read(&traces, &root);
        let places = |which: &dyn Fn(&Call) -> bool| {
            let chosen = recording.calls.iter().filter(|call| call.is_done() && which(call));
            chosen.flat_map(|call| [call.began, call.began + 1, call.ended, call.ended + 1]).collect::<Vec<_>>()
        };
        let is_one_of =
            |names: &'static [&str]| move |call: &Call| names.iter().any(|name| call.name.starts_with(name));
        let makes = |call: &Call| call.name == "openat" && call.arguments[2].has("O_CREAT");
        let changes = is_one_of(&["write", "pwrite", "copy_file_range", "sendfile", "ftruncate"]);
        let (syncs, names) = (is_one_of(&["fsync", "fdatasync"]), is_one_of(&["rename", "unlink", "mkdir", "rmdir"]));
        Self {
            disk: play(Disk::empty(&root), &recording),
            calls: recording.calls.len(),
            export: fs::read_to_string(folder.join("export")).unwrap(),
            acknowledged: acknowledged(&recording, folder),
            changes: places(&|call| changes(call) && !is_answer(call)),
            syncs: places(&syncs),
            answers: places(&is_answer),
            names: places(&|call| names(call) || makes(call)),
            folder: folder.to_owned(),
        }
    }

    /// Cuts the power and opens what is left. Whether anything was unsynced then, or what is wrong.
    fn cut(&self, seed: u64, number: u64) -> Result<bool, String> {
        let mut dice = Dice::of(seed, number);
        let kind = *dice.one(&[Kind::Nothing, Kind::Some, Kind::Torn]);
        let near = [&self.changes, &self.changes, &self.syncs, &self.answers, &self.answers, &self.names];
        let near = *dice.one(&near);
        let at = *dice.one(near);
        let scratch = scratch();
        let left = scratch.path().join("left");
        let mut kept = self.disk.cut(at, kind, &mut dice, &left);
        let promised = self.promised(at);
        if dice.chance(CUT_AGAIN_PERCENT) && left.join("data").exists() {
            kept += &cut_again(&left, kind, &mut dice);
        }
        let mut judged = self.judge(promised, &left.join("data"));
        if dice.chance(GOES_ON_PERCENT) {
            judged = judged.and_then(|before| goes_on(&left.join("data"), &before));
        }
        judged.map(|_| !kept.is_empty()).map_err(|wrong| {
            let shown = self.folder.join(format!("cut-{number}"));
            copy(&left, &shown);
            format!("cut {number} before call {at}, {kind:?}, now in {}: {wrong}\n{kept}", shown.display())
        })
    }

    /// The last position that was acknowledged before the line `at`.
    fn promised(&self, at: usize) -> usize {
        let before = self.acknowledged.iter().take_while(|(place, _)| *place < at);
        before.map(|(_, position)| *position).max().unwrap_or(0)
    }

    /// What `export` says, if nothing is wrong.
    fn judge(&self, promised: usize, data: &Path) -> Result<String, String> {
        if !data.exists() {
            return if promised == 0 { Ok(String::new()) } else { Err("the directory is gone".to_owned()) };
        }
        let Ran { code, stdout, stderr } = export(data);
        // Before anything had a name for good there is nothing, and it is said so.
        let nothing = promised == 0 && fs::read_dir(data).unwrap().next().is_none() && stderr.contains("holds no log");
        if code == 2 && nothing {
            return Ok(String::new());
        }
        if code != 0 {
            return Err(format!("exit code {code}: {}", beginning(&stderr)));
        }
        let found = stdout.lines().count();
        if found < promised {
            return Err(format!("{promised} events were acknowledged, {found} are there"));
        }
        let Some(lost) = self.export.strip_prefix(&stdout) else {
            return Err(format!("{found} events that were not submitted so"));
        };
        let commit = |line: &str| serde_json::from_str::<Value>(line).unwrap()["correlationid"].clone();
        let (last, next) = (stdout.lines().last().map(commit), lost.lines().next().map(commit));
        if last.is_some() && last == next {
            return Err(format!("half of a commit after {found} events"));
        }
        for (level, leaves) in [("tiles/0", 1), ("tiles/1", 256)] {
            let read = |data: &Path| fs::read(data.join(level)).unwrap_or_default();
            // Whatever the cut left of them, the start made them whole: those of the run, as far as the log goes.
            if read(data) != read(&self.folder.join("disk/data"))[..found / leaves * 32] {
                return Err(format!("{level} is not that of the log of {found} events"));
            }
        }
        Ok(stdout)
    }
}

/// Opens what is left, and cuts the power in the middle of it.
fn cut_again(left: &Path, kind: Kind, dice: &mut Dice) -> String {
    let [trace, again] = ["trace", "again"].map(|extension| left.with_extension(extension));
    let disk = Disk::found(left);
    run(traced(&trace).arg("export").arg("--data").arg(left.join("data")), "");
    let recording = Recording::read(std::slice::from_ref(&trace), left);
    let disk = play(disk, &recording);
    disk.assert_is();
    let at = recording.calls[dice.below(recording.calls.len())].ended.saturating_add(1);
    let kept = disk.cut(at, kind, dice, &again);
    fs::remove_dir_all(left).unwrap();
    fs::rename(again, left).unwrap();
    fs::remove_file(trace).unwrap();
    format!("then opened, and cut again before call {at} of that\n{kept}")
}

/// The directory takes another command and keeps the others.
fn goes_on(data: &Path, before: &str) -> Result<String, String> {
    let id = guid(0x0500_0000, 1);
    let fields = json!({"partner": id, "name": "Wingtip", "domain": "wingtip.example", "globalAdministrator": id});
    let command = world::by_operator("RegisterPartner", fields);
    let Ran { code, stderr, .. } = run(procura().arg("apply").arg("--data").arg(data), world::text(&[command]));
    let after = export(data);
    let added = after.stdout.strip_prefix(before).map(|added| added.lines().count());
    if (code, after.code, added) == (0, 0, Some(2)) {
        return Ok(after.stdout);
    }
    Err(format!("the next command: exit code {code}, {}, then {added:?} events", beginning(&stderr)))
}

/// Without the calls that led to a panic.
fn beginning(stderr: &str) -> String {
    stderr.lines().take(3).collect::<Vec<_>>().join(" / ")
}

fn is_answer(call: &Call) -> bool {
    call.name.starts_with("write") && call.arguments[0].descriptor().is_some_and(|(number, _)| number == 1)
}

/// Where the end of each answer was written, and the last position in it.
fn acknowledged(recording: &Recording, folder: &Path) -> Vec<(usize, usize)> {
    let mut acknowledged = Vec::new();
    let mut said = vec![Vec::new(); PROCESSES];
    for call in recording.calls.iter().filter(|call| is_answer(call)) {
        let (said, bytes) = (&mut said[call.thread.0], call.arguments[1].bytes());
        assert_eq!(call.result, i64::try_from(bytes.len()).ok(), "a pipe takes all");
        let from = said.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        said.extend(bytes);
        let whole = said[from..].split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        acknowledged.extend(whole.map(|line| {
            let answer: Value = serde_json::from_slice(line).unwrap();
            let last = answer["positions"].as_array().unwrap().last().unwrap().as_u64().unwrap();
            (call.began, usize::try_from(last).unwrap())
        }));
    }
    for (process, said) in said.into_iter().enumerate() {
        assert_eq!(said, fs::read(answers_of(folder, process)).unwrap(), "what was recorded is what was read");
    }
    acknowledged
}
