//! What is wrong with JSON that does not have the shape wanted: which field, and what is wrong with it, in words that name
//! what is expected. No more of what was sent is told again than a few words.

use procura_domain::vocabulary::{did_you_mean, nearest, shortened};

/// What is wrong with which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The path of the field; empty where it is about the whole.
    pub field: String,
    pub problem: String,
    pub kind: MisfitKind,
}

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MisfitKind {
    /// Not JSON.
    Syntax,
    /// A field is missing, unknown, given twice or of the wrong type.
    Shape,
    /// A field has a value that it does not take.
    Value,
}

impl Misfit {
    /// What serde says of the field at that path. Line and column are left out: the text was one line, and its caller may
    /// have many.
    pub fn of(path: &str, error: &serde_json::Error) -> Self {
        let message = error.to_string();
        if !error.is_data() {
            return Self { field: String::new(), problem: message, kind: MisfitKind::Syntax };
        }
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
        Self::told(path, message)
    }

    /// What a message of serde's says of the field at that path.
    pub fn told(path: &str, message: &str) -> Self {
        let path = if path == "." { "" } else { path };
        for (start, says) in
            [("missing field `", "is missing"), ("duplicate field `", "is given twice"), ("field `", "")]
        {
            let Some((name, more)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) else {
                continue;
            };
            let problem = format!("{says}{more}").trim().to_owned();
            return Self { field: inside(path, name), problem, kind: MisfitKind::Shape };
        }
        if let Some((name, expected)) = unknown_field(message) {
            let names: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
            let nearest = did_you_mean(nearest(name, names.iter().copied()));
            let problem = match names.as_slice() {
                [] => format!("is no field: none is taken here{nearest}"),
                names => format!("is no field: those here are {}{nearest}", names.join(", ")),
            };
            return Self { field: inside(path, name), problem, kind: MisfitKind::Shape };
        }
        if let Some(problem) = wrong_type(message) {
            return Self { field: shown(path), problem, kind: MisfitKind::Shape };
        }
        Self { field: shown(path), problem: message.to_owned(), kind: MisfitKind::Value }
    }
}

/// The name of an unknown field, and what serde says it expected; the name may be anything.
fn unknown_field(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("unknown field `")?;
    rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no fields"))
}

/// A value of the wrong type, in words.
fn wrong_type(message: &str) -> Option<String> {
    let (found, expected) = message.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
    let found = match found.split([' ', '`', '"']).next() {
        Some("string" | "character") => "a text",
        Some("integer" | "floating" | "number") => "a number",
        Some("boolean") => "true or false",
        Some("null" | "unit" | "Option") => "null",
        Some("sequence" | "tuple" | "byte") => "a list",
        Some("map" | "struct" | "newtype" | "enum") => "an object",
        _ => "something else",
    };
    let expected = match expected {
        "a string" | "a borrowed string" | "a formatted date and time string" => "a text",
        "a boolean" => "true or false",
        "i64" | "u64" | "u32" | "u16" | "usize" => "a whole number",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") || other.starts_with("internally tagged") => "an object",
        other => other,
    };
    let found =
        if found == "a number" && expected == "a whole number" { "a fraction or a number too large" } else { found };
    Some(format!("is {found}; it takes {expected}"))
}

/// The path of a field of that name inside the one at that path, which may be the field itself.
fn inside(path: &str, name: &str) -> String {
    if path.is_empty() {
        return shortened(name);
    }
    let is_itself = path == name || path.strip_suffix(name).is_some_and(|before| before.ends_with('.'));
    if is_itself { shown(path) } else { format!("{}.{}", shown(path), shortened(name)) }
}

/// As much of a path as a message takes: names in it may be anything.
fn shown(path: &str) -> String {
    shortened(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_our_words() {
        use MisfitKind::{Shape, Value};
        for (path, message, field, problem, kind) in [
            (".", "missing field `partner`", "partner", "is missing", Shape),
            ("message", "missing field `body`", "message.body", "is missing", Shape),
            (".", "missing field `partner` (or `source`)", "partner", "is missing (or `source`)", Shape),
            (
                ".",
                "field `source` is not given together with `partner`",
                "source",
                "is not given together with `partner`",
                Shape,
            ),
            ("customer", "duplicate field `customer`", "customer", "is given twice", Shape),
            (
                "costumer",
                "unknown field `costumer`, expected `customer` or `partner`",
                "costumer",
                "is no field: those here are customer, partner: did you mean `customer`?",
                Shape,
            ),
            (
                ".",
                "unknown field `x`, expected `y`, expected one of `a`, `b`, `c`",
                "x`, expected `y",
                "is no field: those here are a, b, c",
                Shape,
            ),
            ("a", "unknown field `b`, there are no fields", "a.b", "is no field: none is taken here", Shape),
            ("name", "invalid type: integer `7`, expected a string", "name", "is a number; it takes a text", Shape),
            (
                "yes",
                "invalid type: string \", expected a map\", expected a boolean",
                "yes",
                "is a text; it takes true or false",
                Shape,
            ),
            (
                "days",
                "invalid type: floating point `1.5`, expected i64",
                "days",
                "is a fraction or a number too large; it takes a whole number",
                Shape,
            ),
            ("customer", "`x` is not a GUID", "customer", "`x` is not a GUID", Value),
            (".", "something else", "", "something else", Value),
        ] {
            let expected = Misfit { field: field.to_owned(), problem: problem.to_owned(), kind };
            assert_eq!(Misfit::told(path, message), expected, "{message}");
        }
    }

    #[test]
    fn a_hostile_name_is_cut() {
        let long = "x".repeat(100_000);
        for message in [
            format!("unknown field `{long}`, expected `a`"),
            format!("invalid type: string \"{long}\", expected a boolean"),
            format!("duplicate field `{long}`"),
        ] {
            let Misfit { field, problem, .. } = Misfit::told(&long, &message);
            assert!(field.len() + problem.len() < 300, "{message:.40}: {field} {problem}");
        }
    }
}
