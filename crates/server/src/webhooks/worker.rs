//! The task that sends: one for each webhook that is there, and so many messages of all, and of one tenant, on their way at once.

use super::sender::{Agreement, Sender};
use crate::{identity::Identity, metrics::Metrics};
use parking_lot::Mutex;
use procura_app::{
    Deliveries, Owner,
    webhooks::{self, Delivered, Outgoing, WebhookChanges, WebhookMessage, WebhookTarget},
};
use procura_domain::{id::TenantId, temporal::Position, text::FeedName, vocabulary::User};
use procura_engine::{Engine, ambient::Entropy};
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::{AbortHandle, JoinSet, spawn_blocking},
    time::{sleep, timeout},
};

/// How many messages of one webhook are on their way at once, of different keys.
const OF_WEBHOOK: usize = 8;
/// A webhook is looked at again after so long at the latest: rights and configuration change without its doing.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How often it is looked which webhooks there are, at most.
const RECONCILE_PAUSE: Duration = Duration::from_millis(200);
/// How long after a receiver refused events, or the log could not be read, it is tried again: at first, and at most.
const REFUSED_PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(3_600));

/// What the tasks share.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(super) engine: Engine,
    pub(super) deliveries: Deliveries,
    pub(super) identity: Arc<Identity>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) sender: Sender,
    pub(super) on_their_way: Arc<Semaphore>,
    pub(super) of_owner_max: usize,
    /// Of each tenant, those that have some on their way.
    pub(super) of_owner: Arc<Mutex<HashMap<TenantId, Weak<Semaphore>>>>,
}

impl Worker {
    /// Keeps a task for each webhook that there is, for good.
    pub(crate) async fn run(self) {
        let mut tasks: HashMap<(User, FeedName, Position), AbortHandle> = HashMap::new();
        let mut running = JoinSet::new();
        let mut looked_at = None;
        loop {
            let reached = self.engine.position();
            let changed = self.engine.read(procura_domain::state::State::webhooks_changed);
            if looked_at != Some(changed) {
                // The state may be ahead of what is told: then it is looked at once more when that is.
                looked_at = (changed <= reached).then_some(changed);
                let there = webhooks::all(&self.engine);
                tasks.retain(|webhook, task| {
                    let stays = there.contains(webhook);
                    if !stays {
                        task.abort();
                    }
                    stays
                });
                for webhook in there {
                    let (owner, name) = (webhook.0, webhook.1.clone());
                    let start = || running.spawn(self.clone().follow(owner, name));
                    tasks.entry(webhook).or_insert_with(start);
                }
            }
            while running.try_join_next().is_some() {}
            tokio::join!(self.engine.grown(reached), sleep(RECONCILE_PAUSE));
        }
    }

    /// Sends what one webhook has to send, until it is no more.
    async fn follow(self, owner: User, name: FeedName) {
        let mut agreed: Option<(Position, Option<f64>)> = None;
        let mut pause = REFUSED_PAUSES.0;
        loop {
            let Some(changes) = WebhookChanges::of(&self.engine, &self.deliveries, owner, &name) else { return };
            let changed = changes.next();
            // As the tenant's own work: what it reads takes turns with the rest of it.
            let outgoing = Owner::Tenant(owner.tenant).run(webhooks::outgoing(
                &self.engine,
                &self.deliveries,
                (owner, &name),
                |tenant| self.identity.gives_service_roles_in(tenant),
                OF_WEBHOOK,
            ));
            let (target, messages) = match outgoing.await {
                Ok(Outgoing::Gone) => return,
                Ok(Outgoing::Nothing { reached, until }) => {
                    let now = self.engine.now().at;
                    let left = until.and_then(|until| (until - now).to_std().ok()).unwrap_or(LOOK_AGAIN);
                    let _ = timeout(left.min(LOOK_AGAIN), async {
                        tokio::select! {
                            _ = self.engine.grown(reached) => {}
                            () = changed => {}
                        }
                    })
                    .await;
                    continue;
                }
                Ok(Outgoing::Messages(target, messages)) => (Arc::new(target), messages),
                Err(error) => {
                    tracing::warn!(%error, "a webhook cannot be sent");
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(REFUSED_PAUSES.1);
                    continue;
                }
            };
            if agreed.is_none_or(|(set, _)| set != target.set) {
                match self.agreement(owner.tenant, &target).await {
                    Agreement::Given { per_minute } => agreed = Some((target.set, per_minute)),
                    Agreement::Refused(error) => {
                        for message in &messages {
                            let retry_after = Some(pause);
                            let failed = Delivered::Failed { error: error.clone(), retry_after };
                            self.note(owner, &name, message.position, failed).await;
                        }
                        sleep(pause).await;
                        pause = pause.saturating_mul(2).min(REFUSED_PAUSES.1);
                        continue;
                    }
                }
            }
            pause = REFUSED_PAUSES.0;
            let rate = agreed.and_then(|(_, per_minute)| per_minute);
            let mut sending = JoinSet::new();
            for message in messages {
                if let Some(per_minute) = rate {
                    sleep(Duration::from_secs_f64((60.0 / per_minute).min(60.0))).await;
                }
                let (worker, target, name) = (self.clone(), target.clone(), name.clone());
                sending.spawn(async move { worker.deliver(owner, &name, &target, message).await });
            }
            while sending.join_next().await.is_some() {}
        }
    }

    async fn agreement(&self, tenant: TenantId, target: &Arc<WebhookTarget>) -> Agreement {
        let (sender, target, of_owner) = (self.sender.clone(), target.clone(), self.turns_of(tenant));
        let (Ok(_own), Ok(_turn)) = (of_owner.acquire().await, self.on_their_way.acquire().await) else {
            return Agreement::Refused(String::new());
        };
        let asked = spawn_blocking(move || sender.ask(&target)).await;
        asked.unwrap_or_else(|error| Agreement::Refused(error.to_string()))
    }

    async fn deliver(&self, owner: User, name: &FeedName, target: &Arc<WebhookTarget>, message: WebhookMessage) {
        let of_owner = self.turns_of(owner.tenant);
        let (Ok(_own), Ok(_turn)) = (of_owner.acquire().await, self.on_their_way.acquire().await) else { return };
        let (sender, target, position) = (self.sender.clone(), target.clone(), message.position);
        let now = self.engine.now().at;
        let sent = spawn_blocking(move || sender.send(&target, &message, now)).await;
        let sent = sent.unwrap_or_else(|error| Delivered::Failed { error: error.to_string(), retry_after: None });
        self.note(owner, name, position, sent).await;
    }

    async fn note(&self, owner: User, name: &FeedName, position: Position, outcome: Delivered) {
        self.metrics.delivered(&outcome);
        let [chance] = Entropy::from_os().bytes::<1>();
        let jitter = f64::from(chance) / 255.0;
        webhooks::delivered(&self.engine, &self.deliveries, (owner, name), position, outcome, jitter).await;
    }

    /// The turns of a tenant's webhooks.
    fn turns_of(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut of_owner = self.of_owner.lock();
        if let Some(turns) = of_owner.get(&tenant).and_then(Weak::upgrade) {
            return turns;
        }
        of_owner.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.of_owner_max));
        of_owner.insert(tenant, Arc::downgrade(&turns));
        turns
    }
}
