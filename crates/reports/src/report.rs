//! Making a report: what it finds, written in the form asked for.

use crate::{
    access_review::AccessReview,
    changes::Changes,
    contents::{Contents, Names},
    csv,
    dap_inventory::DapInventory,
    html,
    residual_access::ResidualAccess,
    source::{Progress, ReportError, Source, Walk},
    statement::{Format, ReportName, Statement},
    support_duties::SupportDuties,
};
use procura_domain::id::TenantId;
use serde::Serialize;

/// Makes the report that the statement is of. The same log and statement always give the same bytes, whatever was recorded
/// after the statement's moment. `progress` hears how far it is.
///
/// # Errors
/// [`ReportError`] where a parameter is missing or there would be too many rows.
pub fn make(
    source: &impl Source,
    statement: &Statement,
    progress: &mut dyn FnMut(Progress),
) -> Result<String, ReportError> {
    let walk = Walk::new(source, statement, progress);
    match statement.report {
        ReportName::AccessReview => write(source, statement, &AccessReview::of(walk)?),
        ReportName::ResidualAccess => write(source, statement, &ResidualAccess::of(walk)?),
        ReportName::DapInventory => write(source, statement, &DapInventory::of(walk)?),
        ReportName::Changes => write(source, statement, &Changes::of(walk)?),
        ReportName::SupportDuties => write(source, statement, &SupportDuties::of(walk)?),
    }
}

fn write(source: &impl Source, statement: &Statement, contents: &impl Contents) -> Result<String, ReportError> {
    match statement.parameters.format {
        Format::Json => json(statement, contents),
        Format::Csv => csv::write(statement, &contents.tables()),
        Format::Html => {
            let name = |tenant: Option<TenantId>| source.look(|state| Some(state.tenant(tenant?)?.name.to_string()));
            let names = Names {
                customer: name(statement.parameters.customer.map(Into::into)),
                partner: name(statement.parameters.partner.map(Into::into)),
            };
            html::write(statement, &names, &contents.tables(), contents.picture())
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

fn json(statement: &Statement, contents: &impl Contents) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(&Document { statement, contents }).map_err(ReportError::unwritable)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        statement::{Parameters, Stamp},
        table::Table,
    };
    use procura_domain::{
        id::{CustomerId, Id},
        state::State,
        temporal::{Position, Timestamp},
        vocabulary::Locale,
    };
    use procura_views::Word;

    /// The tables of a report of nothing.
    fn tables(report: ReportName) -> Vec<Table> {
        let start = Stamp { position: Position(0), time: Timestamp::UNIX_EPOCH };
        let parameters = Parameters {
            format: Format::Json,
            lang: Locale::En,
            customer: Some(CustomerId::MIN),
            partner: None,
            from: Some(start),
            until: Some(start),
        };
        let statement = Statement { report, parameters, at: start, rules: String::new(), checkpoint: String::new() };
        let (state, mut progress) = (State::default(), |_| ());
        let walk = Walk::new(&state, &statement, &mut progress);
        match report {
            ReportName::AccessReview => AccessReview::of(walk).unwrap().tables(),
            ReportName::ResidualAccess => ResidualAccess::of(walk).unwrap().tables(),
            ReportName::DapInventory => DapInventory::of(walk).unwrap().tables(),
            ReportName::Changes => Changes::of(walk).unwrap().tables(),
            ReportName::SupportDuties => SupportDuties::of(walk).unwrap().tables(),
        }
    }

    #[test]
    fn every_table_and_column_has_a_word() {
        for table in ReportName::ALL.iter().flat_map(|report| tables(*report)) {
            let columns = table.columns.iter().map(|column| format!("column.{}", column.name));
            for key in columns.chain([format!("table.{}", table.row)]) {
                assert!(Word::of(&key).is_some(), "{key} has no word");
            }
        }
        for month in 1..=12 {
            assert!(Word::of(&format!("month.{month}")).is_some(), "{month}");
        }
        for name in ["active", "ended", "begun"] {
            assert!(Word::of(name).is_some(), "{name}");
        }
    }
}
