//! Reports as CSV (RFC 4180): a header, a row for each finding, and in every row the statement of the report.

use crate::{
    permission::By,
    source::ReportError,
    statement::{Stamp, Statement},
    table::{Cell, Column, Kind, Table, holder_id, scope_id},
};
use csv::{QuoteStyle, Reader, ReaderBuilder, Terminator, Writer, WriterBuilder};
use procura_domain::visibility::DisclosedAuthor;
use std::{borrow::Cow, io::Write};

/// The first column says what a row is; this, that there is none.
const NOTHING_FOUND: &str = "nothingFound";
/// The last column has the whole statement, in JSON.
const STATEMENT: &str = "statement";

pub(crate) fn write(statement: &Statement, tables: &[Table<'_>], out: &mut dyn Write) -> Result<(), ReportError> {
    let (columns, is_named) = (columns(tables), statement.names.is_some());
    let stated = [
        statement.report.to_string(),
        statement.at.position.to_string(),
        statement.at.instant(),
        statement.rules.clone(),
        statement.line().map_err(ReportError::unwritable)?,
    ];
    let mut writer = writer(out);
    let mut record = |cells: Vec<String>| writer.write_record(cells).map_err(ReportError::unwritable);
    let names = columns.iter().flat_map(|column| names(*column, is_named));
    let ours = ["report", "atPosition", "atTime", "rules", STATEMENT].map(str::to_owned);
    record(["row".to_owned()].into_iter().chain(names).chain(ours).collect())?;
    for table in tables {
        for row in table.rows() {
            let cell = |column: &Column| {
                let index = table.columns.iter().position(|own| own == column);
                index.and_then(|index| row.get(index)).unwrap_or(&Cell::Nothing)
            };
            let cells = columns.iter().flat_map(|column| texts(column.kind, cell(column), is_named));
            record([table.row.to_owned()].into_iter().chain(cells.map(cell_text)).chain(stated.clone()).collect())?;
        }
    }
    if tables.iter().all(|table| table.rows_count == 0) {
        let cells = columns.iter().flat_map(|column| texts(column.kind, &Cell::Nothing, is_named));
        record([NOTHING_FOUND.to_owned()].into_iter().chain(cells).chain(stated.clone()).collect())?;
    }
    writer.flush().map_err(ReportError::unwritable)
}

fn writer<W: Write>(out: W) -> Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(out)
}

/// The report with other texts in some of its cells.
pub(crate) fn mapped(text: &str, other: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let mut writer = writer(Vec::new());
    for record in csv_records(text).into_records() {
        let Ok(record) = record else { return text.to_owned() };
        let cells = record.iter().map(|cell| other(cell).map_or(Cow::Borrowed(cell), Cow::Owned));
        if writer.write_record(cells.map(|cell| cell.as_bytes().to_owned())).is_err() {
            return text.to_owned();
        }
    }
    let whole = writer.into_inner().ok().and_then(|whole| String::from_utf8(whole).ok());
    whole.unwrap_or_else(|| text.to_owned())
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
fn names(Column { name, kind }: Column, is_named: bool) -> Vec<String> {
    let parts: &[&str] = match kind {
        Kind::Tenant => &["", "Name"],
        Kind::Holder if is_named => &["Type", "", "Name", "TenantName"],
        Kind::Holder => &["Type", "", "TenantName"],
        Kind::Scope => &["Type", "", "Name"],
        Kind::Word | Kind::Number => &[""],
        Kind::Event if is_named => &["Position", "Time", "Event", "By", "ByName", "Authentication"],
        Kind::Event => &["Position", "Time", "Event", "By", "Authentication"],
        Kind::Stamp => &["Position", "Time"],
    };
    parts.iter().map(|part| format!("{name}{part}")).collect()
}

/// What stands in them.
fn texts(kind: Kind, cell: &Cell, is_named: bool) -> Vec<String> {
    match cell {
        Cell::Nothing => names(Column { name: "", kind }, is_named).iter().map(|_| String::new()).collect(),
        Cell::Tenant(tenant) => vec![tenant.id.to_string(), tenant.name.clone()],
        Cell::Holder(holder, called, tenant_name) => {
            let (kind, id) = holder_id(*holder);
            let name = is_named.then(|| called.text().to_owned());
            [kind.to_owned(), id].into_iter().chain(name).chain([tenant_name.clone()]).collect()
        }
        Cell::Scope(scope, name) => {
            let (kind, id) = scope_id(*scope);
            vec![kind.to_owned(), id, name.clone()]
        }
        Cell::Word(word) => vec![(*word).to_owned()],
        Cell::Number(number) => vec![number.to_string()],
        Cell::Event(recorded) => {
            let [position, time] = stamp(recorded.at);
            let [actor, name, authentication] = recorded.by.as_ref().map(author).unwrap_or_default();
            let name = is_named.then_some(name);
            let event = [position, time, recorded.event.to_string(), actor];
            event.into_iter().chain(name).chain([authentication]).collect()
        }
        Cell::Stamp(at) => stamp(*at).into(),
    }
}

fn author(By { author, name, .. }: &By) -> [String; 3] {
    let authentication = match author {
        DisclosedAuthor::Author(author) => author.authentication.to_string(),
        DisclosedAuthor::Partner { .. } => String::new(),
    };
    [author.to_string(), name.text().to_owned(), authentication]
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
    if text.starts_with(LIKE_A_FORMULA) { format!("'{text}") } else { text }
}

/// What such a cell says.
pub(crate) fn text_of(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.starts_with(LIKE_A_FORMULA)).unwrap_or(cell)
}

/// How formulas begin.
const LIKE_A_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

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
