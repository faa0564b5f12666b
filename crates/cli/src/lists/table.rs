//! Rows as they are printed: in columns for people, as JSON lines, as CSV.

use crate::{
    args::ListFormat,
    columns::{Cell, table},
    failure::Failure,
    terminal::{Screen, note},
};
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
            note("there are none, or none that you may know of");
            return Ok(());
        }
        let dim = Style::new().dimmed();
        let heading = self.headings.map(|heading| Cell::styled(heading, dim));
        let rows = self.lines.into_iter().map(|line| line.cells.map(Cell::from));
        let mut out = anstream::stdout().lock();
        let lines = table(Screen::output(), 0, std::iter::once(heading).chain(rows).collect());
        lines.into_iter().try_for_each(|line| writeln!(out, "{line}"))
    }
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
