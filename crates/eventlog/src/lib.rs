//! The log: opaque events in frames, positions, one durable append at a time, tamper evidence; the trait
//! [`FrameStore`] and its stores. `FORMAT.md` beside this crate says what is on disk, byte by byte.
//!
//! Absent: the domain (a payload is opaque JSON), the clock and chance (times, ids and salts are told), decisions about
//! who may write what. This is the only crate that knows sled.

mod backup;
mod checkpoint;
mod checkpoint_folder;
mod checkpoint_key;
mod commit;
mod directory;
mod envelope;
mod epochs;
mod file_signature;
mod files;
mod frame;
mod head;
mod identity;
mod log;
mod memory;
mod open_guard;
mod orderly_stop;
mod origin;
pub mod private_file;
mod proof;
mod proofs;
mod reader;
mod reading;
mod repair;
mod restore;
mod sled_store;
mod sound_tiles;
mod space;
mod store;
mod tile_files;
mod tile_name;
mod tiles;
mod tree;
mod unread;
mod upgrade;
mod verifier;

pub use backup::{BACKUP_FORMAT, BackupError, BackupParts, backup};
pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError};
pub use checkpoint_folder::{CheckpointFolder, CheckpointFolderError};
pub use checkpoint_key::{CHECKPOINT_KEY_FILE, CheckpointKey, CheckpointKeyError, CheckpointVerifier};
pub use commit::{Commit, CommitRef, Damage};
pub use directory::{DataDirectory, DirectoryError, DirectoryLock};
pub use envelope::{
    CommitPart, EVENT_BYTES_MAX, Envelope, EnvelopeError, EnvelopeRef, Idempotency, StoredActor, StoredAuthentication,
    TenantList,
};
pub use epochs::{Cursor, Elsewhere, Epochs, FIRST_EPOCH, NotACursor};
pub use file_signature::{FileHash, FileSignature, FileSignatureError};
pub use files::FileError;
pub use frame::{
    EVENT_OVERHEAD_BYTES, FRAME_BYTES_MAX, FRAME_FORMAT, FRAME_OVERHEAD_BYTES, Frame, FrameError, Packing,
};
pub use head::{Head, HeadFile};
pub use identity::{DIRECTORY_FORMAT, DIRECTORY_FORMAT_UNPACKED};
pub use log::{AppendError, Log, NewCommit, Stored};
pub use memory::MemoryStore;
pub use origin::{LogOrigin, NotAnOrigin, Origins};
pub use proof::{ConsistencyProof, InclusionProof, TreeHead, Unproven};
pub use proofs::{ProofError, Proofs};
pub use reader::{Events, LogReader, ReadError};
pub use reading::OpenLogError;
pub use repair::{CutOff, RepairError};
pub use restore::{RestoreError, Restored, Restoring, restore};
pub use sled_store::SledStore;
pub use space::free_bytes;
pub use store::{Append, FrameStore, StoreError};
pub use tile_name::{NotATile, TileName};
pub use tree::Tree;
pub use unread::Unread;
pub use upgrade::{UpgradeError, Upgraded};
