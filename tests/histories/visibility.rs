//! Who is told what, against a third reading: of partners' people (VIS-5), of other partners (VIS-6), of strangers (VIS-7).
//!
//! It goes through the events one by one and notes when each group begins and ceases to be told to a customer. The domain
//! keeps no such notes: it finds them from the periods of relationships and roles.

use crate::{
    compare::{as_json, domain_question, questions},
    history::{CUSTOMERS, PARTNERS, Step},
    model::{Answer, GROUPS, Id, Question, Thing, Who, World, group, guid, id, known, text},
    runner::{self, Sum},
    told::{Told, end},
};
use procura_domain::{
    access::{Decision, Subject},
    event::EventType,
    id::Id as First,
    state::State,
    temporal::{EventRef, Moment},
    visibility::{Audience, VisibleScope},
    vocabulary::GroupOf,
};
use procura_tests::Dice;
use procura_views::{devices, profiles, rows, subscriptions};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 10;
/// Questions of each customer's about each moment.
const QUESTIONS: usize = 60;

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    /// Questions that a customer asked.
    questions: u64,
    /// Of these, those that overseers are answered otherwise.
    hidden: u64,
    /// Those about a tenant that the customer has nothing to do with.
    strangers: u64,
    /// Memberships that a customer was told, and of these those that began with the relationship.
    memberships: u64,
    begun_with_it: u64,
    /// Rows that a partner was shown, and of these those that another partner has to do with.
    rows: u64,
    of_others: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.questions += other.questions;
        self.hidden += other.hidden;
        self.strangers += other.strangers;
        self.memberships += other.memberships;
        self.begun_with_it += other.begun_with_it;
        self.rows += other.rows;
        self.of_others += other.of_others;
    }
}

#[test]
fn everybody_is_told_what_the_page_says() {
    let count = runner::check(runner::one_of(SHARE), compare);
    println!("{count:#?}");
    if runner::is_thorough() {
        let Count { questions, hidden, strangers, memberships, begun_with_it, rows, of_others } = count;
        let all = [questions, hidden, strangers, memberships, begun_with_it, rows, of_others];
        assert!(all.iter().all(|times| *times > 1_000), "{count:?}");
    }
}

fn compare(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice) = (Count::default(), Dice::new(1));
    let (mut state, mut world, mut notes, mut past) = (State::default(), World::default(), Notes::default(), 0);
    // What there is at the end is asked about at every moment.
    let mut whole = World::default();
    told.commits.iter().flat_map(|commit| &commit.events).for_each(|event| whole.add(&as_json(event)));
    let asked: Vec<Question> = questions(&whole, &crate::asked()).into_iter().map(|(question, _)| question).collect();
    for commit in &told.commits {
        state.fold(commit).map_err(|error| error.to_string())?;
        for event in &commit.events {
            past += 1;
            notes.add(past, &as_json(event), &world);
            world.add(&as_json(event));
        }
        let now = end(commit);
        for customer in CUSTOMERS.into_iter().filter(|customer| world.customers.contains(customer)) {
            memberships(customer, &notes, &state, now, &mut count)?;
            for _ in 0..QUESTIONS {
                let question = dice.one(&asked);
                if owner(&world, question.on) == Some(customer) {
                    ask(customer, question, (&world, &notes), &state, now, &mut count)?;
                }
            }
            for partner in PARTNERS {
                shown(customer, partner, &world, &state, now, &mut count)?;
            }
        }
    }
    Ok(count)
}

/// In whose tenant a thing is.
fn owner(world: &World, thing: Thing) -> Option<Id> {
    match thing {
        Thing::Customer(customer) => world.customers.contains(&customer).then_some(customer),
        Thing::Partner(_) => None,
        Thing::Subscription(subscription) => world.subscriptions.get(&subscription).map(|found| found.customer),
        Thing::Device(device) => world.devices.get(&device).map(|found| found.customer),
        Thing::Profile(profile) => world.profiles.get(&profile).copied(),
    }
}

// --- What customers are told ---

/// A group of a partner's, to a customer: `(customer, partner, group)`.
type Key = (Id, Id, usize);

/// A membership that is told: who, from which position, until which.
type Stretch = (Id, u64, Option<u64>);

/// What the events so far say of who is told what.
#[derive(Debug, Default)]
struct Notes {
    /// The groups whose members are told, and since which relationship.
    told: BTreeMap<Key, u64>,
    /// Of an ended relationship: the roles that the group held then, and holds still.
    kept: BTreeMap<Key, BTreeSet<Id>>,
    /// When each member joined.
    joined: BTreeMap<(Id, usize, Id), u64>,
    /// The memberships that a customer was ever told.
    stretches: BTreeMap<Key, Vec<Stretch>>,
    /// Joining and leaving that a customer was told of when it happened.
    witnessed: BTreeSet<(Id, u64)>,
    /// Whoever held or holds a role on a subscription.
    holders: BTreeSet<(Id, Who)>,
}

impl Notes {
    /// One event more, before which the world was this.
    fn add(&mut self, position: u64, event: &Value, before: &World) {
        let is = |name: &str| known(event, name);
        match text(event, "type") {
            "RelationshipEstablished" => {
                for group in 0..GROUPS.len() {
                    let key = (is("customer"), is("partner"), group);
                    self.kept.remove(&key);
                    self.close(key, position);
                    self.told.insert(key, position);
                    let members = before.members.iter().filter(|(partner, of, _)| (*partner, *of) == (key.1, group));
                    let stretches = self.stretches.entry(key).or_default();
                    stretches.extend(members.map(|(.., user)| (*user, position, None)));
                }
            }
            "RelationshipEnded" => {
                for group in 0..GROUPS.len() {
                    let key = (is("customer"), is("partner"), group);
                    let of_it = before.assignments.iter().filter(|(_, held)| {
                        held.holder == Who::Group(key.1, group)
                            && before.subscriptions[&held.subscription].customer == key.0
                    });
                    let kept: BTreeSet<Id> = of_it.map(|(id, _)| *id).collect();
                    if kept.is_empty() {
                        self.told.remove(&key);
                        self.close(key, position);
                    } else {
                        self.kept.insert(key, kept);
                    }
                }
            }
            "RoleAssigned" => {
                self.holders.insert((is("subscription"), Who::principal(&event["principal"])));
            }
            "RoleAssignmentRemoved" => {
                let mut ended = Vec::new();
                for (key, kept) in &mut self.kept {
                    if kept.remove(&is("roleAssignment")) && kept.is_empty() {
                        ended.push(*key);
                    }
                }
                for key in ended {
                    self.kept.remove(&key);
                    self.told.remove(&key);
                    self.close(key, position);
                }
            }
            "GroupMemberAdded" => {
                let (partner, group, user) = (is("partner"), group(text(event, "group")), is("user"));
                self.joined.insert((partner, group, user), position);
                for key in self.keys_of(partner, group) {
                    self.witnessed.insert((key.0, position));
                    self.stretches.entry(key).or_default().push((user, position, None));
                }
            }
            "GroupMemberRemoved" => {
                let (partner, group, user) = (is("partner"), group(text(event, "group")), is("user"));
                self.joined.remove(&(partner, group, user));
                for key in self.keys_of(partner, group) {
                    self.witnessed.insert((key.0, position));
                    let open = self.stretches.entry(key).or_default().iter_mut();
                    open.filter(|(of, _, until)| *of == user && until.is_none())
                        .for_each(|open| open.2 = Some(position));
                }
            }
            _ => {}
        }
    }

    fn keys_of(&self, partner: Id, group: usize) -> Vec<Key> {
        self.told.keys().filter(|(_, of, told)| (*of, *told) == (partner, group)).copied().collect()
    }

    fn close(&mut self, key: Key, position: u64) {
        let stretches = self.stretches.entry(key).or_default().iter_mut();
        stretches.filter(|(_, _, until)| until.is_none()).for_each(|open| open.2 = Some(position));
    }
}

/// A question of a customer's administrator about its own tenant.
fn ask(
    customer: Id,
    question: &Question,
    (world, notes): (&World, &Notes),
    state: &State,
    now: Moment,
    count: &mut Count,
) -> Result<(), String> {
    let audience = Audience::Customer(guid(customer).parse().unwrap());
    let asked = domain_question(question).expect("a question");
    let decision = audience.decide(&asked, now, state);
    let answer = match &decision {
        Decision::Allowed(_) => Answer::Yes,
        Decision::Denied(denial) if denial.known => Answer::No,
        Decision::Denied(_) => Answer::Unknown,
    };
    // The customer's world: its own tenant, whoever it has or had to do with, and of their people those it is told of.
    let own = question.who.tenant();
    let holds = |who: Who| matches!(question.on, Thing::Subscription(on) if notes.holders.contains(&(on, who)));
    let of_subject = (0..GROUPS.len()).map(|group| Who::Group(own, group)).chain([question.who]);
    let related = |tenant: Id| tenant == customer || world.ever_related.contains(&(customer, tenant));
    let subject_known = related(own) || of_subject.into_iter().any(holds);
    let mut theirs = world.clone();
    theirs.members.retain(|(partner, group, _)| notes.told.contains_key(&(customer, *partner, *group)));
    theirs.partners.retain(|tenant| related(*tenant) || *tenant == own && subject_known);
    theirs.customers.retain(|tenant| related(*tenant) || *tenant == own && subject_known);
    let expected = theirs.answer(question);
    let problem = |what: &str| Err(format!("at {now:?}, to {}: {question:?}: {what}: {decision:?}", guid(customer)));
    if answer != expected {
        return problem(&format!("the reading says {expected:?}"));
    }
    // What it rests on, the customer was told of.
    let events: Vec<EventRef> = match &decision {
        Decision::Allowed(permit) => permit.reasons(now, state).flat_map(|reason| reason.because).collect(),
        Decision::Denied(denial) => denial.ended_by.into_iter().collect(),
    };
    for EventRef { position, event } in events {
        let of_members = matches!(event, EventType::GroupMemberAdded | EventType::GroupMemberRemoved);
        if of_members && !notes.witnessed.contains(&(customer, position.0)) {
            return problem(&format!("it was never told of {event} at {position}"));
        }
    }
    count.questions += 1;
    count.hidden += u64::from(world.answer(question) != expected);
    count.strangers += u64::from(!subject_known && world.registered(own));
    Ok(())
}

/// The members of every group, as a customer is told of them.
fn memberships(customer: Id, notes: &Notes, state: &State, now: Moment, count: &mut Count) -> Result<(), String> {
    let audience = Audience::Customer(guid(customer).parse().unwrap());
    for partner in PARTNERS {
        for (index, name) in GROUPS.iter().enumerate() {
            let group = GroupOf { group: name.parse().unwrap(), partner: guid(partner).parse().unwrap() };
            let found = audience.memberships(group, state, now.position);
            let found: BTreeSet<_> = found
                .iter()
                .map(|told| {
                    let until = told.until.map(|until| until.position.0);
                    (id(&told.user.to_string()), told.from.position.0, until)
                })
                .collect();
            let key = (customer, partner, index);
            let expected: BTreeSet<_> = notes.stretches.get(&key).into_iter().flatten().copied().collect();
            let is_told = audience.is_told_members(group, state, now);
            if found != expected || is_told != notes.told.contains_key(&key) {
                return Err(format!(
                    "at {now:?} {} is told of {group}: {is_told}, {found:?}\nthe reading says {:?}, {expected:?}",
                    guid(customer),
                    notes.told.get(&key)
                ));
            }
            count.memberships += found.len() as u64;
            let begun: BTreeSet<u64> = notes.told.get(&key).copied().into_iter().collect();
            count.begun_with_it += found.iter().filter(|(_, from, _)| begun.contains(from)).count() as u64;
        }
    }
    Ok(())
}

// --- What partners are shown ---

/// The lists of a customer, as an agent of a partner sees them: of other partners nothing.
fn shown(
    customer: Id,
    partner: Id,
    world: &World,
    state: &State,
    now: Moment,
    count: &mut Count,
) -> Result<(), String> {
    let [of_customer, own] = [customer, partner].map(guid);
    let agent = Subject::parse("group", &format!("{own}/AdminAgents")).expect("a subject");
    let scope = VisibleScope::Partner(own.parse().unwrap());
    let values = |rows: Value| rows.as_array().unwrap().clone();
    let at = of_customer.parse().unwrap();
    let listed = values(json!(rows(subscriptions(state, at, scope, now, First::MIN))));
    let owned = values(json!(rows(devices(state, at, Some(agent), now, First::MIN))));
    let made = values(json!(rows(profiles(state, at, Some(agent), now, First::MIN))));
    let problem = |row: &Value| Err(format!("at {now:?} {own} is shown of {of_customer}: {row}"));
    for row in listed.iter().chain(&owned).chain(&made) {
        let text = row.to_string();
        if PARTNERS.iter().any(|other| *other != partner && text.contains(&guid(*other))) {
            return problem(row);
        }
        count.rows += 1;
    }
    for row in &listed {
        let (subscription, provisioned) = (id(text(row, "id")), row["provisionedBy"].as_str().map(id));
        let by = world.subscriptions[&subscription].partner;
        let on_it = world.assignments.values().filter(|held| held.subscription == subscription);
        let own_roles = on_it.clone().filter(|held| held.holder.tenant() == partner).count();
        if provisioned != by.filter(|by| *by == partner) || row["roleAssignments"] != own_roles {
            return problem(row);
        }
        let others = |tenant: Id| PARTNERS.contains(&tenant) && tenant != partner;
        count.of_others +=
            u64::from(by.is_some_and(others) || on_it.into_iter().any(|held| others(held.holder.tenant())));
    }
    let sees = |profile: Id| {
        let question = Question {
            who: Who::Group(partner, 0),
            action: "profile.update",
            on: Thing::Profile(profile),
            partner: None,
            source: false,
            user: None,
        };
        world.answer(&question) == Answer::Yes
    };
    for row in &owned {
        let device = id(text(row, "id"));
        let by = world.devices[&device].partner;
        let profile = world.applied.get(&device).copied().filter(|profile| sees(*profile));
        let told = row["partner"].as_str().map(id);
        if told != by.filter(|by| *by == partner) || row["profile"].as_str().map(id) != profile {
            return problem(row);
        }
        if by.is_some() != row.get("partner").is_some() {
            return problem(row);
        }
        count.of_others += u64::from(by.is_some_and(|by| by != partner));
    }
    for row in &made {
        let profile = id(text(row, "id"));
        let applied = owned.iter().filter(|device| device["profile"].as_str().map(id) == Some(profile)).count();
        if !sees(profile) || row["devices"] != applied {
            return problem(row);
        }
    }
    Ok(())
}
