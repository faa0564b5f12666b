//! View 6: a customer's Autopilot devices and deployment profiles.

use procura_domain::{
    access::{self, DeviceAction, ProfileAction, Question, Resource, Subject},
    aggregate::device::Device,
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
    /// Who added it: `partner` or `source`; to a partner's agent another partner is null (VIS-6).
    #[serde(flatten)]
    pub origin: DisclosedOrigin,
    pub added: Option<Timestamp>,
    pub group_tag: Option<String>,
    /// The profile applied to it, if the reader may see that one.
    pub profile: Option<ProfileId>,
    /// The event that added it.
    #[serde(skip)]
    pub event: EventRef,
}

/// Who added a device, as far as somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DisclosedOrigin {
    Known(DeviceOrigin),
    AnotherPartner { partner: () },
}

impl DisclosedOrigin {
    fn to(agent: Option<Subject>, origin: DeviceOrigin) -> Self {
        match (agent, origin) {
            (Some(agent), DeviceOrigin::Partner(partner)) if agent.tenant() != partner.into() => {
                Self::AnotherPartner { partner: () }
            }
            _ => Self::Known(origin),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileRow {
    pub id: ProfileId,
    pub name: String,
    pub settings: ProfileSettings,
    /// To how many of the devices that the reader sees it is applied.
    pub devices: usize,
}

/// The customer's devices, by id: all of them, or those that this agent may manage or delete (VIS-2).
pub fn devices(state: &State, customer: CustomerId, agent: Option<Subject>, at: Moment) -> Vec<DeviceRow> {
    let row = shown_devices(state, customer, agent, at).map(|device| DeviceRow {
        id: device.id,
        hardware: device.hardware.clone(),
        origin: DisclosedOrigin::to(agent, device.origin),
        added: state.timeline.recorded_at(device.added_by().position),
        group_tag: device.group_tag(at.position).map(ToString::to_string),
        profile: device.profile(at.position).filter(|profile| sees_profile(state, agent, *profile, at)),
        event: device.added_by(),
    });
    row.collect()
}

/// The customer's profiles, by id: all of them, or those that this agent may change (VIS-2).
pub fn profiles(state: &State, customer: CustomerId, agent: Option<Subject>, at: Moment) -> Vec<ProfileRow> {
    let mut devices: BTreeMap<ProfileId, usize> = BTreeMap::new();
    for profile in shown_devices(state, customer, agent, at).filter_map(|device| device.profile(at.position)) {
        *devices.entry(profile).or_default() += 1;
    }
    let shown = state.profiles_of(customer).filter(|profile| sees_profile(state, agent, profile.id, at));
    let row = shown.filter_map(|profile| {
        let content = profile.content(at.position)?;
        let (name, settings) = (content.name.to_string(), content.settings);
        let devices = devices.get(&profile.id).copied().unwrap_or(0);
        Some(ProfileRow { id: profile.id, name, settings, devices })
    });
    row.collect()
}

fn shown_devices(
    state: &State,
    customer: CustomerId,
    agent: Option<Subject>,
    at: Moment,
) -> impl Iterator<Item = &Device> {
    let there = state.devices_of(customer).filter(move |device| device.is_there(at.position));
    there.filter(move |device| {
        agent.is_none_or(|subject| {
            let may = |action| may(state, subject, Resource::Device(action, device.id), at);
            may(DeviceAction::Manage) || may(DeviceAction::Delete)
        })
    })
}

fn sees_profile(state: &State, agent: Option<Subject>, profile: ProfileId, at: Moment) -> bool {
    agent.is_none_or(|subject| may(state, subject, Resource::Profile(ProfileAction::Update, profile), at))
}

fn may(state: &State, subject: Subject, resource: Resource, at: Moment) -> bool {
    access::decide(&Question { subject, resource }, at, state).is_allowed()
}
