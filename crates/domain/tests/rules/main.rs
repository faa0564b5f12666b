//! The rulebook, as given, when and then: one module a chapter, one name a rule.
//!
//! `tenants` to `support` hold the chapters; `commands`, `questions` and `events` what the outside spells; `order` the
//! order of checks and the ids; `fold` what the state takes in; `matrix` every cell of `tests/matrix.txt`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and what they share: a panic is a failed test"
)]

mod autopilot;
mod commands;
mod delegated_admin;
mod events;
mod fold;
#[path = "../given/mod.rs"]
mod given;
mod invitations;
mod matrix;
mod order;
mod past;
mod questions;
mod relationships;
mod reports;
mod rule_ids;
mod subscriptions;
mod support;
mod tenants;
mod visibility;
mod words;
