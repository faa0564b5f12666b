//! *Remove delegated admin*: what goes, what remains all the same, and what would end each part of that; then it is done, and
//! the same page tells what is left.

use super::relationship::between;
use crate::{
    acting::act,
    answer::Shown,
    asking::{beside, on},
    changes::DoneQuery,
    extract::{InPath, InQuery},
    failure::Failure,
    form::Sent,
    links::Link,
    remains::Remains,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AccessChanges, AsOf, Code, PartnerRelationship,
    history::{HistoryEntry, Whose},
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    temporal::Position,
};
use serde_json::{Value, json};

#[derive(Template)]
#[template(path = "dap_removal.html")]
struct DapRemovalPage {
    shell: Shell,
    told: Vec<HistoryEntry>,
    row: PartnerRelationship,
    /// What goes, while there is something to remove.
    going: Vec<String>,
    /// The position that the page shows, where the person may remove it.
    position: Option<Position>,
    remains: Remains,
    /// The partner's own page.
    back: Link,
    action: Link,
}

fn path(customer: CustomerId, partner: PartnerId) -> String {
    format!("/customers/{customer}/partners/{partner}/remove")
}

fn command(customer: CustomerId, partner: PartnerId) -> Value {
    json!({ "customer": customer, "partner": partner })
}

/// `GET /customers/{customer}/partners/{partner}/remove`
pub(crate) async fn page(
    visit: Visit,
    InPath((customer, partner)): InPath<(CustomerId, PartnerId)>,
    InQuery(done): InQuery<DoneQuery>,
) -> Result<Response, Failure> {
    let (row, _) = between(&visit, customer, partner)?;
    let has_dap = row.relationship.delegated_admin;
    let (mut going, mut position) = (Vec::new(), None);
    if has_dap && visit.may("dap.revoke", beside(on("customer", customer), partner)).await {
        match visit.preview("RevokeDap", &command(customer, partner)).await {
            Ok(AsOf { at, answer }) => {
                let names = visit.names(&answer.people);
                let AccessChanges { lost, .. } = &answer.consequences.access_changes;
                going = lost.iter().map(|access| names.access(access)).collect();
                position = Some(at.position);
            }
            // It went in between.
            Err(error) if error.code() == Code::NoDap => {}
            Err(error) => return Err(error.into()),
        }
    }
    let remains = Remains::of(&visit, customer, &row, &path(customer, partner)).await?;
    let told = done.told(&visit, Whose::Customer(customer)).await;
    let shell = visit.shell();
    let back = shell.links.to(format!("/customers/{customer}/partners/{partner}"));
    let action = shell.links.now(path(customer, partner));
    Ok(Shown(DapRemovalPage { shell, told, row, going, position, remains, back, action }).into_response())
}

/// `POST /customers/{customer}/partners/{partner}/remove`
pub(crate) async fn remove(
    visit: Visit,
    InPath((customer, partner)): InPath<(CustomerId, PartnerId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let here = visit.links().now(path(customer, partner));
    act(&visit, Whose::Customer(customer), ("RevokeDap", &command(customer, partner)), &sent, here).await
}
