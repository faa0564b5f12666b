//! What is configured of the console.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// How long people stay signed in, and how many sessions there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleSettings {
    /// A session ends when nothing was asked in it for so long.
    pub idle_minutes: NonZeroU32,
    /// A session ends so long after its beginning.
    pub hours_max: NonZeroU32,
    /// How many sessions a tenant's people may have together; the one used the longest ago makes room.
    pub sessions_of_tenant: NonZeroU32,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        let number = |number: u32| NonZeroU32::MIN.saturating_add(number - 1);
        Self { idle_minutes: number(60), hours_max: number(12), sessions_of_tenant: number(2_000) }
    }
}
