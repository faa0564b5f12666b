//! Columns, for people: each as wide as its widest cell.

/// The rows as lines, their cells aligned on the left.
pub(crate) fn aligned<const N: usize>(rows: Vec<[String; N]>) -> Vec<String> {
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: [String; N]| {
        let cells = row.into_iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_as_wide_as_its_widest_cell() {
        let rows = [["à", "b", "c"], ["long", "", ""], ["x", "wide", "z"]];
        let lines = aligned(rows.map(|row| row.map(str::to_owned)).into());
        assert_eq!(lines, ["à     b     c", "long", "x     wide  z"]);
    }
}
