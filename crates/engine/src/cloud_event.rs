//! Recorded events as others read them: CloudEvents 1.0, in JSON.

use crate::{
    codec,
    logged_event::{LoggedEvent, Who},
};
use procura_domain::{
    event::Event,
    id::TenantId,
    temporal::Timestamp,
    text::TokenIssuer,
    vocabulary::{Actor, Authentication},
};
use procura_eventlog::{Epochs, FIRST_EPOCH};
use serde::Serialize;
use uuid::Uuid;

/// A recorded event, ready to be written as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    subject: String,
    time: Timestamp,
    datacontenttype: &'static str,
    sequence: String,
    /// Which line of the log's history it belongs to: another begins where the log is restored from a backup.
    epoch: String,
    partitionkey: String,
    correlationid: Uuid,
    authtype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authid: Option<String>,
    /// How it is known who acted: by a token, or stated by the person who ran the command.
    authentication: Authentication,
    /// Who issued the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a TokenIssuer>,
    /// When it was brought in, if it was recorded elsewhere before.
    #[serde(skip_serializing_if = "Option::is_none")]
    importedtime: Option<Timestamp>,
    data: &'a Event,
}

impl<'a> CloudEvent<'a> {
    /// The event of the log with that id and epochs. `is_customer` tells what a tenant is registered as.
    pub fn of(
        logged: &'a LoggedEvent,
        who: Who,
        log_id: Uuid,
        epochs: &Epochs,
        is_customer: impl Fn(TenantId) -> bool,
    ) -> Self {
        let LoggedEvent { event, by, envelope, .. } = logged;
        let position = format!("{:020}", envelope.position);
        // The tenants begin with the customer where the event names one; a policy is for all of them.
        let tenant = envelope.tenants.first().copied().map(TenantId::new);
        let (subject, partitionkey) = match tenant {
            Some(tenant) if is_customer(tenant) => (format!("customers/{tenant}"), tenant.to_string()),
            Some(tenant) => (format!("partners/{tenant}"), tenant.to_string()),
            None => ("policies/autopilot".to_owned(), "policy".to_owned()),
        };
        let (authtype, authid) = match (who, &by.actor) {
            (Who::Untold, _) => ("unknown", None),
            (Who::Told, Actor::User(user)) => ("user", Some(user.to_string())),
            (Who::Told, Actor::Operator(name)) => ("system", Some(name.clone())),
        };
        let epoch = epochs.of(envelope.position);
        Self {
            specversion: "1.0",
            id: position.clone(),
            source: source(log_id, epoch),
            event_type: format!("procura.{}.v{}", envelope.event_type, codec::event_version(event.event_type())),
            subject,
            time: envelope.recorded_at,
            datacontenttype: "application/json",
            sequence: position,
            epoch: epoch.to_string(),
            partitionkey,
            correlationid: envelope.command,
            authtype,
            authid,
            authentication: by.authentication,
            issuer: by.issuer.as_ref().filter(|_| who == Who::Told),
            importedtime: envelope.imported_at,
            data: event,
        }
    }
}

/// What events of that log and epoch come from. The epoch is left out of the first one.
pub(crate) fn source(log_id: Uuid, epoch: u64) -> String {
    if epoch == FIRST_EPOCH { format!("/procura/{log_id}") } else { format!("/procura/{log_id}/{epoch}") }
}
