//! A role assignment is removed: first what would change, then it is done.

use crate::{
    acting::act,
    answer::Shown,
    confirmation::Confirmation,
    extract::{InPath, InQuery},
    failure::Failure,
    form::Sent,
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
    let ahead = visit.preview("RemoveRoleAssignment", &command(customer, assignment)).await?;
    let texts = ["role-removal-title", "end-role"];
    let back = default_page(customer);
    Ok(Shown(Confirmation::of(&visit, &ahead, texts, (to.as_deref(), &back))).into_response())
}

/// `POST /customers/{customer}/role-assignments/{assignment}/remove`
pub(crate) async fn remove(
    visit: Visit,
    InPath((customer, assignment)): InPath<(CustomerId, RoleAssignmentId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let back = sent.field("to").and_then(|to| visit.links().back(to));
    let back = back.unwrap_or_else(|| visit.links().now(default_page(customer)));
    let command = command(customer, assignment);
    act(&visit, Whose::Customer(customer), ("RemoveRoleAssignment", &command), &sent, back).await
}
