//! Columns, for people: each as wide as its widest cell. What does not fit a terminal goes on below, in columns as well.

use crate::terminal::{Screen, printable};
use anstyle::Style;
use textwrap::core::display_width;

/// How many columns there are between two cells.
const GAP: usize = 2;

/// A text in one style.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn styled(text: &str, style: Style) -> Self {
        Self { text: printable(text), style }
    }

    fn width(&self) -> usize {
        display_width(&self.text)
    }

    fn longest_word(&self) -> usize {
        self.text.split(' ').map(display_width).max().unwrap_or_default()
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::styled(&text, Style::new())
    }
}

/// The rows for standard output, their cells aligned on the left: a text each, which has several lines where a terminal is
/// too narrow for it.
pub(crate) fn aligned<const N: usize>(rows: Vec<[String; N]>) -> Vec<String> {
    table(Screen::output(), 0, rows.into_iter().map(|row| row.map(Cell::from)).collect())
}

/// The same for a screen, indented, with styles.
pub(crate) fn table<const N: usize>(screen: Screen, indent: usize, rows: Vec<[Cell; N]>) -> Vec<String> {
    let mut columns = [Column::default(); N];
    for row in &rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.width = column.width.max(cell.width());
            column.longest_word = column.longest_word.max(cell.longest_word());
        }
    }
    fold(screen, indent, &mut columns);
    let line = |cells: [Cell; N]| {
        let mut lines = Vec::new();
        let mut line = String::new();
        for (cell, Column { width, begins, ends, .. }) in cells.into_iter().zip(columns) {
            if let Some(indent) = begins {
                line = " ".repeat(indent);
            }
            let Cell { text, style } = &cell;
            if ends {
                let shown = screen.hanging(&line, display_width(&line), text, *style);
                lines.extend((!shown.trim().is_empty()).then_some(shown));
            } else if text.is_empty() {
                line.push_str(&" ".repeat(width + GAP));
            } else {
                let gap = (width + GAP).saturating_sub(cell.width());
                line.push_str(&format!("{style}{text}{style:#}{:gap$}", ""));
            }
        }
        lines.join("\n")
    };
    rows.into_iter().map(line).collect()
}

#[derive(Clone, Copy, Default)]
struct Column {
    width: usize,
    longest_word: usize,
    /// How far the line that begins with it is indented, if one does.
    begins: Option<usize>,
    /// Whether a line ends with it.
    ends: bool,
}

/// Shares the columns out among lines. A last one that fits none wraps beside the others, if there is room.
fn fold(screen: Screen, indent: usize, columns: &mut [Column]) {
    let (mut at, mut line) = (indent, 0);
    let last = columns.len().saturating_sub(1);
    let mut starts = vec![0];
    for (index, column) in columns.iter().enumerate() {
        let room = screen.room(at);
        let wraps_at_best = column.width > screen.room(indent + GAP);
        let wraps = index == last && wraps_at_best && screen.has_room(at) && column.longest_word <= room;
        if index > line && column.width > room && !wraps {
            line = index;
            starts.push(index);
            at = indent + GAP;
        }
        at += column.width + GAP;
    }
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(columns.len());
        let Some(line) = columns.get_mut(*start..end) else { continue };
        let width = line.iter().map(|column| column.width).sum::<usize>() + GAP * line.len().saturating_sub(1);
        // A line that would fit but for its indentation has less of it.
        let spare = screen.room(indent).checked_sub(width);
        let further = if number == 0 { 0 } else { spare.unwrap_or(GAP).min(GAP) };
        if let Some(first) = line.first_mut() {
            first.begins = Some(indent + further);
        }
        if let Some(last) = line.last_mut() {
            last.ends = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const N: usize, const M: usize>(columns: Option<usize>, rows: [[&str; N]; M], expected: &str) {
        let rows = rows.map(|row| row.map(|cell| Cell::from(cell.to_owned()))).into();
        assert_eq!(table(Screen::wide(columns), 1, rows).join("\n"), expected);
    }

    #[test]
    fn every_column_is_as_wide_as_its_widest_cell() {
        check(None, [["à", "b", "c"], ["long", "", ""], ["x", "wide", "z"]], " à     b     c\n long\n x     wide  z");
    }

    #[test]
    fn wide_letters_are_aligned() {
        let names = [["日本", "a"], ["e\u{301}", "b"], ["abcd", "c"]];
        check(None, names, " 日本  a\n e\u{301}     b\n abcd  c");
    }

    #[test]
    fn what_does_not_fit_goes_on_below_in_columns() {
        let rows = [["one", "two", "three", "four"], ["1", "", "3", "four and more"]];
        check(Some(24), rows, " one  two  three\n   four\n 1         3\n   four and more");
        check(Some(12), rows, " one  two\n   three\n   four\n 1\n   3\n   four and\n   more");
    }
}
