//! One sentence for each event. Tenants, subscriptions and profiles go by their names, devices by their serial numbers,
//! users by their display names, or by their object ids where they have none.

use chrono::SecondsFormat;
use procura_domain::{
    event::{self, Event},
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId, TenantId},
    personal::{Erasable, People},
    state::State,
    temporal::{Position, Timestamp},
    vocabulary::{DeviceOrigin, DirectoryRole, GroupOf, Locale, PartnerGroup, Principal, ResourceRole, User},
};
use procura_words::{Value, Words};

/// How many devices a sentence names.
const DEVICES_NAMED_MAX: usize = 5;

/// What things were called when an event happened, and the words to tell it in.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) state: &'a State,
    /// What people are called now.
    pub(super) people: &'a People,
    /// Where the event stands.
    pub(super) position: Position,
    pub(super) words: Words,
}

impl<'a> Names<'a> {
    pub(super) fn sentence(self, event: &'a Event) -> String {
        let say = |id, values: &[_]| self.words.sentence(id, values);
        match event {
            Event::PartnerRegistered(event::PartnerRegistered { name, domain, .. }) => {
                say("history-PartnerRegistered", &[("name", text(name)), ("domain", text(domain))])
            }
            Event::CustomerRegistered(event::CustomerRegistered { name, domain, .. }) => {
                say("history-CustomerRegistered", &[("name", text(name)), ("domain", text(domain))])
            }
            Event::DirectoryRoleAssigned(event::DirectoryRoleAssigned { tenant, user, role }) => {
                say("history-DirectoryRoleAssigned", &self.directory_role(*tenant, *user, *role))
            }
            Event::DirectoryRoleRemoved(event::DirectoryRoleRemoved { tenant, user, role }) => {
                say("history-DirectoryRoleRemoved", &self.directory_role(*tenant, *user, *role))
            }
            Event::GroupMemberAdded(event::GroupMemberAdded { partner, group, user }) => {
                say("history-GroupMemberAdded", &self.membership(*partner, *group, *user))
            }
            Event::GroupMemberRemoved(event::GroupMemberRemoved { partner, group, user }) => {
                say("history-GroupMemberRemoved", &self.membership(*partner, *group, *user))
            }
            Event::InvitationSent(sent) => self.invitation_sent(sent),
            Event::InvitationWithdrawn(event::InvitationWithdrawn { invitation, partner }) => {
                let invitation = invitation.to_string();
                say("history-InvitationWithdrawn", &[self.partner(*partner), ("invitation", invitation.into())])
            }
            Event::InvitationAccepted(event::InvitationAccepted { invitation, partner, customer }) => {
                let [customer, partner] = self.both(*customer, *partner);
                let invitation = invitation.to_string();
                say("history-InvitationAccepted", &[customer, partner, ("invitation", invitation.into())])
            }
            Event::InvitationDeclined(event::InvitationDeclined { invitation, partner, customer }) => {
                let [customer, partner] = self.both(*customer, *partner);
                let invitation = invitation.to_string();
                say("history-InvitationDeclined", &[customer, partner, ("invitation", invitation.into())])
            }
            Event::RelationshipEstablished(event::RelationshipEstablished { customer, partner }) => {
                say("history-RelationshipEstablished", &self.both(*customer, *partner))
            }
            Event::RelationshipEnded(event::RelationshipEnded { customer, partner }) => {
                say("history-RelationshipEnded", &self.both(*customer, *partner))
            }
            Event::DapGranted(event::DapGranted { customer, partner }) => {
                say("history-DapGranted", &self.both(*customer, *partner))
            }
            Event::DapRevoked(event::DapRevoked { customer, partner }) => {
                say("history-DapRevoked", &self.both(*customer, *partner))
            }
            Event::ContractRenegotiated(event::ContractRenegotiated { customer, partner }) => {
                say("history-ContractRenegotiated", &self.both(*customer, *partner))
            }
            Event::SubscriptionProvisioned(event::SubscriptionProvisioned {
                customer, partner, kind, name, ..
            }) => {
                let [customer, partner] = self.both(*customer, *partner);
                let (kind, name) = (("kind", kind.name().into()), ("subscription", self.quoted(name)));
                say("history-SubscriptionProvisioned", &[customer, partner, kind, name])
            }
            Event::SubscriptionRegistered(event::SubscriptionRegistered { customer, kind, name, .. }) => {
                let (kind, name) = (("kind", kind.name().into()), ("subscription", self.quoted(name)));
                say("history-SubscriptionRegistered", &[self.customer(*customer), kind, name])
            }
            Event::SubscriptionRenewed(event::SubscriptionRenewed { customer, subscription }) => {
                say("history-SubscriptionRenewed", &[self.subscription(*subscription), self.customer(*customer)])
            }
            Event::SubscriptionCancelled(event::SubscriptionCancelled { customer, subscription }) => {
                say("history-SubscriptionCancelled", &[self.subscription(*subscription), self.customer(*customer)])
            }
            Event::RoleAssigned(event::RoleAssigned { customer, subscription, role, principal, origin, .. }) => {
                let [holder, role, on, of] = self.role_on(*principal, *role, *subscription, *customer);
                say("history-RoleAssigned", &[holder, role, on, of, ("origin", origin.name().into())])
            }
            Event::RoleAssignmentRemoved(event::RoleAssignmentRemoved {
                customer,
                subscription,
                role,
                principal,
                ..
            }) => say("history-RoleAssignmentRemoved", &self.role_on(*principal, *role, *subscription, *customer)),
            Event::DeviceAdded(added) => self.device_added(added),
            Event::DeviceUpdated(event::DeviceUpdated { customer, device, group_tag }) => {
                let device = self.device(*device, *customer);
                if group_tag.is_empty() {
                    return say("history-DeviceUpdated-without-tag", &[device]);
                }
                say("history-DeviceUpdated", &[device, ("tag", self.quoted(group_tag))])
            }
            Event::DeviceRemoved(event::DeviceRemoved { customer, device }) => {
                say("history-DeviceRemoved", &[self.device(*device, *customer)])
            }
            Event::ProfileCreated(event::ProfileCreated { customer, profile, .. }) => {
                say("history-ProfileCreated", &[self.profile(*profile), self.customer(*customer)])
            }
            Event::ProfileUpdated(event::ProfileUpdated { customer, profile, .. }) => {
                say("history-ProfileUpdated", &[self.profile(*profile), self.customer(*customer)])
            }
            Event::ProfileDeleted(event::ProfileDeleted { customer, profile }) => {
                say("history-ProfileDeleted", &[self.profile(*profile), self.customer(*customer)])
            }
            Event::ProfileApplied(event::ProfileApplied { customer, profile, devices }) => {
                say("history-ProfileApplied", &[self.devices(devices, *customer), self.profile(*profile)])
            }
            Event::ProfileRemoved(event::ProfileRemoved { customer, profile, devices }) => {
                say("history-ProfileRemoved", &[self.devices(devices, *customer), self.profile(*profile)])
            }
            Event::AutopilotPolicyAdopted(event::AutopilotPolicyAdopted { policy }) => {
                say("history-AutopilotPolicyAdopted", &[("policy", policy.name().into())])
            }
            Event::ServiceRequestOpened(event::ServiceRequestOpened { customer, partner, severity, route, .. }) => {
                let [customer, partner] = self.both(*customer, *partner);
                let (severity, route) = (("severity", severity.name().into()), ("route", route.name().into()));
                say("history-ServiceRequestOpened", &[customer, partner, severity, route])
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject: Erasable::User(user), .. }) => {
                let values = [("user", user.user.to_string().into()), self.tenant(user.tenant)];
                say("history-PersonalDataErased-of-user", &values)
            }
            Event::PersonalDataErased(event::PersonalDataErased { subject, .. }) => {
                say("history-PersonalDataErased", &[("subject", subject.to_string().into())])
            }
            Event::UserDescribed(event::UserDescribed { tenant, user, .. }) => {
                let user = Principal::User(User { tenant: *tenant, user: *user });
                say("history-UserDescribed", &[self.holder(user)])
            }
            Event::ConsumerSet(event::ConsumerSet { tenant, user, name, .. }) => {
                say("history-ConsumerSet", &[("name", text(name)), self.owner(*tenant, *user)])
            }
            Event::ConsumerDeleted(event::ConsumerDeleted { tenant, user, name }) => {
                say("history-ConsumerDeleted", &[("name", text(name)), self.owner(*tenant, *user)])
            }
            Event::WebhookSet(event::WebhookSet { tenant, user, name, new_secret, .. }) => {
                let secret = ("secret", if *new_secret { "new" } else { "kept" }.into());
                say("history-WebhookSet", &[("name", text(name)), self.owner(*tenant, *user), secret])
            }
            Event::WebhookDeleted(event::WebhookDeleted { tenant, user, name, .. }) => {
                say("history-WebhookDeleted", &[("name", text(name)), self.owner(*tenant, *user)])
            }
        }
    }

    fn directory_role(self, tenant: TenantId, user: ObjectId, role: DirectoryRole) -> [Part<'a>; 3] {
        [self.user(tenant, user), self.tenant(tenant), ("role", role.name().into())]
    }

    fn membership(self, partner: PartnerId, group: PartnerGroup, user: ObjectId) -> [Part<'a>; 2] {
        [self.user(partner.into(), user), ("group", self.group(partner, group).into())]
    }

    fn invitation_sent(self, sent: &event::InvitationSent) -> String {
        let event::InvitationSent { invitation, partner, delegated_admin, uses, expires_at, .. } = sent;
        let values = [
            self.partner(*partner),
            ("invitation", invitation.to_string().into()),
            ("dap", if *delegated_admin { "with" } else { "without" }.into()),
            ("uses", uses.name().into()),
            ("expires", self.instant(*expires_at).into()),
        ];
        self.words.sentence("history-InvitationSent", &values)
    }

    /// Who holds which role on which subscription of whom.
    fn role_on(
        self,
        holder: Principal,
        role: ResourceRole,
        subscription: SubscriptionId,
        customer: CustomerId,
    ) -> [Part<'a>; 4] {
        let role = ("role", role.name().into());
        [self.holder(holder), role, self.subscription(subscription), self.customer(customer)]
    }

    fn device_added(self, added: &event::DeviceAdded) -> String {
        let device = self.device(added.device, added.customer);
        let (maker, model) = (&added.hardware.manufacturer, &added.hardware.model);
        let hardware = ("hardware", format!("{maker} {model}").into());
        match added.origin {
            DeviceOrigin::Partner(partner) => {
                self.words.sentence("history-DeviceAdded-by-partner", &[device, self.partner(partner), hardware])
            }
            DeviceOrigin::Customer(channel) => {
                let channel = ("channel", channel.name().into());
                self.words.sentence("history-DeviceAdded-by-customer", &[device, channel, hardware])
            }
        }
    }

    /// English has instants as programs write them.
    fn instant(self, at: Timestamp) -> String {
        match self.words.locale {
            Locale::En => at.to_rfc3339_opts(SecondsFormat::Secs, true),
            Locale::Fr => self.words.date_and_time(at),
        }
    }

    pub(super) fn name_of(self, id: TenantId) -> Value<'a> {
        self.state.tenant(id).map_or_else(|| id.to_string().into(), |tenant| tenant.name().into())
    }

    fn tenant(self, id: TenantId) -> Part<'a> {
        ("tenant", self.name_of(id))
    }

    fn partner(self, id: PartnerId) -> Part<'a> {
        ("partner", self.name_of(id.into()))
    }

    pub(super) fn customer(self, id: CustomerId) -> Part<'a> {
        ("customer", self.name_of(id.into()))
    }

    fn both(self, customer: CustomerId, partner: PartnerId) -> [Part<'a>; 2] {
        [self.customer(customer), self.partner(partner)]
    }

    /// A group within a sentence.
    pub(super) fn group(self, partner: PartnerId, group: PartnerGroup) -> String {
        self.words.sentence("history-group", &[("group", group.name().into()), self.partner(partner)])
    }

    /// A user at the beginning of a sentence, whose tenant the sentence names.
    fn user(self, tenant: TenantId, user: ObjectId) -> Part<'a> {
        let unnamed = || self.words.sentence("history-user", &[("user", user.to_string().into())]).into();
        ("user", self.people.shown(User { tenant, user }).map_or_else(unnamed, Value::from))
    }

    /// A user with its tenant, within a sentence.
    pub(super) fn user_of(self, user: User) -> String {
        self.user_by("history-user-of", user)
    }

    /// A user with its tenant: by name, else by id in that message.
    fn user_by(self, unnamed: &str, User { tenant, user }: User) -> String {
        let of = self.tenant(tenant);
        match self.people.shown(User { tenant, user }) {
            Some(name) => self.words.sentence("history-person-of", &[("person", name.into()), of]),
            None => self.words.sentence(unnamed, &[("user", user.to_string().into()), of]),
        }
    }

    fn owner(self, tenant: TenantId, user: ObjectId) -> Part<'a> {
        ("owner", self.user_of(User { tenant, user }).into())
    }

    /// Who holds a role: in English at the beginning of a sentence, in French within one.
    fn holder(self, principal: Principal) -> Part<'a> {
        let holder = match principal {
            Principal::Group(GroupOf { group, partner }) => {
                self.words.sentence("history-holder-group", &[("group", group.name().into()), self.partner(partner)])
            }
            Principal::User(user) => self.user_by("history-holder-user", user),
        };
        ("holder", holder.into())
    }

    fn quoted(self, name: &str) -> Value<'a> {
        self.words.sentence("history-name", &[("name", name.into())]).into()
    }

    pub(super) fn subscription(self, id: SubscriptionId) -> Part<'a> {
        let found = self.state.subscription(id);
        ("subscription", found.map_or_else(|| id.to_string().into(), |found| self.quoted(found.name())))
    }

    /// The profile as it was called after the event; where that deleted it, before.
    fn profile(self, id: ProfileId) -> Part<'a> {
        let before = self.position.before();
        let found = self.state.profile(id);
        let content = found.and_then(|found| found.content(self.position).or_else(|| found.content(before)));
        ("profile", content.map_or_else(|| id.to_string().into(), |content| self.quoted(content.name)))
    }

    fn serial_number(self, id: DeviceId) -> String {
        self.state.device(id).map_or_else(|| id.to_string(), |found| found.hardware().serial_number.to_string())
    }

    /// A device at the beginning of a sentence.
    fn device(self, id: DeviceId, customer: CustomerId) -> Part<'a> {
        let values = [("device", self.serial_number(id).into()), self.customer(customer)];
        ("device", self.words.sentence("history-device", &values).into())
    }

    /// The first few devices by their serial numbers: in English at the beginning of a sentence, in French within one.
    fn devices(self, ids: &[DeviceId], customer: CustomerId) -> Part<'a> {
        let mut named: Vec<_> = ids.iter().take(DEVICES_NAMED_MAX).map(|id| self.serial_number(*id)).collect();
        let others = ids.len().saturating_sub(DEVICES_NAMED_MAX);
        if others > 0 {
            named.push(self.words.sentence("history-devices-more", &[("count", others.into())]));
        }
        let named = match named.split_last() {
            Some((last, before)) if !before.is_empty() => {
                let values = [("before", before.join(", ").into()), ("last", last.into())];
                self.words.sentence("history-devices-and", &values)
            }
            _ => named.concat(),
        };
        let values = [("count", ids.len().into()), ("devices", named.into()), self.customer(customer)];
        ("devices", self.words.sentence("history-devices", &values).into())
    }
}

/// A part of a sentence, by its name there.
type Part<'a> = (&'static str, Value<'a>);

fn text(text: &str) -> Value<'_> {
    text.into()
}
