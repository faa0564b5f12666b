//! What a partner's people do on a customer's card: a service request, subscriptions, giving up delegated admin privileges,
//! ending the relationship.

use super::customer::{CardForms, CustomerPage};
use crate::{
    acting::act, answer::Shown, changes::DoneQuery, confirmation::Confirmation, extract::InPath, failure::Failure,
    field_problem::problem, form::Sent, links::Link, shell::Standing, visit::Visit,
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_app::{Error, history::Whose};
use procura_domain::{
    id::{CustomerId, PartnerId},
    personal::People,
    text::Name,
};
use serde_json::{Value, json};

/// The partner that the person acts for.
fn own(visit: &Visit) -> Result<PartnerId, Error> {
    match visit.standing() {
        Standing::Partner(partner) => Ok(partner),
        Standing::Customer(_) | Standing::Overseer => Err(Error::not_found()),
    }
}

fn card(visit: &Visit, customer: CustomerId) -> Link {
    visit.links().to(format!("/customers/{customer}"))
}

/// Has the command recorded and goes back to the card, which tells what was done.
async fn act_on_card(
    visit: &Visit,
    customer: CustomerId,
    command: (&str, &Value),
    sent: &Sent,
) -> Result<Response, Failure> {
    act(visit, Whose::Customer(customer), command, sent, card(visit, customer)).await
}

/// The page that asks before it is done, about a thing of that name.
async fn confirm(
    visit: &Visit,
    customer: CustomerId,
    (command, fields): (&str, &Value),
    [title, button, note]: [&'static str; 3],
    (what, name): (&str, &str),
) -> Result<Response, Failure> {
    let ahead = visit.preview(command, fields).await?;
    let back = format!("/customers/{customer}");
    let texts = [button, button];
    let title = visit.words().sentence(title, &[(what, name.into())]).into();
    let notes = vec![visit.words().word(note).into_owned()];
    let page = Confirmation { title, notes, ..Confirmation::of(visit, &ahead, texts, (None, &back)) };
    Ok(Shown(page).into_response())
}

/// The card again, with what was typed and what is wrong with it.
async fn again(visit: &Visit, customer: CustomerId, forms: CardForms) -> Result<Response, Failure> {
    let page = CustomerPage::load(visit, customer, &DoneQuery::default(), forms).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}

/// `POST /customers/{customer}/service-requests`
pub(crate) async fn open_request(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let partner = own(&visit)?;
    let (title, severity) = (sent.text("title").trim(), sent.field("severity").unwrap_or_default());
    let forms = CardForms {
        title_problem: problem(visit.words(), &Name::new(title)),
        title: title.to_owned(),
        severity: severity.parse().ok(),
        ..CardForms::default()
    };
    if forms.title_problem.is_some() {
        return again(&visit, customer, forms).await;
    }
    let fields = json!({ "customer": customer, "partner": partner, "title": title, "severity": severity });
    act_on_card(&visit, customer, ("OpenServiceRequest", &fields), &sent).await
}

/// `POST /customers/{customer}/provisioned`
pub(crate) async fn provision(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let partner = own(&visit)?;
    let (name, kind) = (sent.text("name").trim(), sent.field("kind").unwrap_or_default());
    let forms = CardForms {
        name_problem: problem(visit.words(), &Name::new(name)),
        name: name.to_owned(),
        kind: kind.parse().ok(),
        ..CardForms::default()
    };
    if forms.name_problem.is_some() {
        return again(&visit, customer, forms).await;
    }
    let fields = json!({ "customer": customer, "partner": partner, "kind": kind, "name": name });
    act_on_card(&visit, customer, ("ProvisionSubscription", &fields), &sent).await
}

/// `GET /customers/{customer}/give-up`
pub(crate) async fn ask_give_up(visit: Visit, InPath(customer): InPath<CustomerId>) -> Result<Response, Failure> {
    let fields = between(&visit, customer)?;
    let people = People::default();
    let name = visit.names(&people).tenant(customer.into());
    let texts = ["give-up-title", "give-up-button", "give-up-text"];
    confirm(&visit, customer, ("RevokeDap", &fields), texts, ("customer", &name)).await
}

/// `POST /customers/{customer}/give-up`
pub(crate) async fn give_up(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let fields = between(&visit, customer)?;
    act_on_card(&visit, customer, ("RevokeDap", &fields), &sent).await
}

/// `GET /customers/{customer}/end`
pub(crate) async fn ask_end(visit: Visit, InPath(customer): InPath<CustomerId>) -> Result<Response, Failure> {
    let fields = between(&visit, customer)?;
    let people = People::default();
    let name = visit.names(&people).tenant(customer.into());
    let texts = ["end-title", "end-button", "end-text"];
    confirm(&visit, customer, ("EndRelationship", &fields), texts, ("customer", &name)).await
}

/// `POST /customers/{customer}/end`
pub(crate) async fn end(visit: Visit, InPath(customer): InPath<CustomerId>, sent: Sent) -> Result<Response, Failure> {
    let fields = between(&visit, customer)?;
    act_on_card(&visit, customer, ("EndRelationship", &fields), &sent).await
}

fn between(visit: &Visit, customer: CustomerId) -> Result<Value, Error> {
    Ok(json!({ "customer": customer, "partner": own(visit)? }))
}
