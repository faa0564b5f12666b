//! What a form changed, and what others changed before it: sentences of the history.

use crate::{answer::Shown, failure::Failure, links::Link, shell::Shell, visit::Visit};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_app::{
    AsOf, Code, Error,
    commands::Outcome,
    history::{HistoryEntry, HistoryRequest, Order, Whose, history},
};
use procura_domain::temporal::Position;
use serde::Deserialize;

/// How many events are told.
const TOLD_MAX: usize = 50;

/// The parameter of a page that tells what was done just now: the positions of the first and the last event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DoneQuery {
    pub(crate) done: Option<String>,
}

/// The page that one is sent to after a command, which tells what it changed.
pub(crate) fn done(link: Link, outcome: &AsOf<Outcome>) -> Link {
    let positions = &outcome.answer.recorded.positions;
    match (positions.first(), positions.last()) {
        (Some(first), Some(last)) => link.with("done", format!("{first}-{last}")),
        _ => link,
    }
}

impl DoneQuery {
    /// What was done just now, as the page tells it; nothing if nothing was, or if it may not be told.
    pub(crate) async fn told(&self, visit: &Visit, whose: Whose) -> Vec<HistoryEntry> {
        let done = self.done.as_deref().and_then(|done| done.split_once('-'));
        let Some((first, last)) = done else { return Vec::new() };
        between(visit, whose, Some(first.to_owned()), Some(last.to_owned())).await.unwrap_or_default()
    }
}

/// What happened since that position, which a form had not seen.
#[derive(Template)]
#[template(path = "conflict.html")]
struct ConflictPage {
    shell: Shell,
    /// The page to look at again.
    again: Link,
    since: Vec<HistoryEntry>,
}

/// The answer to a command that was refused: the error; if something happened since the page was shown, what that was.
pub(crate) async fn refused(
    visit: &Visit,
    whose: Whose,
    seen: Option<Position>,
    again: Link,
    error: Error,
) -> Result<Response, Failure> {
    if error.code() != Code::PositionConflict {
        return Err(error.into());
    }
    let from = seen.map(|Position(seen)| seen.saturating_add(1).to_string());
    let since = between(visit, whose, from, None).await?;
    let shell = visit.shell();
    Ok((StatusCode::PRECONDITION_FAILED, Shown(ConflictPage { shell, again, since })).into_response())
}

async fn between(
    visit: &Visit,
    whose: Whose,
    from: Option<String>,
    until: Option<String>,
) -> Result<Vec<HistoryEntry>, Error> {
    let request =
        HistoryRequest { from, until, order: Some(Order::Oldest), limit: Some(TOLD_MAX), ..visit.history_request() };
    Ok(history(visit.engine(), visit.reader(), whose, request).await?.answer.items)
}
