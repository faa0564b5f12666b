//! A history as CSV: a line of headings, then a row for each event.

use crate::failure::Failure;
use csv::Writer;
use procura_app::{
    Effect, TenantSummary,
    history::{ActorRow, HistoryEntry},
    reports::cell_text,
};
use std::io::{Stdout, stdout};

const HEADINGS: [&str; 17] = [
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
    "actorName",
    "authentication",
    "importedAt",
    "command",
    "gained",
    "lost",
];

/// Rows on their way to standard output.
pub(super) struct CsvWriter(Box<Writer<Stdout>>);

impl CsvWriter {
    /// Writes the headings, which are there without rows too.
    pub(super) fn begin() -> Result<Self, Failure> {
        let mut writer = Writer::from_writer(stdout());
        writer.write_record(HEADINGS).map_err(output)?;
        Ok(Self(Box::new(writer)))
    }

    pub(super) fn print(&mut self, entries: &[HistoryEntry]) -> Result<(), Failure> {
        for entry in entries {
            self.0.write_record(row(entry).map(cell_text)).map_err(output)?;
        }
        self.0.flush().map_err(Failure::Output)
    }
}

fn row(entry: &HistoryEntry) -> [String; HEADINGS.len()] {
    let narration = &entry.narration;
    let tenant = |tenant: &Option<TenantSummary>| match tenant {
        Some(TenantSummary { id, name }) => (id.to_string(), name.clone()),
        None => (String::new(), String::new()),
    };
    let (customer, customer_name) = tenant(&narration.customer);
    let (partner, partner_name) = tenant(&narration.partner);
    let (actor, actor_tenant, actor_name) = match &entry.actor {
        Some(ActorRow::User { tenant, tenant_name, user, name }) => {
            (format!("{tenant}/{user}"), tenant_name.clone(), name.clone().unwrap_or_default())
        }
        Some(ActorRow::Operator { operator }) => (operator.clone(), String::new(), String::new()),
        None => Default::default(),
    };
    let effects = |effects: &[Effect]| effects.iter().map(|effect| effect.text.as_str()).collect::<Vec<_>>().join("; ");
    [
        entry.position.to_string(),
        format!("{:?}", entry.time),
        entry.event_type.to_string(),
        narration.rule.to_string(),
        narration.text.clone(),
        customer,
        customer_name,
        partner,
        partner_name,
        actor,
        actor_tenant,
        actor_name,
        entry.authentication.to_string(),
        entry.imported_at.map(|time| format!("{time:?}")).unwrap_or_default(),
        entry.command.to_string(),
        effects(&narration.gained),
        effects(&narration.lost),
    ]
}

fn output(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Output(error),
        other => Failure::Internal(format!("{other:?}")),
    }
}
