//! wrk, the load tool: it posts over so many connections for a while, each request when the former was answered, and says
//! how many answers came and how late.

use serde::Deserialize;
use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// What is posted where.
pub(crate) struct Load<'l> {
    pub(crate) url: &'l str,
    pub(crate) token: &'l str,
    /// Where it says USER, each request has another user's id.
    pub(crate) json: &'l str,
    pub(crate) connections: u64,
}

/// What came of it.
#[derive(Deserialize)]
pub(crate) struct Answered {
    pub(crate) requests: u64,
    /// How long it took.
    micros: f64,
    /// The median until an answer came, and what one in a hundred exceeds; in microseconds.
    half: f64,
    most: f64,
    /// Requests without an answer, or with an error's status.
    failed: u64,
}

/// Whether wrk is installed.
pub(crate) fn is_installed() -> bool {
    // It ends with 1 even if it is only asked for its version.
    Command::new("wrk").arg("-v").output().is_ok()
}

impl Load<'_> {
    /// Posts for so many seconds.
    pub(crate) fn post(&self, seconds: u64) -> Answered {
        static USERS: AtomicU64 = AtomicU64::new(1);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/bench/wrk.lua");
        let mut wrk = Command::new("wrk");
        wrk.args(["--threads", "1", "--connections", &self.connections.to_string()]);
        wrk.args(["--duration", &format!("{seconds}s"), "--script"]).arg(script).arg(self.url);
        wrk.args(["--", self.token, self.json, &USERS.fetch_add(1, Relaxed).to_string()]);
        let output = wrk.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let answered: Answered = serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap();
        assert_eq!(answered.failed, 0, "every request gets the answer that it should get: {said}");
        answered
    }
}

impl Answered {
    pub(crate) fn a_second(&self) -> f64 {
        self.requests as f64 / self.micros * 1e6
    }

    pub(crate) fn half_millis(&self) -> f64 {
        self.half / 1e3
    }

    pub(crate) fn most_millis(&self) -> f64 {
        self.most / 1e3
    }
}
