//! Candidates of a search, one after the other: whoever may have a right on a resource, whatever somebody may have a right
//! on. Nothing is looked up that is not asked for, and each comes with the key to go on from.
//!
//! What is recorded later adds candidates and takes none away, so a search that goes on from a key misses nothing.

use super::CandidatesOn;
use procura_domain::{
    access::{ResourceType, Subject},
    aggregate::subscription::Subscription,
    id::{CustomerId, DeviceId, Id, ObjectId, ProfileId, SubscriptionId, TenantId},
    state::State,
    temporal::Moment,
    visibility::Audience,
    vocabulary::{DirectoryRole, GroupOf, PartnerGroup, TenantKind, User},
};
use serde::{Deserialize, Serialize};
use std::iter::{Peekable, once};
use uuid::Uuid;

/// Something that a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate<K, T> {
    /// The search goes on after it.
    pub(crate) key: K,
    /// What may be asked about; nothing where there was only a tenant to look into.
    pub(crate) found: Option<T>,
}

/// Where a search for subjects goes on: in which tenant, after which of its users or groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubjectKey {
    tenant: TenantId,
    of_it: Option<Uuid>,
}

impl SubjectKey {
    /// After that user.
    pub(crate) fn of(User { tenant, user }: User) -> Self {
        Self { tenant, of_it: Some(user.guid()) }
    }
}

/// Where a search for resources goes on: the subject's own tenant comes first, then others by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceKey {
    elsewhere: bool,
    tenant: TenantId,
    in_it: Option<Uuid>,
}

/// What kind of subject a search is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    User,
    Group,
}

/// Where a search looks for resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchScope {
    /// In that tenant alone.
    Tenant(TenantId),
    /// Wherever a subject of that tenant may have a right: in its own, at its partner's customers, and on the subscriptions
    /// elsewhere that roles were assigned on to it.
    Around(TenantId),
}

/// Everybody of that kind, from that key on, who may have a right on a resource of that tenant at that moment; as far as the audience is told who is in a group.
pub(crate) fn subject_candidates(
    state: &State,
    kind: SubjectKind,
    (tenant, on): (TenantId, CandidatesOn),
    (told, at): (Audience, Moment),
    from: Option<SubjectKey>,
) -> impl Iterator<Item = Candidate<SubjectKey, Subject>> {
    let first = from.map_or(TenantId::MIN, |from| from.tenant);
    super::tenants_with_access(state, tenant, first).flat_map(move |of| {
        let begun = from.filter(|from| from.tenant == of).and_then(|from| from.of_it);
        let looked = Candidate { key: SubjectKey { tenant: of, of_it: None }, found: None };
        let users = (kind == SubjectKind::User).then(|| {
            let from = begun.map_or(ObjectId::MIN, ObjectId::new);
            let users = Ascending::of(users(state, (tenant, on), (told, at), of, from));
            users.map(move |user| (user.guid(), Subject::User(User { tenant: of, user })))
        });
        let groups = (kind == SubjectKind::Group && super::is_partner(state, of)).then(|| {
            let partner = of.as_partner();
            let groups = (0..).zip(PartnerGroup::ALL);
            groups
                .map(move |(place, group)| (Uuid::from_u128(place), Subject::Group(GroupOf { group: *group, partner })))
        });
        let subjects = users.into_iter().flatten().chain(groups.into_iter().flatten());
        let subjects = subjects.map(move |(of_it, subject)| Candidate {
            key: SubjectKey { tenant: of, of_it: Some(of_it) },
            found: Some(subject),
        });
        once(looked).chain(subjects).skip_while(move |candidate| Some(candidate.key) <= from)
    })
}

type Users<'s> = Box<dyn Iterator<Item = ObjectId> + 's>;

/// Lists of the users of a tenant, from that one on, who may have a right there at that moment.
fn users(
    state: &State,
    (tenant, on): (TenantId, CandidatesOn),
    (told, at): (Audience, Moment),
    of: TenantId,
    from: ObjectId,
) -> Vec<Users<'_>> {
    let mut lists: Vec<Users<'_>> = Vec::new();
    let Some(found) = state.tenant(of) else { return lists };
    if of == tenant {
        for role in DirectoryRole::ALL {
            lists.push(Box::new(found.holders_ever(*role, from).map(|(user, _)| user)));
        }
        lists.push(Box::new(on.itself.filter(|itself| *itself >= from).into_iter()));
    }
    if found.kind() == TenantKind::Partner {
        for group in PartnerGroup::ALL {
            let of_partner = GroupOf { group: *group, partner: of.as_partner() };
            if told.is_told_members(of_partner, state, at) {
                lists.push(Box::new(found.members_ever(*group, from).map(|(user, _)| user)));
            }
        }
    }
    if let Some(subscription) = on.subscription.and_then(|id| state.subscription(id)) {
        lists.push(Box::new(subscription.users_ever(of, from)));
    }
    lists
}

/// Goes through several ascending lists at once: what they hold, in order, each once.
struct Ascending<I: Iterator>(Vec<Peekable<I>>);

impl<I: Iterator<Item: Ord + Copy>> Ascending<I> {
    fn of(lists: Vec<I>) -> Self {
        Self(lists.into_iter().map(Iterator::peekable).collect())
    }
}

impl<I: Iterator<Item: Ord + Copy>> Iterator for Ascending<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let least = self.0.iter_mut().filter_map(|list| list.peek().copied()).min()?;
        for list in &mut self.0 {
            while list.next_if_eq(&least).is_some() {}
        }
        Some(least)
    }
}

/// The ids of every resource of that type, from that key on, that is or was in that place.
pub(crate) fn resource_candidates(
    state: &State,
    kind: ResourceType,
    scope: SearchScope,
    from: Option<ResourceKey>,
) -> impl Iterator<Item = Candidate<ResourceKey, Uuid>> {
    let (home, around) = match scope {
        SearchScope::Tenant(home) => (home, false),
        SearchScope::Around(home) => (home, true),
    };
    let (own, begun) = match from {
        None => (Some(None), CustomerAnd::FIRST),
        Some(ResourceKey { elsewhere: false, in_it, .. }) => (Some(in_it), CustomerAnd::FIRST),
        Some(ResourceKey { elsewhere: true, tenant, in_it }) => (None, CustomerAnd(tenant.as_customer(), in_it)),
    };
    let own = own.into_iter().flat_map(move |from| in_tenant(state, kind, home, from));
    let elsewhere = around.then(|| elsewhere(state, kind, home, begun));
    let elsewhere = elsewhere.into_iter().flatten();
    let key = |elsewhere| move |(tenant, in_it)| ResourceKey { elsewhere, tenant, in_it };
    let keys = own.map(key(false)).chain(elsewhere.map(key(true)));
    let candidates = keys.map(move |key| {
        let of_tenant = matches!(kind, ResourceType::Customer | ResourceType::Partner).then(|| key.tenant.guid());
        // What is at home came first.
        let again = key.elsewhere && key.tenant == home;
        Candidate { key, found: of_tenant.or(key.in_it).filter(|_| !again) }
    });
    candidates.skip_while(move |candidate| Some(candidate.key) <= from)
}

/// A customer, and where in its tenant to go on.
#[derive(Clone, Copy)]
struct CustomerAnd(CustomerId, Option<Uuid>);

impl CustomerAnd {
    const FIRST: Self = Self(CustomerId::MIN, None);
}

/// The tenant, and after it the things in it from that one on.
type InTenant<'s> = Box<dyn Iterator<Item = (TenantId, Option<Uuid>)> + 's>;

fn in_tenant(state: &State, kind: ResourceType, tenant: TenantId, from: Option<Uuid>) -> InTenant<'_> {
    let (customer, from) = (tenant.as_customer(), from.unwrap_or(Uuid::nil()));
    let things: Box<dyn Iterator<Item = Uuid>> = match kind {
        ResourceType::Customer | ResourceType::Partner => Box::new(std::iter::empty()),
        ResourceType::Subscription => {
            Box::new(state.subscriptions_from(customer, SubscriptionId::new(from)).map(|found| found.id().guid()))
        }
        ResourceType::Device => {
            Box::new(state.devices_from(customer, DeviceId::new(from)).map(|found| found.id().guid()))
        }
        ResourceType::Profile => {
            Box::new(state.profiles_from(customer, ProfileId::new(from)).map(|found| found.id().guid()))
        }
    };
    Box::new(once((tenant, None)).chain(things.map(move |thing| (tenant, Some(thing)))))
}

/// What people of that tenant may have a right on in customers' tenants, from there on: of subscriptions those alone that
/// concern it (SUB-7, REL-2).
fn elsewhere(state: &State, kind: ResourceType, home: TenantId, CustomerAnd(first, from): CustomerAnd) -> InTenant<'_> {
    match kind {
        // Nobody has a right on another partner.
        ResourceType::Partner => Box::new(std::iter::empty()),
        ResourceType::Subscription => {
            let from = from.map_or(SubscriptionId::MIN, SubscriptionId::new);
            let concerning = state.subscriptions_concerning_anywhere(home, (first, from));
            Box::new(concerning.map(|found: Subscription<'_>| (found.customer().into(), Some(found.id().guid()))))
        }
        ResourceType::Customer | ResourceType::Device | ResourceType::Profile => {
            let customers = state.customers_from(home.as_partner(), first);
            Box::new(customers.flat_map(move |customer| {
                let from = from.filter(|_| customer == first);
                in_tenant(state, kind, customer.into(), from)
            }))
        }
    }
}
