//! The files themselves: what power cuts and flipped bits do to a data directory, and what is made of it then.
//!
//! `PROCURA_POWER_CUTS` and `PROCURA_BIT_FLIPS` say how many, `PROCURA_SEED` which ones.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bit_flips;
mod disk_model;
mod playing;
mod power_cuts;
mod recording;
