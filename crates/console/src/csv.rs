//! A list as a CSV file (RFC 4180), all of its pages one after the other, as fast as it is read.

use crate::visit::Visit;
use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use csv::{Terminator, WriterBuilder};
use futures_util::{StreamExt, stream};
use procura_app::{Error, PAGE_ITEMS_MAX, lists::ListRequest};
use procura_domain::temporal::Timestamp;
use serde::Serialize;
use std::{future::Future, sync::Arc};

/// How many rows a file has at most; one that has so many is cut there, and says so in its last line.
const ROWS_MAX: usize = 100_000;

/// A list that can be written as a file.
pub(crate) trait CsvTable: Send + Sync + 'static {
    type Row: Send;

    /// Who reads it.
    fn visit(&self) -> &Visit;

    /// The names of the columns, for programs.
    fn columns(&self) -> Vec<&'static str>;

    /// The cells of a row, one for each column.
    fn cells(&self, row: &Self::Row) -> Vec<String>;

    /// A page of the list, and what asks for the next.
    fn page(
        &self,
        request: ListRequest,
    ) -> impl Future<Output = Result<(Vec<Self::Row>, Option<ListRequest>), Error>> + Send;
}

/// The list from that request on as a file of that name.
///
/// # Errors
/// Of the first page; a later one breaks the file off.
pub(crate) async fn as_csv<T: CsvTable>(name: &str, table: T, request: ListRequest) -> Result<Response, Error> {
    let request = ListRequest { limit: Some(PAGE_ITEMS_MAX), after: None, ..request };
    let (visit, columns, table) = (table.visit().clone(), table.columns(), Arc::new(table));
    csv_file(visit, name, columns, request, move |request| {
        let table = table.clone();
        async move {
            let (rows, next) = table.page(request).await?;
            Ok((rows.iter().map(|row| table.cells(row)).collect(), next))
        }
    })
    .await
}

/// The rows of a page, and what asks for the next.
type Written<Q> = (Vec<Vec<String>>, Option<Q>);

/// The rows from that request on as a file of that name; `page` gives those of one page.
///
/// # Errors
/// Of the first page; a later one breaks the file off.
pub(crate) async fn csv_file<Q, F>(
    visit: Visit,
    name: &str,
    columns: Vec<&'static str>,
    request: Q,
    page: impl Fn(Q) -> F + Send + 'static,
) -> Result<Response, Error>
where
    Q: Send + 'static,
    F: Future<Output = Result<Written<Q>, Error>> + Send,
{
    let (rows, next) = page(request).await?;
    let mut first = record(columns.into_iter().map(str::to_owned));
    let written = rows.len();
    rows.into_iter().for_each(|row| first.extend(record(row)));
    let rest = stream::try_unfold((visit, page, next, written), |(visit, page, next, written)| async move {
        let Some(request) = next else { return Ok(None) };
        if written >= ROWS_MAX {
            let cut = record([format!("there are more than these {written} rows")]);
            return Ok(Some((Bytes::from(cut), (visit, page, None, written))));
        }
        // By now the request is answered, as far as the server knows.
        let (rows, next) = visit.reception().go_on(visit.caller(), page(request)).await?;
        let written = written.saturating_add(rows.len());
        let text: Vec<u8> = rows.into_iter().flat_map(record).collect();
        Ok::<_, Error>(Some((Bytes::from(text), (visit, page, next, written))))
    });
    let body = Body::from_stream(stream::iter([Ok(Bytes::from(first))]).chain(rest));
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

/// A time as a cell has it.
pub(crate) fn time(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_rfc3339()).unwrap_or_default()
}

/// A value of the vocabulary as programs spell it.
pub(crate) fn spelled(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A line of the file. A cell that a spreadsheet would take for a formula begins with an apostrophe.
fn record(cells: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    let cells = cells
        .into_iter()
        .map(|cell| if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell });
    // Writing to memory does not fail.
    let _ = writer.write_record(cells.map(String::into_bytes));
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let line = record(["=1+1", "a,b", "x\"y", "-2", "plain"].map(str::to_owned));
        assert_eq!(String::from_utf8(line).unwrap(), "'=1+1,\"a,b\",\"x\"\"y\",'-2,plain\r\n");
    }
}
