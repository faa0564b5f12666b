//! Everything that happened, folded: the aggregates, which keep their past, and the ways to find them.
//!
//! There is one such structure. The writer decides against it at the newest position, readers look at it at the
//! position they were given; both through [`Facts`](crate::facts::Facts). Nothing in it is ever taken away.

mod commit;
mod deliveries;
mod disclosure;
mod facts;
mod fits;
mod grants;
mod index;
mod listing;
mod preconditions;
mod tracking;

pub use commit::{Committed, FoldError};
pub use grants::{Grant, Granted};
pub use preconditions::{Precondition, Target};
pub use tracking::TrackingFacts;

use crate::{
    aggregate::{
        device::Device,
        feed::{ConsumerSettings, Delivery, WebhookSettings},
        invitation::Invitation,
        profile::Profile,
        relationship::Relationship,
        subscription::{Assignment, Subscription},
        tenant::Tenant,
    },
    command::{Command, Hardware},
    counted::ask,
    event::{self, Event},
    id::{
        CustomerId, DeviceId, Id, InvitationId, PartnerId, ProfileId, RoleAssignmentId, ServiceRequestId,
        SubscriptionId, TenantId,
    },
    personal::DataSubject,
    temporal::{EventRef, Period, Periods, Position, Timeline},
    text::FeedName,
    vocabulary::{AutopilotPolicy, DeviceOrigin, GroupOf, Pair, Principal, ResourceRole, TenantKind, User},
};
use deliveries::Deliveries;
use disclosure::Disclosures;
use grants::Grants;
use index::Index;
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, Clone, Default)]
pub struct State {
    /// When each commit was recorded.
    pub timeline: Timeline,
    /// Where the events stand that concern a tenant.
    positions: HashMap<TenantId, Vec<Position>>,
    /// Where the events stand that concern all of them.
    positions_of_all: Vec<Position>,
    tenants: BTreeMap<TenantId, Tenant>,
    invitations: HashMap<InvitationId, Invitation>,
    relationships: BTreeMap<(CustomerId, PartnerId), Relationship>,
    customers_of: Index<PartnerId, CustomerId>,
    subscriptions: HashMap<SubscriptionId, Subscription>,
    subscriptions_of: Index<CustomerId, SubscriptionId>,
    role_assignments: HashMap<RoleAssignmentId, (SubscriptionId, Principal, ResourceRole)>,
    /// Whose users and groups hold or held roles, in which customer's tenant, on which subscription.
    roles_of: BTreeSet<(TenantId, CustomerId, SubscriptionId)>,
    disclosures: Disclosures,
    grants: Grants,
    /// The subscriptions in the customer's tenant that the tenant provisioned, or holds or held roles on.
    concerning: BTreeSet<(TenantId, CustomerId, SubscriptionId)>,
    /// The service requests of each customer, oldest first.
    opened_for: HashMap<CustomerId, Vec<(Position, PartnerId)>>,
    /// The invitations of each partner, oldest first.
    sent_by: HashMap<PartnerId, Vec<(Position, InvitationId)>>,
    /// How many of the subscriptions that the partner provisioned for the customer are active now.
    active_subscriptions: HashMap<Pair, usize>,
    devices: HashMap<DeviceId, Device>,
    devices_of: Index<CustomerId, DeviceId>,
    profiles: HashMap<ProfileId, Profile>,
    profiles_of: Index<CustomerId, ProfileId>,
    autopilot_policy: Periods<AutopilotPolicy>,
    service_requests: BTreeMap<ServiceRequestId, Pair>,
    erased: BTreeMap<DataSubject, EventRef>,
    hardware: HashMap<Hardware, DeviceId>,
    deliveries: Deliveries,
}

impl State {
    /// Takes a commit in: all of it, or, where an event does not fit, nothing.
    ///
    /// # Errors
    /// [`FoldError`] says what does not fit. The state is as it was.
    pub fn fold(&mut self, commit: &Committed) -> Result<(), FoldError> {
        self.fits(commit)?;
        let mut last = self.timeline.head();
        for (at, event) in commit.positioned() {
            self.evolve_disclosures(event, at);
            self.grants.evolve(event, at);
            self.evolve(event, at);
            let tenants = event.tenants();
            if tenants.is_empty() {
                self.positions_of_all.push(at.position);
            }
            for tenant in tenants {
                self.positions.entry(tenant).or_default().push(at.position);
            }
            last = at.position;
        }
        self.timeline.push(last, commit.at, &commit.by);
        Ok(())
    }

    fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::PartnerRegistered(event::PartnerRegistered { partner, name, domain }) => {
                let (id, kind) = ((*partner).into(), TenantKind::Partner);
                self.tenants.insert(id, Tenant::registered(id, kind, name.clone(), domain.clone(), at));
            }
            Event::CustomerRegistered(event::CustomerRegistered { customer, name, domain }) => {
                let (id, kind) = ((*customer).into(), TenantKind::Customer);
                self.tenants.insert(id, Tenant::registered(id, kind, name.clone(), domain.clone(), at));
            }
            Event::DirectoryRoleAssigned(event::DirectoryRoleAssigned { tenant, .. })
            | Event::DirectoryRoleRemoved(event::DirectoryRoleRemoved { tenant, .. }) => {
                self.evolve_tenant(*tenant, event, at);
            }
            Event::GroupMemberAdded(event::GroupMemberAdded { partner, .. })
            | Event::GroupMemberRemoved(event::GroupMemberRemoved { partner, .. }) => {
                self.evolve_tenant((*partner).into(), event, at);
            }
            Event::InvitationSent(sent) => {
                self.sent_by.entry(sent.partner).or_default().push((at.position, sent.invitation));
                self.invitations.insert(sent.invitation, Invitation::sent(sent, at));
            }
            Event::InvitationAccepted(event::InvitationAccepted { invitation, .. })
            | Event::InvitationDeclined(event::InvitationDeclined { invitation, .. })
            | Event::InvitationWithdrawn(event::InvitationWithdrawn { invitation, .. }) => {
                if let Some(invitation) = self.invitations.get_mut(invitation) {
                    invitation.evolve(event, at);
                }
            }
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner })
            | Event::RelationshipEnded(event::RelationshipEnded { customer, partner })
            | Event::DapGranted(event::DapGranted { customer, partner })
            | Event::DapRevoked(event::DapRevoked { customer, partner })
            | Event::ContractRenegotiated(event::ContractRenegotiated { customer, partner })
            | Event::ServiceRequestOpened(event::ServiceRequestOpened { customer, partner, .. }) => {
                let pair = Pair { customer: *customer, partner: *partner };
                if let Event::ServiceRequestOpened(opened) = event {
                    self.service_requests.insert(opened.service_request, pair);
                    self.opened_for.entry(*customer).or_default().push((at.position, *partner));
                }
                self.customers_of.insert(*partner, *customer);
                let between = self.relationships.entry((*customer, *partner));
                between.or_insert_with(|| Relationship::between(pair)).evolve(event, at);
            }
            Event::SubscriptionProvisioned(provisioned) => {
                let pair = Pair { customer: provisioned.customer, partner: provisioned.partner };
                *self.active_subscriptions.entry(pair).or_default() += 1;
                self.concerning.insert((pair.partner.into(), pair.customer, provisioned.subscription));
                self.insert_subscription(Subscription::provisioned(provisioned, at));
            }
            Event::SubscriptionRegistered(registered) => {
                self.insert_subscription(Subscription::registered(registered, at));
            }
            Event::RoleAssigned(event::RoleAssigned {
                customer,
                subscription,
                role_assignment,
                principal,
                role,
                ..
            }) => {
                self.role_assignments.insert(*role_assignment, (*subscription, *principal, *role));
                self.roles_of.insert((principal.tenant(), *customer, *subscription));
                self.concerning.insert((principal.tenant(), *customer, *subscription));
                self.evolve_subscription(*subscription, event, at);
            }
            Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved { subscription, .. })
            | Event::SubscriptionRenewed(event::SubscriptionRenewed { subscription, .. }) => {
                self.evolve_subscription(*subscription, event, at);
            }
            Event::SubscriptionCancelled(event::SubscriptionCancelled { subscription, .. }) => {
                self.evolve_subscription(*subscription, event, at);
                let found = self.subscriptions.get(subscription);
                if let Some((customer, partner)) = found.and_then(|found| Some((found.customer, found.provisioned_by?)))
                {
                    self.active_subscriptions.entry(Pair { customer, partner }).and_modify(|active| *active -= 1);
                }
            }
            Event::DeviceAdded(added) => {
                self.hardware.insert(added.hardware.clone(), added.device);
                self.devices_of.insert(added.customer, added.device);
                self.devices.insert(added.device, Device::added(added, at));
            }
            Event::DeviceUpdated(event::DeviceUpdated { device, .. }) => self.evolve_device(*device, event, at),
            Event::DeviceRemoved(event::DeviceRemoved { device, .. }) => {
                self.evolve_device(*device, event, at);
                if let Some(device) = self.devices.get(device) {
                    self.hardware.remove(&device.hardware);
                }
            }
            Event::ProfileCreated(created) => {
                self.profiles_of.insert(created.customer, created.profile);
                self.profiles.insert(created.profile, Profile::created(created, at));
            }
            Event::ProfileUpdated(event::ProfileUpdated { profile, .. })
            | Event::ProfileDeleted(event::ProfileDeleted { profile, .. }) => {
                if let Some(profile) = self.profiles.get_mut(profile) {
                    profile.evolve(event, at);
                }
            }
            Event::ProfileApplied(event::ProfileApplied { devices, .. })
            | Event::ProfileRemoved(event::ProfileRemoved { devices, .. }) => {
                devices.iter().for_each(|device| self.evolve_device(*device, event, at));
            }
            Event::AutopilotPolicyAdopted(event::AutopilotPolicyAdopted { policy }) => {
                self.autopilot_policy.begin(*policy, at);
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject, .. }) => {
                self.erased.insert(*subject, at);
            }
            Event::ConsumerSet(_) | Event::ConsumerDeleted(_) | Event::WebhookSet(_) | Event::WebhookDeleted(_) => {
                self.deliveries.evolve(event, at);
            }
        }
    }

    fn evolve_tenant(&mut self, tenant: TenantId, event: &Event, at: EventRef) {
        if let Some(tenant) = self.tenants.get_mut(&tenant) {
            tenant.evolve(event, at);
        }
    }

    fn evolve_device(&mut self, device: DeviceId, event: &Event, at: EventRef) {
        let Some(device) = self.devices.get_mut(&device) else { return };
        let (before, origin) = (device.profile(at.position), device.origin);
        device.evolve(event, at);
        let after = device.profile(at.position);
        if before != after {
            if let Some(profile) = before.and_then(|before| self.profiles.get_mut(&before)) {
                profile.taken_off(origin, at.position);
            }
            if let Some(profile) = after.and_then(|after| self.profiles.get_mut(&after)) {
                profile.applied(origin, at.position);
            }
        }
    }

    /// Before the event is taken in otherwise: what it ends is still in force.
    fn evolve_disclosures(&mut self, event: &Event, at: EventRef) {
        let assigned = match event {
            Event::RoleAssignmentRemoved(removed) => {
                let found = self.subscriptions.get(&removed.subscription);
                let assigned = found.and_then(|found| found.assignment(removed.principal, removed.role, at.position));
                assigned.map(|assigned| assigned.from)
            }
            _ => None,
        };
        self.disclosures.evolve(event, at, assigned);
    }

    fn insert_subscription(&mut self, subscription: Subscription) {
        self.subscriptions_of.insert(subscription.customer, subscription.id);
        self.subscriptions.insert(subscription.id, subscription);
    }

    fn evolve_subscription(&mut self, subscription: SubscriptionId, event: &Event, at: EventRef) {
        if let Some(subscription) = self.subscriptions.get_mut(&subscription) {
            subscription.evolve(event, at);
        }
    }

    fn kind(&self, tenant: TenantId) -> Option<TenantKind> {
        self.tenants.get(&tenant).map(|tenant| tenant.kind)
    }

    /// The stretches of time through which the customer may be told who is in the group (VIS-5), begun by that position,
    /// oldest first.
    pub fn disclosure_periods(&self, customer: CustomerId, group: GroupOf, by: Position) -> &[Period] {
        self.disclosures.periods(customer, group, by)
    }

    // What there is, by id, at any time. Whether it had begun by a position is for the caller to ask.

    /// The tenant of that id.
    pub fn tenant(&self, tenant: TenantId) -> Option<&Tenant> {
        ask();
        self.tenants.get(&tenant)
    }

    /// All tenants, by id.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }

    /// The positions of the events that concern the tenant, in order.
    pub fn positions(&self, tenant: TenantId) -> &[Position] {
        self.positions.get(&tenant).map_or(&[], Vec::as_slice)
    }

    /// The positions of the events that concern no tenant more than another, such as a policy's adoption, in order.
    pub fn positions_of_all(&self) -> &[Position] {
        &self.positions_of_all
    }

    /// Whether the event at that position concerns the tenant, by itself or with all others.
    pub fn concerns(&self, tenant: TenantId, position: Position) -> bool {
        [self.positions(tenant), self.positions_of_all()].iter().any(|list| list.binary_search(&position).is_ok())
    }

    /// The tenant that a command is about: the customer that it names, else the partner.
    pub fn about(&self, command: &Command) -> Option<TenantId> {
        match command {
            Command::WithdrawInvite(command) => self.invitation(command.invitation).map(|found| found.partner.into()),
            _ => command.tenant(),
        }
    }

    /// The invitation of that id.
    pub fn invitation(&self, invitation: InvitationId) -> Option<&Invitation> {
        self.invitations.get(&invitation)
    }

    /// What the two have to do with each other.
    pub fn between(&self, pair: Pair) -> Option<&Relationship> {
        self.relationships.get(&(pair.customer, pair.partner))
    }

    /// The customer's relationships, by partner.
    pub fn relationships_of(&self, customer: CustomerId) -> impl Iterator<Item = &Relationship> {
        let all = (customer, PartnerId::MIN)..=(customer, PartnerId::MAX);
        self.relationships.range(all).map(|(_, relationship)| {
            ask();
            relationship
        })
    }

    /// The customers that the partner has or had a relationship with, by id.
    pub fn customers_of(&self, partner: PartnerId) -> impl Iterator<Item = CustomerId> {
        self.customers_of.of(partner)
    }

    /// How many of the subscriptions that the partner provisioned for the customer are active now.
    pub fn active_subscriptions(&self, pair: Pair) -> usize {
        self.active_subscriptions.get(&pair).copied().unwrap_or_default()
    }

    /// The subscription of that id.
    pub fn subscription(&self, subscription: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.get(&subscription)
    }

    /// The subscriptions in the customer's tenant, by id.
    pub fn subscriptions_of(&self, customer: CustomerId) -> impl Iterator<Item = &Subscription> {
        self.subscriptions_of.of(customer).filter_map(|subscription| self.subscriptions.get(&subscription))
    }

    /// Whether a role assignment ever had this id.
    pub fn has_role_assignment(&self, role_assignment: RoleAssignmentId) -> bool {
        self.role_assignments.contains_key(&role_assignment)
    }

    /// The role assignment of that id, with its subscription, if it is in force.
    pub fn role_assignment_in_force(
        &self,
        id: RoleAssignmentId,
        at: Position,
    ) -> Option<(&Subscription, Principal, ResourceRole, &Period<Assignment>)> {
        let (subscription, principal, role) = *self.role_assignments.get(&id)?;
        let subscription = self.subscriptions.get(&subscription)?;
        let period = subscription.assignment(principal, role, at).filter(|period| period.value.id == id)?;
        Some((subscription, principal, role, period))
    }

    /// The device of that id.
    pub fn device(&self, device: DeviceId) -> Option<&Device> {
        self.devices.get(&device)
    }

    /// The devices that are or were in the customer's tenant, by id.
    pub fn devices_of(&self, customer: CustomerId) -> impl Iterator<Item = &Device> {
        self.devices_of.of(customer).filter_map(|device| self.devices.get(&device))
    }

    /// The profile of that id.
    pub fn profile(&self, profile: ProfileId) -> Option<&Profile> {
        self.profiles.get(&profile)
    }

    /// The profiles that are or were in the customer's tenant, by id.
    pub fn profiles_of(&self, customer: CustomerId) -> impl Iterator<Item = &Profile> {
        self.profiles_of.of(customer).filter_map(|profile| self.profiles.get(&profile))
    }

    /// The device registered with that hardware.
    pub fn device_with(&self, hardware: &Hardware) -> Option<DeviceId> {
        self.hardware.get(hardware).copied()
    }

    /// The customer and the partner that a data subject concerns, if it exists.
    pub fn tenants_of_subject(&self, subject: DataSubject) -> Option<(Option<CustomerId>, Option<PartnerId>)> {
        match subject {
            DataSubject::Invitation(id) => self.invitations.get(&id).map(|sent| (None, Some(sent.partner))),
            DataSubject::ServiceRequest(id) => {
                self.service_requests.get(&id).map(|pair| (Some(pair.customer), Some(pair.partner)))
            }
            DataSubject::Device(id) => self.devices.get(&id).map(|device| match device.origin {
                DeviceOrigin::Partner(partner) => (Some(device.customer), Some(partner)),
                DeviceOrigin::Customer(_) => (Some(device.customer), None),
            }),
            // Nobody erases it by itself: it goes with the webhook.
            DataSubject::Webhook(_) => None,
        }
    }

    /// The event that erased the subject's personal data, if one has, whenever: erasing reaches the past as well. What is
    /// sealed of a webhook is erased when it is deleted.
    pub fn erased(&self, subject: DataSubject) -> Option<EventRef> {
        match subject {
            DataSubject::Webhook(webhook) => self.deliveries.deleted(webhook),
            _ => self.erased.get(&subject).copied(),
        }
    }

    /// How the consumer is set, if it is there.
    pub fn consumer(&self, owner: User, name: &FeedName, at: Position) -> Option<&Period<ConsumerSettings>> {
        self.deliveries.consumers.get(&(owner, name.clone())).and_then(|consumer| consumer.at(at))
    }

    /// How the webhook is set, if it is there.
    pub fn webhook(&self, owner: User, name: &FeedName, at: Position) -> Option<&Period<WebhookSettings>> {
        self.deliveries.webhooks.get(&(owner, name.clone())).and_then(|webhook| webhook.at(at))
    }

    /// Every consumer that ever was, by owner and name.
    pub fn consumers(&self) -> impl Iterator<Item = &Delivery<ConsumerSettings>> {
        self.deliveries.consumers.values()
    }

    /// Every webhook that ever was, by owner and name.
    pub fn webhooks(&self) -> impl Iterator<Item = &Delivery<WebhookSettings>> {
        self.deliveries.webhooks.values()
    }

    /// Where a webhook was set or deleted last; 0 if none ever was.
    pub fn webhooks_changed(&self) -> Position {
        self.deliveries.webhooks_changed
    }

    /// How many consumers and webhooks the tenant's users have now.
    pub fn deliveries_of(&self, tenant: TenantId) -> usize {
        self.deliveries.of_tenant.get(&tenant).copied().unwrap_or_default()
    }
}
