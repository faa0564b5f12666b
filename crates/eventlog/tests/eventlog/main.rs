//! The log from outside: one suite for every store, what is refused, what is on disk.
//!
//! Absent: power cuts under sled, and damage to sled's own files.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod checkpoint;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod file_signature;
#[cfg(test)]
mod format;
#[cfg(test)]
mod given;
#[cfg(test)]
mod head;
#[cfg(test)]
mod log;
#[cfg(test)]
mod open;
#[cfg(test)]
mod orderly_stop;
#[cfg(test)]
mod packing;
#[cfg(test)]
mod power_cut;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod sled_files;
#[cfg(test)]
mod upgrade;
