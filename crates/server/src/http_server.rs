//! The server: an engine, where it listens, and what it is served with.

use crate::{
    answers::Answers,
    backup::BACKUPS_MAX,
    connections::{self, forwarded::TrustedProxy, listen::Listener},
    decisions::DecisionLog,
    identity::Identity,
    limits::Limits,
    metrics::{FreeSpace, Metrics},
    quotas::{Quotas, TIDY_EVERY},
    request_ids::RequestIds,
    routes::router,
    scrape,
    service::Service,
};
use procura_app::access::PageTokens;
use procura_engine::{CheckpointKey, Engine, ambient::Entropy};
use std::{
    future::{Future, pending},
    io,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

/// How long requests under way may take to finish once the server was told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// A server that is ready to serve.
pub struct HttpServer {
    pub engine: Engine,
    /// Tells who is calling.
    pub identity: Identity,
    /// Signs checkpoints.
    pub key: CheckpointKey,
    pub listener: Listener,
    /// Where the metrics are given without a token, if anywhere.
    pub metrics: Option<Listener>,
    /// The proxies that are believed whose requests they bring.
    pub proxies: Vec<TrustedProxy>,
    pub limits: Limits,
    /// Whether each answer is a line of the server's own log.
    pub access_log: bool,
    /// Where decisions are logged.
    pub decisions: DecisionLog,
    /// Tells the room that there is for the log.
    pub free_space: FreeSpace,
}

impl HttpServer {
    /// Serves until `stop` resolves; requests under way are finished.
    ///
    /// # Errors
    /// What the system says of the listener.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let Self {
            engine,
            identity,
            key,
            listener,
            metrics: metrics_listener,
            proxies,
            limits,
            access_log,
            decisions,
            free_space,
        } = self;
        let service = Service {
            metrics: Arc::new(Metrics::new(&engine, free_space, decisions.counts())),
            engine,
            key: Arc::new(key),
            identity: Arc::new(identity),
            quotas: Arc::new(Quotas::at(&limits.rates)),
            answers: Arc::new(Answers::within(limits.answers)),
            decisions: Arc::new(decisions),
            access_log,
            page_tokens: Arc::new(PageTokens::new(Entropy::from_os())),
            backups: Arc::new(Semaphore::new(BACKUPS_MAX)),
            request_ids: Arc::new(RequestIds::from_os()),
        };
        limits.turns.hold();
        let (stopping, stopped) = watch::channel(false);
        let mut metrics_stopped = stopped.clone();
        let metrics_router = scrape::router(service.clone());
        let metrics = async move {
            let Some(listener) = metrics_listener else { return pending().await };
            let stop = async move { drop(metrics_stopped.wait_for(|stopped| *stopped).await) };
            let few = limits.connections.few();
            let served = connections::serve(listener, metrics_router, Vec::new(), few, stop).await;
            // In order: the server ends when its requests are finished.
            if served.is_ok() { pending().await } else { served }
        };
        let told = async move {
            stop.await;
            let _ = stopping.send(true);
        };
        // A slow client does not keep the process alive.
        let patience = async move {
            let mut stopped = stopped;
            let _ = stopped.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(STOP_PATIENCE).await;
        };
        let quotas = service.quotas.clone();
        let tidying = async move {
            loop {
                tokio::time::sleep(TIDY_EVERY).await;
                quotas.tidy();
            }
        };
        let (identity, decisions) = (service.identity.clone(), service.decisions.clone());
        let serving = connections::serve(listener, router(service), proxies, limits.connections, told);
        let served = tokio::select! {
            served = serving => served,
            failed = metrics => failed,
            () = tidying => Ok(()),
            () = identity.keep_fresh() => Ok(()),
            () = patience => Ok(()),
        };
        decisions.close().await;
        served
    }
}
