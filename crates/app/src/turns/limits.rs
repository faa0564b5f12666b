//! How many requests have a turn, or wait for one. Set once, when the process starts.

use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// How many requests are worked on and wait, of one owner and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnLimits {
    /// How many answers of a kind are worked out at the same time; others wait.
    pub at_once: usize,
    /// How many of them may be one owner's.
    pub of_owner: usize,
    /// How many requests wait for a turn of a kind in all.
    pub waiting: usize,
    /// How many requests of one owner wait for a turn of a kind.
    pub waiting_of_owner: usize,
    /// How many commands of one owner are in the writer's queue, of its
    /// [`QUEUE_COMMANDS_MAX`](procura_engine::QUEUE_COMMANDS_MAX).
    pub commands_of_owner: usize,
    /// How many requests of one owner wait for a position that is not reached yet.
    pub ahead_of_owner: usize,
    /// How many feeds one owner follows at a time.
    pub feeds_of_owner: usize,
}

static LIMITS: OnceLock<TurnLimits> = OnceLock::new();

pub(super) const DEFAULT: TurnLimits = TurnLimits {
    at_once: 4,
    of_owner: 2,
    waiting: 256,
    waiting_of_owner: 8,
    commands_of_owner: 512,
    ahead_of_owner: 64,
    feeds_of_owner: 64,
};

impl Default for TurnLimits {
    fn default() -> Self {
        DEFAULT
    }
}

impl TurnLimits {
    /// Makes these the limits of this process. Only the first ones hold, so it is done before anything takes a turn.
    pub fn hold(self) {
        let _ = LIMITS.set(self);
    }

    pub(crate) fn current() -> Self {
        LIMITS.get().copied().unwrap_or(DEFAULT)
    }

    /// The name of a limit that would let nobody get anything, if one does.
    pub fn too_small(&self) -> Option<&'static str> {
        let Self { at_once, of_owner, waiting, waiting_of_owner, commands_of_owner, ahead_of_owner, feeds_of_owner } =
            *self;
        let named = [
            ("at_once", at_once),
            ("of_owner", of_owner),
            ("waiting", waiting),
            ("waiting_of_owner", waiting_of_owner),
            ("commands_of_owner", commands_of_owner),
            ("ahead_of_owner", ahead_of_owner),
            ("feeds_of_owner", feeds_of_owner),
        ];
        named.into_iter().find(|(_, limit)| *limit == 0).map(|(name, _)| name)
    }
}
