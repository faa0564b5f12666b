//! Where a list continues: what belongs to a tenant, from a given id or position on. A page costs what is on it, however
//! long the list is.

use super::{Grant, State};
use crate::{
    aggregate::{
        device::Device,
        invitation::Invitation,
        profile::Profile,
        relationship::{Relationship, ServiceRequest},
        subscription::Subscription,
        tenant::Tenant,
    },
    counted::ask,
    id::{CustomerId, DeviceId, Id, InvitationId, PartnerId, ProfileId, SubscriptionId, TenantId},
    temporal::Position,
    vocabulary::{Pair, Principal},
};
use std::ops::Bound;

impl State {
    /// The tenants, from that one on, by id, that were ever given access in the customer's tenant.
    pub fn tenants_with_access(&self, customer: CustomerId, from: TenantId) -> impl Iterator<Item = TenantId> {
        self.grants.tenants(customer, from)
    }

    /// What gave access in the customer's tenant from that position on, oldest first.
    pub fn grants(&self, customer: CustomerId, from: Position) -> &[Grant] {
        self.grants.in_tenant(customer, from)
    }

    /// The same, for one tenant, its groups and its users alone.
    pub fn grants_to(&self, customer: CustomerId, tenant: TenantId, from: Position) -> impl Iterator<Item = Grant> {
        self.grants.to_tenant(customer, tenant, from)
    }

    /// Whether the group or user held a role on any of the customer's subscriptions.
    pub fn holds_roles(&self, customer: CustomerId, principal: Principal, at: Position) -> bool {
        self.grants.roles_of(customer, principal, at) > 0
    }

    /// How many roles the tenant's groups and users held on the customer's subscriptions.
    pub fn roles_held(&self, customer: CustomerId, tenant: TenantId, at: Position) -> usize {
        self.grants.roles(customer, tenant, at)
    }

    /// The tenants from that one on, by id.
    pub fn tenants_from(&self, from: TenantId) -> impl Iterator<Item = &Tenant> {
        self.tenants.range(from..).map(|(_, tenant)| tenant)
    }

    /// The customer's relationships with that partner and on, by partner.
    pub fn relationships_from(&self, customer: CustomerId, from: PartnerId) -> impl Iterator<Item = &Relationship> {
        let all = (customer, from)..=(customer, PartnerId::MAX);
        self.relationships.range(all).map(|(_, relationship)| {
            ask();
            relationship
        })
    }

    /// The customers that the partner has or had a relationship with, from that one on, by id.
    pub fn customers_from(&self, partner: PartnerId, from: CustomerId) -> impl Iterator<Item = CustomerId> {
        self.customers_of.from(partner, from)
    }

    /// The subscriptions in the customer's tenant, from that one on, by id.
    pub fn subscriptions_from(
        &self,
        customer: CustomerId,
        from: SubscriptionId,
    ) -> impl Iterator<Item = &Subscription> {
        self.subscriptions_of.from(customer, from).filter_map(|subscription| self.subscriptions.get(&subscription))
    }

    /// The same, for those alone that the other tenant provisioned, or holds or held roles on.
    pub fn subscriptions_concerning(
        &self,
        customer: CustomerId,
        tenant: TenantId,
        from: SubscriptionId,
    ) -> impl Iterator<Item = &Subscription> {
        let all = (tenant, customer, from)..=(tenant, customer, SubscriptionId::MAX);
        self.concerning.range(all).filter_map(|(.., subscription)| {
            ask();
            self.subscriptions.get(subscription)
        })
    }

    /// The same in all customers' tenants, from that subscription of that customer on, by customer and id.
    pub fn subscriptions_concerning_anywhere(
        &self,
        tenant: TenantId,
        (customer, from): (CustomerId, SubscriptionId),
    ) -> impl Iterator<Item = &Subscription> {
        let all = (tenant, customer, from)..=(tenant, CustomerId::MAX, SubscriptionId::MAX);
        self.concerning.range(all).filter_map(|(.., subscription)| {
            ask();
            self.subscriptions.get(subscription)
        })
    }

    /// The customers, from that one on, by id, on whose subscriptions the tenant's users and groups hold or held roles.
    pub fn customers_with_roles(&self, tenant: TenantId, from: CustomerId) -> impl Iterator<Item = CustomerId> {
        let mut next = Bound::Included((tenant, from, SubscriptionId::MIN));
        std::iter::from_fn(move || {
            let (of, customer, _) = *self.roles_of.range((next, Bound::Unbounded)).next()?;
            ask();
            next = Bound::Excluded((tenant, customer, SubscriptionId::MAX));
            (of == tenant).then_some(customer)
        })
    }

    /// The devices that are or were in the customer's tenant, from that one on, by id.
    pub fn devices_from(&self, customer: CustomerId, from: DeviceId) -> impl Iterator<Item = &Device> {
        self.devices_of.from(customer, from).filter_map(|device| self.devices.get(&device))
    }

    /// The profiles that are or were in the customer's tenant, from that one on, by id.
    pub fn profiles_from(&self, customer: CustomerId, from: ProfileId) -> impl Iterator<Item = &Profile> {
        self.profiles_of.from(customer, from).filter_map(|profile| self.profiles.get(&profile))
    }

    /// The partner's invitations from that position on, oldest first.
    pub fn invitations_from(&self, partner: PartnerId, from: Position) -> impl Iterator<Item = &Invitation> {
        let sent: &[(Position, InvitationId)] = self.sent_by.get(&partner).map_or(&[], Vec::as_slice);
        since(sent, from).iter().filter_map(|(_, invitation)| self.invitations.get(invitation))
    }

    /// The service requests that partners opened for the customer, from that position on, oldest first, with the partner.
    pub fn service_requests_from(
        &self,
        customer: CustomerId,
        from: Position,
    ) -> impl Iterator<Item = (PartnerId, &ServiceRequest)> {
        let opened: &[(Position, PartnerId)] = self.opened_for.get(&customer).map_or(&[], Vec::as_slice);
        since(opened, from).iter().filter_map(move |(position, partner)| {
            let between = self.between(Pair { customer, partner: *partner })?;
            Some((*partner, between.service_requests_from(*position).first()?))
        })
    }
}

/// Those from that position on.
fn since<T>(all: &[(Position, T)], from: Position) -> &[(Position, T)] {
    all.get(all.partition_point(|(position, _)| *position < from)..).unwrap_or_default()
}
