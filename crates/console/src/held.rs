//! What somebody holds in a customer's tenant, as a page shows it: how it came about, since when, and what ends it.

use crate::{
    asking::{beside, on},
    links::Link,
    visit::Visit,
};
use procura_app::{AsOf, Error, Origin, Page, PermissionRow, Scope, endings::ending_of, lists::ListRequest};
use procura_domain::{
    command::{Command, EndRelationship, RemoveDirectoryRole, RemoveRoleAssignment, RevokeDap},
    id::CustomerId,
    personal::People,
    temporal::Timestamp,
};
use std::{borrow::Cow, collections::HashMap};

/// A row of the effective permissions, in words.
pub(crate) struct Held {
    /// All of it in one sentence, without since when.
    pub(crate) text: String,
    pub(crate) holder: String,
    pub(crate) role: Cow<'static, str>,
    pub(crate) scope: String,
    pub(crate) came_about: Cow<'static, str>,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
    /// The page that ends it, with the id of the button's text; where the person may.
    pub(crate) end: Option<(Link, &'static str)>,
    /// Whom to ask to end it, if nobody of the customer's can.
    pub(crate) ask: Option<String>,
}

/// The rows of the customer's tenant, each with what ends it. `to`: the page to come back to from there.
pub(crate) async fn held(
    visit: &Visit,
    customer: CustomerId,
    rows: &[PermissionRow],
    people: &People,
    to: &str,
) -> Vec<Held> {
    let (mut ends, mut shown) = (Ends { visit, customer, to, known: HashMap::new() }, Vec::with_capacity(rows.len()));
    for row in rows {
        let (end, ask) = match ending_of(row, customer).filter(|_| row.until.is_none()) {
            Some(ending) => (ends.page(&ending.command, row).await, ends.to_be_asked(&ending.command)),
            None => (None, None),
        };
        let names = visit.names(people);
        let access = row.access();
        shown.push(Held {
            text: names.access(&access),
            holder: names.holder(&row.principal),
            role: names.role(&access),
            scope: names.scope(&row.scope),
            came_about: came_about(visit, row.origin),
            since: row.from.time,
            until: row.until.map(|until| until.time),
            end,
            ask,
        });
    }
    shown
}

/// How a role came about, with the rule.
fn came_about(visit: &Visit, origin: Origin) -> Cow<'static, str> {
    visit.words().word(match origin {
        Origin::Dap => "came-by-dap",
        Origin::Provisioning => "came-by-provisioning",
        Origin::Registered => "came-by-registering",
        Origin::Assigned => "came-by-assignment",
        Origin::Explicit => "came-by-directory",
        Origin::Relationship => "came-by-relationship",
    })
}

/// The pages that end something, as far as the person may; each question is asked once.
struct Ends<'v> {
    visit: &'v Visit,
    customer: CustomerId,
    to: &'v str,
    known: HashMap<String, bool>,
}

impl Ends<'_> {
    async fn page(&mut self, command: &Command, row: &PermissionRow) -> Option<(Link, &'static str)> {
        let (visit, customer) = (self.visit, self.customer);
        let (action, resource, path, text) = match command {
            Command::RemoveRoleAssignment(RemoveRoleAssignment { role_assignment, .. }) => {
                let Scope::Subscription(subscription) = row.scope else { return None };
                let path = format!("/customers/{customer}/role-assignments/{role_assignment}/remove");
                ("roleAssignment.remove", on("subscription", subscription), path, "end-role")
            }
            Command::RevokeDap(RevokeDap { partner, .. }) => {
                let path = format!("/customers/{customer}/partners/{partner}/remove");
                ("dap.revoke", beside(on("customer", customer), *partner), path, "end-dap")
            }
            Command::RemoveDirectoryRole(RemoveDirectoryRole { user, role, .. }) => {
                let path = format!("/customers/{customer}/people/{user}/roles/{role}/remove");
                ("directoryRole.assign", on("customer", customer), path, "end-role")
            }
            _ => return None,
        };
        let asked = format!("{action} {resource:?}");
        let may = match self.known.get(&asked) {
            Some(may) => *may,
            None => visit.may(action, resource).await,
        };
        self.known.insert(asked, may);
        // Delegated admin has a page of its own, which one does not come back from.
        let to = (text != "end-dap").then_some(self.to);
        may.then(|| (visit.links().to(path).with_some("to", to), text))
    }

    fn to_be_asked(&self, command: &Command) -> Option<String> {
        let Command::EndRelationship(EndRelationship { partner, .. }) = command else { return None };
        let (words, people) = (self.visit.words(), People::default());
        let name = self.visit.names(&people).tenant((*partner).into());
        Some(words.sentence("end-by-partner", &[("partner", name.into())]))
    }
}

/// The rows of the effective permissions that a partner holds, from where the page before ended.
///
/// # Errors
/// If the person may not know of the customer.
pub(crate) async fn permissions(
    visit: &Visit,
    customer: CustomerId,
    request: ListRequest,
) -> Result<Page<PermissionRow, ListRequest>, Error> {
    let request = ListRequest { at: visit.at(), ..request };
    let AsOf { answer, .. } =
        procura_app::lists::effective_permissions(visit.engine(), visit.reader(), customer, request).await?;
    Ok(answer)
}
