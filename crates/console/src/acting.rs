//! A form has a command recorded, and the browser goes on to the page that tells what it changed.

use crate::{
    answer::see_other,
    changes::{done, refused},
    failure::Failure,
    form::Sent,
    links::Link,
    visit::Visit,
};
use axum::response::{IntoResponse, Response};
use procura_app::history::Whose;
use serde_json::Value;

/// Has the command recorded and goes on to that page; or tells why it was not recorded.
///
/// # Errors
/// If it was refused for another reason than that the page is behind.
pub(crate) async fn act(
    visit: &Visit,
    whose: Whose,
    (name, fields): (&str, &Value),
    sent: &Sent,
    then: Link,
) -> Result<Response, Failure> {
    match visit.issue(name, fields, sent).await {
        Ok(outcome) => Ok(see_other(done(then, &outcome)).into_response()),
        Err(error) => refused(visit, whose, sent.position, then, error).await,
    }
}
