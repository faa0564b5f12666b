//! A Windows Autopilot device in a customer's tenant.

use super::profile;
use crate::{
    access::Permit,
    command::{AddDevice, Hardware, UpdateDevice},
    decide::Context,
    event::{DeviceAdded, DeviceRemoved, DeviceUpdated, Event, ProfileApplied, ProfileRemoved},
    id::{CustomerId, DeviceId, ProfileId},
    refusal::Refusal,
    store::{DeviceNumber, DeviceRow, Store, periods::lifetime},
    temporal::{EventRef, Position, Standing},
    text::DeviceField,
    vocabulary::DeviceOrigin,
};

/// A device, there or removed.
#[derive(Clone, Copy)]
pub struct Device<'s> {
    store: &'s Store,
    number: DeviceNumber,
    row: &'s DeviceRow,
}

impl<'s> Device<'s> {
    /// Adds a device, with its group tag: its id must be new, and its hardware registered with no tenant.
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
        let AddDevice { customer, hardware, hardware_hash, group_tag, origin, .. } = command.clone();
        let device = command.device.unwrap_or(DeviceId::new(context.fresh.entity));
        let group_tag = group_tag.filter(|group_tag| !group_tag.is_empty());
        let tagged = group_tag.map(|group_tag| DeviceUpdated { customer, device, group_tag }.into());
        let added = DeviceAdded { customer, device, hardware, hardware_hash, origin }.into();
        Ok([added].into_iter().chain(tagged).collect())
    }

    /// Changes its group tag.
    pub fn decide_update(&self, command: &UpdateDevice, _: &Permit) -> Vec<Event> {
        let UpdateDevice { customer, device, group_tag } = command.clone();
        vec![DeviceUpdated { customer, device, group_tag }.into()]
    }

    /// Removes it; its hardware may be registered again.
    pub fn decide_remove(&self, _: &Permit) -> Vec<Event> {
        vec![DeviceRemoved { customer: self.customer(), device: self.id() }.into()]
    }

    /// The device of that id.
    pub(crate) fn find(store: &'s Store, device: DeviceId) -> Option<Self> {
        Some(Self::numbered(store, store.devices.find(device)?))
    }

    pub(crate) fn numbered(store: &'s Store, number: DeviceNumber) -> Self {
        Self { store, number, row: store.devices.row(number) }
    }

    pub fn id(self) -> DeviceId {
        self.store.devices.key(self.number)
    }

    /// In whose tenant it is.
    pub fn customer(self) -> CustomerId {
        self.store.tenant_id(self.row.customer).as_customer()
    }

    /// What identifies the hardware.
    pub fn hardware(self) -> Hardware {
        let DeviceRow { serial_number, manufacturer, model, .. } = *self.row;
        let [serial_number, manufacturer, model] =
            [serial_number, manufacturer, model].map(|text| DeviceField::kept(self.store.texts.get(text)));
        Hardware { serial_number, manufacturer, model }
    }

    pub fn origin(self) -> DeviceOrigin {
        self.store.origin(self.row.origin)
    }

    /// Whether it was there: since it was added, until it was removed.
    pub fn standing(self, at: Position) -> Standing {
        lifetime(self.row.added, self.row.removed, at)
    }

    /// The event that added it.
    pub fn added_by(self) -> EventRef {
        self.row.added.get()
    }

    /// The same, as yes or no.
    pub fn is_there(self, at: Position) -> bool {
        self.standing(at).is_in_force()
    }

    pub fn group_tag(self, at: Position) -> Option<&'s str> {
        self.row.group_tag.view(&self.store.tags).at(at).map(|period| self.store.texts.get(period.value))
    }

    /// The profile applied to it.
    pub fn profile(self, at: Position) -> Option<ProfileId> {
        let applied = self.row.profile.view(&self.store.older_profiles).at(at);
        applied.map(|period| self.store.profiles.key(period.value))
    }
}

/// Takes in what happened to devices, and how many their profiles are applied to.
pub(crate) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::DeviceAdded(DeviceAdded { customer, device, hardware, origin, .. }) => {
            let (customer, origin) = (store.keep_tenant(*customer), store.keep_origin(*origin));
            let Hardware { serial_number, manufacturer, model } = hardware;
            let [serial_number, manufacturer, model] =
                [serial_number, manufacturer, model].map(|text| store.texts.keep(text));
            let added = at.into();
            let row = DeviceRow { customer, origin, serial_number, manufacturer, model, added, ..DeviceRow::default() };
            let number = store.devices.insert(*device, row);
            store.devices_of.insert(customer, *device, number);
            store.hardware.insert(number, &store.devices);
        }
        Event::DeviceUpdated(DeviceUpdated { device, group_tag, .. }) => {
            let Some(device) = store.devices.find(*device) else { return };
            let tag = &mut store.devices.row_mut(device).group_tag;
            if group_tag.is_empty() {
                tag.end(at, &mut store.tags);
            } else {
                tag.begin(store.texts.keep(group_tag), at, &mut store.tags);
            }
        }
        Event::DeviceRemoved(DeviceRemoved { device, .. }) => {
            let Some(device) = store.devices.find(*device) else { return };
            take_off(store, device, at);
            store.devices.row_mut(device).removed = at.into();
            store.hardware.remove(device, &store.devices);
        }
        Event::ProfileApplied(ProfileApplied { profile, devices, .. }) => {
            let Some(profile) = store.profiles.find(*profile) else { return };
            for device in devices {
                let Some(device) = store.devices.find(*device) else { continue };
                let is_applied = store.devices.row(device).profile.now() == Some(profile);
                if !is_applied {
                    take_off(store, device, at);
                }
                let row = store.devices.row_mut(device);
                row.profile.begin(profile, at, &mut store.older_profiles);
                let origin = row.origin;
                if !is_applied {
                    profile::applied(store, profile, origin, at.position);
                }
            }
        }
        Event::ProfileRemoved(ProfileRemoved { devices, .. }) => {
            for device in devices {
                if let Some(device) = store.devices.find(*device) {
                    take_off(store, device, at);
                }
            }
        }
        _ => {}
    }
}

/// Takes the profile off that is applied to the device, if one is.
fn take_off(store: &mut Store, device: DeviceNumber, at: EventRef) {
    let row = store.devices.row_mut(device);
    if let Some(profile) = row.profile.now() {
        row.profile.end(at);
        let origin = row.origin;
        profile::taken_off(store, profile, origin, at.position);
    }
}
