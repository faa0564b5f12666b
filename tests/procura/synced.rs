//! On the disk before the answer: what a process did to the files of its log, in order, as `strace` saw it.

use procura_tests::{PATIENCE, Server, apply, procura, world};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use world::{FABRIKAM, GRETA, guid};

/// The answers of a process and what it did to the log's file, in order, as `strace` saw them.
struct Trace(Vec<Seen>);

struct Seen {
    call: Call,
    /// The line where the call began; it ended at its own place in the order.
    began: usize,
    ended: usize,
    text: String,
}

#[derive(PartialEq)]
enum Call {
    Write,
    Sync,
    Answer,
}

/// Whole texts, because sled may write a page of up to 17 frames to store one.
const TRACED: &str =
    "-f -y -s 1000000 -e trace=fdatasync,fsync,sync_file_range,pwrite64,write,sendto,writev,openat,unlink,rename -o";

/// How a frame begins.
const FRAME_MAGIC: &str = "PRCF";

/// The binary under the tracer. With -D the tracer is the grandchild, and the child is the binary.
fn strace(trace: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace.arg("-D").args(TRACED.split(' ')).arg(trace).arg(procura().get_program());
    strace
}

impl Trace {
    /// Waits until the tracer has written the process's end.
    fn text(path: &Path, process: u32) -> String {
        let patience = Instant::now() + PATIENCE;
        loop {
            let text = fs::read_to_string(path).unwrap_or_default();
            let ended = |line: &str| {
                line.split_once(' ')
                    .is_some_and(|(id, rest)| id == process.to_string() && rest.trim_start().starts_with("+++"))
            };
            if text.lines().next_back().is_some_and(ended) {
                break text;
            }
            assert!(Instant::now() < patience, "strace has not finished {}", path.display());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn read(path: &Path, process: u32) -> Self {
        let text = Self::text(path, process);
        let seen = calls(&text).into_iter();
        Self(seen.filter_map(|(begun, ended, began, end)| Seen::of(begun, ended, began, end)).collect())
    }

    /// Behind each answer but the first, and before the next, a frame is written to the log's file, and that is synced.
    /// The commands of these ids were sent one after the other.
    #[track_caller]
    fn assert_synced_before_answers<'a>(&self, ids: impl Iterator<Item = &'a str>) {
        let of = |call: Call| self.0.iter().filter(move |seen| seen.call == call);
        let mut behind = 0;
        for id in ids {
            let answer = of(Call::Answer).find(|seen| seen.text.contains(id)).expect("an answer");
            // What is in a frame is packed; how it begins is not.
            let is_frame = |seen: &&Seen| seen.text.contains(FRAME_MAGIC);
            let write = of(Call::Write).filter(is_frame).find(|seen| seen.began > behind && seen.ended < answer.began);
            let write =
                write.unwrap_or_else(|| panic!("{id}: no frame is written to log/db before line {}", answer.began));
            let synced = of(Call::Sync).find(|seen| seen.began > write.ended && seen.ended < answer.began);
            assert!(synced.is_some(), "{id}: written at line {}, answered at line {}", write.ended, answer.began);
            behind = answer.ended;
        }
    }
}

/// Every call, in the order of their ends: the text that it began with and the one that it ended with, and their lines.
fn calls(text: &str) -> Vec<(&str, &str, usize, usize)> {
    let mut calls = Vec::new();
    let mut under_way: HashMap<&str, (usize, &str)> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let (thread, line) = line.split_once(' ').unwrap();
        let line = line.trim_start();
        if let Some(begun) = line.strip_suffix("<unfinished ...>") {
            under_way.insert(thread, (number, begun));
        } else if line.starts_with("<...") {
            let (began, begun) = under_way.remove(thread).unwrap();
            calls.push((begun, line, began, number));
        } else {
            calls.push((line, line, number, number));
        }
    }
    calls
}

impl Seen {
    /// A call of the trace, from the line where it began and the one where it ended.
    fn of(begun: &str, ended: &str, began: usize, end: usize) -> Option<Self> {
        let (name, arguments) = begun.split_once('(')?;
        let result = ended.rsplit_once(" = ").map_or("", |(_, result)| result);
        let on_log = arguments.split_once('>').is_some_and(|(file, _)| file.ends_with("/log/db"));
        let out =
            arguments.starts_with("1<") || arguments.split_once('<').is_some_and(|(_, to)| to.starts_with("socket"));
        let call = match name {
            "pwrite64" | "write" if on_log => Call::Write,
            // What only starts the writing, or reports a failure, is no sync.
            "fdatasync" | "fsync" if on_log && result == "0" => Call::Sync,
            "write" | "writev" | "sendto" if out => Call::Answer,
            _ => return None,
        };
        Some(Self { call, began, ended: end, text: begun.to_owned() })
    }
}

fn member(number: u64) -> (String, Value) {
    let user = guid(0x0200_0000, number);
    (user.clone(), json!({"partner": FABRIKAM, "group": "HelpdeskAgents", "user": user}))
}

#[test]
fn the_server_syncs_the_log_before_each_acknowledgement() {
    let folder = tempfile::tempdir().unwrap();
    let (data, trace) = (folder.path().join("data"), folder.path().join("trace"));
    apply(&data, &world::text(&world::tenants())).all_recorded();
    let mut server = Server::start_by(strace(&trace), &data);
    let greta = server.user(GRETA);
    let members: Vec<_> = (0..20).map(member).collect();
    members.iter().for_each(|(_, fields)| drop(greta.command("AddGroupMember", fields)));
    server.kill();
    let trace = Trace::read(&trace, server.process());
    trace.assert_synced_before_answers(members.iter().map(|(user, _)| user.as_str()));
}

/// What an orderly stop said of the log is gone from the disk before the log is written to, and is there again, whole, when
/// the log is closed.
#[test]
fn what_is_told_of_a_clean_log_is_told_of_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (data, trace) = (folder.path().join("data"), folder.path().join("trace"));
    apply(&data, &world::text(&world::tenants())).all_recorded();
    let line = json!({"command": "AddGroupMember", "actor": world::Actor::User(GRETA).json(), "data": member(1).1});
    let commands = folder.path().join("commands");
    fs::write(&commands, format!("{line}\n")).unwrap();
    let mut command = strace(&trace);
    command.arg("apply").arg("--data").arg(&data).stdin(fs::File::open(&commands).unwrap()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::null()).spawn().expect("strace, which scripts/test installs");
    let process = child.id();
    assert!(child.wait().unwrap().success());
    let text = Trace::text(&trace, process);
    let calls = calls(&text);
    // Where the next call ended that began behind there, has all of that, and went well.
    let next = |behind: usize, texts: &[&str]| {
        let is_it = |(begun, ended, began, _): &&(&str, &str, usize, usize)| {
            *began > behind && ended.ends_with(" = 0") && texts.iter().all(|text| begun.contains(text))
        };
        let found = calls.iter().find(is_it);
        found.unwrap_or_else(|| panic!("no {texts:?} behind line {behind}")).3
    };
    let in_data = format!("<{}>", data.display());
    let gone = next(0, &["unlink(", "/log.clean\""]);
    let synced = next(gone, &["fsync(", &in_data]);
    let writes = || calls.iter().filter(|(begun, ..)| begun.starts_with("pwrite64(") && begun.contains("/log/db>"));
    let first = writes().map(|(_, _, began, _)| *began).min().expect("a frame");
    assert!(first > synced, "the log is written at line {first}, and it is sure that the file is gone at {synced}");
    let ended = writes().map(|(_, _, _, end)| *end).max().expect("a frame");
    let on_disk = next(ended, &["sync(", "/log/db>"]);
    let whole = next(on_disk, &["fsync(", "/log.clean.new>"]);
    let named = next(whole, &["rename(", "/log.clean.new\"", "/log.clean\""]);
    next(named, &["fsync(", &in_data]);
}

#[test]
fn apply_syncs_the_log_before_each_result_line() {
    let folder = tempfile::tempdir().unwrap();
    let (data, trace) = (folder.path().join("data"), folder.path().join("trace"));
    apply(&data, &world::text(&world::tenants())).all_recorded();
    let mut command = strace(&trace);
    command.arg("apply").arg("--data").arg(&data).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("strace, which scripts/test installs");
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, results) = mpsc::channel();
    thread::spawn(move || BufReader::new(stdout).lines().try_for_each(|line| sender.send(line.unwrap())));
    let members: Vec<_> = (0..10).map(member).collect();
    for (user, fields) in &members {
        let mut line = json!({"command": "AddGroupMember", "actor": world::Actor::User(GRETA).json(), "data": fields});
        line["id"] = user.as_str().into();
        writeln!(stdin, "{line}").unwrap();
        // The next line comes when this one is answered, so that each has a frame of its own.
        let result = results.recv_timeout(PATIENCE).expect("a result line");
        assert!(result.contains(user) && result.contains(r#""ok":true"#), "{result}");
    }
    drop(stdin);
    let trace = Trace::read(&trace, child.id());
    assert!(child.wait().unwrap().success());
    trace.assert_synced_before_answers(members.iter().map(|(user, _)| user.as_str()));
}
