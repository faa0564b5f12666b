//! The domain and the second reading, side by side: every command by everybody, every question about everything.

use crate::{
    commands::{BY_OPERATORS, PUBLIC_URL},
    history::{CUSTOMERS, PARTNERS, STRANGER, Step, USERS, actors, generated, unknown},
    model::{self, Actor, Answer, GROUPS, Id, Past, Thing, Who, World, guid, micros},
    runner::Sum,
    situations,
    snapshots::Snapshots,
};
use procura_app::{Code, schemas::CommandDescription};
use procura_domain::{
    access::{self, Decision, Named, Resource, Subject},
    command::Command,
    decide::{self, Context, FreshIds},
    event::Event,
    id::InvitationId,
    invitation_link::InvitationLink,
    refusal::Refusal,
    state::{Committed, State},
    temporal::{Moment, Position, Timestamp},
    vocabulary::{self, Author, CustomerChannel, DeviceOrigin},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was counted on the way.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) histories: u64,
    pub(crate) commands: u64,
    pub(crate) accepted: u64,
    /// Commands tried by everybody, without being recorded.
    pub(crate) tried: u64,
    /// Guards compared with the domain's own answer to the question.
    pub(crate) guards: u64,
    pub(crate) questions: u64,
    /// How often a rule decided.
    pub(crate) rules: BTreeMap<&'static str, u64>,
    /// How often each outcome of a command came, over all that were tried.
    pub(crate) outcomes: BTreeMap<(&'static str, &'static str), u64>,
    /// How often each action was answered with yes, no, unknown.
    pub(crate) answers: BTreeMap<&'static str, [u64; 3]>,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.commands += other.commands;
        self.accepted += other.accepted;
        self.tried += other.tried;
        self.guards += other.guards;
        self.questions += other.questions;
        other.rules.into_iter().for_each(|(rule, count)| *self.rules.entry(rule).or_default() += count);
        other.outcomes.into_iter().for_each(|(name, count)| *self.outcomes.entry(name).or_default() += count);
        for (action, counts) in other.answers {
            let sums = self.answers.entry(action).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }
}

/// Microseconds since 1970 as the domain's time.
pub(crate) fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(micros).expect("a time")
}

pub(crate) fn domain_actor(actor: Actor) -> vocabulary::Actor {
    match actor {
        Actor::Operator => vocabulary::Actor::Operator("op".to_owned()),
        Actor::User(tenant, user) => {
            vocabulary::Actor::User(format!("{}/{}", guid(tenant), guid(user)).parse().expect("a user"))
        }
    }
}

/// Runs a history against both, and says where they differ first.
pub(crate) fn check(steps: &[Step], asked: &[&'static str]) -> Result<Count, String> {
    let mut count = Count { histories: 1, ..Count::default() };
    let everybody: Vec<_> = actors().into_iter().map(|actor| (actor, domain_actor(actor))).collect();
    let (mut state, mut world, mut past) = (State::default(), World::default(), Vec::<Past>::new());
    let mut snapshots = Snapshots::default();
    let mut moments = vec![(0, steps.first().map_or(0, |step| step.time))];
    for (index, step) in steps.iter().enumerate() {
        let command = read(step);
        let here = Moment { position: Position(past.len() as u64), at: timestamp(step.time) };
        let mut recorded = None;
        for (actor, in_domain) in &everybody {
            let own = *actor == step.actor;
            let tried = Tried { actor: *actor, in_domain, own, index: index as u64 };
            let events = try_command(step, command.as_ref(), &tried, here, &state, &world, &mut count)?;
            if own {
                recorded = events;
            }
        }
        count.commands += 1;
        count.accepted += u64::from(recorded.is_some());
        if let Some(events) = recorded.or_else(|| by_version_1(&world, step)) {
            let first = Position(here.position.0 + 1);
            for event in &events {
                past.push(Past { event: as_json(event) });
                world.add(&past.last().unwrap().event);
            }
            world.name(step.command, &step.fields);
            let committed = Committed { first, at: here.at, by: author(), events };
            state.fold(&committed).map_err(|error| format!("{error}, after\n{}", step.line()))?;
            snapshots.folded(committed);
        }
        if step.look {
            snapshots.take(&state);
            moments.push((past.len(), step.time));
        }
    }
    // From here on, the state that came out of a snapshot is asked.
    let state = snapshots.compare(state)?;
    moments.push((past.len(), steps.last().map_or(0, |step| step.time)));
    let questions = questions(&world, asked);
    for (position, time) in moments {
        let then = World::of(&past[..position]);
        ask(&questions, position, time, &state, (&then, &world), &mut count)?;
    }
    Ok(count)
}

/// What version 1 of the rules recorded of a command that version 2 refuses.
pub(crate) fn by_version_1(world: &World, step: &Step) -> Option<Vec<Event>> {
    let mut fields = world.recorded_by_version_1(step.command, &step.fields, step.actor, step.time)?;
    let event_type = fields.as_object_mut()?.remove("type")?.as_str()?.parse().expect("an event's type");
    Some(vec![Event::read(event_type, fields).expect("an event")])
}

/// The command, or nothing if its shape is wrong.
pub(crate) fn read(step: &Step) -> Option<Command> {
    Command::read(step.command, step.fields.clone()).expect("a command's name").ok()
}

/// The ids that are generated for what the command at that place of a history makes.
pub(crate) fn fresh(index: u64) -> FreshIds {
    FreshIds {
        entity: guid(generated(index)).parse::<InvitationId>().expect("a GUID").guid(),
        role_assignment: guid(0xf1 << 120 | u128::from(index)).parse().expect("a GUID"),
    }
}

struct Tried<'a> {
    actor: Actor,
    in_domain: &'a vocabulary::Actor,
    own: bool,
    index: u64,
}

/// A command by one of the actors, decided by both; the events where both accept it.
fn try_command(
    step: &Step,
    command: Option<&Command>,
    tried: &Tried<'_>,
    here: Moment,
    state: &State,
    world: &World,
    count: &mut Count,
) -> Result<Option<Vec<Event>>, String> {
    let fresh = fresh(tried.index);
    let invitation_link = &InvitationLink::below(PUBLIC_URL);
    let context = Context {
        actor: tried.in_domain,
        at: here.at,
        position: here.position,
        fresh,
        name_holder: world.name_holder(step.command, &step.fields).map(|user| guid(user).parse().expect("a GUID")),
        invitation_link,
    };
    let decided = command.map(|command| decide::decide(command, &context, state));
    let expected = world.expected(step.command, &step.fields, tried.actor, step.time);
    count.tried += 1;
    let code = match &decided {
        None => "invalidCommand",
        Some(Ok(_)) => "accepted",
        Some(Err(refusal)) => Code::from(refusal).name(),
    };
    *count.outcomes.entry((step.command, code)).or_default() += 1;
    let differ = |what: String| {
        let line = Step { actor: tried.actor, ..step.clone() }.line();
        Err(format!("{what}\nfor the last line, issued as\n{line}"))
    };
    let expected_code = expected.as_ref().map_or_else(|code| *code, |_| "accepted");
    if code != expected_code {
        return differ(format!("the domain says {code}: {decided:?}\nthe second reading says {expected_code}"));
    }
    if let (Some(Ok(events)), Ok(expected)) = (&decided, &expected) {
        let events: Vec<Value> = events.iter().map(as_json).collect();
        let same = events.len() == expected.len() && expected.iter().zip(&events).all(|(a, b)| alike(a, b));
        if !same {
            return differ(format!("the domain makes {events:?}\nthe second reading makes {expected:?}"));
        }
    }
    if let Some(problem) = undescribed(step.command, code, &decided) {
        return differ(problem);
    }
    count_rule(situations::of_command(step.command, code), count);
    if let Some(Err(refusal)) = &decided {
        count_rule(refusal.rule().map(procura_domain::rule::Rule::id), count);
    }
    if let Some(problem) = guard_and_questions(step, tried.actor, code, here, state, world, count) {
        return differ(problem);
    }
    let accepted = decided.and_then(Result::ok);
    Ok(accepted.filter(|_| tried.own))
}

/// What the command made or was refused with that its description does not name.
fn undescribed(command: &str, code: &str, decided: &Option<Result<Vec<Event>, Refusal>>) -> Option<String> {
    let described = CommandDescription::named(command)?;
    let everybody = ["accepted", "invalidCommand", "notAllowed", "notFound"];
    let known = everybody.contains(&code) || described.refusals.iter().any(|refusal| refusal.name() == code);
    let events = decided.iter().flatten().flatten();
    let other = events.map(Event::event_type).find(|event_type| !described.events.contains(event_type));
    let other = other.map(|event_type| format!("its description does not name {event_type}"));
    other.or_else(|| (!known).then(|| format!("its description does not name {code}")))
}

fn count_rule(rule: Option<&'static str>, count: &mut Count) {
    if let Some(rule) = rule {
        *count.rules.entry(rule).or_default() += 1;
    }
}

/// Whether the guard of a user's command says what the domain's answers to the questions behind it say.
fn guard_and_questions(
    step: &Step,
    actor: Actor,
    code: &str,
    here: Moment,
    state: &State,
    world: &World,
    count: &mut Count,
) -> Option<String> {
    let Actor::User(tenant, user) = actor else { return None };
    if BY_OPERATORS.contains(&step.command) || code == "invalidCommand" {
        return None;
    }
    let questions = world.questions(step.command, &step.fields, Who::User(tenant, user))?;
    let mut answers = Vec::new();
    for question in &questions {
        answers.push(domain_answer(&domain_question(question)?, here, state).0);
    }
    count.guards += 1;
    let expected = if answers.contains(&Answer::Unknown) {
        ["notFound"].as_slice()
    } else if answers.contains(&Answer::No) {
        &["notAllowed", "subscriptionNotActive"]
    } else if step.command == "AssignRole" && code == "notFound" {
        // SUB-8: the principal is looked at after the answer.
        return world.may_name(&step.fields, actor).then(|| "the principal may be named".to_owned());
    } else {
        return ["notFound", "notAllowed"].contains(&code).then(|| format!("{code}, but every answer is yes"));
    };
    // TEN-2 is said first, whatever is unknown; and what could have been done before it was cancelled, SUB-9.
    let stranger = !world.registered(tenant) && code == "notAllowed";
    (!expected.contains(&code) && !stranger).then(|| format!("{code}, but {questions:?} gives {answers:?}"))
}

/// An event's name under `type`, beside its fields.
pub(crate) fn as_json(event: &Event) -> Value {
    let mut json = serde_json::to_value(event).expect("JSON");
    json["type"] = event.event_type().name().into();
    json
}

/// Whether an event is the expected one. Null stands for anything.
fn alike(expected: &Value, event: &Value) -> bool {
    let (Some(expected), Some(event)) = (expected.as_object(), event.as_object()) else { return false };
    let free = |name: &String| expected.get(name).is_some_and(Value::is_null);
    let names = |of: &serde_json::Map<String, Value>| -> BTreeSet<String> {
        of.keys().filter(|name| !free(name)).cloned().collect()
    };
    let same = |name: &String| match (&expected[name], &event[name]) {
        (Value::Number(time), Value::String(text)) => time.as_i64() == Some(micros(text)),
        (expected, found) => expected == found,
    };
    names(expected) == names(event) && names(expected).iter().all(same)
}

const ON_CUSTOMER: &[&str] = &[
    "customer.view",
    "directory.administer",
    "license.assign",
    "service.administer",
    "directory.read",
    "directory.resetPassword",
    "service.signIn",
    "partnerRelationships.view",
    "invitation.accept",
    "subscription.register",
    "profile.create",
    "directoryRole.assign",
    "user.describe",
    "history.view",
    "report.view",
];
/// Those that name a partner beside the customer, or mean the subject's own.
const BESIDE_CUSTOMER: &[&str] =
    &["dap.revoke", "relationship.end", "device.add", "subscription.provision", "serviceRequest.open"];
const ON_PARTNER: &[&str] =
    &["invitation.send", "group.manage", "directoryRole.assign", "user.describe", "history.view", "report.view"];
const ON_SUBSCRIPTION: &[&str] = &[
    "subscription.read",
    "subscription.manage",
    "roleAssignment.create",
    "roleAssignment.remove",
    "subscription.renew",
    "subscription.cancel",
];
const ON_PROFILE: &[&str] = &["profile.update", "profile.delete"];
const ON_DEVICE: &[&str] = &["profile.apply", "profile.remove", "device.manage", "device.delete"];

/// Every action of the rulebook.
pub(crate) fn actions() -> BTreeSet<&'static str> {
    let all = [ON_CUSTOMER, BESIDE_CUSTOMER, ON_PARTNER, ON_SUBSCRIPTION, ON_PROFILE, ON_DEVICE];
    all.into_iter().flatten().copied().collect()
}

pub(crate) type Questions = Vec<(model::Question, access::Question)>;

/// Every question of the world: all subjects, all actions, all resources and some that do not exist.
pub(crate) fn questions(world: &World, asked: &[&'static str]) -> Questions {
    let tenants = [&PARTNERS[..], &CUSTOMERS].concat();
    let users = tenants.iter().flat_map(|tenant| USERS.map(|user| Who::User(*tenant, user)));
    let groups = [&PARTNERS[..], &[STRANGER, CUSTOMERS[0]]].concat();
    let groups = groups.into_iter().flat_map(|partner| (0..GROUPS.len()).map(move |group| Who::Group(partner, group)));
    let subjects: Vec<Who> = users.chain([Who::User(STRANGER, USERS[0])]).chain(groups).collect();
    let mut all = Vec::new();
    for who in subjects {
        // Half of them name themselves.
        let user = match who {
            Who::User(tenant, user) if user != USERS[1] && tenant != PARTNERS[1] => Some(user),
            _ => Some(USERS[0]),
        };
        let mut put = |actions: &[&'static str], on: Thing, partner: Option<Id>, source: bool| {
            let actions = actions.iter().filter(|action| asked.contains(action));
            let user = |action| if action == "user.describe" { user } else { None };
            all.extend(actions.map(|action| model::Question { who, action, on, partner, source, user: user(*action) }));
        };
        for customer in [CUSTOMERS[0], CUSTOMERS[1], STRANGER, PARTNERS[0]] {
            put(ON_CUSTOMER, Thing::Customer(customer), None, false);
            let partners = [PARTNERS[0], PARTNERS[1], PARTNERS[2], STRANGER].map(Some);
            for partner in partners.into_iter().chain([None]) {
                put(BESIDE_CUSTOMER, Thing::Customer(customer), partner, false);
            }
            put(&["device.add"], Thing::Customer(customer), None, true);
        }
        for partner in [PARTNERS[0], PARTNERS[1], PARTNERS[2], STRANGER, CUSTOMERS[0]] {
            put(ON_PARTNER, Thing::Partner(partner), None, false);
        }
        for id in given(world, "subscription") {
            put(ON_SUBSCRIPTION, Thing::Subscription(id), None, false);
        }
        for id in given(world, "profile") {
            put(ON_PROFILE, Thing::Profile(id), None, false);
        }
        for id in given(world, "device") {
            put(ON_DEVICE, Thing::Device(id), None, false);
        }
    }
    all.into_iter().map(|question| (question, domain_question(&question).expect("a question"))).collect()
}

/// Every id that was given to one of that kind, and one that was not.
fn given(world: &World, kind: &'static str) -> Vec<Id> {
    let given = world.given.iter().filter(|(of, _)| *of == kind).map(|(_, id)| *id);
    given.chain([unknown(kind)]).collect()
}

/// The question as the domain takes it. None: the domain knows no such action.
pub(crate) fn domain_question(question: &model::Question) -> Option<access::Question> {
    let subject = match question.who {
        Who::User(tenant, user) => Subject::parse("user", &format!("{}/{}", guid(tenant), guid(user))),
        Who::Group(partner, group) => Subject::parse("group", &format!("{}/{}", guid(partner), GROUPS[group])),
    };
    let (kind, id) = match question.on {
        Thing::Customer(id) => ("customer", id),
        Thing::Partner(id) => ("partner", id),
        Thing::Subscription(id) => ("subscription", id),
        Thing::Device(id) => ("device", id),
        Thing::Profile(id) => ("profile", id),
    };
    let partner = question.partner.map(|partner| guid(partner).parse().expect("a GUID"));
    let origin = question.source.then_some(DeviceOrigin::Customer(CustomerChannel::Intune));
    let user = question.user.map(|user| guid(user).parse().expect("a GUID"));
    let resource = Resource::parse(kind, &guid(id), question.action, Named { partner, origin, user });
    Some(access::Question { subject: subject.expect("a subject"), resource: resource.ok()? })
}

fn domain_answer(question: &access::Question, at: Moment, state: &State) -> (Answer, Decision) {
    let decision = access::decide(question, at, state);
    let answer = match &decision {
        Decision::Allowed(_) => Answer::Yes,
        Decision::Denied(denial) if denial.known => Answer::No,
        Decision::Denied(_) => Answer::Unknown,
    };
    (answer, decision)
}

/// Asks both all the questions about one moment.
fn ask(
    questions: &Questions,
    position: usize,
    time: i64,
    state: &State,
    (world, head): (&World, &World),
    count: &mut Count,
) -> Result<(), String> {
    let at = Moment { position: Position(position as u64), at: timestamp(time) };
    for (in_model, in_domain) in questions {
        let (answer, decision) = domain_answer(in_domain, at, state);
        let expected = world.answer(in_model);
        count.questions += 1;
        if answer != expected {
            return Err(format!(
                "at position {position} the domain answers {answer:?}: {decision:?}\nthe second reading {expected:?}\nto {}",
                spelled(in_model)
            ));
        }
        let tested = world.put_to_the_test(in_model, expected, head);
        tested.into_iter().for_each(|rule| count_rule(Some(rule), count));
        count.answers.entry(in_model.action).or_default()[expected as usize] += 1;
        match &decision {
            Decision::Allowed(permit) => {
                permit.reasons(at, state).for_each(|reason| count_rule(Some(reason.rule.id()), count));
            }
            Decision::Denied(denial) => count_rule(denial.known.then(|| denial.rule.id()), count),
        }
    }
    Ok(())
}

/// A question as a person reads it.
fn spelled(question: &model::Question) -> String {
    let who = match question.who {
        Who::User(tenant, user) => format!("user {}/{}", guid(tenant), guid(user)),
        Who::Group(partner, group) => format!("group {}/{}", guid(partner), GROUPS[group]),
    };
    let (kind, id) = match question.on {
        Thing::Customer(id) => ("customer", id),
        Thing::Partner(id) => ("partner", id),
        Thing::Subscription(id) => ("subscription", id),
        Thing::Device(id) => ("device", id),
        Thing::Profile(id) => ("profile", id),
    };
    let partner = question.partner.map(|partner| format!(" partner={}", guid(partner))).unwrap_or_default();
    let source = if question.source { " source=intune" } else { "" };
    format!("{who} {} {kind} {}{partner}{source}", question.action, guid(id))
}

/// No rule asks who it was.
fn author() -> Author {
    let actor = vocabulary::Actor::Operator("somebody".to_owned());
    Author::stated(actor)
}
