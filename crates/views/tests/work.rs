//! What a page, a guard and an answer ask of the state does not grow with it: counted at a thousand of everything, and at a
//! hundred thousand.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use procura_domain::{
    access::{Decision, Named, Question, Resource, Subject, action_names},
    command::{Command, Hardware, ProfileSettings},
    counted::asked,
    decide::{Context, FreshIds, decide},
    event::*,
    id::{CustomerId, Id, PartnerId, RoleAssignmentId, TenantId},
    intervals::{Interval, Lookback},
    invitation_link::InvitationLink,
    state::{Committed, State},
    temporal::{Moment, Position, Timestamp},
    text::{DomainName, Name},
    visibility::{Audience, Reader, VisibleScope, can_still_see_something, customer_scope, may_ask},
    vocabulary::{
        Actor, AssignmentOrigin, Author, DeviceOrigin, DirectoryRole, GroupOf, InvitationUses, Locale, PartnerGroup,
        Principal, ResourceRole, Severity, SubscriptionKind, SupportRoute, User,
    },
};
use procura_views::{
    CommitEvents, Consequences, Filter, Looked, PermissionKey, ResidualKey, SearchRows, Searcher, SubjectKind,
    customers, devices, directory_role_members, effective_permissions, explain, group_members, invitation, invitations,
    partner_relationships, profiles, residual_access, service_requests, subscriptions,
};
use procura_words::Words;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::{collections::BTreeMap, fmt::Display, str::FromStr, time::Duration};
use uuid::Uuid;

const PARTNER: &str = "faaaaaaa-0000-4000-8000-000000000001";
const CUSTOMER: &str = "caaaaaaa-0000-4000-8000-000000000001";
const ADMINISTRATOR: &str = "c0000000-0000-4000-8000-000000000010";
const GRETA: &str = "f0000000-0000-4000-8000-000000000010";
const ALEX: &str = "f0000000-0000-4000-8000-000000000011";
/// How many rows of a page are looked at.
const PAGE: usize = 100;

/// A text that the rules take, such as a name.
fn text<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(json!(text)).unwrap()
}

/// One of many things.
fn one<T: FromStr<Err: Display>>(kind: &str, number: u64) -> T {
    read(&id(kind, number))
}

/// Its id.
fn id(kind: &str, number: u64) -> String {
    format!("{kind}000000-0000-4000-8000-{number:012x}")
}

fn read<T: FromStr<Err: Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A state that takes in one event a commit.
#[derive(Default)]
struct World(State);

impl World {
    fn fold(&mut self, event: impl Into<Event>) {
        let first = Position(self.0.timeline.head().0 + 1);
        let at = Timestamp::UNIX_EPOCH + Duration::from_secs(first.0);
        let by = Author::stated(Actor::Operator("ops".to_owned()));
        let events = vec![event.into()];
        self.0.fold(&Committed { first, at, by, events }).unwrap_or_else(|error| panic!("{error}"));
    }

    /// A partner and a customer with so many of everything.
    fn of(size: u64) -> Self {
        let mut world = Self::default();
        let (partner, customer): (PartnerId, CustomerId) = (read(PARTNER), read(CUSTOMER));
        let (name, domain): (Name, DomainName) = (text("A"), text("a.example"));
        let group = PartnerGroup::AdminAgents;
        let agents = Principal::Group(GroupOf { group, partner });
        let (role, origin) = (ResourceRole::Owner, AssignmentOrigin::Assigned);
        let administrator =
            |tenant, user| DirectoryRoleAssigned { tenant, user, role: DirectoryRole::GlobalAdministrator };
        let registered = |customer| CustomerRegistered { customer, name: name.clone(), domain: domain.clone() };
        let assigned = |number, principal| {
            let (subscription, role_assignment) = (one("5b", 0), one("4a", number));
            RoleAssigned { customer, subscription, role_assignment, role, principal, origin }
        };
        let provisioned = |number| {
            let (subscription, kind, name) = (one("5b", number), SubscriptionKind::Azure, name.clone());
            SubscriptionProvisioned { customer, partner, subscription, kind, name }
        };
        let created = |number| {
            let settings = ProfileSettings::default();
            ProfileCreated { customer, profile: one("90", number), name: name.clone(), settings }
        };
        let established = RelationshipEstablished { customer, partner };
        world.fold(PartnerRegistered { partner, name: name.clone(), domain: domain.clone() });
        world.fold(registered(customer));
        world.fold(administrator(partner.into(), read(GRETA)));
        world.fold(administrator(customer.into(), read(ADMINISTRATOR)));
        world.fold(provisioned(0));
        world.fold(created(0));
        let alex = || read(ALEX);
        for number in 1..=size {
            // What began and ended again and again …
            world.fold(established.clone());
            world.fold(DapGranted { customer, partner });
            world.fold(DapRevoked { customer, partner });
            world.fold(RelationshipEnded { customer, partner });
            world.fold(GroupMemberAdded { partner, group, user: alex() });
            world.fold(GroupMemberRemoved { partner, group, user: alex() });
            world.fold(assigned(number, agents));
            let (subscription, role_assignment) = (one("5b", 0), one("4a", number));
            world.fold(RoleAssignmentRemoved { customer, subscription, role_assignment, role, principal: agents });
            // … and what there are many of.
            world.fold(GroupMemberAdded { partner, group, user: one("a6", number) });
            let user = Principal::User(User { tenant: partner.into(), user: one("a6", number) });
            world.fold(assigned(size + number, user));
            world.fold(provisioned(number));
            world.fold(administrator(customer.into(), one("c6", number)));
            let (invitation, uses, locale) = (one("10", number), InvitationUses::Many, Locale::En);
            let expires_at = read("2090-09-17T08:00:00Z");
            world.fold(InvitationSent { invitation, partner, delegated_admin: true, locale, uses, expires_at });
            let (another, invitation) = (one("cc", number), one("10", 1));
            world.fold(registered(another));
            world.fold(InvitationAccepted { invitation, partner, customer: another });
            world.fold(RelationshipEstablished { customer: another, partner });
            let serial_number = text(&number.to_string());
            let hardware = Hardware { serial_number, manufacturer: text("A"), model: text("A") };
            let (device, origin) = (one("de", number), DeviceOrigin::Partner(partner));
            world.fold(DeviceAdded { customer, device, hardware, hardware_hash: None, origin });
            world.fold(ProfileApplied { customer, profile: one("90", 0), devices: vec![device] });
            world.fold(created(number));
            let (service_request, severity, route) =
                (one("e0", number), Severity::Minimal, SupportRoute::MicrosoftSupport);
            world.fold(ServiceRequestOpened { customer, partner, service_request, severity, route });
        }
        world.fold(GroupMemberAdded { partner, group, user: alex() });
        world.fold(established);
        world.fold(DapGranted { customer, partner });
        world.fold(assigned(3 * size, agents));
        world.fold(DapRevoked { customer, partner });
        world
    }

    fn now(&self) -> Moment {
        let position = self.0.timeline.head();
        Moment { position, at: self.0.timeline.recorded_at(position).unwrap() }
    }
}

/// How much was asked for each page, guard and answer.
#[derive(Default)]
struct Counts(BTreeMap<String, u64>);

impl Counts {
    fn count<T>(&mut self, what: impl Into<String>, work: impl FnOnce() -> T) -> T {
        let before = asked();
        let done = work();
        self.0.insert(what.into(), asked() - before);
        done
    }

    /// The first page of a list, and one that begins in the middle of it.
    fn pages<K: Copy, T, L: Iterator<Item = Looked<K, T>>>(
        &mut self,
        what: &str,
        first: K,
        middle: K,
        list: impl Fn(K) -> L,
    ) {
        let page = |from| list(from).take(PAGE).filter(|looked| looked.row.is_some()).count();
        assert!(self.count(format!("{what}, first page"), || page(first)) > 0 || what.ends_with("(ended)"), "{what}");
        self.count(format!("{what}, page in the middle"), || page(middle));
    }
}

impl Counts {
    /// The first page of a search, and one that begins in the middle.
    fn search<'s, K: Copy, T>(
        &mut self,
        what: &str,
        size: u64,
        list: impl Fn(Option<K>) -> Option<SearchRows<'s, K, T>>,
    ) {
        let page = |after| list(after).map_or(0, |rows| rows.take(PAGE).filter(|looked| looked.row.is_some()).count());
        self.count(format!("{what}, first page"), || page(None));
        let middle = usize::try_from(size / 2).unwrap();
        let key = list(None).and_then(|mut rows| rows.nth(middle)).map(|looked| looked.key);
        self.count(format!("{what}, page in the middle"), || key.map_or(0, |key| page(Some(key))));
    }
}

fn work(size: u64) -> BTreeMap<String, u64> {
    let world = World::of(size);
    let (state, at, mut counts) = (&world.0, world.now(), Counts::default());
    let (partner, customer): (PartnerId, CustomerId) = (read(PARTNER), read(CUSTOMER));
    let agent = Subject::User(User { tenant: partner.into(), user: read(ALEX) });
    let middle = size / 2;
    let position = Position(at.position.0 / 2);
    let key = PermissionKey { granted_by: position, number: 0 };
    let [of_partner, everything] = [VisibleScope::Partner(partner), VisibleScope::Everything];

    counts.pages("partner relationships", Id::MIN, partner, |from| partner_relationships(state, customer, at, from));
    counts
        .pages("customers", Id::MIN, read(&id("cc", middle)), |from| customers(state, partner, Some(agent), at, from));
    for (name, include_ended) in [("effective permissions", true), ("effective permissions (ended)", false)] {
        for filter in [None, Some(partner)] {
            let filter = Filter { partner: filter, include_ended, ..Filter::default() };
            let list = |from| effective_permissions(state, customer, at, filter, from);
            counts.pages(&format!("{:?} {name}", filter.partner), PermissionKey::MIN, key, list);
        }
    }
    let residual = ResidualKey { partner, permission: key };
    counts.pages("residual access (ended)", ResidualKey::MIN, residual, |from| {
        residual_access(state, customer, None, at, from)
    });
    for scope in [everything, of_partner] {
        let name = |what: &str| format!("{what} of {scope:?}");
        let agent = scope.partner().map(|_| agent);
        let (subscription, device, profile) =
            (read(&id("5b", middle)), read(&id("de", middle)), read(&id("90", middle)));
        counts.pages(&name("subscriptions"), Id::MIN, subscription, |from| {
            subscriptions(state, customer, scope, at, from)
        });
        counts.pages(&name("devices"), Id::MIN, device, |from| devices(state, customer, agent, at, from));
        counts.pages(&name("profiles"), Id::MIN, profile, |from| profiles(state, customer, agent, at, from));
        let list = |from| service_requests(state, customer, scope, at, from);
        counts.pages(&name("service requests"), Position(0), position, list);
    }
    let (tenant, role, group) = (customer.into(), DirectoryRole::GlobalAdministrator, PartnerGroup::AdminAgents);
    let list = |from| directory_role_members(state, tenant, role, at, from);
    counts.pages("directory role", Id::MIN, read(&id("c6", middle)), list);
    counts.pages("group", Id::MIN, read(&id("a6", middle)), |from| group_members(state, partner, group, at, from));
    counts.pages("invitations", Position(0), position, |from| {
        invitations(state, partner, &InvitationLink::below("https://a.example"), at, from)
    });
    counts.count("an invitation", || {
        invitation(state, read(&id("10", 1)), &InvitationLink::below("https://a.example"), at).unwrap()
    });

    // Somebody of the partner in no group, who asks about itself.
    let frank = User { tenant: partner.into(), user: read(GRETA) };
    let may_know = counts.count("what a stranger may know of", || can_still_see_something(frank, tenant, at, state));
    assert!(!may_know);

    searches(&world, size, &mut counts);
    answers(&world, &mut counts);
    guards(&world, size, &mut counts);
    counts.0
}

/// Searches by a service, by an agent, by the customer's administrator, and by somebody who may do nothing: the first page,
/// and one that goes on in the middle.
fn searches(world: &World, size: u64, counts: &mut Counts) {
    let (state, now) = (&world.0, world.now());
    let before = Position(now.position.0 / 2);
    let before = Moment { position: before, at: state.timeline.recorded_at(before).unwrap() };
    let user = |tenant: &str, user: &str| User { tenant: read(tenant), user: read(user) };
    let (alex, greta) = (user(PARTNER, ALEX), user(PARTNER, GRETA));
    let carla = user(CUSTOMER, ADMINISTRATOR);
    let readers = [("a service", Reader::Decider), ("an agent", Reader::User(alex)), ("nobody", Reader::User(greta))];
    for (who, reader) in readers.into_iter().chain([("the customer", Reader::User(carla))]) {
        for (when, at) in [("now", now), ("then", before)] {
            let searcher = Searcher { reader, at, now };
            for (action, kind, on) in [
                ("customer.view", "customer", CUSTOMER.to_owned()),
                ("serviceRequest.open", "customer", CUSTOMER.to_owned()),
                ("history.view", "partner", PARTNER.to_owned()),
                ("subscription.read", "subscription", id("5b", 0)),
                ("device.delete", "device", id("de", 1)),
                ("profile.update", "profile", id("90", 0)),
            ] {
                let resource = Resource::parse(kind, &on, action, Named::default()).unwrap();
                let name = |what: &str| format!("{who} searches for {what} by {action} on a {kind} {when}");
                for (subjects, name) in [(SubjectKind::User, name("users")), (SubjectKind::Group, name("groups"))] {
                    let list = |after| searcher.subjects(state, subjects, resource.clone(), after);
                    counts.search(&name, size, list);
                }
                for (subject, name) in [(alex, name("things of Alex")), (greta, name("things of Greta"))] {
                    let list = |after| searcher.resources(state, Subject::User(subject), resource.clone(), after);
                    counts.search(&name, size, list);
                }
            }
        }
    }
}

/// Every question, with its reasons, and a hundred moments of its past.
fn answers(World(state): &World, counts: &mut Counts) {
    let at = Moment { position: state.timeline.head(), at: state.timeline.newest().unwrap() };
    let partner: TenantId = read(PARTNER);
    let agent = Subject::User(User { tenant: partner, user: read(ALEX) });
    let administrator = User { tenant: read(CUSTOMER), user: read(ADMINISTRATOR) };
    for (action, kind) in action_names() {
        let on = match kind {
            "customer" => CUSTOMER.to_owned(),
            "partner" => PARTNER.to_owned(),
            "subscription" => id("5b", 0),
            "device" => id("de", 1),
            _ => id("90", 0),
        };
        let resource = Resource::parse(kind, &on, action, Named::default()).unwrap();
        let question = Question { subject: agent, resource };
        for (who, reader) in [("service", Reader::Decider), ("customer", Reader::User(administrator))] {
            counts.count(format!("{kind} {action}, asked by a {who}"), || {
                let Some(disclosure) = may_ask(reader, &question, at, at, state) else { return };
                let decision = disclosure.decide(&question, at, state);
                let told = disclosure.audience(&question, &decision, at, at, state).unwrap_or(Audience::Everything);
                drop(explain(state, &decision, at, told, Words::of(Locale::En)));
            });
        }
        counts.count(format!("{kind} {action}, a hundred moments"), || {
            let interval = Interval::until(at);
            let mut lookback = Lookback::from(interval);
            for _ in 0..100 {
                if let Some(span) = lookback.step(&question, interval, state, Audience::Everything) {
                    drop(explain(
                        state,
                        &Decision::Allowed(span.permit),
                        at,
                        Audience::Everything,
                        Words::of(Locale::En),
                    ));
                }
            }
        });
    }
}

/// What stands in the way of commands, and what is told of them.
fn guards(World(state): &World, size: u64, counts: &mut Counts) {
    let user = |tenant: &str, user: &str| Actor::User(User { tenant: read(tenant), user: read(user) });
    let (alex, greta, carla) = (user(PARTNER, ALEX), user(PARTNER, GRETA), user(CUSTOMER, ADMINISTRATOR));
    let both = json!({"customer": CUSTOMER, "partner": PARTNER});
    let device = id("de", 1);
    let rows = [
        ("RevokeDap", &alex, both.clone()),
        ("EndRelationship", &alex, both.clone()),
        (
            "OpenServiceRequest",
            &alex,
            json!({"customer": CUSTOMER, "partner": PARTNER, "title": "A", "severity": "minimal"}),
        ),
        ("AcceptInvite", &carla, json!({"customer": CUSTOMER, "invitation": id("10", 2)})),
        ("DeclineInvite", &carla, json!({"customer": CUSTOMER, "invitation": id("10", 1)})),
        ("WithdrawInvite", &alex, json!({"invitation": id("10", 1)})),
        ("AddGroupMember", &greta, json!({"partner": PARTNER, "group": "AdminAgents", "user": GRETA})),
        ("RemoveGroupMember", &greta, json!({"partner": PARTNER, "group": "AdminAgents", "user": ALEX})),
        (
            "RemoveDirectoryRole",
            &carla,
            json!({"tenant": CUSTOMER, "user": ADMINISTRATOR, "role": "GlobalAdministrator"}),
        ),
        (
            "ProvisionSubscription",
            &alex,
            json!({"customer": CUSTOMER, "partner": PARTNER, "kind": "azure", "name": "A"}),
        ),
        ("CancelSubscription", &alex, json!({"customer": CUSTOMER, "subscription": id("5b", 1)})),
        (
            "AssignRole",
            &carla,
            json!({"customer": CUSTOMER, "subscription": id("5b", 0), "role": "Reader",
            "principal": {"group": "AdminAgents", "partner": PARTNER}}),
        ),
        ("RemoveRoleAssignment", &carla, json!({"customer": CUSTOMER, "roleAssignment": id("4a", 3 * size)})),
        (
            "AddDevice",
            &alex,
            json!({"customer": CUSTOMER, "partner": PARTNER, "serialNumber": "x", "manufacturer": "A",
            "model": "A", "hardwareHash": "QUJD"}),
        ),
        ("RemoveDevice", &alex, json!({"customer": CUSTOMER, "device": device})),
        ("ApplyProfile", &alex, json!({"customer": CUSTOMER, "profile": id("90", 1), "devices": [device]})),
        ("RemoveProfile", &alex, json!({"customer": CUSTOMER, "profile": id("90", 0), "devices": [device]})),
        ("DeleteProfile", &alex, json!({"customer": CUSTOMER, "profile": id("90", 0)})),
        ("DeleteProfile", &carla, json!({"customer": CUSTOMER, "profile": id("90", 1)})),
    ];
    let mut accepted = 0;
    for (number, (name, actor, fields)) in rows.into_iter().enumerate() {
        let command = Command::read(name, fields).unwrap().unwrap_or_else(|error| panic!("{name}: {error}"));
        let guid = Uuid::from_u128(7);
        let fresh = FreshIds { entity: guid, role_assignment: RoleAssignmentId::new(guid) };
        let position = state.timeline.head();
        let at = state.timeline.newest().unwrap() + Duration::from_secs(1);
        let invitation_link = &InvitationLink::below("https://a.example");
        let context = Context { actor, at, position, fresh, name_holder: None, invitation_link };
        let decided = counts.count(format!("{number} {name}"), || decide(&command, &context, state));
        let Ok(events) = decided else { continue };
        accepted += 1;
        let events: Vec<&Event> = events.iter().collect();
        let told = counts.count(format!("{number} {name}, what it changes"), || {
            let commit = CommitEvents { first: Position(position.0 + 1), at, events: &events };
            Consequences::of(state, commit, |pair| {
                let reader = Reader::User(User { tenant: pair.customer.into(), user: read(ADMINISTRATOR) });
                customer_scope(reader, pair.customer, Moment { position, at }, state).is_some()
            })
        });
        assert!(told.residual_access.len() <= 100 && told.more_residual_access == (told.residual_access.len() == 100));
    }
    assert!(accepted >= 10, "{accepted} commands were accepted");
}

#[test]
fn what_is_asked_does_not_grow_with_the_state() {
    let (small, large) = (work(1_000), work(100_000));
    assert_eq!(small.len(), large.len());
    let growing = large.iter().filter(|(what, count)| **count > small[*what] * 5 / 4 + 20);
    let growing: Vec<_> = growing.map(|(what, count)| format!("{what}: {} and {count}", small[what])).collect();
    assert!(growing.is_empty(), "asked at 1,000 and at 100,000:\n{}", growing.join("\n"));
    println!("{} pages, guards and answers; at most {} asked", large.len(), large.values().max().unwrap());
}
