//! *Ask*: may this person do this there, then, and why; or what is missing.

use crate::{
    answer::Shown, asking::on, extract::InQuery, failure::Failure, links::Link, shell::Shell, visit::Visit, why::Why,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error,
    find::{FindRequest, Found, FoundThing, ThingKind, find},
    labels::{LabelsRequest, labels},
};
use procura_domain::{
    access::{CustomerAction, DeviceAction, PartnerAction, ProfileAction, Subject, SubscriptionAction},
    vocabulary::{GroupOf, PartnerGroup, User},
};
use serde::Deserialize;
use std::borrow::Cow;
use uuid::Uuid;

/// The question, as it is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskQuery {
    /// A user principal name or `tenant/user`; of a group, its partner. Empty for oneself, or one's own partner.
    who: String,
    /// A partner's group; empty for a person.
    group: String,
    /// The kind of resource and the action, like `customer:dap.revoke`.
    what: String,
    /// What it is done to, as people call it.
    to: String,
}

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    shell: Shell,
    query: AskQuery,
    asked: Option<Asked>,
}

/// What became of a question.
enum Asked {
    /// Something in it is not known by that name, or several things are.
    Unclear {
        field: &'static str,
        candidates: Vec<(FoundThing, Link)>,
        more: bool,
    },
    Answered {
        who: String,
        what: Cow<'static, str>,
        to: String,
        why: Why,
    },
}

/// `GET /ask`
pub(crate) async fn page(visit: Visit, InQuery(query): InQuery<AskQuery>) -> Result<Response, Failure> {
    let asked = if query.what.is_empty() { None } else { Some(asked(&visit, &query).await?) };
    Ok(Shown(AskPage { shell: visit.shell(), query, asked }).into_response())
}

async fn asked(visit: &Visit, query: &AskQuery) -> Result<Asked, Error> {
    let (kind, action) = query.what.split_once(':').unwrap_or(("", &query.what));
    let unknown = || Error::invalid_parameter("what", "is no action that can be asked about");
    let kind: ThingKind = kind.parse().map_err(|_| unknown())?;
    let group: Option<PartnerGroup> = match query.group.as_str() {
        "" => None,
        group => Some(group.parse().map_err(|error| Error::invalid_parameter("group", error))?),
    };
    let who_kind = if group.is_some() { ThingKind::Partner } else { ThingKind::User };
    let own = match group {
        Some(_) => visit.caller().user.tenant.to_string(),
        None => visit.caller().user.to_string(),
    };
    let who = match query.who.trim() {
        "" => named(visit, who_kind, &own).await?,
        who => found(visit, who_kind, who).await?,
    };
    let to = match (query.to.trim(), kind) {
        // What is not said is one's own organisation.
        ("", ThingKind::Customer | ThingKind::Partner) => {
            named(visit, kind, &visit.caller().user.tenant.to_string()).await?
        }
        (to, kind) => found(visit, kind, to).await?,
    };
    let (who, to) = match (one(who), one(to)) {
        (Ok(who), Ok(to)) => (who, to),
        (Err(Found { items, more }), _) => return Ok(unclear(visit, query, "who", items, more)),
        (_, Err(Found { items, more })) => return Ok(unclear(visit, query, "to", items, more)),
    };
    let unread = |_| Error::not_found();
    let subject = match group {
        Some(group) => Subject::Group(GroupOf { group, partner: who.id.parse().map_err(|_| Error::not_found())? }),
        None => Subject::User(who.id.parse().map_err(unread)?),
    };
    let answer = visit.ask(subject, action, on(kind.name(), &to.id), true).await?;
    let words = visit.words();
    let who = match group {
        Some(group) => {
            let (group, tenant) = (words.called(group.name()).into_owned(), who.name);
            words.sentence("group-of-tenant", &[("group", group.into()), ("tenant", tenant.into())])
        }
        None => words.sentence("user-of-tenant", &[("user", who.name.into()), ("tenant", who.place.into())]),
    };
    Ok(Asked::Answered { who, what: words.called(action), to: to.name, why: Why::of(visit, &answer) })
}

/// The things of that kind that people call so; one with that id is alone.
async fn found(visit: &Visit, kind: ThingKind, text: &str) -> Result<Found, Error> {
    let is_id = match kind {
        ThingKind::User => text.parse::<User>().is_ok(),
        _ => text.parse::<Uuid>().is_ok(),
    };
    if is_id {
        return named(visit, kind, text).await;
    }
    if kind == ThingKind::User && !text.contains('@') {
        return Ok(Found::default());
    }
    let request = FindRequest { kind, text: text.to_owned(), customer: None };
    Ok(find(visit.engine(), visit.reader(), request).await?.answer)
}

/// The thing with that id and its name. One that the reader does not know of keeps its id for a name: the question about it is
/// answered like one about an unknown thing.
async fn named(visit: &Visit, kind: ThingKind, id: &str) -> Result<Found, Error> {
    let request = LabelsRequest { ids: id.to_owned() };
    let AsOf { answer, .. } = labels(visit.engine(), visit.reader(), &request).await?;
    let unknown = || FoundThing { kind, id: id.to_owned(), name: id.to_owned(), place: String::new(), tenant: None };
    let thing = answer.items.into_iter().next().unwrap_or_else(unknown);
    Ok(Found { items: vec![thing], more: false })
}

/// The one thing that was found.
fn one(mut found: Found) -> Result<FoundThing, Found> {
    match (found.items.pop(), found.items.is_empty() && !found.more) {
        (Some(thing), true) => Ok(thing),
        (last, _) => {
            found.items.extend(last);
            Err(found)
        }
    }
}

fn unclear(visit: &Visit, query: &AskQuery, field: &'static str, items: Vec<FoundThing>, more: bool) -> Asked {
    let with = |thing: &FoundThing| {
        let (who, to) = match field {
            "who" => (thing.id.as_str(), query.to.as_str()),
            _ => (query.who.as_str(), thing.id.as_str()),
        };
        let link = visit.links().to("/ask").with("who", who).with("group", &query.group);
        link.with("what", &query.what).with("to", to)
    };
    let candidates = items.into_iter().map(|thing| (with(&thing), thing)).map(|(link, thing)| (thing, link)).collect();
    Asked::Unclear { field, candidates, more }
}

/// The actions on a kind of resource, each with its name.
type Actions = (&'static str, Vec<(String, Cow<'static, str>, bool)>);

impl AskPage {
    fn actions(&self) -> Vec<Actions> {
        let kinds: [(&str, &str, Vec<&str>); 5] = [
            ("customer", "ask-on-customer", CustomerAction::ALL.iter().map(|action| action.name()).collect()),
            (
                "subscription",
                "ask-on-subscription",
                SubscriptionAction::ALL.iter().map(|action| action.name()).collect(),
            ),
            ("device", "ask-on-device", DeviceAction::ALL.iter().map(|action| action.name()).collect()),
            ("profile", "ask-on-profile", ProfileAction::ALL.iter().map(|action| action.name()).collect()),
            ("partner", "ask-on-partner", PartnerAction::ALL.iter().map(|action| action.name()).collect()),
        ];
        let named = |kind: &str, action: &str| {
            let value = format!("{kind}:{action}");
            let is_current = value == self.query.what;
            (value, self.shell.words.called(action), is_current)
        };
        kinds
            .into_iter()
            .map(|(kind, title, of)| (title, of.iter().map(|action| named(kind, action)).collect()))
            .collect()
    }

    fn groups(&self) -> Vec<(&'static str, Cow<'static, str>, bool)> {
        let named = |group: &PartnerGroup| {
            (group.name(), self.shell.words.called(group.name()), group.name() == self.query.group)
        };
        PartnerGroup::ALL.iter().map(named).collect()
    }

    fn error_of(&self, wanted: &str) -> Option<(&Vec<(FoundThing, Link)>, bool)> {
        match &self.asked {
            Some(Asked::Unclear { field, candidates, more }) if *field == wanted => Some((candidates, *more)),
            _ => None,
        }
    }
}
