//! A role assignment is removed: first what would change, then it is done.

use super::confirm::{ConfirmPage, act};
use crate::{
    ahead::Ahead,
    answer::Shown,
    extract::{InPath, InQuery},
    failure::Failure,
    form::Sent,
    links::Link,
    visit::Visit,
};
use axum::response::{IntoResponse, Response};
use procura_app::history::Whose;
use procura_domain::id::{CustomerId, RoleAssignmentId};
use serde::Deserialize;
use serde_json::{Value, json};

/// The page to come back to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BackQuery {
    pub(crate) to: Option<String>,
}

fn command(customer: CustomerId, role_assignment: RoleAssignmentId) -> Value {
    json!({ "customer": customer, "roleAssignment": role_assignment })
}

/// Where one goes if no page to come back to is named.
fn default_page(customer: CustomerId) -> String {
    format!("/customers/{customer}/subscriptions")
}

/// `GET /customers/{customer}/role-assignments/{assignment}/remove`
pub(crate) async fn page(
    visit: Visit,
    InPath((customer, assignment)): InPath<(CustomerId, RoleAssignmentId)>,
    InQuery(BackQuery { to }): InQuery<BackQuery>,
) -> Result<Response, Failure> {
    let ahead = Ahead::of(&visit, "RemoveRoleAssignment", &command(customer, assignment)).await?;
    let texts = ["role-removal-title", "role-removal-text"];
    Ok(Shown(confirming(&visit, ahead, texts, (to.as_deref(), &default_page(customer)))).into_response())
}

/// `POST /customers/{customer}/role-assignments/{assignment}/remove`
pub(crate) async fn remove(
    visit: Visit,
    InPath((customer, assignment)): InPath<(CustomerId, RoleAssignmentId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let (back, fields) = (back(&visit, sent.field("to"), &default_page(customer)), command(customer, assignment));
    let command = ("RemoveRoleAssignment", &fields);
    act(&visit, Whose::Customer(customer), command, &sent, (back.clone(), back)).await
}

/// The page to come back to, if it is one of this server's.
pub(super) fn back(visit: &Visit, to: Option<&str>, default: &str) -> Link {
    to.and_then(|to| visit.links().back(to)).unwrap_or_else(|| visit.links().now(default))
}

/// Asks before a role is removed, and comes back to that page.
pub(super) fn confirming(
    visit: &Visit,
    ahead: Ahead,
    [title, text]: [&'static str; 2],
    (to, default): (Option<&str>, &str),
) -> ConfirmPage {
    let shell = visit.shell();
    ConfirmPage {
        title: shell.word(title).into_owned(),
        text: shell.word(text).into_owned(),
        ahead,
        button: shell.word("end-role").into_owned(),
        takes_away: true,
        action: shell.links.now(&shell.path),
        fields: vec![("to", to.unwrap_or(default).to_owned())],
        back: back(visit, to, default),
        shell,
    }
}
