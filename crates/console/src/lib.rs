//! The console: pages for people, rendered here from the use cases of `procura_app`, in English and in French.
//!
//! A request goes through `visit`: who asks, in which language, about which day. A page of `pages` asks `procura_app` as
//! that person and fills a template. Absent here: rules, and any answer that the API would not give to the same person.

mod acting;
mod ahead;
mod answer;
mod asking;
mod assets;
mod changes;
mod confirmation;
mod console;
mod cookies;
mod csv;
mod day;
mod extract;
mod failure;
mod field_problem;
mod fields;
mod form;
mod held;
mod language;
mod links;
mod names;
mod pages;
mod remains;
mod rights;
mod routes;
mod sessions;
mod settings;
mod shell;
mod sign_in;
mod visit;
mod which;
mod why;

pub use routes::{all_pages, paths};
pub use settings::ConsoleSettings;
