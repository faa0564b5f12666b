//! Commands about Autopilot deployment profiles.

use super::named_fields::named_fields_or_none;
use crate::{
    id::{CustomerId, DeviceId, ProfileId},
    text::Name,
};
use serde::{Deserialize, Serialize};

/// The most devices that one command applies a profile to or removes it from.
pub const PROFILE_DEVICES_MAX: usize = 500;

/// What a profile does when a device is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSettings {
    /// Remove what the manufacturer installed.
    #[serde(default)]
    pub remove_oem_preinstalls: bool,
    /// The user who sets the device up is no local administrator.
    #[serde(default)]
    pub oobe_user_not_local_admin: bool,
    /// Pass over the express settings.
    #[serde(default)]
    pub skip_express_settings: bool,
    /// Pass over the manufacturer's registration.
    #[serde(default)]
    pub skip_oem_registration: bool,
    /// Pass over the licence terms.
    #[serde(default)]
    pub skip_eula: bool,
}

/// Settings of a profile to be changed; what is left out stays as it is, false in a new profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedSettings {
    /// Remove what the manufacturer installed.
    #[serde(default)]
    pub remove_oem_preinstalls: Option<bool>,
    /// The user who sets the device up is no local administrator.
    #[serde(default)]
    pub oobe_user_not_local_admin: Option<bool>,
    /// Pass over the express settings.
    #[serde(default)]
    pub skip_express_settings: Option<bool>,
    /// Pass over the manufacturer's registration.
    #[serde(default)]
    pub skip_oem_registration: Option<bool>,
    /// Pass over the licence terms.
    #[serde(default)]
    pub skip_eula: Option<bool>,
}

impl ChangedSettings {
    /// The settings after the change.
    pub fn applied(self, to: ProfileSettings) -> ProfileSettings {
        ProfileSettings {
            remove_oem_preinstalls: self.remove_oem_preinstalls.unwrap_or(to.remove_oem_preinstalls),
            oobe_user_not_local_admin: self.oobe_user_not_local_admin.unwrap_or(to.oobe_user_not_local_admin),
            skip_express_settings: self.skip_express_settings.unwrap_or(to.skip_express_settings),
            skip_oem_registration: self.skip_oem_registration.unwrap_or(to.skip_oem_registration),
            skip_eula: self.skip_eula.unwrap_or(to.skip_eula),
        }
    }
}

/// The devices of a command: at least one, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<DeviceId>")]
pub struct Devices(Vec<DeviceId>);

impl Devices {
    /// The devices, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = DeviceId> {
        self.0.iter().copied()
    }

    /// The devices, in the order given.
    pub fn to_vec(&self) -> Vec<DeviceId> {
        self.0.clone()
    }
}

impl TryFrom<Vec<DeviceId>> for Devices {
    type Error = String;

    fn try_from(devices: Vec<DeviceId>) -> Result<Self, String> {
        let mut sorted = devices.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if !(1..=PROFILE_DEVICES_MAX).contains(&devices.len()) {
            return Err(format!("{} devices; from 1 to {PROFILE_DEVICES_MAX} are taken", devices.len()));
        }
        if sorted.len() == devices.len() { Ok(Self(devices)) } else { Err("a device is named twice".to_owned()) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateProfile {
    pub customer: CustomerId,
    /// The profile's id; generated when left out.
    #[serde(default)]
    pub profile: Option<ProfileId>,
    pub name: Name,
    /// What it does; nothing special when left out.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub settings: Option<ChangedSettings>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateProfile {
    pub customer: CustomerId,
    pub profile: ProfileId,
    /// Its new name; the old one stays when left out.
    #[serde(default)]
    pub name: Option<Name>,
    /// What it does from now on; what is left out stays.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub settings: Option<ChangedSettings>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteProfile {
    pub customer: CustomerId,
    pub profile: ProfileId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyProfile {
    pub customer: CustomerId,
    pub profile: ProfileId,
    /// To which devices: all or none.
    pub devices: Devices,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveProfile {
    pub customer: CustomerId,
    pub profile: ProfileId,
    /// From which devices: all or none.
    pub devices: Devices,
}
