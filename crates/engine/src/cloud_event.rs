//! Recorded events as others read them: CloudEvents 1.0, in JSON.

use crate::codec::{self, DecodeError};
use procura_domain::{event::Event, id::TenantId, temporal::Timestamp};
use procura_eventlog::{Envelope, Epochs, StoredActor, StoredAuthentication};
use serde::Serialize;
use uuid::Uuid;

/// A recorded event, ready to be written as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CloudEvent {
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
    authid: String,
    /// How it is known who acted: by a token, or stated by the person who ran the command.
    authentication: StoredAuthentication,
    /// Who issued the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    /// When it was brought in, if it was recorded elsewhere before.
    #[serde(skip_serializing_if = "Option::is_none")]
    importedtime: Option<Timestamp>,
    data: Event,
}

impl CloudEvent {
    /// The event in this envelope of the log with that id and epochs. `is_customer` tells what a tenant is registered as.
    ///
    /// # Errors
    /// [`DecodeError`] where this version cannot read it.
    pub fn new(
        log_id: Uuid,
        epochs: &Epochs,
        envelope: &Envelope,
        is_customer: impl Fn(TenantId) -> bool,
    ) -> Result<Self, DecodeError> {
        let data = codec::decode(envelope)?;
        let position = format!("{:020}", envelope.position);
        // The tenants begin with the customer where the event names one; a policy is for all of them.
        let tenant = envelope.tenants.first().copied().map(TenantId::new);
        let (subject, partitionkey) = match tenant {
            Some(tenant) if is_customer(tenant) => (format!("customers/{tenant}"), tenant.to_string()),
            Some(tenant) => (format!("partners/{tenant}"), tenant.to_string()),
            None => ("policies/autopilot".to_owned(), "policy".to_owned()),
        };
        let (authtype, authid) = match &envelope.actor {
            StoredActor::User { tenant, user } => ("user", format!("{tenant}/{user}")),
            StoredActor::Operator(name) => ("system", name.clone()),
        };
        Ok(Self {
            specversion: "1.0",
            id: position.clone(),
            source: format!("/procura/{log_id}"),
            event_type: format!("procura.{}.v{}", envelope.event_type, codec::event_version(data.event_type())),
            subject,
            time: envelope.recorded_at,
            datacontenttype: "application/json",
            sequence: position,
            epoch: epochs.of(envelope.position).to_string(),
            partitionkey,
            correlationid: envelope.command,
            authtype,
            authid,
            authentication: envelope.authentication,
            issuer: envelope.issuer.clone(),
            importedtime: envelope.imported_at,
            data,
        })
    }
}
