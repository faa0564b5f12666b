//! Why a process cannot go on with its log.

use std::sync::Arc;

/// Why a process cannot go on with its log, to be told before it ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// Nobody knows what the log holds now, or its keys: only a new start can tell.
    #[error("the log could not be written, so this process ends; what was acknowledged is safe: {0}")]
    Unwritten(String),
    /// The log that is served is not the one that was written, or its keys are not.
    #[error("the log is not sound below the snapshot that this process began with, so it ends: {0}")]
    Unsound(String),
}

/// Ends the process, where it cannot go on.
pub type OnFatal = Arc<dyn Fn(&Fatal) + Send + Sync>;
