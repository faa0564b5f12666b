//! View 7: what happened, in order, who did it, to whom, under which rule, and what that changed in who holds what.
//!
//! Where a tenant's events stand is known from the state; what they say is read from the log, with nothing locked.
//! Absent: who may ask. How far they see, the [`VisibleScope`], comes in with the request.

use crate::{
    codec,
    engine::{Engine, EventError, When},
};
use chrono::TimeDelta;
use procura_domain::{
    event::{Event, EventType},
    id::{DeviceId, ObjectId, SubscriptionId, TenantId},
    state::State,
    temporal::{Moment, Position, Timestamp},
    visibility::{Happened, VisibleScope},
    vocabulary::{Actor, Authentication, Author, User},
};
use procura_eventlog::Envelope;
use procura_views::Narration;
use serde::Serialize;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// How many events one request looks at. Where few of them are wanted, its page is shorter than it might be, and the next
/// page goes on behind.
pub const HISTORY_EVENTS_MAX: usize = 2_000;
/// Where a request goes on that looked at so many events: at a multiple of this.
const ROUND_POSITIONS: u64 = 1_000;
const _: () = assert!(HISTORY_EVENTS_MAX as u64 >= 2 * ROUND_POSITIONS, "every request gets on");

/// How many of them are looked at in one go.
const BATCH_EVENTS: usize = 100;

/// Which events are wanted: those that everything given here fits.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// What concerns this tenant too, or was done by its people.
    pub with: Option<TenantId>,
    /// About this subscription.
    pub subscription: Option<SubscriptionId>,
    /// About this device.
    pub device: Option<DeviceId>,
    /// About this user: its roles and memberships.
    pub user: Option<User>,
    /// Of this type.
    pub event_type: Option<EventType>,
    /// Done by this actor.
    pub actor: Option<ActorFilter>,
    /// Not before this.
    pub from: Option<When>,
    /// Not after this; a position inside a commit counts as the commit's last.
    pub until: Option<When>,
}

/// An actor as it is asked for: a user, `tenant/user`, or an operator by name. An operator with a token is named like a
/// user, so one text may be both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorFilter {
    user: Option<User>,
    operator: String,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As it happened.
    #[default]
    Oldest,
    /// The newest first.
    Newest,
}

/// What is wanted of a history.
#[derive(Debug, Clone)]
pub struct HistoryRequest {
    /// Whose: a customer's or a partner's; everybody's where it is none.
    pub of: Option<TenantId>,
    /// How far the reader sees.
    pub scope: VisibleScope,
    /// Which events.
    pub filter: HistoryFilter,
    /// In which order.
    pub order: Order,
    /// Where the page before ended: this event and those before it, in that order, were on earlier pages.
    pub after: Option<Position>,
    /// How many entries at most.
    pub limit: usize,
}

/// A page of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Its entries.
    pub entries: Vec<HistoryEntry>,
    /// Where the next page begins: after this position. None where there is nothing more.
    pub next: Option<Position>,
}

/// One event of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Where it stands.
    pub position: Position,
    /// When it was recorded.
    pub time: Timestamp,
    /// Its type.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// Who did it; left out where that is not the reader's to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorRow>,
    /// How that is known.
    pub authentication: Authentication,
    /// When it was brought in, where it had been recorded elsewhere before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported_at: Option<Timestamp>,
    /// The command that it came from.
    pub command: Uuid,
    /// It in words, and its effect.
    #[serde(flatten)]
    pub told: Narration,
    /// What it says.
    pub data: Event,
}

/// Who did something, as a history shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum ActorRow {
    /// A user.
    User {
        /// Its tenant.
        tenant: TenantId,
        /// What that is called.
        tenant_name: String,
        /// Its object id.
        user: ObjectId,
    },
    /// Whoever ran the service.
    Operator {
        /// By name.
        operator: String,
    },
}

impl Engine {
    /// A page of the history, as it was at that moment.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read.
    pub async fn history(&self, request: &HistoryRequest, at: Moment) -> Result<History, EventError> {
        let HistoryRequest { filter, order, limit, .. } = request;
        let mut range = self.read(|state| filter.range(state, at));
        let mut events = self.log().events();
        let mut entries: Vec<HistoryEntry> = Vec::new();
        let mut after = request.after;
        for _ in 0..HISTORY_EVENTS_MAX / BATCH_EVENTS {
            range = order.behind(range, after);
            let batch = self.read(|state| request.positions(state, &range));
            for position in &batch {
                after = Some(*position);
                if !self.read(|state| filter.may_want(state, *position)) {
                    continue;
                }
                let envelope = events.at(position.0).await?;
                let event = codec::decode(&envelope)?;
                let Some(entry) = self.read(|state| request.entry(state, &envelope, event)) else { continue };
                // Only that there is one more is said, not where it stands.
                if entries.len() >= *limit {
                    let next = entries.last().map(|entry| entry.position);
                    return Ok(History { entries, next });
                }
                entries.push(entry);
            }
            if batch.len() < BATCH_EVENTS {
                return Ok(History { entries, next: None });
            }
            // Whoever else waits for this thread goes first.
            tokio::task::yield_now().await;
        }
        // More than one request looks at. Where the last event stands that was looked at is not the reader's to know: it
        // goes on from a round number before it, behind what it was shown.
        let shown = entries.last().map(|entry| entry.position);
        let next = after.map(|after| order.nearest(order.rounded(after), shown));
        Ok(History { entries, next })
    }
}

impl HistoryRequest {
    /// Where the next events stand, in the order asked for.
    fn positions(&self, state: &State, range: &RangeInclusive<Position>) -> Vec<Position> {
        let Some(tenant) = self.of else {
            let all = (range.start().0..=range.end().0).map(Position);
            return match self.order {
                Order::Oldest => all.take(BATCH_EVENTS).collect(),
                Order::Newest => all.rev().take(BATCH_EVENTS).collect(),
            };
        };
        let within = [state.positions(tenant), state.positions_of_all()].map(|list| {
            let first = list.partition_point(|position| position < range.start());
            let behind = list.partition_point(|position| position <= range.end());
            list.get(first..behind).unwrap_or_default()
        });
        let mut positions: Vec<_> = match self.order {
            Order::Oldest => within.iter().flat_map(|list| list.iter().take(BATCH_EVENTS)).copied().collect(),
            Order::Newest => within.iter().flat_map(|list| list.iter().rev().take(BATCH_EVENTS)).copied().collect(),
        };
        positions.sort_unstable();
        if self.order == Order::Newest {
            positions.reverse();
        }
        positions.truncate(BATCH_EVENTS);
        positions
    }

    /// The event as an entry, where it is wanted and the reader's to see.
    fn entry(&self, state: &State, envelope: &Envelope, event: Event) -> Option<HistoryEntry> {
        let (position, time) = (Position(envelope.position), envelope.recorded_at);
        let Author { actor, authentication } = codec::read_author(envelope);
        let before = Moment { position: Position(position.0.saturating_sub(1)), at: time };
        let happened = Happened { event: &event, by: &actor, before, at: Moment { position, at: time } };
        let shows_who = self.scope.shows_who(&happened);
        // A filter must not tell who did something either.
        let wanted = self.filter.wants(&event) && (shows_who || self.filter.wants_of_anybody(state, position));
        if !wanted || !self.scope.shows(&happened, state) {
            return None;
        }
        Some(HistoryEntry {
            position,
            time,
            event_type: event.event_type(),
            actor: shows_who.then(|| ActorRow::of(state, actor)),
            authentication,
            imported_at: envelope.imported_at,
            command: envelope.command,
            told: Narration::of(state, &event, position),
            data: event,
        })
    }
}

impl Order {
    /// The multiple of [`ROUND_POSITIONS`] at or before that position, in this order.
    fn rounded(self, Position(position): Position) -> Position {
        let down = position - position % ROUND_POSITIONS;
        match self {
            Self::Oldest => Position(down),
            Self::Newest if down == position => Position(down),
            Self::Newest => Position(down.saturating_add(ROUND_POSITIONS)),
        }
    }

    /// Of two positions the later one, in this order.
    fn nearest(self, one: Position, other: Option<Position>) -> Position {
        let other = other.unwrap_or(one);
        match self {
            Self::Oldest => one.max(other),
            Self::Newest => one.min(other),
        }
    }

    /// What of the range comes behind that position.
    fn behind(self, range: RangeInclusive<Position>, after: Option<Position>) -> RangeInclusive<Position> {
        let (first, last) = range.into_inner();
        match (self, after) {
            (_, None) => first..=last,
            (Self::Oldest, Some(after)) => first.max(Position(after.0.saturating_add(1)))..=last,
            (Self::Newest, Some(after)) => first..=last.min(Position(after.0.saturating_sub(1))),
        }
    }
}

impl HistoryFilter {
    fn range(&self, state: &State, at: Moment) -> RangeInclusive<Position> {
        let timeline = &state.timeline;
        let next = |position: Position| Position(position.0.saturating_add(1));
        let first = match self.from {
            None => Position(1),
            Some(When::Now) => at.position,
            Some(When::Position(position)) => timeline.before(position).map_or(Position(1), next),
            Some(When::At(from)) => next(timeline.position_at(from - TimeDelta::nanoseconds(1))),
        };
        let last = match self.until {
            None | Some(When::Now) => at.position,
            Some(When::Position(position)) => timeline.commit_end(position),
            Some(When::At(until)) => timeline.position_at(until),
        };
        let last = last.min(at.position);
        first..=last
    }

    /// Whether the event there may be wanted, as far as the state tells without the log.
    fn may_want(&self, state: &State, position: Position) -> bool {
        let author = state.timeline.author(position).map(|author| &author.actor);
        let by_its_people = |tenant| author.and_then(Actor::tenant) == Some(tenant);
        let actor = self.actor.as_ref();
        self.with.is_none_or(|tenant| state.concerns(tenant, position) || by_its_people(tenant))
            && actor.is_none_or(|wanted| author.is_some_and(|author| wanted.is(author)))
    }

    /// Whether the event there is wanted whoever did it.
    fn wants_of_anybody(&self, state: &State, position: Position) -> bool {
        self.actor.is_none() && self.with.is_none_or(|tenant| state.concerns(tenant, position))
    }

    fn wants(&self, event: &Event) -> bool {
        self.event_type.is_none_or(|wanted| event.event_type() == wanted)
            && self.subscription.is_none_or(|wanted| event.subscription() == Some(wanted))
            && self.device.is_none_or(|wanted| event.devices().contains(&wanted))
            && self.user.is_none_or(|wanted| event.user() == Some(wanted))
    }
}

impl From<String> for ActorFilter {
    fn from(text: String) -> Self {
        Self { user: text.parse().ok(), operator: text }
    }
}

impl ActorFilter {
    fn is(&self, actor: &Actor) -> bool {
        match actor {
            Actor::User(user) => self.user == Some(*user),
            Actor::Operator(name) => self.operator == *name,
        }
    }
}

impl ActorRow {
    fn of(state: &State, actor: Actor) -> Self {
        match actor {
            Actor::Operator(operator) => Self::Operator { operator },
            Actor::User(User { tenant, user }) => {
                let name = state.tenant(tenant).map(|tenant| tenant.name.to_string());
                Self::User { tenant, tenant_name: name.unwrap_or_default(), user }
            }
        }
    }
}
