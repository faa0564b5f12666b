//! A role on a subscription is assigned: to one of the customer's own people, or to a partner's group or user.

use super::subscription::path;
use crate::{
    answer::{Shown, see_other},
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
use procura_app::{
    AsOf, Code, Error, SubscriptionRow,
    find::{FindRequest, Found, ThingKind, find},
    history::Whose,
    lists::{ListRequest, partner_relationships, people, subscription},
};
use procura_domain::{
    id::{CustomerId, SubscriptionId},
    temporal::Position,
    text::UserPrincipalName,
    vocabulary::{GroupOf, PartnerGroup, Principal, ResourceRole, User},
};
use procura_words::Words;
use serde_json::json;

/// How many people and partners are offered; others are named.
const OFFERED_MAX: usize = 50;

const FIELDS: [&str; 3] = ["role", "principal", "named"];

#[derive(Template)]
#[template(path = "role_assigning.html")]
struct RoleAssigningPage {
    shell: Shell,
    row: SubscriptionRow,
    fields: Fields,
    roles: Vec<(String, String)>,
    /// Who can be picked: what stands in the form, and what it is called.
    principals: Vec<(String, String)>,
    position: Position,
    action: Link,
    back: Link,
}

async fn shown(
    visit: &Visit,
    customer: CustomerId,
    id: SubscriptionId,
    fields: Fields,
) -> Result<RoleAssigningPage, Error> {
    let AsOf { at, answer: row } = subscription(visit.engine(), visit.reader(), customer, id, None)?;
    let words = visit.words();
    let role = |role: &ResourceRole| (role.name().to_owned(), words.called(role.name()).into_owned());
    let shell = visit.shell();
    Ok(RoleAssigningPage {
        action: shell.links.now(format!("{}/assign", path(customer, id))),
        back: shell.links.to(path(customer, id)),
        roles: ResourceRole::ALL.iter().map(role).collect(),
        principals: principals(visit, customer, words).await,
        position: at.position,
        shell,
        row,
        fields,
    })
}

/// Some of those who can be given a role, as far as the person sees them.
async fn principals(visit: &Visit, customer: CustomerId, words: Words) -> Vec<(String, String)> {
    let request = ListRequest { limit: Some(OFFERED_MAX), ..ListRequest::default() };
    let (engine, reader) = (visit.engine(), visit.reader());
    let mut offered = vec![(String::new(), words.word("assign-nobody").into_owned())];
    if let Ok(own) = people(engine, reader, customer.into(), request.clone()).await {
        let shown = own.answer.items.iter().map(|person| {
            let id = User { tenant: customer.into(), user: person.user }.to_string();
            (id, person.names.shown().map_or_else(|| person.user.to_string(), str::to_owned))
        });
        offered.extend(shown);
    }
    if let Ok(partners) = partner_relationships(engine, reader, customer, request) {
        for row in partners.answer.items {
            let partner = row.partner.id.as_partner();
            let group = |group: &PartnerGroup| {
                let (name, tenant) = (words.called(group.name()).into_owned(), row.partner.name.clone());
                let text = words.sentence("group-of-tenant", &[("group", name.into()), ("tenant", tenant.into())]);
                (GroupOf { group: *group, partner }.to_string(), text)
            };
            offered.extend(PartnerGroup::ALL.iter().map(group));
        }
    }
    offered
}

/// `GET /customers/{customer}/subscriptions/{subscription}/assign`
pub(crate) async fn page(
    visit: Visit,
    InPath((customer, id)): InPath<(CustomerId, SubscriptionId)>,
) -> Result<Response, Failure> {
    Ok(Shown(shown(&visit, customer, id, Fields::default()).await?).into_response())
}

/// `POST /customers/{customer}/subscriptions/{subscription}/assign`
pub(crate) async fn assign(
    visit: Visit,
    InPath((customer, id)): InPath<(CustomerId, SubscriptionId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let mut fields = Fields::sent(&sent, &FIELDS);
    let role: Option<ResourceRole> = fields.read("role", "field-choice", |text| text.parse().ok());
    let principal = principal(&visit, &mut fields).await;
    if let (Some(role), Some(principal)) = (role, principal) {
        let command = json!({ "customer": customer, "subscription": id, "role": role, "principal": principal });
        match visit.issue("AssignRole", &command, &sent).await {
            Ok(outcome) => {
                let link = visit.links().now(path(customer, id));
                return Ok(see_other(changes::done(link, &outcome)).into_response());
            }
            Err(error) if error.code() == Code::PositionConflict => {
                let again = visit.links().now(format!("{}/assign", path(customer, id)));
                return changes::refused(&visit, Whose::Customer(customer), sent.position, again, error).await;
            }
            Err(error) => fields.refused(visit.words(), &error),
        }
    }
    let page = shown(&visit, customer, id, fields).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}

/// Who is named, else who is picked.
async fn principal(visit: &Visit, fields: &mut Fields) -> Option<Principal> {
    if fields.text("named").is_empty() {
        let picked = fields.text("principal");
        let user = || picked.parse().ok().map(Principal::User);
        let group = || {
            let (partner, group) = picked.split_once('/')?;
            Some(Principal::Group(GroupOf { partner: partner.parse().ok()?, group: group.parse().ok()? }))
        };
        let found = user().or_else(group);
        if found.is_none() {
            fields.refuse("principal", "field-empty");
        }
        return found;
    }
    user_named(visit, fields, "named").await.map(Principal::User)
}

/// The one user that the field names: by its user principal name, or as `tenant/user`.
pub(super) async fn user_named(visit: &Visit, fields: &mut Fields, name: &'static str) -> Option<User> {
    let text = fields.text(name).to_owned();
    if let Ok(user) = text.parse() {
        return Some(user);
    }
    if UserPrincipalName::new(&text).is_err() {
        fields.refuse(name, "field-user-principal-name");
        return None;
    }
    let request = FindRequest { kind: ThingKind::User, text, customer: None };
    let found = find(visit.engine(), visit.reader(), request).await.map(|found| found.answer).unwrap_or_default();
    match found {
        Found { items, more: false } if items.len() == 1 => items.first().and_then(|one| one.id.parse().ok()),
        Found { items, .. } => {
            fields.refuse(name, if items.is_empty() { "field-nobody" } else { "field-several" });
            None
        }
    }
}
