//! The engine: commands in, durable events out, and answers about any moment.
//!
//! A command goes through [`Engine::submit`] to the one writer, which decides it against the state, folds
//! its events, appends them to the log and answers when they are on stable storage. A question takes a
//! [`Moment`](procura_domain::temporal::Moment) from [`Engine::moment`] and reads the same state there.
//!
//! Time and chance come in at one place, [`ambient`]. What an event looks like in the log is in [`codec`].
//! What people wrote is sealed beside it, with keys that are kept outside the log and destroyed to erase it.

pub mod ambient;
mod backup;
mod below_snapshot;
mod cloud_event;
pub mod codec;
mod engine;
pub mod evidence;
mod fatal;
mod horizon;
mod idempotency;
#[cfg(test)]
mod interleavings;
mod keyring;
mod logged_event;
mod metrics;
mod misfit;
mod names;
mod opening;
mod people;
mod personal;
mod replay;
mod seal;
mod snapshot;
mod snapshot_proof;
mod snapshotting;
mod submission;
mod sync;
mod tail;
mod upcast;
mod watched_clock;
mod when;
mod writer;
mod written;

pub use backup::{Backup, BeginBackupError};
pub use below_snapshot::BelowSnapshot;
pub use cloud_event::CloudEvent;
pub use engine::{Engine, OpenError, Settings};
pub use fatal::{Fatal, OnFatal};
pub use idempotency::{
    IDEMPOTENCY_KEY_CHARS_MAX, IDEMPOTENCY_KEY_DAYS, IDEMPOTENCY_KEYS_MAX, IdempotencyKey, KeyError,
};
pub use keyring::{KEYS_FILE, Keyring, KeyringError};
pub use logged_event::{LoggedEvent, Who};
pub use metrics::WriterMetrics;
pub use misfit::{Misfit, MisfitKind};
pub use opening::OpeningProgress;
pub use personal::{EventError, Personal};
pub use procura_domain::vocabulary::Authentication;
pub use procura_eventlog::{CheckpointKey, private_file};
pub use replay::{PreparedCommit, Replay, ReplayError};
pub use seal::SealError;
pub use snapshot::{SNAPSHOTS_FOLDER, SnapshotFolder};
pub use snapshot_proof::{SnapshotFinding, SnapshotFound, SnapshotProofs};
pub use snapshotting::HasRoom;
pub use submission::{AnswerError, Fault, Recorded, RecordedEvent, Submission, SubmitError};
pub use watched_clock::{CLOCK_STEP_MAX, ClockError};
pub use when::{MomentError, NotAMoment, When};
pub use writer::{COMMIT_BYTES_MAX, QUEUE_COMMANDS_MAX};
