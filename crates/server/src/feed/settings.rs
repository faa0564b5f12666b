//! How feeds are given, as it is configured.

use serde::{Deserialize, Serialize};
use std::{num::NonZeroU32, time::Duration};

/// How feeds are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedSettings {
    /// How often a reader is told how far its feed has come, at least. So often is its token looked at again, too.
    pub heartbeat_seconds: NonZeroU32,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self { heartbeat_seconds: NonZeroU32::MIN.saturating_add(9) }
    }
}

impl FeedSettings {
    pub(crate) fn heartbeat(self) -> Duration {
        Duration::from_secs(self.heartbeat_seconds.get().into())
    }
}
