//! Questions about a stretch of time: who could do something at any moment in it, and what somebody could do anywhere;
//! when exactly, and why.

use crate::{
    caller::Caller,
    problem::Problem,
    queries::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, Parameters},
    routes::{self, App},
    when::parse_when,
};
use axum::{
    Extension, Json,
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use procura_domain::{
    access::{Named, NotAsked, Question, Resource, ResourceType, Subject, action_names},
    held::Interval,
    id::{CustomerId, TenantId},
    rule::{RULES_VERSION, Rule},
    temporal::{Moment, Position, Timestamp},
    visibility::{self, Reader},
    vocabulary::{DeviceOrigin, UnknownName},
};
use procura_engine::{Engine, When};
use procura_views::{Audience, Could, could, resources_in, subjects_on, tenants_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// After how many spans a page takes no more items: one that changed hands daily for years has thousands.
const PAGE_SPANS_MAX: usize = 5_000;

/// Who could do this to that, between two moments?
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhoCould {
    /// What.
    pub action: String,
    /// To what, like `customer:GUID`.
    pub resource: String,
    /// The partner that the question names beside the resource.
    pub partner: Option<String>,
    /// For `device.add`: the channel through which the customer adds it.
    pub source: Option<String>,
    /// From when on: a time or a position; the beginning when left out.
    pub from: Option<String>,
    /// Until when: a time or a position; now when left out.
    pub until: Option<String>,
    /// How many items a page has.
    pub limit: Option<usize>,
    /// How far the page before went.
    pub after: Option<String>,
}

/// What could this subject do anywhere, between two moments?
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhatCould {
    /// Who, like `user:TENANT/USER`.
    pub subject: String,
    /// Only this action.
    pub action: Option<String>,
    /// Only in this customer's tenant.
    pub customer: Option<CustomerId>,
    /// Only on resources of this type.
    pub resource_type: Option<String>,
    /// From when on: a time or a position; the beginning when left out.
    pub from: Option<String>,
    /// Until when: a time or a position; now when left out.
    pub until: Option<String>,
    /// How many items a page has.
    pub limit: Option<usize>,
    /// How far the page before went.
    pub after: Option<String>,
}

/// One page of an answer about a stretch of time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// Who could do what to what, when and why.
    pub items: Vec<Could>,
    /// The next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
    /// The beginning of the time asked about.
    pub from: At,
    /// Its end.
    pub until: At,
    /// The version of the rules.
    pub rules: &'static str,
    /// How far this page goes; nothing where it is the last.
    #[serde(skip)]
    pub after: Option<String>,
}

/// A moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct At {
    /// The position.
    pub position: Position,
    /// The instant.
    pub time: Timestamp,
}

impl From<Moment> for At {
    fn from(Moment { position, at }: Moment) -> Self {
        Self { position, time: at }
    }
}

impl At {
    /// The instant as a query takes it.
    pub fn text(&self) -> String {
        self.time.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// `GET /v1/who-could`
pub(crate) async fn who_could_of(
    State(app): State<App>,
    caller: Caller,
    Parameters(query, uri): Parameters<WhoCould>,
) -> Result<Response, Problem> {
    let reader = caller.reader();
    answer(uri, move || who_could_at(&app.engine, reader, &query)).await
}

/// `GET /v1/what-could`
pub(crate) async fn what_could_of(
    State(app): State<App>,
    caller: Caller,
    Parameters(query, uri): Parameters<WhatCould>,
) -> Result<Response, Problem> {
    let reader = caller.reader();
    answer(uri, move || what_could_at(&app.engine, reader, &query)).await
}

/// Looks for a page away from the async runtime: there may be many tenants to go through.
async fn answer(
    uri: Uri,
    look: impl FnOnce() -> Result<Answered, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let looked = tokio::task::spawn_blocking(look).await;
    let answered = looked.map_err(|error| Problem::new("internal", error.to_string()))??;
    let position = Extension(routes::ReadAt(Moment { position: answered.until.position, at: answered.until.time }));
    let next_link = answered.next_link(&uri);
    Ok((position, Json(Answered { next_link, ..answered })).into_response())
}

/// One page of who could do something, for whoever runs the engine.
///
/// # Errors
/// Where the question is none, its resource unknown, or its moments lie ahead.
pub fn who_could(engine: &Engine, query: &WhoCould) -> Result<Answered, Problem> {
    who_could_at(engine, Reader::Overseer, query)
}

/// One page of what somebody could do, for whoever runs the engine.
///
/// # Errors
/// Where the question is none, its subject of no tenant, or its moments lie ahead.
pub fn what_could(engine: &Engine, query: &WhatCould) -> Result<Answered, Problem> {
    what_could_at(engine, Reader::Overseer, query)
}

fn who_could_at(engine: &Engine, reader: Reader, query: &WhoCould) -> Result<Answered, Problem> {
    let WhoCould { action, resource, partner, source, from, until, limit, after } = query;
    let resource = named(partner.as_deref(), source.as_deref()).and_then(|named| {
        let (kind, id) = typed(resource, "resource, written TYPE:ID")?;
        Resource::parse(kind, id, action, named)
    });
    let resource = resource.map_err(|not_asked| Problem::invalid_request(not_asked.to_string()))?;
    let now = engine.moment(When::Now)?;
    let interval = interval(engine, from.as_deref(), until.as_deref(), now)?;
    let found = engine.read(|state| {
        let found = subjects_on(state, &resource, interval.until.position);
        let tenant = found.as_ref().map(|(tenant, _)| *tenant);
        visibility::may_ask_over_time(reader, tenant, now, state).then_some(found)
    });
    let found = found.ok_or_else(|| {
        let detail = "ask about your own tenant's resources as its Global administrator, or what you could do yourself";
        Problem::new("notAllowed", detail).by_rule(Rule::Vis3)
    })?;
    let (_, subjects) = found.ok_or_else(Problem::not_found)?;
    let page = Pages { limit: page_items(*limit)?, after: after.as_deref() };
    // One subject after the other: commands go on being accepted in between.
    let rows = |subject: &Subject| {
        let question = Question { subject: *subject, resource: resource.clone() };
        engine.read(|state| could(state, &question, interval, Audience::Everything)).into_iter().collect()
    };
    let key = |subject: &Subject| format!("{}:{}", subject.subject_type(), subject.id());
    page.cut(&subjects, key, rows).map(|page| Answered::new(interval, page))
}

fn what_could_at(engine: &Engine, reader: Reader, query: &WhatCould) -> Result<Answered, Problem> {
    let WhatCould { subject, action, customer, resource_type, from, until, limit, after } = query;
    let invalid = |not_asked: NotAsked| Problem::invalid_request(not_asked.to_string());
    let subject = typed(subject, "subject, written TYPE:ID").and_then(|(kind, id)| Subject::parse(kind, id));
    let subject = subject.map_err(invalid)?;
    let action = action.as_deref().map(known_action).transpose().map_err(invalid)?;
    let resource_type: Option<ResourceType> = resource_type
        .as_deref()
        .map(|name| name.parse().map_err(NotAsked::ResourceType))
        .transpose()
        .map_err(invalid)?;
    let now = engine.moment(When::Now)?;
    let interval = interval(engine, from.as_deref(), until.as_deref(), now)?;
    let tenant = customer.map(TenantId::from);
    let about_everybody = engine.read(|state| visibility::may_ask_over_time(reader, tenant, now, state));
    let itself = match reader {
        Reader::User(user) if !about_everybody => Some(user).filter(|user| subject == Subject::User(*user)),
        _ => None,
    };
    if itself.is_none() && !about_everybody {
        let detail = "ask about yourself, or with `customer` about your own tenant as its Global administrator";
        return Err(Problem::new("notAllowed", detail).by_rule(Rule::Vis3));
    }
    let told = itself.map_or(Audience::Everything, |user| Audience::PeopleOf(user.tenant));
    let tenants = engine.read(|state| tenants_of(state, subject, interval.until.position));
    let mut tenants = tenants.ok_or_else(Problem::not_found)?;
    tenants.retain(|found| tenant.is_none_or(|only| only == *found));
    let page = Pages { limit: page_items(*limit)?, after: after.as_deref() };
    let asked = |resource: &Resource| {
        action.is_none_or(|only| only == resource.action())
            && resource_type.is_none_or(|only| only == resource.resource_type())
    };
    // One tenant after the other: commands go on being accepted in between.
    let rows = |tenant: &TenantId| {
        engine.read(|state| {
            let known = |resource: &Resource| {
                itself.is_none_or(|user| visibility::knows_still(user, *tenant, resource, now, state))
            };
            let resources = resources_in(state, *tenant).into_iter().filter(asked).filter(known);
            resources.filter_map(|resource| could(state, &Question { subject, resource }, interval, told)).collect()
        })
    };
    page.cut(&tenants, TenantId::to_string, rows).map(|page| Answered::new(interval, page))
}

fn typed<'t>(text: &'t str, kind: &'static str) -> Result<(&'t str, &'t str), NotAsked> {
    text.split_once(':').ok_or_else(|| NotAsked::id(text, kind))
}

fn known_action(name: &str) -> Result<&'static str, NotAsked> {
    let mut names = action_names().map(|(action, _)| action);
    let unknown = || UnknownName::new(name, action_names().map(|(action, _)| action).collect::<BTreeSet<_>>());
    names.find(|action| *action == name).ok_or_else(|| NotAsked::Action(unknown()))
}

fn named(partner: Option<&str>, source: Option<&str>) -> Result<Named, NotAsked> {
    let partner = partner.map(|id| id.parse().map_err(|_| NotAsked::id(id, "partner"))).transpose()?;
    let source = source.map(|name| name.parse().map_err(NotAsked::Source)).transpose()?;
    Ok(Named { partner, origin: source.map(DeviceOrigin::Customer) })
}

/// The interval between two moments as they are written, the beginning and now where they are left out.
fn interval(engine: &Engine, from: Option<&str>, until: Option<&str>, now: Moment) -> Result<Interval, Problem> {
    let moment = |name: &str, text: &str| {
        let when = parse_when(text).map_err(|error| Problem::invalid_request(format!("`{name}`: {error}")))?;
        Ok::<_, Problem>(engine.moment(when)?)
    };
    let until = until.map_or(Ok(now), |text| moment("until", text))?;
    let Some(from) = from else { return Ok(Interval::until(until)) };
    let from = moment("from", from)?;
    if (from.position, from.at) > (until.position, until.at) {
        return Err(Problem::invalid_request("`from` is after `until`"));
    }
    Ok(Interval { from, until })
}

fn page_items(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(PAGE_ITEMS_DEFAULT);
    let fits = (1..=PAGE_ITEMS_MAX).contains(&limit);
    if fits { Ok(limit) } else { Err(Problem::invalid_request(format!("`limit` goes from 1 to {PAGE_ITEMS_MAX}"))) }
}

/// Which page of an answer is wanted.
struct Pages<'p> {
    limit: usize,
    after: Option<&'p str>,
}

impl Pages<'_> {
    /// Goes through the keys in their order, from where the page before ended until this one is full, and says where
    /// that is: `3@KEY`, after so many rows of that key. Keys that come up meanwhile change nothing about it.
    fn cut<K: Ord>(
        &self,
        keys: &BTreeSet<K>,
        name: impl Fn(&K) -> String,
        rows: impl Fn(&K) -> Vec<Could>,
    ) -> Result<(Vec<Could>, Option<String>), Problem> {
        let (mut items, mut spans) = (Vec::new(), 0);
        let (mut shown, mut begun) = (0, true);
        let wrong = || Problem::invalid_request("`after` is not where a page ended: follow `nextLink`");
        let after = match self.after.map(|text| text.split_once('@')) {
            None => None,
            Some(Some((rows, key))) => {
                (shown, begun) = (rows.parse().map_err(|_| wrong())?, false);
                Some(key)
            }
            Some(None) => return Err(wrong()),
        };
        for key in keys {
            begun = begun || after.is_some_and(|after| name(key) == after);
            if !begun {
                continue;
            }
            for (row, at) in rows(key).into_iter().skip(shown).zip(shown..) {
                if items.len() == self.limit || spans >= PAGE_SPANS_MAX {
                    return Ok((items, Some(format!("{at}@{}", name(key)))));
                }
                spans += row.spans.len();
                items.push(row);
            }
            shown = 0;
        }
        if begun { Ok((items, None)) } else { Err(wrong()) }
    }
}

impl Answered {
    fn new(Interval { from, until }: Interval, (items, after): (Vec<Could>, Option<String>)) -> Self {
        Self { items, next_link: None, from: from.into(), until: until.into(), rules: RULES_VERSION, after }
    }

    /// The link names the end of the time asked about, so that the pages belong together.
    fn next_link(&self, uri: &Uri) -> Option<String> {
        let after = self.after.as_ref()?;
        let given = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("after="));
        let mut link = format!("{}?{}", uri.path(), given.collect::<Vec<_>>().join("&"));
        if !link.contains("&until=") && !link.contains("?until=") {
            link.push_str(&format!("&until={}", self.until.text()));
        }
        Some(format!("{link}&after={after}"))
    }
}
