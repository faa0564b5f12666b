//! Which device is registered with which hardware now.

use super::{DeviceNumber, DeviceRow, HardwareKey, table::Table};
use crate::id::DeviceId;
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher as _;

/// The devices that are there, by what their rows say.
#[derive(Debug, Clone, Default)]
pub(crate) struct HardwareIndex {
    numbers: HashTable<DeviceNumber>,
    hash: RandomState,
}

impl From<&DeviceRow> for HardwareKey {
    fn from(DeviceRow { serial_number, manufacturer, model, .. }: &DeviceRow) -> Self {
        Self { serial_number: *serial_number, manufacturer: *manufacturer, model: *model }
    }
}

impl HardwareIndex {
    /// With room for so many devices.
    pub(crate) fn sized(devices: u32) -> Self {
        Self { numbers: HashTable::with_capacity(devices as usize), ..Self::default() }
    }

    pub(crate) fn find(&self, hardware: HardwareKey, devices: &Table<DeviceId, DeviceRow>) -> Option<DeviceNumber> {
        let is_it = |number: &DeviceNumber| HardwareKey::from(devices.row(*number)) == hardware;
        self.numbers.find(self.hash.hash_one(hardware), is_it).copied()
    }

    /// Adds a device that is in the table.
    pub(crate) fn insert(&mut self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) {
        let Self { numbers, hash } = self;
        let hash_of = |number: &DeviceNumber| hash.hash_one(HardwareKey::from(devices.row(*number)));
        numbers.insert_unique(hash_of(&device), device, hash_of);
    }

    pub(crate) fn remove(&mut self, device: DeviceNumber, devices: &Table<DeviceId, DeviceRow>) {
        let hash = self.hash.hash_one(HardwareKey::from(devices.row(device)));
        if let Ok(found) = self.numbers.find_entry(hash, |number| *number == device) {
            found.remove();
        }
    }
}
