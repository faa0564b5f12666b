//! The README of an example, run as it is written.

use procura_tests::procura;
use std::{fs, net::TcpListener, path::Path, process::Command};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a README has people type, and what it says is printed then.
pub(crate) struct Readme {
    script: String,
    printed: String,
}

impl Readme {
    /// That of an example.
    pub(crate) fn of(example: &str) -> Self {
        let text = fs::read_to_string(format!("{ROOT}/examples/{example}/README.md")).unwrap();
        let blocks = |kind: &str| -> String {
            let rest = text.split(kind).skip(1);
            rest.map(|rest| rest.trim_start_matches('\n').split("```").next().unwrap()).collect()
        };
        Self { script: blocks("```sh"), printed: blocks("```text") }
    }

    /// With something in it typed otherwise.
    pub(crate) fn with(self, from: &str, to: &str) -> Self {
        assert!(self.script.contains(from), "{from}");
        Self { script: self.script.replace(from, to), ..self }
    }

    /// A person reads on while a server starts; a script must wait until it listens on that port.
    pub(crate) fn waits_for(self, start: &str, port: u16) -> Self {
        let ready = format!(
            "{start} 2>/dev/null >/dev/null &\nuntil (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done\n"
        );
        self.with(&format!("{start} &\n"), &ready)
    }

    /// Runs it with the binary that is tested, on free ports, and with its files below a folder.
    #[track_caller]
    pub(crate) fn prints_what_it_says(self, files: &str, ports: &[u16]) {
        let home = tempfile::tempdir().unwrap();
        let binary = procura().get_program().to_owned();
        let folder = Path::new(&binary).parent().unwrap().to_str().unwrap();
        let files_here = home.path().join("files");
        let ran = self.with("$PWD/target/release", folder).with(files, files_here.to_str().unwrap());
        let free: Vec<_> = ports.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ran = free
            .iter()
            .zip(ports)
            .fold(ran, |ran, (free, port)| ran.with(&port.to_string(), &free.local_addr().unwrap().port().to_string()));
        drop(free);
        let script = format!("set -m; trap 'kill $(jobs -p) 2>/dev/null' EXIT\n{}", ran.script);
        let output = Command::new("timeout").args(["60", "bash", "-uc", &script]).current_dir(ROOT).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed, ran.printed, "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
