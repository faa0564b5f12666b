//! How webhooks are sent, as it is configured.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Where webhooks may send, and how many at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookLimits {
    /// Networks that they may send into although they are not public: over plain `http` too.
    pub allow: Vec<AllowedNetwork>,
    /// How many messages are on their way at once.
    pub at_once: usize,
    /// How many of them may be one tenant's.
    pub of_owner: usize,
}

impl Default for WebhookLimits {
    fn default() -> Self {
        Self { allow: vec![], at_once: 64, of_owner: 16 }
    }
}

/// A network, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedNetwork(IpNet);

impl AllowedNetwork {
    pub(super) fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl TryFrom<String> for AllowedNetwork {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(Into::into));
        network.map(Self).ok_or_else(|| format!("`{text}` is not a network like 10.1.0.0/16, nor an address"))
    }
}

impl From<AllowedNetwork> for String {
    fn from(network: AllowedNetwork) -> Self {
        network.0.to_string()
    }
}
