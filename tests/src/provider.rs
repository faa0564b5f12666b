//! A real OpenID provider, as a process of its own: `tests/provider/provider.mjs`.

use crate::{PATIENCE, client::post_form, tools, world::User};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver},
    },
    thread,
};
use tempfile::TempDir;

/// The audience of its tokens.
pub const AUDIENCE: &str = "api://procura";

/// A running provider; killed when dropped.
#[derive(Debug)]
pub struct Provider {
    algorithm: &'static str,
    issuer: String,
    /// Holds its keys, so that it has the same ones after a restart.
    home: TempDir,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Mutex<Receiver<String>>,
}

impl Provider {
    /// Starts a provider that signs with RS256.
    #[track_caller]
    pub fn start() -> Self {
        Self::signing_with("RS256")
    }

    /// Starts a provider that signs with that algorithm, RS256 or ES256.
    #[track_caller]
    pub fn signing_with(algorithm: &'static str) -> Self {
        let home = tempfile::Builder::new().prefix("procura-provider-").tempdir().expect("a directory");
        let mut provider = Self { algorithm, issuer: String::new(), home, running: None };
        provider.launch("0");
        provider
    }

    /// Its issuer, which is also where it listens, like `http://127.0.0.1:40123`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Ends it at once; what was known of it stays where it was.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// Starts it again where it was, with the keys that it had.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        let port = self.issuer.rsplit(':').next().unwrap_or_default().to_owned();
        self.launch(&port);
    }

    /// A token for a user, with those application roles.
    #[track_caller]
    pub fn token(&self, user: User, roles: &[&str]) -> String {
        let roles: Vec<_> = roles.iter().map(|role| format!("Procura.{role}")).collect();
        self.user_token(&json!({"tid": user.tenant, "oid": user.user, "roles": roles}), 600)
    }

    /// A token with those claims beside the ones that every token has, good for so many seconds.
    #[track_caller]
    pub fn user_token(&self, claims: &Value, seconds: u32) -> String {
        let claims = claims.to_string();
        let seconds = seconds.to_string();
        let subject = [("subject", "somebody"), ("claims", &claims), ("seconds", &seconds)];
        self.granted("portal", "urn:procura:test:user", &subject)
    }

    /// A token of an application's own, by client credentials: `portal` or `worker`.
    #[track_caller]
    pub fn application_token(&self, client: &str) -> String {
        self.granted(client, "client_credentials", &[])
    }

    /// One more key is in its key set; tokens are signed as before.
    #[track_caller]
    pub fn publish_key(&mut self) {
        self.tell("publish");
    }

    /// Tokens are signed with the newest key from now on.
    #[track_caller]
    pub fn sign_with_newest_key(&mut self) {
        self.tell("sign");
    }

    /// Its key set holds only the newest key from now on.
    #[track_caller]
    pub fn withdraw_old_keys(&mut self) {
        self.tell("withdraw");
    }

    #[track_caller]
    fn granted(&self, client: &str, grant: &str, fields: &[(&str, &str)]) -> String {
        let secret = format!("{client}-secret");
        let client = [("client_id", client), ("client_secret", &secret), ("grant_type", grant)];
        let reply = post_form(&format!("{}/token", self.issuer), &[&client, fields].concat());
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.text("access_token").to_owned()
    }

    #[track_caller]
    fn tell(&mut self, step: &str) {
        let running = self.running.as_mut().expect("a provider that runs");
        writeln!(running.stdin, "{step}").expect("a provider that listens");
        let lines = running.lines.get_mut().expect("nobody else reads them");
        // The provider's own notices come between.
        while lines.recv_timeout(PATIENCE).expect("a provider that answers") != step {}
    }

    #[track_caller]
    fn launch(&mut self, port: &str) {
        let mut command = tools::node("provider", "provider.mjs");
        command.arg(port).arg(self.home.path().join("keys.json")).arg(self.algorithm);
        // It warns that it keeps nothing.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node runs");
        let stdout = child.stdout.take().expect("a pipe");
        let stdin = child.stdin.take().expect("a pipe");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let line = lines.recv_timeout(PATIENCE).unwrap_or_default();
        self.running = Some(Running { child, stdin, lines: Mutex::new(lines) });
        let issuer = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("no provider: it said {line:?}"));
        issuer.clone_into(&mut self.issuer);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}
