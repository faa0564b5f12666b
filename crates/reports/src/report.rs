//! Making a report: what it finds, written in the form asked for.

use crate::{
    access_review::AccessReview,
    called::Called,
    changes::Changes,
    contents::{Contents, Names},
    csv,
    dap_inventory::DapInventory,
    html,
    residual_access::ResidualAccess,
    source::{Progress, ReportError, Source, Walk},
    statement::{Format, NamesStated, ReportName, Statement},
    support_duties::SupportDuties,
};
use procura_domain::{id::TenantId, temporal::Position, vocabulary::User};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

/// What a report found, to be written.
pub struct Findings {
    statement: Statement,
    /// Whom its page names.
    names: Names,
    contents: Box<dyn Written + Send>,
}

/// Finds what the report is made of. `progress` hears how far it is.
///
/// # Errors
/// [`ReportError`] where a parameter is missing or there would be too many rows.
pub fn find(
    source: &impl Source,
    statement: Statement,
    progress: &mut dyn FnMut(Progress),
) -> Result<Findings, ReportError> {
    let walk = Walk::new(source, &statement, progress);
    let contents: Box<dyn Written + Send> = match statement.report {
        ReportName::AccessReview => Box::new(AccessReview::of(walk)?),
        ReportName::ResidualAccess => Box::new(ResidualAccess::of(walk)?),
        ReportName::DapInventory => Box::new(DapInventory::of(walk)?),
        ReportName::Changes => Box::new(Changes::of(walk)?),
        ReportName::SupportDuties => Box::new(SupportDuties::of(walk)?),
    };
    let name = |tenant: Option<TenantId>| source.look(|state| Some(state.tenant(tenant?)?.name().to_string()));
    let names = Names {
        customer: name(statement.parameters.customer.map(Into::into)),
        partner: name(statement.parameters.partner.map(Into::into)),
    };
    Ok(Findings { statement, names, contents })
}

impl Findings {
    /// The users that it names, as many as its rows have.
    pub fn people(&mut self) -> BTreeSet<User> {
        let mut users = BTreeSet::new();
        self.contents.people(&mut |user, _| {
            users.insert(user);
        });
        users
    }

    /// Has it show what they are called, and state that this is so at that position. Without this it has no names of people.
    pub fn call(&mut self, names: &BTreeMap<User, Called>, position: Position) {
        self.statement.names = Some(NamesStated { position });
        self.contents.people(&mut |user, called| *called = names.get(&user).cloned().unwrap_or_default());
    }

    /// Writes the report, a little at a time. The same log and statement always give the same bytes, whatever was recorded
    /// after the statement's moment.
    ///
    /// # Errors
    /// [`ReportError::Unwritable`] where it could not be written.
    pub fn write(&self, out: &mut dyn Write) -> Result<(), ReportError> {
        self.contents.write(&self.statement, &self.names, out)
    }
}

/// [`Contents`] of any kind.
trait Written {
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called));

    fn write(&self, statement: &Statement, names: &Names, out: &mut dyn Write) -> Result<(), ReportError>;
}

impl<C: Contents> Written for C {
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        Contents::people(self, each);
    }

    fn write(&self, statement: &Statement, names: &Names, out: &mut dyn Write) -> Result<(), ReportError> {
        match statement.parameters.format {
            Format::Json => json(statement, self, out),
            Format::Csv => csv::write(statement, &self.tables(), out),
            Format::Html => html::write(statement, names, &self.tables(), self.picture(), out),
        }
    }
}

#[derive(Serialize)]
struct Document<'a, C> {
    #[serde(flatten)]
    statement: &'a Statement,
    #[serde(flatten)]
    contents: &'a C,
}

fn json(statement: &Statement, contents: &impl Contents, out: &mut dyn Write) -> Result<(), ReportError> {
    serde_json::to_writer_pretty(&mut *out, &Document { statement, contents }).map_err(ReportError::unwritable)?;
    out.write_all(b"\n").map_err(ReportError::unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        statement::{Parameters, Stamp},
        table::Column,
    };
    use procura_domain::{
        id::{CustomerId, Id},
        state::State,
        temporal::{Position, Timestamp},
        vocabulary::Locale,
    };
    use procura_words::Words;

    /// What a report of nothing finds.
    fn nothing(report: ReportName) -> Vec<(&'static str, Vec<Column>)> {
        let start = Stamp { position: Position(0), time: Timestamp::UNIX_EPOCH };
        let parameters = Parameters {
            format: Format::Json,
            lang: Locale::En,
            customer: Some(CustomerId::MIN),
            partner: None,
            from: Some(start),
            until: Some(start),
        };
        let (rules, checkpoint) = (String::new(), String::new());
        let statement = Statement { report, parameters, at: start, names: None, rules, checkpoint };
        let (state, mut progress) = (State::default(), |_| ());
        let walk = Walk::new(&state, &statement, &mut progress);
        match report {
            ReportName::AccessReview => columns(&AccessReview::of(walk).unwrap()),
            ReportName::ResidualAccess => columns(&ResidualAccess::of(walk).unwrap()),
            ReportName::DapInventory => columns(&DapInventory::of(walk).unwrap()),
            ReportName::Changes => columns(&Changes::of(walk).unwrap()),
            ReportName::SupportDuties => columns(&SupportDuties::of(walk).unwrap()),
        }
    }

    /// What the rows of its tables are, and their columns.
    fn columns(contents: &impl Contents) -> Vec<(&'static str, Vec<Column>)> {
        contents.tables().into_iter().map(|table| (table.row, table.columns)).collect()
    }

    #[test]
    fn every_table_and_column_has_a_word() {
        for (row, columns) in ReportName::ALL.iter().flat_map(|report| nothing(*report)) {
            let columns = columns.iter().map(|column| format!("column-{}", column.name));
            for id in columns.chain([format!("table-{row}")]) {
                assert!(Words::of(Locale::En).has(&id), "{id} is not in the catalogue");
            }
        }
    }
}
