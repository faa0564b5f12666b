//! What a command makes of the state: the events to record, or why it is refused.
//!
//! The order of checks, the first that fails answers: the command's shape, the actor, what is unknown or not the
//! actor's to know of, the [decision function](crate::access::decide), then the state of the aggregate.

mod context;

pub use context::{Context, FreshIds};

use crate::{
    access::{
        self, CustomerAction as OnCustomer, Decision, DeviceAction as OnDevice, Missing, Named,
        PartnerAction as OnPartner, Permit, ProfileAction as OnProfile, Question, Resource, Subject,
        SubscriptionAction as OnSubscription,
    },
    aggregate::{
        description,
        device::Device,
        feed,
        invitation::Invitation,
        profile::Profile,
        relationship::Relationship,
        subscription::{Subscription, Taken},
        tenant::Tenant,
    },
    command::{AddDevice, AssignRole, Command, DescribeUser, RemoveRoleAssignment, RenegotiateContract, UpdateProfile},
    event::{AutopilotPolicyAdopted, Event, PersonalDataErased},
    facts::Facts,
    id::{CustomerId, DeviceId, InvitationId, PartnerId, ProfileId, SubscriptionId, TenantId},
    refusal::Refusal,
    rule::Rule,
    state::{Remembering, State},
    temporal::Moment,
    visibility::{Reader, can_name_principal, can_see_principal, reads_events},
    vocabulary::{Actor, DirectoryRole, OverseerRole, Pair, SubscriptionKind, TenantKind, User},
};

/// Decides a command: its events, to be recorded together, or why it is refused.
///
/// # Errors
/// The first [`Refusal`] in the order of checks.
pub fn decide(command: &Command, context: &Context, state: &State) -> Result<Vec<Event>, Refusal> {
    check_shape(command)?;
    let now = Moment { position: context.position, at: context.at };
    Deciding { now, context, state, facts: state.remembering() }.decide(command)
}

/// What the fields' types cannot say.
fn check_shape(command: &Command) -> Result<(), Refusal> {
    let (kind, role_assignment) = match command {
        Command::UpdateProfile(UpdateProfile { name: None, settings: None, .. }) => {
            return Err(Refusal::InvalidCommand { field: "name", problem: "give a new name, new settings, or both" });
        }
        Command::DescribeUser(DescribeUser { display_name: None, user_principal_name: None, .. }) => {
            let problem = "give a display name, a user principal name, or both";
            return Err(Refusal::InvalidCommand { field: "displayName", problem });
        }
        Command::ProvisionSubscription(command) => (command.kind, command.role_assignment),
        Command::RegisterSubscription(command) => (command.kind, command.role_assignment),
        _ => return Ok(()),
    };
    if kind == SubscriptionKind::Microsoft365 && role_assignment.is_some() {
        let problem = "a microsoft365 subscription has no roles; leave it out";
        return Err(Refusal::InvalidCommand { field: "roleAssignment", problem });
    }
    Ok(())
}

/// A command on its way through the checks.
struct Deciding<'a> {
    now: Moment,
    context: &'a Context<'a>,
    state: &'a State,
    facts: Remembering<'a>,
}

impl Deciding<'_> {
    /// What the command makes, and the names that it gives a user in passing.
    fn decide(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let mut events = self.decide_itself(command)?;
        if let Some(names) = command.names() {
            events.push(description::decide(&names, self.state.description(names.user), self.context)?);
        }
        Ok(events)
    }

    fn decide_itself(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let (state, context, now) = (self.state, self.context, self.now.position);
        match command {
            Command::RegisterPartner(command) => {
                self.operator(Rule::Ten1)?;
                Tenant::decide_partner(state.tenant(command.partner.into()), command)
            }
            Command::RegisterCustomer(command) => {
                self.operator(Rule::Ten1)?;
                Tenant::decide_customer(state.tenant(command.customer.into()), command)
            }
            Command::AddGroupMember(command) => {
                let permit = self.on_partner(OnPartner::ManageGroup, command.partner)?;
                self.tenant(command.partner, "partner")?.decide_add(command, &permit, now)
            }
            Command::RemoveGroupMember(command) => {
                let permit = self.on_partner(OnPartner::ManageGroup, command.partner)?;
                self.tenant(command.partner, "partner")?.decide_remove(command, &permit, now)
            }
            Command::AssignDirectoryRole(command) => {
                let permit = self.on_directory(command.tenant)?;
                self.tenant(command.tenant, "tenant")?.decide_assign_role(command, &permit, now)
            }
            Command::RemoveDirectoryRole(command) => {
                let permit = self.on_directory(command.tenant)?;
                self.tenant(command.tenant, "tenant")?.decide_remove_role(command, &permit, now)
            }
            Command::DescribeUser(command) => self.describe(command).map(|()| Vec::new()),
            Command::SendInvite(command) => {
                let permit = self.on_partner(OnPartner::SendInvitation, command.partner)?;
                let existing = command.invitation.and_then(|invitation| state.invitation(invitation));
                Invitation::decide_send(existing, command, context, &permit)
            }
            Command::WithdrawInvite(command) => {
                self.user()?;
                let invitation = state.invitation(command.invitation).ok_or(Refusal::NotFound("invitation"))?;
                let asked = Resource::Partner(OnPartner::SendInvitation, invitation.partner(), None);
                let permit = permitted(known(self.ask(asked)?, "invitation")?)?;
                invitation.decide_withdraw(context, &permit)
            }
            Command::AcceptInvite(command) => {
                let (invitation, permit) = self.accepting(command.invitation, command.customer)?;
                let pair = Pair { customer: command.customer, partner: invitation.partner() };
                invitation.decide_accept(state.between(pair), command, context, &permit)
            }
            Command::DeclineInvite(command) => {
                let (invitation, permit) = self.accepting(command.invitation, command.customer)?;
                invitation.decide_decline(command, context, &permit)
            }
            Command::RevokeDap(command) => {
                let permit = self.beside_partner(OnCustomer::RevokeDap, command.customer, command.partner)?;
                self.between(command.customer, command.partner)?.decide_revoke(&permit, now)
            }
            Command::EndRelationship(command) => {
                let permit = self.beside_partner(OnCustomer::EndRelationship, command.customer, command.partner)?;
                let active = state.active_subscriptions(Pair { customer: command.customer, partner: command.partner });
                self.between(command.customer, command.partner)?.decide_end(active, &permit, now)
            }
            Command::RenegotiateContract(command) => {
                self.operator(Rule::Sup3)?;
                let RenegotiateContract { customer, partner } = *command;
                self.registered(customer, TenantKind::Customer, "customer")?;
                self.registered(partner, TenantKind::Partner, "partner")?;
                self.between(customer, partner)?.decide_renegotiate(now)
            }
            Command::OpenServiceRequest(command) => {
                let action = OnCustomer::OpenServiceRequest;
                let permit = self.beside_partner(action, command.customer, command.partner)?;
                self.between(command.customer, command.partner)?.decide_open_request(command, context, &permit)
            }
            Command::ProvisionSubscription(command) => {
                let action = OnCustomer::ProvisionSubscription;
                let permit = self.beside_partner(action, command.customer, command.partner)?;
                let subscription = command.subscription.is_some_and(|id| state.subscription(id).is_some());
                let role_assignment = command.role_assignment.is_some_and(|id| state.has_role_assignment(id));
                Subscription::decide_provision(command, Taken { subscription, role_assignment }, context, &permit)
            }
            Command::RegisterSubscription(command) => {
                let asked = self.on_customer(OnCustomer::RegisterSubscription, command.customer, Named::default())?;
                let administrator = self.user()?;
                let permit = permitted(known(asked, "customer")?)?;
                let subscription = state.subscription(command.subscription).is_some();
                let role_assignment = command.role_assignment.is_some_and(|id| state.has_role_assignment(id));
                let taken = Taken { subscription, role_assignment };
                Subscription::decide_register(command, taken, administrator, context, &permit)
            }
            Command::RenewSubscription(command) => {
                let renewed = self.on_subscription(OnSubscription::Renew, command.customer, command.subscription)?;
                let (subscription, permit) = renewed;
                Ok(subscription.decide_renew(&permit))
            }
            Command::CancelSubscription(command) => {
                let cancelled = self.on_subscription(OnSubscription::Cancel, command.customer, command.subscription)?;
                let (subscription, permit) = cancelled;
                Ok(subscription.decide_cancel(&permit))
            }
            Command::AssignRole(command) => self.assign_role(command),
            Command::RemoveRoleAssignment(command) => self.remove_role_assignment(command),
            Command::AddDevice(command) => self.add_device(command),
            Command::UpdateDevice(command) => {
                let (device, permit) = self.on_device(OnDevice::Manage, command.customer, command.device, "device")?;
                Ok(device.decide_update(command, &permit))
            }
            Command::RemoveDevice(command) => {
                let (device, permit) = self.on_device(OnDevice::Delete, command.customer, command.device, "device")?;
                Ok(device.decide_remove(&permit))
            }
            Command::CreateProfile(command) => {
                let asked = self.on_customer(OnCustomer::CreateProfile, command.customer, Named::default())?;
                let permit = permitted(known(asked, "customer")?)?;
                let id_taken = command.profile.is_some_and(|id| state.profile(id).is_some());
                Profile::decide_create(id_taken, command, context, &permit)
            }
            Command::UpdateProfile(command) => {
                let (profile, permit) = self.on_profile(OnProfile::Update, command.customer, command.profile)?;
                profile.decide_update(command, &permit, now)
            }
            Command::DeleteProfile(command) => {
                let (profile, permit) = self.on_profile(OnProfile::Delete, command.customer, command.profile)?;
                profile.decide_delete(&permit)
            }
            Command::ApplyProfile(command) => {
                let devices = command.devices.iter();
                let action = OnDevice::ApplyProfile;
                let (profile, _, permits) = self.on_devices(action, command.customer, command.profile, devices)?;
                Ok(profile.decide_apply(command, &permits))
            }
            Command::RemoveProfile(command) => {
                let devices = command.devices.iter();
                let action = OnDevice::RemoveProfile;
                let (profile, devices, permits) =
                    self.on_devices(action, command.customer, command.profile, devices)?;
                let applied = devices.iter().map(|device| (device.id(), device.profile(now)));
                profile.decide_remove(command, applied, &permits)
            }
            Command::AdoptAutopilotPolicy(command) => {
                self.operator(Rule::Apl8)?;
                if state.autopilot_policy(self.now).0 == command.policy {
                    return Err(Refusal::PolicyInForce);
                }
                Ok(vec![AutopilotPolicyAdopted { policy: command.policy }.into()])
            }
            Command::ErasePersonalData(command) => {
                // The log is everybody's; a user acts for one tenant alone.
                self.operator(Rule::Ten2)?;
                let subject = command.subject;
                let (customer, partner) = state.tenants_of_subject(subject).ok_or(Refusal::NotFound("subject"))?;
                if state.is_erased(subject) {
                    return Err(Refusal::AlreadyErased(subject));
                }
                Ok(vec![PersonalDataErased { customer, partner, subject }.into()])
            }
            Command::SetConsumer(command) => {
                let (owner, role) = self.reading_feed_owner(command.role)?;
                let existing = state.consumer(owner, &command.name, now).map(|period| &period.value);
                let has = state.deliveries_of(owner.tenant);
                feed::decide_set_consumer(existing, has, (owner, role), command, context)
            }
            Command::DeleteConsumer(command) => {
                let (owner, _) = self.feed_owner(command.role)?;
                let existing = state.consumer(owner, &command.name, now).map(|period| &period.value);
                feed::decide_delete_consumer(existing, owner, command)
            }
            Command::SetWebhook(command) => {
                let (owner, role) = self.reading_feed_owner(command.role)?;
                let existing = state.webhook(owner, &command.name, now).map(|period| &period.value);
                let has = state.deliveries_of(owner.tenant);
                feed::decide_set_webhook(existing, has, (owner, role), command, context)
            }
            Command::DeleteWebhook(command) => {
                let (owner, _) = self.feed_owner(command.role)?;
                let existing = state.webhook(owner, &command.name, now).map(|period| &period.value);
                feed::decide_delete_webhook(existing, owner, command)
            }
        }
    }

    /// The invitation that a customer is about to accept or decline.
    fn accepting(&self, id: InvitationId, customer: CustomerId) -> Result<(Invitation<'_>, Permit), Refusal> {
        let asked = self.on_customer(OnCustomer::AcceptInvitation, customer, Named::default())?;
        let known = known(asked, "customer")?;
        let invitation = self.state.invitation(id).ok_or(Refusal::NotFound("invitation"))?;
        Ok((invitation, permitted(known)?))
    }

    /// A subscription of that customer, with the permit for the action.
    fn on_subscription(
        &self,
        action: OnSubscription,
        customer: CustomerId,
        id: SubscriptionId,
    ) -> Result<(Subscription<'_>, Permit), Refusal> {
        self.user()?;
        let found = self.state.subscription(id).filter(|found| found.customer() == customer);
        let found = found.ok_or(Refusal::NotFound("subscription"))?;
        Ok((found, permitted(known(self.ask(Resource::Subscription(action, id))?, "subscription")?)?))
    }

    /// A device of that customer, with the permit for the action.
    fn on_device(
        &self,
        action: OnDevice,
        customer: CustomerId,
        id: DeviceId,
        field: &'static str,
    ) -> Result<(Device<'_>, Permit), Refusal> {
        let (device, decision) = self.known_device(action, customer, id, field)?;
        Ok((device, permitted(decision)?))
    }

    fn known_device(
        &self,
        action: OnDevice,
        customer: CustomerId,
        id: DeviceId,
        field: &'static str,
    ) -> Result<(Device<'_>, Decision), Refusal> {
        self.user()?;
        let found = self.state.device(id).filter(|found| found.customer() == customer);
        let found = found.ok_or(Refusal::NotFound(field))?;
        Ok((found, known(self.ask(Resource::Device(action, id))?, field)?))
    }

    /// A profile of that customer, with the permit for the action.
    fn on_profile(
        &self,
        action: OnProfile,
        customer: CustomerId,
        id: ProfileId,
    ) -> Result<(Profile<'_>, Permit), Refusal> {
        let (profile, decision) = self.known_profile(action, customer, id)?;
        Ok((profile, permitted(decision)?))
    }

    fn known_profile(
        &self,
        action: OnProfile,
        customer: CustomerId,
        id: ProfileId,
    ) -> Result<(Profile<'_>, Decision), Refusal> {
        self.user()?;
        let found = self.state.profile(id).filter(|found| found.customer() == customer);
        let found = found.ok_or(Refusal::NotFound("profile"))?;
        Ok((found, known(self.ask(Resource::Profile(action, id))?, "profile")?))
    }

    /// A profile and devices of that customer, with a permit for each device: all or none.
    fn on_devices(
        &self,
        action: OnDevice,
        customer: CustomerId,
        profile: ProfileId,
        devices: impl Iterator<Item = DeviceId>,
    ) -> Result<(Profile<'_>, Vec<Device<'_>>, Vec<Permit>), Refusal> {
        // A user who can see a profile may still not be allowed to change it; applying it is asked of the devices.
        let (profile, _) = self.known_profile(OnProfile::Update, customer, profile)?;
        let known = devices.map(|device| self.known_device(action, customer, device, "devices"));
        let (devices, decisions): (Vec<_>, Vec<_>) = known.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let permits = decisions.into_iter().map(permitted).collect::<Result<_, _>>()?;
        Ok((profile, devices, permits))
    }

    /// Whether the actor may say what a user is called: of itself its display name only (PEO-1), so the user is not named in
    /// the question behind a user principal name.
    fn describe(&self, command: &DescribeUser) -> Result<(), Refusal> {
        let DescribeUser { tenant, user, ref user_principal_name, .. } = *command;
        if let Actor::Operator(_) = self.context.actor {
            return self.tenant(tenant, "tenant").map(drop);
        }
        let named = Named { user: Some(user).filter(|_| user_principal_name.is_none()), ..Named::default() };
        self.on_tenant(tenant, OnCustomer::DescribeUser, OnPartner::DescribeUser, named).map(drop)
    }

    fn assign_role(&self, command: &AssignRole) -> Result<Vec<Event>, Refusal> {
        let actor = self.user()?;
        let AssignRole { customer, subscription, role_assignment, principal, .. } = command;
        let found = self.state.subscription(*subscription).filter(|found| found.customer() == *customer);
        let found = found.ok_or(Refusal::NotFound("subscription"))?;
        let asked = Resource::Subscription(OnSubscription::CreateRoleAssignment, *subscription);
        let permit = permitted(known(self.ask(asked)?, "subscription")?)?;
        if !can_name_principal(actor, *principal, *customer, self.now, &self.facts) {
            return Err(Refusal::NotFound("principal"));
        }
        let taken = role_assignment.is_some_and(|id| self.state.has_role_assignment(id));
        found.decide_assign(command, taken, self.context, &permit)
    }

    fn remove_role_assignment(&self, command: &RemoveRoleAssignment) -> Result<Vec<Event>, Refusal> {
        let RemoveRoleAssignment { customer, role_assignment } = *command;
        let subject = Subject::User(self.user()?);
        let found = self.state.role_assignment_in_force(role_assignment, self.now.position);
        let found = found.filter(|(subscription, principal, ..)| {
            subscription.customer() == customer && can_see_principal(subject, *principal, customer)
        });
        let (subscription, principal, role, _) = found.ok_or(Refusal::NotFound("roleAssignment"))?;
        let asked = Resource::Subscription(OnSubscription::RemoveRoleAssignment, subscription.id());
        let permit = permitted(known(self.ask(asked)?, "roleAssignment")?)?;
        let role_held = DirectoryRole::GlobalAdministrator;
        let explicit = subject.directory_role(customer.into(), role_held, self.now, &self.facts).is_in_force();
        subscription.decide_remove((role_assignment, principal, role), explicit, &permit)
    }

    fn add_device(&self, command: &AddDevice) -> Result<Vec<Event>, Refusal> {
        let named = Named { origin: Some(command.origin), ..Named::default() };
        let permit = self.beside(OnCustomer::AddDevice, command.customer, named)?;
        let id_taken = command.device.is_some_and(|id| self.state.device(id).is_some());
        let hardware_registered = self.state.device_with(&command.hardware).is_some();
        Device::decide_add(id_taken, hardware_registered, command, self.context, &permit)
    }

    /// What only operators do, by that rule; there is no question to ask about it.
    fn operator(&self, rule: Rule) -> Result<(), Refusal> {
        match self.context.actor {
            Actor::Operator(_) => Ok(()),
            Actor::User(_) => {
                self.user()?;
                Err(Refusal::not_allowed(rule, Missing::Operator))
            }
        }
    }

    /// Whose a consumer or webhook is that the actor sets or deletes: its own (FEED-1), by the service role that it has. An
    /// operator with a token is named like a user.
    fn feed_owner(&self, role: Option<OverseerRole>) -> Result<(User, Option<OverseerRole>), Refusal> {
        match self.context.actor {
            Actor::User(user) if role.is_some() => Ok((*user, role)),
            Actor::User(_) => Ok((self.user()?, None)),
            Actor::Operator(name) => {
                let owner = name.parse().map_err(|_| Refusal::not_allowed(Rule::Feed1, Missing::FeedOwner))?;
                Ok((owner, Some(OverseerRole::Operator)))
            }
        }
    }

    /// The same; it must be told of some events (FEED-2).
    fn reading_feed_owner(&self, role: Option<OverseerRole>) -> Result<(User, Option<OverseerRole>), Refusal> {
        let (owner, role) = self.feed_owner(role)?;
        let reader = role.map_or(Reader::User(owner), |_| Reader::Overseer);
        if reads_events(reader, self.now, self.state) {
            Ok((owner, role))
        } else {
            Err(Refusal::not_allowed(Rule::Feed2, Missing::EventsToRead))
        }
    }

    /// Everything else is for users of registered tenants (TEN-2).
    fn user(&self) -> Result<User, Refusal> {
        match self.context.actor {
            Actor::User(user) if self.state.tenant(user.tenant).is_some() => Ok(*user),
            Actor::User(_) | Actor::Operator(_) => Err(Refusal::not_allowed(Rule::Ten2, Missing::RegisteredTenant)),
        }
    }

    fn ask(&self, resource: Resource) -> Result<Decision, Refusal> {
        let question = Question { subject: Subject::User(self.user()?), resource };
        Ok(access::decide(&question, self.now, &self.facts))
    }

    fn on_partner(&self, action: OnPartner, partner: PartnerId) -> Result<Permit, Refusal> {
        permitted(known(self.ask(Resource::Partner(action, partner, None))?, "partner")?)
    }

    fn on_customer(&self, action: OnCustomer, customer: CustomerId, named: Named) -> Result<Decision, Refusal> {
        self.ask(Resource::Customer(action, customer, named))
    }

    fn beside_partner(&self, action: OnCustomer, customer: CustomerId, partner: PartnerId) -> Result<Permit, Refusal> {
        self.beside(action, customer, Named { partner: Some(partner), ..Named::default() })
    }

    /// First the customer must be the actor's to know of, then the partner named beside it.
    fn beside(&self, action: OnCustomer, customer: CustomerId, named: Named) -> Result<Permit, Refusal> {
        known(self.on_customer(action, customer, Named::default())?, "customer")?;
        permitted(known(self.on_customer(action, customer, named)?, "partner")?)
    }

    /// The permit to give and take a tenant's directory roles.
    fn on_directory(&self, tenant: TenantId) -> Result<Permit, Refusal> {
        self.on_tenant(tenant, OnCustomer::AssignDirectoryRole, OnPartner::AssignDirectoryRole, Named::default())
    }

    /// The permit for an action on a tenant of either kind.
    fn on_tenant(
        &self,
        tenant: TenantId,
        on_customer: OnCustomer,
        on_partner: OnPartner,
        named: Named,
    ) -> Result<Permit, Refusal> {
        self.user()?;
        let resource = match self.tenant(tenant, "tenant")?.kind() {
            TenantKind::Partner => Resource::Partner(on_partner, tenant.as_partner(), named.user),
            TenantKind::Customer => Resource::Customer(on_customer, tenant.as_customer(), named),
        };
        permitted(known(self.ask(resource)?, "tenant")?)
    }

    fn tenant(&self, tenant: impl Into<TenantId>, field: &'static str) -> Result<Tenant<'_>, Refusal> {
        self.state.tenant(tenant.into()).ok_or(Refusal::NotFound(field))
    }

    fn registered(&self, tenant: impl Into<TenantId>, kind: TenantKind, field: &'static str) -> Result<(), Refusal> {
        let found = self.tenant(tenant, field)?;
        if found.kind() == kind { Ok(()) } else { Err(Refusal::NotFound(field)) }
    }

    fn between(&self, customer: CustomerId, partner: PartnerId) -> Result<Relationship<'_>, Refusal> {
        self.state.between(Pair { customer, partner }).ok_or(Refusal::NoRelationship)
    }
}

/// Stops where the actor may not know of what the command names: `field` is what it is told.
fn known(decision: Decision, field: &'static str) -> Result<Decision, Refusal> {
    match decision {
        Decision::Denied(denial) if !denial.known => Err(Refusal::NotFound(field)),
        decision => Ok(decision),
    }
}

/// Stops where the rules say no. If nothing is in the way but that the subscription is cancelled, that is what is said
/// (SUB-9).
fn permitted(decision: Decision) -> Result<Permit, Refusal> {
    match decision {
        Decision::Allowed(permit) => Ok(permit),
        Decision::Denied(denial) if denial.missing == Missing::ActiveSubscription => {
            Err(Refusal::SubscriptionNotActive)
        }
        Decision::Denied(denial) => Err(Refusal::NotAllowed { rule: denial.rule, denial }),
    }
}
