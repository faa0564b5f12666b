//! The rulebook, as given, when and then: one module a chapter, one name a rule.
//!
//! The chapters: `tenants`, `directory_roles`, `invitations`, `declining`, `relationships`, `delegated_admin`,
//! `subscriptions`, `renewals`, `autopilot`, `devices`, `profiles`, `policies`, `support`, `visibility`, `disclosure`, `people`, `feeds`, `history`. `commands`,
//! `questions` and `events` hold what the outside spells; `order` the order of checks and the ids; `fold` and `fits`
//! what the state takes in; `matrix` every cell of `tests/matrix.txt` and `tests/autopilot.txt`, `guards` the former
//! again by commands.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and what they share: a panic is a failed test"
)]

mod actions_page;
mod autopilot;
mod commands;
mod declining;
mod delegated_admin;
mod devices;
mod directory_roles;
mod disclosure;
mod events;
mod feeds;
mod fold;
#[path = "../given/mod.rs"]
mod given;
mod guards;
mod history;
mod intervals;
mod invitations;
mod matrix;
mod order;
mod past;
mod people;
mod personal;
mod policies;
mod preconditions;
mod profiles;
mod questions;
mod relationships;
mod renewals;
mod reports;
mod rule_ids;
mod subscriptions;
mod support;
mod tenants;
mod visibility;
mod words;
