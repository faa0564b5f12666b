//! Which things belong to which.

use crate::{counted::ask, id::Id};
use std::collections::BTreeSet;

/// The members of each owner, by id.
#[derive(Debug, Clone)]
pub(super) struct Index<O, M>(BTreeSet<(O, M)>);

impl<O, M> Default for Index<O, M> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<O: Id, M: Id> Index<O, M> {
    pub(super) fn insert(&mut self, owner: O, member: M) {
        self.0.insert((owner, member));
    }

    #[inline]
    pub(super) fn of(&self, owner: O) -> impl Iterator<Item = M> {
        self.from(owner, M::MIN)
    }

    /// Those from that one on.
    #[inline]
    pub(super) fn from(&self, owner: O, first: M) -> impl Iterator<Item = M> {
        self.0.range((owner, first)..=(owner, M::MAX)).map(|(_, member)| {
            ask();
            *member
        })
    }
}
