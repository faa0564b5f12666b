//! What the black-box tests stand on: the real binary, a server of it, a client, lines of commands, a small world.
//!
//! Everything here panics where something is not as it should be, and no wait is longer than [`PATIENCE`].
#![expect(clippy::expect_used, clippy::panic, reason = "a test support library: what fails here fails the test")]

mod chance;
mod cli;
mod client;
pub mod growth;
pub mod liar;
pub mod provider;
pub mod receiver;
mod server;
pub mod signing;
pub mod story;
mod terminal;
pub mod tools;
pub mod version_1;
pub mod visitor;
pub mod world;

pub use chance::{Dice, number};
pub use cli::{Applied, Ran, apply, export, json_lines, procura, run};
pub use client::{Client, Follower, Message, Reply};
pub use server::Server;
pub use terminal::{run_and_answer, run_on_terminal};

use std::time::Duration;

/// How long anything is waited for: far longer than it takes, so that only a hang runs into it.
pub const PATIENCE: Duration = Duration::from_secs(180);
