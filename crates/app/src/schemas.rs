//! The shapes of what callers send and get, by name: commands, events, questions, rows, answers, errors.
//!
//! Hand-written, since the domain knows nothing of JSON Schema, and held by tests: the answers of a real server fit them,
//! field by field, and so does every event and command that is kept as an example. Every object is closed, but for the
//! questions that AuthZEN leaves open.
//!
//! Absent: routes, statuses, headers. The server describes those.

mod answers;
mod commands;
mod events;
mod feeds;
mod fields;
mod questions;
mod reports;
mod rows;
pub mod shape;
mod words;

pub use commands::{COMMANDS, CommandDescription};
pub use events::event;
pub use fields::FieldDescription;
use shape::Shape;

/// Every shape with its name.
pub fn all() -> Vec<(&'static str, Shape)> {
    let commands = COMMANDS.iter().map(|command| (command.name, command.shape())).collect();
    [
        commands,
        commands::inside(),
        events::all(),
        questions::questions(),
        rows::rows(),
        answers::answers(),
        feeds::feeds(),
        reports::reports(),
        words::words(),
        words::more_words(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{command::Command, event::EventType};
    use std::collections::BTreeSet;

    #[test]
    fn every_shape_has_one_name_and_every_name_a_shape() {
        let names: Vec<_> = all().into_iter().map(|(name, _)| name).collect();
        let once: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(once.len(), names.len());
        let text: String = all().iter().map(|(_, shape)| serde_json::to_string(shape).unwrap()).collect();
        let missing: BTreeSet<_> = text
            .split("#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|name| !once.contains(name))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_command_and_event_is_described() {
        let described: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
        let mut names = Command::NAMES.to_vec();
        let mut sorted = described.clone();
        names.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(sorted, names);
        for event_type in EventType::ALL {
            assert!(event(event_type.name(), 1).is_some(), "{event_type}");
            assert!(event(event_type.name(), 2).is_none(), "{event_type}");
        }
        let lists = COMMANDS.iter().map(CommandDescription::fields);
        let lists = lists.chain(EventType::ALL.iter().map(|event_type| events::fields(*event_type)));
        for (name, _) in lists.flat_map(fields::parsed) {
            assert!(fields::is_known(name), "{name}");
        }
    }
}
