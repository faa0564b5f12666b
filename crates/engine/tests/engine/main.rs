//! The engine over stores that do as they are told: what is acknowledged, when, and what happens when a store fails.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod codec;
mod durability;
mod names;
mod personal;
mod snapshots;
mod times;
mod world;
