//! View 6: a customer's Autopilot devices and deployment profiles.

use procura_domain::{
    access::{self, DeviceAction, ProfileAction, Question, Resource, Subject},
    command::{Hardware, ProfileSettings},
    id::{CustomerId, DeviceId, ProfileId},
    state::State,
    temporal::{EventRef, Moment, Timestamp},
    vocabulary::DeviceOrigin,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// One device. Its product key stands sealed beside the event that added it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRow {
    pub id: DeviceId,
    /// What identifies the hardware.
    #[serde(flatten)]
    pub hardware: Hardware,
    /// Who added it: `partner` or `source`.
    #[serde(flatten)]
    pub origin: DeviceOrigin,
    pub added: Option<Timestamp>,
    pub group_tag: Option<String>,
    /// The profile applied to it.
    pub profile: Option<ProfileId>,
    /// The event that added it.
    #[serde(skip)]
    pub event: EventRef,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileRow {
    pub id: ProfileId,
    pub name: String,
    pub settings: ProfileSettings,
    /// To how many devices it is applied.
    pub devices: usize,
}

/// The customer's devices, by id: all of them, or those that this agent may manage or delete (VIS-2).
pub fn devices(state: &State, customer: CustomerId, agent: Option<Subject>, at: Moment) -> Vec<DeviceRow> {
    let there = state.devices_of(customer).filter(|device| device.is_there(at.position));
    let shown = there.filter(|device| {
        agent.is_none_or(|subject| {
            let may = |action| may(state, subject, Resource::Device(action, device.id), at);
            may(DeviceAction::Manage) || may(DeviceAction::Delete)
        })
    });
    let row = shown.map(|device| DeviceRow {
        id: device.id,
        hardware: device.hardware.clone(),
        origin: device.origin,
        added: state.timeline.recorded_at(device.added_by().position),
        group_tag: device.group_tag(at.position).map(ToString::to_string),
        profile: device.profile(at.position),
        event: device.added_by(),
    });
    row.collect()
}

/// The customer's profiles, by id: all of them, or those that this agent may change (VIS-2).
pub fn profiles(state: &State, customer: CustomerId, agent: Option<Subject>, at: Moment) -> Vec<ProfileRow> {
    let mut devices: BTreeMap<ProfileId, usize> = BTreeMap::new();
    for profile in state.devices_of(customer).filter_map(|device| device.profile(at.position)) {
        *devices.entry(profile).or_default() += 1;
    }
    let shown = state.profiles_of(customer).filter(|profile| {
        agent.is_none_or(|subject| may(state, subject, Resource::Profile(ProfileAction::Update, profile.id), at))
    });
    let row = shown.filter_map(|profile| {
        let content = profile.content(at.position)?;
        let (name, settings) = (content.name.to_string(), content.settings);
        let devices = devices.get(&profile.id).copied().unwrap_or(0);
        Some(ProfileRow { id: profile.id, name, settings, devices })
    });
    row.collect()
}

fn may(state: &State, subject: Subject, resource: Resource, at: Moment) -> bool {
    access::decide(&Question { subject, resource }, at, state).is_allowed()
}
