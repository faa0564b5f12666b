//! What another Autopilot policy changes: the same roles allow other actions under it (APL-8).

use procura_domain::{
    access::{self, CustomerAction, DeviceAction, Named, ProfileAction, Question, Resource, Subject},
    facts::{Facts, UnderPolicy},
    id::{CustomerId, PartnerId},
    state::State,
    temporal::Moment,
    vocabulary::{AutopilotPolicy, DeviceOrigin, GroupOf, PartnerGroup},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// The Autopilot actions that a partner's AdminAgents get or lose in a customer's tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionChanges {
    pub partner: PartnerId,
    pub customer: CustomerId,
    /// What they can do afterwards, and could not before; by name.
    pub gained: Vec<ActionOn>,
    /// What they could do before, and cannot afterwards.
    pub lost: Vec<ActionOn>,
}

/// An action, on so many resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionOn {
    pub action: Cow<'static, str>,
    /// On how many customers, devices or profiles.
    pub resources: usize,
}

/// What the partners' AdminAgents get and lose in the customer's tenant where that policy takes the place of the one in
/// force at the moment. Partners for whom nothing changes are left out.
pub fn under_policy(state: &State, customer: CustomerId, policy: AutopilotPolicy, at: Moment) -> Vec<ActionChanges> {
    let asked = autopilot_resources(state, customer, at);
    let then = UnderPolicy { facts: state, policy };
    let active = state.relationships_of(customer).filter(|found| found.relationship(at.position).is_in_force());
    let changes = active.map(|relationship| {
        let partner = relationship.pair().partner;
        let subject = Subject::Group(GroupOf { group: PartnerGroup::AdminAgents, partner });
        let mut changes = ActionChanges { partner, customer, gained: Vec::new(), lost: Vec::new() };
        for (resource, resources) in &asked {
            let question = Question { subject, resource: resource.clone() };
            let side = match (may(&question, at, state), may(&question, at, &then)) {
                (false, true) => &mut changes.gained,
                (true, false) => &mut changes.lost,
                _ => continue,
            };
            let action = resource.action();
            match side.iter_mut().find(|on| on.action == action) {
                Some(on) => on.resources += resources,
                None => side.push(ActionOn { action: action.into(), resources: *resources }),
            }
        }
        changes.gained.sort_by(|one, other| one.action.cmp(&other.action));
        changes.lost.sort_by(|one, other| one.action.cmp(&other.action));
        changes
    });
    changes.filter(|changes| !changes.gained.is_empty() || !changes.lost.is_empty()).collect()
}

/// One of each kind of resource that the Autopilot rules tell apart, with every action on it, and how many there are of
/// that kind: a device is told apart by who added it, and by nothing else.
fn autopilot_resources(state: &State, customer: CustomerId, at: Moment) -> Vec<(Resource, usize)> {
    let mut asked = vec![(Resource::Customer(CustomerAction::CreateProfile, customer, Named::default()), 1)];
    let profiles: Vec<_> = state.profiles_of(customer).filter(|found| found.content(at.position).is_some()).collect();
    if let Some(profile) = profiles.first() {
        let on = |action: &ProfileAction| (Resource::Profile(*action, profile.id()), profiles.len());
        asked.extend(ProfileAction::ALL.iter().map(on));
    }
    let mut by_origin: BTreeMap<DeviceOrigin, (_, usize)> = BTreeMap::new();
    for device in state.devices_of(customer).filter(|device| device.is_there(at.position)) {
        by_origin.entry(device.origin()).or_insert((device.id(), 0)).1 += 1;
    }
    for (device, devices) in by_origin.into_values() {
        asked.extend(DeviceAction::ALL.iter().map(|action| (Resource::Device(*action, device), devices)));
    }
    asked
}

fn may(question: &Question, at: Moment, facts: &impl Facts) -> bool {
    access::decide(question, at, facts).is_allowed()
}
