//! The page that asks before something is done, and shows what it would change.

use crate::{
    ahead::Ahead,
    answer::see_other,
    changes::{done, refused},
    failure::Failure,
    form::Sent,
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::history::Whose;
use serde_json::Value;

#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) shell: Shell,
    pub(crate) title: String,
    /// What it means, in a sentence.
    pub(crate) text: String,
    pub(crate) ahead: Ahead,
    /// What the button says.
    pub(crate) button: String,
    /// Whether it takes something away.
    pub(crate) takes_away: bool,
    pub(crate) action: Link,
    /// What the form sends besides.
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) back: Link,
}

/// Has the command recorded, and sends the browser on to the page that tells what it changed; or tells why it was not.
///
/// # Errors
/// If it was refused for another reason than that the page is behind.
pub(crate) async fn act(
    visit: &Visit,
    whose: Whose,
    (name, fields): (&str, &Value),
    sent: &Sent,
    (then, again): (Link, Link),
) -> Result<Response, Failure> {
    match visit.issue(name, fields, sent).await {
        Ok(outcome) => Ok(see_other(done(then, &outcome)).into_response()),
        Err(error) => refused(visit, whose, sent.position, again, error).await,
    }
}
