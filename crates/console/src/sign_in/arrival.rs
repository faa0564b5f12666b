//! How signing in ends: with a session, or on the page where it began, which says why not.

use crate::{
    answer::see_other,
    console::Console,
    cookies::{SESSION, SIGN_IN},
    links::{Links, own_path},
    sessions::SessionKey,
    shell::Standing,
};
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use procura_server::SignedIn;
use serde::{Deserialize, Serialize};

/// The longest address that somebody comes back to.
const TO_CHARS_MAX: usize = 2_000;

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum NotSignedIn {
    Domain,
    Unreachable,
    Refused,
    Expired,
    Busy,
    Unregistered,
}

impl NotSignedIn {
    /// The id of the sentence that says so.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Domain => "sign-in-domain",
            Self::Unreachable => "sign-in-unreachable",
            Self::Refused => "sign-in-refused",
            Self::Expired => "sign-in-expired",
            Self::Busy => "sign-in-busy",
            Self::Unregistered => "sign-in-unregistered",
        }
    }
}

/// Begins a session, under a new key whatever the browser had, and goes on to the page.
pub(super) fn begin(console: &Console, headers: &HeaderMap, signed_in: SignedIn, to: &str) -> Response {
    if let Some(key) = console.cookies.of(headers, SESSION).map(SessionKey::sent) {
        console.sessions.end(&key);
    }
    let engine = console.reception.engine();
    if engine.read(|state| Standing::of(&signed_in.caller, state)).is_none() {
        return again(console, NotSignedIn::Unregistered, Some(to));
    }
    let key = console.sessions.begin(signed_in);
    let mut response = see_other(links(console).now(to)).into_response();
    let set = console.cookies.set(SESSION, key.text(), console.sessions.whole().as_secs());
    for cookie in [set, console.cookies.unset(SIGN_IN)].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Back to where it began, to say why nobody is signed in.
pub(super) fn again(console: &Console, problem: NotSignedIn, to: Option<&str>) -> Response {
    let problem = serde_json::to_value(problem).ok();
    let problem = problem.as_ref().and_then(serde_json::Value::as_str);
    see_other(links(console).now("/sign-in").with_some("problem", problem).with_some("to", to)).into_response()
}

/// The page to go to afterwards: one of ours.
pub(super) fn way_on(to: Option<&str>) -> String {
    let own = to.and_then(own_path).filter(|to| to.len() <= TO_CHARS_MAX);
    own.unwrap_or("/").to_owned()
}

pub(super) fn links(console: &Console) -> Links {
    Links::new(console.base.clone(), None)
}
