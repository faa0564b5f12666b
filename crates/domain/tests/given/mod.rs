//! The language of these tests: given what happened, when somebody does this, then that happened or was refused; and
//! asked this, the answer is that.
//!
//! Commands, subjects and resources come in as the outside spells them, so parsing is on the way. Every accepted
//! command is one commit. Answers are compared as text, with all that explains them: `yes: DAP-1 GroupMemberAdded@3
//! DapGranted@11`, `no: DAP-1 lacks Dap, ended by DapRevoked@12`, `unknown`.

mod cast;

pub(crate) use cast::*;

use chrono::TimeDelta;
use procura_domain::{
    access::{self, Decision, Denial, Missing, Named, Permit, Question, Reason, Resource, Subject},
    command::Command,
    decide::{self, Context, FreshIds},
    event::{Event, PersonalDataErased},
    id::{ObjectId, RoleAssignmentId, TenantId},
    invitation_link::InvitationLink,
    personal::Erasable,
    refusal::Refusal,
    rule::Rule,
    state::{Committed, State},
    temporal::{EventRef, Moment, Position, Timestamp},
    vocabulary::{Actor, Author, User},
};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Where invitations' links point; the slash at the end is not doubled.
pub(crate) const PUBLIC_URL: &str = "https://procura.example/";

/// When the first command of every world comes in.
pub(crate) const START: &str = "2020-06-19T08:00:00Z";

/// Who issues a command, or whom a question is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Who {
    /// A user, by tenant and object id.
    User(&'static str, &'static str),
    /// A group, by partner and name.
    Group(&'static str, &'static str),
    /// Whoever runs the service.
    Operator,
}

impl Who {
    /// The object id.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::User(_, user) => user,
            other => panic!("{other:?} is no user"),
        }
    }

    /// The principal, as commands and events spell it.
    pub(crate) fn principal(self) -> Value {
        match self {
            Self::User(tenant, user) => serde_json::json!({"user": user, "tenant": tenant}),
            Self::Group(partner, group) => serde_json::json!({"group": group, "partner": partner}),
            Self::Operator => panic!("an operator is no principal"),
        }
    }

    pub(crate) fn user(self) -> User {
        match self {
            Self::User(tenant, user) => format!("{tenant}/{user}").parse().unwrap(),
            other => panic!("{other:?} is no user"),
        }
    }

    pub(crate) fn actor(self) -> Actor {
        match self {
            Self::Operator => Actor::Operator("ada".to_owned()),
            other => Actor::User(other.user()),
        }
    }

    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::User(tenant, user) => Subject::parse("user", &format!("{tenant}/{user}")).unwrap(),
            Self::Group(partner, group) => Subject::parse("group", &format!("{partner}/{group}")).unwrap(),
            Self::Operator => panic!("nobody asks about an operator"),
        }
    }
}

/// What a question is on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct On {
    kind: &'static str,
    id: &'static str,
    named: Named,
}

pub(crate) fn customer(id: &'static str) -> On {
    On { kind: "customer", id, named: Named::default() }
}

pub(crate) fn partner(id: &'static str) -> On {
    On { kind: "partner", id, named: Named::default() }
}

pub(crate) fn subscription(id: &'static str) -> On {
    On { kind: "subscription", id, named: Named::default() }
}

pub(crate) fn device(id: &'static str) -> On {
    On { kind: "device", id, named: Named::default() }
}

pub(crate) fn profile(id: &'static str) -> On {
    On { kind: "profile", id, named: Named::default() }
}

impl On {
    /// Whose privileges or relationship the question is about.
    pub(crate) fn beside(mut self, partner: &str) -> Self {
        self.named.partner = Some(partner.parse().unwrap());
        self
    }

    /// Whom a device is added as: `{"partner": …}` or `{"source": …}`.
    pub(crate) fn added_as(mut self, origin: Value) -> Self {
        self.named.origin = Some(serde_json::from_value(origin).unwrap());
        self
    }

    pub(crate) fn resource(self, action: &str) -> Resource {
        Resource::parse(self.kind, self.id, action, self.named).unwrap()
    }
}

/// Something that happened before.
pub(crate) enum Step {
    Did(Who, &'static str, Value),
    Happened(Vec<Event>),
}

/// A command that was accepted.
pub(crate) fn did(who: Who, command: &'static str, fields: Value) -> Step {
    Step::Did(who, command, fields)
}

/// Events of one commit, whatever command they came from.
pub(crate) fn happened(events: impl IntoIterator<Item = Event>) -> Step {
    Step::Happened(events.into_iter().collect())
}

/// An event of that type, with that data.
pub(crate) fn event(event_type: &str, data: Value) -> Event {
    let event_type = event_type.parse().unwrap();
    Event::read(event_type, data).unwrap_or_else(|error| panic!("{event_type}: {error}"))
}

/// These fields, with more of them instead or besides.
pub(crate) fn extended(mut fields: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("{more} has no fields") };
    fields.as_object_mut().unwrap().extend(more);
    fields
}

pub(crate) fn command(name: &str, fields: Value) -> Command {
    let command = Command::read(name, fields).unwrap_or_else(|| panic!("no command {name}"));
    command.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// `DapGranted@11`.
pub(crate) fn event_ref(text: &str) -> EventRef {
    let (event, position) = text.split_once('@').unwrap();
    EventRef { position: Position(position.parse().unwrap()), event: event.parse().unwrap() }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A denial by the rules, as a refusal has it.
pub(crate) fn not_allowed(rule: Rule, missing: Missing, ended_by: Option<&str>) -> Refusal {
    Refusal::NotAllowed { rule, denial: Denial { known: true, rule, missing, ended_by: ended_by.map(event_ref) } }
}

/// The code that callers get for a refusal: its name.
pub(crate) trait Coded {
    fn code(&self) -> &'static str;
}

impl Coded for Refusal {
    fn code(&self) -> &'static str {
        let shown = format!("{self:?}");
        let (first, rest) = shown.split_at(1);
        let rest = rest.split([' ', '(']).next().unwrap();
        format!("{}{rest}", first.to_lowercase()).leak()
    }
}

pub(crate) fn given(steps: impl IntoIterator<Item = Step>) -> World {
    World { state: State::default(), clock: time(START), names: BTreeMap::new() }.and(steps)
}

/// Everything that happened so far, and the time.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) state: State,
    clock: Timestamp,
    /// Who has which user principal name, as an engine knows it.
    names: BTreeMap<(TenantId, String), ObjectId>,
}

impl World {
    /// More that happened.
    pub(crate) fn and(self, steps: impl IntoIterator<Item = Step>) -> Self {
        steps.into_iter().fold(self, |world, step| match step {
            Step::Did(who, name, fields) => {
                let outcome = world.when(who, name, fields);
                let events = outcome.result.unwrap_or_else(|refusal| panic!("{who:?} {name}: {refusal}"));
                outcome.world.named(&outcome.command).recorded(events)
            }
            Step::Happened(events) => world.recorded(events),
        })
    }

    /// With the user principal name that the command gives.
    fn named(mut self, command: &Command) -> Self {
        if let Some(given) = command.names()
            && let Some(name) = given.user_principal_name
        {
            self.names.retain(|(tenant, _), user| (*tenant, *user) != (given.user.tenant, given.user.user));
            self.names.insert((given.user.tenant, name.folded()), given.user.user);
        }
        self
    }

    pub(crate) fn name_holder(&self, command: &Command) -> Option<ObjectId> {
        let given = command.names()?;
        self.names.get(&(given.user.tenant, given.user_principal_name?.folded())).copied()
    }

    fn recorded(mut self, events: Vec<Event>) -> Self {
        for event in &events {
            if let Event::PersonalDataErased(PersonalDataErased { subject: Erasable::User(user), .. }) = event {
                self.names.retain(|(tenant, _), of| (*tenant, *of) != (user.tenant, user.user));
            }
        }
        let commit = self.commit(events);
        self.state.fold(&commit).unwrap();
        self.clock += TimeDelta::minutes(1);
        self
    }

    /// These events as the next commit.
    pub(crate) fn commit(&self, events: Vec<Event>) -> Committed {
        Committed { first: Position(self.state.timeline.head().0 + 1), at: self.clock, by: somebody(), events }
    }

    /// Lets time pass, and nothing happen.
    pub(crate) fn wait_until(mut self, at: &str) -> Self {
        self.clock = time(at);
        self
    }

    /// The ids that the next command finds for what it gives none.
    pub(crate) fn fresh(&self) -> FreshIds {
        let next = u128::from(self.state.timeline.head().0 + 1);
        FreshIds {
            entity: Uuid::from_u128(0xe << 124 | next),
            role_assignment: RoleAssignmentId::new(Uuid::from_u128(0xf << 124 | next)),
        }
    }

    pub(crate) fn when(self, who: Who, name: &'static str, fields: Value) -> Outcome {
        let command = command(name, fields);
        let context = Context {
            actor: &who.actor(),
            at: self.clock,
            position: self.state.timeline.head(),
            fresh: self.fresh(),
            name_holder: self.name_holder(&command),
            invitation_link: &InvitationLink::below(PUBLIC_URL),
        };
        let result = decide::decide(&command, &context, &self.state);
        Outcome { world: self, asked: format!("{who:?} {name} {command:?}"), command, result }
    }

    /// What comes of a command, and nothing recorded.
    pub(crate) fn result(self, who: Who, name: &'static str, fields: Value) -> Result<Vec<Event>, Refusal> {
        self.when(who, name, fields).result
    }

    pub(crate) fn asked(self, who: Who, action: &'static str, on: On) -> Answer {
        let head = self.state.timeline.head();
        self.asked_at(head.0, who, action, on)
    }

    /// As [`asked`](Self::asked), about an earlier moment.
    pub(crate) fn asked_at(self, position: u64, who: Who, action: &'static str, on: On) -> Answer {
        let decision = self.decision(position, who, action, on);
        Answer { world: self, asked: format!("{who:?} {action} {on:?}"), decision }
    }

    pub(crate) fn moment(&self, position: u64) -> Moment {
        let position = Position(position);
        Moment { position, at: self.state.timeline.recorded_at(position).unwrap_or(self.clock) }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment { position: self.state.timeline.head(), at: self.clock }
    }

    pub(crate) fn decision(&self, position: u64, who: Who, action: &str, on: On) -> Decision {
        let question = Question { subject: who.subject(), resource: on.resource(action) };
        access::decide(&question, self.moment(position), &self.state)
    }

    /// Many questions at once: who, what, on what, and the answer with all that explains it.
    #[track_caller]
    pub(crate) fn answers<const N: usize>(self, rows: [(Who, &'static str, On, &'static str); N]) -> Self {
        let head = self.state.timeline.head();
        self.answers_at(head.0, rows)
    }

    /// As [`answers`](Self::answers), about an earlier moment.
    #[track_caller]
    pub(crate) fn answers_at<const N: usize>(
        self,
        position: u64,
        rows: [(Who, &'static str, On, &'static str); N],
    ) -> Self {
        let differing = rows.into_iter().filter_map(|(who, action, on, expected)| {
            let found = self.shown(&self.decision(position, who, action, on));
            let row = format!("{who:?} {action} {} {}\n", on.kind, on.id);
            (found != expected).then(|| format!("{row}  expected {expected}\n  found    {found}\n"))
        });
        let differing: String = differing.collect();
        assert!(differing.is_empty(), "at position {position}:\n{differing}");
        self
    }
}

/// What came of a command.
pub(crate) struct Outcome {
    world: World,
    asked: String,
    command: Command,
    result: Result<Vec<Event>, Refusal>,
}

impl Outcome {
    /// It was accepted with exactly these events; they are one commit of the world that goes on.
    #[track_caller]
    pub(crate) fn then(self, events: impl IntoIterator<Item = Event>) -> World {
        let expected: Vec<_> = events.into_iter().collect();
        assert_eq!(self.result.as_ref(), Ok(&expected), "{}", self.asked);
        self.world.named(&self.command).recorded(expected)
    }

    /// It was refused with this code, resting on this rule; nothing is recorded.
    #[track_caller]
    pub(crate) fn then_refused(self, code: &str, rule: Option<Rule>) -> World {
        let Err(refusal) = self.result else { panic!("{} was accepted: {:?}", self.asked, self.result) };
        assert_eq!((refusal.code(), refusal.rule()), (code, rule), "{}", self.asked);
        self.world
    }

    /// It was refused with exactly this.
    #[track_caller]
    pub(crate) fn then_refusal(self, expected: Refusal) -> World {
        assert_eq!(self.result, Err(expected), "{}", self.asked);
        self.world
    }

    /// What this field names is unknown, or not the actor's to know of.
    #[track_caller]
    pub(crate) fn then_not_found(self, field: &'static str) -> World {
        self.then_refusal(Refusal::NotFound(field))
    }
}

/// The answer to a question.
pub(crate) struct Answer {
    world: World,
    asked: String,
    decision: Decision,
}

impl Answer {
    /// Yes, for exactly these rules.
    #[track_caller]
    pub(crate) fn allowed(self, rules: &[Rule]) -> World {
        let Decision::Allowed(permit) = &self.decision else { panic!("{}: {}", self.asked, self.shown()) };
        let found: Vec<_> = self.world.reasons(permit).map(|reason| reason.rule).collect();
        assert_eq!(found, rules, "{}", self.asked);
        self.world
    }

    /// No, and the subject may know of the resource; the nearest rule is this one.
    #[track_caller]
    pub(crate) fn denied(self, rule: Rule) -> World {
        let Decision::Denied(Denial { known: true, rule: found, .. }) = &self.decision else {
            panic!("{}: {}", self.asked, self.shown())
        };
        assert_eq!(*found, rule, "{}", self.asked);
        self.world
    }

    /// The subject may not know of the resource.
    #[track_caller]
    pub(crate) fn unknown(self) -> World {
        assert_eq!(self.shown(), "unknown", "{}", self.asked);
        self.world
    }

    fn shown(&self) -> String {
        self.world.shown(&self.decision)
    }
}

impl World {
    /// All the reasons.
    pub(crate) fn reasons(&self, permit: &Permit) -> impl Iterator<Item = Reason> {
        permit.reasons(self.now(), &self.state)
    }

    /// A decision as text, with all that explains it.
    pub(crate) fn shown(&self, decision: &Decision) -> String {
        let event = |event: &EventRef| format!("{}@{}", event.event, event.position);
        match decision {
            Decision::Allowed(permit) => {
                let reason = |reason: Reason| {
                    let words = std::iter::once(reason.rule.to_string()).chain(reason.because.iter().map(event));
                    words.collect::<Vec<_>>().join(" ")
                };
                format!("yes: {}", self.reasons(permit).map(reason).collect::<Vec<_>>().join("; "))
            }
            Decision::Denied(Denial { known: false, rule: Rule::Vis3, missing: Missing::Resource, ended_by: None }) => {
                "unknown".to_owned()
            }
            Decision::Denied(Denial { known, rule, missing, ended_by }) => {
                let known = if *known { "" } else { "unknown, but " };
                let ended = ended_by.as_ref().map(|by| format!(", ended by {}", event(by))).unwrap_or_default();
                format!("no: {known}{rule} lacks {missing:?}{ended}")
            }
        }
    }
}

/// Who made happen what nobody is named for.
pub(crate) fn somebody() -> Author {
    Author::stated(Actor::Operator("somebody".to_owned()))
}
