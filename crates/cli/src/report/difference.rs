//! Where two reports differ: the row, the name of the column, what one says and what the log gives.

use procura_app::reports::{Format, csv_records};
use serde_json::Value;
use std::fmt::{self, Display, Formatter};

/// How a report compares with the same one made again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Same,
    /// It says the same; another program wrote it anew.
    SavedAgain(Vec<&'static str>),
    Different(Difference),
}

/// The first place where they differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    place: String,
    says: String,
    log_gives: String,
}

impl Display for Difference {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let Self { place, says, log_gives } = self;
        write!(to, "{place} is not what the log gives\n    it says:        {says}\n    the log gives:  {log_gives}")
    }
}

/// Compares a report with what the log gives.
pub(crate) fn compare(format: Format, theirs: &str, ours: &str) -> Body {
    if theirs == ours {
        return Body::Same;
    }
    let found = match format {
        Format::Csv => cells(theirs, ours),
        Format::Json => fields(theirs, ours),
        Format::Html => None,
    };
    found.unwrap_or_else(|| Body::Different(lines(theirs, ours)))
}

/// Compares cell by cell; none where that does not tell.
fn cells(theirs: &str, ours: &str) -> Option<Body> {
    let (mut theirs_rows, mut ours_rows) = (csv_records(theirs).into_records(), csv_records(ours).into_records());
    let (mut names, mut apostrophes, mut spaces) = (Vec::new(), false, false);
    for number in 1_u64.. {
        let (says, log_gives) = match (theirs_rows.next().transpose().ok()?, ours_rows.next().transpose().ok()?) {
            (None, None) => break,
            rows => rows,
        };
        if number == 1 {
            names = log_gives.iter().flatten().map(str::to_owned).collect();
        }
        let cells = |row: &Option<csv::StringRecord>| row.as_ref().map_or(0, csv::StringRecord::len);
        for column in 0..cells(&says).max(cells(&log_gives)) {
            let cell =
                |row: &Option<csv::StringRecord>| row.as_ref().and_then(|row| row.get(column)).map(str::to_owned);
            let (said, given) = (cell(&says), cell(&log_gives));
            let [one, other] = [&said, &given].map(|cell| cell.as_deref().unwrap_or_default());
            if one == other && says.is_some() && log_gives.is_some() {
                continue;
            }
            let (plain, plainer) = (tidied(one), tidied(other));
            if plain != plainer || says.is_none() || log_gives.is_none() {
                let name =
                    names.get(column).map_or_else(|| format!("number {}", column + 1), |name| format!("`{name}`"));
                let place = format!("row {number}, column {name},");
                let shown = |row: &Option<csv::StringRecord>, text: &str, than: &str| match row {
                    Some(_) => around(text, than),
                    None => "no such row".to_owned(),
                };
                let (says, log_gives) = (shown(&says, one, other), shown(&log_gives, other, one));
                return Some(Body::Different(Difference { place, says, log_gives }));
            }
            apostrophes |= one.starts_with('\'') != other.starts_with('\'');
            spaces |= one.trim_start_matches('\'') != other.trim_start_matches('\'');
        }
    }
    let quotes = |text: &str| text.matches('"').count();
    let separator = |text: &str| {
        text.trim_start_matches(['\u{feff}', '"']).trim_start_matches("row").bytes().find(|byte| *byte != b'"')
    };
    let how = [
        (theirs.starts_with('\u{feff}'), "a byte order mark"),
        (separator(theirs) != separator(ours), "other separators"),
        (!theirs.contains("\r\n"), "other line ends"),
        (quotes(theirs) != quotes(ours), "other quotes"),
        (apostrophes, "no leading apostrophes"),
        (spaces, "other white space"),
    ];
    let how: Vec<_> = how.into_iter().filter_map(|(found, name)| found.then_some(name)).collect();
    Some(Body::SavedAgain(if how.is_empty() { vec!["other line ends"] } else { how }))
}

/// A cell without what spreadsheets change.
fn tidied(cell: &str) -> String {
    let cell = cell.strip_prefix('\'').unwrap_or(cell);
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Compares field by field; none where that does not tell.
fn fields(theirs: &str, ours: &str) -> Option<Body> {
    let (theirs, ours): (Value, Value) = (serde_json::from_str(theirs).ok()?, serde_json::from_str(ours).ok()?);
    Some(match field("", Some(&theirs), Some(&ours)) {
        Some(difference) => Body::Different(difference),
        None => Body::SavedAgain(vec!["other spaces, or fields in another order"]),
    })
}

fn field(path: &str, theirs: Option<&Value>, ours: Option<&Value>) -> Option<Difference> {
    if theirs == ours {
        return None;
    }
    match (theirs, ours) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let below = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            other.keys().chain(one.keys()).find_map(|name| field(&below(name), one.get(name), other.get(name)))
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => (0..one.len().max(other.len()))
            .find_map(|index| field(&format!("{path}[{index}]"), one.get(index), other.get(index))),
        _ => {
            let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
            let (says, log_gives) = (text(theirs), text(ours));
            let (says, log_gives) = (around(&says, &log_gives), around(&log_gives, &says));
            Some(Difference { place: format!("`{path}`"), says, log_gives })
        }
    }
}

/// The first line in which they differ; in a table of a page, with the heading of its column.
fn lines(theirs: &str, ours: &str) -> Difference {
    let (one, other): (Vec<_>, Vec<_>) = (theirs.split('\n').collect(), ours.split('\n').collect());
    let line = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (says, log_gives) = (one.get(line).copied(), other.get(line).copied());
    let number = line.saturating_add(1);
    if let (Some(says), Some(log_gives)) = (says, log_gives)
        && log_gives.starts_with("<tr><td")
    {
        let cells = |line: &'_ str| line.split("</td>").map(text_of).collect::<Vec<_>>();
        let (says, log_gives) = (cells(says), cells(log_gives));
        let column = says.iter().zip(&log_gives).take_while(|(one, other)| one == other).count();
        let headings = other.iter().take(line).rev().find(|line| line.starts_with("<tr><th"));
        let heading = headings.and_then(|line| line.split("</th>").nth(column)).map(text_of);
        if let (Some(says), Some(log_gives), Some(heading)) = (says.get(column), log_gives.get(column), heading) {
            let place = format!("line {number}, column `{heading}`,");
            return Difference { place, says: around(says, log_gives), log_gives: around(log_gives, says) };
        }
    }
    let shown = |line: Option<&str>, than: Option<&str>| match line {
        Some(text) => around(text.trim_end_matches('\r'), than.unwrap_or_default()),
        None => "nothing: it ends before".to_owned(),
    };
    Difference { place: format!("line {number}"), says: shown(says, log_gives), log_gives: shown(log_gives, says) }
}

/// What people read of a piece of a page.
fn text_of(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// As much of a text as is easily read, from shortly before it differs from the other.
fn around(text: &str, other: &str) -> String {
    const CHARS_BEFORE: usize = 40;
    const CHARS_MAX: usize = 160;
    let same = text.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let chars = text.chars().count();
    let from = if chars > CHARS_MAX { same.saturating_sub(CHARS_BEFORE) } else { 0 };
    let part: String = text.chars().skip(from).take(CHARS_MAX).collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if chars > from + CHARS_MAX { "…" } else { "" });
    match part.as_str() {
        "" => "nothing".to_owned(),
        part => format!("{before}{}{after}", part.chars().map(printable).collect::<String>()),
    }
}

/// The character as it is, unless a terminal would do something with it.
fn printable(char: char) -> String {
    if ['"', '\'', '\\'].contains(&char) { char.to_string() } else { char.escape_debug().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "row,name,number\r\na,\"x, y\",1\r\nb,'=1,2\r\n";

    #[test]
    fn what_a_spreadsheet_saves_says_the_same() {
        for (theirs, how) in [
            (OURS.replace("\r\n", "\n"), "other line ends"),
            (format!("\u{feff}{OURS}"), "a byte order mark"),
            (OURS.replace(',', ";").replace("x; y", "x, y"), "other separators"),
            (OURS.replace("row,name", "\"row\",\"name\""), "other quotes"),
            (OURS.replace('\'', ""), "no leading apostrophes"),
            (OURS.replace("x, y", "x,  y"), "other white space"),
        ] {
            assert_eq!(compare(Format::Csv, &theirs, OURS), Body::SavedAgain(vec![how]), "{theirs}");
        }
    }

    #[test]
    fn a_difference_has_a_place() {
        let different = |theirs: &str| match compare(Format::Csv, theirs, OURS) {
            Body::Different(Difference { place, says, log_gives }) => [place, says, log_gives],
            other => panic!("{other:?}"),
        };
        assert_eq!(different(&OURS.replace(",2", ",3")), ["row 3, column `number`,", "3", "2"]);
        assert_eq!(different(&OURS.replace("b,'=1,2\r\n", "")), ["row 3, column `row`,", "no such row", "b"]);
        assert_eq!(different(&format!("{OURS}c,d,4\r\n")), ["row 4, column `row`,", "c", "no such row"]);
        assert_eq!(different(&OURS.replace(",2", ",2,9")), ["row 3, column number 4,", "9", "nothing"]);
    }
}
