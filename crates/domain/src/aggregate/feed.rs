//! A consumer or a webhook: who follows what happens, and how. How far it has come is kept beside the log.

use crate::{
    between::{Tries, VisibilitySeconds},
    command::{DeleteConsumer, DeleteWebhook, SetConsumer, SetWebhook},
    decide::Context,
    event::{ConsumerDeleted, ConsumerSet, Event, EventFilter, WebhookDeleted, WebhookSet},
    id::WebhookId,
    refusal::Refusal,
    temporal::{EventRef, Period, Periods, Position},
    text::FeedName,
    vocabulary::{OnParked, OverseerRole, User},
};

/// How many consumers and webhooks a tenant's users have, or those of the tenant of services.
pub const FEEDS_OF_TENANT_MAX: usize = 100;

/// How a consumer is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerSettings {
    /// Where it was made. One that was deleted and made again is another.
    pub made: Position,
    /// The service role that its owner set it with.
    pub role: Option<OverseerRole>,
    pub filter: EventFilter,
    /// Where it begins.
    pub after: Position,
    pub visibility_seconds: VisibilitySeconds,
    pub tries: Tries,
    pub on_parked: OnParked,
}

/// How a webhook is set. Where it sends, and what it signs with, is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    pub webhook: WebhookId,
    /// Where it was made.
    pub made: Position,
    /// The service role that its owner set it with.
    pub role: Option<OverseerRole>,
    pub filter: EventFilter,
    /// Where it begins.
    pub after: Position,
    pub on_parked: OnParked,
    /// The event whose sealed data has the secret, and the one before: for a while both sign.
    pub secrets: (EventRef, Option<EventRef>),
}

/// A consumer or a webhook, with its past.
#[derive(Debug, Clone)]
pub struct Delivery<S> {
    pub owner: User,
    pub name: FeedName,
    settings: Periods<S>,
}

impl<S> Delivery<S> {
    pub(crate) fn new(owner: User, name: FeedName) -> Self {
        Self { owner, name, settings: Periods::default() }
    }

    pub(crate) fn loaded(owner: User, name: FeedName, settings: Periods<S>) -> Self {
        Self { owner, name, settings }
    }

    pub(crate) fn settings(&self) -> &Periods<S> {
        &self.settings
    }

    /// How it was set at that position, if it was there.
    pub fn at(&self, position: Position) -> Option<&Period<S>> {
        self.settings.at(position)
    }

    pub(crate) fn begin(&mut self, settings: S, at: EventRef) {
        self.settings.begin(settings, at);
    }

    pub(crate) fn end(&mut self, at: EventRef) {
        self.settings.end(at);
    }
}

/// Where a new one begins, or a changed one began.
fn beginning(asked: Option<u64>, existing: Option<Position>, context: &Context) -> Result<Position, Refusal> {
    match (existing, asked) {
        (Some(began), _) => Ok(began),
        (None, None) => Ok(context.position),
        (None, Some(after)) if after <= context.position.0 => Ok(Position(after)),
        (None, Some(_)) => Err(Refusal::InvalidCommand { field: "after", problem: "lies ahead of the log" }),
    }
}

/// One more is one too many.
fn room(has: usize) -> Result<(), Refusal> {
    if has < FEEDS_OF_TENANT_MAX { Ok(()) } else { Err(Refusal::TooManyFeeds(has)) }
}

/// Makes a consumer, or changes the one that is there (FEED-1). The tenant's users have so many of them and of webhooks.
pub fn decide_set_consumer(
    existing: Option<&ConsumerSettings>,
    has: usize,
    (owner, role): (User, Option<OverseerRole>),
    command: &SetConsumer,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    if existing.is_none() {
        room(has)?;
    }
    let SetConsumer { name, filter, after, visibility_seconds, tries, on_parked, role: _ } = command.clone();
    let after = beginning(after, existing.map(|settings| settings.after), context)?;
    let (tenant, user) = (owner.tenant, owner.user);
    let set = ConsumerSet { tenant, user, role, name, filter, after, visibility_seconds, tries, on_parked };
    Ok(vec![set.into()])
}

/// Deletes a consumer.
pub fn decide_delete_consumer(
    existing: Option<&ConsumerSettings>,
    owner: User,
    command: &DeleteConsumer,
) -> Result<Vec<Event>, Refusal> {
    existing.ok_or(Refusal::NotFound("name"))?;
    let (tenant, user) = (owner.tenant, owner.user);
    Ok(vec![ConsumerDeleted { tenant, user, name: command.name.clone() }.into()])
}

/// Makes a webhook, or changes the one that is there (FEED-1, FEED-3).
pub fn decide_set_webhook(
    existing: Option<&WebhookSettings>,
    has: usize,
    (owner, role): (User, Option<OverseerRole>),
    command: &SetWebhook,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    if existing.is_none() {
        room(has)?;
        if command.secret.is_none() {
            let problem = "is missing; give one, or make the webhook with `PUT /v1/webhooks/{name}`, which does";
            return Err(Refusal::InvalidCommand { field: "secret", problem });
        }
    }
    let SetWebhook { name, secret, filter, after, on_parked, role: _, url: _ } = command.clone();
    let after = beginning(after, existing.map(|settings| settings.after), context)?;
    let webhook = existing.map_or(WebhookId::new(context.fresh.entity), |settings| settings.webhook);
    let (tenant, user, new_secret) = (owner.tenant, owner.user, secret.is_some());
    let set = WebhookSet { webhook, tenant, user, role, name, filter, after, on_parked, new_secret };
    Ok(vec![set.into()])
}

/// Deletes a webhook.
pub fn decide_delete_webhook(
    existing: Option<&WebhookSettings>,
    owner: User,
    command: &DeleteWebhook,
) -> Result<Vec<Event>, Refusal> {
    let webhook = existing.ok_or(Refusal::NotFound("name"))?.webhook;
    let (tenant, user) = (owner.tenant, owner.user);
    Ok(vec![WebhookDeleted { webhook, tenant, user, name: command.name.clone() }.into()])
}

impl ConsumerSettings {
    /// As that event set it, which changed the settings before, if there were any.
    pub(crate) fn set(set: &ConsumerSet, before: Option<&Self>, at: EventRef) -> Self {
        let ConsumerSet { role, filter, after, visibility_seconds, tries, on_parked, .. } = set.clone();
        let made = before.map_or(at.position, |before| before.made);
        Self { made, role, filter, after, visibility_seconds, tries, on_parked }
    }
}

impl WebhookSettings {
    /// As that event set it, which changed the settings before, if there were any.
    pub(crate) fn set(set: &WebhookSet, before: Option<&Self>, at: EventRef) -> Self {
        let WebhookSet { webhook, role, filter, after, on_parked, new_secret, .. } = set.clone();
        let secrets = match before {
            Some(before) if !new_secret => before.secrets,
            _ => (at, before.map(|before| before.secrets.0)),
        };
        let made = before.map_or(at.position, |before| before.made);
        Self { webhook, made, role, filter, after, on_parked, secrets }
    }
}
