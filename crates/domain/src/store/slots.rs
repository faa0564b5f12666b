//! Where rows are found by the hash of their key: one small array, so that a look mostly touches one line of memory. Each number
//! has some bits of the hash beside it, so that another row is seldom looked at in vain.

use prefetch_index::prefetch_index;

/// How many slots there are at first; always a power of two.
const SLOTS_MIN: usize = 8;
/// Of four slots, as many are taken at most: so many numbers there may be.
const TAKEN_MAX: usize = 3;
/// How many numbers are added together: their lines of memory are on their way at the same time.
const BLOCK: usize = 32;

/// The numbers of rows, by the hash of what each is found by.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    /// As many bits as say which slot it is hold a number and one more, so that an empty slot is 0; the bits above them are the
    /// hash's. The uppermost bits of a hash say where it belongs; if that slot is taken, it is in one of the next.
    slots: Vec<u32>,
    /// How many bits of a hash do not say where it belongs.
    shift: u32,
}

impl Slots {
    /// With room for all numbers below that one.
    fn sized(numbers: u32) -> Self {
        let slots = (numbers as usize * 4 / TAKEN_MAX + 1).next_power_of_two().max(SLOTS_MIN);
        Self { slots: vec![0; slots], shift: u64::BITS - slots.trailing_zeros() }
    }

    /// Of those numbers with their hashes, all below `end`; none if two of them are the same.
    pub(super) fn of(
        end: u32,
        mut hashed: impl Iterator<Item = (u64, u32)>,
        same: impl Fn(u32, u32) -> bool,
    ) -> Option<Self> {
        let (mut slots, mut block) = (Self::sized(end), Vec::with_capacity(BLOCK));
        loop {
            block.extend(hashed.by_ref().take(BLOCK));
            if block.is_empty() {
                return Some(slots);
            }
            block.iter().for_each(|(hash, _)| slots.fetch(*hash));
            for (hash, number) in block.drain(..) {
                slots.add(hash, number, |found| same(found, number))?;
            }
        }
    }

    /// Has the line of memory on its way where that hash is looked for.
    #[inline]
    pub(super) fn fetch(&self, hash: u64) {
        prefetch_index(&self.slots, self.home(hash));
    }

    /// Which number it is, of those with that hash.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.look(hash, is_it).ok()
    }

    /// Adds a number, below [`u32::MAX`]. Where there is no room for it, all are added again, and it among them.
    pub(super) fn insert<A: Iterator<Item = (u64, u32)>>(&mut self, hash: u64, number: u32, all: impl FnOnce() -> A) {
        if (number as usize) * 4 < self.slots.len() * TAKEN_MAX {
            self.add(hash, number, |_| false);
        } else if let Some(larger) = Self::of(number + 1, all(), |_, _| false) {
            *self = larger;
        }
    }

    /// Takes a number away that was added with that hash, as the others were with theirs.
    pub(super) fn remove(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        let (taken, mut hole) = (self.slot(hash, number), self.home(hash));
        while self.at(hole) != taken {
            if self.at(hole) == 0 {
                return;
            }
            hole = self.next(hole);
        }
        // Those behind it come closer to where they belong, up to the next empty slot.
        let mut place = self.next(hole);
        while self.at(place) != 0 {
            let from = |begin: usize| place.wrapping_sub(begin) & (self.slots.len() - 1);
            if from(self.home(hash_of(self.number(self.at(place))))) >= from(hole) {
                self.set(hole, self.at(place));
                hole = place;
            }
            place = self.next(place);
        }
        self.set(hole, 0);
    }

    /// Adds a number, unless it is one that is there.
    fn add(&mut self, hash: u64, number: u32, is_it: impl Fn(u32) -> bool) -> Option<()> {
        let place = self.look(hash, is_it).err()?;
        self.set(place, self.slot(hash, number));
        Some(())
    }

    /// Which number it is, of those with that hash; else the empty slot behind them.
    #[inline]
    fn look(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let (mut place, bits) = (self.home(hash), self.slot(hash, 0) - 1);
        loop {
            let slot = self.at(place);
            if slot == 0 {
                return Err(place);
            }
            if slot & !self.mask() == bits && is_it(self.number(slot)) {
                return Ok(self.number(slot));
            }
            place = self.next(place);
        }
    }

    /// Where a hash belongs.
    #[expect(clippy::cast_possible_truncation, reason = "a few upper bits")]
    fn home(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    /// The bits of a slot that hold a number.
    #[expect(clippy::cast_possible_truncation, reason = "numbers have no more bits")]
    fn mask(&self) -> u32 {
        self.slots.len().wrapping_sub(1) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    fn slot(&self, hash: u64, number: u32) -> u32 {
        hash as u32 & !self.mask() | (number + 1)
    }

    fn number(&self, slot: u32) -> u32 {
        (slot & self.mask()) - 1
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.slots.len() - 1)
    }

    fn at(&self, place: usize) -> u32 {
        self.slots.get(place).copied().unwrap_or_default()
    }

    fn set(&mut self, place: usize, slot: u32) {
        if let Some(there) = self.slots.get_mut(place) {
            *there = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter;

    /// Against a plain list: hashes of few values, many of them the last there are, so that places are taken and those that
    /// belong at the end are put at the beginning.
    #[test]
    fn what_was_added_is_found_until_it_is_taken_away() {
        let mut random = 7_u64;
        let mut below = |end: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % end
        };
        for _ in 0..200 {
            let (mut slots, mut plain, adds) = (Slots::default(), vec![], 4 + below(4));
            let mut hashes = vec![];
            for number in 0..200 {
                let hash = if below(2) == 0 { u64::MAX - (below(8) << 8) } else { below(40) << 58 };
                hashes.push(hash);
                if below(8) < adds {
                    plain.push((hash, number));
                    slots.insert(hash, number, || plain.iter().copied());
                } else if !plain.is_empty() {
                    let (hash, number) = plain.swap_remove(usize::try_from(below(plain.len() as u64)).unwrap());
                    slots.remove(hash, number, |number| hashes[number as usize]);
                }
                for (hash, number) in &plain {
                    assert_eq!(slots.find(*hash, |found| found == *number), Some(*number));
                }
                let taken = slots.slots.iter().filter(|slot| **slot != 0).count();
                assert_eq!((taken, slots.find(hash, |_| false)), (plain.len(), None));
            }
        }
    }

    #[test]
    fn what_was_not_added_is_not_taken_away() {
        let mut slots = Slots::sized(6);
        slots.remove(7, 5, |_| 7);
        slots.add(7 << 60, 4, |_| false).unwrap();
        slots.remove(7 << 60, 5, |_| 7 << 60);
        assert_eq!((slots.find(7 << 60, |_| true), slots.find(6 << 60, |_| true)), (Some(4), None));
    }

    /// Two whose hashes say the same place are told apart by the bits beside their numbers.
    #[test]
    fn another_hash_is_seldom_looked_at() {
        let mut slots = Slots::sized(100);
        slots.add(7 << 60, 1, |_| false).unwrap();
        slots.add(7 << 60 | 1 << 20, 2, |_| false).unwrap();
        assert_eq!(slots.find(7 << 60, |_| true), Some(1));
        assert_eq!(slots.find(7 << 60 | 1 << 20, |_| true), Some(2));
    }

    #[test]
    fn there_is_room_for_as_many_as_were_told() {
        for numbers in [0, 5, 6, 7, 3_000] {
            let mut slots = Slots::sized(numbers);
            let hash = |number| u64::from(number) << 40;
            // None is added again.
            (0..numbers).for_each(|number| slots.insert(hash(number), number, iter::empty));
            assert!((0..numbers).all(|number| slots.find(hash(number), |found| found == number).is_some()));
        }
    }
}
