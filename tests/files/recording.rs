//! What a process asked the system for, as `strace` saw it: one list in one order.
//!
//! `strace` watches all threads from one thread of its own, so the lines of its one file are a total order. A call has two
//! places in it: where it began and where it ended. What it did happened somewhere in between.
//!
//! Kept are the calls that name a file in the watched folder, by name or by descriptor, and those that could reach one
//! without naming it.

use procura_tests::procura;
use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::OsString,
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process::Command,
};

/// The calls of a few processes that ran one after the other.
pub(crate) struct Recording {
    /// In the order in which they took effect.
    pub(crate) calls: Vec<Call>,
    /// The watched folder, as `strace` spells it.
    folder: String,
    lines: usize,
}

/// One call.
pub(crate) struct Call {
    /// The process, counted from 0, and the thread.
    pub(crate) thread: (usize, u32),
    pub(crate) began: usize,
    /// [`NEVER`] where the process ended first.
    pub(crate) ended: usize,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Argument>,
    /// None if it never returned. A failure is negative.
    pub(crate) result: Option<i64>,
}

/// The end of a call that did not return.
pub(crate) const NEVER: usize = usize::MAX;

/// An argument as `strace` writes it.
pub(crate) struct Argument(String);

/// Every call that takes a file, by name or by descriptor, and the few that reach files in another way.
const TRACED: &str = "trace=%file,%desc,clone,clone3,fork,vfork,io_setup,io_submit,io_uring_setup,process_vm_writev";
/// Longer than anything that is written at once.
const TEXT_BYTES_MAX: &str = "100000000";

/// The binary under `strace`, which leaves its lines in the file `trace` and ends when the binary has ended.
pub(crate) fn traced(trace: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-xx", "-s", TEXT_BYTES_MAX, "-e", TRACED, "-e", "signal=none", "-o"]);
    strace.arg(trace).arg(procura().get_program());
    strace
}

impl Recording {
    /// Reads the traces of processes that ran one after the other.
    pub(crate) fn read(traces: &[PathBuf], folder: &Path) -> Self {
        let traces = traces.iter().map(|trace| fs::read_to_string(trace).expect("strace, which scripts/test installs"));
        Self::of(traces, folder)
    }

    /// The same of their texts.
    pub(crate) fn of(traces: impl IntoIterator<Item = String>, folder: &Path) -> Self {
        let mut recording = Self { calls: Vec::new(), folder: spelled(folder), lines: 0 };
        traces.into_iter().enumerate().for_each(|(process, trace)| recording.add(process, &trace));
        // A descriptor is free for others as soon as its closing begins.
        recording.calls.sort_by_key(|call| if call.name.starts_with("close") { call.began } else { call.ended });
        recording
    }

    fn add(&mut self, process: usize, trace: &str) {
        let mut under_way: HashMap<u32, (usize, &str)> = HashMap::new();
        for line in trace.lines() {
            let place = self.lines;
            self.lines += 1;
            let (thread, text) = line.split_once(' ').expect("a thread and a call");
            let thread = thread.parse().expect("a thread");
            let text = text.trim_start();
            let (began, text) = if text.starts_with("+++") {
                let Some((began, begun)) = under_way.remove(&thread) else { continue };
                (began, Cow::from(format!("{begun}) = ?")))
            } else if let Some(begun) = text.strip_suffix("<unfinished ...>") {
                assert!(under_way.insert(thread, (place, begun)).is_none(), "two calls at once: {text}");
                continue;
            } else if text.starts_with("<...") {
                let (began, begun) = under_way.remove(&thread).expect("a call that began");
                let (_, rest) = text.split_once(" resumed>").expect("a call that goes on");
                (began, Cow::from(format!("{begun}{rest}")))
            } else {
                (place, Cow::from(text))
            };
            if self.is_kept(&text) {
                self.calls.push(Call::of((process, thread), began, place, &text));
            }
        }
        assert!(under_way.is_empty(), "calls without an end: {under_way:?}");
    }

    fn is_kept(&self, call: &str) -> bool {
        let unnamed =
            ["clone", "fork(", "vfork(", "io_", "process_vm_writev(", "close_range(", "write(1<", "writev(1<"];
        unnamed.iter().any(|start| call.starts_with(start)) || call.contains(&self.folder)
    }
}

impl Call {
    fn of(thread: (usize, u32), began: usize, ended: usize, line: &str) -> Self {
        let (name, rest) = line.split_once('(').unwrap_or_else(|| panic!("no call: {line}"));
        // `strace` writes texts in hexadecimal, so that the last of these stands before the result.
        let (arguments, result) = rest.rsplit_once(" = ").unwrap_or_else(|| panic!("no result: {line}"));
        let arguments = arguments.trim_end().strip_suffix(')').unwrap_or_else(|| panic!("no arguments: {line}"));
        let result = result.split([' ', '<']).next().and_then(number);
        let ended = if result.is_none() { NEVER } else { ended };
        Self { thread, began, ended, name: name.to_owned(), arguments: split(arguments), result }
    }

    /// Whether it succeeded.
    pub(crate) fn is_done(&self) -> bool {
        self.result.is_some_and(|result| result >= 0)
    }

    /// For a message: with no long texts.
    pub(crate) fn told(&self) -> String {
        let short = |argument: &Argument| match argument.0.len() {
            0..=400 => readable(&argument.0),
            length => format!("… {length} characters"),
        };
        let arguments: Vec<_> = self.arguments.iter().map(short).collect();
        format!("{}: {}({}) = {:?}", self.began, self.name, arguments.join(", "), self.result)
    }
}

impl Argument {
    /// Of a descriptor: its number and the path that the system knows for it.
    pub(crate) fn descriptor(&self) -> Option<(i64, PathBuf)> {
        let (number, path) = self.0.split_once('<')?;
        let number = if number == "AT_FDCWD" { -100 } else { number.parse().ok()? };
        Some((
            number,
            PathBuf::from(OsString::from_vec(decoded(path.trim_end_matches("(deleted)").strip_suffix('>')?))),
        ))
    }

    /// The bytes of a text, or of all texts of a vector.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        assert!(!self.0.contains("\"..."), "strace cut a text off");
        self.0.split('"').skip(1).step_by(2).flat_map(decoded).collect()
    }

    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.bytes()))
    }

    pub(crate) fn number(&self) -> Option<i64> {
        number(&self.0)
    }

    /// What a pointer to a number points at; none if there is no pointer.
    pub(crate) fn pointed(&self) -> Option<usize> {
        let digits = self.0.strip_prefix('[')?.split(']').next()?;
        Some(digits.parse().expect("a number"))
    }

    /// Whether it is that flag, or has it.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.0.split(['|', '{', ',', '=']).any(|one| one.trim() == flag)
    }
}

/// A path as `strace` writes it.
pub(crate) fn spelled(path: &Path) -> String {
    path.as_os_str().as_bytes().iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

fn number(text: &str) -> Option<i64> {
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| i64::from_str_radix(digits, 16).ok())
}

/// Splits at the commas that stand in no bracket. There is none in a text, which is hexadecimal.
fn split(arguments: &str) -> Vec<Argument> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, byte) in arguments.bytes().enumerate() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth -= 1,
            b',' if depth == 0 => {
                found.push(Argument(arguments[from..at].trim().to_owned()));
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(Argument(arguments[from..].trim().to_owned()));
    found
}

/// The bytes that `\x00\x7f` stands for.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("not hexadecimal: {text}"),
    };
    let bytes = text.as_bytes().chunks(4).map(|byte| match byte {
        [b'\\', b'x', high, low] => digit(*high) * 16 + digit(*low),
        _ => panic!("not hexadecimal: {text}"),
    });
    bytes.collect()
}

fn readable(argument: &str) -> String {
    let mut text = String::new();
    for (number, part) in argument.split("\\x").enumerate() {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|_| number > 0) {
            Some(byte) => text.extend(byte.escape_ascii().map(char::from).chain(part[2..].chars())),
            None => text.push_str(part),
        }
    }
    text
}

#[test]
fn calls_are_read_as_strace_writes_them() {
    let trace = [
        r#"7 openat(AT_FDCWD<\x2f>, "\x2f\x61", O_WRONLY|O_CREAT, 0666) = 9<\x2f\x61>"#,
        r#"7 pwrite64(9<\x2f\x61>, "\x00\xff", 2, 512 <unfinished ...>"#,
        r"8 fsync(9<\x2f\x61>)              = -1 EIO (Input/output error)",
        r"7 <... pwrite64 resumed>)           = 2",
        r"8 epoll_wait(3<\x61>,  <unfinished ...>",
        r"8 <... epoll_wait resumed> <unfinished ...>) = ?",
        r"7 +++ exited with 0 +++",
    ];
    let recording = Recording::of([trace.join("\n")], Path::new(""));
    let [open, sync, write, wait] = &recording.calls[..] else { panic!("four calls") };
    assert!(open.arguments[2].has("O_CREAT") && !open.arguments[2].has("O_TRUNC"));
    assert_eq!((open.arguments[1].path(), open.result), (PathBuf::from("/a"), Some(9)));
    assert_eq!(sync.arguments[0].descriptor(), Some((9, PathBuf::from("/a"))));
    assert!(!sync.is_done());
    assert_eq!((write.began, write.ended, write.result), (1, 3, Some(2)));
    assert_eq!((write.arguments[1].bytes(), write.arguments[3].number()), (vec![0, 255], Some(512)));
    assert_eq!((wait.result, wait.ended), (None, NEVER));
}
