//! Events as a SIEM reads them: records of the Open Cybersecurity Schema Framework, in JSON. `docs/siem.md` describes them.

mod mapping;
mod objects;

use crate::Error;
use mapping::{Class, Mapped};
use objects::{Group, ManagedEntity, Resource, User};
use procura_domain::{
    id::TenantId,
    rule::Rule,
    state::State,
    temporal::Timestamp,
    vocabulary::{Actor, Author, Locale},
};
use procura_engine::{Engine, LoggedEvent, Who};
use procura_views::Narration;
use procura_words::Words;
use serde::Serialize;
use serde_json::value::RawValue;

/// The version of the schema that every record follows.
const SCHEMA_VERSION: &str = "1.8.0";
/// What the records call their product, and its vendor.
const PRODUCT: &str = "Procura";
/// A type is its class and activity in one number.
const ACTIVITIES_OF_CLASS: u32 = 100;

/// The event as a record in JSON. Who did it is left out if the reader is not told.
///
/// # Errors
/// `internal` if it cannot be written.
pub(super) fn json(engine: &Engine, logged: &LoggedEvent, who: Who) -> Result<String, Error> {
    let event = engine.cloud_event_json(logged, who).map_err(Error::internal)?;
    let original: &RawValue = serde_json::from_str(event).map_err(Error::internal)?;
    let record = engine.read(|state| Record::of(engine, state, logged, who, original));
    serde_json::to_string(&record).map_err(Error::internal)
}

/// One event, as OCSF has it. The fields that its class does not have are empty, and left out.
#[derive(Serialize)]
struct Record<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    type_uid: u32,
    type_name: String,
    /// Procura records what happened, and does not judge it.
    severity_id: u32,
    severity: &'static str,
    /// What was refused is no event.
    status_id: u32,
    status: &'static str,
    time: i64,
    message: String,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<ActingUser<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<ManagedEntity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<Group>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    privileges: Vec<&'static str>,
    /// Where a user has the privileges; a group's record has [`Record::resource`] instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Resource>,
    unmapped: Unmapped<'a>,
}

/// Where the record comes from.
#[derive(Serialize)]
struct Metadata {
    version: &'static str,
    product: Product,
    /// The event's alone, for good, among the events of all logs.
    uid: String,
    /// The event's position: a reader that is told everything sees a gap.
    sequence: u64,
    /// Where a reader goes on: the cursor of the feed.
    original_event_uid: String,
    /// The name of the event's type.
    event_code: &'static str,
    /// The command; its events have it in common.
    correlation_uid: String,
    /// The customer that it concerns, else the partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_uid: Option<String>,
    /// When it was brought in, if it was recorded elsewhere before.
    #[serde(skip_serializing_if = "Option::is_none")]
    logged_time: Option<i64>,
}

#[derive(Serialize)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

/// Who did it.
#[derive(Serialize)]
struct ActingUser<'a> {
    user: User,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Session<'a>>,
}

/// What the token told of how somebody signed in.
#[derive(Serialize)]
struct Session<'a> {
    issuer: &'a str,
}

/// What the schema has no place for.
#[derive(Serialize)]
struct Unmapped<'a> {
    rule: Rule,
    /// The event as the feed has it.
    cloudevent: &'a RawValue,
}

impl<'a> Record<'a> {
    fn of(engine: &Engine, state: &State, logged: &'a LoggedEvent, who: Who, cloudevent: &'a RawValue) -> Self {
        let (event, position) = (&logged.event, logged.position());
        let Mapped { activity, entity, user, group, privileges, on } = Mapped::of(event, state, position);
        let (class, id) = (activity.class, activity.id);
        let cursor = engine.epochs().cursor(position.0).to_string();
        let (resources, resource) = match class {
            Class::UserAccess => (on.into_iter().collect(), None),
            Class::EntityManagement | Class::GroupManagement => (vec![], on),
        };
        Self {
            activity_id: id,
            activity_name: activity.name,
            category_uid: Class::CATEGORY_UID,
            category_name: Class::CATEGORY_NAME,
            class_uid: class.uid(),
            class_name: class.name(),
            type_uid: class.uid() * ACTIVITIES_OF_CLASS + id,
            type_name: format!("{}: {}", class.name(), activity.name),
            severity_id: 1,
            severity: "Informational",
            status_id: 1,
            status: "Success",
            time: logged.recorded_at().timestamp_millis(),
            message: Narration::text_of(state, event, position, Words::of(Locale::En)),
            metadata: Metadata {
                version: SCHEMA_VERSION,
                product: Product { name: PRODUCT, vendor_name: PRODUCT, version: env!("CARGO_PKG_VERSION") },
                uid: format!("{}/{cursor}", engine.log_id()),
                sequence: position.0,
                original_event_uid: cursor,
                event_code: event.event_type().name(),
                correlation_uid: logged.command().to_string(),
                tenant_uid: event.tenants().first().map(TenantId::to_string),
                logged_time: logged.imported_at().as_ref().map(Timestamp::timestamp_millis),
            },
            actor: (who == Who::Told).then(|| ActingUser::of(&logged.by, state)),
            entity,
            user,
            group,
            privileges,
            resources,
            resource,
            unmapped: Unmapped { rule: event.rule(), cloudevent },
        }
    }
}

impl<'a> ActingUser<'a> {
    fn of(by: &'a Author, state: &State) -> Self {
        let user = match &by.actor {
            Actor::User(user) => User::of(*user, state),
            Actor::Operator(name) => User::operator(name),
        };
        Self { user, session: by.issuer.as_ref().map(|issuer| Session { issuer }) }
    }
}
