//! Rows as they are printed: in columns for people, as JSON lines, as CSV.

use crate::{args::ListFormat, columns::aligned, failure::Failure};
use anstyle::Style;
use csv::Writer;
use procura_app::reports::cell_text;
use procura_domain::temporal::Timestamp;
use serde_json::Value;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// A row in each of the forms.
pub(super) struct Line<const N: usize, const M: usize> {
    /// For people.
    pub(super) cells: [String; N],
    pub(super) csv: [String; M],
    pub(super) json: Value,
}

/// Rows with the headings of their columns.
pub(super) struct Table<const N: usize, const M: usize> {
    pub(super) headings: [&'static str; N],
    pub(super) csv: [&'static str; M],
    pub(super) lines: Vec<Line<N, M>>,
}

impl<const N: usize, const M: usize> Table<N, M> {
    /// The same, in the order of its cells, from the first column on, in whatever case.
    pub(super) fn sorted(mut self) -> Self {
        self.lines.sort_by_cached_key(|line| (line.cells.each_ref().map(|cell| cell.to_lowercase()), line.csv.clone()));
        self
    }

    pub(super) fn print(self, format: ListFormat) -> Result<ExitCode, Failure> {
        match format {
            ListFormat::Text => self.text().map_err(Failure::Output)?,
            ListFormat::Json => {
                let mut out = io::stdout().lock();
                let printed = self.lines.iter().try_for_each(|line| writeln!(out, "{}", line.json));
                printed.map_err(Failure::Output)?;
            }
            ListFormat::Csv => {
                let mut writer = Writer::from_writer(io::stdout());
                writer.write_record(self.csv).map_err(output)?;
                for line in self.lines {
                    writer.write_record(line.csv.map(cell_text)).map_err(output)?;
                }
                writer.flush().map_err(Failure::Output)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// In columns.
    fn text(self) -> io::Result<()> {
        if self.lines.is_empty() {
            anstream::eprintln!("there are none, or none that you may know of");
            return Ok(());
        }
        let heading = self.headings.map(str::to_owned);
        let mut rows: Vec<_> = std::iter::once(heading).chain(self.lines.into_iter().map(|line| line.cells)).collect();
        rows.iter_mut().flatten().for_each(|cell| *cell = printable(cell));
        let lines = aligned(rows);
        let mut out = anstream::stdout().lock();
        let dim = Style::new().dimmed();
        let mut lines = lines.into_iter();
        if let Some(heading) = lines.next() {
            writeln!(out, "{dim}{heading}{dim:#}")?;
        }
        lines.try_for_each(|line| writeln!(out, "{line}"))
    }
}

/// The text with nothing in it that would move the cursor: a server may send anything.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// A day, for people.
pub(super) fn day(time: Option<Timestamp>) -> String {
    time.map(|time| time.format("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// An instant, for programs.
pub(super) fn instant(time: Option<Timestamp>) -> String {
    time.map(|time| format!("{time:?}")).unwrap_or_default()
}

fn output(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Output(error),
        other => Failure::Internal(format!("{other:?}")),
    }
}
