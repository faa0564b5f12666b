//! Which things belong to which, in the order of their ids.

use super::{
    MemberOf, SubscriptionNumber, TenantNumber,
    lists::{List, Lists},
    rows::Rows,
    table::Number,
};
use crate::{counted::ask, id::Id};
use std::collections::BTreeSet;

/// How many members of an owner lie side by side. If there are more, they are in a tree: adding one between them takes no
/// longer, however many there are.
const FEW: u32 = 256;

/// What things belong to.
pub(crate) trait Owner: Copy + Ord {
    /// Its place among all owners of its kind, if those are numbered one after the other. Those of other kinds are in the tree.
    fn place(self) -> Option<u32>;
}

impl<K> Owner for Number<K> {
    fn place(self) -> Option<u32> {
        Some(self.get())
    }
}

impl Owner for (TenantNumber, MemberOf) {
    fn place(self) -> Option<u32> {
        let (tenant, of) = self;
        tenant.get().checked_mul(MemberOf::COUNT)?.checked_add(of.0.into())
    }
}

impl Owner for (SubscriptionNumber, TenantNumber) {
    fn place(self) -> Option<u32> {
        None
    }
}

impl Owner for () {
    fn place(self) -> Option<u32> {
        None
    }
}

/// The members of each owner, by id, with their numbers. An owner may be several things together.
#[derive(Debug, Clone)]
pub(crate) struct Index<O, M: Id, K = M> {
    /// By place, those of owners that have few; empty where there are many.
    few: Rows<List>,
    members: Lists<Member<M, K>>,
    /// Those of all other owners.
    many: BTreeSet<(O, M, Number<K>)>,
}

#[derive(Debug)]
struct Member<M: Id, K> {
    id: M,
    number: Number<K>,
}

// What `derive` writes would ask the same of the keys.
impl<M: Id, K> Clone for Member<M, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M: Id, K> Copy for Member<M, K> {}
impl<M: Id, K> Default for Member<M, K> {
    fn default() -> Self {
        Self { id: M::MIN, number: Number::default() }
    }
}

impl<O, M: Id, K> Default for Index<O, M, K> {
    fn default() -> Self {
        Self { few: Rows::default(), members: Lists::default(), many: BTreeSet::new() }
    }
}

impl<O: Owner, M: Id, K> Index<O, M, K> {
    /// Room for the members of owners with places below that one.
    pub(crate) fn sized(owners: u32) -> Self {
        let mut index = Self::default();
        make_room(&mut index.few, owners);
        index
    }

    /// Filled with all members at once, none twice. Those of owners that there is no room for are in the tree.
    #[must_use]
    pub(crate) fn filled(mut self, all: impl Iterator<Item = (O, M, Number<K>)> + Clone) -> Self {
        let Self { few, members, .. } = &mut self;
        let mut counts = vec![0_u32; few.len() as usize];
        let place = |owner: O| owner.place().map_or(usize::MAX, |place| place as usize);
        for (owner, ..) in all.clone() {
            if let Some(count) = counts.get_mut(place(owner)) {
                *count += 1;
            }
        }
        for (place, count) in (0..).zip(&counts).filter(|(_, count)| (1..=FEW).contains(*count)) {
            if let Some(list) = few.get_mut(place) {
                *list = members.sized(*count);
            }
        }
        let mut many = Vec::new();
        for (owner, id, number) in all {
            let list = owner.place().and_then(|place| few.get_mut(place)).filter(|list| !list.is_empty());
            // From the last one to the first.
            if let (Some(list), Some(rest)) = (list, counts.get_mut(place(owner))) {
                *rest -= 1;
                members.set(list, *rest, Member { id, number });
            } else {
                many.push((owner, id, number));
            }
        }
        for list in (0..few.len()).filter_map(|place| few.get(place)) {
            members.get_mut(*list).sort_unstable_by_key(|member| member.id);
        }
        many.sort_unstable();
        self.many = many.into_iter().collect();
        self
    }

    pub(crate) fn insert(&mut self, owner: O, id: M, number: Number<K>) {
        let Self { few, members, many } = self;
        let list = owner.place().and_then(|place| {
            make_room(few, place.saturating_add(1));
            few.get_mut(place)
        });
        // Whoever had many has none among the few.
        let Some(list) = list.filter(|list| !list.is_empty() || of_many(many, owner, M::MIN).next().is_none()) else {
            many.insert((owner, id, number));
            return;
        };
        let Err(place) = members.get(*list).binary_search_by_key(&id, |member| member.id) else { return };
        if list.len() < FEW {
            members.insert(list, place, Member { id, number });
        } else {
            many.extend(members.get(*list).iter().map(|member| (owner, member.id, member.number)));
            many.insert((owner, id, number));
            members.clear(list);
        }
    }

    /// Those from that one on.
    #[inline]
    pub(crate) fn from(&self, owner: O, first: M) -> impl Iterator<Item = (M, Number<K>)> {
        self.unasked(owner, first).inspect(|_| ask())
    }

    /// The same, to be fetched and not yet read.
    #[inline]
    pub(crate) fn unasked(&self, owner: O, first: M) -> impl Iterator<Item = (M, Number<K>)> + Clone {
        let few = owner.place().and_then(|place| self.few.get(place)).map_or(&[][..], |list| self.members.get(*list));
        let many = if few.is_empty() { Some(of_many(&self.many, owner, first)) } else { None };
        let few = few.get(few.partition_point(|member| member.id < first)..).unwrap_or_default();
        few.iter().map(|member| (member.id, member.number)).chain(many.into_iter().flatten())
    }
}

fn make_room(few: &mut Rows<List>, owners: u32) {
    while few.len() < owners {
        few.push(List::default());
    }
}

fn of_many<O: Owner, M: Id, K>(
    many: &BTreeSet<(O, M, Number<K>)>,
    owner: O,
    first: M,
) -> impl Iterator<Item = (M, Number<K>)> + Clone {
    many.range((owner, first, Number::MIN)..=(owner, M::MAX, Number::MAX)).map(|(_, id, number)| (*id, *number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ObjectId;
    use uuid::Uuid;

    type Plain = BTreeSet<(Number<()>, ObjectId, Number<ObjectId>)>;

    fn of(plain: &Plain, owner: Number<()>, first: ObjectId) -> Vec<(ObjectId, Number<ObjectId>)> {
        plain
            .range((owner, first, Number::MIN)..=(owner, ObjectId::MAX, Number::MAX))
            .map(|(_, id, n)| (*id, *n))
            .collect()
    }

    /// Against a plain set: owners of none, few and many.
    #[test]
    fn members_come_in_the_order_of_their_ids() {
        let (mut index, mut plain) = (Index::<Number<()>, ObjectId>::default(), Plain::new());
        let mut random = 7_u64;
        for number in 0..9_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let owner = Number::new(u32::try_from((random >> 33) % 40 * ((random >> 13) % 40) / 40).unwrap());
            let id = ObjectId::new(Uuid::from_u128(u128::from(random) << 64));
            // Some of them twice.
            for _ in 0..=number % 2 {
                index.insert(owner, id, Number::new(number));
            }
            plain.insert((owner, id, Number::new(number)));
        }
        // Of the last owners there is none by place. Others are added to those that were there at once.
        let at_once = Index::sized(35).filled(plain.iter().rev().copied());
        let (first, rest): (Vec<_>, Vec<_>) = plain.iter().copied().partition(|(_, _, number)| number.get() < 5_000);
        let mut added_to = Index::sized(35).filled(first.iter().copied());
        rest.into_iter().for_each(|(owner, id, number)| added_to.insert(owner, id, number));
        let mut lengths = vec![];
        for owner in (0..50).map(Number::new) {
            let all = of(&plain, owner, ObjectId::MIN);
            lengths.push(u32::try_from(all.len()).unwrap());
            for first in all.iter().map(|(id, _)| *id).step_by(50).chain([ObjectId::MIN, ObjectId::MAX]) {
                for index in [&index, &at_once, &added_to] {
                    assert_eq!(index.from(owner, first).collect::<Vec<_>>(), of(&plain, owner, first));
                }
            }
        }
        assert!(lengths.iter().any(|n| *n > 2 * FEW) && lengths.iter().any(|n| (1..FEW).contains(n)), "{lengths:?}");
        assert!(lengths.contains(&0));
    }

    #[test]
    fn owners_without_a_place_have_members() {
        let ids = [3, 1, 2].map(|n| ObjectId::new(Uuid::from_u128(n)));
        let all = ids.iter().map(|id| ((), *id, Number::new(7)));
        let mut index = Index::<(), ObjectId>::default();
        all.clone().for_each(|(owner, id, number)| index.insert(owner, id, number));
        for index in [index, Index::default().filled(all)] {
            assert!(index.from((), ids[2]).map(|(id, _)| id).eq([ids[2], ids[0]]));
        }
    }
}
