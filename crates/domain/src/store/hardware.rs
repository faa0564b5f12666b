//! Which device is registered with which hardware now.

use super::{DeviceNumber, DeviceRow, HardwareKey, periods::PackedRef, slots::Slots, table::Table};
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
    /// Of the devices in the table.
    pub(crate) fn of(devices: &Table<DeviceId, DeviceRow>) -> Self {
        let hash = RandomState::default();
        // Which of them is meant is the rows' business.
        let numbers = Slots::of(devices.len(), hashed(devices, &hash), |_, _| false);
        Self { numbers: numbers.unwrap_or_default(), hash }
    }

    pub(crate) fn find(&self, hardware: HardwareKey, devices: &Table<DeviceId, DeviceRow>) -> Option<DeviceNumber> {
        let is_it = |number| HardwareKey::from(devices.row(DeviceNumber::new(number))) == hardware;
        self.numbers.find(self.hash.hash_one(hardware), is_it).map(DeviceNumber::new)
    }

    /// Adds a device that is in the table.
    pub(crate) fn insert(&mut self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) {
        let Self { numbers, hash } = self;
        numbers.insert(hash_of(device.get(), devices, hash), device.get(), || hashed(devices, hash));
    }

    /// Takes a device away that was added.
    pub(crate) fn remove(&mut self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) {
        let Self { numbers, hash } = self;
        let hash_of = |device| hash_of(device, devices, hash);
        numbers.remove(hash_of(device.get()), device.get(), hash_of);
    }
}

/// The devices that are there, with the hashes of their hardware.
fn hashed(devices: &Table<DeviceId, DeviceRow>, by: &RandomState) -> impl Iterator<Item = (u64, u32)> {
    let there =
        (0..devices.len()).filter(|device| devices.row(DeviceNumber::new(*device)).removed == PackedRef::default());
    there.map(|device| (hash_of(device, devices, by), device))
}

fn hash_of(device: u32, devices: &Table<DeviceId, DeviceRow>, by: &RandomState) -> u64 {
    by.hash_one(HardwareKey::from(devices.row(DeviceNumber::new(device))))
}
