//! A Windows Autopilot device in a customer's tenant.

use crate::{
    access::Permit,
    command::{AddDevice, Hardware},
    decide::Context,
    event::{DeviceAdded, Event},
    id::{CustomerId, DeviceId},
    refusal::Refusal,
    temporal::EventRef,
    vocabulary::DeviceOrigin,
};

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// In whose tenant it is.
    pub customer: CustomerId,
    /// What identifies the hardware.
    pub hardware: Hardware,
    /// Who added it.
    pub origin: DeviceOrigin,
    /// The event that added it.
    pub added: EventRef,
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
        let AddDevice { customer, hardware, hardware_hash, product_key, origin, .. } = command.clone();
        let device = command.device.unwrap_or(DeviceId::new(context.fresh.entity));
        Ok(vec![DeviceAdded { customer, device, hardware, hardware_hash, product_key, origin }.into()])
    }

    /// A device as it is added.
    pub(crate) fn added(event: &DeviceAdded, at: EventRef) -> Self {
        let DeviceAdded { customer, device, hardware, origin, .. } = event;
        Self { id: *device, customer: *customer, hardware: hardware.clone(), origin: *origin, added: at }
    }
}
