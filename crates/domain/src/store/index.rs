//! Which things belong to which, in the order of their ids.

use super::table::Number;
use crate::{counted::ask, id::Id};
use std::collections::BTreeSet;

/// The members of each owner, by id, with their numbers. An owner may be several things together.
#[derive(Debug, Clone)]
pub(crate) struct Index<O, M, K = M>(BTreeSet<(O, M, Number<K>)>);

impl<O, M, K> Default for Index<O, M, K> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<O: Copy + Ord, M: Id, K> Index<O, M, K> {
    /// All of them at once.
    pub(crate) fn of(all: impl Iterator<Item = (O, M, Number<K>)>) -> Self {
        let mut all: Vec<_> = all.collect();
        all.sort_unstable();
        Self(all.into_iter().collect())
    }

    pub(crate) fn insert(&mut self, owner: O, member: M, number: Number<K>) {
        self.0.insert((owner, member, number));
    }

    /// Those from that one on.
    #[inline]
    pub(crate) fn from(&self, owner: O, first: M) -> impl Iterator<Item = (M, Number<K>)> {
        self.0.range((owner, first, Number::MIN)..=(owner, M::MAX, Number::MAX)).map(|(_, member, number)| {
            ask();
            (*member, *number)
        })
    }
}
