//! Periods as they are kept: the newest one beside what it is about, those before it in a list.

use super::{
    lists::{List, Lists},
    positions::PackedPosition,
};
use crate::{
    counted::ask,
    event::EventType,
    temporal::{EventRef, Period, Position, Standing},
};
use std::marker::PhantomData;

/// An event in five bytes; the default is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, packed)]
pub(crate) struct PackedRef {
    position: PackedPosition,
    /// Among [`EventType::ALL`].
    event: u8,
}

impl From<EventRef> for PackedRef {
    fn from(EventRef { position, event }: EventRef) -> Self {
        Self { position: position.into(), event: event as u8 }
    }
}

impl PackedRef {
    /// The event in one number, and from it.
    pub(super) fn number(self) -> u64 {
        self.position().0 << 8 | u64::from(self.event)
    }

    pub(super) fn of_number(number: u64) -> Self {
        let [event, ..] = number.to_le_bytes();
        Self { position: Position(number >> 8).into(), event }
    }

    /// Where the event stands; 0 where there is none.
    #[inline]
    pub(crate) fn position(self) -> Position {
        { self.position }.get()
    }

    /// The event, if there is one.
    #[inline]
    pub(crate) fn event(self) -> Option<EventRef> {
        let position = self.position();
        let event = EventType::ALL.get(usize::from(self.event)).filter(|_| position != Position(0));
        event.map(|event| EventRef { position, event: *event })
    }

    /// The event; where there is none, the first type at position 0.
    #[inline]
    pub(crate) fn get(self) -> EventRef {
        let none = || EventRef { position: Position(0), event: EventType::PartnerRegistered };
        self.event().unwrap_or_else(none)
    }

    /// The event, if it had happened by that position.
    #[inline]
    pub(crate) fn by(self, position: Position) -> Option<EventRef> {
        if self.position() <= position { self.event() } else { None }
    }
}

/// How something stood that was there from one event to another.
#[inline]
pub(crate) fn lifetime(from: PackedRef, until: PackedRef, position: Position) -> Standing {
    ask();
    if from.position() > position {
        return Standing::Never;
    }
    until.by(position).map_or_else(|| Standing::InForce(from.get()), Standing::Ended)
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span<V> {
    pub(super) from: PackedRef,
    pub(super) until: PackedRef,
    pub(super) value: V,
}

impl<V: Copy> Span<V> {
    fn period(self) -> Period<V> {
        Period { value: self.value, from: self.from.get(), until: self.until.event() }
    }

    #[inline]
    fn standing(&self, position: Position) -> Standing {
        self.until.by(position).map_or_else(|| Standing::InForce(self.from.get()), Standing::Ended)
    }
}

/// The periods of one fact, as they are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PackedPeriods<V = ()> {
    /// Begun by nothing where there is none.
    pub(super) newest: Span<V>,
    pub(super) older: List,
}

/// Where the older periods of many facts are, and all of those that few things have.
pub(crate) type Older<V> = Lists<Span<V>>;

impl<V: Copy + Default> PackedPeriods<V> {
    /// Whether it ever held.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.newest.from == PackedRef::default()
    }

    /// Begins a period. One that is open ends there: the fact changes its value.
    pub(crate) fn begin(&mut self, value: V, from: EventRef, older: &mut Older<V>) {
        self.end(from);
        if !self.is_empty() {
            older.push(&mut self.older, self.newest);
        }
        self.newest = Span { from: from.into(), until: PackedRef::default(), value };
    }

    /// Ends the open period, if there is one.
    pub(crate) fn end(&mut self, until: EventRef) {
        if !self.is_empty() && self.newest.until == PackedRef::default() {
            self.newest.until = until.into();
        }
    }

    /// The value of the open period, if there is one.
    pub(crate) fn now(&self) -> Option<V> {
        (!self.is_empty() && self.newest.until == PackedRef::default()).then_some(self.newest.value)
    }

    /// How the fact stood at that position.
    #[inline]
    pub(crate) fn standing(&self, older: &Older<V>, position: Position) -> Standing {
        // Nearly all questions are about the newest one: nothing is copied for them.
        if self.is_empty() || self.newest.from.position() > position {
            return self.view(older).standing(position);
        }
        ask();
        self.newest.standing(position)
    }

    /// The same to be asked.
    #[inline]
    pub(crate) fn view<'s>(&self, older: &'s Older<V>) -> PeriodList<'s, V> {
        PeriodList { newest: self.newest, older: older.get(self.older) }
    }
}

/// The periods of a fact that few things have: all of them in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PooledPeriods<V = ()>(pub(super) List, PhantomData<fn() -> V>);

impl<V: Copy + Default> PooledPeriods<V> {
    pub(super) fn of(all: List) -> Self {
        Self(all, PhantomData)
    }

    pub(super) fn list(self) -> List {
        self.0
    }

    /// Begins a period. One that is open ends there.
    pub(crate) fn begin(&mut self, value: V, from: EventRef, pool: &mut Older<V>) {
        self.end(from, pool);
        pool.push(&mut self.0, Span { from: from.into(), until: PackedRef::default(), value });
    }

    /// Ends the open period, if there is one.
    pub(crate) fn end(&mut self, until: EventRef, pool: &mut Older<V>) {
        if let Some(open) = pool.last_mut(self.0).filter(|span| span.until == PackedRef::default()) {
            open.until = until.into();
        }
    }

    /// The same to be asked.
    pub(crate) fn view(self, pool: &Older<V>) -> PeriodList<'_, V> {
        let (newest, older) =
            pool.get(self.0).split_last().map_or((Span::default(), &[][..]), |(last, all)| (*last, all));
        PeriodList { newest, older }
    }
}

/// The periods of one fact: one after the other, the last one perhaps still open.
///
/// Nothing is ever taken away, so an answer about a position stays the same whatever is recorded later.
#[derive(Debug, Clone, Copy)]
pub struct PeriodList<'s, V = ()> {
    newest: Span<V>,
    older: &'s [Span<V>],
}

impl<'s, V: Copy + Default> PeriodList<'s, V> {
    /// Of a fact that never held.
    pub(crate) fn never() -> Self {
        Self { newest: Span::default(), older: &[] }
    }

    #[inline]
    fn newest_span(&self, position: Position) -> Option<Span<V>> {
        ask();
        let newest = self.newest.from.position();
        if newest <= position {
            return (newest != Position(0)).then_some(self.newest);
        }
        let begun = self.older.partition_point(|span| span.from.position() <= position);
        self.older.get(..begun)?.last().copied()
    }

    /// The periods that had begun by that position, oldest first.
    pub fn up_to(self, position: Position) -> impl DoubleEndedIterator<Item = Period<V>> + use<'s, V> {
        ask();
        let begun = self.older.partition_point(|span| span.from.position() <= position);
        let newest = Some(self.newest).filter(|span| (Position(1)..=position).contains(&span.from.position()));
        self.older.get(..begun).unwrap_or_default().iter().copied().chain(newest).map(Span::period)
    }

    /// The periods that had begun by `by` and share time with the stretch from one event to another, oldest first.
    pub fn overlapping(
        self,
        from: Position,
        until: Option<Position>,
        by: Position,
    ) -> impl Iterator<Item = Period<V>> + use<'s, V> {
        let last = until.map_or(by, |until| until.min(by));
        let is_over = move |span: &Span<V>| span.until.by(by).is_some_and(|ended| ended.position < from);
        let (begin, end) =
            (self.older.partition_point(is_over), self.older.partition_point(|span| span.from.position() <= last));
        let older = self.older.get(begin..end).unwrap_or_default().iter().copied();
        let has_begun = |span: &Span<V>| (Position(1)..=last).contains(&span.from.position());
        let newest = Some(self.newest).filter(|span| has_begun(span) && !is_over(span));
        older.chain(newest).map(Span::period)
    }

    /// Every period there ever was, oldest first.
    pub fn all(self) -> impl DoubleEndedIterator<Item = Period<V>> + use<'s, V> {
        self.up_to(Position(u64::MAX))
    }

    /// The newest period that had begun by that position.
    pub fn newest(self, position: Position) -> Option<Period<V>> {
        self.newest_span(position).map(Span::period)
    }

    /// The period in force at that position.
    pub fn at(self, position: Position) -> Option<Period<V>> {
        self.newest_span(position).filter(|span| span.until.by(position).is_none()).map(Span::period)
    }

    /// How the fact stood at that position.
    #[inline]
    pub fn standing(self, position: Position) -> Standing {
        self.newest_span(position).map_or(Standing::Never, |span| span.standing(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporal::Periods;

    #[test]
    fn an_event_fits_in_five_bytes() {
        for event in EventType::ALL {
            let event = EventRef { position: Position(u32::MAX.into()), event: *event };
            let packed = PackedRef::from(event);
            assert_eq!((packed.event(), PackedRef::of_number(packed.number())), (Some(event), packed));
        }
        assert_eq!((PackedRef::default().event(), size_of::<PackedRef>(), size_of::<Span<()>>()), (None, 5, 10));
    }

    /// Against the same with nothing packed.
    #[test]
    fn packed_periods_are_periods() {
        let (mut pool, mut packed, mut plain) = (Older::default(), PackedPeriods::default(), Periods::default());
        let mut pooled = PooledPeriods::default();
        let event = |position| EventRef { position: Position(position), event: EventType::DapGranted };
        let steps = [(3, Some(7)), (5, None), (6, None), (8, Some(1)), (9, Some(2)), (12, None), (13, Some(2))];
        for (position, value) in steps {
            match value {
                Some(value) => {
                    packed.begin(value, event(position), &mut pool);
                    pooled.begin(value, event(position), &mut pool);
                    plain.begin(value, event(position));
                }
                None => {
                    packed.end(event(position));
                    pooled.end(event(position), &mut pool);
                    plain.end(event(position));
                }
            }
            for (view, at) in [packed.view(&pool), pooled.view(&pool)]
                .iter()
                .flat_map(|view| (0..=14).map(|at| (*view, Position(at))))
            {
                assert_eq!(view.up_to(at).collect::<Vec<_>>(), plain.up_to(at), "{at}");
                assert_eq!(view.newest(at).as_ref(), plain.up_to(at).last(), "{at}");
                assert_eq!(view.at(at).as_ref(), plain.at(at), "{at}");
                assert_eq!(view.standing(at), plain.standing(at), "{at}");
            }
            assert_eq!(packed.view(&pool).all().collect::<Vec<_>>(), plain.all());
        }
        assert_eq!(PeriodList::<u32>::never().standing(Position(9)), Standing::Never);
        assert!(PackedPeriods::<u32>::default().is_empty());
    }
}
