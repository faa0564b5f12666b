//! Webhooks: what each has to send next, and what became of it. How it is sent is the server's.

use crate::{
    Error,
    consumers::{
        DeliveryProgress, FetchedEvent, OwnedBy, ParkedChanges, ParkedRequest, ParkedRow, change_parked_in, changed,
        hand_out, parked_in, progress, reads,
    },
    deliveries::{Deliveries, Kind, Slot, queue::Terms},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_domain::{
    aggregate::feed::WebhookSettings,
    command::SetWebhook,
    event::EventFilter,
    id::{TenantId, WebhookId},
    temporal::{Moment, Period, Position, Timestamp},
    text::{FeedName, WebhookUrl},
    visibility::{Reader, sees_feeds_of},
    vocabulary::{OnParked, OverseerRole, User},
    webhook_secret::{WEBHOOK_SECRET_PREFIX, WebhookSecret},
};
use procura_engine::{Engine, Personal, ambient::Entropy};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// For so long the secret before the newest one signs as well.
pub const SECRET_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// For so long an event is tried before it is parked.
pub const TRIED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after its first, second, … failure an event is tried again; then as after the last.
const PAUSES_SECONDS: [u64; 6] = [5, 30, 120, 600, 1_800, 3_600];
/// The longest pause that a receiver may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);
/// Longer than any delivery takes: what is on its way then is on its way no more.
const ON_ITS_WAY_MAX: Duration = Duration::from_secs(120);

/// A webhook: how it is set, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRow {
    pub webhook: WebhookId,
    pub owner: User,
    pub name: FeedName,
    /// Where it sends; told to its owner alone (FEED-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebhookUrl>,
    /// The service role that its owner set it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OverseerRole>,
    pub filter: EventFilter,
    /// Where it began.
    pub after: Position,
    pub on_parked: OnParked,
    #[serde(flatten)]
    pub progress: DeliveryProgress,
    /// Its secret, in the answer that made it and in no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<WebhookSecret>,
}

/// Whom a webhook's events go to, and what they are signed with.
#[derive(Debug, Clone)]
pub struct WebhookTarget {
    pub url: WebhookUrl,
    /// The newest first.
    pub secrets: Vec<WebhookSecret>,
    /// The event that set it so: with another one the receiver is asked anew.
    pub set: Position,
}

/// What a webhook is to do next.
#[derive(Debug)]
pub enum Outgoing {
    /// It is no more.
    Gone,
    /// These are to be sent.
    Messages(WebhookTarget, Vec<WebhookMessage>),
    /// Nothing, until the log grows beyond that, or that time comes.
    Nothing { reached: Position, until: Option<Timestamp> },
}

/// An event on its way.
#[derive(Debug, Clone)]
pub struct WebhookMessage {
    pub position: Position,
    /// What it is known by: the same if it is sent again.
    pub id: String,
    /// The CloudEvent.
    pub body: String,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    Taken,
    /// It was not taken, and why; perhaps when the receiver wants it again.
    Failed {
        error: String,
        retry_after: Option<Duration>,
    },
    /// The receiver wants no further ones.
    Unwanted,
}

/// How a webhook stands.
///
/// # Errors
/// `notFound` if there is none, or it is not the reader's to know.
pub async fn webhook(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<WebhookRow, Error> {
    let (settings, slot) = find(engine, deliveries, of)?;
    let progress = progress(engine, &slot, of.owner, settings.value.role).await;
    let url = sealed(engine, settings.from.position).await?.0;
    Ok(row(of.owner, of.name.clone(), settings.value, progress, url))
}

/// The webhooks that the reader may know of: its own, those of its tenant's users, or everybody's.
pub async fn webhooks(engine: &Engine, deliveries: &Deliveries, reader: Reader) -> Vec<WebhookRow> {
    let now = engine.now();
    let all = engine.read(|state| {
        let known = state.webhooks().filter(|webhook| sees_feeds_of(reader, webhook.owner, now, state));
        let there = known
            .filter_map(|webhook| Some((webhook.owner, webhook.name.clone(), webhook.at(now.position)?.value.clone())));
        there.collect::<Vec<_>>()
    });
    let mut rows = Vec::new();
    for (owner, name, settings) in all {
        let slot = deliveries.slot(Kind::Webhook, owner, &name, settings.made, settings.after);
        let progress = progress(engine, &slot, owner, settings.role).await;
        rows.push(row(owner, name, settings, progress, None));
    }
    rows
}

fn row(
    owner: User,
    name: FeedName,
    settings: WebhookSettings,
    progress: DeliveryProgress,
    url: Option<WebhookUrl>,
) -> WebhookRow {
    let WebhookSettings { webhook, made: _, role, filter, after, on_parked, secrets: _ } = settings;
    WebhookRow { webhook, owner, name, url, role, filter, after, on_parked, progress, secret: None }
}

impl WebhookRow {
    /// Whether it is set as that command would set it.
    pub fn is_as(&self, set: &SetWebhook) -> bool {
        set.secret.is_none()
            && self.url.as_ref() == Some(&set.url)
            && self.filter == set.filter
            && self.on_parked == set.on_parked
    }
}

/// A new secret, of 32 random bytes.
///
/// # Errors
/// `internal` if it is not as it should be, which is a fault.
pub fn new_secret() -> Result<WebhookSecret, Error> {
    let bytes: [u8; 32] = Entropy::from_os().bytes();
    let text = format!("{WEBHOOK_SECRET_PREFIX}{}", BASE64_STANDARD.encode(bytes));
    WebhookSecret::new(&text).map_err(Error::internal)
}

/// Has a webhook go on that was paused because its receiver wanted no further events.
///
/// # Errors
/// `notFound` if there is none.
pub async fn resume(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<(), Error> {
    let slot = find(engine, deliveries, of)?.1;
    slot.queue.lock().await.paused = false;
    *slot.last_error.lock() = None;
    changed(deliveries, &slot);
    Ok(())
}

/// A webhook is no more: how far it had come is forgotten.
pub fn forget(deliveries: &Deliveries, of: &OwnedBy) {
    deliveries.forget(Kind::Webhook, of.owner, &of.name);
}

/// The events that were tried for too long, in order.
///
/// # Errors
/// `notFound` if there is no such webhook.
pub async fn parked(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<Vec<ParkedRow>, Error> {
    Ok(parked_in(engine, &*find(engine, deliveries, of)?.1.queue.lock().await))
}

/// Has parked events sent again, or does away with them.
///
/// # Errors
/// If a cursor cannot be read, or is of another line of the log's history.
pub async fn change_parked(
    engine: &Engine,
    deliveries: &Deliveries,
    of: &OwnedBy,
    request: &ParkedRequest,
) -> Result<ParkedChanges, Error> {
    let slot = find(engine, deliveries, of)?.1;
    change_parked_in(engine, deliveries, &slot, request).await
}

/// Every webhook that is there: whose, and its name.
pub fn all(engine: &Engine) -> Vec<(User, FeedName, Position)> {
    let now = engine.now();
    engine.read(|state| {
        let there = state.webhooks();
        there
            .filter_map(|webhook| Some((webhook.owner, webhook.name.clone(), webhook.at(now.position)?.value.made)))
            .collect()
    })
}

/// Tells when something about one webhook changed, beside the log: it is to be looked at again.
pub struct WebhookChanges(Arc<Slot>);

impl WebhookChanges {
    /// Those of that webhook, if it is there.
    pub fn of(engine: &Engine, deliveries: &Deliveries, owner: User, name: &FeedName) -> Option<Self> {
        let found = engine.read(|state| state.webhook(owner, name, Position(u64::MAX)).cloned())?;
        let WebhookSettings { made, after, .. } = found.value;
        Some(Self(deliveries.slot(Kind::Webhook, owner, name, made, after)))
    }

    /// Resolves at the next change after this call.
    pub fn next(&self) -> impl Future<Output = ()> {
        self.0.changed.notified()
    }
}

/// What the webhook is to send next, one event of each key. `oversees` tells whether services of a tenant still have their
/// roles (FEED-2).
///
/// # Errors
/// If the log cannot be read.
pub async fn outgoing(
    engine: &Engine,
    deliveries: &Deliveries,
    (owner, name): (User, &FeedName),
    oversees: impl Fn(TenantId) -> bool,
    max: usize,
) -> Result<Outgoing, Error> {
    let found = engine.read(|state| state.webhook(owner, name, Position(u64::MAX)).cloned());
    let Some(settings) = found else { return Ok(Outgoing::Gone) };
    let WebhookSettings { made, role, filter, after, on_parked, .. } = &settings.value;
    let slot = deliveries.slot(Kind::Webhook, owner, name, *made, *after);
    let reader = match role {
        None => Reader::User(owner),
        Some(_) if oversees(owner.tenant) => Reader::Overseer,
        Some(_) => Reader::Decider,
    };
    let nothing = |reached| Ok(Outgoing::Nothing { reached: Position(reached), until: None });
    let mut queue = slot.queue.lock().await;
    if queue.paused || !reads(engine, reader) {
        // Looked at again before long: rights come back without an event that is the webhook's.
        return nothing(engine.position().0.max(queue.reached));
    }
    let events = hand_out(engine, &mut queue, reader, filter, terms(*on_parked), max, true).await?;
    if events.is_empty() {
        return Ok(Outgoing::Nothing { reached: Position(queue.reached), until: queue.next_due() });
    }
    drop(queue);
    deliveries.touch();
    let (Some(url), newest) = sealed(engine, settings.from.position).await? else {
        return nothing(engine.position().0);
    };
    let secrets = secrets(engine, &settings, newest).await?;
    let target = WebhookTarget { url, secrets, set: settings.from.position };
    let message = |FetchedEvent { event, .. }: &FetchedEvent| {
        let (position, id) = (event.position(), event.cursor(engine).to_string());
        Ok::<_, Error>(WebhookMessage { position, id, body: event.json(engine)?.to_owned() })
    };
    Ok(Outgoing::Messages(target, events.iter().map(message).collect::<Result<_, _>>()?))
}

/// Notes down what became of a message. `jitter` is random, from 0 to 1: not everything that failed at once is tried again at
/// once.
pub async fn delivered(
    engine: &Engine,
    deliveries: &Deliveries,
    (owner, name): (User, &FeedName),
    position: Position,
    outcome: Delivered,
    jitter: f64,
) {
    let found = engine.read(|state| state.webhook(owner, name, Position(u64::MAX)).cloned());
    let Some(Period { value: WebhookSettings { made, after, on_parked, .. }, .. }) = found else { return };
    let slot = deliveries.slot(Kind::Webhook, owner, name, made, after);
    let Moment { at: now, .. } = engine.now();
    {
        let mut queue = slot.queue.lock().await;
        let error = match outcome {
            Delivered::Taken => {
                queue.acknowledge(position.0);
                None
            }
            Delivered::Failed { error, retry_after } => {
                let open = queue.open.get(&position.0);
                let (tries, since) = open.map_or((1, None), |open| (open.tries, open.since));
                let pause = retry_after.map_or_else(|| pause(tries, jitter), |asked| asked.min(PAUSE_MAX));
                queue.fail(position.0, terms(on_parked), now, pause, Some(&error));
                if since.is_some_and(|since| now - since >= chrono::TimeDelta::from_std(TRIED_FOR).unwrap_or_default())
                {
                    queue.park(position.0, now);
                }
                Some(error)
            }
            Delivered::Unwanted => {
                let error = "the receiver wants no further events (410)".to_owned();
                queue.fail(position.0, terms(on_parked), now, Duration::ZERO, Some(&error));
                queue.paused = true;
                Some(error)
            }
        };
        *slot.last_error.lock() = error;
    }
    changed(deliveries, &slot);
}

/// How long to wait after so many tries.
fn pause(tries: u32, jitter: f64) -> Duration {
    let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(PAUSES_SECONDS.len() - 1);
    let seconds = PAUSES_SECONDS.get(place).copied().unwrap_or_default();
    Duration::from_secs(seconds).mul_f64(0.75 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// They are parked by their age, not by how often they were tried.
fn terms(on_parked: OnParked) -> Terms {
    Terms { visibility: ON_ITS_WAY_MAX, tries_max: u32::MAX, on_parked }
}

fn find(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<(Period<WebhookSettings>, Arc<Slot>), Error> {
    let now = engine.now();
    let settings = engine.read(|state| {
        let settings = state.webhook(of.owner, &of.name, now.position).cloned();
        settings.filter(|_| sees_feeds_of(of.reader, of.owner, now, state))
    });
    let settings = settings.ok_or_else(Error::not_found)?;
    let slot = deliveries.slot(Kind::Webhook, of.owner, &of.name, settings.value.made, settings.value.after);
    Ok((settings, slot))
}

/// What is sealed beside that event: an address, and perhaps a secret.
async fn sealed(engine: &Engine, position: Position) -> Result<(Option<WebhookUrl>, Option<WebhookSecret>), Error> {
    match engine.personal(position).await? {
        Personal::Known(data) => Ok((data.url, data.secret)),
        Personal::Erased | Personal::Unavailable => Ok((None, None)),
    }
}

/// The secrets that sign now. `newest` is the one beside the event that set the webhook last, if it brought one.
async fn secrets(
    engine: &Engine,
    settings: &Period<WebhookSettings>,
    newest: Option<WebhookSecret>,
) -> Result<Vec<WebhookSecret>, Error> {
    let (at, before) = settings.value.secrets;
    let newest = match newest {
        Some(newest) if at.position == settings.from.position => Some(newest),
        _ => sealed(engine, at.position).await?.1,
    };
    let changed = engine.read(|state| state.timeline.recorded_at(at.position)).unwrap_or_default();
    let overlaps = (engine.now().at - changed).to_std().is_ok_and(|age| age < SECRET_OVERLAP);
    let before = match before.filter(|_| overlaps) {
        Some(before) => sealed(engine, before.position).await?.1,
        None => None,
    };
    Ok(newest.into_iter().chain(before).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_an_hour_and_are_spread() {
        let seconds = |tries, jitter| pause(tries, jitter).as_secs();
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 999].map(|tries| seconds(tries, 0.5)),
            [5, 30, 120, 600, 1_800, 3_600, 3_600, 3_600]
        );
        assert_eq!([0.0, 1.0, 7.0].map(|jitter| seconds(6, jitter)), [2_700, 4_500, 4_500]);
    }
}
