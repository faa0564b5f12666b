//! What the server lets clients take: the walls that keep one from stalling or draining what is another's.

use crate::{answers::AnswerLimits, connections::limits::ConnectionLimits, quotas::RateLimits};
use procura_app::TurnLimits;
use procura_engine::IDEMPOTENCY_KEYS_MAX;
use serde::{Deserialize, Serialize};

/// Every limit. What is left out has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How many idempotency keys a tenant's users together, or an operator, may have in use.
    pub idempotency_keys: usize,
    pub connections: ConnectionLimits,
    pub rates: RateLimits,
    pub turns: TurnLimits,
    pub answers: AnswerLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idempotency_keys: IDEMPOTENCY_KEYS_MAX,
            connections: ConnectionLimits::default(),
            rates: RateLimits::default(),
            turns: TurnLimits::default(),
            answers: AnswerLimits::default(),
        }
    }
}

impl Limits {
    /// Whether they fit.
    ///
    /// # Errors
    /// The first one that does not, with what is wrong with it.
    pub fn check(&self) -> Result<(), (String, String)> {
        self.connections.check().map_err(|error| (format!("connections.{}", error.field), error.to_string()))?;
        let too_small = self.turns.too_small().map(|name| format!("turns.{name}"));
        let too_small = too_small.or_else(|| (self.idempotency_keys == 0).then(|| "idempotency_keys".to_owned()));
        match too_small {
            Some(name) => Err((name, "is 0: then nobody gets anything".to_owned())),
            None => Ok(()),
        }
    }
}
