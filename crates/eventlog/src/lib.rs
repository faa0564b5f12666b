//! The log: opaque events in frames, positions, one durable append at a time, tamper evidence; the trait
//! [`FrameStore`] and its stores. `FORMAT.md` beside this crate says what is on disk, byte by byte.
//!
//! Absent: the domain (a payload is opaque JSON), the clock and chance (times, ids and salts are told), decisions about
//! who may write what. This is the only crate that knows sled.

mod backup;
mod checkpoint;
mod checkpoint_folder;
mod checkpoint_key;
mod checks;
mod directory;
mod envelope;
mod epochs;
mod frame;
mod log;
mod memory;
pub mod private_file;
mod proof;
mod proofs;
mod reader;
mod repair;
mod sled_store;
mod space;
mod store;
mod tree;
mod untouched;
mod whole;
mod witness;

pub use backup::{BACKUP_FORMAT, BackupError, BackupParts, RestoreError, Restored, Restoring, backup, restore};
pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError};
pub use checkpoint_folder::{CheckpointFolder, CheckpointFolderError};
pub use checkpoint_key::{CHECKPOINT_KEY_FILE, CheckpointKey, CheckpointKeyError, CheckpointVerifier};
pub use directory::{DIRECTORY_FORMAT, DataDirectory, DirectoryError, Held};
pub use envelope::{Actor, Authentication, CommitPart, EVENT_BYTES_MAX, Envelope, EnvelopeError, Idempotency};
pub use epochs::{Elsewhere, Epochs, FIRST_EPOCH};
pub use frame::{EVENT_OVERHEAD_BYTES, FRAME_BYTES_MAX, FRAME_FORMAT, FRAME_OVERHEAD_BYTES, Frame, FrameError};
pub use log::{AppendError, Log, NewCommit, OpenError, Stored};
pub use memory::MemoryStore;
pub use proof::{ConsistencyProof, InclusionProof, TreeHead, Unproven};
pub use proofs::{ProofError, Proofs};
pub use reader::{Events, ReadError, Reader};
pub use repair::{CutOff, RepairError};
pub use sled_store::SledStore;
pub use space::free_bytes;
pub use store::{Append, FrameStore, StoreError};
pub use tree::Tree;
pub use whole::{Commit, Damage};
pub use witness::{Head, Witness};
