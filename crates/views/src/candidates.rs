//! Candidates: everybody who could have had a right on a resource, everything that somebody could have had a right on, at
//! any time. Whether they had, the rules say.

mod search;

pub(crate) use search::{Candidate, SearchScope, resource_candidates, subject_candidates};
pub use search::{ResourceKey, SubjectKey, SubjectKind};

use procura_domain::{
    access::{
        CustomerAction, DeviceAction, Named, PartnerAction, ProfileAction, Resource, ResourceType, Subject,
        SubscriptionAction,
    },
    aggregate::device::Device,
    aggregate::profile::Profile,
    aggregate::subscription::Subscription,
    aggregate::tenant::Tenant,
    id::{CustomerId, Id, ObjectId, PartnerId, SubscriptionId, TenantId},
    state::State,
    temporal::{Position, Standing},
    visibility::Audience,
    vocabulary::{DirectoryRole, GroupOf, PartnerGroup, ResourceRole, TenantKind, User},
};
use std::collections::BTreeSet;

/// What of a resource gives rights to others than its tenant's roles and groups do.
#[derive(Clone, Copy)]
pub(crate) struct CandidatesOn {
    /// On which roles are held.
    pub(crate) subscription: Option<SubscriptionId>,
    /// The user that the question names: it may do something to itself.
    pub(crate) itself: Option<ObjectId>,
}

impl CandidatesOn {
    pub(crate) fn of(resource: &Resource) -> Self {
        let (subscription, itself) = match resource {
            Resource::Customer(_, _, named) => (None, named.user),
            Resource::Partner(_, _, user) => (None, *user),
            Resource::Subscription(_, id) => (Some(*id), None),
            Resource::Device(..) | Resource::Profile(..) => (None, None),
        };
        Self { subscription, itself }
    }
}

/// The tenant that the resource is or was in, if there was such a resource by that position.
pub fn tenant_of(state: &State, resource: &Resource, by: Position) -> Option<TenantId> {
    let registered = |id: TenantId, kind| {
        let tenant = state.tenant(id).filter(|tenant| tenant.kind() == kind && tenant.registered().position <= by);
        tenant.map(Tenant::id)
    };
    let of = |customer: CustomerId, standing| (standing != Standing::Never).then_some(customer.into());
    match resource {
        Resource::Customer(_, id, _) => registered((*id).into(), TenantKind::Customer),
        Resource::Partner(_, id, _) => registered((*id).into(), TenantKind::Partner),
        Resource::Subscription(_, id) => {
            state.subscription(*id).and_then(|found| of(found.customer(), found.active(by)))
        }
        Resource::Device(_, id) => state.device(*id).and_then(|found| of(found.customer(), found.standing(by))),
        Resource::Profile(_, id) => state.profile(*id).and_then(|found| of(found.customer(), found.standing(by))),
    }
}

/// The first, from that one on, of everybody whom the audience is told of who may ever have had a right on a resource of
/// that tenant: those who hold or held a directory role there or a role on the resource, and the groups, with their members,
/// of the partners that were ever given access there.
pub fn subjects_on(
    state: &State,
    resource: &Resource,
    tenant: TenantId,
    told: Audience,
    from: Option<Subject>,
    at_most: usize,
) -> Vec<Subject> {
    let mut subjects = Vec::new();
    let (user, group) = match from {
        None => (Some(User { tenant: TenantId::MIN, user: ObjectId::MIN }), None),
        Some(Subject::User(user)) => (Some(user), None),
        Some(Subject::Group(group)) => (None, Some(group)),
    };
    if let Some(first) = user {
        for of in tenants_with_access(state, tenant, first.tenant) {
            let from = if of == first.tenant { first.user } else { ObjectId::MIN };
            let left = at_most.saturating_sub(subjects.len());
            let users = Users { state, resource, tenant, told }.of(of, from, left);
            subjects.extend(users.into_iter().take(left).map(|user| Subject::User(User { tenant: of, user })));
            if subjects.len() == at_most {
                return subjects;
            }
        }
    }
    let first = group.unwrap_or(GroupOf { group: PartnerGroup::AdminAgents, partner: PartnerId::MIN });
    for group in PartnerGroup::ALL.iter().filter(|group| **group >= first.group) {
        let from = if *group == first.group { first.partner } else { PartnerId::MIN };
        let partners = tenants_with_access(state, tenant, from.into()).filter(|of| is_partner(state, *of));
        let groups = partners.map(|of| Subject::Group(GroupOf { group: *group, partner: of.as_partner() }));
        subjects.extend(groups.take(at_most.saturating_sub(subjects.len())));
    }
    subjects
}

/// The tenants, from that one on, by id, that were ever given access in that tenant, itself among them.
fn tenants_with_access(state: &State, tenant: TenantId, from: TenantId) -> impl Iterator<Item = TenantId> {
    let own = Some(tenant).filter(|own| *own >= from);
    let others = state.tenants_with_access(tenant.as_customer(), from).filter(move |other| *other != tenant);
    let mut others = others.peekable();
    let mut own = own;
    std::iter::from_fn(move || match (own, others.peek()) {
        (Some(mine), Some(other)) if mine > *other => others.next(),
        (Some(_), _) => own.take(),
        (None, _) => others.next(),
    })
}

fn is_partner(state: &State, tenant: TenantId) -> bool {
    state.tenant(tenant).is_some_and(|tenant| tenant.kind() == TenantKind::Partner)
}

/// The users who may ever have had a right on a resource of a tenant.
struct Users<'s> {
    state: &'s State,
    resource: &'s Resource,
    tenant: TenantId,
    told: Audience,
}

impl Users<'_> {
    /// Those of one tenant, at least the first, from that one on.
    fn of(&self, of: TenantId, from: ObjectId, at_most: usize) -> BTreeSet<ObjectId> {
        let Self { state, resource, tenant, told } = *self;
        let mut users = BTreeSet::new();
        if let Some(own) = state.tenant(of).filter(|_| of == tenant) {
            let holders = |role: &DirectoryRole| own.holders_ever(*role, from).take(at_most).map(|(user, _)| user);
            users.extend(DirectoryRole::ALL.iter().flat_map(holders));
        }
        if is_partner(state, of) {
            for group in PartnerGroup::ALL {
                let group = GroupOf { group: *group, partner: of.as_partner() };
                users.extend(told.members_ever(group, state, state.timeline.head(), from).take(at_most));
            }
        }
        users.extend(CandidatesOn::of(resource).itself.filter(|itself| of == tenant && *itself >= from));
        if let Resource::Subscription(_, subscription) = resource {
            let holders = state.subscription(*subscription).into_iter().flat_map(|found| found.users_ever(of, from));
            // Each may hold every role.
            users.extend(holders.take(at_most.saturating_mul(ResourceRole::ALL.len())));
        }
        users
    }
}

/// The first tenants, from that one on, by id, in which the subject may ever have had a right: its own, those of its
/// partner's customers, and those with a subscription on which it or its groups hold or held a role. `None` if its own was
/// not registered by then.
pub fn tenants_of(
    state: &State,
    subject: Subject,
    by: Position,
    from: TenantId,
    at_most: usize,
) -> Option<Vec<TenantId>> {
    let own = subject.tenant();
    state.tenant(own).filter(|tenant| tenant.registered().position <= by)?;
    let customers = state.customers_from(own.as_partner(), from.as_customer()).take(at_most);
    let with_roles = state.customers_with_roles(own, from.as_customer()).take(at_most);
    let tenants = customers.chain(with_roles).map(TenantId::from).chain(Some(own).filter(|own| *own >= from));
    Some(tenants.collect::<BTreeSet<_>>().into_iter().take(at_most).collect())
}

/// Whether that tenant is one of them. `None` as for all of them.
pub fn is_tenant_of(state: &State, subject: Subject, by: Position, tenant: TenantId) -> Option<bool> {
    let (own, customer) = (subject.tenant(), tenant.as_customer());
    state.tenant(own).filter(|own| own.registered().position <= by)?;
    let is_customer = || state.customers_from(own.as_partner(), customer).next() == Some(customer);
    let has_role = || state.customers_with_roles(own, customer).next() == Some(customer);
    Some(own == tenant || is_customer() || has_role())
}

/// Which questions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Only those about this action.
    pub action: Option<&'static str>,
    /// Only those on resources of this type.
    pub resource_type: Option<ResourceType>,
}

impl Wanted {
    /// Those of a type's actions that are wanted.
    fn of<A: Copy>(self, resource_type: ResourceType, actions: &[A], name: impl Fn(A) -> &'static str) -> Vec<A> {
        let of_type = self.resource_type.is_none_or(|only| only == resource_type);
        let is_wanted = |action: &A| of_type && self.action.is_none_or(|only| only == name(*action));
        actions.iter().copied().filter(is_wanted).collect()
    }
}

/// Everything that there was in the tenant by then, each with every action wanted on it; in an order that nothing
/// recorded later changes.
pub fn resources_in(state: &State, tenant: TenantId, by: Position, wanted: Wanted) -> impl Iterator<Item = Resource> {
    let kind = state.tenant(tenant).map(Tenant::kind);
    let is = |is| (kind == Some(is)).then_some(tenant);
    let customer = is(TenantKind::Customer).map(|id| in_customer(state, id.as_customer(), by, wanted));
    let partner = is(TenantKind::Partner).map(|id| on_partner(id.as_partner(), wanted));
    customer.into_iter().flatten().chain(partner.into_iter().flatten())
}

fn in_customer(state: &State, customer: CustomerId, by: Position, wanted: Wanted) -> impl Iterator<Item = Resource> {
    let was_there = |standing| standing != Standing::Never;
    let actions = wanted.of(ResourceType::Customer, CustomerAction::ALL, CustomerAction::name);
    let on_it = actions.into_iter().map(move |action| Resource::Customer(action, customer, Named::default()));
    let subscriptions = state.subscriptions_of(customer).filter(move |found| was_there(found.active(by)));
    let actions = wanted.of(ResourceType::Subscription, SubscriptionAction::ALL, SubscriptionAction::name);
    let subscriptions = each(subscriptions.map(Subscription::id), actions, Resource::Subscription);
    let devices = state.devices_of(customer).filter(move |found| was_there(found.standing(by)));
    let actions = wanted.of(ResourceType::Device, DeviceAction::ALL, DeviceAction::name);
    let devices = each(devices.map(Device::id), actions, Resource::Device);
    let profiles = state.profiles_of(customer).filter(move |found| was_there(found.standing(by)));
    let actions = wanted.of(ResourceType::Profile, ProfileAction::ALL, ProfileAction::name);
    let profiles = each(profiles.map(Profile::id), actions, Resource::Profile);
    on_it.chain(subscriptions).chain(devices).chain(profiles)
}

fn on_partner(partner: PartnerId, wanted: Wanted) -> impl Iterator<Item = Resource> {
    let actions = wanted.of(ResourceType::Partner, PartnerAction::ALL, PartnerAction::name);
    actions.into_iter().map(move |action| Resource::Partner(action, partner, None))
}

/// Each of them with each of the actions; if there are no actions, it goes through none of them.
fn each<I: Copy, A: Copy>(
    ids: impl Iterator<Item = I>,
    actions: Vec<A>,
    resource: impl Fn(A, I) -> Resource,
) -> impl Iterator<Item = Resource> {
    let ids = (!actions.is_empty()).then_some(ids).into_iter().flatten();
    let pairs = ids.flat_map(move |id| actions.clone().into_iter().map(move |action| (action, id)));
    pairs.map(move |(action, id)| resource(action, id))
}
