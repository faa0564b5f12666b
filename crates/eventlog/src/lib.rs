//! The log: opaque events in frames, positions, one durable append at a time, tamper evidence; the trait
//! [`FrameStore`] and its stores. `FORMAT.md` beside this crate says what is on disk, byte by byte.
//!
//! Absent: the domain (a payload is opaque JSON), the clock and chance (times, ids and salts are told), decisions about
//! who may write what. This is the only crate that knows sled.

mod directory;
mod envelope;
mod frame;
mod log;
mod memory;
mod proof;
mod proofs;
mod reader;
mod sled_store;
mod store;
mod tree;
mod whole;

pub use directory::{DIRECTORY_FORMAT, DataDirectory, DirectoryError};
pub use envelope::{Actor, Authentication, CommitPart, EVENT_BYTES_MAX, Envelope, EnvelopeError, Idempotency};
pub use frame::{EVENT_OVERHEAD_BYTES, FRAME_BYTES_MAX, FRAME_FORMAT, FRAME_OVERHEAD_BYTES, Frame, FrameError};
pub use log::{AppendError, Log, NewCommit, OpenError};
pub use memory::MemoryStore;
pub use proof::{ConsistencyProof, InclusionProof, TreeHead, Unproven};
pub use proofs::{ProofError, Proofs};
pub use reader::{ReadError, Reader};
pub use sled_store::SledStore;
pub use store::{Append, FrameStore, StoreError};
pub use tree::Tree;
pub use whole::{Commit, Damage};
