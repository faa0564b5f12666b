//! View 6: who is in a partner's group.

use crate::directory_role_members::Member;
use procura_domain::{id::PartnerId, state::State, temporal::Moment, vocabulary::PartnerGroup};

/// The members of the partner's group, by object id.
pub fn group_members(state: &State, partner: PartnerId, group: PartnerGroup, at: Moment) -> Vec<Member> {
    let Some(tenant) = state.tenant(partner.into()) else { return Vec::new() };
    let members = tenant.group_members().filter(|(of, _, periods)| *of == group && periods.at(at.position).is_some());
    members.map(|(_, user, _)| Member { user }).collect()
}
