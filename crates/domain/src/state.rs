//! Everything that happened, folded: the aggregates, which keep their past, and the ways to find them.
//!
//! There is one such structure. The writer decides against it at the newest position, readers look at it at the
//! position they were given; both through [`Facts`]. Nothing in it is ever taken away.

use crate::{
    aggregate::{
        device::Device,
        invitation::Invitation,
        relationship::Relationship,
        subscription::{Assignment, Subscription},
        tenant::Tenant,
    },
    command::Hardware,
    event::{self, Event},
    facts::{AssignmentFact, DeviceFact, Facts},
    id::{CustomerId, DeviceId, InvitationId, ObjectId, PartnerId, RoleAssignmentId, SubscriptionId, TenantId},
    temporal::{EventRef, Moment, Period, Position, Standing, Timeline, Timestamp},
    vocabulary::{DirectoryRole, Pair, PartnerGroup, Principal, ResourceRole, TenantKind},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

/// The events of one commit, as they were recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The position of the first event.
    pub first: Position,
    /// When they were recorded.
    pub at: Timestamp,
    /// The events, in order, at contiguous positions.
    pub events: Vec<Event>,
}

impl Committed {
    /// The events with the positions they stand at.
    pub fn positioned(&self) -> impl Iterator<Item = (EventRef, &Event)> {
        (self.first.0..)
            .zip(&self.events)
            .map(|(position, event)| (EventRef { position: Position(position), event: event.event_type() }, event))
    }
}

/// A commit that does not follow from what was recorded before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Its place or its time is not the next one.
    #[error("a commit at position {first}, {at}, does not follow one that ended at {head}{}",
        .newest.map(|newest| format!(", {newest}")).unwrap_or_default())]
    NotNext {
        /// Its first position.
        first: Position,
        /// Its time.
        at: Timestamp,
        /// The last position before it.
        head: Position,
        /// The newest time before it.
        newest: Option<Timestamp>,
    },
    /// An event rests on something that is not there, or begins something that is.
    #[error("{event} does not fit what was recorded before it: {what}")]
    Unfit {
        /// The event.
        event: EventRef,
        /// What does not fit.
        what: String,
    },
}

/// Everything that happened.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// When each commit was recorded.
    pub timeline: Timeline,
    tenants: BTreeMap<TenantId, Tenant>,
    invitations: HashMap<InvitationId, Invitation>,
    relationships: BTreeMap<(CustomerId, PartnerId), Relationship>,
    customers_of: BTreeSet<(PartnerId, CustomerId)>,
    subscriptions: HashMap<SubscriptionId, Subscription>,
    subscriptions_of: BTreeSet<(CustomerId, SubscriptionId)>,
    role_assignments: HashMap<RoleAssignmentId, (SubscriptionId, Principal, ResourceRole)>,
    devices: HashMap<DeviceId, Device>,
    hardware: HashMap<Hardware, DeviceId>,
}

/// Something that an event begins, ends or builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing<'e> {
    Tenant(TenantId),
    Partner(PartnerId),
    Customer(CustomerId),
    DirectoryRole(TenantId, DirectoryRole, ObjectId),
    Member(PartnerId, PartnerGroup, ObjectId),
    Invitation(InvitationId),
    /// An invitation of that partner.
    InvitationOf(InvitationId, PartnerId),
    /// A customer's acceptance of an invitation.
    Acceptance(InvitationId, CustomerId),
    Relationship(Pair),
    Dap(Pair),
    Subscription(SubscriptionId),
    /// A subscription in that customer's tenant.
    SubscriptionOf(SubscriptionId, CustomerId),
    /// A role that is held, under whatever id.
    Role(SubscriptionId, Principal, ResourceRole),
    /// A role assignment that is in force.
    RoleAssignment(RoleAssignmentId, SubscriptionId, Principal, ResourceRole),
    /// The id of one, in force or not.
    RoleAssignmentId(RoleAssignmentId),
    Device(DeviceId),
    Hardware(&'e Hardware),
}

/// What an event does with a thing. It fits where what it needs or ends is there, and what it begins is not.
#[derive(Debug, Clone, Copy)]
enum Effect<'e> {
    Needs(Thing<'e>),
    Excludes(Thing<'e>),
    Begins(Thing<'e>),
    Ends(Thing<'e>),
}

impl fmt::Display for Effect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(thing) => write!(f, "it needs {thing:?}"),
            Self::Excludes(thing) => write!(f, "it excludes {thing:?}, which is there"),
            Self::Begins(thing) => write!(f, "it begins {thing:?}, which is there already"),
            Self::Ends(thing) => write!(f, "it ends {thing:?}, which is not there"),
        }
    }
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
            self.evolve(event, at);
            last = at.position;
        }
        self.timeline.push(last, commit.at);
        Ok(())
    }

    fn fits(&self, commit: &Committed) -> Result<(), FoldError> {
        let (head, newest) = (self.timeline.head(), self.timeline.newest());
        let Committed { first, at, .. } = *commit;
        if first.0 != head.0 + 1 || newest.is_some_and(|newest| at <= newest) {
            return Err(FoldError::NotNext { first, at, head, newest });
        }
        // What the commit itself has begun (true) and ended (false) so far, oldest first.
        let mut changed: Vec<(Thing, bool)> = Vec::new();
        for (at, event) in commit.positioned() {
            for effect in effects(event) {
                let (Effect::Needs(thing) | Effect::Excludes(thing) | Effect::Begins(thing) | Effect::Ends(thing)) =
                    effect;
                let change = changed.iter().rev().find(|(changed, _)| *changed == thing);
                let there = change.map_or_else(|| self.has(thing), |(_, there)| *there);
                if there != matches!(effect, Effect::Needs(_) | Effect::Ends(_)) {
                    return Err(FoldError::Unfit { event: at, what: effect.to_string() });
                }
                match effect {
                    Effect::Begins(thing) => changed.push((thing, true)),
                    Effect::Ends(thing) => changed.push((thing, false)),
                    Effect::Needs(_) | Effect::Excludes(_) => {}
                }
            }
        }
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
            Event::DirectoryRoleAssigned(event::DirectoryRoleAssigned { tenant, .. }) => {
                self.evolve_tenant(*tenant, event, at);
            }
            Event::GroupMemberAdded(event::GroupMemberAdded { partner, .. })
            | Event::GroupMemberRemoved(event::GroupMemberRemoved { partner, .. }) => {
                self.evolve_tenant((*partner).into(), event, at);
            }
            Event::InvitationSent(sent) => {
                self.invitations.insert(sent.invitation, Invitation::sent(sent, at));
            }
            Event::InvitationAccepted(event::InvitationAccepted { invitation, .. }) => {
                if let Some(invitation) = self.invitations.get_mut(invitation) {
                    invitation.evolve(event, at);
                }
            }
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner })
            | Event::RelationshipEnded(event::RelationshipEnded { customer, partner })
            | Event::DapGranted(event::DapGranted { customer, partner })
            | Event::DapRevoked(event::DapRevoked { customer, partner }) => {
                let pair = Pair { customer: *customer, partner: *partner };
                self.customers_of.insert((*partner, *customer));
                let between = self.relationships.entry((*customer, *partner));
                between.or_insert_with(|| Relationship::between(pair)).evolve(event, at);
            }
            Event::SubscriptionProvisioned(provisioned) => {
                self.insert_subscription(Subscription::provisioned(provisioned, at));
            }
            Event::SubscriptionRegistered(registered) => {
                self.insert_subscription(Subscription::registered(registered, at));
            }
            Event::RoleAssigned(event::RoleAssigned { subscription, role_assignment, principal, role, .. }) => {
                self.role_assignments.insert(*role_assignment, (*subscription, *principal, *role));
                self.evolve_subscription(*subscription, event, at);
            }
            Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved { subscription, .. }) => {
                self.evolve_subscription(*subscription, event, at);
            }
            Event::DeviceAdded(added) => {
                self.hardware.insert(added.hardware.clone(), added.device);
                self.devices.insert(added.device, Device::added(added, at));
            }
        }
    }

    fn evolve_tenant(&mut self, tenant: TenantId, event: &Event, at: EventRef) {
        if let Some(tenant) = self.tenants.get_mut(&tenant) {
            tenant.evolve(event, at);
        }
    }

    fn insert_subscription(&mut self, subscription: Subscription) {
        self.subscriptions_of.insert((subscription.customer, subscription.id));
        self.subscriptions.insert(subscription.id, subscription);
    }

    fn evolve_subscription(&mut self, subscription: SubscriptionId, event: &Event, at: EventRef) {
        if let Some(subscription) = self.subscriptions.get_mut(&subscription) {
            subscription.evolve(event, at);
        }
    }

    /// Whether the thing is there now: registered, in force, or made, for ever.
    fn has(&self, thing: Thing) -> bool {
        let now = Position(u64::MAX);
        match thing {
            Thing::Tenant(tenant) => self.tenants.contains_key(&tenant),
            Thing::Partner(partner) => self.kind(partner.into()) == Some(TenantKind::Partner),
            Thing::Customer(customer) => self.kind(customer.into()) == Some(TenantKind::Customer),
            Thing::DirectoryRole(tenant, role, user) => {
                self.tenants.get(&tenant).is_some_and(|tenant| tenant.directory_role(role, user, now).is_in_force())
            }
            Thing::Member(partner, group, user) => {
                let tenant = self.tenants.get(&partner.into());
                tenant.is_some_and(|tenant| tenant.membership(group, user, now).is_in_force())
            }
            Thing::Invitation(invitation) => self.invitations.contains_key(&invitation),
            Thing::InvitationOf(invitation, partner) => {
                self.invitations.get(&invitation).is_some_and(|invitation| invitation.partner == partner)
            }
            Thing::Acceptance(invitation, customer) => {
                let invitation = self.invitations.get(&invitation);
                invitation.is_some_and(|invitation| invitation.accepted(now).any(|(by, _)| by == customer))
            }
            Thing::Relationship(pair) => self.between(pair).is_some_and(|r| r.relationship(now).is_in_force()),
            Thing::Dap(pair) => self.between(pair).is_some_and(|r| r.dap(now).is_in_force()),
            Thing::Subscription(subscription) => self.subscriptions.contains_key(&subscription),
            Thing::SubscriptionOf(subscription, customer) => {
                self.subscriptions.get(&subscription).is_some_and(|subscription| subscription.customer == customer)
            }
            Thing::Role(subscription, principal, role) => {
                let subscription = self.subscriptions.get(&subscription);
                subscription.is_some_and(|subscription| subscription.assignment(principal, role, now).is_some())
            }
            Thing::RoleAssignment(assignment, subscription, principal, role) => {
                let found = self.role_assignment_in_force(assignment, now);
                found.is_some_and(|(found, of, as_role, _)| (found.id, of, as_role) == (subscription, principal, role))
            }
            Thing::RoleAssignmentId(assignment) => self.role_assignments.contains_key(&assignment),
            Thing::Device(device) => self.devices.contains_key(&device),
            Thing::Hardware(hardware) => self.hardware.contains_key(hardware),
        }
    }

    fn kind(&self, tenant: TenantId) -> Option<TenantKind> {
        self.tenants.get(&tenant).map(|tenant| tenant.kind)
    }

    // What there is, by id, at any time. Whether it had begun by a position is for the caller to ask.

    /// The tenant of that id.
    pub fn tenant(&self, tenant: TenantId) -> Option<&Tenant> {
        self.tenants.get(&tenant)
    }

    /// All tenants, by id.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
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
        self.relationships.range(all).map(|(_, relationship)| relationship)
    }

    /// The customers that the partner has or had a relationship with, by id.
    pub fn customers_of(&self, partner: PartnerId) -> impl Iterator<Item = CustomerId> {
        let all = (partner, CustomerId::MIN)..=(partner, CustomerId::MAX);
        self.customers_of.range(all).map(|(_, customer)| *customer)
    }

    /// The subscription of that id.
    pub fn subscription(&self, subscription: SubscriptionId) -> Option<&Subscription> {
        self.subscriptions.get(&subscription)
    }

    /// The subscriptions in the customer's tenant, by id.
    pub fn subscriptions_of(&self, customer: CustomerId) -> impl Iterator<Item = &Subscription> {
        let all = (customer, SubscriptionId::MIN)..=(customer, SubscriptionId::MAX);
        self.subscriptions_of.range(all).filter_map(|(_, subscription)| self.subscriptions.get(subscription))
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

    /// The device registered with that hardware.
    pub fn device_with(&self, hardware: &Hardware) -> Option<DeviceId> {
        self.hardware.get(hardware).copied()
    }
}

fn effects(event: &Event) -> Vec<Effect<'_>> {
    use Effect::{Begins, Ends, Excludes, Needs};
    match event {
        Event::PartnerRegistered(e) => vec![Begins(Thing::Tenant(e.partner.into())), Begins(Thing::Partner(e.partner))],
        Event::CustomerRegistered(e) => {
            vec![Begins(Thing::Tenant(e.customer.into())), Begins(Thing::Customer(e.customer))]
        }
        Event::DirectoryRoleAssigned(e) => {
            vec![Needs(Thing::Tenant(e.tenant)), Begins(Thing::DirectoryRole(e.tenant, e.role, e.user))]
        }
        Event::GroupMemberAdded(e) => {
            vec![Needs(Thing::Partner(e.partner)), Begins(Thing::Member(e.partner, e.group, e.user))]
        }
        Event::GroupMemberRemoved(e) => vec![Ends(Thing::Member(e.partner, e.group, e.user))],
        Event::InvitationSent(e) => vec![
            Needs(Thing::Partner(e.partner)),
            Begins(Thing::Invitation(e.invitation)),
            Begins(Thing::InvitationOf(e.invitation, e.partner)),
        ],
        Event::InvitationAccepted(e) => vec![
            Needs(Thing::Invitation(e.invitation)),
            Needs(Thing::Partner(e.partner)),
            Needs(Thing::Customer(e.customer)),
            Needs(Thing::InvitationOf(e.invitation, e.partner)),
            Begins(Thing::Acceptance(e.invitation, e.customer)),
        ],
        Event::RelationshipEstablished(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Needs(Thing::Partner(e.partner)),
            Begins(Thing::Relationship(Pair { customer: e.customer, partner: e.partner })),
        ],
        Event::RelationshipEnded(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Ends(Thing::Relationship(pair)), Excludes(Thing::Dap(pair))]
        }
        Event::DapGranted(e) => {
            let pair = Pair { customer: e.customer, partner: e.partner };
            vec![Needs(Thing::Relationship(pair)), Begins(Thing::Dap(pair))]
        }
        Event::DapRevoked(e) => vec![Ends(Thing::Dap(Pair { customer: e.customer, partner: e.partner }))],
        Event::SubscriptionProvisioned(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Needs(Thing::Partner(e.partner)),
            Begins(Thing::Subscription(e.subscription)),
            Begins(Thing::SubscriptionOf(e.subscription, e.customer)),
        ],
        Event::SubscriptionRegistered(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Begins(Thing::Subscription(e.subscription)),
            Begins(Thing::SubscriptionOf(e.subscription, e.customer)),
        ],
        Event::RoleAssigned(e) => vec![
            Needs(Thing::Subscription(e.subscription)),
            Needs(Thing::SubscriptionOf(e.subscription, e.customer)),
            Needs(Thing::Tenant(e.principal.tenant())),
            Begins(Thing::RoleAssignmentId(e.role_assignment)),
            Begins(Thing::Role(e.subscription, e.principal, e.role)),
            Begins(Thing::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
        ],
        Event::RoleAssignmentRemoved(e) => vec![
            Ends(Thing::RoleAssignment(e.role_assignment, e.subscription, e.principal, e.role)),
            Ends(Thing::Role(e.subscription, e.principal, e.role)),
            Needs(Thing::SubscriptionOf(e.subscription, e.customer)),
        ],
        Event::DeviceAdded(e) => vec![
            Needs(Thing::Customer(e.customer)),
            Begins(Thing::Device(e.device)),
            Begins(Thing::Hardware(&e.hardware)),
        ],
    }
}

impl Facts for State {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        let tenant = self.tenants.get(&tenant)?;
        (tenant.registered.position <= at.position).then_some(tenant.kind)
    }

    fn membership(&self, partner: PartnerId, group: PartnerGroup, user: ObjectId, at: Moment) -> Standing {
        let tenant = self.tenants.get(&partner.into());
        tenant.map_or(Standing::Never, |tenant| tenant.membership(group, user, at.position))
    }

    fn directory_role(&self, tenant: TenantId, role: DirectoryRole, user: ObjectId, at: Moment) -> Standing {
        let tenant = self.tenants.get(&tenant);
        tenant.map_or(Standing::Never, |tenant| tenant.directory_role(role, user, at.position))
    }

    fn relationship(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        let between = self.between(Pair { customer, partner });
        between.map_or(Standing::Never, |relationship| relationship.relationship(at.position))
    }

    fn dap(&self, customer: CustomerId, partner: PartnerId, at: Moment) -> Standing {
        let between = self.between(Pair { customer, partner });
        between.map_or(Standing::Never, |relationship| relationship.dap(at.position))
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<CustomerId> {
        let subscription = self.subscriptions.get(&subscription)?;
        (subscription.begun.position <= at.position).then_some(subscription.customer)
    }

    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact> {
        let subscription = self.subscriptions.get(&subscription)?;
        let period = subscription.newest_assignment(principal, role, at.position)?;
        let standing = period.ended_by(at.position).map_or(Standing::InForce(period.from), Standing::Ended);
        Some(AssignmentFact { standing, origin: period.value.origin })
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        let Device { customer, origin, added, .. } = self.devices.get(&device)?;
        let fact = DeviceFact { customer: *customer, origin: *origin, added: *added };
        (added.position <= at.position).then_some(fact)
    }
}
