//! Questions about a stretch of time: who could do something at any moment in it, and what somebody could do anywhere;
//! when exactly, and why.

mod looking;
mod search;

use crate::{
    AsOf, Error,
    error::Code,
    moments::{pinned, when},
    page::{Page, page_items},
    people::people_in,
    turns::INTERVALS,
};
use looking::Looking;
use procura_domain::{
    access::{Named, NotAsked, Question, Resource, ResourceType, Subject, action_names},
    id::{CustomerId, Id, TenantId},
    intervals::Interval,
    rule::{RULES_VERSION, Rule},
    state::State,
    temporal::Moment,
    visibility::{
        Audience, Disclosure, Reader, can_still_see, can_still_see_something, may_ask_what_could, may_ask_who_could,
    },
    vocabulary::{DeviceOrigin, UnknownName},
};
use procura_engine::{Engine, When};
use procura_views::{AccessOverTime, Point, Wanted, is_tenant_of, resources_in, subjects_on, tenant_of, tenants_of};
use search::{Budget, KEYS_AT_ONCE, Search};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet};

/// Who could do this to that, between two moments?
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhoCould {
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
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhatCould {
    /// Who, like `user:TENANT/USER`.
    pub subject: String,
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

/// One page of an answer about a stretch of time: who could do what to what, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntervalPage<C> {
    #[serde(flatten)]
    pub page: Page<AccessOverTime, C>,
    /// The beginning of the time asked about.
    pub from: Point,
    pub until: Point,
    /// The version of the rules.
    pub rules: Cow<'static, str>,
}

/// One page of who could do something.
///
/// # Errors
/// If the question is none, its resource unknown, or its moments lie ahead; if the reader may not ask it.
pub async fn who_could(
    engine: &Engine,
    reader: Reader,
    request: WhoCould,
) -> Result<AsOf<IntervalPage<WhoCould>>, Error> {
    let found = INTERVALS.take({
        let engine = engine.clone();
        move || who_could_at(&engine, reader, request)
    });
    with_names(engine, found.await??).await
}

/// One page of what somebody could do.
///
/// # Errors
/// If the question is none, its subject of no tenant, or its moments lie ahead; if the reader may not ask it.
pub async fn what_could(
    engine: &Engine,
    reader: Reader,
    request: WhatCould,
) -> Result<AsOf<IntervalPage<WhatCould>>, Error> {
    let found = INTERVALS.take({
        let engine = engine.clone();
        move || what_could_at(&engine, reader, request)
    });
    with_names(engine, found.await??).await
}

/// The page, with what the people in it are called.
async fn with_names<C>(engine: &Engine, page: AsOf<IntervalPage<C>>) -> Result<AsOf<IntervalPage<C>>, Error> {
    let AsOf { at, answer: mut found } = page;
    found.page.people = people_in(engine, &found.page.items[..]).await?;
    Ok(AsOf { at, answer: found })
}

fn who_could_at(engine: &Engine, reader: Reader, request: WhoCould) -> Result<AsOf<IntervalPage<WhoCould>>, Error> {
    let WhoCould { action, resource, partner, source, from, until, limit, after } = &request;
    let resource = named(partner.as_deref(), source.as_deref()).and_then(|named| {
        let (kind, id) = typed(resource, "resource, written TYPE:ID")?;
        Resource::parse(kind, id, action, named)
    })?;
    let now = engine.moment(When::Now)?;
    let interval = interval(engine, from.as_deref(), until.as_deref(), now)?;
    let until = interval.until.position;
    let tenant = engine.read(|state| tenant_of(state, &resource, until));
    let audience = engine.read(|state| may_ask_who_could(reader, tenant, now, state)).ok_or_else(|| {
        let detail = "ask about your own tenant's resources as its Global administrator, or what you could do yourself";
        Error::new(Code::NotAllowed, detail).by_rule(Rule::Vis3)
    })?;
    let tenant = tenant.ok_or_else(Error::not_found)?;
    let subjects = |from| Ok(engine.read(|state| subjects_on(state, &resource, tenant, audience, from, KEYS_AT_ONCE)));
    let search = Search {
        wanted: Budget::new(page_items(*limit)?),
        after: after.as_deref(),
        spelled: |subject: &Subject| format!("{}:{}", subject.subject_type(), subject.id()),
        read: |text| text.split_once(':').and_then(|(kind, id)| Subject::parse(kind, id).ok()),
    };
    let questions = |subject: &Subject, done, at_most| {
        let question = Question { subject: *subject, resource: resource.clone() };
        [question].into_iter().skip(done).take(at_most).collect()
    };
    let looking = Looking { engine, interval, told: audience };
    let ask = |_: &Subject, question: &Question, since, left| looking.back(question, since, left, |_| true);
    let (items, end) = search.page(subjects, |_| true, questions, ask)?;
    let until = pinned(request.until.as_deref(), interval.until.at);
    let next = end.map(|after| WhoCould { until: Some(until), after: Some(after), ..request });
    Ok(IntervalPage::of(interval, Page::new(items, next)))
}

fn what_could_at(engine: &Engine, reader: Reader, request: WhatCould) -> Result<AsOf<IntervalPage<WhatCould>>, Error> {
    let WhatCould { subject, action, customer, resource_type, from, until, limit, after } = &request;
    let subject = typed(subject, "subject, written TYPE:ID").and_then(|(kind, id)| Subject::parse(kind, id))?;
    let action = action.as_deref().map(known_action).transpose()?;
    let resource_type: Option<ResourceType> =
        resource_type.as_deref().map(|name| name.parse().map_err(NotAsked::ResourceType)).transpose()?;
    let now = engine.moment(When::Now)?;
    let interval = interval(engine, from.as_deref(), until.as_deref(), now)?;
    let tenant = customer.map(TenantId::from);
    let disclosure = engine.read(|state| may_ask_what_could(reader, subject, tenant, now, state)).ok_or_else(|| {
        let detail = "ask about yourself, or with `customer` about your own tenant as its Global administrator";
        Error::new(Code::NotAllowed, detail).by_rule(Rule::Vis3)
    })?;
    let (itself, told) = match (disclosure, reader) {
        (Disclosure::AsSubject, Reader::User(user)) => (Some(user), Audience::PeopleOf(user.tenant)),
        (Disclosure::AsSubject, Reader::Overseer | Reader::Decider) => (None, Audience::PeopleOf(subject.tenant())),
        (Disclosure::To(audience), _) => (None, audience),
    };
    let until = interval.until.position;
    let tenants = |from: Option<TenantId>| {
        let from = from.unwrap_or(TenantId::MIN);
        let tenants = match (told, tenant) {
            // What a customer is told of somebody is in its own tenant. Nothing is looked up that belongs to others (VIS-7).
            (Audience::Customer(customer), _) => Some(vec![customer.into()]),
            (_, Some(only)) => engine.read(|state| {
                is_tenant_of(state, subject, until, only).map(|is_one| if is_one { vec![only] } else { Vec::new() })
            }),
            (_, None) => engine.read(|state| tenants_of(state, subject, until, from, KEYS_AT_ONCE)),
        };
        let mut tenants = tenants.ok_or_else(Error::not_found)?;
        tenants.retain(|id| *id >= from);
        Ok(tenants)
    };
    // The end of a page names a tenant: only one that may be known.
    let is_known =
        |id: &TenantId| itself.is_none_or(|user| engine.read(|state| can_still_see_something(user, *id, now, state)));
    let search = Search {
        wanted: Budget::new(page_items(*limit)?),
        after: after.as_deref(),
        spelled: TenantId::to_string,
        read: |text| text.parse().ok(),
    };
    let wanted = Wanted { action, resource_type };
    let questions = |tenant: &TenantId, done, at_most| {
        engine.read(|state| {
            let resources = resources_in(state, *tenant, until, wanted).skip(done).take(at_most);
            resources.map(|resource| Question { subject, resource }).collect()
        })
    };
    let looking = Looking { engine, interval, told };
    let ask = |tenant: &TenantId, question: &Question, since, left| {
        let is_known =
            |state: &State| itself.is_none_or(|user| can_still_see(user, *tenant, &question.resource, now, state));
        looking.back(question, since, left, is_known)
    };
    let (items, end) = search.page(tenants, is_known, questions, ask)?;
    let until = pinned(request.until.as_deref(), interval.until.at);
    let next = end.map(|after| WhatCould { until: Some(until), after: Some(after), ..request });
    Ok(IntervalPage::of(interval, Page::new(items, next)))
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
    Ok(Named { partner, origin: source.map(DeviceOrigin::Customer), user: None })
}

/// The interval between two moments as they are written: from the beginning until now unless they say otherwise.
fn interval(engine: &Engine, from: Option<&str>, until: Option<&str>, now: Moment) -> Result<Interval, Error> {
    let moment = |name: &str, text: &str| Ok::<_, Error>(engine.moment(when(name, text)?)?);
    let until = until.map_or(Ok(now), |text| moment("until", text))?;
    let Some(from) = from else { return Ok(Interval::until(until)) };
    let from = moment("from", from)?;
    if (from.position, from.at) > (until.position, until.at) {
        return Err(Error::invalid_request("`from` is after `until`"));
    }
    Ok(Interval { from, until })
}

impl<C> IntervalPage<C> {
    fn of(Interval { from, until }: Interval, page: Page<AccessOverTime, C>) -> AsOf<Self> {
        let point = |Moment { position, at }| Point { position, time: at };
        let answer = Self { page, from: point(from), until: point(until), rules: RULES_VERSION.into() };
        AsOf { at: until, answer }
    }

    /// The page with a link to the next one, which a server has at the same path.
    pub fn linked(self, path: &str) -> IntervalPage<String>
    where
        C: Serialize,
    {
        IntervalPage { page: self.page.linked(path), from: self.from, until: self.until, rules: self.rules }
    }
}
