//! A Windows Autopilot device in a customer's tenant.

use crate::{
    access::Permit,
    command::{AddDevice, Hardware, UpdateDevice},
    decide::Context,
    event::{DeviceAdded, DeviceRemoved, DeviceUpdated, Event, ProfileApplied},
    id::{CustomerId, DeviceId, ProfileId},
    refusal::Refusal,
    temporal::{EventRef, Period, Periods, Position, Standing},
    text::GroupTag,
    vocabulary::DeviceOrigin,
};

#[derive(Debug, Clone)]
pub struct Device {
    pub id: DeviceId,
    /// In whose tenant it is.
    pub customer: CustomerId,
    /// What identifies the hardware.
    pub hardware: Hardware,
    pub origin: DeviceOrigin,
    /// Since it was added, until it was removed.
    lifetime: Period,
    group_tag: Periods<GroupTag>,
    profile: Periods<ProfileId>,
}

impl Device {
    /// Adds a device: its id must be new, and its hardware registered with no tenant.
    pub fn decide_add(
        id_taken: bool,
        hardware_registered: bool,
        command: &AddDevice,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        if id_taken {
            return Err(Refusal::AlreadyExists("device"));
        }
        if hardware_registered {
            return Err(Refusal::DeviceAlreadyRegistered);
        }
        let AddDevice { customer, hardware, hardware_hash, origin, .. } = command.clone();
        let device = command.device.unwrap_or(DeviceId::new(context.fresh.entity));
        Ok(vec![DeviceAdded { customer, device, hardware, hardware_hash, origin }.into()])
    }

    /// Changes its group tag.
    pub fn decide_update(&self, command: &UpdateDevice, _: &Permit) -> Vec<Event> {
        let UpdateDevice { customer, device, group_tag } = command.clone();
        vec![DeviceUpdated { customer, device, group_tag }.into()]
    }

    /// Removes it; its hardware may be registered again.
    pub fn decide_remove(&self, _: &Permit) -> Vec<Event> {
        vec![DeviceRemoved { customer: self.customer, device: self.id }.into()]
    }

    /// A device as it is added.
    pub(crate) fn added(event: &DeviceAdded, at: EventRef) -> Self {
        let DeviceAdded { customer, device, hardware, origin, .. } = event;
        Self {
            id: *device,
            customer: *customer,
            hardware: hardware.clone(),
            origin: *origin,
            lifetime: Period::since(at),
            group_tag: Periods::default(),
            profile: Periods::default(),
        }
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::DeviceUpdated(DeviceUpdated { group_tag, .. }) if group_tag.is_empty() => self.group_tag.end(at),
            Event::DeviceUpdated(DeviceUpdated { group_tag, .. }) => self.group_tag.begin(group_tag.clone(), at),
            Event::ProfileApplied(ProfileApplied { profile, .. }) => self.profile.begin(*profile, at),
            Event::ProfileRemoved(_) => self.profile.end(at),
            Event::DeviceRemoved(_) => {
                self.profile.end(at);
                self.lifetime.until = Some(at);
            }
            _ => {}
        }
    }

    /// Whether it was there: since it was added, until it was removed.
    pub fn standing(&self, at: Position) -> Standing {
        self.lifetime.standing(at)
    }

    /// The event that added it.
    pub fn added_by(&self) -> EventRef {
        self.lifetime.from
    }

    /// The same, as yes or no.
    pub fn is_there(&self, at: Position) -> bool {
        self.standing(at).is_in_force()
    }

    pub fn group_tag(&self, at: Position) -> Option<&GroupTag> {
        self.group_tag.at(at).map(|period| &period.value)
    }

    /// The profile applied to it.
    pub fn profile(&self, at: Position) -> Option<ProfileId> {
        self.profile.at(at).map(|period| period.value)
    }
}
