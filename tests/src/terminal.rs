//! Terminals of a given width, to run the binary on.

use crate::{PATIENCE, Ran};
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

/// Runs a command to its end with standard output and standard error on a terminal each, so that what is shown on one does
/// not depend on the other. What the environment says of terminals counts only where the command sets it.
pub fn run_on_terminal(command: &mut Command, columns: u16) -> Ran {
    on_a_terminal(command);
    let ((stdout, their_stdout), (stderr, their_stderr)) = (terminal(columns), terminal(columns));
    command.stdin(Stdio::null()).stdout(their_stdout).stderr(their_stderr);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    // Reading ends once nobody has the other ends open, and the command would keep them.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let [Ok(stdout), Ok(stderr)] = [stdout, stderr].map(shown).map(|shown| shown.recv_timeout(PATIENCE)) else {
        child.kill().expect("killed");
        panic!("{command:?} did not end within {PATIENCE:?}");
    };
    Ran { code: child.wait().expect("an exit status").code().unwrap_or(-1), stdout, stderr }
}

/// Runs a command to its end with standard input and standard output on one terminal; once that shows what ends with the
/// question, `answer` gives what is typed.
pub fn run_and_answer(command: &mut Command, columns: u16, question: &str, answer: impl FnOnce() -> String) -> Ran {
    on_a_terminal(command);
    let (ours, theirs) = terminal(columns);
    let mut typed = ours.try_clone().expect("our end");
    let (stderr, their_stderr) = terminal(columns);
    command.stdin(theirs.try_clone().expect("its other end")).stdout(theirs).stderr(their_stderr);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (stdout, stderr) = (shown_until(ours, question), shown(stderr));
    let asked = stdout.recv_timeout(PATIENCE).expect("a question, or the end");
    if asked.ends_with(question) {
        typed.write_all(answer().as_bytes()).expect("typed");
    }
    let [Ok(stdout), Ok(stderr)] = [stdout, stderr].map(|shown| shown.recv_timeout(PATIENCE)) else {
        child.kill().expect("killed");
        panic!("{command:?} did not end within {PATIENCE:?}");
    };
    Ran { code: child.wait().expect("an exit status").code().unwrap_or(-1), stdout, stderr }
}

/// What the environment says of terminals.
fn on_a_terminal(command: &mut Command) {
    for (name, value) in [
        ("TERM", Some("xterm-256color")),
        ("CI", None), // anstream takes what runs in one for a terminal in colours, whatever TERM says
        ("NO_COLOR", None),
        ("CLICOLOR", None),
        ("CLICOLOR_FORCE", None),
        ("COLUMNS", None),
    ] {
        match value {
            _ if command.get_envs().any(|(set, _)| set == name) => {}
            Some(value) => drop(command.env(name, value)),
            None => drop(command.env_remove(name)),
        }
    }
}

/// Our end of a terminal, and the one for a command.
fn terminal(columns: u16) -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("its other end is usable");
    let name = ptsname(&ours, Vec::new()).expect("its other end has a name");
    // It is not to become the terminal that this process is stopped from.
    let not_ours = i32::try_from(OpenptFlags::NOCTTY.bits()).expect("a flag");
    let theirs =
        OpenOptions::new().read(true).write(true).custom_flags(not_ours).open(OsStr::from_bytes(name.as_bytes()));
    let theirs = theirs.expect("its other end");
    tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).expect("a width");
    (ours.into(), theirs)
}

/// Gives what is shown up to the question, if it is asked; then all that is shown.
fn shown_until(mut terminal: File, question: &str) -> mpsc::Receiver<String> {
    let (sender, shown) = mpsc::channel();
    let question = question.to_owned();
    thread::spawn(move || {
        let (mut bytes, mut more, mut was_asked) = (Vec::new(), [0; 4096], false);
        loop {
            let read = terminal.read(&mut more).unwrap_or_default();
            bytes.extend_from_slice(more.get(..read).unwrap_or_default());
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            if !was_asked && (read == 0 || text.ends_with(&question)) {
                was_asked = true;
                let _ = sender.send(text.clone());
            }
            if read == 0 {
                return sender.send(text);
            }
        }
    });
    shown
}

fn shown(mut terminal: File) -> mpsc::Receiver<String> {
    let (sender, shown) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // On Linux a terminal ends with an error: EIO.
        let _ = terminal.read_to_end(&mut bytes);
        sender.send(String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n"))
    });
    shown
}
