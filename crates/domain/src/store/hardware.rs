//! Which device is registered with which hardware now.

use super::{DeviceNumber, DeviceRow, HardwareKey, slots::Slots, table::Table};
use crate::id::DeviceId;
use foldhash::quality::RandomState;
use std::hash::BuildHasher as _;

/// The devices that are there, by what their rows say.
#[derive(Debug, Clone, Default)]
pub(crate) struct HardwareIndex {
    numbers: Slots,
    hash: RandomState,
}

impl From<&DeviceRow> for HardwareKey {
    fn from(DeviceRow { serial_number, manufacturer, model, .. }: &DeviceRow) -> Self {
        Self { serial_number: *serial_number, manufacturer: *manufacturer, model: *model }
    }
}

impl HardwareIndex {
    /// Of those devices of the table.
    pub(crate) fn of(there: impl Iterator<Item = DeviceNumber>, devices: &Table<DeviceId, DeviceRow>) -> Self {
        let mut index = Self::default();
        let hashed = there.map(|device| (index.hash_of(device, devices), device.get()));
        // Which of them is meant is the rows' business.
        index.numbers = Slots::of(devices.len(), hashed, |_, _| false).unwrap_or_default();
        index
    }

    pub(crate) fn find(&self, hardware: HardwareKey, devices: &Table<DeviceId, DeviceRow>) -> Option<DeviceNumber> {
        let is_it = |number| HardwareKey::from(devices.row(DeviceNumber::new(number))) == hardware;
        self.numbers.find(self.hash.hash_one(hardware), is_it).map(DeviceNumber::new)
    }

    /// Adds a device that is in the table.
    pub(crate) fn insert(&mut self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) {
        self.numbers.insert(self.hash_of(device, devices), device.get());
    }

    pub(crate) fn remove(&mut self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) {
        self.numbers.remove(self.hash_of(device, devices), device.get());
    }

    fn hash_of(&self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) -> u64 {
        self.hash.hash_one(HardwareKey::from(devices.row(device)))
    }
}
