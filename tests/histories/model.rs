//! A second reading of the rulebook: what past events come to, as plain sets, and who may do what then.
//!
//! Written from the domain page and the house readings alone. It shares no code with `procura_domain`, so that the two
//! can only agree where they read the page alike.

use crate::names::user_subject;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A GUID, as a number.
pub(crate) type Id = u128;

/// Reads a GUID.
pub(crate) fn id(text: &str) -> Id {
    Id::from_str_radix(&text.replace('-', ""), 16).expect("a GUID")
}

/// Writes a GUID.
pub(crate) fn guid(id: Id) -> String {
    let hex = format!("{id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The GUID in a field, if there is one.
pub(crate) fn maybe(fields: &Value, name: &str) -> Option<Id> {
    fields[name].as_str().map(id)
}

/// The GUID in a field that is always there.
pub(crate) fn known(fields: &Value, name: &str) -> Id {
    maybe(fields, name).unwrap_or_else(|| panic!("no {name} in {fields}"))
}

/// The text in a field, empty if there is none.
pub(crate) fn text<'a>(fields: &'a Value, name: &str) -> &'a str {
    fields[name].as_str().unwrap_or_default()
}

/// The GUIDs in a list.
pub(crate) fn ids(fields: &Value, name: &str) -> Vec<Id> {
    fields[name].as_array().into_iter().flatten().map(|one| id(one.as_str().unwrap())).collect()
}

/// Microseconds since 1970 of a time like `2020-06-19T08:00:00.5Z` (days by Howard Hinnant's `days_from_civil`).
pub(crate) fn micros(text: &str) -> i64 {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().expect("a number in a time");
    let (month, day) = (number(5, 7), number(8, 10));
    let year = number(0, 4) - i64::from(month <= 2);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    let fraction = text[19..].trim_end_matches('Z').trim_start_matches('.');
    let seconds = days * 86_400 + number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19);
    seconds * 1_000_000 + format!("{fraction:0<6}").parse::<i64>().expect("a fraction")
}

/// An event of the past. Its position is its place in the list, beginning with 1.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    /// Its name under `type`, beside its own fields.
    pub(crate) event: Value,
}

/// The three groups of every partner.
pub(crate) const GROUPS: [&str; 3] = ["AdminAgents", "HelpdeskAgents", "SalesAgents"];
pub(crate) const ADMIN: usize = 0;
pub(crate) const HELPDESK: usize = 1;
const SALES: usize = 2;

/// Which of the groups this name is.
pub(crate) fn group(name: &str) -> usize {
    GROUPS.iter().position(|known| *known == name).expect("a group")
}

/// The two directory roles.
const DIRECTORY_ROLES: [&str; 2] = ["GlobalAdministrator", "HelpdeskAdministrator"];
pub(crate) const GLOBAL: usize = 0;

/// Which of the directory roles this name is.
pub(crate) fn directory_role(name: &str) -> usize {
    DIRECTORY_ROLES.iter().position(|known| *known == name).expect("a directory role")
}

/// A user, or a partner's group: whom a question is about, and who holds a role on a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Tenant and object id.
    User(Id, Id),
    /// Partner and group.
    Group(Id, usize),
}

impl Who {
    /// Reads a principal.
    pub(crate) fn principal(fields: &Value) -> Self {
        match maybe(fields, "user") {
            Some(user) => Self::User(known(fields, "tenant"), user),
            None => Self::Group(known(fields, "partner"), group(text(fields, "group"))),
        }
    }

    /// Writes a principal.
    pub(crate) fn as_principal(self) -> Value {
        match self {
            Self::User(tenant, user) => json!({"tenant": guid(tenant), "user": guid(user)}),
            Self::Group(partner, group) => json!({"partner": guid(partner), "group": GROUPS[group]}),
        }
    }

    /// The tenant it acts for.
    pub(crate) fn tenant(self) -> Id {
        match self {
            Self::User(tenant, _) | Self::Group(tenant, _) => tenant,
        }
    }
}

/// Who issues a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Actor {
    /// Tenant and object id.
    User(Id, Id),
    /// Whoever runs the service.
    Operator,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    Customer(Id),
    Partner(Id),
    Subscription(Id),
    Device(Id),
    Profile(Id),
}

/// An access question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) who: Who,
    pub(crate) action: &'static str,
    pub(crate) on: Thing,
    /// The partner that is named beside the resource.
    pub(crate) partner: Option<Id>,
    /// Whether a channel of the customer's own is named beside it.
    pub(crate) source: bool,
    /// Which user of the tenant is named beside it.
    pub(crate) user: Option<Id>,
}

/// Its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Allowed.
    Yes,
    /// Denied.
    No,
    /// Denied, and the subject is not even to know whether the resource exists (VIS-3).
    Unknown,
}

/// An invitation as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Invitation {
    pub(crate) partner: Id,
    pub(crate) delegated_admin: bool,
    pub(crate) many: bool,
    pub(crate) expires: i64,
}

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) customer: Id,
    /// Who provisioned it; none for the customer's own.
    pub(crate) partner: Option<Id>,
    pub(crate) azure: bool,
}

/// A role on a subscription.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) subscription: Id,
    pub(crate) role: String,
    pub(crate) holder: Who,
}

/// A device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) customer: Id,
    /// Which partner added it; none for the customer itself.
    pub(crate) partner: Option<Id>,
    /// Manufacturer, model and serial number.
    pub(crate) hardware: [String; 3],
}

/// What a list of past events comes to. A pair is always (customer, partner).
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) partners: BTreeSet<Id>,
    pub(crate) customers: BTreeSet<Id>,
    /// Tenant, user, directory role: explicit ones, as there are no others to store (DAP-2).
    pub(crate) roles: BTreeSet<(Id, Id, usize)>,
    /// Partner, group, user.
    pub(crate) members: BTreeSet<(Id, usize, Id)>,
    pub(crate) ever_members: BTreeSet<(Id, usize, Id)>,
    pub(crate) related: BTreeSet<(Id, Id)>,
    pub(crate) ever_related: BTreeSet<(Id, Id)>,
    pub(crate) dap: BTreeSet<(Id, Id)>,
    pub(crate) ever_dap: BTreeSet<(Id, Id)>,
    pub(crate) owed: BTreeSet<(Id, Id)>,
    pub(crate) invitations: BTreeMap<Id, Invitation>,
    pub(crate) withdrawn: BTreeSet<Id>,
    /// Invitation, customer.
    pub(crate) accepted: BTreeSet<(Id, Id)>,
    /// Invitation, customer.
    pub(crate) declined: BTreeSet<(Id, Id)>,
    pub(crate) subscriptions: BTreeMap<Id, Subscription>,
    pub(crate) cancelled: BTreeSet<Id>,
    pub(crate) assignments: BTreeMap<Id, Assignment>,
    pub(crate) devices: BTreeMap<Id, Device>,
    /// The profiles, and whose they are.
    pub(crate) profiles: BTreeMap<Id, Id>,
    /// Device, profile.
    pub(crate) applied: BTreeMap<Id, Id>,
    /// Every id that was ever given, with what it was given to.
    pub(crate) given: BTreeSet<(&'static str, Id)>,
    pub(crate) dap_required: bool,
    /// Whether it is a webhook, whose it is (tenant, user), and its name.
    pub(crate) feeds: BTreeSet<(bool, Id, Id, String)>,
    /// Whose personal data can be erased, as commands name them, and the customer and partner that it concerns.
    pub(crate) subjects: BTreeMap<String, (Option<Id>, Option<Id>)>,
    pub(crate) erased: BTreeSet<String>,
    /// The users (tenant, user) that have names now, and their user principal names as far as commands told them.
    pub(crate) names: BTreeMap<(Id, Id), Option<String>>,
}

impl World {
    /// What these events come to.
    pub(crate) fn of(past: &[Past]) -> Self {
        let mut world = Self::default();
        past.iter().for_each(|past| world.add(&past.event));
        world
    }

    /// One event more.
    pub(crate) fn add(&mut self, event: &Value) {
        let is = |name: &str| known(event, name);
        let pair = || (is("customer"), is("partner"));
        self.add_subject(event);
        match text(event, "type") {
            "PartnerRegistered" => drop(self.partners.insert(is("partner"))),
            "CustomerRegistered" => drop(self.customers.insert(is("customer"))),
            "DirectoryRoleAssigned" => {
                self.roles.insert((is("tenant"), is("user"), directory_role(text(event, "role"))));
            }
            "DirectoryRoleRemoved" => {
                self.roles.remove(&(is("tenant"), is("user"), directory_role(text(event, "role"))));
            }
            "GroupMemberAdded" => {
                let member = (is("partner"), group(text(event, "group")), is("user"));
                self.members.insert(member);
                self.ever_members.insert(member);
            }
            "GroupMemberRemoved" => {
                self.members.remove(&(is("partner"), group(text(event, "group")), is("user")));
            }
            "InvitationSent" => {
                let expires = event["expiresAt"].as_i64().unwrap_or_else(|| micros(text(event, "expiresAt")));
                let delegated_admin = event["delegatedAdmin"].as_bool().unwrap();
                let many = text(event, "uses") == "many";
                self.given.insert(("invitation", is("invitation")));
                let invitation = Invitation { partner: is("partner"), delegated_admin, many, expires };
                self.invitations.insert(is("invitation"), invitation);
            }
            "InvitationWithdrawn" => drop(self.withdrawn.insert(is("invitation"))),
            "InvitationAccepted" => drop(self.accepted.insert((is("invitation"), is("customer")))),
            "InvitationDeclined" => drop(self.declined.insert((is("invitation"), is("customer")))),
            "RelationshipEstablished" => {
                // SUP-1, SUP-3: from here on support is owed, also where it had been renegotiated before.
                self.related.insert(pair());
                self.ever_related.insert(pair());
                self.owed.insert(pair());
            }
            "RelationshipEnded" => drop(self.related.remove(&pair())),
            "DapGranted" => {
                self.dap.insert(pair());
                self.ever_dap.insert(pair());
            }
            "DapRevoked" => drop(self.dap.remove(&pair())),
            "ContractRenegotiated" => drop(self.owed.remove(&pair())),
            "SubscriptionProvisioned" | "SubscriptionRegistered" => {
                let azure = text(event, "kind") == "azure";
                self.given.insert(("subscription", is("subscription")));
                let subscription = Subscription { customer: is("customer"), partner: maybe(event, "partner"), azure };
                self.subscriptions.insert(is("subscription"), subscription);
            }
            "SubscriptionCancelled" => drop(self.cancelled.insert(is("subscription"))),
            "RoleAssigned" => {
                let (role, holder) = (text(event, "role").to_owned(), Who::principal(&event["principal"]));
                self.given.insert(("roleAssignment", is("roleAssignment")));
                let assignment = Assignment { subscription: is("subscription"), role, holder };
                self.assignments.insert(is("roleAssignment"), assignment);
            }
            "RoleAssignmentRemoved" => drop(self.assignments.remove(&is("roleAssignment"))),
            "DeviceAdded" => {
                self.given.insert(("device", is("device")));
                let hardware = hardware(event);
                let device = Device { customer: is("customer"), partner: maybe(event, "partner"), hardware };
                self.devices.insert(is("device"), device);
            }
            "DeviceRemoved" => {
                self.devices.remove(&is("device"));
                self.applied.remove(&is("device"));
            }
            "ProfileCreated" => {
                self.given.insert(("profile", is("profile")));
                self.profiles.insert(is("profile"), is("customer"));
            }
            "ProfileDeleted" => drop(self.profiles.remove(&is("profile"))),
            "ProfileApplied" => {
                self.applied.extend(ids(event, "devices").into_iter().map(|device| (device, is("profile"))));
            }
            "ProfileRemoved" => self.applied.retain(|device, _| !ids(event, "devices").contains(device)),
            "AutopilotPolicyAdopted" => self.dap_required = text(event, "policy") == "dapRequired",
            "PersonalDataErased" => {
                let subject = text(event, "subject");
                self.erased.insert(subject.to_owned());
                self.names.retain(|(tenant, user), _| subject != user_subject(*tenant, *user));
            }
            "UserDescribed" => drop(self.names.entry((is("tenant"), is("user"))).or_default()),
            "ConsumerSet" | "WebhookSet" => drop(self.feeds.insert(feed(event))),
            "ConsumerDeleted" | "WebhookDeleted" => drop(self.feeds.remove(&feed(event))),
            "SubscriptionRenewed" | "DeviceUpdated" | "ProfileUpdated" | "ServiceRequestOpened" => {}
            other => panic!("no event of the rulebook: {other}"),
        }
    }

    /// What people may have written something about stays one, whatever becomes of the thing.
    fn add_subject(&mut self, event: &Value) {
        if text(event, "type") == "UserDescribed" {
            let (tenant, user) = (known(event, "tenant"), known(event, "user"));
            let is_customer = self.customers.contains(&tenant);
            let concerned = if is_customer { (Some(tenant), None) } else { (None, Some(tenant)) };
            self.subjects.insert(user_subject(tenant, user), concerned);
        }
        let kind = match text(event, "type") {
            "InvitationSent" => "invitation",
            "DeviceAdded" => "device",
            "ServiceRequestOpened" => "serviceRequest",
            _ => return,
        };
        let concerned = (maybe(event, "customer"), maybe(event, "partner"));
        self.subjects.insert(format!("{kind}:{}", text(event, kind)), concerned);
    }

    /// Whether the tenant is registered, as whatever.
    pub(crate) fn registered(&self, tenant: Id) -> bool {
        self.partners.contains(&tenant) || self.customers.contains(&tenant)
    }

    /// Whether it is an explicit Global administrator of the tenant. No group is (DAP-2).
    pub(crate) fn global_administrator(&self, who: Who, tenant: Id) -> bool {
        self.explicit(who, tenant, GLOBAL)
    }

    fn explicit(&self, who: Who, tenant: Id, role: usize) -> bool {
        matches!(who, Who::User(own, user) if own == tenant && self.roles.contains(&(tenant, user, role)))
    }

    /// Whether it is one of these groups of its own partner, or a member of one (DAP-6).
    pub(crate) fn in_group(&self, who: Who, groups: &[usize]) -> bool {
        match who {
            Who::User(partner, user) => groups.iter().any(|group| self.members.contains(&(partner, *group, user))),
            Who::Group(partner, group) => self.partners.contains(&partner) && groups.contains(&group),
        }
    }

    fn agent(&self, who: Who) -> bool {
        self.in_group(who, &[ADMIN, HELPDESK, SALES])
    }

    /// Whether a role held by `holder` is held by `who`: by itself, or through the group.
    fn holds(&self, who: Who, holder: Who) -> bool {
        match (who, holder) {
            (Who::User(tenant, user), Who::Group(partner, group)) => {
                tenant == partner && self.members.contains(&(partner, group, user))
            }
            _ => who == holder,
        }
    }

    /// The roles it holds on a subscription.
    fn roles_on(&self, who: Who, subscription: Id) -> Vec<&str> {
        let on_it = self.assignments.values().filter(|assignment| assignment.subscription == subscription);
        on_it.filter(|assignment| self.holds(who, assignment.holder)).map(|assignment| &*assignment.role).collect()
    }

    fn has_role(&self, who: Who, subscription: Id, roles: &[&str]) -> bool {
        self.roles_on(who, subscription).iter().any(|held| roles.contains(held))
    }

    /// Who knows a customer (VIS-2, VIS-3): its own users, and the agents of whoever is or was its partner.
    pub(crate) fn knows_customer(&self, who: Who, customer: Id) -> bool {
        let own = matches!(who, Who::User(tenant, _) if tenant == customer);
        let partner = self.ever_related.contains(&(customer, who.tenant())) && self.agent(who);
        self.customers.contains(&customer) && (own || partner)
    }

    /// Who knows a partner beside a customer: its own people; and the customer's, if the two are or were related. What
    /// a customer has to do with other partners is no partner's to know (VIS-2).
    pub(crate) fn knows_beside(&self, who: Who, customer: Id, partner: Id) -> bool {
        let own = who.tenant();
        let related = own == customer && self.ever_related.contains(&(customer, partner));
        self.partners.contains(&partner) && (own == partner || related)
    }

    /// Who knows a thing.
    fn knows(&self, who: Who, thing: Thing) -> bool {
        match thing {
            Thing::Customer(customer) => self.knows_customer(who, customer),
            Thing::Partner(partner) => {
                let own = who.tenant() == partner;
                self.partners.contains(&partner) && (own || self.ever_related.contains(&(who.tenant(), partner)))
            }
            Thing::Subscription(subscription) => self.subscriptions.get(&subscription).is_some_and(|found| {
                self.knows_customer(who, found.customer) || !self.roles_on(who, subscription).is_empty()
            }),
            Thing::Device(device) => {
                self.devices.get(&device).is_some_and(|found| self.knows_customer(who, found.customer))
            }
            Thing::Profile(profile) => {
                self.profiles.get(&profile).is_some_and(|customer| self.knows_customer(who, *customer))
            }
        }
    }

    /// The answer to a question.
    pub(crate) fn answer(&self, question: &Question) -> Answer {
        let Question { who, on, partner, .. } = *question;
        let registered = match who {
            Who::User(tenant, _) => self.registered(tenant),
            Who::Group(partner, _) => self.partners.contains(&partner),
        };
        let beside = match (on, partner) {
            (Thing::Customer(customer), Some(partner)) => self.knows_beside(who, customer, partner),
            _ => true,
        };
        if !registered {
            Answer::No // TEN-2
        } else if !self.knows(who, on) || !beside {
            Answer::Unknown
        } else if self.allowed(question, false) {
            Answer::Yes
        } else {
            Answer::No
        }
    }

    /// Whether somebody who knows the thing may do it; perhaps as if the subscription had not been cancelled.
    pub(crate) fn allowed(&self, question: &Question, as_if_active: bool) -> bool {
        let Question { who, action, .. } = *question;
        match question.on {
            Thing::Customer(customer) => match action {
                "directoryRole.assign" => self.global_administrator(who, customer),
                // PEO-1
                "user.describe" => self.global_administrator(who, customer) || is_itself(question, customer),
                // VIS-1; VIS-2: what concerns the partner, up to the end of the relationship.
                "history.view" | "report.view" => {
                    let partner = self.ever_related.contains(&(customer, who.tenant())) && self.agent(who);
                    self.global_administrator(who, customer) || partner
                }
                _ => self.on_customer(question, customer),
            },
            Thing::Partner(partner) => {
                let own = who.tenant() == partner;
                let administrator = self.global_administrator(who, partner);
                match action {
                    "invitation.send" => own && self.in_group(who, &[ADMIN, SALES]), // INV-1
                    "group.manage" | "directoryRole.assign" => administrator,
                    "user.describe" => administrator || is_itself(question, partner),
                    "history.view" | "report.view" => administrator || own && self.agent(who),
                    other => panic!("no action on partners: {other}"),
                }
            }
            Thing::Subscription(subscription) => self.on_subscription(who, action, subscription, as_if_active),
            Thing::Profile(profile) => match action {
                "profile.update" | "profile.delete" => self.profiles_of(who, self.profiles[&profile]),
                other => panic!("no action on profiles: {other}"),
            },
            Thing::Device(device) => self.on_device(who, action, &self.devices[&device]),
        }
    }

    fn on_customer(&self, question: &Question, customer: Id) -> bool {
        let Question { who, action, partner, source, .. } = *question;
        let administrator = self.global_administrator(who, customer);
        let own = who.tenant();
        let names_own = partner.is_none_or(|partner| partner == own);
        let related = self.related.contains(&(customer, own));
        let under_dap = |groups: &[usize]| self.dap.contains(&(customer, own)) && self.in_group(who, groups);
        match action {
            "customer.view" => administrator || related && self.agent(who),
            "directory.administer" | "license.assign" | "service.administer" => administrator || under_dap(&[ADMIN]),
            "directory.read" | "directory.resetPassword" | "service.signIn" => {
                let helpdesk = self.explicit(who, customer, directory_role("HelpdeskAdministrator"));
                administrator || helpdesk || under_dap(&[ADMIN, HELPDESK])
            }
            "partnerRelationships.view" | "invitation.accept" | "subscription.register" => administrator,
            "dap.revoke" => {
                let giving_up = names_own && self.ever_related.contains(&(customer, own)); // REL-4
                administrator || giving_up && self.in_group(who, &[ADMIN])
            }
            "relationship.end" => {
                names_own && self.ever_related.contains(&(customer, own)) && self.in_group(who, &[ADMIN])
            }
            "subscription.provision" => names_own && related && self.in_group(who, &[ADMIN, SALES]),
            "profile.create" => self.profiles_of(who, customer),
            "device.add" => {
                let agents = names_own && !source && related && self.in_group(who, &[ADMIN, SALES]);
                administrator && partner.is_none() || agents
            }
            "serviceRequest.open" => {
                names_own && self.owed.contains(&(customer, own)) && self.in_group(who, &[ADMIN, HELPDESK])
            }
            other => panic!("no action on customers: {other}"),
        }
    }

    fn on_subscription(&self, who: Who, action: &str, subscription: Id, as_if_active: bool) -> bool {
        let Subscription { customer, partner, .. } = self.subscriptions[&subscription];
        let administrator = self.global_administrator(who, customer);
        // SUB-9: afterwards nothing is left but reading and removing role assignments.
        let active = as_if_active || !self.cancelled.contains(&subscription);
        let assigns = || administrator || self.has_role(who, subscription, &["Owner", "UserAccessAdministrator"]);
        match action {
            "subscription.read" => !self.roles_on(who, subscription).is_empty(),
            "subscription.manage" => active && self.has_role(who, subscription, &["Owner", "Contributor"]),
            "roleAssignment.create" => active && assigns(),
            "roleAssignment.remove" => assigns(),
            "subscription.renew" | "subscription.cancel" => {
                let may = match partner {
                    None => administrator,
                    Some(partner) => {
                        let related = self.related.contains(&(customer, partner));
                        who.tenant() == partner && related && self.in_group(who, &[ADMIN, SALES])
                    }
                };
                active && may
            }
            other => panic!("no action on subscriptions: {other}"),
        }
    }

    /// Whether it creates, updates and deletes profiles there (APL-1, APL-5, APL-7).
    fn profiles_of(&self, who: Who, customer: Id) -> bool {
        let pair = (customer, who.tenant());
        let dap = !self.dap_required || self.dap.contains(&pair);
        self.global_administrator(who, customer) || self.related.contains(&pair) && self.in_group(who, &[ADMIN]) && dap
    }

    fn on_device(&self, who: Who, action: &str, device: &Device) -> bool {
        let pair = (device.customer, who.tenant());
        let dap = self.dap.contains(&pair);
        let manages = device.partner.is_some() || dap; // APL-2, APL-3
        let may = match action {
            "device.delete" if self.dap_required => device.partner == Some(who.tenant()) || dap, // APL-6
            "profile.apply" | "profile.remove" if self.dap_required => dap,                      // APL-5
            "device.manage" | "device.delete" | "profile.apply" | "profile.remove" => manages,   // APL-4
            other => panic!("no action on devices: {other}"),
        };
        let administrator = self.global_administrator(who, device.customer);
        administrator || self.related.contains(&pair) && self.in_group(who, &[ADMIN]) && may // APL-7
    }
}

/// Manufacturer, model and serial number.
pub(crate) fn hardware(fields: &Value) -> [String; 3] {
    ["manufacturer", "model", "serialNumber"].map(|name| text(fields, name).to_owned())
}

/// The consumer or webhook that an event is about.
fn feed(event: &Value) -> (bool, Id, Id, String) {
    let name = text(event, "name").to_owned();
    (text(event, "type").starts_with("Webhook"), known(event, "tenant"), known(event, "user"), name)
}

/// Whether the question is about the user who asks it, of that tenant.
fn is_itself(question: &Question, tenant: Id) -> bool {
    question.user.is_some_and(|user| question.who == Who::User(tenant, user))
}
