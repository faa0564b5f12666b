//! Rows found by their key: each has a number, and other rows name it by that.

use super::{rows::Rows, slots::Slots};
use foldhash::quality::RandomState;
use prefetch_index::prefetch_index;
use std::{
    fmt,
    hash::{BuildHasher as _, Hash, Hasher},
    marker::PhantomData,
    slice,
};

/// What rows are found by.
pub(crate) trait Key: Copy + Eq + Hash {
    /// What stands where there is no key.
    fn blank() -> Self;
}

/// The number of the row with a key of that kind.
pub(crate) struct Number<K>(u32, PhantomData<fn() -> K>);

impl<K> Number<K> {
    pub(crate) const fn new(number: u32) -> Self {
        Self(number, PhantomData)
    }

    pub(crate) const fn get(self) -> u32 {
        self.0
    }

    /// Before all others.
    pub(crate) const MIN: Self = Self::new(0);
    /// Behind all others.
    pub(crate) const MAX: Self = Self::new(u32::MAX);
}

// What `derive` writes would ask the same of the keys.
impl<K> Clone for Number<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Number<K> {}
impl<K> Default for Number<K> {
    fn default() -> Self {
        Self::new(0)
    }
}
impl<K> PartialEq for Number<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Number<K> {}
impl<K> PartialOrd for Number<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Number<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Number<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Debug for Number<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Rows by key. Rows are added and changed, never taken away.
#[derive(Debug, Clone)]
pub(crate) struct Table<K, R> {
    entries: Rows<Entry<K, R>>,
    numbers: Slots,
    hash: RandomState,
    /// What a number gives that is not of this table: there is none.
    blank: Entry<K, R>,
}

/// The key lies before the row, so that a row begins on the line that a look at its key has touched.
#[derive(Debug, Clone)]
#[repr(C)]
struct Entry<K, R> {
    key: K,
    row: R,
}

/// A row that will be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ahead(u64);

impl<K: Key, R: Default> Default for Table<K, R> {
    fn default() -> Self {
        let (entries, numbers, hash) = Default::default();
        Self { entries, numbers, hash, blank: Entry { key: K::blank(), row: R::default() } }
    }
}

impl<K: Key, R: Default> Table<K, R> {
    /// How many rows there are.
    pub(crate) fn len(&self) -> u32 {
        self.entries.len()
    }

    /// The number of the row with that key, if there is one.
    #[inline]
    pub(crate) fn find(&self, key: K) -> Option<Number<K>> {
        self.find_hashed(self.hash.hash_one(key), key)
    }

    #[inline]
    fn find_hashed(&self, hash: u64, key: K) -> Option<Number<K>> {
        let is_it = |number| self.entries.get(number).is_some_and(|found| found.key == key);
        self.numbers.find(hash, is_it).map(Number::new)
    }

    /// Has the memory on its way where the row with that key will be looked for.
    #[inline]
    pub(crate) fn ahead(&self, key: K) -> Ahead {
        let hash = self.hash.hash_one(key);
        self.numbers.fetch(hash);
        Ahead(hash)
    }

    /// The same of the row, as far as that part of it: whichever is found by the hash alone is nearly always the one.
    #[inline]
    pub(crate) fn fetch<P>(&self, Ahead(hash): Ahead, part: impl Fn(&R) -> &P) {
        let found = self.numbers.find(hash, |_| true);
        if let Some(entry) = found.and_then(|number| self.entries.get(number)) {
            prefetch_index(slice::from_ref(&entry.key), 0);
            prefetch_index(slice::from_ref(part(&entry.row)), 0);
        }
    }

    /// Has the beginning of the row on its way.
    #[inline]
    pub(crate) fn fetch_row(&self, number: Number<K>) {
        if let Some(entry) = self.entries.get(number.get()) {
            prefetch_index(slice::from_ref(&entry.key), 0);
        }
    }

    /// The row with that key, if there is one.
    #[inline]
    pub(crate) fn get(&self, key: K) -> Option<&R> {
        self.find(key).map(|number| self.row(number))
    }

    /// The number of the row with that key, which is made if there is none yet.
    pub(crate) fn number(&mut self, key: K) -> Number<K> {
        let hash = self.hash.hash_one(key);
        self.find_hashed(hash, key).unwrap_or_else(|| self.insert_hashed(hash, key, R::default()))
    }

    /// Adds a row with a key that no other has.
    pub(crate) fn insert(&mut self, key: K, row: R) -> Number<K> {
        self.insert_hashed(self.hash.hash_one(key), key, row)
    }

    fn insert_hashed(&mut self, hash: u64, key: K, row: R) -> Number<K> {
        let number = self.entries.push(Entry { key, row });
        let Self { entries, numbers, hash: by, .. } = self;
        numbers.insert(hash, number, || hashed(entries, by));
        Number::new(number)
    }

    /// Adds a row that is not found by its key before [`index`](Self::index).
    pub(crate) fn push(&mut self, key: K, row: R) {
        self.entries.push(Entry { key, row });
    }

    /// Has all rows found by their keys; false if two have the same.
    #[must_use]
    pub(crate) fn index(&mut self) -> bool {
        let Self { entries, hash, .. } = self;
        let numbers =
            Slots::of(entries.len(), hashed(entries, hash), |one, other| key(entries, one) == key(entries, other));
        let is_sound = numbers.is_some();
        self.numbers = numbers.unwrap_or_default();
        is_sound
    }

    #[inline]
    pub(crate) fn row(&self, number: Number<K>) -> &R {
        &self.entries.get(number.get()).unwrap_or(&self.blank).row
    }

    #[inline]
    pub(crate) fn row_mut(&mut self, number: Number<K>) -> &mut R {
        &mut self.entries.get_mut(number.get()).unwrap_or(&mut self.blank).row
    }

    #[inline]
    pub(crate) fn key(&self, number: Number<K>) -> K {
        self.entries.get(number.get()).unwrap_or(&self.blank).key
    }
}

/// The numbers of all rows, with the hashes of their keys.
fn hashed<K: Key, R>(entries: &Rows<Entry<K, R>>, by: &RandomState) -> impl Iterator<Item = (u64, u32)> {
    (0..entries.len()).map(|number| (by.hash_one(key(entries, number)), number))
}

fn key<K: Key, R>(entries: &Rows<Entry<K, R>>, number: u32) -> K {
    entries.get(number).map_or_else(K::blank, |entry| entry.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::ObjectId, store::MembershipKey};
    use uuid::Uuid;

    #[test]
    fn rows_are_found_once_they_are_indexed() {
        let keys: Vec<_> = (0..10_000).map(|n| ObjectId::new(Uuid::from_u128(n))).collect();
        let mut table = Table::default();
        (0..).zip(&keys).for_each(|(n, key)| table.push(*key, n));
        assert!(table.find(keys[7]).is_none() && table.index());
        // And go on as usual.
        let more = ObjectId::new(Uuid::max());
        let number = table.insert(more, 10_000);
        let rows = keys.iter().chain([&more]).map(|key| *table.get(*key).unwrap());
        assert!(rows.eq(0..=10_000) && number.get() == 10_000);
        table.push(keys[7], 0);
        assert!(!table.index(), "two rows with one key");
        assert!(Table::<MembershipKey, ()>::default().index());
    }
}
