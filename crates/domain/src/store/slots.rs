//! Where rows are found by the hash of their key: one array, so that a look mostly touches one line of memory. Each number has
//! half of the hash beside it, so that another row is hardly ever looked at in vain, and none as the array grows.

use prefetch_index::prefetch_index;

/// How many slots there are at first; always a power of two.
const SLOTS_MIN: usize = 8;
/// Of four slots, as many are taken at most.
const TAKEN_MAX: usize = 3;
/// How many numbers are added together: their lines of memory are on their way at the same time.
const BLOCK: usize = 32;
/// What a slot says of the number of a row: one more, so that an empty slot is 0.
const NUMBER: u64 = u32::MAX as u64;

/// The numbers of rows, by the hash of what each is found by.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    /// The upper half of the hash, and below it the number. Ordered by hash, but for those that found their place taken.
    slots: Vec<u64>,
    taken: usize,
    /// How many bits of a hash do not say where it belongs.
    shift: u32,
}

impl Slots {
    /// With room for so many.
    fn sized(numbers: u32) -> Self {
        let mut sized = Self::default();
        sized.resize((numbers as usize * 4 / TAKEN_MAX + 1).next_power_of_two().max(SLOTS_MIN));
        sized
    }

    /// Of all those numbers with their hashes, of which there are about so many; none if two of them are the same.
    pub(super) fn of(
        numbers: u32,
        mut hashed: impl Iterator<Item = (u64, u32)>,
        same: impl Fn(u32, u32) -> bool,
    ) -> Option<Self> {
        let (mut slots, mut block) = (Self::sized(numbers), Vec::with_capacity(BLOCK));
        loop {
            block.extend(hashed.by_ref().take(BLOCK));
            if block.is_empty() {
                return Some(slots);
            }
            block.iter().for_each(|(hash, _)| slots.fetch(*hash));
            for (hash, number) in block.drain(..) {
                if slots.find(hash, |found| same(found, number)).is_some() {
                    return None;
                }
                slots.insert(hash, number);
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
        let mut place = self.home(hash);
        loop {
            let slot = *self.slots.get(place).filter(|slot| **slot != 0)?;
            if (slot ^ hash) & !NUMBER == 0 && is_it(number(slot)) {
                return Some(number(slot));
            }
            place = self.next(place);
        }
    }

    /// Adds a number, below [`u32::MAX`].
    pub(super) fn insert(&mut self, hash: u64, number: u32) {
        if self.taken * 4 >= self.slots.len() * TAKEN_MAX {
            self.resize((self.slots.len() * 2).max(SLOTS_MIN));
        }
        self.taken += 1;
        self.put(slot(hash, number));
    }

    /// Takes a number away that was added with that hash.
    pub(super) fn remove(&mut self, hash: u64, number: u32) {
        let (taken, mut hole) = (slot(hash, number), self.home(hash));
        while self.at(hole) != taken {
            if self.at(hole) == 0 {
                return;
            }
            hole = self.next(hole);
        }
        self.taken -= 1;
        // Those behind it come closer to where they belong, up to the next empty slot.
        let mut place = self.next(hole);
        while self.at(place) != 0 {
            let from = |begin: usize| place.wrapping_sub(begin) & (self.slots.len() - 1);
            if from(self.home(self.at(place))) >= from(hole) {
                self.set(hole, self.at(place));
                hole = place;
            }
            place = self.next(place);
        }
        self.set(hole, 0);
    }

    /// Where a hash belongs, or the slot of one.
    #[expect(clippy::cast_possible_truncation, reason = "a few upper bits")]
    fn home(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.slots.len() - 1)
    }

    fn at(&self, place: usize) -> u64 {
        self.slots.get(place).copied().unwrap_or_default()
    }

    fn set(&mut self, place: usize, slot: u64) {
        if let Some(there) = self.slots.get_mut(place) {
            *there = slot;
        }
    }

    fn put(&mut self, slot: u64) {
        let mut place = self.home(slot);
        while self.at(place) != 0 {
            place = self.next(place);
        }
        self.set(place, slot);
    }

    fn resize(&mut self, slots: usize) {
        let old = std::mem::replace(&mut self.slots, vec![0; slots]);
        self.shift = u64::BITS - slots.trailing_zeros();
        old.into_iter().filter(|slot| *slot != 0).for_each(|slot| self.put(slot));
    }
}

fn slot(hash: u64, number: u32) -> u64 {
    hash & !NUMBER | (u64::from(number) + 1)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn number(slot: u64) -> u32 {
    ((slot & NUMBER) - 1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

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
            for number in 0..200 {
                let hash = if below(2) == 0 { u64::MAX - (below(8) << 32) } else { below(40) << 58 };
                if below(8) < adds {
                    slots.insert(hash, number);
                    plain.push((hash, number));
                } else if !plain.is_empty() {
                    let (hash, number) = plain.swap_remove(usize::try_from(below(plain.len() as u64)).unwrap());
                    slots.remove(hash, number);
                }
                for (hash, number) in &plain {
                    assert_eq!(slots.find(*hash, |found| found == *number), Some(*number));
                }
                let taken = slots.slots.iter().filter(|slot| **slot != 0).count();
                assert_eq!((taken, slots.taken, slots.find(hash, |_| false)), (plain.len(), plain.len(), None));
            }
        }
    }

    #[test]
    fn what_was_not_added_is_not_taken_away() {
        let mut slots = Slots::sized(3);
        slots.remove(7, 7);
        slots.insert(7 << 60, 7);
        slots.remove(7 << 60, 8);
        assert_eq!((slots.taken, slots.find(7 << 60, |_| true), slots.find(6 << 60, |_| true)), (1, Some(7), None));
    }

    #[test]
    fn there_is_room_for_as_many_as_were_told() {
        for numbers in [0, 5, 6, 7, 3_000] {
            let mut slots = Slots::sized(numbers);
            let room = slots.slots.len();
            (0..numbers).for_each(|number| slots.insert(u64::from(number) << 40, number));
            assert_eq!(slots.slots.len(), room, "{numbers}");
        }
    }
}
