//! Tells what happens as commands: who issues each, about what.

use super::{
    calendar::Calendar,
    chance::{Chance, Kind, Of, Seed},
    line::{By, CommandLine},
    names,
    partner::{MANY_DAYS, Partner, PartnerStep, Partners, many_with_dap},
    step::{Side, To, What},
    story::{FIRST_ADMINISTRATOR, HELPDESK_ADMINISTRATOR, SECOND_ADMINISTRATOR, Story},
};
use procura_domain::vocabulary::{DirectoryRole, PartnerGroup};
use uuid::Uuid;

const AGENTS: &[PartnerGroup] = &[PartnerGroup::AdminAgents];
const SELLERS: &[PartnerGroup] = &[PartnerGroup::AdminAgents, PartnerGroup::SalesAgents, PartnerGroup::SalesAgents];
const SUPPORTERS: &[PartnerGroup] = &[PartnerGroup::AdminAgents, PartnerGroup::HelpdeskAgents];

/// Writes lines, with what only shows when they are written: the exact time, which agent acts, names.
pub(super) struct Teller {
    pub(super) seed: Seed,
    chance: Chance,
    calendar: Calendar,
}

impl Teller {
    pub(super) fn new(seed: Seed) -> Self {
        Self { chance: seed.chance(Of::Everything, 0), seed, calendar: Calendar::default() }
    }

    fn now(&mut self, at: u32) -> String {
        let micros = self.chance.below(1_000_000);
        self.calendar.next(at, micros)
    }

    /// The stricter Autopilot policy is put in force.
    pub(super) fn policy(&mut self, at: u32, out: &mut String) {
        let now = self.now(at);
        CommandLine::new(out, "AdoptAutopilotPolicy", By::Operator, &now).text("policy", "dapRequired").end();
    }

    /// What a partner does for itself.
    pub(super) fn of_partner(&mut self, at: u32, partner: &Partner, step: PartnerStep, out: &mut String) {
        let (now, tenant) = (self.now(at), partner.tenant);
        let person = |person: u16| self.seed.id(Of::PartnerIds, partner.rank, Kind::Tenant, person);
        let administrator = By::User { tenant, user: person(FIRST_ADMINISTRATOR) };
        let member = |out, command, group: PartnerGroup, of: u16| {
            let line = CommandLine::new(out, command, administrator, &now).id("partner", tenant);
            line.text("group", group.name()).id("user", person(of + FIRST_ADMINISTRATOR)).end();
        };
        match step {
            PartnerStep::Register => {
                let names::TenantName { name, domain } = names::of_partner(partner.rank, &mut self.chance);
                let line = CommandLine::new(out, "RegisterPartner", By::Operator, &now).id("partner", tenant);
                line.text("name", &name)
                    .text("domain", &domain)
                    .id("globalAdministrator", person(FIRST_ADMINISTRATOR))
                    .end();
            }
            PartnerStep::Joins { group, person } => member(out, "AddGroupMember", group, person),
            PartnerStep::Leaves { group, person } => member(out, "RemoveGroupMember", group, person),
            PartnerStep::InviteMany { number } => {
                let agent = self.agent(partner, SELLERS);
                let invitation = self.seed.id(Of::PartnerIds, partner.rank, Kind::Invitation, number);
                let line = CommandLine::new(out, "SendInvite", agent, &now).id("invitation", invitation);
                let line = line.id("partner", tenant).flag("delegatedAdmin", many_with_dap(partner.rank));
                line.text("locale", partner.locale()).text("uses", "many").number("expiresInDays", MANY_DAYS).end();
            }
        }
    }

    /// What happens in the life of a customer.
    pub(super) fn of_customer(
        &mut self,
        at: u32,
        what: What,
        story: &mut Story,
        partners: &Partners,
        out: &mut String,
    ) {
        let now = self.now(at);
        let telling = &mut Telling { now, story, partners, teller: self, out };
        telling.tell(what);
    }

    /// Somebody who is in one of those groups now.
    fn agent(&mut self, partner: &Partner, groups: &[PartnerGroup]) -> By {
        let person = partner.agent(groups, &mut self.chance) + FIRST_ADMINISTRATOR;
        By::User { tenant: partner.tenant, user: self.seed.id(Of::PartnerIds, partner.rank, Kind::Tenant, person) }
    }
}

/// A line about a customer.
struct Telling<'a> {
    now: String,
    story: &'a mut Story,
    partners: &'a Partners,
    teller: &'a mut Teller,
    out: &'a mut String,
}

impl Telling<'_> {
    fn tell(&mut self, what: What) {
        match what {
            What::Register => self.register(),
            What::SecondAdministrator => {
                self.directory_role("AssignDirectoryRole", SECOND_ADMINISTRATOR, DirectoryRole::GlobalAdministrator);
            }
            What::WithoutSecond => {
                self.directory_role("RemoveDirectoryRole", SECOND_ADMINISTRATOR, DirectoryRole::GlobalAdministrator);
            }
            What::HandOver => {
                self.story.administrator = SECOND_ADMINISTRATOR;
                self.directory_role("RemoveDirectoryRole", FIRST_ADMINISTRATOR, DirectoryRole::GlobalAdministrator);
            }
            What::HelpdeskAdministrator => {
                let role = DirectoryRole::HelpdeskAdministrator;
                self.directory_role("AssignDirectoryRole", HELPDESK_ADMINISTRATOR, role);
            }
            What::WithoutHelpdesk => {
                let role = DirectoryRole::HelpdeskAdministrator;
                self.directory_role("RemoveDirectoryRole", HELPDESK_ADMINISTRATOR, role);
            }
            What::Invite { partner, invitation, dap, days } => {
                let (invitation, tenant) = (self.id(Kind::Invitation, invitation), self.tenant_of(partner));
                let locale = self.partner(partner).map_or("en", Partner::locale);
                let line = self.line("SendInvite", Side::Partner(partner), SELLERS).id("invitation", invitation);
                let line = line.id("partner", tenant).flag("delegatedAdmin", dap).text("locale", locale);
                line.number("expiresInDays", days).end();
            }
            What::Withdraw { partner, invitation } => {
                let invitation = self.id(Kind::Invitation, invitation);
                self.line("WithdrawInvite", Side::Partner(partner), SELLERS).id("invitation", invitation).end();
            }
            What::Decline { invitation } => {
                let invitation = self.id(Kind::Invitation, invitation);
                self.answer("DeclineInvite", invitation);
            }
            What::Accept { invitation } => {
                let invitation = self.id(Kind::Invitation, invitation);
                self.answer("AcceptInvite", invitation);
            }
            What::AcceptMany { partner } => {
                let rank = self.rank(partner);
                let number = self.partner(partner).map(Partner::invitation_for_many).unwrap_or_default();
                let invitation = self.teller.seed.id(Of::PartnerIds, rank, Kind::Invitation, number);
                self.answer("AcceptInvite", invitation);
            }
            What::RevokeDap { by, partner } => self.between("RevokeDap", by, partner),
            What::EndRelationship { partner } => self.between("EndRelationship", Side::Partner(partner), partner),
            What::Renegotiate { partner } => {
                let (customer, partner) = (self.customer(), self.tenant_of(partner));
                let line = CommandLine::new(self.out, "RenegotiateContract", By::Operator, &self.now);
                line.id("customer", customer).id("partner", partner).end();
            }
            What::OpenRequest { partner } => {
                let (customer, tenant) = (self.customer(), self.tenant_of(partner));
                let title = self.teller.chance.one(&names::TITLES).unwrap_or_default();
                let severity = self.teller.chance.one(&["critical", "moderate", "moderate", "minimal"]);
                let line = self.line("OpenServiceRequest", Side::Partner(partner), SUPPORTERS).id("customer", customer);
                line.id("partner", tenant).text("title", title).text("severity", severity.unwrap_or_default()).end();
            }
            What::Provision { .. }
            | What::RegisterSubscription { .. }
            | What::Renew { .. }
            | What::Cancel { .. }
            | What::AssignRole { .. }
            | What::RemoveAssignment { .. } => self.tell_of_subscription(what),
            What::AddDevice { .. } | What::TagDevice { .. } | What::RemoveDevice { .. } => self.tell_of_device(what),
            What::CreateProfile { .. }
            | What::UpdateProfile { .. }
            | What::DeleteProfile { .. }
            | What::ApplyProfile { .. }
            | What::RemoveProfile { .. } => self.tell_of_profile(what),
        }
    }

    fn register(&mut self) {
        let (customer, first) = (self.customer(), self.person(FIRST_ADMINISTRATOR));
        let names::TenantName { name, domain } = names::of_customer(self.story.number, &mut self.teller.chance);
        let line = CommandLine::new(self.out, "RegisterCustomer", By::Operator, &self.now).id("customer", customer);
        line.text("name", &name).text("domain", &domain).id("globalAdministrator", first).end();
    }

    fn directory_role(&mut self, command: &str, person: u16, role: DirectoryRole) {
        let (tenant, user) = (self.customer(), self.person(person));
        let line = self.line(command, Side::Customer, AGENTS).id("tenant", tenant);
        line.id("user", user).text("role", role.name()).end();
    }

    fn answer(&mut self, command: &str, invitation: Uuid) {
        let customer = self.customer();
        let line = self.line(command, Side::Customer, AGENTS);
        line.id("invitation", invitation).id("customer", customer).end();
    }

    fn between(&mut self, command: &str, by: Side, partner: u8) {
        let (customer, partner) = (self.customer(), self.tenant_of(partner));
        self.line(command, by, AGENTS).id("customer", customer).id("partner", partner).end();
    }

    fn tell_of_subscription(&mut self, what: What) {
        let customer = self.customer();
        match what {
            What::Provision { partner, subscription, owner } => {
                let tenant = self.tenant_of(partner);
                self.begin_subscription(
                    "ProvisionSubscription",
                    Side::Partner(partner),
                    Some(tenant),
                    subscription,
                    owner,
                );
            }
            What::RegisterSubscription { subscription, owner } => {
                self.begin_subscription("RegisterSubscription", Side::Customer, None, subscription, owner);
            }
            What::Renew { by, subscription } => {
                let subscription = self.id(Kind::Subscription, subscription);
                let line = self.line("RenewSubscription", by, SELLERS).id("customer", customer);
                line.id("subscription", subscription).end();
            }
            What::Cancel { by, subscription } => {
                let subscription = self.id(Kind::Subscription, subscription);
                let line = self.line("CancelSubscription", by, SELLERS).id("customer", customer);
                line.id("subscription", subscription).end();
            }
            What::AssignRole { by, subscription, assignment, role, to } => {
                let subscription = self.id(Kind::Subscription, subscription);
                let assignment = self.id(Kind::RoleAssignment, assignment);
                let principal = match to {
                    To::AdminAgents(partner) => (Some(PartnerGroup::AdminAgents), self.tenant_of(partner)),
                    To::HelpdeskAgents(partner) => (Some(PartnerGroup::HelpdeskAgents), self.tenant_of(partner)),
                    To::Person(person) => (None, self.person(person.into())),
                };
                let line = self.line("AssignRole", by, AGENTS).id("customer", customer);
                let line = line.id("subscription", subscription).id("roleAssignment", assignment);
                let line = line.text("role", role.name()).object("principal", |line| match principal {
                    (Some(group), partner) => line.text("group", group.name()).id("partner", partner),
                    (None, user) => line.id("user", user).id("tenant", customer),
                });
                line.end();
            }
            What::RemoveAssignment { by, assignment } => {
                let assignment = self.id(Kind::RoleAssignment, assignment);
                let line = self.line("RemoveRoleAssignment", by, AGENTS).id("customer", customer);
                line.id("roleAssignment", assignment).end();
            }
            _ => {}
        }
    }

    /// A subscription with an Owner is an Azure one.
    fn begin_subscription(
        &mut self,
        command: &str,
        by: Side,
        partner: Option<Uuid>,
        subscription: u8,
        owner: Option<u8>,
    ) {
        let (customer, subscription) = (self.customer(), self.id(Kind::Subscription, subscription));
        let owner = owner.map(|owner| self.id(Kind::RoleAssignment, owner));
        let name = self.teller.chance.one(&names::SUBSCRIPTIONS).unwrap_or_default();
        let mut line = self.line(command, by, SELLERS).id("customer", customer);
        if let Some(partner) = partner {
            line = line.id("partner", partner);
        }
        line = line.id("subscription", subscription);
        line = match owner {
            Some(owner) => line.id("roleAssignment", owner).text("kind", "azure"),
            None => line.text("kind", "microsoft365"),
        };
        line.text("name", name).end();
    }

    fn tell_of_device(&mut self, what: What) {
        let customer = self.customer();
        match what {
            What::AddDevice { by, device } => {
                let number = self.story.number;
                let id = self.device(device);
                // A customer buys the same for years.
                let kinds = usize::try_from(number).unwrap_or_default() % names::HARDWARE.len();
                let kind = (kinds + usize::from(device) / 50) % names::HARDWARE.len();
                let (manufacturer, model) = names::HARDWARE.get(kind).copied().unwrap_or_default();
                let partner = match by {
                    Side::Partner(partner) => Some(self.tenant_of(partner)),
                    Side::Customer => None,
                };
                let line = self.line("AddDevice", by, SELLERS).id("customer", customer).id("device", id);
                let line = line.text("serialNumber", &names::serial_number(number, device));
                let line = line.text("manufacturer", manufacturer).text("model", model);
                let line = match (partner, number % 4) {
                    (Some(partner), _) => line.id("partner", partner),
                    (None, 0) => line.text("source", "microsoftStoreForBusiness"),
                    (None, 1) => line.text("source", "microsoftStoreForEducation"),
                    (None, _) => line.text("source", "intune"),
                };
                line.end();
            }
            What::TagDevice { by, device } => {
                let device = self.device(device);
                let tag = self.teller.chance.one(&names::GROUP_TAGS).unwrap_or_default();
                let line = self.line("UpdateDevice", by, AGENTS).id("customer", customer);
                line.id("device", device).text("groupTag", tag).end();
            }
            What::RemoveDevice { by, device } => {
                let device = self.device(device);
                self.line("RemoveDevice", by, AGENTS).id("customer", customer).id("device", device).end();
            }
            _ => {}
        }
    }

    fn tell_of_profile(&mut self, what: What) {
        let customer = self.customer();
        match what {
            What::CreateProfile { by, profile } => {
                let profile = self.id(Kind::Profile, profile);
                let name = self.teller.chance.one(&names::PROFILES).unwrap_or_default();
                let skips = self.teller.chance.percent(50);
                let line = self.line("CreateProfile", by, AGENTS).id("customer", customer).id("profile", profile);
                let line = line.text("name", name).object("settings", |line| {
                    line.flag("oobeUserNotLocalAdmin", true).flag("skipExpressSettings", skips)
                });
                line.end();
            }
            What::UpdateProfile { by, profile } => {
                let profile = self.id(Kind::Profile, profile);
                let line = self.line("UpdateProfile", by, AGENTS).id("customer", customer).id("profile", profile);
                line.object("settings", |line| line.flag("skipEula", true).flag("skipOemRegistration", true)).end();
            }
            What::DeleteProfile { by, profile } => {
                let profile = self.id(Kind::Profile, profile);
                self.line("DeleteProfile", by, AGENTS).id("customer", customer).id("profile", profile).end();
            }
            What::ApplyProfile { by, profile, first, count } => {
                self.profile_on("ApplyProfile", by, profile, (first, count));
            }
            What::RemoveProfile { by, profile, first, count } => {
                self.profile_on("RemoveProfile", by, profile, (first, count));
            }
            _ => {}
        }
    }

    fn profile_on(&mut self, command: &str, by: Side, profile: u8, (first, count): (u16, u8)) {
        let (customer, profile) = (self.customer(), self.id(Kind::Profile, profile));
        let devices: Vec<_> = (first..).take(count.into()).map(|device| self.device(device)).collect();
        let line = self.line(command, by, AGENTS).id("customer", customer).id("profile", profile);
        line.ids("devices", devices.into_iter()).end();
    }

    /// A line by the administrator of the customer, or by an agent of a partner's groups.
    fn line(&mut self, command: &str, by: Side, groups: &[PartnerGroup]) -> CommandLine<'_> {
        let by = match by {
            Side::Customer => By::User { tenant: self.customer(), user: self.person(self.story.administrator) },
            Side::Partner(partner) => match self.partners.get(self.rank(partner)) {
                Some(partner) => self.teller.agent(partner, groups),
                None => By::Operator,
            },
        };
        CommandLine::new(self.out, command, by, &self.now)
    }

    fn rank(&self, partner: u8) -> u32 {
        self.story.partners.get(usize::from(partner)).copied().unwrap_or_default()
    }

    fn partner(&self, partner: u8) -> Option<&Partner> {
        self.partners.get(self.rank(partner))
    }

    fn tenant_of(&self, partner: u8) -> Uuid {
        self.partner(partner).map(|partner| partner.tenant).unwrap_or_default()
    }

    fn customer(&self) -> Uuid {
        self.person(0)
    }

    fn person(&self, person: u16) -> Uuid {
        self.teller.seed.id(Of::CustomerIds, self.story.number, Kind::Tenant, person)
    }

    fn device(&self, device: u16) -> Uuid {
        self.teller.seed.id(Of::CustomerIds, self.story.number, Kind::Device, device)
    }

    fn id(&self, kind: Kind, number: u8) -> Uuid {
        self.teller.seed.id(Of::CustomerIds, self.story.number, kind, number.into())
    }
}
