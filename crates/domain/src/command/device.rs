//! Commands about Autopilot devices, and the policy that governs them.

use crate::{
    id::{CustomerId, DeviceId, PartnerId},
    text::{DeviceField, GroupTag, HardwareHash},
    vocabulary::{AutopilotPolicy, CustomerChannel, DeviceOrigin},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AddDeviceFields", into = "AddDeviceFields")]
pub struct AddDevice {
    pub customer: CustomerId,
    /// The device's id; generated when left out.
    pub device: Option<DeviceId>,
    /// What identifies the hardware.
    pub hardware: Hardware,
    /// The hash that Windows makes of the hardware.
    pub hardware_hash: Option<HardwareHash>,
    /// The Windows product key.
    pub product_key: Option<DeviceField>,
    /// Its group tag; none, or an empty one, if it has none.
    pub group_tag: Option<GroupTag>,
    /// A partner, or a channel of the customer's own.
    pub origin: DeviceOrigin,
}

/// What identifies a device: no two registered devices share all three.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hardware {
    /// As printed on the device.
    pub serial_number: DeviceField,
    pub manufacturer: DeviceField,
    pub model: DeviceField,
}

/// [`AddDevice`] as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddDeviceFields {
    customer: CustomerId,
    #[serde(default)]
    device: Option<DeviceId>,
    serial_number: DeviceField,
    manufacturer: DeviceField,
    model: DeviceField,
    #[serde(default)]
    hardware_hash: Option<HardwareHash>,
    #[serde(default)]
    product_key: Option<DeviceField>,
    #[serde(default)]
    group_tag: Option<GroupTag>,
    #[serde(default)]
    partner: Option<PartnerId>,
    #[serde(default)]
    source: Option<CustomerChannel>,
}

impl TryFrom<AddDeviceFields> for AddDevice {
    type Error = &'static str;

    fn try_from(fields: AddDeviceFields) -> Result<Self, &'static str> {
        let AddDeviceFields {
            customer,
            device,
            serial_number,
            manufacturer,
            model,
            hardware_hash,
            product_key,
            group_tag,
            ..
        } = fields;
        let origin = match (fields.partner, fields.source) {
            (Some(partner), None) => DeviceOrigin::Partner(partner),
            (None, Some(source)) => DeviceOrigin::Customer(source),
            (None, None) => return Err("missing field `partner` (or `source`, where the customer adds the device)"),
            (Some(_), Some(_)) => return Err("field `source` is not given together with `partner`"),
        };
        let hardware = Hardware { serial_number, manufacturer, model };
        Ok(Self { customer, device, hardware, hardware_hash, product_key, group_tag, origin })
    }
}

impl From<AddDevice> for AddDeviceFields {
    fn from(command: AddDevice) -> Self {
        let AddDevice { customer, device, hardware, hardware_hash, product_key, group_tag, origin } = command;
        let Hardware { serial_number, manufacturer, model } = hardware;
        let (partner, source) = match origin {
            DeviceOrigin::Partner(partner) => (Some(partner), None),
            DeviceOrigin::Customer(source) => (None, Some(source)),
        };
        Self {
            customer,
            device,
            serial_number,
            manufacturer,
            model,
            hardware_hash,
            product_key,
            group_tag,
            partner,
            source,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateDevice {
    pub customer: CustomerId,
    pub device: DeviceId,
    /// Its new group tag; empty to take it away.
    pub group_tag: GroupTag,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveDevice {
    pub customer: CustomerId,
    pub device: DeviceId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdoptAutopilotPolicy {
    /// Which rule set governs Autopilot from now on.
    pub policy: AutopilotPolicy,
}
