//! A server that takes tokens from configured issuers, and what it says of a token.

use procura_engine::ambient::{Clock, SystemClock};
use procura_tests::{
    Client, PATIENCE, Reply, Server,
    liar::Liar,
    provider::AUDIENCE,
    signing::SigningKey,
    world::{CONTOSO, FABRIKAM, User},
};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Fabrikam and Contoso, as a list of tenants.
pub(crate) fn both() -> String {
    format!(r#"["{FABRIKAM}", "{CONTOSO}"]"#)
}

/// The settings of an issuer that speaks for those tenants; `more` are further lines.
pub(crate) fn issuer(name: &str, tenants: &str, more: &str) -> String {
    format!(
        "[[issuers]]\nissuer = \"{name}\"\naudiences = [\"{AUDIENCE}\"]\ntenants = {tenants}\nrequire_nbf = false\n\
         keys_refresh_seconds = 5\n{more}\n\n"
    )
}

/// A server on an empty log, with those settings.
pub(crate) struct Door {
    pub(crate) server: Server,
    _data: TempDir,
}

impl Door {
    pub(crate) fn open(settings: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::configured(&data.path().join("data"), settings);
        Self { server, _data: data }
    }

    /// Waits until it has fetched the keys of its one issuer: a token that comes before has them fetched once more, and for
    /// a minute no other token has.
    pub(crate) fn with_keys(self) -> Self {
        let patience = Instant::now() + PATIENCE;
        while !self.server.stderr().contains("the issuer's keys were fetched") {
            assert!(Instant::now() < patience, "{}", self.server.stderr());
            thread::sleep(Duration::from_millis(10));
        }
        self
    }

    /// What it says of the holder of that token: who it is, or why it is nobody.
    pub(crate) fn asks(&self, token: &str) -> Reply {
        Client::new(&self.server.url, token).get("/v1/caller")
    }

    /// Whether it lets the holder in: 200, or the status and code of its refusal.
    pub(crate) fn lets_in(&self, token: &str) -> String {
        let reply = self.asks(token);
        format!("{} {}", reply.status, reply.text("code")).trim_end().to_owned()
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    u64::try_from(SystemClock.now().timestamp()).unwrap()
}

/// The claims of a good token, ten minutes long, from that issuer for that user.
pub(crate) fn claims(issuer: &str, user: User) -> Value {
    json!({"iss": issuer, "aud": AUDIENCE, "tid": user.tenant, "oid": user.user, "sub": "somebody", "iat": now(),
        "nbf": now(), "exp": now() + 600, "jti": format!("token-{}", next_number())})
}

/// A good token of the liar's for that user, another one each time.
pub(crate) fn good_token(liar: &Liar, key: &SigningKey, user: User) -> String {
    key.token(&key.header(), &claims(liar.issuer(), user))
}

/// A number that no other call gives.
fn next_number() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::SeqCst)
}
