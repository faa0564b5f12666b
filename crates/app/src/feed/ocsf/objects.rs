//! Objects of OCSF that records are made of, as far as they are used here.

use procura_domain::{
    command::Hardware,
    id::{DeviceId, TenantId},
    state::State,
    vocabulary::{self, GroupOf},
};
use serde::Serialize;

/// Somebody who did something, or whose privileges were changed.
#[derive(Serialize)]
pub(super) struct User {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// `tenant/user`: an object id alone names nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    /// The object id.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid_alt: Option<String>,
    type_id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<Organization>,
}

/// A partner's group, or its agents altogether.
#[derive(Serialize)]
pub(super) struct Group {
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// What privileges give access to.
#[derive(Serialize)]
pub(super) struct Resource {
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// What was made, changed or ended, unless it is somebody's privilege.
#[derive(Serialize)]
pub(super) struct ManagedEntity {
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    type_id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<Organization>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
}

/// A tenant.
#[derive(Serialize)]
struct Organization {
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Serialize)]
struct Device {
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hw_info: Option<HardwareInfo>,
    /// A laptop or a tablet: Procura does not know.
    type_id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct HardwareInfo {
    serial_number: String,
}

#[derive(Serialize)]
struct Policy {
    uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl User {
    /// A user of a tenant.
    pub(super) fn of(user: vocabulary::User, state: &State) -> Self {
        Self {
            name: None,
            uid: Some(user.to_string()),
            uid_alt: Some(user.user.to_string()),
            type_id: 1,
            kind: "User",
            org: Some(Organization::of(user.tenant, state)),
        }
    }

    /// An operator of this service, by its name.
    pub(super) fn operator(name: &str) -> Self {
        Self { name: Some(name.to_owned()), uid: None, uid_alt: None, type_id: 99, kind: "Operator", org: None }
    }
}

impl Group {
    /// One of a partner's groups.
    pub(super) fn of(group: GroupOf) -> Self {
        Self { uid: group.to_string(), name: Some(group.group.name().to_owned()), kind: "Partner group" }
    }

    /// The members of all of a partner's groups.
    pub(super) fn agents(partner: TenantId, state: &State) -> Self {
        Self { uid: partner.to_string(), name: name_of(partner, state), kind: "Agents of a partner" }
    }
}

impl Resource {
    /// The directory of a tenant.
    pub(super) fn directory(tenant: TenantId, state: &State) -> Self {
        Self { uid: tenant.to_string(), name: name_of(tenant, state), kind: "Directory" }
    }

    pub(super) fn subscription(uid: String, name: Option<String>) -> Self {
        Self { uid, name, kind: "Subscription" }
    }
}

impl ManagedEntity {
    /// A tenant: an organization in OCSF's words.
    pub(super) fn organization(tenant: TenantId, state: &State) -> Self {
        let org = Organization::of(tenant, state);
        Self { org: Some(org), ..Self::typed(tenant.to_string(), name_of(tenant, state), 4, "Organization") }
    }

    /// A device, called by its serial number.
    pub(super) fn device(device: DeviceId, hardware: Option<&Hardware>) -> Self {
        let uid = device.to_string();
        let serial_number = hardware.map(|hardware| hardware.serial_number.to_string());
        let device = Device {
            uid: uid.clone(),
            vendor_name: hardware.map(|hardware| hardware.manufacturer.to_string()),
            model: hardware.map(|hardware| hardware.model.to_string()),
            hw_info: serial_number.clone().map(|serial_number| HardwareInfo { serial_number }),
            type_id: 0,
            kind: "Unknown",
        };
        Self { device: Some(device), ..Self::typed(uid, serial_number, 1, "Device") }
    }

    pub(super) fn policy(uid: String, name: Option<String>) -> Self {
        let policy = Policy { uid: uid.clone(), name: name.clone() };
        Self { policy: Some(policy), ..Self::typed(uid, name, 5, "Policy") }
    }

    /// What OCSF has no type for: `kind` says what it is.
    pub(super) fn other(kind: &'static str, uid: String, name: Option<String>) -> Self {
        Self::typed(uid, name, 99, kind)
    }

    fn typed(uid: String, name: Option<String>, type_id: u32, kind: &'static str) -> Self {
        Self { uid, name, type_id, kind, org: None, device: None, policy: None }
    }
}

impl Organization {
    fn of(tenant: TenantId, state: &State) -> Self {
        Self { uid: tenant.to_string(), name: name_of(tenant, state) }
    }
}

/// What a tenant is registered as.
fn name_of(tenant: TenantId, state: &State) -> Option<String> {
    state.tenant(tenant).map(|tenant| tenant.name().to_string())
}
