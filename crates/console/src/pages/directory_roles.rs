//! A directory role is given to one of the customer's people, or taken away; and somebody is described.

use super::{people::path, role_assigning::user_named};
use crate::{
    acting::act,
    answer::{Shown, see_other},
    asking::on,
    changes,
    confirmation::Confirmation,
    extract::{InPath, InQuery},
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
    id::{CustomerId, ObjectId},
    personal::UserNames,
    temporal::Position,
    text::{Name, UserPrincipalName},
    vocabulary::{DirectoryRole, User},
};
use procura_engine::When;
use serde::Deserialize;
use serde_json::{Value, json};

/// Who is meant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhoQuery {
    user: Option<String>,
}

#[derive(Template)]
#[template(path = "directory_role_assigning.html")]
struct DirectoryRoleAssigningPage {
    shell: Shell,
    fields: Fields,
    roles: Vec<(String, String)>,
    position: Position,
    back: Link,
}

#[derive(Template)]
#[template(path = "describing.html")]
struct DescribingPage {
    shell: Shell,
    fields: Fields,
    /// What the person is called now.
    name: String,
    position: Position,
    back: Link,
}

/// `GET /customers/{customer}/people/assign`
pub(crate) async fn assigning(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(WhoQuery { user }): InQuery<WhoQuery>,
) -> Result<Response, Failure> {
    let named = match user.as_deref().and_then(|user| user.parse().ok()) {
        Some(user) => name_of(&visit, customer, user).await?.user_principal_name.map(|name| name.to_string()),
        None => None,
    };
    let fields = Fields::with([("user", named.or(user).unwrap_or_default())]);
    may_assign(&visit, customer).await?;
    Ok(Shown(assigning_page(&visit, customer, fields)?).into_response())
}

async fn may_assign(visit: &Visit, customer: CustomerId) -> Result<(), Error> {
    let may = visit.may("directoryRole.assign", on("customer", customer)).await;
    if may { Ok(()) } else { Err(Error::not_found()) }
}

fn assigning_page(visit: &Visit, customer: CustomerId, fields: Fields) -> Result<DirectoryRoleAssigningPage, Error> {
    let (shell, words) = (visit.shell(), visit.words());
    let role = |role: &DirectoryRole| (role.name().to_owned(), words.called(role.name()).into_owned());
    let back = shell.links.to(path(customer));
    let position = visit.engine().moment(When::Now)?.position;
    let roles = DirectoryRole::ALL.iter().map(role).collect();
    Ok(DirectoryRoleAssigningPage { shell, fields, roles, position, back })
}

/// `POST /customers/{customer}/people/assign`
pub(crate) async fn assign(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let mut fields = Fields::sent(&sent, &["user", "role"]);
    let role: Option<DirectoryRole> = fields.read("role", "field-choice", |text| text.parse().ok());
    let user = own_user(&visit, customer, &mut fields).await;
    if let (Some(role), Some(user)) = (role, user) {
        let command = json!({ "tenant": customer, "user": user, "role": role });
        let here = format!("{}/assign", path(customer));
        match issued(&visit, customer, ("AssignDirectoryRole", &command), &sent, &here).await? {
            Ok(response) => return Ok(response),
            Err(error) => fields.refused(visit.words(), &error),
        }
    }
    let page = assigning_page(&visit, customer, fields)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}

/// One of the customer's own people, by user principal name or object id.
async fn own_user(visit: &Visit, customer: CustomerId, fields: &mut Fields) -> Option<ObjectId> {
    if let Ok(user) = fields.text("user").parse() {
        return Some(user);
    }
    if fields.text("user").is_empty() {
        fields.refuse("user", "field-empty");
        return None;
    }
    let found = user_named(visit, fields, "user").await?;
    if found.tenant != customer.into() {
        fields.refuse("user", "field-not-ours");
        return None;
    }
    Some(found.user)
}

/// `GET /customers/{customer}/people/describe`
pub(crate) async fn describing(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(WhoQuery { user }): InQuery<WhoQuery>,
) -> Result<Response, Failure> {
    let user = user.as_deref().and_then(|user| user.parse().ok()).ok_or_else(Error::not_found)?;
    if !visit.may("user.describe", on("customer", customer)).await {
        return Err(Error::not_found().into());
    }
    let UserNames { display_name, user_principal_name } = name_of(&visit, customer, user).await?;
    let fields = Fields::with([
        ("user", user.to_string()),
        ("displayName", display_name.map(|name| name.to_string()).unwrap_or_default()),
        ("userPrincipalName", user_principal_name.map(|name| name.to_string()).unwrap_or_default()),
    ]);
    Ok(Shown(describing_page(&visit, customer, user, fields).await?).into_response())
}

/// What one of the customer's people is called, for those who may say so.
async fn name_of(visit: &Visit, customer: CustomerId, user: ObjectId) -> Result<UserNames, Error> {
    may_assign(visit, customer).await?;
    let user = User { tenant: customer.into(), user };
    Ok(visit.engine().people([user]).await?.get(user).cloned().unwrap_or_default())
}

async fn describing_page(
    visit: &Visit,
    customer: CustomerId,
    user: ObjectId,
    fields: Fields,
) -> Result<DescribingPage, Error> {
    let name = name_of(visit, customer, user).await?.shown().map_or_else(|| user.to_string(), str::to_owned);
    let shell = visit.shell();
    let back = shell.links.to(path(customer));
    Ok(DescribingPage { fields, name, position: visit.engine().moment(When::Now)?.position, back, shell })
}

/// `POST /customers/{customer}/people/describe`
pub(crate) async fn describe(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let mut fields = Fields::sent(&sent, &["user", "displayName", "userPrincipalName"]);
    let user: ObjectId = fields.text("user").parse().map_err(|_| Error::not_found())?;
    let display_name = fields.read_some("displayName", "field-name", |text| Name::new(text).ok());
    let signs_in_as =
        fields.read_some("userPrincipalName", "field-user-principal-name", |text| UserPrincipalName::new(text).ok());
    if fields.are_sound() && display_name.is_none() && signs_in_as.is_none() {
        fields.refuse("displayName", "field-empty");
    }
    if fields.are_sound() {
        let names = [
            ("displayName", display_name.map(|name| json!(name))),
            ("userPrincipalName", signs_in_as.map(|name| json!(name))),
        ];
        let given = names.into_iter().filter_map(|(field, name)| Some((field.to_owned(), name?)));
        let whom = [("tenant".to_owned(), json!(customer)), ("user".to_owned(), json!(user))];
        let command = Value::Object(whom.into_iter().chain(given).collect());
        let here = format!("{}/describe?user={user}", path(customer));
        match issued(&visit, customer, ("DescribeUser", &command), &sent, &here).await? {
            Ok(response) => return Ok(response),
            Err(error) => fields.refused(visit.words(), &error),
        }
    }
    let page = describing_page(&visit, customer, user, fields).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}

/// Back to the people, where it is told; the error, if the form is to tell it.
async fn issued(
    visit: &Visit,
    customer: CustomerId,
    (name, command): (&str, &Value),
    sent: &Sent,
    here: &str,
) -> Result<Result<Response, Error>, Failure> {
    match visit.issue(name, command, sent).await {
        Ok(outcome) => {
            let people = visit.links().now(path(customer));
            Ok(Ok(see_other(changes::done(people, &outcome)).into_response()))
        }
        Err(error) if error.code() == Code::PositionConflict => {
            let again = visit.links().back(here).unwrap_or_else(|| visit.links().now(path(customer)));
            Ok(Ok(changes::refused(visit, Whose::Customer(customer), sent.position, again, error).await?))
        }
        Err(error) => Ok(Err(error)),
    }
}

fn removal(customer: CustomerId, user: ObjectId, role: DirectoryRole) -> Value {
    json!({ "tenant": customer, "user": user, "role": role })
}

/// `GET /customers/{customer}/people/{user}/roles/{role}/remove`
pub(crate) async fn removing(
    visit: Visit,
    InPath((customer, user, role)): InPath<(CustomerId, ObjectId, DirectoryRole)>,
    InQuery(super::role_removal::BackQuery { to }): InQuery<super::role_removal::BackQuery>,
) -> Result<Response, Failure> {
    let ahead = visit.preview("RemoveDirectoryRole", &removal(customer, user, role)).await?;
    let texts = ["people-role-removal-title", "end-role"];
    Ok(Shown(Confirmation::of(&visit, &ahead, texts, (to.as_deref(), &path(customer)))).into_response())
}

/// `POST /customers/{customer}/people/{user}/roles/{role}/remove`
pub(crate) async fn remove(
    visit: Visit,
    InPath((customer, user, role)): InPath<(CustomerId, ObjectId, DirectoryRole)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let back = sent.field("to").and_then(|to| visit.links().back(to));
    let back = back.unwrap_or_else(|| visit.links().now(path(customer)));
    let command = removal(customer, user, role);
    act(&visit, Whose::Customer(customer), ("RemoveDirectoryRole", &command), &sent, back).await
}
