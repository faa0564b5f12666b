//! A tenant's people: those who are described, hold a directory role or are in a group.

use crate::looked::{Looked, looking};
use procura_domain::{
    id::{ObjectId, TenantId},
    personal::UserNames,
    state::State,
    temporal::Moment,
    vocabulary::{DirectoryRole, PartnerGroup, User},
};
use serde::{Deserialize, Serialize};
use std::iter::{self, Peekable};

/// One of a tenant's users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    pub user: ObjectId,
    /// What it is called now. It stands sealed beside its events, so whoever reads it fills it in.
    #[serde(flatten)]
    pub names: UserNames,
    /// The directory roles that it holds explicitly.
    pub roles: Vec<DirectoryRole>,
    /// The partner's groups that it is in.
    pub groups: Vec<PartnerGroup>,
}

/// The tenant's people from that one on, by object id: those who have names now, and those who held a role or were in a group
/// at the moment.
pub fn people<'s>(
    state: &'s State,
    tenant: TenantId,
    at: Moment,
    from: ObjectId,
) -> impl Iterator<Item = Looked<ObjectId, PersonRow>> + use<'s> {
    looking(everybody(state, tenant, from), move |user| Looked::new(user, row(state, tenant, user, at)))
}

fn row(state: &State, tenant: TenantId, user: ObjectId, at: Moment) -> Option<PersonRow> {
    let found = state.tenant(tenant)?;
    let holds = |role: &DirectoryRole| found.directory_role(*role, user, at.position).is_in_force();
    let is_in = |group: &PartnerGroup| found.membership(*group, user, at.position).is_in_force();
    let roles: Vec<_> = DirectoryRole::ALL.iter().copied().filter(holds).collect();
    let groups: Vec<_> = PartnerGroup::ALL.iter().copied().filter(is_in).collect();
    let is_there = !roles.is_empty() || !groups.is_empty() || state.description(User { tenant, user }).is_some();
    is_there.then(|| PersonRow { user, names: UserNames::default(), roles, groups })
}

type Users<'s> = Peekable<Box<dyn Iterator<Item = ObjectId> + 's>>;

fn users<'s>(users: impl Iterator<Item = (ObjectId, impl Sized)> + 's) -> Users<'s> {
    let users: Box<dyn Iterator<Item = ObjectId>> = Box::new(users.map(|(user, _)| user));
    users.peekable()
}

/// Those who have names now, and those who ever held a role or were in a group, each once, by object id.
fn everybody(state: &State, tenant: TenantId, from: ObjectId) -> impl Iterator<Item = ObjectId> {
    let mut lists = vec![users(state.descriptions(tenant, from))];
    if let Some(found) = state.tenant(tenant) {
        lists.extend(DirectoryRole::ALL.iter().map(|role| users(found.holders_ever(*role, from))));
        lists.extend(PartnerGroup::ALL.iter().map(|group| users(found.members_ever(*group, from))));
    }
    iter::from_fn(move || {
        let next = lists.iter_mut().filter_map(|users| users.peek().copied()).min()?;
        for users in &mut lists {
            users.next_if_eq(&next);
        }
        Some(next)
    })
}
