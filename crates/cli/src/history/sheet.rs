//! A history as CSV: a line of headings, then a row for each event.

use super::{Actor, Effect, Entry, Tenant};
use crate::failure::Failure;
use procura_server::cell_text;
use std::io::{Stdout, stdout};

/// The headings.
const HEADINGS: [&str; 16] = [
    "position",
    "time",
    "type",
    "rule",
    "text",
    "customer",
    "customerName",
    "partner",
    "partnerName",
    "actor",
    "actorTenant",
    "authentication",
    "importedAt",
    "command",
    "gained",
    "lost",
];

/// A sheet being written to standard output.
pub(super) struct Sheet(Box<csv::Writer<Stdout>>);

impl Sheet {
    /// Writes the headings, which are there without rows too.
    pub(super) fn begin() -> Result<Self, Failure> {
        let mut writer = csv::Writer::from_writer(stdout());
        writer.write_record(HEADINGS).map_err(output)?;
        Ok(Self(Box::new(writer)))
    }

    pub(super) fn print(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        for entry in entries {
            self.0.write_record(row(entry).map(cell_text)).map_err(output)?;
        }
        self.0.flush().map_err(Failure::Output)
    }
}

fn row(entry: &Entry) -> [String; HEADINGS.len()] {
    let tenant = |tenant: &Option<Tenant>| match tenant {
        Some(Tenant { id, name }) => (id.clone(), name.clone()),
        None => (String::new(), String::new()),
    };
    let (customer, customer_name) = tenant(&entry.customer);
    let (partner, partner_name) = tenant(&entry.partner);
    let (actor, actor_tenant) = match &entry.actor {
        Some(Actor::User { tenant, tenant_name, user }) => (format!("{tenant}/{user}"), tenant_name.clone()),
        Some(Actor::Operator { operator }) => (operator.clone(), String::new()),
        None => (String::new(), String::new()),
    };
    let effects = |effects: &[Effect]| effects.iter().map(|effect| effect.text.as_str()).collect::<Vec<_>>().join("; ");
    [
        entry.position.to_string(),
        entry.time.clone(),
        entry.event_type.clone(),
        entry.rule.clone(),
        entry.text.clone(),
        customer,
        customer_name,
        partner,
        partner_name,
        actor,
        actor_tenant,
        entry.authentication.clone(),
        entry.imported_at.clone().unwrap_or_default(),
        entry.command.clone(),
        effects(&entry.gained),
        effects(&entry.lost),
    ]
}

fn output(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Output(error),
        other => Failure::Internal(format!("{other:?}")),
    }
}
