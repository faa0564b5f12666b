//! A terminal of a given width, to run the binary on.

use crate::PATIENCE;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    fs::{File, OpenOptions},
    io::Read,
    os::unix::{ffi::OsStrExt, fs::OpenOptionsExt},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

/// Runs a command to its end with standard output and standard error on a terminal; its exit code, and what is shown.
/// What the environment says of terminals counts only where the command sets it.
pub fn run_on_terminal(command: &mut Command, columns: u16) -> (i32, String) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("its other end is usable");
    let name = ptsname(&ours, Vec::new()).expect("its other end has a name");
    let name = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    // Nobody's controlling terminal: what is run there must not become the owner of ours.
    let no_owner = i32::try_from(OpenptFlags::NOCTTY.bits()).expect("a flag");
    let theirs = OpenOptions::new().read(true).write(true).custom_flags(no_owner).open(name).expect("its other end");
    tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).expect("a width");
    let end = || Stdio::from(theirs.try_clone().expect("an end for each stream"));
    let is_set = |command: &Command, name: &str| command.get_envs().any(|(set, _)| set == name);
    for (name, value) in [
        ("TERM", Some("xterm-256color")),
        ("NO_COLOR", None),
        ("CLICOLOR", None),
        ("CLICOLOR_FORCE", None),
        ("COLUMNS", None),
    ] {
        match value {
            _ if is_set(command, name) => command,
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(Stdio::null()).stdout(end()).stderr(end());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    // Reading ends once nobody has the other end open, which the command would go on to.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    drop(theirs);
    let (sender, shown) = mpsc::channel();
    thread::spawn(move || {
        let (mut ours, mut bytes) = (File::from(ours), Vec::new());
        // On Linux the end is an error: EIO.
        let _ = ours.read_to_end(&mut bytes);
        sender.send(String::from_utf8(bytes).expect("UTF-8"))
    });
    let Ok(shown) = shown.recv_timeout(PATIENCE) else {
        child.kill().expect("killed");
        panic!("{command:?} did not end within {PATIENCE:?}");
    };
    (child.wait().expect("an exit status").code().unwrap_or(-1), shown.replace("\r\n", "\n"))
}
