//! Tokens that were verified: a second look at one takes a hash instead of a signature.

use super::keys::VerifyingKey;
use crate::caller::Caller;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How many tokens are remembered, of all issuers together. One that is forgotten is verified again.
const TOKENS_MAX: usize = 20_000;

/// The hash that a token is remembered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// What was found out about a token.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) caller: Arc<Caller>,
    /// Its own ids, by which it may be revoked.
    pub(super) ids: Vec<String>,
    /// The second since 1970 at which it has expired.
    pub(super) until: i64,
    pub(super) key: Arc<VerifyingKey>,
}

pub(super) struct Remembered(Cache<TokenHash, Arc<Verified>>);

impl Default for Remembered {
    fn default() -> Self {
        Self(Cache::new(TOKENS_MAX))
    }
}

impl Remembered {
    /// What is remembered of a token that is still good.
    pub(super) fn get(&self, token: &TokenHash, now: i64) -> Option<Arc<Verified>> {
        let verified = self.0.get(token)?;
        if verified.until <= now || verified.key.is_withdrawn() {
            self.0.remove(token);
            return None;
        }
        Some(verified)
    }

    pub(super) fn keep(&self, token: TokenHash, verified: Arc<Verified>) {
        self.0.insert(token, verified);
    }
}
