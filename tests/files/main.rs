//! The files themselves: what power cuts and flipped bits do to a data directory, and what is made of it then.
//!
//! `PROCURA_POWER_CUTS` and `PROCURA_BIT_FLIPS` say how many, `PROCURA_SEED` which ones.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bit_flips;
mod disk_model;
mod playing;
mod power_cuts;
mod recording;
mod upgrade_cuts;

/// A folder in memory where there is one: what is opened there is thrown away, and no sync has to wait for a disk.
fn scratch() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("procura-").tempdir_in(folder).unwrap()
}
