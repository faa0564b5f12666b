//! Where a list continues: what belongs to a tenant, from a given id or position on. A page costs what is on it, however
//! long the list is.

use super::{
    State,
    grants::{self, Grant},
};
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
    id::{CustomerId, DeviceId, Id, PartnerId, ProfileId, SubscriptionId, TenantId},
    store::{SubscriptionNumber, TenantNumber, lists::List, table::Number},
    temporal::Position,
    vocabulary::Principal,
};

impl State {
    /// The tenants, from that one on, by id, that were ever given access in the customer's tenant.
    pub fn tenants_with_access(&self, customer: CustomerId, from: TenantId) -> impl Iterator<Item = TenantId> {
        grants::tenants(&self.store, customer, from)
    }

    /// What gave access in the customer's tenant from that position on, oldest first.
    pub fn grants(&self, customer: CustomerId, from: Position) -> impl Iterator<Item = Grant> {
        grants::in_tenant((&self.store, &self.timeline), customer, from)
    }

    /// The same, for one tenant, its groups and its users alone.
    pub fn grants_to(&self, customer: CustomerId, tenant: TenantId, from: Position) -> impl Iterator<Item = Grant> {
        grants::to_tenant(&self.store, customer, tenant, from)
    }

    /// Whether the group or user held a role on any of the customer's subscriptions.
    pub fn holds_roles(&self, customer: CustomerId, principal: Principal, at: Position) -> bool {
        grants::roles_of(&self.store, customer, principal, at) > 0
    }

    /// How many roles the tenant's groups and users held on the customer's subscriptions.
    pub fn roles_held(&self, customer: CustomerId, tenant: TenantId, at: Position) -> usize {
        grants::roles(&self.store, customer, tenant, at)
    }

    /// The tenants from that one on, by id.
    pub fn tenants_from(&self, from: TenantId) -> impl Iterator<Item = Tenant<'_>> {
        self.store.registered.from((), from).filter_map(|(tenant, _)| Tenant::find(&self.store, tenant))
    }

    /// The customer's relationships with that partner and on, by partner.
    pub fn relationships_from(&self, customer: CustomerId, from: PartnerId) -> impl Iterator<Item = Relationship<'_>> {
        let pairs = self.of_tenant(customer, move |customer| self.store.pairs_of.from(customer, from.into()));
        pairs.map(|(_, pair)| Relationship::numbered(&self.store, pair))
    }

    /// The customers that the partner has or had a relationship with, from that one on, by id.
    pub fn customers_from(&self, partner: PartnerId, from: CustomerId) -> impl Iterator<Item = CustomerId> {
        let pairs = self.of_tenant(partner, move |partner| self.store.pairs_of.from(partner, from.into()));
        pairs.map(|(customer, _)| customer.as_customer())
    }

    /// The subscriptions in the customer's tenant, from that one on, by id.
    pub fn subscriptions_from(
        &self,
        customer: CustomerId,
        from: SubscriptionId,
    ) -> impl Iterator<Item = Subscription<'_>> {
        let of = self.of_tenant(customer, move |customer| self.store.subscriptions_of.from(customer, from));
        of.map(|(_, number)| Subscription::numbered(&self.store, number))
    }

    /// The same, for those alone that the other tenant provisioned, or holds or held roles on.
    pub fn subscriptions_concerning(
        &self,
        customer: CustomerId,
        tenant: TenantId,
        from: SubscriptionId,
    ) -> impl Iterator<Item = Subscription<'_>> {
        self.of_tenant(tenant, move |tenant| self.concerning((tenant, customer, from), (tenant, customer)))
    }

    /// The same in all customers' tenants, from that subscription of that customer on, by customer and id.
    pub fn subscriptions_concerning_anywhere(
        &self,
        tenant: TenantId,
        (customer, from): (CustomerId, SubscriptionId),
    ) -> impl Iterator<Item = Subscription<'_>> {
        self.of_tenant(tenant, move |tenant| self.concerning((tenant, customer, from), (tenant, CustomerId::MAX)))
    }

    fn concerning(
        &self,
        (tenant, customer, from): (TenantNumber, CustomerId, SubscriptionId),
        (last, last_customer): (TenantNumber, CustomerId),
    ) -> impl Iterator<Item = Subscription<'_>> {
        let first = (tenant, customer, from, SubscriptionNumber::MIN);
        let last = (last, last_customer, SubscriptionId::MAX, SubscriptionNumber::MAX);
        self.store.concerning.range(first..=last).map(|(.., number)| {
            ask();
            Subscription::numbered(&self.store, *number)
        })
    }

    /// The customers, from that one on, by id, on whose subscriptions the tenant's users and groups hold or held roles.
    pub fn customers_with_roles(&self, tenant: TenantId, from: CustomerId) -> impl Iterator<Item = CustomerId> {
        let of = self.of_tenant(tenant, move |tenant| self.store.customers_with_roles.from(tenant, from.into()));
        of.map(|(customer, _)| customer.as_customer())
    }

    /// The devices that are or were in the customer's tenant, from that one on, by id.
    pub fn devices_from(&self, customer: CustomerId, from: DeviceId) -> impl Iterator<Item = Device<'_>> {
        let of = self.of_tenant(customer, move |customer| self.store.devices_of.from(customer, from));
        of.map(|(_, number)| Device::numbered(&self.store, number))
    }

    /// The profiles that are or were in the customer's tenant, from that one on, by id.
    pub fn profiles_from(&self, customer: CustomerId, from: ProfileId) -> impl Iterator<Item = Profile<'_>> {
        let of = self.of_tenant(customer, move |customer| self.store.profiles_of.from(customer, from));
        of.map(|(_, number)| Profile::numbered(&self.store, number))
    }

    /// The partner's invitations from that position on, oldest first.
    pub fn invitations_from(&self, partner: PartnerId, from: Position) -> impl Iterator<Item = Invitation<'_>> {
        let sent = self.store.tenant(partner).map_or(List::default(), |partner| self.store.tenants.row(partner).sent);
        let all = self.store.numbers.get(sent);
        let at = |number: &u32| self.store.invitations.row(Number::new(*number)).sent.position();
        let before = all.partition_point(|number| at(number) < from);
        let from_there = all.get(before..).unwrap_or_default().iter();
        from_there.map(|number| Invitation::numbered(&self.store, Number::new(*number)))
    }

    /// The service requests that partners opened for the customer, from that position on, oldest first, with the partner.
    pub fn service_requests_from(
        &self,
        customer: CustomerId,
        from: Position,
    ) -> impl Iterator<Item = (PartnerId, ServiceRequest)> {
        let customer = self.store.tenant(customer);
        let opened = customer.map_or(List::default(), |customer| self.store.tenants.row(customer).opened);
        let (all, requests) = (self.store.numbers.get(opened), &self.store.service_requests);
        let before = all.partition_point(|number| requests.row(Number::new(*number)).opened.position() < from);
        all.get(before..).unwrap_or_default().iter().map(|number| {
            let number = Number::new(*number);
            let pair = Relationship::numbered(&self.store, requests.row(number).pair).pair();
            (pair.partner, ServiceRequest::numbered(&self.store, number))
        })
    }

    /// What belongs to the tenant; nothing, if it is not known.
    fn of_tenant<I: Iterator>(
        &self,
        tenant: impl Into<TenantId>,
        list: impl FnOnce(TenantNumber) -> I,
    ) -> impl Iterator<Item = I::Item> {
        self.store.tenant(tenant).map(list).into_iter().flatten()
    }
}
