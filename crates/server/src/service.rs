//! What the handlers share.

use crate::{answers::Answers, identity::Identity, metrics::Metrics, quotas::Quotas};
use procura_app::access::PageTokens;
use procura_engine::{CheckpointKey, Engine};
use std::sync::Arc;
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) engine: Engine,
    /// Signs the checkpoints.
    pub(crate) key: Arc<CheckpointKey>,
    /// Tells whom tokens name.
    pub(crate) identity: Arc<Identity>,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) answers: Arc<Answers>,
    pub(crate) metrics: Arc<Metrics>,
    /// Seals where the pages of searches end.
    pub(crate) page_tokens: Arc<PageTokens>,
    /// Turns at being backed up.
    pub(crate) backups: Arc<Semaphore>,
}
