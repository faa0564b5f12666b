//! View 6: who is in a partner's group.

use crate::{
    directory_role_members::Member,
    looked::{Looked, looking},
};
use procura_domain::{
    id::{ObjectId, PartnerId},
    state::State,
    temporal::Moment,
    vocabulary::PartnerGroup,
};

/// The members of the partner's group from that one on, by object id.
pub fn group_members(
    state: &State,
    partner: PartnerId,
    group: PartnerGroup,
    at: Moment,
    from: ObjectId,
) -> impl Iterator<Item = Looked<ObjectId, Member>> {
    let members = state.tenant(partner.into()).into_iter().flat_map(move |tenant| tenant.members_ever(group, from));
    looking(members, move |(user, periods)| Member::looked(user, periods, at))
}
