//! What every page shares.

use crate::{cookies::Cookies, sessions::Sessions, settings::ConsoleSettings, sign_in::attempts::Attempts};
use parking_lot::Mutex;
use procura_engine::ambient::{Entropy, SystemClock};
use procura_server::Reception;
use std::sync::Arc;

/// The console of a server.
pub(crate) struct Console {
    pub(crate) reception: Reception,
    pub(crate) sessions: Sessions,
    pub(crate) attempts: Attempts,
    pub(crate) cookies: Cookies,
    /// Scheme, host and port of the public URL: where forms are sent from.
    pub(crate) origin: String,
    /// The path of the public URL, without a slash at its end.
    pub(crate) base: Arc<str>,
    entropy: Mutex<Entropy>,
}

impl Console {
    pub(crate) fn new(reception: Reception, settings: &ConsoleSettings) -> Self {
        let url = reception.engine().public_url().trim_end_matches('/').to_owned();
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", &url));
        let (host, path) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        Self {
            cookies: Cookies { secure: scheme == "https" },
            origin: format!("{scheme}://{host}"),
            base: path.into(),
            sessions: Sessions::new(settings, SystemClock),
            attempts: Attempts::default(),
            entropy: Mutex::new(Entropy::from_os()),
            reception,
        }
    }

    /// What nobody can guess.
    pub(crate) fn random(&self) -> String {
        self.entropy.lock().guid().to_string()
    }

    /// Where providers send people back to.
    pub(crate) fn redirect_address(&self) -> String {
        format!("{}{}/sign-in/done", self.origin, self.base)
    }
}
