//! What users are called, in memory alone: read from beside their events when somebody needs it, gone when it is erased.
//!
//! The state says beside which events the newest names stand. A name that was read stays as long as the state says the same,
//! so there is nothing here that could be out of date.

use procura_domain::{
    aggregate::description::Description,
    command::GivenNames,
    id::{Id, ObjectId, TenantId},
    personal::UserNames,
    state::State,
    text::UserPrincipalName,
    vocabulary::User,
};
use std::collections::{HashMap, HashSet};

/// The names that were read so far.
#[derive(Default)]
pub(crate) struct Names {
    known: HashMap<User, Known>,
    /// Who has which user principal name, folded.
    holders: HashMap<(TenantId, String), ObjectId>,
    /// The tenants all of whose users' names are here.
    pub(crate) whole: HashSet<TenantId>,
}

struct Known {
    /// The events that they stand beside.
    stood: Description,
    names: UserNames,
}

impl Names {
    /// The user's, if they were read from beside those events.
    pub(crate) fn of(&self, user: User, stand: Description) -> Option<&UserNames> {
        self.known.get(&user).filter(|known| known.stood == stand).map(|known| &known.names)
    }

    /// Who has the name in that tenant. `Err`: not all of the tenant's names are here.
    pub(crate) fn holder(
        &self,
        tenant: TenantId,
        name: &UserPrincipalName,
        state: &State,
    ) -> Result<Option<ObjectId>, Unread> {
        let is_whole = self.whole.contains(&tenant) || state.descriptions(tenant, ObjectId::MIN).next().is_none();
        if is_whole { Ok(self.holders.get(&(tenant, name.folded())).copied()) } else { Err(Unread) }
    }

    /// Takes in what a command has just said; the state has it already. `before`: where those names stood that the user had.
    pub(crate) fn learn(&mut self, given: &GivenNames<'_>, before: Option<Description>, state: &State) {
        let (user, tenant) = (given.user, given.user.tenant);
        let Some(stood) = state.description(user) else { return };
        let mut others = state.descriptions(tenant, ObjectId::MIN).filter(|(other, _)| *other != user.user);
        if before.is_none() && others.next().is_none() {
            // These are all there are.
            self.whole.insert(tenant);
        }
        let known = before.and_then(|before| self.of(user, before).cloned());
        if before.is_some() && known.is_none() && !self.whole.contains(&tenant) {
            // They are read when somebody needs them.
            return self.forget(user);
        }
        // In a tenant that was read whole, what is not known cannot be: its key is lost.
        let known = known.unwrap_or_default();
        let names = UserNames {
            display_name: given.display_name.cloned().or(known.display_name),
            user_principal_name: given.user_principal_name.cloned().or(known.user_principal_name),
        };
        self.keep(user, stood, names);
    }

    pub(crate) fn forget(&mut self, user: User) {
        let known = self.known.remove(&user);
        if let Some(name) = known.and_then(|known| known.names.user_principal_name) {
            let held = (user.tenant, name.folded());
            if self.holders.get(&held) == Some(&user.user) {
                self.holders.remove(&held);
            }
        }
    }

    pub(crate) fn keep(&mut self, user: User, stood: Description, names: UserNames) {
        self.forget(user);
        if let Some(name) = &names.user_principal_name {
            self.holders.insert((user.tenant, name.folded()), user.user);
        }
        self.known.insert(user, Known { stood, names });
    }
}

/// Not all names of the tenant have been read.
pub(crate) struct Unread;
