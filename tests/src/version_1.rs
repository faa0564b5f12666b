//! What version 1 of the rules let be recorded, and version 2 does not: a role for a partner that the customer never had to
//! do with (SUB-8). Logs that hold one are read as before.

use crate::world::User;
use procura_domain::event::{Event, EventType};
use procura_engine::ambient::Entropy;
use procura_eventlog::{CommitPart, DataDirectory, Envelope, Log, NewCommit, StoredActor, StoredAuthentication};
use serde_json::{Value, json};
use std::{convert::Infallible, path::Path, time::Duration};
use uuid::Uuid;

/// Records in a data directory that no process has open that somebody assigned a role: `fields` are those of AssignRole.
/// It is recorded a second after the newest event.
#[track_caller]
pub fn assign_role(data: &Path, by: User, fields: &Value) {
    let mut fields = fields.clone();
    let given = fields.as_object_mut().expect("an object");
    given.insert("origin".to_owned(), json!("assigned"));
    let mut entropy = Entropy::from_os();
    given.entry("roleAssignment").or_insert_with(|| json!(entropy.guid()));
    let event = Event::read(EventType::RoleAssigned, fields).expect("an event");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(record(data, by, &event, entropy));
}

async fn record(data: &Path, by: User, event: &Event, mut entropy: Entropy) {
    let directory = DataDirectory::open(data, Uuid::nil()).expect("a data directory");
    let mut newest = None;
    let each = |commit: procura_eventlog::Commit| {
        newest = commit.events.last().map(|envelope| envelope.recorded_at);
        Ok::<_, Infallible>(())
    };
    let mut log = Log::open(directory.stored().expect("a log"), each).await.expect("a sound log");
    let recorded_at = newest.expect("an event before") + Duration::from_secs(1);
    let id = |text: &str| text.parse::<Uuid>().expect("an id");
    let envelope: Envelope<_, _, _> = Envelope {
        id: entropy.guid(),
        event_type: event.event_type().name(),
        version: 1,
        position: log.head() + 1,
        commit: CommitPart { index: 0, size: 1 },
        tenants: event.tenants(),
        actor: StoredActor::User { tenant: id(by.tenant), user: id(by.user) },
        authentication: StoredAuthentication::Token,
        issuer: None,
        command: entropy.guid(),
        idempotency: None,
        recorded_at,
        imported_at: None,
        salt: [1; 16],
        data: event,
        sealed: None,
    };
    let events = vec![envelope.encode().expect("an envelope")];
    log.append(entropy.guid(), &[NewCommit { recorded_at, events }]).await.expect("a log that can be written");
}
