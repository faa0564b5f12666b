//! A page of a history: where a tenant's events stand is known from the state, what they say is read from the log, with
//! nothing locked.
//!
//! Absent: who may ask. The selection says how much the reader sees.

use super::entry::HistoryEntry;
use crate::Page;
use chrono::TimeDelta;
use procura_domain::{
    event::{Event, EventType},
    id::{DeviceId, SubscriptionId, TenantId},
    named,
    personal::People,
    state::State,
    temporal::{Moment, Position},
    visibility::{Happened, Reader, VisibleScope, sees_feed_event},
    vocabulary::{Actor, User},
};
use procura_engine::{Engine, EventError, When, Who, codec};
use procura_eventlog::Envelope;
use procura_views::Mentions;
use procura_words::Words;
use std::ops::RangeInclusive;

/// How many events one request looks at. Where few of them are wanted, its page is shorter than it might be, and the next
/// page goes on behind.
pub(crate) const HISTORY_EVENTS_MAX: usize = 2_000;
/// Where a request goes on that looked at so many events: at a multiple of this.
const ROUND_POSITIONS: u64 = 1_000;
const _: () = assert!(HISTORY_EVENTS_MAX as u64 >= 2 * ROUND_POSITIONS, "every request gets on");

/// How many of them are looked at in one go.
const BATCH_EVENTS: usize = 100;

/// Which events are wanted: those that everything given here fits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// What concerns this tenant too, or was done by its people.
    pub(crate) with: Option<TenantId>,
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) device: Option<DeviceId>,
    /// About this user: its roles and memberships.
    pub(crate) user: Option<User>,
    pub(crate) event_type: Option<EventType>,
    /// Done by this actor.
    pub(crate) actor: Option<ActorFilter>,
    /// Not before this.
    pub(crate) from: Option<When>,
    /// Not after this; a position inside a commit counts as the commit's last.
    pub(crate) until: Option<When>,
}

/// An actor as it is asked for: a user, `tenant/user`, or an operator by name. An operator with a token is named like a
/// user, so one text may be both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActorFilter {
    user: Option<User>,
    operator: String,
}

named! {
    /// In which order a history is listed.
    Order {
        /// As it happened.
        Oldest "oldest",
        Newest "newest",
    }
}

/// What is wanted of a history.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// Whose: a customer's or a partner's; everybody's where it is none.
    pub(crate) of: Option<TenantId>,
    /// How far the reader sees.
    pub(crate) scope: VisibleScope,
    /// Who reads, and when: of its own consumers it is told besides (FEED-1).
    pub(crate) reader: (Reader, Moment),
    pub(crate) filter: Filter,
    pub(crate) order: Order,
    /// Where the page before ended: this event and those before it, in that order, were on earlier pages.
    pub(crate) after: Option<Position>,
    /// How many entries at most.
    pub(crate) limit: usize,
    /// The words that it is told in.
    pub(crate) words: Words,
}

impl Selection {
    /// The page, as it was at that moment; its cursor is where the next one begins: after this position.
    pub(crate) async fn page(&self, engine: &Engine, at: Moment) -> Result<Page<HistoryEntry, Position>, EventError> {
        let Self { filter, order, limit, .. } = self;
        let mut range = engine.read(|state| filter.range(state, at));
        let mut events = engine.log().events();
        let (mut items, mut people) = (Vec::<HistoryEntry>::new(), People::default());
        let mut after = self.after;
        for _ in 0..HISTORY_EVENTS_MAX / BATCH_EVENTS {
            range = order.behind(range, after);
            let batch = engine.read(|state| self.positions(state, &range));
            for position in &batch {
                after = Some(*position);
                if !engine.read(|state| filter.may_want(state, *position)) {
                    continue;
                }
                let envelope = events.at(position.0).await?;
                let event = codec::decode(&envelope)?;
                let by = codec::read_author(&envelope)?;
                let Some(who) = engine.read(|state| self.shown(state, &envelope, &event, &by.actor)) else { continue };
                // Only that there is one more is said, not where it stands.
                if items.len() >= *limit {
                    let next = items.last().map(|entry| entry.position);
                    return Ok(Page { items, people, next });
                }
                let mut mentioned = event.mentioned();
                if who == Who::Told {
                    mentioned.extend(by.actor.mentioned());
                }
                people.extend(engine.people(mentioned).await?);
                items
                    .push(engine.read(|state| HistoryEntry::of(state, &envelope, event, by, who, &people, self.words)));
            }
            if batch.len() < BATCH_EVENTS {
                return Ok(Page { items, people, next: None });
            }
            // Others who wait for this thread go first.
            tokio::task::yield_now().await;
        }
        // More than one request looks at. Where the last event stands that was looked at is not the reader's to know: it
        // goes on from a round number before it, behind what it was shown.
        let shown = items.last().map(|entry| entry.position);
        let next = after.map(|after| order.nearest(order.rounded(after), shown));
        Ok(Page { items, people, next })
    }
    /// Where the next events stand, in the order asked for.
    fn positions(&self, state: &State, range: &RangeInclusive<Position>) -> Vec<Position> {
        let Some(tenant) = self.of else {
            let all = (range.start().0..=range.end().0).map(Position);
            return match self.order {
                Order::Oldest => all.take(BATCH_EVENTS).collect(),
                Order::Newest => all.rev().take(BATCH_EVENTS).collect(),
            };
        };
        let within = [state.positions(tenant), state.positions_of_all()].map(|list| list.within(range));
        let mut positions: Vec<_> = match self.order {
            Order::Oldest => within.iter().flat_map(|list| list.iter().take(BATCH_EVENTS)).collect(),
            Order::Newest => within.iter().flat_map(|list| list.iter().rev().take(BATCH_EVENTS)).collect(),
        };
        positions.sort_unstable();
        if self.order == Order::Newest {
            positions.reverse();
        }
        positions.truncate(BATCH_EVENTS);
        positions
    }

    /// Whether the event is wanted and the reader's to see. `None`: it is not; else whether it is told who did it.
    fn shown(&self, state: &State, envelope: &Envelope, event: &Event, by: &Actor) -> Option<Who> {
        let (position, time) = (Position(envelope.position), envelope.recorded_at);
        let before = Moment { position: position.before(), at: time };
        let happened = Happened { event, by, before, at: Moment { position, at: time } };
        let shows_who = self.scope.shows_who(&happened);
        // A filter must not tell who did something either.
        let wanted = self.filter.wants(event) && (shows_who || self.filter.wants_of_anybody(state, position));
        let (reader, now) = self.reader;
        let shown = self.scope.shows(&happened, state) || sees_feed_event(reader, event, now, state);
        (wanted && shown).then_some(if shows_who { Who::Told } else { Who::Untold })
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
            (Self::Newest, Some(after)) => first..=last.min(after.before()),
        }
    }
}

impl Filter {
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
        let author = state.actor(position);
        let author = author.as_ref();
        let by_its_people = |tenant| author.and_then(Actor::tenant) == Some(tenant);
        let actor = self.actor.as_ref();
        self.with.is_none_or(|tenant| state.concerns(tenant, position) || by_its_people(tenant))
            && actor.is_none_or(|wanted| author.is_some_and(|author| wanted.is(author)))
    }

    /// Whether the event there is wanted, no matter who did it.
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
