//! The users of a tenant's group or role, one after the other. What is asked about each of them lies anywhere in memory: it is
//! on its way before they come to it.

use super::{MemberOf, MembershipKey, Store, TenantNumber, periods::PackedPeriods, table::Number};
use crate::{counted::ask, id::ObjectId, vocabulary::PartnerGroup};

/// A user's membership is fetched so many users before they come to it.
const MEMBERSHIPS: usize = 8;
/// What is found by what that says is fetched so many users before.
const PLACES: usize = 4;

impl Store {
    /// Those who were ever in it, from that one on.
    pub(crate) fn members_from(
        &self,
        tenant: TenantNumber,
        of: MemberOf,
        from: ObjectId,
    ) -> impl Iterator<Item = (ObjectId, &PackedPeriods)> {
        let members = self.members.unasked((tenant, of), from);
        let mut memberships = members.clone();
        memberships.by_ref().take(MEMBERSHIPS).for_each(|member| self.fetch_membership(member));
        let mut places = members.clone();
        places.by_ref().take(PLACES).for_each(|member| self.fetch_places(member));
        members.map(move |(user, number)| {
            ask();
            memberships.next().into_iter().for_each(|member| self.fetch_membership(member));
            places.next().into_iter().for_each(|member| self.fetch_places(member));
            (user, self.memberships.row(number))
        })
    }

    /// Has the user's membership on its way, and where the user is found by id.
    fn fetch_membership(&self, (user, number): (ObjectId, Number<MembershipKey>)) {
        self.memberships.fetch_row(number);
        self.users.ahead(user);
    }

    /// Once those are here: what is found by the id, and where each membership is found that rules may ask for.
    fn fetch_places(&self, (_, number): (ObjectId, Number<MembershipKey>)) {
        let key = self.memberships.key(number);
        self.users.fetch_row(key.user);
        let groups = PartnerGroup::ALL.iter().map(|group| MemberOf::from(*group));
        for of in groups.chain(key.of.role().map(|_| key.of)) {
            self.memberships.ahead(MembershipKey { of, ..key });
        }
    }
}
