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
    pub(super) fn of(access: Access, names: Names<'_>) -> Self {
        let Access { principal, scope, role, origin } = access;
        let holder = match principal {
            Holder::Principal(Principal::Group(group)) => names.group(group.partner, group.group).into(),
            Holder::Principal(Principal::User(user)) => names.user_of(user).into(),
            Holder::Partner { partner } => names.name_of(partner.into()),
        };
        let (id, scope) = match scope {
            Scope::Customer(customer) => ("history-effect-on-customer", names.customer(customer)),
            Scope::Subscription(subscription) => ("history-effect-on-subscription", names.subscription(subscription)),
        };
        let (role, origin) = (("role", role.name().into()), ("origin", origin.name().into()));
        Self { access, text: names.words.sentence(id, &[role, scope, ("holder", holder), origin]) }
    }
}
