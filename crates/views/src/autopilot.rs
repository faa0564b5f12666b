//! View 6: a customer's Autopilot devices and deployment profiles.

use crate::looked::{Looked, looking};
use procura_domain::{
    access::{self, DeviceAction, ProfileAction, Question, Resource, Subject},
    aggregate::profile::Profile,
    command::{Hardware, ProfileSettings},
    event::EventType,
    facts::{DeviceFact, Facts, WithDevice},
    id::{CustomerId, DeviceId, Id, ProfileId},
    state::State,
    temporal::{EventRef, Moment, Timestamp},
    vocabulary::{CustomerChannel, DeviceOrigin},
};
use serde::Serialize;

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

/// The customer's devices from that one on, by id: all of them, or those that this agent may manage or delete (VIS-2).
pub fn devices(
    state: &State,
    customer: CustomerId,
    agent: Option<Subject>,
    at: Moment,
    from: DeviceId,
) -> impl Iterator<Item = Looked<DeviceId, DeviceRow>> {
    state.devices_from(customer, from).map(move |device| {
        let seen = device.is_there(at.position) && agent.is_none_or(|agent| sees_device(state, agent, device.id(), at));
        let row = seen.then(|| DeviceRow {
            id: device.id(),
            hardware: device.hardware(),
            origin: DisclosedOrigin::to(agent, device.origin()),
            added: state.timeline.recorded_at(device.added_by().position),
            group_tag: device.group_tag(at.position).map(ToString::to_string),
            profile: device.profile(at.position).filter(|profile| sees_profile(state, agent, *profile, at)),
            event: device.added_by(),
        });
        Looked::new(device.id(), row)
    })
}

/// The customer's profiles from that one on, by id: all of them, or those that this agent may change (VIS-2).
pub fn profiles(
    state: &State,
    customer: CustomerId,
    agent: Option<Subject>,
    at: Moment,
    from: ProfileId,
) -> impl Iterator<Item = Looked<ProfileId, ProfileRow>> {
    looking(state.profiles_from(customer, from), move |profile| {
        let content = profile.content(at.position).filter(|_| sees_profile(state, agent, profile.id(), at));
        let row = content.map(|content| {
            let (name, settings) = (content.name.to_string(), content.settings);
            let devices =
                agent.map_or_else(|| profile.devices(at.position), |agent| seen_devices(state, agent, profile, at));
            ProfileRow { id: profile.id(), name, settings, devices }
        });
        Looked::new(profile.id(), row)
    })
}

/// To how many devices that the agent sees the profile is applied. What it may do with one follows from who added it.
fn seen_devices(state: &State, agent: Subject, profile: Profile<'_>, at: Moment) -> usize {
    let by_origin = profile.devices_by_origin(at.position).filter(|(_, count)| *count > 0);
    let seen = by_origin.filter(|(partner, _)| {
        let origin = partner.map_or(DeviceOrigin::Customer(CustomerChannel::Intune), DeviceOrigin::Partner);
        let added = EventRef { position: at.position, event: EventType::DeviceAdded };
        let device = DeviceFact { customer: profile.customer(), origin, added };
        sees_device(&WithDevice { facts: state, device }, agent, DeviceId::MIN, at)
    });
    seen.map(|(_, count)| count).sum()
}

fn sees_device(facts: &impl Facts, agent: Subject, device: DeviceId, at: Moment) -> bool {
    let may = |action| may(facts, agent, Resource::Device(action, device), at);
    may(DeviceAction::Manage) || may(DeviceAction::Delete)
}

fn sees_profile(state: &State, agent: Option<Subject>, profile: ProfileId, at: Moment) -> bool {
    agent.is_none_or(|subject| may(state, subject, Resource::Profile(ProfileAction::Update, profile), at))
}

fn may(facts: &impl Facts, subject: Subject, resource: Resource, at: Moment) -> bool {
    access::decide(&Question { subject, resource }, at, facts).is_allowed()
}
