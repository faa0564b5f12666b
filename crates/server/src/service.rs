//! What the handlers share.

use crate::issuer::Issuer;
use procura_engine::{CheckpointKey, Engine};
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) engine: Engine,
    /// Signs the checkpoints.
    pub(crate) key: Arc<CheckpointKey>,
    /// Checks the tokens.
    pub(crate) issuer: Arc<Issuer>,
}
