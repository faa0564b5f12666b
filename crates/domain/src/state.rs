//! Everything that happened, folded: the aggregates, which keep their past, and the ways to find them.
//!
//! There is one such structure. The writer decides against it at the newest position, readers look at it at the
//! position they were given; both through [`Facts`](crate::facts::Facts). Nothing in it is ever taken away.

mod ahead;
mod commit;
mod deliveries;
mod disclosure;
mod facts;
mod fits;
mod grants;
mod listing;
mod preconditions;
mod snapshot;
mod tracking;

pub use crate::store::{periods::PeriodList, positions::PositionList};
pub use commit::{Committed, FoldError};
pub use facts::Remembering;
pub use grants::{Grant, Granted};
pub use preconditions::{Precondition, Target};
pub use snapshot::{
    LoadedHalf, SNAPSHOT_VERSION, SnapshotCursor, SnapshotError, SnapshotHalf, SnapshotLoader, SnapshotMarks,
};
pub use tracking::TrackingFacts;

use crate::{
    aggregate::{
        description::{self, Description},
        device::{self, Device},
        feed::{ConsumerSettings, Delivery, WebhookSettings},
        invitation::{self, Invitation},
        profile::{self, Profile},
        relationship::{self, Relationship},
        subscription::{self, Assignment, Subscription},
        tenant::{self, Tenant},
    },
    command::{Command, Hardware},
    counted::ask,
    event::{self, Event},
    id::{
        CustomerId, DeviceId, Id, InvitationId, ObjectId, PartnerId, ProfileId, RoleAssignmentId, SubscriptionId,
        TenantId,
    },
    personal::{DataSubject, Erasable},
    store::{AssignmentKey, HardwareKey, Store, positions::PackedPosition, table::Number},
    temporal::{EventRef, Period, Periods, Position, Timeline},
    text::FeedName,
    vocabulary::{Actor, Author, AutopilotPolicy, GroupOf, Pair, Principal, ResourceRole, TenantKind, User},
};
use ahead::Fetched;
use deliveries::Deliveries;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub struct State {
    /// When each commit was recorded.
    pub timeline: Timeline,
    store: Store,
    /// Where the events stand that concern all tenants.
    positions_of_all: Vec<PackedPosition>,
    autopilot_policy: Periods<AutopilotPolicy>,
    erased: BTreeMap<DataSubject, EventRef>,
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
            self.evolve(event, at);
            let mut concerns_all = true;
            for tenant in event.concerned() {
                concerns_all = false;
                let tenant = self.store.keep_tenant(tenant);
                self.store.positions.push(&mut self.store.tenants.row_mut(tenant).positions, at.position.into());
            }
            if concerns_all {
                self.positions_of_all.push(at.position.into());
            }
            last = at.position;
        }
        let by = self.store.keep_author(&commit.by);
        self.timeline.push(last, commit.at, by.get());
        Ok(())
    }

    /// The same, where it is known which commit comes next: what that looks at is fetched from memory meanwhile.
    ///
    /// # Errors
    /// [`FoldError`] says what does not fit.
    pub fn fold_before(&mut self, commit: &Committed, next: &Committed) -> Result<(), FoldError> {
        ahead::fetch(&self.store, next, Fetched::Places);
        self.fold(commit)?;
        ahead::fetch(&self.store, next, Fetched::Rows);
        Ok(())
    }

    fn evolve(&mut self, event: &Event, at: EventRef) {
        let store = &mut self.store;
        disclosure::evolve(store, event, at);
        match event {
            Event::PartnerRegistered(_)
            | Event::CustomerRegistered(_)
            | Event::DirectoryRoleAssigned(_)
            | Event::DirectoryRoleRemoved(_)
            | Event::GroupMemberAdded(_)
            | Event::GroupMemberRemoved(_) => tenant::evolve(store, event, at),
            Event::InvitationSent(_)
            | Event::InvitationAccepted(_)
            | Event::InvitationDeclined(_)
            | Event::InvitationWithdrawn(_) => invitation::evolve(store, event, at),
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner })
            | Event::RelationshipEnded(event::RelationshipEnded { customer, partner })
            | Event::DapGranted(event::DapGranted { customer, partner })
            | Event::DapRevoked(event::DapRevoked { customer, partner })
            | Event::ContractRenegotiated(event::ContractRenegotiated { customer, partner })
            | Event::ServiceRequestOpened(event::ServiceRequestOpened { customer, partner, .. }) => {
                let pair = store.keep_pair(*customer, *partner);
                relationship::evolve(store, pair, event, at);
            }
            Event::SubscriptionProvisioned(_)
            | Event::SubscriptionRegistered(_)
            | Event::RoleAssigned(_)
            | Event::RoleAssignmentRemoved(_)
            | Event::SubscriptionRenewed(_)
            | Event::SubscriptionCancelled(_) => subscription::evolve(store, event, at),
            Event::DeviceAdded(_)
            | Event::DeviceUpdated(_)
            | Event::DeviceRemoved(_)
            | Event::ProfileApplied(_)
            | Event::ProfileRemoved(_) => device::evolve(store, event, at),
            Event::ProfileCreated(_) | Event::ProfileUpdated(_) | Event::ProfileDeleted(_) => {
                profile::evolve(store, event, at);
            }
            Event::AutopilotPolicyAdopted(event::AutopilotPolicyAdopted { policy }) => {
                self.autopilot_policy.begin(*policy, at);
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject: Erasable::Subject(subject), .. }) => {
                self.erased.insert(*subject, at);
            }
            Event::PersonalDataErased(_) | Event::UserDescribed(_) => description::evolve(store, event, at),
            Event::ConsumerSet(_) | Event::ConsumerDeleted(_) | Event::WebhookSet(_) | Event::WebhookDeleted(_) => {
                self.deliveries.evolve(event, at);
            }
        }
        grants::evolve(&mut self.store, event, at);
    }

    fn kind(&self, tenant: TenantId) -> Option<TenantKind> {
        Tenant::find(&self.store, tenant).map(Tenant::kind)
    }

    /// The stretches of time through which the customer may be told who is in the group (VIS-5).
    pub fn disclosure_periods(&self, customer: CustomerId, GroupOf { group, partner }: GroupOf) -> PeriodList<'_> {
        let pair = self.store.pair(Pair { customer, partner });
        let disclosed = pair.and_then(|(_, row)| row.disclosed.get(group as usize));
        disclosed.map_or(PeriodList::never(), |disclosed| disclosed.told.view(&self.store.older))
    }

    /// Who made the commit that holds this position.
    pub fn author(&self, position: Position) -> Option<Author> {
        self.timeline.author(position).map(|author| self.store.author(Number::new(author)))
    }

    /// The same without how that is known.
    pub fn actor(&self, position: Position) -> Option<Actor> {
        self.timeline.author(position).map(|author| self.store.actor(Number::new(author)))
    }

    // What there is, by id, at any time. Whether it had begun by a position is for the caller to ask.

    /// The tenant of that id.
    pub fn tenant(&self, tenant: TenantId) -> Option<Tenant<'_>> {
        ask();
        Tenant::find(&self.store, tenant)
    }

    /// All tenants, by id.
    pub fn tenants(&self) -> impl Iterator<Item = Tenant<'_>> {
        self.tenants_from(TenantId::MIN)
    }

    /// The positions of the events that concern the tenant, in order.
    pub fn positions(&self, tenant: TenantId) -> PositionList<'_> {
        let tenant = self.store.tenant(tenant);
        PositionList(tenant.map_or(&[], |tenant| self.store.positions.get(self.store.tenants.row(tenant).positions)))
    }

    /// The positions of the events that concern no tenant more than another, such as a policy's adoption, in order.
    pub fn positions_of_all(&self) -> PositionList<'_> {
        PositionList(&self.positions_of_all)
    }

    /// Whether the event at that position concerns the tenant, by itself or with all others.
    pub fn concerns(&self, tenant: TenantId, position: Position) -> bool {
        [self.positions(tenant), self.positions_of_all()].iter().any(|list| list.contains(position))
    }

    /// The tenant that a command is about: the customer that it names, else the partner.
    pub fn about(&self, command: &Command) -> Option<TenantId> {
        match command {
            Command::WithdrawInvite(command) => self.invitation(command.invitation).map(|found| found.partner().into()),
            _ => command.tenant(),
        }
    }

    /// The invitation of that id.
    pub fn invitation(&self, invitation: InvitationId) -> Option<Invitation<'_>> {
        Invitation::find(&self.store, invitation)
    }

    /// What the two have to do with each other.
    pub fn between(&self, pair: Pair) -> Option<Relationship<'_>> {
        Relationship::find(&self.store, pair)
    }

    /// The customer's relationships, by partner.
    pub fn relationships_of(&self, customer: CustomerId) -> impl Iterator<Item = Relationship<'_>> {
        self.relationships_from(customer, PartnerId::MIN)
    }

    /// The customers that the partner has or had a relationship with, by id.
    pub fn customers_of(&self, partner: PartnerId) -> impl Iterator<Item = CustomerId> {
        self.customers_from(partner, CustomerId::MIN)
    }

    /// How many of the subscriptions that the partner provisioned for the customer are active now.
    pub fn active_subscriptions(&self, pair: Pair) -> usize {
        self.store.pair(pair).map_or(0, |(_, row)| row.active_subscriptions as usize)
    }

    /// The subscription of that id.
    pub fn subscription(&self, subscription: SubscriptionId) -> Option<Subscription<'_>> {
        Subscription::find(&self.store, subscription)
    }

    /// The subscriptions in the customer's tenant, by id.
    pub fn subscriptions_of(&self, customer: CustomerId) -> impl Iterator<Item = Subscription<'_>> {
        self.subscriptions_from(customer, SubscriptionId::MIN)
    }

    /// Whether a role assignment ever had this id.
    pub fn has_role_assignment(&self, role_assignment: RoleAssignmentId) -> bool {
        self.store.role_assignments.find(role_assignment).is_some()
    }

    /// The role assignment of that id, with its subscription, if it is in force.
    pub fn role_assignment_in_force(
        &self,
        id: RoleAssignmentId,
        at: Position,
    ) -> Option<(Subscription<'_>, Principal, ResourceRole, Period<Assignment>)> {
        let AssignmentKey { subscription, principal, role } =
            self.store.assignments.key(*self.store.role_assignments.get(id)?);
        let subscription = Subscription::numbered(&self.store, subscription);
        let (principal, role) = (self.store.principal(principal), *ResourceRole::ALL.get(usize::from(role))?);
        let period = subscription.assignment(principal, role, at).filter(|period| period.value.id == id)?;
        Some((subscription, principal, role, period))
    }

    /// The device of that id.
    pub fn device(&self, device: DeviceId) -> Option<Device<'_>> {
        Device::find(&self.store, device)
    }

    /// The devices that are or were in the customer's tenant, by id.
    pub fn devices_of(&self, customer: CustomerId) -> impl Iterator<Item = Device<'_>> {
        self.devices_from(customer, DeviceId::MIN)
    }

    /// The profile of that id.
    pub fn profile(&self, profile: ProfileId) -> Option<Profile<'_>> {
        Profile::find(&self.store, profile)
    }

    /// The profiles that are or were in the customer's tenant, by id.
    pub fn profiles_of(&self, customer: CustomerId) -> impl Iterator<Item = Profile<'_>> {
        self.profiles_from(customer, ProfileId::MIN)
    }

    /// The device registered with that hardware.
    pub fn device_with(&self, Hardware { serial_number, manufacturer, model }: &Hardware) -> Option<DeviceId> {
        let [serial_number, manufacturer, model] =
            [serial_number, manufacturer, model].map(|text| self.store.texts.find(text));
        let (serial_number, manufacturer, model) = (serial_number?, manufacturer?, model?);
        let hardware = HardwareKey { serial_number, manufacturer, model };
        self.store.hardware.find(hardware, &self.store.devices).map(|number| self.store.devices.key(number))
    }

    /// The customer and the partner that something erasable concerns, if it exists.
    pub fn tenants_of_subject(&self, subject: Erasable) -> Option<(Option<CustomerId>, Option<PartnerId>)> {
        let subject = match subject {
            Erasable::Subject(subject) => subject,
            Erasable::User(user) if !Description::is_known(&self.store, user) => return None,
            Erasable::User(User { tenant, .. }) => {
                return self.kind(tenant).map(|kind| match kind {
                    TenantKind::Customer => (Some(tenant.as_customer()), None),
                    TenantKind::Partner => (None, Some(tenant.as_partner())),
                });
            }
        };
        match subject {
            DataSubject::Invitation(id) => self.invitation(id).map(|sent| (None, Some(sent.partner()))),
            DataSubject::ServiceRequest(id) => self.store.service_requests.get(id).map(|request| {
                let Pair { customer, partner } = Relationship::numbered(&self.store, request.pair).pair();
                (Some(customer), Some(partner))
            }),
            DataSubject::Device(id) => {
                self.device(id).map(|device| (Some(device.customer()), device.origin().partner()))
            }
            // Nobody erases these by themselves: one goes with the webhook, the other with the user.
            DataSubject::Webhook(_) | DataSubject::Description(_) => None,
        }
    }

    /// Whether nothing is left to erase of it.
    pub fn is_erased(&self, subject: Erasable) -> bool {
        match subject {
            Erasable::Subject(subject) => self.erased(subject).is_some(),
            Erasable::User(user) => self.description(user).is_none(),
        }
    }

    /// Whose personal data the event erases, which has not happened yet.
    pub fn erases(&self, event: &Event) -> Option<DataSubject> {
        match event {
            Event::PersonalDataErased(event::PersonalDataErased { subject: Erasable::Subject(subject), .. }) => {
                Some(*subject)
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject: Erasable::User(user), .. }) => {
                self.description(*user).map(|description| DataSubject::Description(description.id))
            }
            Event::WebhookDeleted(deleted) => Some(DataSubject::Webhook(deleted.webhook)),
            _ => None,
        }
    }

    /// Where the user's names of now were given, if it has any.
    pub fn description(&self, user: User) -> Option<Description> {
        Description::find(&self.store, user)
    }

    /// Where the names were given that the user had at that position, if it had any. They may be erased since.
    pub fn description_at(&self, user: User, position: Position) -> Option<Description> {
        Description::at(&self.store, user, position)
    }

    /// Where the name to show of the user changed last, up to that position: it was given, or erased.
    pub fn name_changed(&self, user: User, position: Position) -> Option<Position> {
        Description::changed(&self.store, user, position)
    }

    /// The same of the tenant's users that have names now, from that one on.
    pub fn descriptions(&self, tenant: TenantId, from: ObjectId) -> impl Iterator<Item = (ObjectId, Description)> {
        Description::of_tenant(&self.store, tenant, from)
    }

    /// The event that erased the subject's personal data, if one has, whenever: erasing reaches the past as well. What is
    /// sealed of a webhook is erased when it is deleted.
    pub fn erased(&self, subject: DataSubject) -> Option<EventRef> {
        match subject {
            DataSubject::Webhook(webhook) => self.deliveries.deleted(webhook),
            DataSubject::Description(id) => Description::erased(&self.store, id),
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
