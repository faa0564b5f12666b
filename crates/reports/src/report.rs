//! Making a report: what it finds, written in the form asked for.

use crate::{
    access_review::{AccessReview, HeldPeriod},
    changes::Changes,
    csv,
    dap_inventory::{DapInventory, GroupSize},
    html,
    residual_access::ResidualAccess,
    source::{Progress, ReportError, Source, Walk},
    statement::{Format, ReportName, Statement},
    support_duties::SupportDuties,
    table::Table,
};
use procura_domain::id::TenantId;
use serde::Serialize;

/// Makes the report that the statement is of. The same log and statement always give the same bytes, whatever was recorded
/// after the statement's moment. `told` hears how far it is.
///
/// # Errors
/// [`ReportError`] where a parameter is missing or there would be too many rows.
pub fn make(
    source: &impl Source,
    statement: &Statement,
    told: &mut dyn FnMut(Progress),
) -> Result<String, ReportError> {
    let walk = Walk::new(source, statement, told);
    match statement.report {
        ReportName::AccessReview => write(source, statement, &AccessReview::of(walk)?),
        ReportName::ResidualAccess => write(source, statement, &ResidualAccess::of(walk)?),
        ReportName::DapInventory => write(source, statement, &DapInventory::of(walk)?),
        ReportName::Changes => write(source, statement, &Changes::of(walk)?),
        ReportName::SupportDuties => write(source, statement, &SupportDuties::of(walk)?),
    }
}

/// What a report found: as JSON by what it serializes as, else by its tables and its picture.
pub(crate) trait Contents: Serialize {
    fn tables(&self) -> Vec<Table>;

    fn picture(&self) -> Option<Picture<'_>> {
        None
    }
}

/// What a picture is drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Picture<'a> {
    /// Who held what when.
    Lanes(&'a [HeldPeriod]),
    /// How many were in the groups when.
    Steps(&'a [GroupSize]),
}

/// The names of those whom a report is about.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) customer: Option<String>,
    pub(crate) partner: Option<String>,
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
struct Whole<'a, C> {
    #[serde(flatten)]
    statement: &'a Statement,
    #[serde(flatten)]
    contents: &'a C,
}

fn json(statement: &Statement, contents: &impl Contents) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(&Whole { statement, contents }).map_err(ReportError::unwritable)?;
    text.push('\n');
    Ok(text)
}
