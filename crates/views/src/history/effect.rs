//! A piece of access that an event gave or took, as data and in words.

use super::sentence::Names;
use crate::{Access, Holder, Scope};
use procura_domain::vocabulary::Principal;
use serde::{Deserialize, Serialize};

/// A row of the effective permissions that begins or ends, and the same in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Who, where, what, and how they came by it.
    #[serde(flatten)]
    pub access: Access,
    pub text: String,
}

impl Effect {
    pub(super) fn of(access: Access, names: Names) -> Self {
        let Access { principal, scope, role, origin } = access;
        let role = role.name();
        let scope = match scope {
            Scope::Customer(customer) => format!("of {}", names.tenant(customer.into())),
            Scope::Subscription(subscription) => format!("on {}", names.subscription(subscription)),
        };
        let holder = match principal {
            Holder::Principal(Principal::Group(group)) => names.group(group.partner, group.group),
            Holder::Principal(Principal::User(user)) => names.user_of(user),
            Holder::Partner { partner } => names.tenant(partner.into()),
        };
        Self { access, text: format!("{role} {scope} for {holder} ({})", origin.name()) }
    }
}
