//! One of a partner's people, for its Global administrators: what it is called, its groups and its directory roles; and the
//! pages that ask before one of those is given or taken.

use super::groups::{may, shown};
use crate::{
    acting::act,
    answer::{Shown, see_other},
    changes::{DoneQuery, done, refused},
    confirmation::Confirmation,
    extract::{InPath, InQuery},
    failure::Failure,
    field_problem::problem,
    form::Sent,
    links::Link,
    rights::has_one_administrator,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_app::{
    AsOf, Code, Error, PersonRow,
    find::{FindRequest, Found, ThingKind, find},
    history::{HistoryEntry, Whose},
    lists::person,
};
use procura_domain::{
    id::{ObjectId, PartnerId},
    temporal::Position,
    text::{Name, UserPrincipalName},
    vocabulary::{DirectoryRole, PartnerGroup, User},
};
use procura_engine::When;
use serde::Deserialize;
use serde_json::{Value, json};

/// The names that were typed, and what is wrong with them.
#[derive(Debug, Clone, Default)]
struct TypedNames {
    /// The object id, of somebody who is new here.
    user: String,
    display_name: String,
    user_principal_name: String,
    user_problem: Option<String>,
    display_name_problem: Option<String>,
    user_principal_name_problem: Option<String>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    shell: Shell,
    partner: PartnerId,
    /// Nobody yet, on the page of somebody new.
    row: Option<PersonRow>,
    title: String,
    typed: TypedNames,
    position: Position,
    may_manage: bool,
    may_assign: bool,
    may_describe: bool,
    /// Whether it is the only Global administrator.
    is_last: bool,
    done: Vec<HistoryEntry>,
}

/// `GET /partners/{partner}/people/{user}`
pub(crate) async fn page(
    visit: Visit,
    InPath((partner, user)): InPath<(PartnerId, ObjectId)>,
    InQuery(done): InQuery<DoneQuery>,
) -> Result<Response, Failure> {
    let AsOf { at, answer: row } = find_person(&visit, partner, user).await?;
    let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
    let typed = TypedNames {
        display_name: text(row.names.display_name.as_deref()),
        user_principal_name: text(row.names.user_principal_name.as_deref()),
        ..TypedNames::default()
    };
    let told = done.told(&visit, Whose::Partner(partner)).await;
    let administers = row.roles.contains(&DirectoryRole::GlobalAdministrator);
    let is_last = administers && has_one_administrator(&visit, partner.into()).await?;
    let page = PersonPage { done: told, is_last, ..PersonPage::new(&visit, partner, Some(row), at.position, typed) };
    Ok(Shown(page).into_response())
}

/// `GET /partners/{partner}/people/new`
pub(crate) async fn new(visit: Visit, InPath(partner): InPath<PartnerId>) -> Result<Response, Failure> {
    if !may(&visit, partner, "user.describe") {
        return Err(Error::not_found().into());
    }
    let at = visit.engine().moment(When::Now)?;
    Ok(Shown(PersonPage::new(&visit, partner, None, at.position, TypedNames::default())).into_response())
}

/// `POST /partners/{partner}/people/new`
pub(crate) async fn describe_new(
    visit: Visit,
    InPath(partner): InPath<PartnerId>,
    sent: Sent,
) -> Result<Response, Failure> {
    let typed = sent.field("user").unwrap_or_default().to_owned();
    let user = typed.parse::<ObjectId>().ok();
    describe_as(&visit, partner, user, None, &sent).await
}

/// `POST /partners/{partner}/people/{user}`
pub(crate) async fn describe(
    visit: Visit,
    InPath((partner, user)): InPath<(PartnerId, ObjectId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let AsOf { answer: row, .. } = find_person(&visit, partner, user).await?;
    describe_as(&visit, partner, Some(user), Some(row), &sent).await
}

async fn describe_as(
    visit: &Visit,
    partner: PartnerId,
    user: Option<ObjectId>,
    row: Option<PersonRow>,
    sent: &Sent,
) -> Result<Response, Failure> {
    let words = visit.words();
    let (display_name, upn) = (sent.field("displayName"), sent.field("userPrincipalName"));
    let nothing = display_name.is_none() && upn.is_none();
    let wrong_name = display_name.and_then(|name| problem(words, &Name::new(name)));
    let mut typed = TypedNames {
        user: sent.field("user").unwrap_or_default().to_owned(),
        display_name: display_name.unwrap_or_default().to_owned(),
        user_principal_name: upn.unwrap_or_default().to_owned(),
        user_problem: user.is_none().then(|| words.word("field-object-id").into_owned()),
        display_name_problem: if nothing { Some(words.word("field-empty").into_owned()) } else { wrong_name },
        user_principal_name_problem: upn.and_then(|name| problem(words, &UserPrincipalName::new(name))),
    };
    let is_sound = typed.display_name_problem.is_none() && typed.user_principal_name_problem.is_none();
    if let Some(user) = user.filter(|_| is_sound) {
        let fields = json!({ "tenant": partner, "user": user, "displayName": display_name, "userPrincipalName": upn });
        match visit.issue("DescribeUser", &fields, sent).await {
            Ok(outcome) => return Ok(see_other(done(person_link(visit, partner, user), &outcome)).into_response()),
            Err(error) if error.code() == Code::NameTaken => {
                typed.user_principal_name_problem = Some(words.word("error-nameTaken").into_owned());
            }
            Err(error) => {
                let again = person_link(visit, partner, user);
                return refused(visit, Whose::Partner(partner), sent.position, again, error).await;
            }
        }
    }
    let page = PersonPage::new(visit, partner, row, sent.position.unwrap_or(Position(0)), typed);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Shown(page)).into_response())
}

/// Who is to join a group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhoQuery {
    /// A user principal name, or an object id.
    user: String,
}

/// `GET /partners/{partner}/groups/{group}/add`
pub(crate) async fn ask_add(
    visit: Visit,
    InPath((partner, group)): InPath<(PartnerId, PartnerGroup)>,
    InQuery(query): InQuery<WhoQuery>,
) -> Result<Response, Failure> {
    let typed = query.user.trim();
    let Some(user) = find_user(&visit, partner, typed).await? else {
        let again = groups_link(&visit, partner).with("group", group).with("unknown", typed);
        return Ok(see_other(again).into_response());
    };
    let fields = json!({ "partner": partner, "group": group, "user": user });
    let texts = ["member-add-title", "member-add-button", "member-add-text"];
    let page = confirm(&visit, partner, user, ("AddGroupMember", &fields), (texts, group.name())).await?;
    Ok(Shown(Confirmation { takes_away: false, action: member_link(&visit, partner, group, user, "add"), ..page })
        .into_response())
}

/// `POST /partners/{partner}/groups/{group}/members/{user}/add`
pub(crate) async fn add(
    visit: Visit,
    InPath((partner, group, user)): InPath<(PartnerId, PartnerGroup, ObjectId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let fields = json!({ "partner": partner, "group": group, "user": user });
    act(&visit, Whose::Partner(partner), ("AddGroupMember", &fields), &sent, groups_link(&visit, partner)).await
}

/// `GET /partners/{partner}/groups/{group}/members/{user}/remove`
pub(crate) async fn ask_remove(
    visit: Visit,
    InPath((partner, group, user)): InPath<(PartnerId, PartnerGroup, ObjectId)>,
) -> Result<Response, Failure> {
    let fields = json!({ "partner": partner, "group": group, "user": user });
    let texts = ["member-remove-title", "member-remove-button", "member-remove-text"];
    let page = confirm(&visit, partner, user, ("RemoveGroupMember", &fields), (texts, group.name())).await?;
    Ok(Shown(page).into_response())
}

/// `POST /partners/{partner}/groups/{group}/members/{user}/remove`
pub(crate) async fn remove(
    visit: Visit,
    InPath((partner, group, user)): InPath<(PartnerId, PartnerGroup, ObjectId)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let fields = json!({ "partner": partner, "group": group, "user": user });
    act(&visit, Whose::Partner(partner), ("RemoveGroupMember", &fields), &sent, groups_link(&visit, partner)).await
}

/// `GET /partners/{partner}/people/{user}/roles/{role}/assign`
pub(crate) async fn ask_assign(
    visit: Visit,
    InPath((partner, user, role)): InPath<(PartnerId, ObjectId, DirectoryRole)>,
) -> Result<Response, Failure> {
    let fields = json!({ "tenant": partner, "user": user, "role": role });
    let texts = ["role-assign-title", "role-assign-button", "role-assign-text"];
    let page = confirm(&visit, partner, user, ("AssignDirectoryRole", &fields), (texts, role.name())).await?;
    Ok(Shown(Confirmation { takes_away: false, ..page }).into_response())
}

/// `POST /partners/{partner}/people/{user}/roles/{role}/assign`
pub(crate) async fn assign(
    visit: Visit,
    InPath((partner, user, role)): InPath<(PartnerId, ObjectId, DirectoryRole)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let fields = json!({ "tenant": partner, "user": user, "role": role });
    let then = person_link(&visit, partner, user);
    act(&visit, Whose::Partner(partner), ("AssignDirectoryRole", &fields), &sent, then).await
}

/// `GET /partners/{partner}/people/{user}/roles/{role}/remove`
pub(crate) async fn ask_unassign(
    visit: Visit,
    InPath((partner, user, role)): InPath<(PartnerId, ObjectId, DirectoryRole)>,
) -> Result<Response, Failure> {
    let fields = json!({ "tenant": partner, "user": user, "role": role });
    let texts = ["role-remove-title", "role-remove-button", "role-remove-text"];
    let page = confirm(&visit, partner, user, ("RemoveDirectoryRole", &fields), (texts, role.name())).await?;
    Ok(Shown(page).into_response())
}

/// `POST /partners/{partner}/people/{user}/roles/{role}/remove`
pub(crate) async fn unassign(
    visit: Visit,
    InPath((partner, user, role)): InPath<(PartnerId, ObjectId, DirectoryRole)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let fields = json!({ "tenant": partner, "user": user, "role": role });
    let then = groups_link(&visit, partner);
    act(&visit, Whose::Partner(partner), ("RemoveDirectoryRole", &fields), &sent, then).await
}

/// The page that asks before somebody gets or loses a group or a role of that name.
async fn confirm(
    visit: &Visit,
    partner: PartnerId,
    user: ObjectId,
    (command, fields): (&str, &Value),
    ([title, button, note], what): ([&'static str; 3], &str),
) -> Result<Confirmation, Error> {
    let ahead = visit.preview(command, fields).await?;
    let user = User { tenant: partner.into(), user };
    let people = visit.engine().people([user]).await?;
    let words = visit.words();
    let values = [("user", visit.names(&people).user(user).into()), ("what", words.called(what).into_owned().into())];
    let back = format!("/partners/{partner}/groups");
    Ok(Confirmation {
        title: words.sentence(title, &values).into(),
        notes: vec![words.word(note).into_owned()],
        ..Confirmation::of(visit, &ahead, [button, button], (None, &back))
    })
}

async fn find_person(visit: &Visit, partner: PartnerId, user: ObjectId) -> Result<AsOf<PersonRow>, Error> {
    let user = User { tenant: partner.into(), user };
    person(visit.engine(), visit.reader(), user, visit.at().as_deref()).await
}

/// The partner's user of that object id or user principal name; nobody, if that is neither.
async fn find_user(visit: &Visit, partner: PartnerId, text: &str) -> Result<Option<ObjectId>, Error> {
    if let Ok(user) = text.parse() {
        return Ok(Some(user));
    }
    let request = FindRequest { kind: ThingKind::User, text: text.to_owned(), customer: None };
    let found = match find(visit.engine(), visit.reader(), request).await {
        Ok(AsOf { answer: Found { items, .. }, .. }) => items,
        Err(error) if error.code() == Code::InvalidRequest => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut users = found.iter().filter_map(|found| found.id.parse::<User>().ok());
    Ok(users.find(|user| user.tenant == partner.into()).map(|user| user.user))
}

fn groups_link(visit: &Visit, partner: PartnerId) -> Link {
    visit.links().to(format!("/partners/{partner}/groups"))
}

fn person_link(visit: &Visit, partner: PartnerId, user: ObjectId) -> Link {
    visit.links().to(format!("/partners/{partner}/people/{user}"))
}

fn member_link(visit: &Visit, partner: PartnerId, group: PartnerGroup, user: ObjectId, what: &str) -> Link {
    visit.links().now(format!("/partners/{partner}/groups/{group}/members/{user}/{what}"))
}

impl PersonPage {
    fn new(visit: &Visit, partner: PartnerId, row: Option<PersonRow>, position: Position, typed: TypedNames) -> Self {
        let shell = visit.shell();
        let title = match &row {
            Some(row) => shown(&row.names, row.user),
            None => shell.word("person-new-title").into_owned(),
        };
        Self {
            shell,
            partner,
            row,
            title,
            typed,
            position,
            may_manage: may(visit, partner, "group.manage"),
            may_assign: may(visit, partner, "directoryRole.assign"),
            may_describe: may(visit, partner, "user.describe"),
            is_last: false,
            done: Vec::new(),
        }
    }

    fn is_administrator(role: &DirectoryRole) -> bool {
        *role == DirectoryRole::GlobalAdministrator
    }

    fn link(&self, below: &str) -> Link {
        self.shell.links.to(format!("/partners/{}{below}", self.partner))
    }

    fn action(&self) -> Link {
        let person = self.row.as_ref().map_or_else(|| "new".to_owned(), |row| row.user.to_string());
        self.shell.links.now(format!("/partners/{}/people/{person}", self.partner))
    }

    fn role(&self, row: &PersonRow, role: &DirectoryRole, what: &str) -> Link {
        self.link(&format!("/people/{}/roles/{role}/{what}", row.user))
    }

    fn add(&self, row: &PersonRow, group: &PartnerGroup) -> Link {
        self.link(&format!("/groups/{group}/add")).with("user", row.user)
    }

    fn remove(&self, row: &PersonRow, group: &PartnerGroup) -> Link {
        self.link(&format!("/groups/{group}/members/{}/remove", row.user))
    }

    fn other_groups(row: &PersonRow) -> Vec<PartnerGroup> {
        PartnerGroup::ALL.iter().copied().filter(|group| !row.groups.contains(group)).collect()
    }

    fn other_roles(row: &PersonRow) -> Vec<DirectoryRole> {
        DirectoryRole::ALL.iter().copied().filter(|role| !row.roles.contains(role)).collect()
    }
}
