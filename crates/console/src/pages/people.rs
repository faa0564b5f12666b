//! *People and roles* of a customer: its people with their directory roles and, marked apart, what partners' groups hold
//! implicitly, which no listing of a role shows (DAP-2).

use crate::{
    answer::Shown,
    asking::on,
    changes::DoneQuery,
    csv::{CsvTable, as_csv},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    rights::has_one_administrator,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error, PartnerRelationship, PersonRow,
    history::{HistoryEntry, Whose},
    lists::{ListRequest, partner_relationships, people},
};
use procura_domain::{
    id::{CustomerId, ObjectId, TenantId},
    vocabulary::DirectoryRole,
};
use serde::Deserialize;
use std::borrow::Cow;

/// How many people a page shows.
const PAGE_ROWS: usize = 50;
/// How many partners with implicit roles are shown; the partner relationships have all of them.
const PARTNERS_MAX: usize = 20;

/// What of the list is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PeopleQuery {
    /// A part of a name.
    name: String,
    after: Option<String>,
    format: Option<String>,
    done: Option<String>,
}

/// One of the people.
struct Person {
    name: String,
    signs_in_as: String,
    id: ObjectId,
    roles: Vec<HeldRole>,
    assigning: Option<Link>,
    describing: Option<Link>,
}

/// A directory role that somebody holds.
struct HeldRole {
    name: Cow<'static, str>,
    /// Where it is removed.
    removal: Option<Link>,
    /// Whether nobody else holds it, and it cannot be removed.
    is_last: bool,
}

/// A partner whose groups hold roles implicitly.
struct ImplicitHolder {
    row: PartnerRelationship,
    page: Link,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    shell: Shell,
    told: Vec<HistoryEntry>,
    query: PeopleQuery,
    rows: Vec<Person>,
    implicit: Vec<ImplicitHolder>,
    /// Where all partners stand, if there are more with implicit roles.
    more_implicit: Option<Link>,
    /// Where somebody who is not listed is given a role.
    assigning: Option<Link>,
    csv: Link,
    next: Option<Link>,
    first: Option<Link>,
}

/// The path of the page.
pub(super) fn path(customer: CustomerId) -> String {
    format!("/customers/{customer}/people")
}

/// `GET /customers/{customer}/people`
pub(crate) async fn page(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(query): InQuery<PeopleQuery>,
) -> Result<Response, Failure> {
    let name = Some(query.name.trim().to_owned()).filter(|name| !name.is_empty());
    let request = ListRequest {
        at: visit.at(),
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        name: name.clone(),
        ..ListRequest::default()
    };
    if query.format.is_some() {
        return Ok(as_csv("people", PeopleTable { visit, tenant: customer.into() }, request).await?);
    }
    let AsOf { answer, .. } = people(visit.engine(), visit.reader(), customer.into(), request).await?;
    let rights = Rights::of(&visit, customer).await?;
    let rows = answer.items.into_iter().map(|row| rights.person(row)).collect();
    let shell = visit.shell();
    let (implicit, more) = implicit(&visit, customer)?;
    let more_implicit = more.then(|| shell.links.to(format!("/customers/{customer}/partners")).with("show", "withDap"));
    let told = DoneQuery { done: query.done.clone() }.told(&visit, Whose::Customer(customer)).await;
    let link = shell.links.to(path(customer)).with_some("name", name);
    let csv = link.clone().with("format", "csv");
    let next = answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then_some(link);
    let assigning = rights.may_assign.then(|| shell.links.to(format!("{}/assign", path(customer))));
    let page = PeoplePage { shell, told, query, rows, implicit, more_implicit, assigning, csv, next, first };
    Ok(Shown(page).into_response())
}

/// What the person may do with the customer's people.
struct Rights<'v> {
    visit: &'v Visit,
    customer: CustomerId,
    may_assign: bool,
    may_describe: bool,
    /// Whether there is one Global administrator alone.
    is_last: bool,
}

impl<'v> Rights<'v> {
    async fn of(visit: &'v Visit, customer: CustomerId) -> Result<Self, Error> {
        Ok(Self {
            visit,
            customer,
            may_assign: visit.may("directoryRole.assign", on("customer", customer)).await,
            may_describe: visit.may("user.describe", on("customer", customer)).await,
            is_last: has_one_administrator(visit, customer.into()).await?,
        })
    }

    fn person(&self, PersonRow { user, names, roles, .. }: PersonRow) -> Person {
        let (links, path, words) = (self.visit.links(), path(self.customer), self.visit.words());
        let held = |role: DirectoryRole| {
            let is_last = self.is_last && role == DirectoryRole::GlobalAdministrator;
            let may = self.may_assign && !is_last;
            let removal = may.then(|| links.to(format!("{path}/{user}/roles/{role}/remove")));
            HeldRole { name: words.called(role.name()), removal, is_last }
        };
        let below = |name: &str| links.to(format!("{path}/{name}")).with("user", user);
        let is_given_all = roles.len() == DirectoryRole::ALL.len();
        Person {
            name: names.shown().map_or_else(|| user.to_string(), str::to_owned),
            signs_in_as: names.user_principal_name.map(|name| name.to_string()).unwrap_or_default(),
            id: user,
            roles: roles.into_iter().map(held).collect(),
            assigning: (self.may_assign && !is_given_all).then(|| below("assign")),
            describing: self.may_describe.then(|| below("describe")),
        }
    }
}

/// The partners whose groups hold roles implicitly, and whether there may be more.
fn implicit(visit: &Visit, customer: CustomerId) -> Result<(Vec<ImplicitHolder>, bool), Error> {
    let request = ListRequest { at: visit.at(), dap: Some(true), limit: Some(PARTNERS_MAX), ..ListRequest::default() };
    let AsOf { answer, .. } = partner_relationships(visit.engine(), visit.reader(), customer, request)?;
    let holder = |row: PartnerRelationship| {
        let page = visit.links().to(format!("/customers/{customer}/partners/{}", row.partner.id));
        ImplicitHolder { row, page }
    };
    Ok((answer.items.into_iter().map(holder).collect(), answer.next.is_some()))
}

/// A tenant's people as a table to take along. What is held implicitly is no row of it: it is among the partner relationships.
pub(crate) struct PeopleTable {
    pub(crate) visit: Visit,
    pub(crate) tenant: TenantId,
}

impl CsvTable for PeopleTable {
    type Row = PersonRow;

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec!["user", "displayName", "userPrincipalName", "groups", "directoryRoles"]
    }

    fn cells(&self, row: &PersonRow) -> Vec<String> {
        let groups: Vec<_> = row.groups.iter().map(|group| group.name()).collect();
        let roles: Vec<_> = row.roles.iter().map(|role| role.name()).collect();
        vec![
            row.user.to_string(),
            row.names.display_name.as_ref().map(ToString::to_string).unwrap_or_default(),
            row.names.user_principal_name.as_ref().map(ToString::to_string).unwrap_or_default(),
            groups.join("; "),
            roles.join("; "),
        ]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<PersonRow>, Option<ListRequest>), Error> {
        let (engine, reader) = (self.visit.engine(), self.visit.reader());
        let AsOf { answer, .. } = people(engine, reader, self.tenant, request).await?;
        Ok((answer.items, answer.next))
    }
}
