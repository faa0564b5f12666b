//! Who holds which role where.

use super::{
    known::{TenantNames, beside, by_name, customers, id, summary},
    source::{Kind, Row, Rows, Source},
    table::{Line, Table, day, instant},
};
use crate::{args::Permissions, failure::Failure};
use procura_app::{
    Holder, PermissionRow, RegisteredTenant, Scope, SubscriptionRow, find::ThingKind, lists::ListRequest,
};
use procura_domain::{
    id::SubscriptionId,
    personal::People,
    vocabulary::{GroupOf, PartnerGroup, Principal, User},
};
use serde_json::{Value, json};
use std::{collections::HashMap, process::ExitCode};

pub(super) async fn run(arguments: Permissions) -> Result<ExitCode, Failure> {
    let Permissions { listing, customer, partner, subscription, of, include_ended } = arguments;
    let source = Source::open(&listing).await?;
    let request = ListRequest {
        partner: id(&source, "--partner", ThingKind::Partner, partner.as_deref()).await?,
        subscription: id(&source, "--subscription", ThingKind::Subscription, subscription.as_deref()).await?,
        include_ended: include_ended.then_some(true),
        principal: principal(&source, of).await?,
        ..ListRequest::default()
    };
    let customers = customers(&source, customer.as_deref()).await?;
    let partners = by_name(source.all(Kind::Partners, ListRequest::default()).await?);
    let mut names = Names { partners: TenantNames::of(&partners), ..Names::default() };
    let mut lines = Vec::new();
    for customer in &customers {
        let Rows { rows, people } = source.all(Kind::Permissions(customer.id.as_customer()), request.clone()).await?;
        if rows.iter().any(|row: &Row<PermissionRow>| matches!(row.read.scope, Scope::Subscription(_))) {
            let kind = Kind::Subscriptions(customer.id.as_customer());
            let found = source.all::<SubscriptionRow>(kind, ListRequest::default()).await?.rows;
            names.subscriptions.extend(found.into_iter().map(|row| (row.read.id, row.read.name)));
        }
        names.people.extend(people);
        lines.extend(rows.into_iter().map(|row| names.line(customer, row)));
    }
    source.finish();
    let headings = ["customer", "who", "role", "on", "how", "since", "until"];
    let csv = [
        "customer",
        "customerName",
        "principal",
        "principalName",
        "role",
        "scope",
        "scopeName",
        "origin",
        "from",
        "until",
        "roleAssignment",
    ];
    Table { headings, csv, lines }.sorted().print(listing.format)
}

/// A user, by its user principal name, or a group, by its partner's name: as ids.
async fn principal(source: &Source, of: Option<String>) -> Result<Option<String>, Failure> {
    let Some(text) = of else { return Ok(None) };
    let group = text.rsplit_once('/').filter(|(_, group)| group.parse::<PartnerGroup>().is_ok());
    let naming = source.naming();
    Ok(Some(match group {
        Some((partner, group)) => format!("{}/{group}", naming.id("--of", ThingKind::Partner, partner).await?),
        None if text.contains('@') || text.parse::<User>().is_ok() => naming.id("--of", ThingKind::User, &text).await?,
        None => {
            let problem = "name a user, like alex@fabrikam.com, or a group, like fabrikam.com/AdminAgents".to_owned();
            return Err(Failure::Flag { flag: "--of".to_owned(), problem });
        }
    }))
}

/// What the ids in the rows are called.
#[derive(Default)]
struct Names {
    partners: TenantNames,
    subscriptions: HashMap<SubscriptionId, String>,
    people: People,
}

impl Names {
    fn line(&self, customer: &RegisteredTenant, Row { read, json }: Row<PermissionRow>) -> Line<7, 11> {
        let PermissionRow { principal, scope, role, origin, from, until, role_assignment, .. } = read;
        let (principal_id, who) = self.holder(principal);
        let (scope_id, on) = match scope {
            Scope::Customer(id) => (format!("customer:{id}"), customer.name.clone()),
            Scope::Subscription(id) => {
                (format!("subscription:{id}"), self.subscriptions.get(&id).cloned().unwrap_or_else(|| id.to_string()))
            }
        };
        let (role, how) = (role.name().to_owned(), origin.name().to_owned());
        let until = until.map(|until| until.time);
        let cells = [
            customer.name.clone(),
            who.clone(),
            role.clone(),
            on.clone(),
            how.clone(),
            day(Some(from.time)),
            day(until),
        ];
        let csv = [
            customer.id.to_string(),
            customer.name.clone(),
            principal_id,
            who,
            role,
            scope_id,
            on,
            how,
            instant(Some(from.time)),
            instant(until),
            role_assignment.map(|id| id.to_string()).unwrap_or_default(),
        ];
        Line { cells, csv, json: self.with_people(principal, beside("customer", summary(customer), json)) }
    }

    /// The holder's id and its name.
    fn holder(&self, holder: Holder) -> (String, String) {
        match holder {
            Holder::Partner { partner } => (partner.to_string(), self.partners.name(partner)),
            Holder::Principal(Principal::Group(GroupOf { group, partner })) => {
                (format!("{partner}/{group}"), format!("{} {group}", self.partners.name(partner)))
            }
            Holder::Principal(Principal::User(user)) => {
                let name = self.people.shown(user).map_or_else(|| user.user.to_string(), ToOwned::to_owned);
                (user.to_string(), name)
            }
        }
    }

    /// The row, with what the user in it is called.
    fn with_people(&self, holder: Holder, row: Value) -> Value {
        let Holder::Principal(Principal::User(user @ User { .. })) = holder else { return row };
        match self.people.get(user) {
            Some(names) => {
                let mut people = People::default();
                people.insert(user, names.clone());
                beside("people", json!(people), row)
            }
            None => row,
        }
    }
}
