//! The layers of the configuration, one over the other, and where each key has its value from.

use super::Configuration;
use crate::failure::Failure;
use procura_domain::vocabulary::nearest;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// What variables of the environment that configure a server begin with.
const PREFIX: &str = "PROCURA_";
/// What stands between the parts of a key in one.
const SEPARATOR: &str = "__";
/// Variables that other commands know as well.
const SHORT: &[(&str, &str)] = &[("PROCURA_DATA", "data"), ("PROCURA_PUBLIC_URL", "http.public_url")];
/// The largest configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    File(PathBuf),
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// What is configured, layer by layer.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    table: Table,
    origins: BTreeMap<String, Origin>,
}

/// What all layers together say.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) configuration: Configuration,
    /// Where the keys have their values from; those that are not in it have their defaults.
    pub(crate) origins: BTreeMap<String, Origin>,
}

impl Layers {
    /// Puts a file under everything else.
    ///
    /// # Errors
    /// [`Failure::Configuration`] gives the place of what cannot be read.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self, Failure> {
        let at = |problem: String| Failure::Configuration { place: path.display().to_string(), problem };
        let length = std::fs::metadata(path).map_err(|error| at(error.to_string()))?.len();
        if length > FILE_BYTES_MAX {
            return Err(at(format!("is larger than {FILE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| at(error.to_string()))?;
        let wrong = |error: toml::de::Error| {
            let (line, column) = error.span().map_or((1, 1), |span| place(&text, span.start));
            let place = format!("{}:{line}:{column}", path.display());
            Failure::Configuration { place, problem: explained(error.message()) }
        };
        // The whole of it by itself, since only the text has places.
        toml::from_str::<Configuration>(&text).map_err(wrong)?;
        self.table = text.parse().map_err(wrong)?;
        let origin = Origin::File(path.to_owned());
        self.origins.extend(keys(&self.table).into_iter().map(|key| (key, origin.clone())));
        Ok(self)
    }

    /// Puts the variables over it that are named after keys: `PROCURA_HTTP__LISTEN` for `http.listen`.
    pub(crate) fn environment(mut self, variables: impl Iterator<Item = (String, String)>) -> Self {
        for (name, text) in variables {
            let known = SHORT.iter().find(|(short, _)| *short == name).map(|(_, key)| (*key).to_owned());
            let named = name.strip_prefix(PREFIX).filter(|rest| rest.contains(SEPARATOR));
            let named = named.map(|rest| rest.to_ascii_lowercase().replace(SEPARATOR, "."));
            if let Some(key) = known.or(named) {
                self.set(&key, value(&text), Origin::Variable(name));
            }
        }
        self
    }

    /// Puts a flag over it, if it was given.
    pub(crate) fn flag(mut self, flag: &'static str, key: &str, given: Option<impl Into<Value>>) -> Self {
        if let Some(given) = given {
            self.set(key, given.into(), Origin::Flag(flag));
        }
        self
    }

    fn set(&mut self, key: &str, value: Value, origin: Origin) {
        let mut parts: Vec<_> = key.split('.').collect();
        let Some(last) = parts.pop() else { return };
        let mut table = &mut self.table;
        for part in parts {
            let inner = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
            if !inner.is_table() {
                // What stands there is no table: the key is as unknown as it looks.
                *inner = Value::Table(Table::new());
            }
            let Value::Table(inner) = inner else { return };
            table = inner;
        }
        table.insert(last.to_owned(), value);
        self.origins.insert(key.to_owned(), origin);
    }

    /// What all layers say.
    ///
    /// # Errors
    /// [`Failure::Configuration`] names the variable or flag that does not fit: the file was read before.
    pub(crate) fn read(self) -> Result<Read, Failure> {
        let Self { table, origins } = self;
        let read: Result<Configuration, _> = serde_path_to_error::deserialize(Value::Table(table));
        let configuration = read.map_err(|error| {
            let (path, problem) = (error.path().to_string(), explained(error.inner().message()));
            // An unknown key is told of the table that it stands in.
            let under = |key: &&String| **key == path || key.starts_with(&format!("{path}.")) || path == ".";
            let from = |key: &String| origins.get(key).filter(|origin| !matches!(origin, Origin::File(_)));
            let named = problem.split('`').nth(1).unwrap_or_default();
            let last = |key: &&String| key.rsplit('.').next() == Some(named);
            let found = origins.keys().filter(under).find(last).or_else(|| origins.keys().find(under));
            let place = found.and_then(from).map_or(path, ToString::to_string);
            Failure::Configuration { place, problem }
        })?;
        Ok(Read { configuration, origins })
    }
}

/// The keys of a table that have values, dotted. A list is one value.
pub(crate) fn keys(table: &Table) -> Vec<String> {
    let below = |(key, value): (&String, &Value)| match value {
        Value::Table(inner) => keys(inner).into_iter().map(|below| format!("{key}.{below}")).collect(),
        _ => vec![key.clone()],
    };
    table.iter().flat_map(below).collect()
}

/// What a variable says: a number, a truth value or a list as TOML writes it, else the text itself.
fn value(text: &str) -> Value {
    #[derive(Deserialize)]
    struct Alone {
        value: Value,
    }
    let read = toml::from_str(&format!("value = {text}")).map(|Alone { value }| value).ok();
    let read = read.filter(|value| matches!(value, Value::Integer(_) | Value::Boolean(_) | Value::Array(_)));
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Line and column of a byte, from 1.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// What is wrong, in our own words where the key is unknown.
fn explained(message: &str) -> String {
    let names: Vec<_> = message.split('`').skip(1).step_by(2).collect();
    match names.split_first() {
        Some((found, known)) if message.starts_with("unknown field") => match nearest(found, known.iter().copied()) {
            Some(near) => format!("there is no key `{found}`; did you mean `{near}`?"),
            None => format!("there is no key `{found}`; the keys here are {}", known.join(", ")),
        },
        _ => message.trim_end().replace('\n', " "),
    }
}
