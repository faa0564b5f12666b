//! What the handlers share.

use crate::webhooks::addresses::Addresses;
use crate::{
    answers::Answers, decisions::DecisionLog, feed::settings::FeedSettings, identity::Identity, metrics::Metrics,
    quotas::Quotas, request_ids::RequestIds,
};
use axum::extract::FromRef;
use procura_app::{Deliveries, access::PageTokens};
use procura_engine::{CheckpointKey, Engine};
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

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
    pub(crate) decisions: Arc<DecisionLog>,
    /// Whether each answer is a line of the server's own log.
    pub(crate) access_log: bool,
    /// Seals where the pages of searches end.
    pub(crate) page_tokens: Arc<PageTokens>,
    /// Turns at being backed up.
    pub(crate) backups: Arc<Semaphore>,
    /// The ids of requests that bring none.
    pub(crate) request_ids: Arc<RequestIds>,
    /// How far consumers and webhooks have come.
    pub(crate) deliveries: Deliveries,
    /// Where webhooks may send.
    pub(crate) webhook_addresses: Arc<Addresses>,
    /// How feeds are given.
    pub(crate) feeds: FeedSettings,
    /// True once the server was told to stop: what has no end ends then.
    pub(crate) stopping: watch::Receiver<bool>,
}

/// Every layer of the router and every request has one, so what they share is behind one counter; a handler may take it
/// apart.
impl FromRef<Arc<Service>> for Service {
    fn from_ref(service: &Arc<Service>) -> Self {
        Self::clone(service)
    }
}
