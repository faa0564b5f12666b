//! Scripts of `tests/browser`, and the servers that they visit.

use procura_tests::{Server, run, story, tools};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a script may take: far longer than it does.
const SCRIPT_PATIENCE: Duration = Duration::from_secs(900);

/// A server that has been told the story, for trying: anybody may be anybody.
pub(crate) struct Told {
    pub(crate) server: Server,
    data: TempDir,
}

impl Told {
    /// The whole story.
    pub(crate) fn all() -> Self {
        let data = told();
        Self { server: Server::start_on(&data.path().join("data")), data }
    }

    /// Starts it again, on what it has: all sessions are over.
    pub(crate) fn restarted(mut self) -> Self {
        self.server.stop();
        Self { server: Server::start_on(&self.data.path().join("data")), data: self.data }
    }
}

/// A data directory with the story, below the one that is given.
pub(crate) fn told() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut apply = procura_tests::procura();
    let ran = run(apply.arg("apply").arg("--data").arg(home.path().join("data")).arg(story::file()), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    home
}

/// A folder of what the tests make, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/console")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::canonicalize(folder).unwrap()
}

/// A script of `tests/browser`, to be given what it needs.
pub(crate) fn script(name: &str) -> Command {
    tools::node("browser", name)
}

/// Runs it to its end; what it says of problems is the failure.
#[track_caller]
pub(crate) fn runs(command: &mut Command) {
    let said = tempfile::NamedTempFile::new().unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(said.reopen().unwrap()).spawn().unwrap();
    let patience = Instant::now() + SCRIPT_PATIENCE;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break Some(ended);
        }
        if Instant::now() > patience {
            child.kill().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let said = fs::read_to_string(said.path()).unwrap();
    assert!(ended.is_some_and(|ended| ended.success()), "{command:?}\n{said}");
    // For whoever looks how long it took, and at how much.
    println!("{said}");
}
