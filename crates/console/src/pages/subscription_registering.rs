//! A customer brings in a subscription that it already has (SUB-9).

use super::subscription::path;
use crate::{
    answer::{Shown, see_other},
    asking::on,
    changes,
    extract::InPath,
    failure::Failure,
    fields::Fields,
    form::Sent,
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_app::{Code, Error, history::Whose};
use procura_domain::{
    id::{CustomerId, SubscriptionId},
    temporal::Position,
    text::Name,
    vocabulary::SubscriptionKind,
};
use procura_engine::When;
use serde_json::json;

const FIELDS: [&str; 3] = ["subscription", "kind", "name"];

#[derive(Template)]
#[template(path = "subscription_registering.html")]
struct SubscriptionRegisteringPage {
    shell: Shell,
    fields: Fields,
    kinds: Vec<(String, String)>,
    position: Position,
    may: bool,
    back: Link,
}

async fn shown(visit: &Visit, customer: CustomerId, fields: Fields) -> Result<SubscriptionRegisteringPage, Error> {
    let kind = |kind: SubscriptionKind, name: &str| (kind.name().to_owned(), name.to_owned());
    let shell = visit.shell();
    Ok(SubscriptionRegisteringPage {
        may: visit.may("subscription.register", on("customer", customer)).await,
        kinds: vec![kind(SubscriptionKind::Azure, "Azure"), kind(SubscriptionKind::Microsoft365, "Microsoft 365")],
        position: visit.engine().moment(When::Now)?.position,
        back: shell.links.to(format!("/customers/{customer}/subscriptions")),
        shell,
        fields,
    })
}

/// `GET /customers/{customer}/subscriptions/register`
pub(crate) async fn page(visit: Visit, InPath(customer): InPath<CustomerId>) -> Result<Response, Failure> {
    let page = shown(&visit, customer, Fields::default()).await?;
    if page.may { Ok(Shown(page).into_response()) } else { Err(Error::not_found().into()) }
}

/// `POST /customers/{customer}/subscriptions/register`
pub(crate) async fn register(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let mut fields = Fields::sent(&sent, &FIELDS);
    let subscription: Option<SubscriptionId> = fields.read("subscription", "field-guid", |text| text.parse().ok());
    let kind: Option<SubscriptionKind> = fields.read("kind", "field-choice", |text| text.parse().ok());
    let name = fields.read("name", "field-name", |text| Name::new(text).ok());
    if let (Some(subscription), Some(kind), Some(name)) = (subscription, kind, name) {
        let command = json!({ "customer": customer, "subscription": subscription, "kind": kind, "name": name });
        match visit.issue("RegisterSubscription", &command, &sent).await {
            Ok(outcome) => {
                let link = visit.links().now(path(customer, subscription));
                return Ok(see_other(changes::done(link, &outcome)).into_response());
            }
            Err(error) if error.code() == Code::PositionConflict => {
                let again = visit.links().now(format!("/customers/{customer}/subscriptions/register"));
                return changes::refused(&visit, Whose::Customer(customer), sent.position, again, error).await;
            }
            Err(error) => fields.refused(visit.words(), &error),
        }
    }
    let page = shown(&visit, customer, fields).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}
