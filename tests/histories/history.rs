//! Random histories in a small world, and how a failing one is made smaller.
//!
//! A history is made step by step on the model: most commands are plausible where they stand, the rest are not.

use crate::{
    commands::PUBLIC_URL,
    model::{Actor, GROUPS, Id, World, guid},
};
use proptest::{
    prelude::RngExt,
    strategy::{NewTree, Strategy, ValueTree},
    test_runner::{TestRng, TestRunner},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, ops::Range};

/// Commands in a history.
const STEPS: usize = 200;
/// Earlier moments at which every question is asked again.
const MOMENTS: usize = 10;
/// When a history begins: 2019-01-01.
const BEGINNING: i64 = 1_546_300_800_000_000;
const MINUTE: i64 = 60_000_000;

/// Partners.
pub(crate) const PARTNERS: [Id; 3] = [0xfa << 120 | 1, 0xfa << 120 | 2, 0xfa << 120 | 3];
/// Customers.
pub(crate) const CUSTOMERS: [Id; 2] = [0xca << 120 | 1, 0xca << 120 | 2];
/// A tenant that nobody registers.
pub(crate) const STRANGER: Id = 0xee << 120 | 1;
/// Object ids, the same ones in every tenant: only the pair is a user (TEN-2).
pub(crate) const USERS: [Id; 3] = [0xd0 << 120 | 1, 0xd0 << 120 | 2, 0xd0 << 120 | 3];

/// How many of each there are at most, and the first byte of their ids.
const POOLS: [(&str, u128, u128); 5] = [
    ("invitation", 0x10, 16),
    ("subscription", 0x50, 8),
    ("roleAssignment", 0x60, 40),
    ("device", 0xde, 7),
    ("profile", 0xb0, 5),
];

/// How often each command is tried, before the actor is chosen.
const WEIGHTS: &[(&str, u32)] = &[
    ("RegisterPartner", 2),
    ("RegisterCustomer", 2),
    ("AssignDirectoryRole", 5),
    ("RemoveDirectoryRole", 5),
    ("AddGroupMember", 10),
    ("RemoveGroupMember", 6),
    ("DescribeUser", 5),
    ("SendInvite", 9),
    ("WithdrawInvite", 3),
    ("AcceptInvite", 16),
    ("DeclineInvite", 3),
    ("RevokeDap", 6),
    ("EndRelationship", 4),
    ("RenegotiateContract", 4),
    ("ProvisionSubscription", 7),
    ("RegisterSubscription", 4),
    ("RenewSubscription", 5),
    ("CancelSubscription", 3),
    ("AssignRole", 9),
    ("RemoveRoleAssignment", 7),
    ("AddDevice", 9),
    ("UpdateDevice", 5),
    ("RemoveDevice", 4),
    ("CreateProfile", 5),
    ("UpdateProfile", 4),
    ("DeleteProfile", 4),
    ("ApplyProfile", 8),
    ("RemoveProfile", 5),
    ("AdoptAutopilotPolicy", 3),
    ("OpenServiceRequest", 6),
    ("ErasePersonalData", 4),
    ("SetConsumer", 3),
    ("DeleteConsumer", 2),
    ("SetWebhook", 3),
    ("DeleteWebhook", 2),
];

/// Everybody who issues commands.
pub(crate) fn actors() -> Vec<Actor> {
    let tenants = PARTNERS.iter().chain(&CUSTOMERS);
    let users = tenants.flat_map(|tenant| USERS.map(|user| Actor::User(*tenant, user)));
    users.chain([Actor::User(STRANGER, USERS[0]), Actor::Operator]).collect()
}

/// One command of a history.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) command: &'static str,
    pub(crate) actor: Actor,
    pub(crate) time: i64,
    pub(crate) fields: Value,
    /// Whether questions are asked about the moment after it.
    pub(crate) look: bool,
}

impl Step {
    /// As a line of `procura apply`.
    pub(crate) fn line(&self) -> String {
        let actor = match self.actor {
            Actor::Operator => json!({"operator": "op"}),
            Actor::User(tenant, user) => json!({"tenant": guid(tenant), "user": guid(user)}),
        };
        let at = format!("{:?}", crate::compare::timestamp(self.time));
        json!({"command": self.command, "actor": actor, "at": at, "data": self.fields}).to_string()
    }
}

/// The commands that histories are made of.
pub(crate) fn commands() -> BTreeSet<&'static str> {
    WEIGHTS.iter().map(|(command, _)| *command).collect()
}

/// Makes histories.
#[derive(Debug)]
pub(crate) struct Histories;

impl Strategy for Histories {
    type Tree = HistoryTree;
    type Value = Vec<Step>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut maker = Maker { rng: runner.new_rng(), world: World::default(), time: BEGINNING };
        let mut steps: Vec<Step> = (0..STEPS).map(|at| maker.step(at)).collect();
        while steps.iter().filter(|step| step.look).count() < MOMENTS {
            let at = maker.rng.random_range(0..STEPS);
            steps[at].look = true;
        }
        let kept = vec![true; steps.len()];
        Ok(HistoryTree { size: steps.len(), steps, kept, at: 0, left_out: 0..0 })
    }
}

/// A history that is made smaller by leaving steps out: half of them, a quarter, … and at last one by one.
#[derive(Debug)]
pub(crate) struct HistoryTree {
    steps: Vec<Step>,
    kept: Vec<bool>,
    size: usize,
    at: usize,
    left_out: Range<usize>,
}

impl ValueTree for HistoryTree {
    type Value = Vec<Step>;

    fn current(&self) -> Vec<Step> {
        let kept = self.steps.iter().zip(&self.kept).filter(|(_, kept)| **kept);
        kept.map(|(step, _)| step.clone()).collect()
    }

    fn simplify(&mut self) -> bool {
        // What was left out last stays out for good.
        self.steps = self.current();
        self.kept = vec![true; self.steps.len()];
        self.at = self.left_out.start;
        self.leave_out_next()
    }

    fn complicate(&mut self) -> bool {
        self.kept.fill(true);
        self.at = self.left_out.end;
        self.leave_out_next()
    }
}

impl HistoryTree {
    fn leave_out_next(&mut self) -> bool {
        if self.at >= self.steps.len() {
            if self.size <= 1 {
                return false;
            }
            (self.size, self.at) = (self.size / 2, 0);
        }
        self.left_out = self.at..(self.at + self.size).min(self.steps.len());
        self.kept[self.left_out.clone()].fill(false);
        !self.left_out.is_empty()
    }
}

/// Makes one history.
struct Maker {
    rng: TestRng,
    world: World,
    time: i64,
}

impl Maker {
    fn step(&mut self, at: usize) -> Step {
        self.time += self.delay();
        let (command, actor, fields) = match at {
            0..5 => self.registration(at),
            _ => self.command(at),
        };
        if let Ok(events) = self.world.expected(command, &fields, actor, self.time) {
            self.world.name(command, &fields);
            for mut event in events {
                // What the caller cannot name: where nothing is left out of the history, this is its id.
                if event.get("serviceRequest").is_some_and(Value::is_null) {
                    event["serviceRequest"] = guid(generated(at as u64)).into();
                }
                self.world.add(&event);
            }
        } else if let Some(event) = self.world.recorded_by_version_1(command, &fields, actor, self.time) {
            self.world.add(&event);
        }
        Step { command, actor, time: self.time, fields, look: false }
    }

    /// Minutes, or days, or exactly until an invitation expires or the last microsecond before.
    fn delay(&mut self) -> i64 {
        let left: Vec<i64> = self.world.invitations.values().map(|sent| sent.expires - self.time).collect();
        let soon: Vec<i64> = left.into_iter().filter(|left| (2..=40 * 1440 * MINUTE).contains(left)).collect();
        match self.rng.random_range(0..100) {
            0..6 if !soon.is_empty() => *self.of(&soon) - i64::from(self.chance(40)),
            0..30 => self.rng.random_range(1..8) * 1440 * MINUTE,
            _ => self.rng.random_range(1..600) * MINUTE,
        }
    }

    fn registration(&mut self, at: usize) -> (&'static str, Actor, Value) {
        let tenants = [CUSTOMERS[0], PARTNERS[0], CUSTOMERS[1], PARTNERS[1], PARTNERS[2]];
        // The third partner registers now, later or never.
        let tenant = if at == 4 && self.chance(50) { tenants[0] } else { tenants[at] };
        let customer = CUSTOMERS.contains(&tenant);
        let command = if customer { "RegisterCustomer" } else { "RegisterPartner" };
        (command, Actor::Operator, register(if customer { "customer" } else { "partner" }, tenant, USERS[0]))
    }

    /// Mostly a command that works, sometimes one that only the state refuses, sometimes any.
    fn command(&mut self, at: usize) -> (&'static str, Actor, Value) {
        let kind = self.rng.random_range(0..100);
        let everybody = actors();
        let mut last = None;
        for _ in 0..12 {
            let command = if at < 14 { "AddGroupMember" } else { self.weighted() };
            let fields = self.fields(command);
            let works: Vec<Actor> = everybody
                .iter()
                .filter(|actor| match self.world.expected(command, &fields, **actor, self.time) {
                    Ok(_) => kind < 62,
                    Err("notFound" | "notAllowed" | "invalidCommand") => false,
                    Err(_) => (62..80).contains(&kind),
                })
                .copied()
                .collect();
            if !works.is_empty() {
                return (command, *self.of(&works), fields);
            }
            last = Some((command, *self.of(&everybody), fields));
            if kind >= 80 {
                break;
            }
        }
        last.unwrap()
    }

    fn weighted(&mut self) -> &'static str {
        let sum = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut left = self.rng.random_range(0..sum);
        let found = WEIGHTS.iter().find(|(_, weight)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        found.unwrap().0
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.rng.random_range(0..items.len())]
    }

    fn word(&mut self, words: &[&str]) -> Value {
        (*self.of(words)).into()
    }

    fn tenant(&mut self, likely: &[Id]) -> Id {
        let all = [&PARTNERS[..], &CUSTOMERS, &[STRANGER]].concat();
        if self.chance(95) { *self.of(likely) } else { *self.of(&all) }
    }

    fn customer(&mut self) -> Value {
        guid(self.tenant(&CUSTOMERS)).into()
    }

    fn partner(&mut self) -> Value {
        guid(self.tenant(&PARTNERS)).into()
    }

    fn user(&mut self) -> Value {
        guid(*self.of(&USERS)).into()
    }

    /// A (customer, partner) pair, mostly one of these.
    fn pair(&mut self, likely: &BTreeSet<(Id, Id)>) -> Value {
        let (customer, partner) = match self.chance(70) && !likely.is_empty() {
            true => *self.of(&likely.iter().copied().collect::<Vec<_>>()),
            false => (self.tenant(&CUSTOMERS), self.tenant(&PARTNERS)),
        };
        json!({"customer": guid(customer), "partner": guid(partner)})
    }

    /// An id that has been given, and seldom one that has not.
    fn given(&mut self, kind: &str) -> Id {
        let given: Vec<_> = self.world.given.iter().filter(|(of, _)| *of == kind).map(|(_, id)| *id).collect();
        self.mostly(kind, &given)
    }

    fn mostly(&mut self, kind: &str, likely: &[Id]) -> Id {
        if likely.is_empty() || self.chance(4) { unknown(kind) } else { *self.of(likely) }
    }

    /// An id for something new, seldom one that has been given.
    fn fresh(&mut self, kind: &'static str) -> Value {
        let free = pool(kind).find(|id| !self.world.given.contains(&(kind, *id)));
        let fresh = if self.chance(6) { None } else { free };
        guid(fresh.unwrap_or_else(|| self.given(kind))).into()
    }

    /// The customer whose this is, and seldom another.
    fn customer_of(&mut self, owner: Option<Id>) -> Value {
        match owner {
            Some(owner) if self.chance(97) => guid(owner).into(),
            _ => self.customer(),
        }
    }

    fn device(&mut self, customer: Option<Id>) -> Id {
        let devices = self.world.devices.iter().filter(|(_, found)| customer.is_none_or(|own| own == found.customer));
        let devices: Vec<_> = devices.map(|(id, _)| *id).collect();
        if self.chance(4) { self.given("device") } else { self.mostly("device", &devices) }
    }

    fn fields(&mut self, command: &str) -> Value {
        let mut fields = match command {
            "RegisterPartner" => register("partner", self.tenant(&PARTNERS), USERS[0]),
            "RegisterCustomer" => register("customer", self.tenant(&CUSTOMERS), USERS[0]),
            "AssignDirectoryRole" | "RemoveDirectoryRole" => {
                let tenant = self.tenant(&[&PARTNERS[..2], &CUSTOMERS].concat());
                let role = self.word(&["GlobalAdministrator", "HelpdeskAdministrator"]);
                json!({"tenant": guid(tenant), "user": self.user(), "role": role})
            }
            "AddGroupMember" | "RemoveGroupMember" => {
                json!({"partner": self.partner(), "group": self.word(&GROUPS), "user": self.user()})
            }
            "DescribeUser" => {
                let tenant = self.tenant(&[&PARTNERS[..2], &CUSTOMERS].concat());
                json!({"tenant": guid(tenant), "user": self.user()})
            }
            "SendInvite" => self.invitation(),
            "WithdrawInvite" => json!({"invitation": guid(self.given("invitation"))}),
            "AcceptInvite" | "DeclineInvite" => {
                let usable = self.world.invitations.iter().filter(|(_, sent)| sent.expires > self.time);
                let usable: Vec<_> =
                    usable.map(|(id, _)| *id).filter(|id| !self.world.withdrawn.contains(id)).collect();
                let invitation =
                    if self.chance(60) { self.mostly("invitation", &usable) } else { self.given("invitation") };
                json!({"invitation": guid(invitation), "customer": self.customer()})
            }
            "RevokeDap" => self.pair(&self.world.dap.clone()),
            "EndRelationship" | "RenegotiateContract" | "ProvisionSubscription" | "OpenServiceRequest" => {
                let pair = self.pair(&self.world.ever_related.clone());
                self.between(command, pair)
            }
            "RegisterSubscription" => {
                let fields = json!({"customer": self.customer()});
                self.subscription(fields)
            }
            "RenewSubscription" | "CancelSubscription" | "AssignRole" => {
                let subscription = self.given("subscription");
                let owner = self.world.subscriptions.get(&subscription).map(|found| found.customer);
                let fields = json!({"customer": self.customer_of(owner), "subscription": guid(subscription)});
                if command == "AssignRole" { self.role(fields) } else { fields }
            }
            "RemoveRoleAssignment" => {
                let likely: Vec<_> = self.world.assignments.keys().copied().collect();
                let assignment =
                    if self.chance(4) { self.given("roleAssignment") } else { self.mostly("roleAssignment", &likely) };
                let subscription = self.world.assignments.get(&assignment).map(|found| found.subscription);
                let owner = subscription.map(|found| self.world.subscriptions[&found].customer);
                json!({"customer": self.customer_of(owner), "roleAssignment": guid(assignment)})
            }
            "AddDevice" => self.new_device(),
            "UpdateDevice" | "RemoveDevice" => {
                let device = self.device(None);
                let owner = self.world.devices.get(&device).map(|found| found.customer);
                json!({"customer": self.customer_of(owner), "device": guid(device)})
            }
            "CreateProfile" => {
                let settings = json!({"skipEula": self.chance(50)});
                json!({"customer": self.customer(), "profile": self.fresh("profile"), "name": "Kiosk", "settings": settings})
            }
            "SetConsumer" | "DeleteConsumer" | "SetWebhook" | "DeleteWebhook" => self.feed(command),
            _ => self.profile(command),
        };
        match command {
            "UpdateDevice" => fields["groupTag"] = self.word(&["Paris", "Lyon"]),
            "AdoptAutopilotPolicy" => {
                fields = json!({"policy": self.word(&["relationship", "dapRequired"])});
            }
            "ErasePersonalData" => fields = json!({"subject": self.subject()}),
            "DescribeUser" => self.name(&mut fields, 90),
            "RegisterPartner" | "RegisterCustomer" | "AssignDirectoryRole" | "AddGroupMember" => {
                self.name(&mut fields, 15);
            }
            _ => {}
        }
        fields
    }

    /// Names for the user, at that chance each.
    fn name(&mut self, fields: &mut Value, percent: usize) {
        if self.chance(percent) {
            fields["displayName"] = self.word(&["Ada", "Bob"]);
        }
        if self.chance(percent / 2) {
            fields["userPrincipalName"] =
                self.word(&["ada@p.example", "Ada@P.example", "bob@p.example", "eve@p.example"]);
        }
    }

    fn feed(&mut self, command: &str) -> Value {
        let mut fields = json!({"name": self.word(&["billing", "siem"])});
        if command.starts_with("Set") && self.chance(30) {
            fields["after"] = 0.into();
        }
        if command == "SetWebhook" {
            fields["url"] = "https://hooks.example.com/".into();
            if self.chance(70) {
                fields["secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
            }
        }
        fields
    }

    /// Mostly one that there is, seldom one of another kind with its id.
    fn subject(&mut self) -> String {
        let there: Vec<String> = self.world.subjects.keys().cloned().collect();
        if there.is_empty() || self.chance(4) {
            return format!("invitation:{}", guid(unknown("invitation")));
        }
        let subject = self.of(&there).clone();
        if self.chance(4) { subject.replace("invitation:", "device:") } else { subject }
    }

    fn invitation(&mut self) -> Value {
        let invitation = self.fresh("invitation");
        let mut fields = json!({
            "invitation": invitation, "partner": self.partner(), "delegatedAdmin": self.chance(65),
            "locale": self.word(&["en", "fr"]),
        });
        let link = format!("Here: {PUBLIC_URL}/invitations/{}", invitation.as_str().unwrap());
        let other = format!("Here: {PUBLIC_URL}/invitations/{}", guid(unknown("invitation")));
        match self.rng.random_range(0..10) {
            0 | 1 => fields["message"] = json!({"subject": "Hello", "body": "Please follow {link}"}),
            2 => fields["message"] = json!({"subject": "Hello", "body": link}),
            3 => fields["message"] = json!({"subject": "Hello", "body": "Please follow the link"}),
            4 => fields["message"] = json!({"subject": "Hello", "body": other}),
            5 => fields["recipient"] = "boss@customer.example".into(),
            _ => {}
        }
        match self.rng.random_range(0..4) {
            0 => fields["uses"] = "once".into(),
            1 | 2 => fields["uses"] = "many".into(),
            _ => {}
        }
        match self.rng.random_range(0..30) {
            0 => fields["expiresInDays"] = 0.into(),
            1 => fields["expiresInDays"] = 366.into(),
            2..20 => fields["expiresInDays"] = (*self.of(&[1, 5, 30, 30, 365])).into(),
            _ => {}
        }
        fields
    }

    fn between(&mut self, command: &str, mut fields: Value) -> Value {
        match command {
            "ProvisionSubscription" => self.subscription(fields),
            "OpenServiceRequest" => {
                fields["title"] = "No mail".into();
                fields["severity"] = self.word(&["critical", "moderate", "minimal"]);
                fields
            }
            _ => fields,
        }
    }

    fn subscription(&mut self, mut fields: Value) -> Value {
        let azure = self.chance(70);
        fields["subscription"] = self.fresh("subscription");
        fields["kind"] = if azure { "azure" } else { "microsoft365" }.into();
        fields["name"] = "Shop".into();
        if azure || self.chance(8) {
            fields["roleAssignment"] = self.fresh("roleAssignment");
        }
        fields
    }

    fn role(&mut self, mut fields: Value) -> Value {
        fields["roleAssignment"] = self.fresh("roleAssignment");
        let held = self.world.assignments.values().filter(|held| guid(held.subscription) == fields["subscription"]);
        let held: Vec<_> = held.cloned().collect();
        if !held.is_empty() && self.chance(15) {
            let again = self.of(&held);
            (fields["role"], fields["principal"]) = (again.role.clone().into(), again.holder.as_principal());
            return fields;
        }
        fields["role"] = self.word(&["Owner", "Contributor", "Reader", "UserAccessAdministrator"]);
        fields["principal"] = match self.chance(50) {
            true => json!({"group": self.word(&GROUPS), "partner": self.partner()}),
            false => {
                let tenant = self.tenant(&[&PARTNERS[..], &CUSTOMERS].concat());
                json!({"tenant": guid(tenant), "user": self.user()})
            }
        };
        fields
    }

    fn new_device(&mut self) -> Value {
        let mut fields = self.pair(&self.world.related.clone());
        fields["device"] = self.fresh("device");
        fields["manufacturer"] = "Contoso".into();
        fields["model"] = self.word(&["A", "B"]);
        fields["serialNumber"] = self.word(&["1", "2", "3"]);
        if self.chance(30) {
            fields["groupTag"] = self.word(&["Paris", "Lyon", ""]);
        }
        let by_customer = self.chance(45);
        if by_customer {
            let _ = fields.as_object_mut().unwrap().remove("partner");
        }
        if by_customer ^ self.chance(3) {
            fields["source"] = self.word(&["microsoftStoreForBusiness", "microsoftStoreForEducation", "intune"]);
        }
        fields
    }

    fn profile(&mut self, command: &str) -> Value {
        let likely: Vec<_> = self.world.profiles.keys().copied().collect();
        let profile = if self.chance(4) { self.given("profile") } else { self.mostly("profile", &likely) };
        let owner = self.world.profiles.get(&profile).copied();
        let mut fields = json!({"customer": self.customer_of(owner), "profile": guid(profile)});
        match command {
            "UpdateProfile" if self.chance(4) => {}
            "UpdateProfile" if self.chance(50) => fields["name"] = self.word(&["Kiosk", "Desk"]),
            "UpdateProfile" => fields["settings"] = json!({"skipOemRegistration": self.chance(50)}),
            "ApplyProfile" | "RemoveProfile" => {
                let applied: Vec<Id> =
                    self.world.applied.iter().filter(|(_, on)| **on == profile).map(|(device, _)| *device).collect();
                let many = if self.chance(4) { 0 } else { self.rng.random_range(1..4) };
                let devices = match command == "RemoveProfile" && !applied.is_empty() && self.chance(80) {
                    true => vec![*self.of(&applied)],
                    false => (0..many).map(|_| self.device(owner)).collect(),
                };
                fields["devices"] = devices.into_iter().map(guid).collect();
            }
            _ => {}
        }
        fields
    }
}

fn register(kind: &str, tenant: Id, administrator: Id) -> Value {
    let name = if kind == "partner" { "Fabrikam" } else { "Contoso" };
    json!({kind: guid(tenant), "name": name, "domain": format!("{}.example", name.to_lowercase()),
           "globalAdministrator": guid(administrator)})
}

fn pool(kind: &str) -> impl Iterator<Item = Id> + use<> {
    let (_, first, size) = POOLS.into_iter().find(|(name, ..)| *name == kind).expect("a pool");
    (1..=size).map(move |number| first << 120 | number)
}

/// The id that is generated for what the command at that place of a history makes.
pub(crate) fn generated(index: u64) -> Id {
    0xf0 << 120 | u128::from(index)
}

/// An id of that kind which is never given.
pub(crate) fn unknown(kind: &str) -> Id {
    pool(kind).next().unwrap() + 0xff
}
