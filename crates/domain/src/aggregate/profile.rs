//! An Autopilot deployment profile in a customer's tenant.

use super::device::Device;
use crate::{
    access::Permit,
    command::{ApplyProfile, CreateProfile, ProfileSettings, RemoveProfile, UpdateProfile},
    decide::Context,
    event::{Event, ProfileApplied, ProfileCreated, ProfileDeleted, ProfileRemoved, ProfileUpdated},
    id::{CustomerId, PartnerId, ProfileId},
    refusal::Refusal,
    temporal::{Count, EventRef, Periods, Position, Standing},
    text::Name,
    vocabulary::DeviceOrigin,
};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct Profile {
    pub id: ProfileId,
    /// In whose tenant it is.
    pub customer: CustomerId,
    content: Periods<Content>,
    /// How many devices it is applied to, and of them, how many by each partner that added them, or the customer.
    devices: Count,
    devices_of: BTreeMap<Option<PartnerId>, Count>,
}

/// What a profile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub name: Name,
    pub settings: ProfileSettings,
}

impl Profile {
    /// Makes a profile: its id must be new.
    pub fn decide_create(
        id_taken: bool,
        command: &CreateProfile,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        if id_taken {
            return Err(Refusal::AlreadyExists("profile"));
        }
        let CreateProfile { customer, profile, name, settings } = command.clone();
        let profile = profile.unwrap_or(ProfileId::new(context.fresh.entity));
        let settings = settings.unwrap_or_default().applied(ProfileSettings::default());
        Ok(vec![ProfileCreated { customer, profile, name, settings }.into()])
    }

    /// Changes its name, its settings or both; what is left out stays.
    pub fn decide_update(&self, command: &UpdateProfile, _: &Permit, now: Position) -> Result<Vec<Event>, Refusal> {
        let content = self.content(now).ok_or(Refusal::NotFound("profile"))?;
        let UpdateProfile { customer, profile, name, settings } = command.clone();
        let name = name.unwrap_or_else(|| content.name.clone());
        let settings = settings.unwrap_or_default().applied(content.settings);
        Ok(vec![ProfileUpdated { customer, profile, name, settings }.into()])
    }

    /// Deletes it, unless it is applied to devices.
    pub fn decide_delete(&self, _: &Permit) -> Result<Vec<Event>, Refusal> {
        if self.is_in_use() {
            return Err(Refusal::ProfileInUse(self.devices.newest()));
        }
        Ok(vec![ProfileDeleted { customer: self.customer, profile: self.id }.into()])
    }

    /// Applies it to devices, in place of what each of them had (APL-4).
    pub fn decide_apply(&self, command: &ApplyProfile, _: &[Permit]) -> Vec<Event> {
        let (customer, profile, devices) = (self.customer, self.id, command.devices.to_vec());
        vec![ProfileApplied { customer, profile, devices }.into()]
    }

    /// Removes it from devices, to each of which it must be applied (APL-4).
    pub fn decide_remove<'d>(
        &self,
        command: &RemoveProfile,
        mut devices: impl Iterator<Item = &'d Device>,
        _: &[Permit],
        now: Position,
    ) -> Result<Vec<Event>, Refusal> {
        if let Some(other) = devices.find(|device| device.profile(now) != Some(self.id)) {
            return Err(Refusal::ProfileNotApplied(other.id));
        }
        let (customer, profile, devices) = (self.customer, self.id, command.devices.to_vec());
        Ok(vec![ProfileRemoved { customer, profile, devices }.into()])
    }

    /// A profile as it is made.
    pub(crate) fn created(event: &ProfileCreated, at: EventRef) -> Self {
        let ProfileCreated { customer, profile, name, settings } = event.clone();
        let mut content = Periods::default();
        content.begin(Content { name, settings }, at);
        Self { id: profile, customer, content, devices: Count::default(), devices_of: BTreeMap::new() }
    }

    /// Takes in that it was applied to one more device.
    pub(crate) fn applied(&mut self, origin: DeviceOrigin, at: Position) {
        self.devices.add(at);
        self.devices_of.entry(origin.partner()).or_default().add(at);
    }

    /// Takes in that it is not applied to one of its devices any more.
    pub(crate) fn taken_off(&mut self, origin: DeviceOrigin, at: Position) {
        self.devices.take(at);
        self.devices_of.entry(origin.partner()).or_default().take(at);
    }

    /// Whether it is applied to a device now.
    pub(crate) fn is_in_use(&self) -> bool {
        self.devices.newest() > 0
    }

    /// How many devices it was applied to.
    pub fn devices(&self, at: Position) -> usize {
        self.devices.at(at)
    }

    /// How many of them each partner had added, or, by `None`, the customer.
    pub fn devices_by_origin(&self, at: Position) -> impl Iterator<Item = (Option<PartnerId>, usize)> {
        self.devices_of.iter().map(move |(partner, count)| (*partner, count.at(at)))
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::ProfileUpdated(ProfileUpdated { name, settings, .. }) => {
                self.content.begin(Content { name: name.clone(), settings: *settings }, at);
            }
            Event::ProfileDeleted(_) => self.content.end(at),
            _ => {}
        }
    }

    /// Whether it was there, as its newest change left it.
    pub fn standing(&self, at: Position) -> Standing {
        self.content.standing(at)
    }

    /// What it said; nothing before it was made and after it was deleted.
    pub fn content(&self, at: Position) -> Option<&Content> {
        self.content.at(at).map(|period| &period.value)
    }
}
