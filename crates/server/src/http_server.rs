//! The server: where it listens, what it is served with, and the engine when its log is open.

use crate::{
    answers::Answers,
    backup::BACKUPS_MAX,
    connections::{self, door::Door, forwarded::TrustedProxy, listen::Listener},
    decisions::DecisionLog,
    feed::settings::FeedSettings,
    identity::Identity,
    limits::Limits,
    metrics::{FreeSpace, Metrics},
    opening,
    quotas::{Quotas, TIDY_EVERY},
    reception::{MakePages, Reception},
    request_ids::RequestIds,
    routes::router,
    scrape,
    service::Service,
    webhooks::{self, addresses::Addresses, settings::WebhookLimits},
};
use axum::Router;
use procura_app::{Deliveries, access::PageTokens};
use procura_engine::{CheckpointKey, Engine, OpeningProgress, ambient::Entropy};
use std::{
    future::{Future, pending},
    io,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Semaphore, oneshot, watch};
use ureq::tls::RootCerts;

/// How long requests under way may take to finish once the server was told to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// A server that is ready to answer.
pub struct HttpServer {
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
    pub feeds: FeedSettings,
    pub webhooks: WebhookLimits,
    /// The certificates that the receivers of webhooks are trusted by.
    pub roots: RootCerts,
    /// Tells the room that there is for the log.
    pub free_space: FreeSpace,
    /// The pages for people, if there are to be any.
    pub pages: Option<MakePages>,
}

/// What is served when the log is open.
pub struct Opened {
    pub engine: Engine,
    /// Tells who is calling.
    pub identity: Identity,
    /// Signs checkpoints.
    pub key: CheckpointKey,
    /// How far consumers and webhooks have come.
    pub deliveries: Deliveries,
}

impl HttpServer {
    /// Serves until `stop` resolves; requests under way are finished. Until `opened` comes, the answer is how far the log is
    /// opened.
    ///
    /// # Errors
    /// What the system says of the listener.
    pub async fn serve(
        self,
        progress: OpeningProgress,
        opened: oneshot::Receiver<Opened>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let Self {
            listener,
            metrics: metrics_listener,
            proxies,
            limits,
            access_log,
            decisions,
            feeds,
            webhooks,
            roots,
            free_space,
            pages,
        } = self;
        limits.turns.hold();
        let decisions = Arc::new(decisions);
        let (stopping, stopped) = watch::channel(false);
        let told = async move {
            stop.await;
            let _ = stopping.send(true);
        };
        let request_ids = Arc::new(RequestIds::from_os());
        let door = Door::closed(opening::router(progress, request_ids.clone()));
        let serving = connections::serve(listener, door.clone(), proxies, limits.connections, told);
        let (metrics_stopped, service_stopped) = (stopped.clone(), stopped.clone());
        let logged = decisions.clone();
        let open = async move {
            let Ok(Opened { engine, identity, key, deliveries }) = opened.await else { return pending().await };
            let service = Service {
                metrics: Arc::new(Metrics::new(&engine, free_space, logged.counts())),
                engine,
                key: Arc::new(key),
                identity: Arc::new(identity),
                quotas: Arc::new(Quotas::at(&limits.rates)),
                answers: Arc::new(Answers::within(limits.answers)),
                decisions: logged,
                access_log,
                page_tokens: Arc::new(PageTokens::new(Entropy::from_os())),
                backups: Arc::new(Semaphore::new(BACKUPS_MAX)),
                request_ids,
                deliveries,
                webhook_addresses: Arc::new(Addresses::allowing(webhooks.allow.clone())),
                feeds,
                stopping: service_stopped,
            };
            let (identity, quotas) = (service.identity.clone(), service.quotas.clone());
            let decisions = service.decisions.clone();
            let (deliveries, of_log) = (service.deliveries.clone(), service.engine.clone());
            let sending = webhooks::worker(&of_log, &deliveries, &identity, &service.metrics, &webhooks, roots);
            let metrics = serve_metrics(metrics_listener, scrape::router(service.clone()), &limits, metrics_stopped);
            let service = Arc::new(service);
            let pages = pages.map(|pages| pages(Reception::new(service.clone())));
            door.open(router(service, pages.unwrap_or_default()));
            tokio::select! {
                failed = metrics => failed,
                () = tidy(&quotas, &decisions) => Ok(()),
                () = deliveries.keep(&of_log) => Ok(()),
                () = sending.run() => Ok(()),
                () = identity.keep_fresh() => Ok(()),
            }
        };
        // A slow client does not keep the process alive.
        let patience = async move {
            let mut stopped = stopped;
            let _ = stopped.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(STOP_PATIENCE).await;
        };
        let served = tokio::select! {
            // In this order: a connection that is accepted after the log was opened finds the door open.
            biased;
            failed = open => failed,
            served = serving => served,
            () = patience => Ok(()),
        };
        decisions.close().await;
        served
    }
}

/// Serves the metrics at an address of their own, if there is one; comes back only if that fails, since the server ends when
/// its requests are finished.
async fn serve_metrics(
    listener: Option<Listener>,
    router: Router,
    limits: &Limits,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let Some(listener) = listener else { return pending().await };
    let stop = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
    connections::serve(listener, Door::closed(router), Vec::new(), limits.connections.few(), stop).await?;
    pending().await
}

async fn tidy(quotas: &Quotas, decisions: &DecisionLog) {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        quotas.tidy();
        decisions.tidy();
    }
}
