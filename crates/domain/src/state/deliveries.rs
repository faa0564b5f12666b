//! Consumers and webhooks: whose they are, and how they are set.

use crate::{
    aggregate::feed::{ConsumerSettings, Delivery, WebhookSettings},
    event::{ConsumerDeleted, ConsumerSet, Event, EventType, WebhookDeleted, WebhookSet},
    id::{TenantId, WebhookId},
    temporal::{EventRef, Position},
    text::FeedName,
    vocabulary::User,
};
use std::collections::{BTreeMap, HashMap};

/// All of them, by owner and name.
#[derive(Debug, Clone)]
pub(super) struct Deliveries {
    pub(super) consumers: BTreeMap<(User, FeedName), Delivery<ConsumerSettings>>,
    pub(super) webhooks: BTreeMap<(User, FeedName), Delivery<WebhookSettings>>,
    /// Where a webhook was set or deleted last.
    pub(super) webhooks_changed: Position,
    /// What deleted each webhook that is no more.
    deleted: HashMap<WebhookId, EventRef>,
    /// How many a tenant's users have now.
    pub(super) of_tenant: HashMap<TenantId, usize>,
}

impl Default for Deliveries {
    fn default() -> Self {
        let (consumers, webhooks, deleted, of_tenant) = Default::default();
        Self { consumers, webhooks, webhooks_changed: Position(0), deleted, of_tenant }
    }
}

impl Deliveries {
    pub(super) fn evolve(&mut self, event: &Event, at: EventRef) {
        let Some(owner) = event.feed_owner() else { return };
        let newest = Position(u64::MAX);
        match event {
            Event::ConsumerSet(set @ ConsumerSet { name, .. }) => {
                let key = (owner, name.clone());
                let consumer = self.consumers.entry(key).or_insert_with(|| Delivery::new(owner, name.clone()));
                let before = consumer.at(newest).map(|period| period.value.clone());
                consumer.begin(ConsumerSettings::set(set, before.as_ref(), at), at);
                self.count(owner, before.is_none());
            }
            Event::ConsumerDeleted(ConsumerDeleted { name, .. }) => {
                if let Some(consumer) = self.consumers.get_mut(&(owner, name.clone())) {
                    consumer.end(at);
                }
                self.uncount(owner);
            }
            Event::WebhookSet(set @ WebhookSet { name, .. }) => {
                let key = (owner, name.clone());
                let found = self.webhooks.entry(key).or_insert_with(|| Delivery::new(owner, name.clone()));
                let before = found.at(newest).map(|period| period.value.clone());
                found.begin(WebhookSettings::set(set, before.as_ref(), at), at);
                self.webhooks_changed = at.position;
                self.count(owner, before.is_none());
            }
            Event::WebhookDeleted(WebhookDeleted { webhook, name, .. }) => {
                self.deleted.insert(*webhook, at);
                self.webhooks_changed = at.position;
                if let Some(webhook) = self.webhooks.get_mut(&(owner, name.clone())) {
                    webhook.end(at);
                }
                self.uncount(owner);
            }
            _ => {}
        }
    }

    /// Makes what follows from the consumers and webhooks.
    pub(super) fn derive(&mut self) {
        let now = Position(u64::MAX);
        let consumers = self.consumers.values().filter(|consumer| consumer.at(now).is_some()).map(|found| found.owner);
        let webhooks = self.webhooks.values().filter(|webhook| webhook.at(now).is_some()).map(|found| found.owner);
        for owner in consumers.chain(webhooks) {
            *self.of_tenant.entry(owner.tenant).or_default() += 1;
        }
        for period in self.webhooks.values().flat_map(|webhook| webhook.settings().all()) {
            let changed = period.until.unwrap_or(period.from);
            self.webhooks_changed = self.webhooks_changed.max(changed.position);
            if changed.event == EventType::WebhookDeleted {
                self.deleted.insert(period.value.webhook, changed);
            }
        }
    }

    fn count(&mut self, owner: User, is_new: bool) {
        *self.of_tenant.entry(owner.tenant).or_default() += usize::from(is_new);
    }

    fn uncount(&mut self, owner: User) {
        self.of_tenant.entry(owner.tenant).and_modify(|has| *has -= 1);
    }

    pub(super) fn deleted(&self, webhook: WebhookId) -> Option<EventRef> {
        self.deleted.get(&webhook).copied()
    }
}
