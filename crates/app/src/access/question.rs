//! Access questions as AuthZEN writes them, and what they ask.
//!
//! Members that are unknown are passed over, as AuthZEN demands; one that is missing is named when the question is read, so
//! that a batch answers it in its place.

use crate::Error;
use procura_domain::{
    access::{Named, NotAsked, Question, Resource, Subject},
    command::named_fields_or_none,
    temporal::{Moment, Position, Timestamp},
    vocabulary::{DeviceOrigin, Locale},
};
use procura_engine::{Engine, When};
use serde::{Deserialize, Serialize};

/// May this subject do this to that resource?
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EvaluationRequest {
    /// Who.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectEntity>,
    /// Does what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// To what.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceEntity>,
    /// When, and whether with reasons.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub context: Option<RequestContext>,
}

/// Who a question is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SubjectEntity {
    /// `user` or `group`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    /// `{tenant}/{user}` or `{partner}/{Group}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// No rule asks for any.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing)]
    pub properties: Option<UnusedProperties>,
}

/// What a question is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ResourceEntity {
    /// `customer`, `partner`, `subscription`, `device` or `profile`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Its GUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the question says about it besides.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing_if = "Option::is_none")]
    pub properties: Option<ResourceProperties>,
}

/// What a question says about a resource beside its id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ResourceProperties {
    /// The partner it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// For `device.add`: the channel through which the customer adds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// For `user.describe`: which of the tenant's users is given a display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Action {
    /// Its name, like `customer.view`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// No rule asks for any.
    #[serde(default, deserialize_with = "named_fields_or_none", skip_serializing)]
    pub properties: Option<UnusedProperties>,
}

/// Properties that AuthZEN lets a question have, and no rule asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct UnusedProperties {}

/// When a question is about, and whether reasons are wanted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RequestContext {
    /// A time, not later than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// A position, not beyond the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Whether reasons are wanted.
    #[serde(default)]
    pub explain: bool,
    /// The language that what is missing is told in.
    #[serde(skip)]
    pub locale: Locale,
}

impl EvaluationRequest {
    /// The request with what it leaves out taken from another: a whole part, or the type, id or name that a part lacks.
    pub(super) fn with_defaults(self, defaults: &Self) -> Self {
        Self {
            subject: or_default(self.subject, defaults.subject.as_ref(), |given, default| {
                fill(&mut given.subject_type, default.subject_type.as_ref());
                fill(&mut given.id, default.id.as_ref());
            }),
            action: or_default(self.action, defaults.action.as_ref(), |given, default| {
                fill(&mut given.name, default.name.as_ref());
            }),
            resource: or_default(self.resource, defaults.resource.as_ref(), |given, default| {
                fill(&mut given.resource_type, default.resource_type.as_ref());
                fill(&mut given.id, default.id.as_ref());
            }),
            context: self.context.or_else(|| defaults.context.clone()),
        }
    }
}

fn or_default<T: Clone>(given: Option<T>, default: Option<&T>, fill: impl FnOnce(&mut T, &T)) -> Option<T> {
    match (given, default) {
        (Some(mut given), Some(default)) => {
            fill(&mut given, default);
            Some(given)
        }
        (given, default) => given.or_else(|| default.cloned()),
    }
}

fn fill(given: &mut Option<String>, default: Option<&String>) {
    if given.is_none() {
        *given = default.cloned();
    }
}

/// A part that a request must have.
///
/// # Errors
/// If it does not have it.
pub(super) fn part<'r, T: ?Sized>(name: &str, given: Option<&'r T>) -> Result<&'r T, Error> {
    given.ok_or_else(|| Error::invalid_request(format!("`{name}` is missing")))
}

impl SubjectEntity {
    /// Its type and id.
    ///
    /// # Errors
    /// If one is missing.
    pub(super) fn parts(&self) -> Result<(&str, &str), Error> {
        Ok((part("subject.type", self.subject_type.as_deref())?, part("subject.id", self.id.as_deref())?))
    }
}

impl Action {
    /// Its name.
    ///
    /// # Errors
    /// If it is missing.
    pub(super) fn name(&self) -> Result<&str, Error> {
        part("action.name", self.name.as_deref())
    }
}

impl ResourceEntity {
    /// Its type and id.
    ///
    /// # Errors
    /// If one is missing.
    pub(super) fn parts(&self) -> Result<(&str, &str), Error> {
        Ok((self.resource_type()?, part("resource.id", self.id.as_deref())?))
    }

    /// Its type.
    ///
    /// # Errors
    /// If it is missing.
    pub(super) fn resource_type(&self) -> Result<&str, Error> {
        part("resource.type", self.resource_type.as_deref())
    }

    /// What the question says beside it.
    pub(super) fn named(&self) -> Result<Named, NotAsked> {
        let Some(ResourceProperties { partner, source, user }) = &self.properties else { return Ok(Named::default()) };
        let partner = partner.as_ref().map(|id| id.parse().map_err(|_| NotAsked::id(id, "partner"))).transpose()?;
        let source = source.as_ref().map(|name| name.parse().map_err(NotAsked::Source)).transpose()?;
        let user = user.as_ref().map(|id| id.parse().map_err(|_| NotAsked::id(id, "user"))).transpose()?;
        Ok(Named { partner, origin: source.map(DeviceOrigin::Customer), user })
    }
}

/// The moment that a request is about: now unless its context says otherwise.
///
/// # Errors
/// If the context names none that there is.
pub(super) fn moment(engine: &Engine, context: Option<&RequestContext>, now: Moment) -> Result<Moment, Error> {
    let Some(RequestContext { time, position, .. }) = context else { return Ok(now) };
    match (time, position) {
        (None, None) => Ok(now),
        (None, Some(position)) => Ok(engine.moment(When::Position(Position(*position)))?),
        (Some(time), None) => Ok(engine.moment(When::At(instant(time)?))?),
        (Some(_), Some(_)) => Err(Error::invalid_request("`context` takes either `time` or `position`, not both")),
    }
}

/// An instant as RFC 3339 writes it, or without seconds, as AuthZEN's own examples have it.
fn instant(text: &str) -> Result<Timestamp, Error> {
    if let Ok(When::At(at)) = text.parse() {
        return Ok(at);
    }
    let without_seconds = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z");
    let at = without_seconds
        .map_err(|_| Error::invalid_request("`context.time` is not a time like 2020-06-19T08:00:00Z"))?;
    Ok(at.into())
}

/// The question that a request asks; inside, why nobody can ask it, if something in it is unknown here.
///
/// # Errors
/// If the request lacks a part.
pub(super) fn question(request: &EvaluationRequest) -> Result<Result<Question, NotAsked>, Error> {
    let (subject_type, subject) = part("subject", request.subject.as_ref())?.parts()?;
    let action = part("action", request.action.as_ref())?.name()?;
    let on = part("resource", request.resource.as_ref())?;
    let (resource_type, id) = on.parts()?;
    let read = || {
        let named = on.named()?;
        let subject = Subject::parse(subject_type, subject)?;
        Ok(Question { subject, resource: Resource::parse(resource_type, id, action, named)? })
    };
    Ok(read())
}
