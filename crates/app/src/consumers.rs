//! Consumers: events handed out to whoever fetches them, each until it is acknowledged. Several readers share the work of one,
//! in order for each key.

use crate::{
    Code, Error,
    deliveries::{
        Deliveries, Kind, Slot,
        queue::{Key, Queue, Terms},
    },
    feed::{Feed, FeedEvent, behind},
    turns::FOLLOWED,
};
use procura_domain::{
    aggregate::feed::ConsumerSettings,
    command::SetConsumer,
    event::EventFilter,
    rule::Rule,
    temporal::{Moment, Position, Timestamp},
    text::FeedName,
    visibility::{Reader, reads_events, sees_feeds_of},
    vocabulary::{OnParked, OverseerRole, User},
};
use procura_engine::Engine;
use procura_eventlog::Cursor;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How many events a fetch gives unless told otherwise, and at most.
pub const FETCH_EVENTS_DEFAULT: usize = 100;
pub const FETCH_EVENTS_MAX: usize = 500;
/// How long a fetch waits for an event unless told otherwise, and at most.
pub const FETCH_WAIT_DEFAULT_SECONDS: u64 = 0;
pub const FETCH_WAIT_MAX_SECONDS: u64 = 30;
/// How many events a fetch looks at while it has the consumer to itself.
const LOOK_EVENTS: usize = 500;
/// How many cursors a request names at most.
const CURSORS_MAX: usize = 1_000;

/// Whose consumer or webhook, and who asks for it.
#[derive(Debug, Clone)]
pub struct OwnedBy {
    pub owner: User,
    pub name: FeedName,
    pub reader: Reader,
}

/// A consumer: how it is set, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerRow {
    pub owner: User,
    pub name: FeedName,
    /// The service role that its owner set it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OverseerRole>,
    pub filter: EventFilter,
    /// Where it began.
    pub after: Position,
    pub visibility_seconds: u32,
    pub tries: u32,
    pub on_parked: OnParked,
    #[serde(flatten)]
    pub progress: DeliveryProgress,
}

/// How far a consumer or webhook has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryProgress {
    /// Everything up to there is acknowledged, parked, or not wanted.
    pub done: String,
    /// How many events of the log come behind that, wanted or not.
    pub lag_events: u64,
    /// For how long the first of them has been there.
    pub lag_seconds: u64,
    /// How many events are given out or wait.
    pub open: usize,
    pub parked: usize,
    pub paused: bool,
    /// Why the last delivery failed, if it did: of webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Its owner is told of no events any more, so nothing is delivered (FEED-2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_lost_access: bool,
}

/// What a fetch asks for.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FetchRequest {
    /// How many events at most.
    pub max: Option<usize>,
    /// How many seconds to wait for one.
    pub wait: Option<u64>,
}

/// What a fetch gives.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    pub events: Vec<FetchedEvent>,
    /// What is not acknowledged by then comes again.
    pub acknowledge_by: Option<Timestamp>,
    pub paused: bool,
}

/// An event that is the reader's until it acknowledges it, or the time is up.
#[derive(Debug, Clone)]
pub struct FetchedEvent {
    pub event: FeedEvent,
    /// How often it was given out, this time included.
    pub tries: u32,
}

/// What was done with events, by their cursors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AckRequest {
    /// These are done with.
    #[serde(default)]
    pub events: Vec<String>,
    /// These failed: they come again at once, or are parked if they were tried too often.
    #[serde(default)]
    pub failed: Vec<FailedEvent>,
}

/// An event that a reader could do nothing with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailedEvent {
    pub event: String,
    /// Why; the first 500 characters are kept.
    pub error: String,
}

/// How many of what was named were still open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    pub acknowledged: usize,
    pub failed: usize,
}

/// An event that was tried too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedRow {
    pub event: String,
    pub tries: u32,
    pub error: String,
    /// When it was parked.
    pub parked_at: Timestamp,
}

/// What is to become of parked events, by their cursors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParkedRequest {
    /// These are given out again.
    #[serde(default)]
    pub replay: Vec<String>,
    /// These are done away with.
    #[serde(default)]
    pub drop: Vec<String>,
}

/// How many of what was named were parked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedChanges {
    pub replayed: usize,
    pub dropped: usize,
}

/// Where a consumer is to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeekRequest {
    /// Behind this cursor.
    pub after: String,
}

/// A consumer that is there, and its reader's to use.
struct Found {
    settings: ConsumerSettings,
    slot: Arc<Slot>,
}

/// How a consumer stands.
///
/// # Errors
/// `notFound` if there is none, or it is not the reader's to know.
pub async fn consumer(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<ConsumerRow, Error> {
    let found = find(engine, deliveries, of)?;
    let progress = progress(engine, &found.slot, of.owner, found.settings.role).await;
    Ok(row(of.owner, of.name.clone(), found.settings, progress))
}

/// The consumers that the reader may know of: its own, those of its tenant's users, or everybody's.
pub async fn consumers(engine: &Engine, deliveries: &Deliveries, reader: Reader) -> Vec<ConsumerRow> {
    let now = engine.now();
    let all = engine.read(|state| {
        let known = state.consumers().filter(|consumer| sees_feeds_of(reader, consumer.owner, now, state));
        let there = known.filter_map(|consumer| {
            Some((consumer.owner, consumer.name.clone(), consumer.at(now.position)?.value.clone()))
        });
        there.collect::<Vec<_>>()
    });
    let mut rows = Vec::new();
    for (owner, name, settings) in all {
        let slot = deliveries.slot(Kind::Consumer, owner, &name, settings.made, settings.after);
        let progress = progress(engine, &slot, owner, settings.role).await;
        rows.push(row(owner, name, settings, progress));
    }
    rows
}

impl ConsumerRow {
    /// Whether it is set as that command would set it.
    pub fn is_as(&self, set: &SetConsumer) -> bool {
        let Self { filter, visibility_seconds, tries, on_parked, .. } = self;
        *filter == set.filter
            && *visibility_seconds == set.visibility_seconds.number()
            && *tries == set.tries.number()
            && *on_parked == set.on_parked
    }
}

/// A consumer is no more: how far it had come is forgotten.
pub fn forget(deliveries: &Deliveries, of: &OwnedBy) {
    deliveries.forget(Kind::Consumer, of.owner, &of.name);
}

fn row(owner: User, name: FeedName, settings: ConsumerSettings, progress: DeliveryProgress) -> ConsumerRow {
    let ConsumerSettings { made: _, role, filter, after, visibility_seconds, tries, on_parked } = settings;
    let (visibility_seconds, tries) = (visibility_seconds.number(), tries.number());
    ConsumerRow { owner, name, role, filter, after, visibility_seconds, tries, on_parked, progress }
}

/// How far it has come.
pub(crate) async fn progress(
    engine: &Engine,
    slot: &Slot,
    owner: User,
    role: Option<OverseerRole>,
) -> DeliveryProgress {
    let (done, open, parked, paused) = {
        let queue = slot.queue.lock().await;
        (queue.done(), queue.open.len(), queue.parked.len(), queue.paused)
    };
    let Moment { position, at } = engine.now();
    let first_behind = engine.read(|state| state.timeline.recorded_at(Position(done.saturating_add(1))));
    let lag_events = position.0.saturating_sub(done);
    let since = first_behind.filter(|_| lag_events > 0);
    let lag_seconds = since.map_or(0, |since| u64::try_from((at - since).num_seconds()).unwrap_or_default());
    let owner_lost_access = role.is_none() && !reads(engine, Reader::User(owner));
    let done = engine.epochs().cursor(done).to_string();
    let last_error = slot.last_error.lock().clone();
    DeliveryProgress { done, lag_events, lag_seconds, open, parked, paused, last_error, owner_lost_access }
}

/// Hands out events, and waits for some if there are none.
///
/// # Errors
/// `ownerLostAccess` if the owner is told of no events any more, `turnsTaken` if too many of its fetches wait.
pub async fn fetch(
    engine: &Engine,
    deliveries: &Deliveries,
    of: &OwnedBy,
    request: FetchRequest,
) -> Result<Fetched, Error> {
    let max = request.max.unwrap_or(FETCH_EVENTS_DEFAULT);
    if !(1..=FETCH_EVENTS_MAX).contains(&max) {
        return Err(Error::invalid_parameter("max", format!("goes from 1 to {FETCH_EVENTS_MAX}")));
    }
    let wait = request.wait.unwrap_or(FETCH_WAIT_DEFAULT_SECONDS);
    if wait > FETCH_WAIT_MAX_SECONDS {
        return Err(Error::invalid_parameter("wait", format!("goes up to {FETCH_WAIT_MAX_SECONDS} seconds")));
    }
    let _place = FOLLOWED.take()?;
    let deadline = Instant::now() + Duration::from_secs(wait);
    loop {
        // Looked up each time: it may be changed or deleted meanwhile, and the owner lose its rights.
        let Found { settings, slot } = find(engine, deliveries, of)?;
        if !reads(engine, of.reader) {
            let detail = "the owner of this consumer is told of no events any more, so nothing is delivered";
            return Err(Error::new(Code::OwnerLostAccess, detail).by_rule(Rule::Feed2));
        }
        let terms = terms(&settings);
        let changed = slot.changed.notified();
        let (fetched, reached, due) = {
            let mut queue = slot.queue.lock().await;
            if queue.paused {
                return Ok(Fetched { paused: true, ..Fetched::default() });
            }
            let events = hand_out(engine, &mut queue, of.reader, &settings.filter, terms, max, false).await?;
            (events, queue.reached, queue.next_due())
        };
        deliveries.touch();
        if !fetched.is_empty() {
            return Ok(Fetched {
                events: fetched,
                acknowledge_by: Some(engine.now().at + terms.visibility),
                paused: false,
            });
        }
        if Instant::now() >= deadline {
            return Ok(Fetched::default());
        }
        let due = due.and_then(|due| (due - engine.now().at).to_std().ok()).map(|left| Instant::now() + left);
        let until = due.map_or(deadline, |due| due.min(deadline));
        let _ = timeout_at(until, async {
            tokio::select! {
                _ = engine.grown(Position(reached)) => {}
                () = changed => {}
            }
        })
        .await;
    }
}

/// Takes what is due out of the queue, and looks further if that is too little. What its owner may not know any more is passed
/// over.
pub(crate) async fn hand_out(
    engine: &Engine,
    queue: &mut Queue,
    reader: Reader,
    filter: &EventFilter,
    terms: Terms,
    max: usize,
    one_of_key: bool,
) -> Result<Vec<FetchedEvent>, Error> {
    queue.expire(terms, engine.now().at);
    let mut looked = 0;
    let due = loop {
        let due = queue.due(terms, engine.now().at, max, one_of_key);
        let is_at_end = queue.reached >= engine.position().0;
        if due.len() >= max || queue.is_full() || is_at_end || looked >= LOOK_EVENTS {
            break due;
        }
        let before = queue.reached;
        let mut feed = Feed::behind(engine, reader, filter.clone(), Position(before));
        let wanted = feed.look(max).await?;
        queue.look(wanted.iter().map(|event| (event.position().0, key(event))), feed.position().0);
        looked = looked.saturating_add(usize::try_from(queue.reached.saturating_sub(before)).unwrap_or(usize::MAX));
    };
    let (mut given, now) = (Vec::new(), engine.now().at);
    for position in due {
        match Feed::single(engine, reader, Position(position)).await? {
            Some(event) => given.push(FetchedEvent { event, tries: queue.give(position, terms, now) }),
            None => drop(queue.acknowledge(position)),
        }
    }
    Ok(given)
}

/// The key that an event is in order by.
fn key(event: &FeedEvent) -> Key {
    event.tenant()
}

/// Notes down what became of events.
///
/// # Errors
/// If a cursor cannot be read, or is of another line of the log's history.
pub async fn acknowledge(
    engine: &Engine,
    deliveries: &Deliveries,
    of: &OwnedBy,
    request: AckRequest,
) -> Result<Acknowledged, Error> {
    let Found { settings, slot } = find(engine, deliveries, of)?;
    let done = positions(engine, "events", &request.events)?;
    let cursors: Vec<_> = request.failed.iter().map(|failed| failed.event.clone()).collect();
    let failed = positions(engine, "failed", &cursors)?;
    let (terms, now) = (terms(&settings), engine.now().at);
    let mut queue = slot.queue.lock().await;
    let acknowledged = done.into_iter().filter(|position| queue.acknowledge(*position)).count();
    let failed = failed.into_iter().zip(&request.failed);
    let failed = failed
        .filter(|(position, failed)| queue.fail(*position, terms, now, Duration::ZERO, Some(&failed.error)))
        .count();
    drop(queue);
    changed(deliveries, &slot);
    Ok(Acknowledged { acknowledged, failed })
}

/// Has a consumer go on behind a cursor. What was given out is forgotten.
///
/// # Errors
/// If the cursor cannot be read, is of another line of the log's history, or ahead of the log.
pub async fn seek(
    engine: &Engine,
    deliveries: &Deliveries,
    of: &OwnedBy,
    request: &SeekRequest,
) -> Result<ConsumerRow, Error> {
    let Found { slot, .. } = find(engine, deliveries, of)?;
    let after = cursor("after", &request.after).and_then(|after| behind(engine, "after", after))?;
    slot.queue.lock().await.seek(after.0);
    changed(deliveries, &slot);
    consumer(engine, deliveries, of).await
}

/// Has a consumer hand out nothing for now, or go on.
///
/// # Errors
/// `notFound` if there is none.
pub async fn pause(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy, paused: bool) -> Result<ConsumerRow, Error> {
    let Found { slot, .. } = find(engine, deliveries, of)?;
    slot.queue.lock().await.paused = paused;
    changed(deliveries, &slot);
    consumer(engine, deliveries, of).await
}

/// The events that were tried too often, in order.
///
/// # Errors
/// `notFound` if there is no such consumer.
pub async fn parked(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<Vec<ParkedRow>, Error> {
    Ok(parked_in(engine, &*find(engine, deliveries, of)?.slot.queue.lock().await))
}

pub(crate) fn parked_in(engine: &Engine, queue: &Queue) -> Vec<ParkedRow> {
    let row = |(position, parked): (&u64, &crate::deliveries::queue::Parked)| ParkedRow {
        event: engine.epochs().cursor(*position).to_string(),
        tries: parked.tries,
        error: parked.error.clone(),
        parked_at: parked.at,
    };
    queue.parked.iter().map(row).collect()
}

/// Has parked events given out again, or does away with them.
///
/// # Errors
/// If a cursor cannot be read, or is of another line of the log's history.
pub async fn change_parked(
    engine: &Engine,
    deliveries: &Deliveries,
    of: &OwnedBy,
    request: &ParkedRequest,
) -> Result<ParkedChanges, Error> {
    let Found { slot, .. } = find(engine, deliveries, of)?;
    change_parked_in(engine, deliveries, &slot, request).await
}

pub(crate) async fn change_parked_in(
    engine: &Engine,
    deliveries: &Deliveries,
    slot: &Slot,
    request: &ParkedRequest,
) -> Result<ParkedChanges, Error> {
    let (replay, drop) = (positions(engine, "replay", &request.replay)?, positions(engine, "drop", &request.drop)?);
    let mut queue = slot.queue.lock().await;
    let replayed = replay.into_iter().filter(|position| queue.replay(*position)).count();
    let dropped = drop.into_iter().filter(|position| queue.forget(*position)).count();
    std::mem::drop(queue);
    changed(deliveries, slot);
    Ok(ParkedChanges { replayed, dropped })
}

pub(crate) fn changed(deliveries: &Deliveries, slot: &Slot) {
    deliveries.touch();
    slot.changed.notify_waiters();
}

fn find(engine: &Engine, deliveries: &Deliveries, of: &OwnedBy) -> Result<Found, Error> {
    let now = engine.now();
    let settings = engine.read(|state| {
        let settings = state.consumer(of.owner, &of.name, now.position).map(|period| period.value.clone());
        settings.filter(|_| sees_feeds_of(of.reader, of.owner, now, state))
    });
    let settings = settings.ok_or_else(Error::not_found)?;
    let slot = deliveries.slot(Kind::Consumer, of.owner, &of.name, settings.made, settings.after);
    Ok(Found { settings, slot })
}

fn terms(settings: &ConsumerSettings) -> Terms {
    Terms {
        visibility: Duration::from_secs(settings.visibility_seconds.number().into()),
        tries_max: settings.tries.number(),
        on_parked: settings.on_parked,
    }
}

pub(crate) fn reads(engine: &Engine, reader: Reader) -> bool {
    let now = engine.now();
    engine.read(|state| reads_events(reader, now, state))
}

pub(crate) fn cursor(name: &str, text: &str) -> Result<Cursor, Error> {
    text.parse().map_err(|error| Error::invalid_parameter(name, error))
}

/// The positions that cursors name.
fn positions(engine: &Engine, name: &str, cursors: &[String]) -> Result<Vec<u64>, Error> {
    if cursors.len() > CURSORS_MAX {
        return Err(Error::invalid_parameter(name, format!("names more than {CURSORS_MAX} events")));
    }
    cursors.iter().map(|text| behind(engine, name, cursor(name, text)?).map(|position| position.0)).collect()
}
