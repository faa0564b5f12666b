//! *Groups* of a partner: who is in them and what comes with each; and, for its Global administrators, its people.

use crate::{
    answer::Shown,
    changes::DoneQuery,
    csv::{CsvTable, as_csv},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    pages::people::PeopleTable,
    rights::actions,
    shell::{Shell, Standing},
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Code, Error, Member, Page, PersonRow,
    history::{HistoryEntry, Whose},
    lists::{self, ListPage, ListRequest},
};
use procura_domain::{
    id::{ObjectId, PartnerId},
    personal::UserNames,
    vocabulary::{PartnerGroup, User},
};
use serde::Deserialize;

/// How many members of each group are shown.
const MEMBERS_MAX: usize = 100;
/// How many people a page shows.
const PAGE_ROWS: usize = 50;

/// What of the page is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupsQuery {
    /// A part of a person's name.
    name: String,
    after: Option<String>,
    /// The group, or `people`, that is wanted as a file.
    format: Option<String>,
    /// Somebody who was to join this group, and whom nobody knows.
    group: String,
    unknown: String,
    done: Option<String>,
}

/// A group with its members.
struct GroupCard {
    group: PartnerGroup,
    members: Vec<(ObjectId, String)>,
    more: bool,
    /// What was typed to add somebody, and fits nobody.
    unknown: Option<String>,
}

/// The tenant's people, for those who see them.
struct PeopleCard {
    rows: Vec<PersonRow>,
    next: Option<Link>,
    first: Option<Link>,
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    shell: Shell,
    partner: PartnerId,
    name: String,
    groups: Vec<GroupCard>,
    people: Option<PeopleCard>,
    /// Whether the person may put others into groups.
    may_manage: bool,
    may_describe: bool,
    done: Vec<HistoryEntry>,
}

/// The name of a person, or its id where it has none.
pub(crate) fn shown(names: &UserNames, user: ObjectId) -> String {
    names.shown().map_or_else(|| user.to_string(), str::to_owned)
}

/// Whether the person may do that to the partner, and now.
pub(crate) fn may(visit: &Visit, partner: PartnerId, action: &str) -> bool {
    let is_own = visit.standing() == Standing::Partner(partner);
    let all = || actions(visit, "partner", partner).unwrap_or_default();
    is_own && visit.shell().may_act && all().iter().any(|allowed| allowed == action)
}

/// `GET /partners/{partner}/groups`
pub(crate) async fn page(
    visit: Visit,
    InPath(partner): InPath<PartnerId>,
    InQuery(query): InQuery<GroupsQuery>,
) -> Result<Response, Failure> {
    let request = ListRequest { at: visit.at(), ..ListRequest::default() };
    if let Some(format) = &query.format {
        return match format.parse::<PartnerGroup>() {
            Ok(group) => Ok(as_csv(group.name(), MembersTable { visit, partner, group }, request).await?),
            Err(_) => Ok(as_csv("people", PeopleTable { visit, tenant: partner.into() }, request).await?),
        };
    }
    let mut groups = Vec::new();
    for group in PartnerGroup::ALL {
        let request = ListRequest { limit: Some(MEMBERS_MAX), ..request.clone() };
        let unknown = (query.group == group.name()).then(|| query.unknown.clone());
        groups.push(GroupCard { unknown, ..group_card(&visit, partner, *group, request).await? });
    }
    let name = query.name.trim().to_owned();
    let request = ListRequest {
        limit: Some(PAGE_ROWS),
        after: query.after.clone(),
        name: Some(name.clone()).filter(|name| !name.is_empty()),
        ..request
    };
    let people = people_card(&visit, partner, request).await?;
    let page = GroupsPage {
        shell: visit.shell(),
        partner,
        name,
        groups,
        people,
        may_manage: may(&visit, partner, "group.manage"),
        may_describe: may(&visit, partner, "user.describe"),
        done: DoneQuery { done: query.done }.told(&visit, Whose::Partner(partner)).await,
    };
    Ok(Shown(page).into_response())
}

async fn group_card(
    visit: &Visit,
    partner: PartnerId,
    group: PartnerGroup,
    request: ListRequest,
) -> Result<GroupCard, Error> {
    let AsOf { answer, .. } = lists::group_members(visit.engine(), visit.reader(), partner, group, request).await?;
    let Page { items, people, next } = answer;
    let names = visit.names(&people);
    let named = |member: &Member| (member.user, names.user(User { tenant: partner.into(), user: member.user }));
    let mut members: Vec<_> = items.iter().map(named).collect();
    members.sort_by_key(|(_, name)| name.to_lowercase());
    Ok(GroupCard { group, members, more: next.is_some(), unknown: None })
}

/// The people, if the person sees them.
async fn people_card(visit: &Visit, partner: PartnerId, request: ListRequest) -> Result<Option<PeopleCard>, Error> {
    let (name, is_later) = (request.name.clone(), request.after.is_some());
    let found: ListPage<PersonRow> = match lists::people(visit.engine(), visit.reader(), partner.into(), request).await
    {
        Ok(found) => found,
        Err(error) if error.code() == Code::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let link = visit.links().to(format!("/partners/{partner}/groups")).with_some("name", name);
    let next = found.answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    Ok(Some(PeopleCard { rows: found.answer.items, next, first: is_later.then_some(link) }))
}

impl GroupsPage {
    fn link(&self, below: &str) -> Link {
        self.shell.links.to(format!("/partners/{}{below}", self.partner))
    }

    fn add(&self, group: &PartnerGroup) -> Link {
        self.link(&format!("/groups/{group}/add"))
    }

    fn remove(&self, group: &PartnerGroup, user: &ObjectId) -> Link {
        self.link(&format!("/groups/{group}/members/{user}/remove"))
    }

    fn person(&self, user: &ObjectId) -> Link {
        self.link(&format!("/people/{user}"))
    }

    fn csv(&self, what: &str) -> Link {
        self.link("/groups").with("format", what)
    }

    fn shown(row: &PersonRow) -> String {
        shown(&row.names, row.user)
    }

    /// What comes with a group, by the rules.
    fn brings(group: &PartnerGroup) -> &'static str {
        match group {
            PartnerGroup::AdminAgents => "group-admin-agents",
            PartnerGroup::HelpdeskAgents => "group-helpdesk-agents",
            PartnerGroup::SalesAgents => "group-sales-agents",
        }
    }

    /// Who can be picked for a group: those of the people shown who are not in it.
    fn others(&self, group: &PartnerGroup) -> Vec<(ObjectId, String)> {
        let rows = self.people.as_ref().map(|people| people.rows.as_slice()).unwrap_or_default();
        rows.iter().filter(|row| !row.groups.contains(group)).map(|row| (row.user, Self::shown(row))).collect()
    }
}

/// The members of a group as a table to take along.
struct MembersTable {
    visit: Visit,
    partner: PartnerId,
    group: PartnerGroup,
}

impl CsvTable for MembersTable {
    type Row = (ObjectId, String);

    fn visit(&self) -> &Visit {
        &self.visit
    }

    fn columns(&self) -> Vec<&'static str> {
        vec!["group", "user", "name"]
    }

    fn cells(&self, (user, name): &(ObjectId, String)) -> Vec<String> {
        vec![self.group.to_string(), user.to_string(), name.clone()]
    }

    async fn page(&self, request: ListRequest) -> Result<(Vec<Self::Row>, Option<ListRequest>), Error> {
        let Self { visit, partner, group } = self;
        let members = lists::group_members(visit.engine(), visit.reader(), *partner, *group, request).await?;
        let Page { items, people, next } = members.answer;
        let name = |user| people.shown(User { tenant: (*partner).into(), user }).unwrap_or_default().to_owned();
        Ok((items.into_iter().map(|Member { user }| (user, name(user))).collect(), next))
    }
}
