//! Time as the rules see it: positions, moments, and facts that keep from when until when they held.

mod moment;
mod timeline;

pub use moment::{Moment, Position, Timestamp};
pub use timeline::Timeline;

use crate::{counted::ask, event::EventType};
use serde::Serialize;
use std::fmt;

/// An event, named by its position and type: what a reason rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EventRef {
    /// Where the event stands in the log.
    pub position: Position,
    /// What kind of event stands there.
    pub event: EventType,
}

impl fmt::Display for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at position {}", self.event, self.position)
    }
}

/// How a fact stood at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It had never begun.
    Never,
    /// It was in force since this event.
    InForce(EventRef),
    /// It had been in force and was ended by this event.
    Ended(EventRef),
}

impl Standing {
    /// Whether the fact was in force.
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::InForce(_))
    }

    /// Whether the fact had been in force and was ended.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Ended(_))
    }

    /// The event that made it stand so.
    pub fn event(self) -> Option<EventRef> {
        match self {
            Self::InForce(event) | Self::Ended(event) => Some(event),
            Self::Never => None,
        }
    }
}

/// One stretch of time in which a fact held with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period<T = ()> {
    pub value: T,
    /// The event that began it.
    pub from: EventRef,
    /// The event that ended it, if one has, whenever.
    pub until: Option<EventRef>,
}

impl Period {
    /// A period that this event began.
    pub fn since(from: EventRef) -> Self {
        Self { value: (), from, until: None }
    }
}

impl<T> Period<T> {
    /// How the fact stood at that position, as far as this period goes.
    #[inline]
    pub fn standing(&self, position: Position) -> Standing {
        ask();
        if self.from.position > position {
            return Standing::Never;
        }
        self.ended_by(position).map_or(Standing::InForce(self.from), Standing::Ended)
    }

    /// The event that had ended this period by that position.
    pub fn ended_by(&self, position: Position) -> Option<EventRef> {
        self.until.filter(|until| until.position <= position)
    }
}

/// The periods of one fact: one after the other, the last one perhaps still open.
///
/// Nothing is ever taken away, so an answer about a position stays the same whatever is recorded later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Periods<T = ()>(Vec<Period<T>>);

impl<T> Default for Periods<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Periods<T> {
    /// Begins a period. One that is open ends there: the fact changes its value.
    pub fn begin(&mut self, value: T, from: EventRef) {
        self.end(from);
        self.0.push(Period { value, from, until: None });
    }

    /// Ends the open period, if there is one.
    pub fn end(&mut self, until: EventRef) {
        if let Some(open) = self.0.last_mut().filter(|period| period.until.is_none()) {
            open.until = Some(until);
        }
    }

    /// Every period there ever was, oldest first.
    pub fn all(&self) -> &[Period<T>] {
        &self.0
    }

    /// The periods that had begun by that position, oldest first.
    pub fn up_to(&self, position: Position) -> &[Period<T>] {
        ask();
        let begun = self.0.partition_point(|period| period.from.position <= position);
        self.0.get(..begun).unwrap_or_default()
    }

    /// The period in force at that position.
    pub fn at(&self, position: Position) -> Option<&Period<T>> {
        self.up_to(position).last().filter(|period| period.ended_by(position).is_none())
    }

    /// How the fact stood at that position.
    pub fn standing(&self, position: Position) -> Standing {
        match self.up_to(position).last() {
            None => Standing::Never,
            Some(period) => period.ended_by(position).map_or(Standing::InForce(period.from), Standing::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: u64) -> EventRef {
        EventRef { position: Position(position), event: EventType::DapGranted }
    }

    #[test]
    fn a_fact_holds_from_its_event_until_the_one_that_ends_it() {
        let mut periods = Periods::default();
        assert_eq!(periods.standing(Position(9)), Standing::Never);
        periods.begin("a", event(3));
        periods.end(event(5));
        periods.end(event(6)); // already ended: nothing changes
        periods.begin("b", event(8));
        periods.begin("c", event(9)); // a change of value ends the open one
        let value = |position| periods.at(Position(position)).map(|period| period.value);
        assert_eq!(
            [2, 3, 4, 5, 7, 8, 9, 10].map(value),
            [None, Some("a"), Some("a"), None, None, Some("b"), Some("c"), Some("c")]
        );
        assert_eq!(periods.standing(Position(2)), Standing::Never);
        assert_eq!(periods.standing(Position(4)), Standing::InForce(event(3)));
        assert_eq!(periods.standing(Position(5)), Standing::Ended(event(5)));
        assert_eq!(periods.up_to(Position(8)).len(), 2);
        assert!(periods.standing(Position(8)).is_in_force());
        assert!(!periods.standing(Position(7)).is_in_force());
        assert_eq!(event(4).to_string(), "DapGranted at position 4");
    }
}
