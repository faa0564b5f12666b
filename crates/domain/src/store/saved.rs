//! How rows are written in a snapshot, as they were at a position, and read again: numbers of seven bits a byte, the lowest
//! first, ids as they are.
//!
//! Absent: what follows from other rows. That is made again when they are read.

use super::{
    Assigned, Content, Described, MemberOf, PrincipalKey,
    counts::{Change, Changes, Count},
    lists::{List, Lists},
    periods::{Older, PackedPeriods, PackedRef, PooledPeriods, Span},
    table::Number,
    texts::Text,
};
use crate::temporal::Position;
use uuid::Uuid;

/// Bytes that are not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part of it is not as it was written")]
pub struct Malformed;

/// Adds to a piece of a snapshot.
pub(crate) struct Saving<'a> {
    pub(crate) to: &'a mut Vec<u8>,
    /// What happened behind this is left out.
    pub(crate) at: Position,
}

/// Takes from a piece of a snapshot.
pub(crate) struct Loading<'a>(pub(crate) &'a [u8]);

impl Saving<'_> {
    pub(crate) fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            let [lowest, ..] = number.to_le_bytes();
            self.to.push(lowest | 0x80);
            number >>= 7;
        }
        let [last, ..] = number.to_le_bytes();
        self.to.push(last);
    }

    pub(crate) fn id(&mut self, id: Uuid) {
        self.to.extend_from_slice(id.as_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.to.extend_from_slice(text.as_bytes());
    }

    /// An event, if it had happened.
    pub(crate) fn event(&mut self, event: PackedRef) {
        self.number(if event.position() <= self.at { event.number() } else { 0 });
    }

    /// Those items of a list that were there, which are the first.
    pub(crate) fn list<T: Copy>(&mut self, all: &[T], was_there: impl Fn(&T) -> bool, save: impl Fn(&mut Self, T)) {
        let there = all.get(..all.partition_point(was_there)).unwrap_or_default();
        self.number(there.len() as u64);
        there.iter().for_each(|item| save(self, *item));
    }

    pub(crate) fn count(&mut self, count: Count, changes: &Changes) {
        let at = self.at;
        self.list(
            changes.get(count.list()),
            |change| change.at() <= at,
            |to, change| {
                to.number(change.at().0);
                to.number(change.count().into());
            },
        );
    }

    pub(crate) fn periods<V: Value>(&mut self, periods: &PackedPeriods<V>, older: &Older<V>) {
        let begun = |span: &Span<V>| span.from.position() <= self.at;
        let all = older.get(periods.older);
        let newest = Some(periods.newest).filter(|span| !periods.is_empty() && begun(span));
        let there = all.get(..all.partition_point(begun)).unwrap_or_default();
        self.spans(there.iter().copied().chain(newest));
    }

    pub(crate) fn pooled<V: Value>(&mut self, periods: PooledPeriods<V>, pool: &Older<V>) {
        let all = pool.get(periods.list());
        let there = all.get(..all.partition_point(|span| span.from.position() <= self.at)).unwrap_or_default();
        self.spans(there.iter().copied());
    }

    fn spans<V: Value>(&mut self, spans: impl Iterator<Item = Span<V>> + Clone) {
        self.number(spans.clone().count() as u64);
        for span in spans {
            self.event(span.from);
            self.event(span.until);
            span.value.save(self);
        }
    }
}

impl Loading<'_> {
    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    pub(crate) fn small(&mut self) -> Result<u32, Malformed> {
        self.number()?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn numbered<K>(&mut self) -> Result<Number<K>, Malformed> {
        self.small().map(Number::new)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn id(&mut self) -> Result<Uuid, Malformed> {
        let (id, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(Uuid::from_bytes(*id))
    }

    pub(crate) fn text(&mut self) -> Result<&str, Malformed> {
        let length = self.small()? as usize;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Malformed)
    }

    pub(crate) fn event(&mut self) -> Result<PackedRef, Malformed> {
        let number = self.number()?;
        let event = PackedRef::of_number(number);
        // It names an event, or none.
        if number == 0 || event.event().is_some() { Ok(event) } else { Err(Malformed) }
    }

    pub(crate) fn list<T: Copy + Default>(
        &mut self,
        lists: &mut Lists<T>,
        mut load: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<List, Malformed> {
        let length = self.small()?;
        // Nothing takes less than a byte, so a wrong length takes no memory.
        if length as usize > self.0.len() {
            return Err(Malformed);
        }
        let mut list = lists.sized(length);
        for place in 0..length {
            let item = load(self)?;
            lists.set(&mut list, place, item);
        }
        Ok(list)
    }

    pub(crate) fn count(&mut self, changes: &mut Changes) -> Result<Count, Malformed> {
        let change = |from: &mut Self| Ok(Change::new(Position(from.number()?), from.small()?));
        self.list(changes, change).map(Count::of)
    }

    pub(crate) fn periods<V: Value>(&mut self, older: &mut Older<V>) -> Result<PackedPeriods<V>, Malformed> {
        let mut periods = PackedPeriods::default();
        for _ in 0..self.number()? {
            if !periods.is_empty() {
                older.push(&mut periods.older, periods.newest);
            }
            periods.newest = self.span()?;
            if periods.is_empty() {
                return Err(Malformed);
            }
        }
        Ok(periods)
    }

    pub(crate) fn pooled<V: Value>(&mut self, pool: &mut Older<V>) -> Result<PooledPeriods<V>, Malformed> {
        self.list(pool, Self::span).map(PooledPeriods::of)
    }

    fn span<V: Value>(&mut self) -> Result<Span<V>, Malformed> {
        Ok(Span { from: self.event()?, until: self.event()?, value: V::load(self)? })
    }
}

/// What a fact has as its value, or a key as its part.
pub(crate) trait Value: Copy + Default {
    fn save(self, to: &mut Saving<'_>);
    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed>;
}

impl Value for () {
    fn save(self, _: &mut Saving<'_>) {}

    fn load(_: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(())
    }
}

impl Value for Text {
    fn save(self, to: &mut Saving<'_>) {
        to.number(self.0);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        from.number().map(Text)
    }
}

impl<K> Value for Number<K> {
    fn save(self, to: &mut Saving<'_>) {
        to.number(self.get().into());
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        from.numbered()
    }
}

impl<K> Value for Option<Number<K>> {
    fn save(self, to: &mut Saving<'_>) {
        to.number(self.map_or(0, |number| u64::from(number.get()) + 1));
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        let number = from.number()?.checked_sub(1);
        number.map(|number| number.try_into().map(Number::new).map_err(|_| Malformed)).transpose()
    }
}

impl Value for MemberOf {
    fn save(self, to: &mut Saving<'_>) {
        self.0.save(to);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        from.byte().map(Self)
    }
}

impl Value for PrincipalKey {
    fn save(self, to: &mut Saving<'_>) {
        self.tenant.save(to);
        to.number(self.who.into());
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(Self { tenant: from.numbered()?, who: from.small()? })
    }
}

impl Value for u8 {
    fn save(self, to: &mut Saving<'_>) {
        to.to.push(self);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        from.byte()
    }
}

impl Value for bool {
    fn save(self, to: &mut Saving<'_>) {
        to.number(self.into());
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        from.flag()
    }
}

impl Value for Content {
    fn save(self, to: &mut Saving<'_>) {
        self.name.save(to);
        self.settings.save(to);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(Self { name: Text::load(from)?, settings: from.byte()? })
    }
}

impl Value for Described {
    fn save(self, to: &mut Saving<'_>) {
        self.description.save(to);
        to.number(self.display_name.get().0);
        to.number(self.user_principal_name.get().0);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            description: from.numbered()?,
            display_name: Position(from.number()?).into(),
            user_principal_name: Position(from.number()?).into(),
        })
    }
}

impl Value for Assigned {
    fn save(self, to: &mut Saving<'_>) {
        self.id.save(to);
        self.origin.save(to);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(Self { id: from.numbered()?, origin: from.byte()? })
    }
}
