//! The users of a tenant's group or role, one after the other. What is asked about each of them lies anywhere in memory: it is
//! on its way before they come to it.

use super::{MemberOf, MembershipKey, Store, TenantNumber, periods::PackedPeriods, table::Number};
use crate::{counted::ask, id::ObjectId, vocabulary::PartnerGroup};

/// How many users before they come to one its row is fetched.
const ROWS: usize = 8;
/// And with it, what is found by its id and its number.
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
        let mut rows = members.clone();
        rows.by_ref().take(ROWS).for_each(|member| self.fetch_rows(member));
        let mut places = members.clone();
        places.by_ref().take(PLACES).for_each(|member| self.fetch_places(member));
        members.map(move |(user, number)| {
            ask();
            rows.next().into_iter().for_each(|member| self.fetch_rows(member));
            places.next().into_iter().for_each(|member| self.fetch_places(member));
            (user, self.memberships.row(number))
        })
    }

    /// Has the user's row in it on its way, and where the user is found by id.
    fn fetch_rows(&self, (user, number): (ObjectId, Number<MembershipKey>)) {
        self.memberships.fetch_row(number);
        self.users.ahead(user);
    }

    /// Once those are here: what is found by the id, and where each of the groups is that the user may be in.
    fn fetch_places(&self, (_, number): (ObjectId, Number<MembershipKey>)) {
        let key = self.memberships.key(number);
        self.users.fetch_row(key.user);
        let groups = PartnerGroup::ALL.iter().map(|group| MemberOf::from(*group));
        for of in groups.chain(key.of.role().map(|_| key.of)) {
            self.memberships.ahead(MembershipKey { of, ..key });
        }
    }
}
