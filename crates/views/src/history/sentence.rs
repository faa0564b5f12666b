//! One sentence for each event. Tenants, subscriptions and profiles go by their names, devices by their serial numbers,
//! users by their display names, or by their object ids where they have none.

use chrono::SecondsFormat;
use procura_domain::{
    event::{self, Event},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    personal::{Erasable, People},
    state::State,
    temporal::Position,
    vocabulary::{
        AssignmentOrigin, AutopilotPolicy, CustomerChannel, DeviceOrigin, GroupOf, InvitationUses, PartnerGroup,
        Principal, SubscriptionKind, SupportRoute, User,
    },
};

/// How many devices a sentence names.
const DEVICES_NAMED_MAX: usize = 5;

/// What things were called when an event happened.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) state: &'a State,
    /// What people are called now.
    pub(super) people: &'a People,
    /// Where the event stands.
    pub(super) position: Position,
}

impl Names<'_> {
    pub(super) fn sentence(self, event: &Event) -> String {
        match event {
            Event::PartnerRegistered(event::PartnerRegistered { name, domain, .. }) => {
                format!("{name} ({domain}) was registered as a partner.")
            }
            Event::CustomerRegistered(event::CustomerRegistered { name, domain, .. }) => {
                format!("{name} ({domain}) was registered as a customer.")
            }
            Event::DirectoryRoleAssigned(event::DirectoryRoleAssigned { tenant, user, role }) => {
                format!("{} became {role} of {}.", self.user(*tenant, *user), self.tenant(*tenant))
            }
            Event::DirectoryRoleRemoved(event::DirectoryRoleRemoved { tenant, user, role }) => {
                format!("{} is no longer {role} of {}.", self.user(*tenant, *user), self.tenant(*tenant))
            }
            Event::GroupMemberAdded(event::GroupMemberAdded { partner, group, user }) => {
                format!("{} joined {}.", self.user((*partner).into(), *user), self.group(*partner, *group))
            }
            Event::GroupMemberRemoved(event::GroupMemberRemoved { partner, group, user }) => {
                format!("{} left {}.", self.user((*partner).into(), *user), self.group(*partner, *group))
            }
            Event::InvitationSent(sent) => self.invitation_sent(sent),
            Event::InvitationWithdrawn(event::InvitationWithdrawn { invitation, partner }) => {
                format!("{} withdrew its invitation {invitation}.", self.partner(*partner))
            }
            Event::InvitationAccepted(event::InvitationAccepted { invitation, partner, customer }) => {
                format!(
                    "{} accepted the invitation {invitation} of {}.",
                    self.customer(*customer),
                    self.partner(*partner)
                )
            }
            Event::InvitationDeclined(event::InvitationDeclined { invitation, partner, customer }) => {
                format!(
                    "{} declined the invitation {invitation} of {}.",
                    self.customer(*customer),
                    self.partner(*partner)
                )
            }
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner }) => {
                format!(
                    "The reseller relationship of {} with {} began.",
                    self.customer(*customer),
                    self.partner(*partner)
                )
            }
            Event::RelationshipEnded(event::RelationshipEnded { customer, partner }) => {
                format!(
                    "The reseller relationship of {} with {} ended.",
                    self.customer(*customer),
                    self.partner(*partner)
                )
            }
            Event::DapGranted(event::DapGranted { customer, partner }) => {
                format!("{} granted {} delegated admin privileges.", self.customer(*customer), self.partner(*partner))
            }
            Event::DapRevoked(event::DapRevoked { customer, partner }) => {
                let (customer, partner) = (self.customer(*customer), self.partner(*partner));
                format!("The delegated admin privileges of {partner} at {customer} were revoked.")
            }
            Event::ContractRenegotiated(event::ContractRenegotiated { customer, partner }) => {
                let (customer, partner) = (self.customer(*customer), self.partner(*partner));
                format!("The contract was renegotiated: {partner} owes {customer} no support any more.")
            }
            Event::SubscriptionProvisioned(event::SubscriptionProvisioned {
                customer, partner, kind, name, ..
            }) => {
                let (customer, partner, kind) = (self.customer(*customer), self.partner(*partner), product(*kind));
                format!("{partner} provisioned the {kind} subscription “{name}” for {customer}.")
            }
            Event::SubscriptionRegistered(event::SubscriptionRegistered { customer, kind, name, .. }) => {
                format!("{} registered its {} subscription “{name}”.", self.customer(*customer), product(*kind))
            }
            Event::SubscriptionRenewed(event::SubscriptionRenewed { customer, subscription }) => {
                format!(
                    "The subscription {} of {} was renewed.",
                    self.subscription(*subscription),
                    self.customer(*customer)
                )
            }
            Event::SubscriptionCancelled(event::SubscriptionCancelled { customer, subscription }) => {
                let (subscription, customer) = (self.subscription(*subscription), self.customer(*customer));
                format!("The subscription {subscription} of {customer} was cancelled.")
            }
            Event::RoleAssigned(assigned) => self.role_assigned(assigned),
            Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved {
                customer,
                subscription,
                role,
                principal,
                ..
            }) => {
                let (holder, on) = (self.holder(*principal), self.subscription_of(*subscription, *customer));
                format!("{holder} lost the role {role} on {on}.")
            }
            Event::DeviceAdded(added) => self.device_added(added),
            Event::DeviceUpdated(event::DeviceUpdated { customer, device, group_tag }) => {
                let device = self.devices_of(&[*device], *customer);
                if group_tag.is_empty() {
                    return format!("{device} lost its group tag.");
                }
                format!("{device} got the group tag “{group_tag}”.")
            }
            Event::DeviceRemoved(event::DeviceRemoved { customer, device }) => {
                format!("{} was removed.", self.devices_of(&[*device], *customer))
            }
            Event::ProfileCreated(event::ProfileCreated { customer, profile, .. }) => {
                format!("The profile {} of {} was made.", self.profile(*profile), self.customer(*customer))
            }
            Event::ProfileUpdated(event::ProfileUpdated { customer, profile, .. }) => {
                format!("The profile {} of {} was changed.", self.profile(*profile), self.customer(*customer))
            }
            Event::ProfileDeleted(event::ProfileDeleted { customer, profile }) => {
                format!("The profile {} of {} was deleted.", self.profile(*profile), self.customer(*customer))
            }
            Event::ProfileApplied(event::ProfileApplied { customer, profile, devices }) => {
                format!("{} got the profile {}.", self.devices_of(devices, *customer), self.profile(*profile))
            }
            Event::ProfileRemoved(event::ProfileRemoved { customer, profile, devices }) => {
                format!("{} lost the profile {}.", self.devices_of(devices, *customer), self.profile(*profile))
            }
            Event::AutopilotPolicyAdopted(event::AutopilotPolicyAdopted { policy }) => {
                let what = match policy {
                    AutopilotPolicy::Relationship => "a reseller relationship is enough",
                    AutopilotPolicy::DapRequired => {
                        "profiles, and deleting others' devices, need delegated admin privileges"
                    }
                };
                format!("The Autopilot policy {policy} came into force: {what}.")
            }
            Event::ServiceRequestOpened(event::ServiceRequestOpened { customer, partner, severity, route, .. }) => {
                let (customer, partner, route) = (self.customer(*customer), self.partner(*partner), through(*route));
                format!("{partner} opened a service request of {severity} severity for {customer}, through {route}.")
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject: Erasable::User(user), .. }) => {
                format!("The names of user {} of {} were erased.", user.user, self.tenant(user.tenant))
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject, .. }) => {
                format!("What people had written was erased: {subject}.")
            }
            Event::UserDescribed(event::UserDescribed { tenant, user, .. }) => {
                let user = self.user(*tenant, *user);
                format!("{user} of {} was given a name.", self.tenant(*tenant))
            }
            Event::ConsumerSet(event::ConsumerSet { tenant, user, name, .. }) => {
                format!("The consumer {name} of {} was set.", self.user_of(User { tenant: *tenant, user: *user }))
            }
            Event::ConsumerDeleted(event::ConsumerDeleted { tenant, user, name }) => {
                format!("The consumer {name} of {} was deleted.", self.user_of(User { tenant: *tenant, user: *user }))
            }
            Event::WebhookSet(event::WebhookSet { tenant, user, name, new_secret, .. }) => {
                let secret = if *new_secret { ", with a new secret" } else { "" };
                let owner = self.user_of(User { tenant: *tenant, user: *user });
                format!("The webhook {name} of {owner} was set{secret}.")
            }
            Event::WebhookDeleted(event::WebhookDeleted { tenant, user, name, .. }) => {
                format!("The webhook {name} of {} was deleted.", self.user_of(User { tenant: *tenant, user: *user }))
            }
        }
    }

    fn invitation_sent(self, sent: &event::InvitationSent) -> String {
        let event::InvitationSent { invitation, partner, delegated_admin, uses, expires_at, .. } = sent;
        let partner = self.partner(*partner);
        let asks = if *delegated_admin { "with" } else { "without" };
        let uses = match uses {
            InvitationUses::Once => "one customer",
            InvitationUses::Many => "any number of customers",
        };
        let expires = expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!(
            "{partner} sent the invitation {invitation} to a reseller relationship {asks} delegated admin privileges, for {uses}, \
             good until {expires}."
        )
    }

    fn role_assigned(self, assigned: &event::RoleAssigned) -> String {
        let event::RoleAssigned { customer, subscription, role, principal, origin, .. } = assigned;
        let (holder, on) = (self.holder(*principal), self.subscription_of(*subscription, *customer));
        let by = match origin {
            AssignmentOrigin::Provisioning => ", by provisioning it",
            AssignmentOrigin::Registered => ", by registering it",
            AssignmentOrigin::Assigned => "",
        };
        format!("{holder} got the role {role} on {on}{by}.")
    }

    fn device_added(self, added: &event::DeviceAdded) -> String {
        let device = self.devices_of(&[added.device], added.customer);
        let by = match added.origin {
            DeviceOrigin::Partner(partner) => format!("by {}", self.partner(partner)),
            DeviceOrigin::Customer(channel) => format!("through {}", store(channel)),
        };
        let (maker, model) = (&added.hardware.manufacturer, &added.hardware.model);
        format!("{device} was added {by}: {maker} {model}.")
    }

    pub(super) fn tenant(self, id: TenantId) -> String {
        self.state.tenant(id).map_or_else(|| id.to_string(), |tenant| tenant.name().to_string())
    }

    fn partner(self, id: PartnerId) -> String {
        self.tenant(id.into())
    }

    fn customer(self, id: CustomerId) -> String {
        self.tenant(id.into())
    }

    pub(super) fn group(self, partner: PartnerId, group: PartnerGroup) -> String {
        format!("the {group} of {}", self.partner(partner))
    }

    /// A user at the beginning of a sentence, whose tenant the sentence names.
    fn user(self, tenant: TenantId, user: ObjectId) -> String {
        let shown = self.people.shown(User { tenant, user });
        shown.map_or_else(|| format!("User {user}"), str::to_owned)
    }

    pub(super) fn user_of(self, user: User) -> String {
        let tenant = self.tenant(user.tenant);
        match self.people.shown(user) {
            Some(name) => format!("{name} of {tenant}"),
            None => format!("user {} of {tenant}", user.user),
        }
    }

    /// Who holds a role, at the beginning of a sentence.
    fn holder(self, principal: Principal) -> String {
        match principal {
            Principal::Group(GroupOf { group, partner }) => format!("The {group} of {}", self.partner(partner)),
            Principal::User(User { tenant, user }) => format!("{} of {}", self.user(tenant, user), self.tenant(tenant)),
        }
    }

    pub(super) fn subscription(self, id: SubscriptionId) -> String {
        self.state.subscription(id).map_or_else(|| id.to_string(), |found| format!("“{}”", found.name()))
    }

    fn subscription_of(self, id: SubscriptionId, customer: CustomerId) -> String {
        format!("{} of {}", self.subscription(id), self.customer(customer))
    }

    /// The profile as it was called after the event; where that deleted it, before.
    fn profile(self, id: ProfileId) -> String {
        let before = self.position.before();
        let found = self.state.profile(id);
        let content = found.and_then(|found| found.content(self.position).or_else(|| found.content(before)));
        content.map_or_else(|| id.to_string(), |content| format!("“{}”", content.name))
    }

    /// Devices at the beginning of a sentence, the first few by their serial numbers.
    fn devices_of(self, ids: &[DeviceId], customer: CustomerId) -> String {
        let serial = |id: &DeviceId| {
            self.state.device(*id).map_or_else(|| id.to_string(), |found| found.hardware().serial_number.to_string())
        };
        let mut named: Vec<_> = ids.iter().take(DEVICES_NAMED_MAX).map(serial).collect();
        let others = ids.len().saturating_sub(DEVICES_NAMED_MAX);
        if others > 0 {
            named.push(format!("{others} more"));
        }
        let customer = self.customer(customer);
        match named.split_last() {
            Some((last, [])) => format!("The device {last} of {customer}"),
            Some((last, before)) => format!("The devices {} and {last} of {customer}", before.join(", ")),
            None => format!("No device of {customer}"),
        }
    }
}

fn product(kind: SubscriptionKind) -> &'static str {
    match kind {
        SubscriptionKind::Azure => "Azure",
        SubscriptionKind::Microsoft365 => "Microsoft 365",
    }
}

fn store(channel: CustomerChannel) -> &'static str {
    match channel {
        CustomerChannel::MicrosoftStoreForBusiness => "Microsoft Store for Business",
        CustomerChannel::MicrosoftStoreForEducation => "Microsoft Store for Education",
        CustomerChannel::Intune => "Intune",
    }
}

fn through(route: SupportRoute) -> &'static str {
    match route {
        SupportRoute::AdminPortal => "the customer's admin portal",
        SupportRoute::MicrosoftSupport => "Microsoft support",
    }
}
