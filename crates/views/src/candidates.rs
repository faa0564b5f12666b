//! Candidates: everybody who could have had a right on a resource, everything that somebody could have had a right on, at
//! any time. Whether they had, the rules say.

use procura_domain::{
    access::{
        CustomerAction, DeviceAction, Named, PartnerAction, ProfileAction, Resource, ResourceType, Subject,
        SubscriptionAction,
    },
    aggregate::{subscription::Subscription, tenant::Tenant},
    id::{CustomerId, PartnerId, TenantId},
    state::State,
    temporal::{Position, Standing},
    visibility::Audience,
    vocabulary::{GroupOf, PartnerGroup, Principal, TenantKind, User},
};
use std::collections::BTreeSet;

/// The tenant that the resource is or was in, if there was such a resource by that position.
pub fn tenant_of(state: &State, resource: &Resource, by: Position) -> Option<TenantId> {
    let registered = |id: TenantId, kind| {
        let tenant = state.tenant(id).filter(|tenant| tenant.kind == kind && tenant.registered.position <= by);
        tenant.map(|tenant| tenant.id)
    };
    let of = |customer: CustomerId, standing| (standing != Standing::Never).then_some(customer.into());
    match resource {
        Resource::Customer(_, id, _) => registered((*id).into(), TenantKind::Customer),
        Resource::Partner(_, id) => registered((*id).into(), TenantKind::Partner),
        Resource::Subscription(_, id) => state.subscription(*id).and_then(|found| of(found.customer, found.active(by))),
        Resource::Device(_, id) => state.device(*id).and_then(|found| of(found.customer, found.standing(by))),
        Resource::Profile(_, id) => state.profile(*id).and_then(|found| of(found.customer, found.standing(by))),
    }
}

/// Everybody whom the audience is told of who may ever have had a right on a resource of that tenant: those who hold or held
/// a directory role there or a role on the resource, and the groups, with their members, of the partners among them and of
/// those that have or had a relationship.
pub fn subjects_on(state: &State, resource: &Resource, tenant: TenantId, told: Audience) -> BTreeSet<Subject> {
    let related = state.relationships_of(tenant.as_customer());
    let related = related.map(|relationship| relationship.pair.partner.into());
    let mut tenants: BTreeSet<TenantId> = related.chain([tenant]).collect();
    let explicit = state.tenant(tenant).into_iter().flat_map(Tenant::directory_roles);
    let mut subjects: BTreeSet<_> = explicit.map(|(_, user, _)| Subject::User(User { tenant, user })).collect();
    if let Resource::Subscription(_, subscription) = resource {
        for (principal, ..) in state.subscription(*subscription).into_iter().flat_map(Subscription::assignments) {
            tenants.insert(principal.tenant());
            if let Principal::User(user) = principal {
                subjects.insert(Subject::User(user));
            }
        }
    }
    let partners = tenants.into_iter().filter_map(|tenant| state.tenant(tenant));
    for partner in partners.filter(|tenant| tenant.kind == TenantKind::Partner) {
        for group in PartnerGroup::ALL {
            let group = GroupOf { group: *group, partner: partner.id.as_partner() };
            let members = told.members_ever(group, state, state.timeline.head());
            subjects.extend(members.map(|user| Subject::User(User { tenant: partner.id, user })));
            subjects.insert(Subject::Group(group));
        }
    }
    subjects
}

/// The tenants, by id, in which the subject may ever have had a right: its own, those of its partner's customers, and
/// those with a subscription on which it or its groups hold or held a role. Nothing if its own was not registered by
/// then.
pub fn tenants_of(state: &State, subject: Subject, by: Position) -> Option<BTreeSet<TenantId>> {
    let own = subject.tenant();
    state.tenant(own).filter(|tenant| tenant.registered.position <= by)?;
    let customers = state.customers_of(own.as_partner()).map(TenantId::from);
    let with_roles = state.roles_of(own).map(|subscription| subscription.customer.into());
    Some(customers.chain(with_roles).chain([own]).collect())
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
pub fn resources_in(state: &State, tenant: TenantId, by: Position, wanted: Wanted) -> Vec<Resource> {
    match state.tenant(tenant).map(|tenant| tenant.kind) {
        Some(TenantKind::Customer) => in_customer(state, tenant.as_customer(), by, wanted),
        Some(TenantKind::Partner) => on_partner(tenant.as_partner(), wanted),
        None => Vec::new(),
    }
}

fn in_customer(state: &State, customer: CustomerId, by: Position, wanted: Wanted) -> Vec<Resource> {
    let was_there = |standing| standing != Standing::Never;
    let actions = wanted.of(ResourceType::Customer, CustomerAction::ALL, CustomerAction::name);
    let on_it = actions.into_iter().map(|action| Resource::Customer(action, customer, Named::default()));
    let subscriptions = state.subscriptions_of(customer).filter(|found| was_there(found.active(by)));
    let actions = wanted.of(ResourceType::Subscription, SubscriptionAction::ALL, SubscriptionAction::name);
    let subscriptions = each(subscriptions.map(|found| found.id), &actions, Resource::Subscription);
    let devices = state.devices_of(customer).filter(|found| was_there(found.standing(by)));
    let actions = wanted.of(ResourceType::Device, DeviceAction::ALL, DeviceAction::name);
    let devices = each(devices.map(|found| found.id), &actions, Resource::Device);
    let profiles = state.profiles_of(customer).filter(|found| was_there(found.standing(by)));
    let actions = wanted.of(ResourceType::Profile, ProfileAction::ALL, ProfileAction::name);
    let profiles = each(profiles.map(|found| found.id), &actions, Resource::Profile);
    on_it.chain(subscriptions).chain(devices).chain(profiles).collect()
}

fn on_partner(partner: PartnerId, wanted: Wanted) -> Vec<Resource> {
    let actions = wanted.of(ResourceType::Partner, PartnerAction::ALL, PartnerAction::name);
    actions.into_iter().map(|action| Resource::Partner(action, partner)).collect()
}

/// Each of them with each of the actions; if there are no actions, it goes through none of them.
fn each<I: Copy, A: Copy>(
    ids: impl Iterator<Item = I>,
    actions: &[A],
    resource: impl Fn(A, I) -> Resource,
) -> Vec<Resource> {
    if actions.is_empty() {
        return Vec::new();
    }
    ids.flat_map(|id| actions.iter().map(move |action| (*action, id)))
        .map(|(action, id)| resource(action, id))
        .collect()
}
