//! What the disk can do without Procura: append and sync, the next when the former is done.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// How often a second so many bytes can be appended to a plain file in that folder and be on stable storage.
pub(crate) fn appends_a_second(folder: &Path, bytes: usize, time: Duration) -> f64 {
    let path = folder.join("plain");
    let mut file = File::create(&path).unwrap();
    // Not zeros, which a disk may treat as nothing.
    let block: Vec<u8> = (0..bytes).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
    let (begin, mut appends) = (Instant::now(), 0_u32);
    while begin.elapsed() < time {
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
        appends += 1;
    }
    let took = begin.elapsed();
    std::fs::remove_file(path).unwrap();
    f64::from(appends) / took.as_secs_f64()
}
