//! CSV files that other programs write, row by row: whatever they put between the cells and at the ends of lines.

use crate::{
    failure::Failure,
    input::{CSV_FILE_BYTES_MAX, read_file},
};
use csv::{ByteRecord, ReaderBuilder, Trim};
use std::{
    collections::BTreeMap,
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The columns that a kind of file may have.
pub(crate) trait CsvColumn: Copy + Ord + 'static {
    const ALL: &'static [Self];
    /// The one that must be there.
    const NEEDED: Self;
    /// Whether a file may have others, which are passed over.
    const MAY_HAVE_OTHERS: bool;

    /// As the file's first line spells it, but for upper and lower case.
    fn name(self) -> &'static str;

    /// Whether the first line means it by that.
    fn is_spelled(self, heading: &str) -> bool {
        self.name().eq_ignore_ascii_case(heading)
    }
}

/// A file, its first line read.
pub(crate) struct CsvFile<C> {
    path: PathBuf,
    /// All of it: only so can it be told which line a row begins on, whatever ends the lines.
    bytes: Arc<[u8]>,
    reader: csv::Reader<Cursor<Arc<[u8]>>>,
    /// None for one that is passed over.
    columns: Vec<Option<C>>,
}

/// A row of the file.
pub(crate) struct Row<C> {
    /// Its number, the first behind the header being 1.
    pub(crate) number: u64,
    /// The line of the file it begins on.
    pub(crate) line: u64,
    /// How many bytes of the file stand before it.
    pub(crate) start: u64,
    /// What stands in it, as far as it can be read.
    pub(crate) cells: Cells<C>,
    /// What is wrong with it as a row.
    pub(crate) fault: Option<Fault<C>>,
}

/// What is wrong with a row.
pub(crate) struct Fault<C> {
    pub(crate) column: Option<C>,
    pub(crate) problem: String,
}

/// The cells of a row that are not empty, without the white space around them.
pub(crate) struct Cells<C>(BTreeMap<C, String>);

impl<C> Default for Cells<C> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<C: CsvColumn> Cells<C> {
    /// What stands in that column, if anything.
    pub(crate) fn get(&self, column: C) -> Option<&str> {
        self.0.get(&column).map(String::as_str)
    }
}

impl<C: CsvColumn + Send> CsvFile<C> {
    /// Opens the file and reads its first line.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let bytes: Arc<[u8]> = read_file(path, CSV_FILE_BYTES_MAX)?.into();
        let bad = |problem: String| Failure::CsvFile { path: path.to_owned(), problem };
        if is_utf_16(&bytes) {
            let how = "in PowerShell: `Get-Content FILE | Set-Content -Encoding utf8 NEWFILE`";
            return Err(bad(format!("this is UTF-16; save it as UTF-8 ({how})")));
        }
        let mut options = ReaderBuilder::new();
        let options = options.has_headers(false).flexible(true).trim(Trim::All).delimiter(delimiter(&bytes));
        let mut reader = options.from_reader(Cursor::new(bytes.clone()));
        let mut header = ByteRecord::new();
        reader.read_byte_record(&mut header).map_err(|error| bad(error.to_string()))?;
        let columns = columns(&header).map_err(bad)?;
        Ok(Self { path: path.to_owned(), bytes, reader, columns })
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Whether the file has that column.
    pub(crate) fn has(&self, column: C) -> bool {
        self.columns.contains(&Some(column))
    }

    /// The rows behind the first line; those with nothing in them are passed over.
    pub(crate) fn rows(self) -> impl Iterator<Item = Result<Row<C>, Failure>> + Send + 'static {
        let Self { path, bytes, reader, columns } = self;
        let mut lines = LineCount { bytes, counted: 0, line: 1 };
        let is_empty = |record: &ByteRecord| record.iter().all(<[u8]>::is_empty);
        let records = reader.into_byte_records().filter(move |record| !record.as_ref().is_ok_and(is_empty));
        (1..).zip(records).map(move |(number, record)| match record {
            Ok(record) => {
                let start = record.position().map_or(0, csv::Position::byte);
                let line = lines.of(start);
                let (cells, fault) = cells(&columns, &record);
                Ok(Row { number, line, start, cells, fault })
            }
            Err(error) => Err(Failure::CsvFile { path: path.clone(), problem: error.to_string() }),
        })
    }
}

/// Counts lines. The reader's own count is one behind where lines end with CRLF, and stops at empty lines.
struct LineCount {
    bytes: Arc<[u8]>,
    /// So many bytes are counted.
    counted: usize,
    /// The line behind them.
    line: u64,
}

impl LineCount {
    /// The line of the first cell at or behind that byte, which lies behind those asked about before.
    fn of(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let before = self.bytes.get(start..).unwrap_or_default();
        let start = start + before.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let counted = self.bytes.get(self.counted..start).unwrap_or_default();
        self.line += counted.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = start;
        self.line
    }
}

/// A comma, or, where only those stand in the first line, a semicolon: so Excel writes it in countries where the comma is that
/// of decimal numbers.
fn delimiter(file: &[u8]) -> u8 {
    let mut lines = file.split(|byte| matches!(byte, b'\r' | b'\n'));
    let header = lines.find(|line| !line.is_empty()).unwrap_or_default();
    if header.contains(&b';') && !header.contains(&b',') { b';' } else { b',' }
}

/// By its byte order mark, or by the zeros that it has where ASCII is written in it.
fn is_utf_16(start: &[u8]) -> bool {
    matches!(start, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, _, ..])
}

fn columns<C: CsvColumn>(header: &ByteRecord) -> Result<Vec<Option<C>>, String> {
    let known = || C::ALL.iter().map(|column| format!("`{}`", column.name())).collect::<Vec<_>>().join(", ");
    let mut columns = Vec::new();
    for name in header {
        let name = String::from_utf8_lossy(name);
        let column = C::ALL.iter().copied().find(|column| column.is_spelled(&name));
        if column.is_none() && !C::MAY_HAVE_OTHERS {
            let name: String = name.chars().take(64).collect();
            return Err(format!(
                "`{}` is no column of such a file; with commas or semicolons between them, these are: {}",
                name.escape_debug(),
                known()
            ));
        }
        if let Some(column) = column.filter(|column| columns.contains(&Some(*column))) {
            return Err(format!("the column `{}` is there twice", column.name()));
        }
        columns.push(column);
    }
    if columns.contains(&Some(C::NEEDED)) {
        Ok(columns)
    } else {
        let needed = C::NEEDED.name();
        Err(format!("the first line must name the columns, at least `{needed}`; they are: {}", known()))
    }
}

fn cells<C: CsvColumn>(columns: &[Option<C>], record: &ByteRecord) -> (Cells<C>, Option<Fault<C>>) {
    let mut cells = Cells::default();
    let mut fault = None;
    for (column, cell) in columns.iter().zip(record) {
        let Some(column) = *column else { continue };
        match std::str::from_utf8(cell) {
            Ok(cell) if cell.contains(['\r', '\n']) => {
                let problem = "has a line's end in it; is a closing quote missing?".to_owned();
                fault = fault.or(Some(Fault { column: Some(column), problem }));
            }
            Ok("") => {}
            Ok(cell) => drop(cells.0.insert(column, cell.to_owned())),
            Err(_) => {
                let problem = "is not UTF-8; save the file as UTF-8".to_owned();
                fault = fault.or(Some(Fault { column: Some(column), problem }));
            }
        }
    }
    if record.len() != columns.len() {
        let problem = format!("cells in the row: {}, columns in the first line: {}", record.len(), columns.len());
        // The first column without a cell; none if there are cells without a column.
        fault = fault.or(Some(Fault { column: columns.get(record.len()).copied().flatten(), problem }));
    }
    (cells, fault)
}
