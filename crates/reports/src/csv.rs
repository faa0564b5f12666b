//! Reports as CSV (RFC 4180): a header, a row for each finding, and in every row the statement of the report.

use crate::{
    permission::By,
    source::ReportError,
    statement::{Stamp, Statement},
    table::{Cell, Column, Kind, Table, holder_id, scope_id},
};
use csv::{QuoteStyle, Reader, ReaderBuilder, Terminator, WriterBuilder};
use procura_domain::visibility::DisclosedAuthor;
use std::io::Write;

/// The first column says what a row is; this, that there is none.
const NOTHING_FOUND: &str = "nothingFound";
/// The last column has the whole statement, in JSON.
const STATEMENT: &str = "statement";

pub(crate) fn write(statement: &Statement, tables: &[Table<'_>], out: &mut dyn Write) -> Result<(), ReportError> {
    let columns = columns(tables);
    let stated = [
        statement.report.to_string(),
        statement.at.position.to_string(),
        statement.at.instant(),
        statement.rules.clone(),
        statement.line().map_err(ReportError::unwritable)?,
    ];
    let mut writer =
        WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(out);
    let mut record = |cells: Vec<String>| writer.write_record(cells).map_err(ReportError::unwritable);
    let names = columns.iter().flat_map(|column| names(*column));
    let ours = ["report", "atPosition", "atTime", "rules", STATEMENT].map(str::to_owned);
    record(["row".to_owned()].into_iter().chain(names).chain(ours).collect())?;
    for table in tables {
        for row in table.rows() {
            let cell = |column: &Column| {
                let index = table.columns.iter().position(|own| own == column);
                index.and_then(|index| row.get(index)).unwrap_or(&Cell::Nothing)
            };
            let cells = columns.iter().flat_map(|column| texts(column.kind, cell(column)));
            record([table.row.to_owned()].into_iter().chain(cells.map(cell_text)).chain(stated.clone()).collect())?;
        }
    }
    if tables.iter().all(|table| table.rows_count == 0) {
        let cells = columns.iter().flat_map(|column| texts(column.kind, &Cell::Nothing));
        record([NOTHING_FOUND.to_owned()].into_iter().chain(cells).chain(stated.clone()).collect())?;
    }
    writer.flush().map_err(ReportError::unwritable)
}

/// A reader of a report in this form, also of one that a spreadsheet saved again, with a byte order mark or between other
/// separators. The first record is the header.
pub fn csv_records(text: &str) -> Reader<&[u8]> {
    let text = text.trim_start_matches('\u{feff}');
    let after = text.trim_start_matches('"').strip_prefix("row").unwrap_or_default().trim_start_matches('"');
    let separator = after.bytes().next().filter(|byte| b";\t".contains(byte)).unwrap_or(b',');
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes())
}

/// The statement in a report of this form, in JSON, if it is one.
pub(crate) fn statement(text: &str) -> Option<String> {
    let mut records = csv_records(text).into_records();
    let column = records.next()?.ok()?.iter().position(|name| name == STATEMENT)?;
    let first = records.next()?.ok()?;
    first.get(column).map(str::to_owned)
}

/// The columns of all the tables, each once.
fn columns(tables: &[Table<'_>]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for column in tables.iter().flat_map(|table| &table.columns) {
        if !columns.contains(column) {
            columns.push(*column);
        }
    }
    columns
}

/// What a column is called here, if one may be several.
fn names(Column { name, kind }: Column) -> Vec<String> {
    let parts: &[&str] = match kind {
        Kind::Tenant => &["", "Name"],
        Kind::Holder => &["Type", "", "TenantName"],
        Kind::Scope => &["Type", "", "Name"],
        Kind::Word | Kind::Number => &[""],
        Kind::Event => &["Position", "Time", "Event", "By", "Authentication"],
        Kind::Stamp => &["Position", "Time"],
    };
    parts.iter().map(|part| format!("{name}{part}")).collect()
}

/// What stands in them.
fn texts(kind: Kind, cell: &Cell) -> Vec<String> {
    match cell {
        Cell::Nothing => names(Column { name: "", kind }).iter().map(|_| String::new()).collect(),
        Cell::Tenant(tenant) => vec![tenant.id.to_string(), tenant.name.clone()],
        Cell::Holder(holder, tenant_name) => {
            let (kind, id) = holder_id(*holder);
            vec![kind.to_owned(), id, tenant_name.clone()]
        }
        Cell::Scope(scope, name) => {
            let (kind, id) = scope_id(*scope);
            vec![kind.to_owned(), id, name.clone()]
        }
        Cell::Word(word) => vec![(*word).to_owned()],
        Cell::Number(number) => vec![number.to_string()],
        Cell::Event(recorded) => {
            let [position, time] = stamp(recorded.at);
            let [actor, authentication] = recorded.by.as_ref().map(author).unwrap_or_default();
            vec![position, time, recorded.event.to_string(), actor, authentication]
        }
        Cell::Stamp(at) => stamp(*at).into(),
    }
}

fn author(By { author, .. }: &By) -> [String; 2] {
    let authentication = match author {
        DisclosedAuthor::Author(author) => author.authentication.to_string(),
        DisclosedAuthor::Partner { .. } => String::new(),
    };
    [author.to_string(), authentication]
}

fn stamp(at: Stamp) -> [String; 2] {
    [at.position.to_string(), at.instant()]
}

/// A text for a cell of a CSV file. A spreadsheet takes a text that begins like a formula for one, and runs it. Names may be
/// anything, so such a text gets an apostrophe in front, which spreadsheets read as "this is text". The wide forms count
/// too: some take them as well.
///
/// ```
/// assert_eq!(procura_reports::cell_text("=1+1".to_owned()), "'=1+1");
/// assert_eq!(procura_reports::cell_text("Contoso".to_owned()), "Contoso");
/// ```
pub fn cell_text(text: String) -> String {
    let like_a_formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(like_a_formula) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for text in ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(cell_text(text.to_owned()), format!("'{text}"));
        }
        for text in ["", "Contoso", "a=b", "'=1", " =1", "2020-06-19"] {
            assert_eq!(cell_text(text.to_owned()), text);
        }
    }
}
