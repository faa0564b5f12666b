//! The binary `procura`, built once, and run to its end.

use crate::PATIENCE;
use serde_json::Value;
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{OnceLock, mpsc},
    thread,
    time::Instant,
};

/// A command that runs the binary, of the same build as the running test; nothing that a person has saved counts.
pub fn procura() -> Command {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(BINARY.get_or_init(build));
    command.env("PROCURA_CONFIG_DIR", concat!(env!("CARGO_MANIFEST_DIR"), "/no-contexts"));
    for name in ["PROCURA_SERVER", "PROCURA_DATA", "PROCURA_TOKEN", "PROCURA_CONTEXT"] {
        command.env_remove(name);
    }
    command
}

/// Builds the binary where the running program was built: tests are `<target>/<profile>/deps/<name>`, other programs
/// stand beside `<target>/<profile>/procura`.
fn build() -> PathBuf {
    let program = std::env::current_exe().expect("the program's own path");
    let profile = program.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).expect("a profile's folder");
    let name = profile.file_name().and_then(|name| name.to_str()).expect("a profile");
    let name = if name == "debug" { "dev" } else { name };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "-q", "-p", "procura-cli", "--bin", "procura"]);
    cargo.args(["--profile", name, "--target-dir"]).arg(profile.parent().expect("a target folder"));
    // What cargo told this program about itself would have dependencies built anew, here and by the next cargo outside.
    let ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)).for_each(|(name, _)| {
        cargo.env_remove(name);
    });
    let built = cargo.status().expect("cargo runs");
    assert!(built.success(), "cargo build of procura failed: {built}");
    profile.join("procura")
}

/// A process that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it wrote on standard output.
    pub stdout: String,
    /// What it wrote on standard error.
    pub stderr: String,
}

/// Runs a command to its end, with that on standard input.
pub fn run(command: &mut Command, input: impl AsRef<[u8]>) -> Ran {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let (mut stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ended = Instant::now() + PATIENCE;
    let (stdout, stderr) = (read_to_end(stdout), read_to_end(stderr));
    let input = input.as_ref();
    let (stdout, stderr) = thread::scope(|scope| {
        // A process that refuses does not read all of its input: a closed pipe is no failure.
        scope.spawn(move || stdin.take().map(|mut stdin| stdin.write_all(input)));
        let texts = [stdout, stderr].map(|text| text.recv_timeout(ended.saturating_duration_since(Instant::now())));
        let [Ok(stdout), Ok(stderr)] = texts else {
            child.kill().expect("killed");
            panic!("{command:?} did not end within {PATIENCE:?}");
        };
        (stdout, stderr)
    });
    Ran { code: child.wait().expect("an exit status").code().unwrap_or(-1), stdout, stderr }
}

fn read_to_end(from: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, text) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.expect("a pipe").read_to_end(&mut bytes).expect("readable");
        sender.send(String::from_utf8_lossy(&bytes).into_owned())
    });
    text
}

/// What `procura apply` did.
#[derive(Debug)]
pub struct Applied {
    /// Its result lines.
    pub results: Vec<Value>,
    /// What it wrote on standard error.
    pub stderr: String,
    /// Its exit code.
    pub code: i32,
}

impl Applied {
    /// The same, where every line was recorded.
    #[track_caller]
    pub fn all_recorded(self) -> Self {
        let refused: Vec<_> = self.results.iter().filter(|result| result.get("ok") != Some(&true.into())).collect();
        assert!(self.code == 0 && refused.is_empty(), "{refused:#?}\n{}", self.stderr);
        self
    }
}

/// Applies the lines to the data directory.
pub fn apply(data: &Path, lines: &str) -> Applied {
    let Ran { code, stdout, stderr } = run(procura().arg("apply").arg("--data").arg(data), lines);
    Applied { results: json_lines(&stdout), stderr, code }
}

/// The events of the data directory, as CloudEvents.
pub fn export(data: &Path) -> Vec<Value> {
    let ran = run(procura().arg("export").arg("--data").arg(data), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    json_lines(&ran.stdout)
}

/// JSON lines, read.
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}
