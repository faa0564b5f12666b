//! Consumers and webhooks: whose they are, and how they are set.

use crate::{
    aggregate::feed::{ConsumerSettings, Delivery, WebhookSettings},
    event::{ConsumerDeleted, ConsumerSet, Event, WebhookDeleted, WebhookSet},
    id::{TenantId, WebhookId},
    temporal::{EventRef, Position},
    text::FeedName,
    vocabulary::User,
};
use std::collections::{BTreeMap, HashMap};

/// All of them, by owner and name.
#[derive(Debug, Clone, Default)]
pub(super) struct Deliveries {
    pub(super) consumers: BTreeMap<(User, FeedName), Delivery<ConsumerSettings>>,
    pub(super) webhooks: BTreeMap<(User, FeedName), Delivery<WebhookSettings>>,
    /// What deleted each webhook that is no more.
    deleted: HashMap<WebhookId, EventRef>,
    /// How many a tenant's users have now.
    pub(super) of_tenant: HashMap<TenantId, usize>,
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
                self.count(owner, before.is_none());
            }
            Event::WebhookDeleted(WebhookDeleted { webhook, name, .. }) => {
                self.deleted.insert(*webhook, at);
                if let Some(webhook) = self.webhooks.get_mut(&(owner, name.clone())) {
                    webhook.end(at);
                }
                self.uncount(owner);
            }
            _ => {}
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
