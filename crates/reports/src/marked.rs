//! Checking a report whose names were changed since: what it says in the places of the marks, and the same report made again
//! with that. The same mark stands for the same name everywhere, and everything else is compared by every byte.

use crate::{
    called::{Mark, SIGN},
    csv::{self, csv_records},
    html::{escaped, unescaped},
    statement::Format,
};
use procura_domain::text::{Name, UserPrincipalName};
use serde_json::Value;
use std::collections::BTreeMap;

/// A report made again, with marks in place of the names that were changed since it was made.
#[derive(Debug, Clone, Copy)]
pub struct MarkedReport<'a> {
    format: Format,
    text: &'a str,
}

/// A name that a report has and the log has no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherName {
    /// Whose, as `tenant/user`.
    pub user: String,
    /// What the report says.
    pub says: Option<String>,
    /// The name of now; none if it was erased.
    pub now: Option<String>,
}

/// What a report says in the places of the marks, by user.
type Said = BTreeMap<String, Option<String>>;

impl<'a> MarkedReport<'a> {
    pub fn new(format: Format, text: &'a str) -> Self {
        Self { format, text }
    }

    /// The report with the names that the other one has, and those among them that are others now. Where nothing can be read
    /// that may be a name, it has the name of now.
    pub fn with_names_of(self, theirs: &str) -> (String, Vec<OtherName>) {
        if !self.has_marks() {
            return (self.text.to_owned(), Vec::new());
        }
        let mut said = Said::new();
        // A name that was cut is read only where it stands nowhere else.
        for is_cut in [false, true] {
            self.read(theirs, &mut |mark, text| {
                if mark.chars_max.is_some() == is_cut
                    && let Some(name) = mark.name_in(text)
                    && name.as_deref().is_none_or(may_be_a_name)
                {
                    said.entry(mark.user.clone()).or_insert(name);
                }
            });
        }
        let mut others = BTreeMap::new();
        let text = self.written(&mut |mark| {
            let says = said.get(&mark.user).unwrap_or(&mark.now).clone();
            if says != mark.now {
                let other = OtherName { user: mark.user.clone(), says: says.clone(), now: mark.now.clone() };
                others.insert(mark.user.clone(), other);
            }
            says
        });
        (text, others.into_values().collect())
    }

    fn has_marks(self) -> bool {
        match self.format {
            Format::Json => self.text.contains(JSON_SIGN),
            Format::Csv | Format::Html => self.text.contains(SIGN),
        }
    }

    /// Gives each mark with what the other report has in its place, as far as the place can be found.
    fn read(self, theirs: &str, each: &mut dyn FnMut(&Mark, &str)) {
        match self.format {
            Format::Json => {
                if let (Ok(ours), Ok(theirs)) = (serde_json::from_str(self.text), serde_json::from_str(theirs)) {
                    read_json(&ours, &theirs, each);
                }
            }
            Format::Csv => {
                for (ours, theirs) in csv_records(self.text).into_records().zip(csv_records(theirs).into_records()) {
                    let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };
                    for (ours, theirs) in ours.iter().zip(&theirs) {
                        if let Some(mark) = Mark::read(ours) {
                            each(&mark, csv::text_of(theirs));
                        }
                    }
                }
            }
            Format::Html => {
                for (ours, theirs) in self.text.split('\n').zip(theirs.split('\n')) {
                    read_line(ours, theirs, each);
                }
            }
        }
    }

    /// The report with a name in place of each mark, or without one.
    fn written(self, name: &mut dyn FnMut(&Mark) -> Option<String>) -> String {
        match self.format {
            Format::Json => self.text.split_inclusive('\n').map(|line| json_line(line, name)).collect(),
            Format::Csv => csv::mapped(self.text, &mut |cell| {
                Some(name(&Mark::read(cell)?).map_or_else(String::new, csv::cell_text))
            }),
            Format::Html => {
                let (mut text, mut rest) = (String::new(), self.text);
                while let Some((before, mark, after)) = Mark::first_in(rest) {
                    text.push_str(before);
                    match Mark::read(&unescaped(mark)) {
                        Some(mark) => text.push_str(&escaped(&mark.with(name(&mark).as_deref()))),
                        None => text.push_str(mark),
                    }
                    rest = after;
                }
                text + rest
            }
        }
    }
}

/// How JSON writes [`SIGN`].
const JSON_SIGN: &str = "\\u001a";

fn may_be_a_name(text: &str) -> bool {
    Name::new(text).is_ok() || UserPrincipalName::new(text).is_ok()
}

fn read_json(ours: &Value, theirs: &Value, each: &mut dyn FnMut(&Mark, &str)) {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.iter().zip(theirs).for_each(|(ours, theirs)| read_json(ours, theirs, each));
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            for (field, ours) in ours {
                match (ours.as_str().and_then(Mark::read), theirs.get(field)) {
                    (Some(mark), Some(Value::String(text))) => each(&mark, text),
                    (Some(mark), None) => each(&mark, ""),
                    (Some(_), Some(_)) => {}
                    (None, theirs) => read_json(ours, theirs.unwrap_or(&Value::Null), each),
                }
            }
        }
        _ => {}
    }
}

/// A line of a page: what stands in the place of a mark ends where the next element begins.
fn read_line(ours: &str, theirs: &str, each: &mut dyn FnMut(&Mark, &str)) {
    let (mut ours, mut theirs) = (ours, theirs);
    while let Some((before, mark, after)) = Mark::first_in(ours) {
        let Some(rest) = theirs.strip_prefix(before) else { return };
        let end = rest.find('<').unwrap_or(rest.len());
        let Some((text, rest)) = rest.split_at_checked(end) else { return };
        if let Some(mark) = Mark::read(&unescaped(mark)) {
            each(&mark, &unescaped(text));
        }
        (ours, theirs) = (after, rest);
    }
}

/// A line of JSON. A field without a name is left out; another one always follows it.
fn json_line(line: &str, name: &mut dyn FnMut(&Mark) -> Option<String>) -> String {
    let mark = || {
        let value = line.trim_end().trim_end_matches(',').split_once(": ")?.1;
        let mark = Mark::read(&serde_json::from_str::<String>(value).ok()?)?;
        let (before, after) = line.split_once(value)?;
        Some((before, mark, after))
    };
    match line.contains(JSON_SIGN).then(mark).flatten() {
        None => line.to_owned(),
        Some((before, mark, after)) => match name(&mark) {
            Some(name) => format!("{before}{}{after}", Value::String(name)),
            None => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::called::Called;
    use procura_domain::vocabulary::User;

    const USER: &str = "caaaaaaa-0000-4000-8000-000000000001/c0000000-0000-4000-8000-000000000010";

    fn marked(now: Option<&str>) -> Called {
        Called::marked(USER.parse::<User>().unwrap(), now)
    }

    /// How a report of each form is written with a user called so, twice, and perhaps cut.
    fn written(format: Format, called: &Called) -> String {
        match format {
            Format::Json => {
                let field = if called.is_nothing() {
                    String::new()
                } else {
                    format!("  \"name\": {},\n", serde_json::to_string(called).unwrap())
                };
                format!("{{\n{field}  \"a\": {{\n{field}  \"b\": 1\n  }}\n}}\n")
            }
            Format::Csv => {
                let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(vec![]);
                for cells in [["row", "name", "c"], ["a", &csv::cell_text(called.text().to_owned()), "x, y"]] {
                    writer.write_record(cells).unwrap();
                }
                String::from_utf8(writer.into_inner().unwrap()).unwrap()
            }
            Format::Html => {
                let place = |chars_max| {
                    escaped(&called.within(|name| format!("By {name}, A&B"), "By A&B".to_owned(), chars_max))
                };
                format!("<tr><td>{}</td><td>{}<small>\n<p>{}</p>", place(None), place(None), place(Some(12)))
            }
        }
    }

    const NAMES: [&str; 6] = ["Alex Weber", "=1+1", "A, \"B\"", "<b>&amp;'", "\\u001a\\", "Émile ; très long"];

    #[test]
    fn names_of_every_spelling_are_read_back_in_every_form() {
        for format in [Format::Json, Format::Csv, Format::Html] {
            for name in NAMES {
                for now in [None, Some("Somebody else"), Some(name)] {
                    let (theirs, marked) = (written(format, &Called::by(name)), written(format, &marked(now)));
                    let (ours, others) = MarkedReport::new(format, &marked).with_names_of(&theirs);
                    assert_eq!(ours, theirs);
                    assert_eq!(others.is_empty(), now == Some(name), "{others:?}");
                    // And nobody was called anything.
                    let theirs = written(format, &Called::default());
                    let (ours, others) = MarkedReport::new(format, &marked).with_names_of(&theirs);
                    assert_eq!(ours, theirs);
                    assert_eq!(others.is_empty(), now.is_none(), "{others:?}");
                }
            }
        }
    }

    #[test]
    fn a_mark_stands_for_one_name_everywhere() {
        for format in [Format::Json, Format::Html] {
            let theirs = written(format, &Called::by("Alex Weber")).replacen("Alex", "Alec", 1);
            let marked = written(format, &marked(None));
            assert_ne!(MarkedReport::new(format, &marked).with_names_of(&theirs).0, theirs);
        }
    }

    #[test]
    fn what_is_no_name_stands_in_no_place_of_one() {
        for (format, text) in [(Format::Json, "a\\nb"), (Format::Csv, "\"a\nb\""), (Format::Html, "Alex <b>Weber</b>")]
        {
            let theirs = written(format, &Called::by("Alex Weber")).replace("Alex Weber", text);
            let marked = written(format, &marked(None));
            assert_ne!(MarkedReport::new(format, &marked).with_names_of(&theirs).0, theirs);
        }
    }
}
