//! What the tests run beside cargo's own programs: Python's tools and a node, where `scripts/tools` put them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A command that runs a tool from PyPI, or `python` itself with them at hand.
#[track_caller]
pub fn python_tool(name: &str) -> Command {
    Command::new(made_from("python", "tests/tools/requirements.txt").join("bin").join(name))
}

/// A command that runs a script of that folder of `tests` in a node that finds the folder's packages.
#[track_caller]
pub fn node(folder: &str, script: &str) -> Command {
    let installed = made_from(folder, &format!("tests/{folder}/package-lock.json"));
    let mut command = Command::new(installed.join("node"));
    command.arg(format!("{}/{folder}/{script}", env!("CARGO_MANIFEST_DIR"))).current_dir(installed);
    command
}

/// The folder of tools, made from that lock file as it is now: a test never passes for want of its tools.
#[track_caller]
fn made_from(folder: &str, lock: &str) -> PathBuf {
    let workspace = fs::canonicalize(WORKSPACE).expect("the workspace");
    let folder = workspace.join("target/tools").join(folder);
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    let up_to_date = read(&folder.join("made-from")) == read(&workspace.join(lock));
    assert!(up_to_date, "{} is not there or out of date: run scripts/tools (scripts/test does)", folder.display());
    folder
}
