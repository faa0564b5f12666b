//! The language of the pages: the one that was chosen, or the browser's.

use crate::{
    answer::see_other,
    console::Console,
    cookies::LANGUAGE,
    failure::Failure,
    form::{is_from_here, unguarded_form},
    links::{Links, own_path},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use procura_domain::vocabulary::Locale;
use procura_server::preferred_language;
use serde::Deserialize;
use std::sync::Arc;

/// How long a choice is kept.
const KEPT_SECONDS: u64 = 365 * 24 * 60 * 60;

impl Console {
    /// The language that the request is to be answered in.
    pub(crate) fn language(&self, headers: &HeaderMap) -> Locale {
        let chosen = self.cookies.of(headers, LANGUAGE).and_then(|chosen| chosen.parse().ok());
        chosen.unwrap_or_else(|| preferred_language(headers))
    }
}

/// What the switch sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    language: Locale,
    /// The page to go back to.
    to: String,
}

/// `POST /language`
pub(crate) async fn choose(State(console): State<Arc<Console>>, request: Request) -> Result<Response, Failure> {
    is_from_here(&console, request.headers())?;
    let Choice { language, to } = unguarded_form(request).await?;
    let links = Links::new(console.base.clone(), None);
    let mut response = see_other(links.now(own_path(&to).unwrap_or("/"))).into_response();
    if let Some(cookie) = console.cookies.set(LANGUAGE, language.name(), KEPT_SECONDS) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
