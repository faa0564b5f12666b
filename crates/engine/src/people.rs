//! What users are called: read from the log where it is not in memory.

use crate::{
    engine::Engine,
    names::Unread,
    personal::{EventError, Personal},
};
use procura_domain::{
    aggregate::description::Description,
    id::{Id, ObjectId, TenantId},
    personal::{People, PersonalData, UserNames},
    temporal::Position,
    text::UserPrincipalName,
    vocabulary::User,
};
use procura_eventlog::Events;
use std::collections::BTreeSet;

/// How many users' names are looked at before the state is let go of.
const USERS_AT_ONCE: usize = 1_000;

impl Engine {
    /// What those users are called now, as far as they are called anything. Whether somebody may know is not asked here.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read.
    pub async fn people(&self, users: impl IntoIterator<Item = User>) -> Result<People, EventError> {
        let mut people = People::default();
        let mut events = self.reader.events();
        for user in self.in_order(users) {
            if let Some(names) = self.names_of(user, &mut events).await? {
                people.insert(user, names);
            }
        }
        Ok(people)
    }

    /// Each of them once, in the order in which their names were given: those of one frame cost one read.
    fn in_order(&self, users: impl IntoIterator<Item = User>) -> Vec<User> {
        let users: BTreeSet<_> = users.into_iter().collect();
        let mut users: Vec<_> = users.into_iter().collect();
        let first = |stand: Description| stand.display_name.into_iter().chain(stand.user_principal_name).min();
        self.read(|state| users.sort_by_cached_key(|user| state.description(*user).and_then(first)));
        users
    }

    /// The user of the tenant who has that user principal name.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read.
    pub async fn user_named(&self, tenant: TenantId, name: &UserPrincipalName) -> Result<Option<User>, EventError> {
        loop {
            let holder = self.read(|state| self.names.lock().holder(tenant, name, state));
            match holder {
                Ok(holder) => return Ok(holder.map(|user| User { tenant, user })),
                Err(Unread) => self.read_names(tenant).await?,
            }
        }
    }

    /// Has all names in the tenant read: whether one is taken is known then.
    pub(crate) async fn read_names(&self, tenant: TenantId) -> Result<(), EventError> {
        loop {
            let (mut from, mut is_whole) = (Some(ObjectId::MIN), true);
            let mut events = self.reader.events();
            while let Some(first) = from {
                let users = self.read(|state| {
                    let users = state.descriptions(tenant, first).take(USERS_AT_ONCE + 1);
                    users.map(|(user, _)| user).collect::<Vec<_>>()
                });
                from = users.get(USERS_AT_ONCE).copied();
                let users = users.into_iter().take(USERS_AT_ONCE).map(|user| User { tenant, user });
                for user in self.in_order(users) {
                    is_whole &= self.names_of(user, &mut events).await?.is_some();
                }
            }
            let state = self.state.read();
            let mut names = self.names.lock();
            let all = state.descriptions(tenant, ObjectId::MIN);
            let missing = all.filter(|(user, stand)| names.of(User { tenant, user: *user }, *stand).is_none());
            // Names whose key is lost are nobody's; those given meanwhile are read in another round.
            if !is_whole || missing.count() == 0 {
                names.whole.insert(tenant);
                return Ok(());
            }
        }
    }

    async fn names_of(&self, user: User, events: &mut Events) -> Result<Option<UserNames>, EventError> {
        loop {
            let known = self.read(|state| {
                let stand = state.description(user)?;
                Some((stand, self.names.lock().of(user, stand).cloned()))
            });
            let Some((stand, known)) = known else { return Ok(None) };
            // What is on its way is nobody's to see.
            self.reach(stand.display_name.max(stand.user_principal_name).unwrap_or(Position(0))).await;
            if known.is_some() {
                return Ok(known);
            }
            let display_name = self.name_at(stand.display_name, events).await?;
            let user_principal_name = self.name_at(stand.user_principal_name, events).await?;
            let names = UserNames {
                display_name: display_name.and_then(|written| written.display_name),
                user_principal_name: user_principal_name.and_then(|written| written.user_principal_name),
            };
            let state = self.state.read();
            if state.description(user) == Some(stand) {
                if names == UserNames::default() {
                    return Ok(None);
                }
                self.names.lock().keep(user, stand, names.clone());
                return Ok(Some(names));
            }
        }
    }

    async fn name_at(
        &self,
        position: Option<Position>,
        events: &mut Events,
    ) -> Result<Option<PersonalData>, EventError> {
        let Some(position) = position else { return Ok(None) };
        match self.opened(&events.at(position.0).await?)? {
            Personal::Known(written) => Ok(Some(written)),
            Personal::Erased | Personal::Unavailable => Ok(None),
        }
    }
}
