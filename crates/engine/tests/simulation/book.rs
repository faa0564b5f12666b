//! What the outside was told, and what must therefore be so ever after.

use crate::commands::questions;
use chrono::TimeDelta;
use procura_domain::{
    access::Decision,
    command::Command,
    event::Event,
    personal::Erasable,
    state::{Committed, SnapshotCursor, State},
    temporal::{Moment, Position, Timestamp},
    vocabulary::{Actor, User},
};
use procura_engine::{
    Engine, IDEMPOTENCY_KEY_DAYS, IdempotencyKey, Recorded, RecordedEvent, Submission, SubmitError, When, codec,
};
use procura_eventlog::{self as eventlog, Envelope, Frame};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// What became of a command, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Became {
    Recorded,
    Refused,
    Repeated,
    KeyReused,
}

/// An answer about *now*.
struct Asked {
    now: Moment,
    decisions: Vec<Decision>,
}

/// Everything that was acknowledged or asked, over all lives of a log.
#[derive(Default)]
pub(crate) struct Book {
    /// Every commit that is known to be in the log, as it was answered.
    recorded: Vec<Recorded>,
    /// What was accepted under a key: the command, and where it stands in `recorded`.
    keys: HashMap<(Actor, IdempotencyKey), (Command, usize)>,
    asked: Vec<Asked>,
    latest_asked: Option<Timestamp>,
    /// Commands that were waiting when the log failed, in the order in which they were submitted.
    pub(crate) unanswered: Vec<Submission>,
    /// The log as it was found at the last start.
    frames: Vec<Frame>,
}

impl Book {
    /// Whether the names of that user were erased behind that command.
    fn erased_since(&self, at: usize, user: User) -> bool {
        let events = self.recorded.iter().skip(at).flat_map(|recorded| &recorded.events);
        events.into_iter().any(
            |event| matches!(&event.data, Event::PersonalDataErased(erased) if erased.subject == Erasable::User(user)),
        )
    }

    /// The last position that is known to be in the log.
    pub(crate) fn head(&self) -> Position {
        self.recorded.last().map_or(Position(0), |recorded| *recorded.positions.last().unwrap())
    }

    /// After everything that was recorded or asked about.
    pub(crate) fn after_everything(&self) -> Timestamp {
        let newest = self.recorded.last().map(|recorded| recorded.recorded_at);
        newest.max(self.latest_asked).map_or(Timestamp::UNIX_EPOCH, |at| at + std::time::Duration::from_micros(1))
    }

    /// Holds an answer, which came when it was `now`, against all that was answered before it. Answers come in the order
    /// of the commands.
    pub(crate) fn answered(
        &mut self,
        submission: Submission,
        answer: Result<Recorded, SubmitError>,
        now: Timestamp,
    ) -> Became {
        let key = submission.key.map(|key| (submission.by.actor, key));
        let known = key.as_ref().and_then(|key| self.keys.get(key));
        // By the log's time: what was recorded for it, or else not before the newest record and not far after `now`.
        let expired =
            |at: usize, by: Timestamp| by - self.recorded[at].recorded_at > TimeDelta::days(IDEMPOTENCY_KEY_DAYS);
        let newest = self.recorded.last().map_or(now, |recorded| recorded.recorded_at);
        let known = known.filter(|(_, at)| !expired(*at, newest));
        let latest = match &answer {
            Ok(recorded) => recorded.recorded_at,
            // The clock may have been set back since, by a few seconds.
            Err(_) => now.max(newest) + TimeDelta::minutes(1),
        };
        let may_be_forgotten = known.is_some_and(|(_, at)| expired(*at, latest));
        let is_first_answer = |(command, at): &(Command, usize)| {
            let again = *command == submission.command && answer.as_ref().ok() == Some(&self.recorded[*at]);
            again || (*command != submission.command && matches!(answer, Err(SubmitError::IdempotencyKeyReused)))
        };
        let known = known.filter(|known| !may_be_forgotten || is_first_answer(known));
        match (known, answer) {
            (Some((command, at)), Ok(again)) if *command == submission.command => {
                assert_eq!(again, self.recorded[*at], "a repeated key has another answer than the first");
                Became::Repeated
            }
            (Some((command, _)), Err(SubmitError::IdempotencyKeyReused)) if *command != submission.command => {
                Became::KeyReused
            }
            // Once the names in it are erased, nobody can tell whether it is the same command.
            (Some((Command::DescribeUser(described), at)), Err(SubmitError::IdempotencyKeyReused))
                if self.erased_since(*at, User { tenant: described.tenant, user: described.user }) =>
            {
                Became::KeyReused
            }
            (Some((command, _)), answer) => {
                panic!("a key that was accepted with {command:?} came with {:?} and has {answer:?}", submission.command)
            }
            (None, Ok(recorded)) => {
                assert_eq!(recorded.positions[0].0, self.head().0 + 1, "positions have a gap");
                let newest = self.recorded.last().map(|recorded| recorded.recorded_at);
                assert!(Some(recorded.recorded_at) > newest, "recorded times go back");
                assert!(Some(recorded.recorded_at) > self.latest_asked, "recorded in a past that was asked about");
                let at = self.recorded.len();
                self.keys.extend(key.map(|key| (key, (submission.command, at))));
                self.recorded.push(recorded);
                Became::Recorded
            }
            (None, Err(SubmitError::Refused(_) | SubmitError::Clock(_))) => Became::Refused,
            (None, Err(error)) => panic!("{:?} is answered {error:?}", submission.command),
        }
    }

    /// Asks about now. Nothing is shown that was not acknowledged, and everything that was.
    pub(crate) fn ask(&mut self, engine: &Engine) {
        let now = engine.moment(When::Now).unwrap();
        assert_eq!(now.position, self.head(), "now shows something else than what is durable");
        assert_eq!(engine.position(), self.head());
        self.latest_asked = self.latest_asked.max(Some(now.at));
        self.asked.push(Asked { now, decisions: decisions(engine, now) });
    }

    /// Asks again about what was asked about before: the `index`-th question, counted round.
    pub(crate) fn ask_again(&self, engine: &Engine, index: usize) {
        let Some(index) = index.checked_rem(self.asked.len()) else { return };
        let Asked { now, decisions: first } = &self.asked[index];
        // The clock may have been set back behind it; then it lies ahead, and nothing is said about it.
        let Ok(then) = engine.moment(When::At(now.at)) else { return };
        assert_eq!(then, *now, "an instant answered about has more in it than it had");
        assert_eq!(&decisions(engine, then), first, "an answer about an instant is true no longer");
    }

    /// Takes in the log as a start finds it: what was acknowledged is there; beyond it at most the frame that was on its
    /// way when the log failed, whole, of commands that were waiting, in their order.
    pub(crate) fn found(&mut self, frames: Vec<Frame>, survived: bool) {
        assert!(frames.starts_with(&self.frames), "what was in the log at the last start is not there any more");
        let commits = commits(&frames);
        let acknowledged = self.recorded.len();
        assert!(commits.len() >= acknowledged, "an acknowledged command is not in the log");
        for ((_, found), told) in commits.iter().zip(&self.recorded) {
            assert_eq!(found, told, "an acknowledged command is in the log as something else");
        }
        let mut waiting = std::mem::take(&mut self.unanswered).into_iter();
        for (envelope, recorded) in commits.into_iter().skip(acknowledged) {
            let submission = waiting.find(|submission| is_of(submission, &envelope));
            let submission = submission.expect("every commit is of a command that was waiting, in their order");
            assert_eq!(self.answered(submission, Ok(recorded), envelope.recorded_at), Became::Recorded);
        }
        assert_eq!(self.recorded.len() > acknowledged, survived, "there is what was written, and nothing else");
        let last = frames.last().map_or(0, Frame::last_position);
        assert_eq!(self.head(), Position(last));
        self.frames = frames;
    }

    /// Holds an engine against the log folded from zero, and against every answer given so far.
    pub(crate) fn matches(&self, engine: &Engine, frames: &[Frame]) {
        let mut folded = State::default();
        for (envelope, recorded) in commits(frames) {
            let events = recorded.events.into_iter().map(|event| event.data).collect();
            let first = Position(envelope.position);
            folded
                .fold(&Committed {
                    first,
                    at: recorded.recorded_at,
                    by: codec::read_author(&envelope).expect("an author"),
                    events,
                })
                .expect("what is in the log folds");
        }
        assert_eq!(engine.read(pieces), pieces(&folded), "the state is not what is folded from zero");
        (0..self.asked.len()).for_each(|index| self.ask_again(engine, index));
    }
}

/// Everything that is in a state, whether it was folded or came out of a snapshot.
fn pieces(state: &State) -> Vec<Vec<u8>> {
    let (marks, mut cursor) = (state.snapshot_marks(), SnapshotCursor::default());
    std::iter::from_fn(|| state.snapshot_piece(&marks, &mut cursor)).collect()
}

fn decisions(engine: &Engine, at: Moment) -> Vec<Decision> {
    questions().iter().map(|question| engine.decide(question, at)).collect()
}

/// Every commit of a log, with its first envelope: whole, without gaps, at times that only go forward.
fn commits(frames: &[Frame]) -> Vec<(Envelope, Recorded)> {
    let mut events = frames.iter().flat_map(Frame::events).map(|bytes| Envelope::decode(bytes).unwrap()).peekable();
    let (mut commits, mut next, mut newest) = (Vec::new(), 1, None);
    while let Some(first) = events.next() {
        let more = (1..first.commit.size).map(|_| events.next().expect("a commit in part"));
        let all: Vec<_> = std::iter::once(first.clone()).chain(more.collect::<Vec<_>>()).collect();
        for (index, event) in (0..).zip(&all) {
            assert_eq!(event.position, next + u64::from(index), "positions have a gap");
            assert_eq!((event.commit.index, event.commit.size), (index, first.commit.size), "a commit in part");
            assert_eq!((event.command, event.recorded_at), (first.command, first.recorded_at));
        }
        assert!(Some(first.recorded_at) > newest, "recorded times go back");
        (next, newest) = (next + all.len() as u64, Some(first.recorded_at));
        commits.push((first, recorded(&all)));
    }
    commits
}

/// The answer that a commit's command has.
fn recorded(commit: &[Envelope]) -> Recorded {
    let of = |envelope: &Envelope| {
        let data = codec::decode(envelope).unwrap();
        RecordedEvent { position: Position(envelope.position), event_type: data.event_type(), data }
    };
    let events: Vec<_> = commit.iter().map(of).collect();
    let positions = events.iter().map(|event| event.position).collect();
    let result: BTreeMap<_, _> =
        events.iter().filter_map(|event| event.data.made()).map(|(field, id)| (field.into(), id)).collect();
    Recorded { id: commit[0].command, recorded_at: commit[0].recorded_at, positions, events, result }
}

/// Whether the commit that begins with this event is of that command, as far as actor, key and fields tell.
fn is_of(submission: &Submission, first: &Envelope) -> bool {
    let actor = match &submission.by.actor {
        Actor::User(user) => eventlog::StoredActor::User { tenant: user.tenant.guid(), user: user.user.guid() },
        Actor::Operator(name) => eventlog::StoredActor::Operator(name.clone()),
    };
    let key = submission.key.as_ref().map(ToString::to_string);
    let begins_with = match submission.command.name() {
        "RegisterPartner" => "PartnerRegistered",
        "RegisterCustomer" => "CustomerRegistered",
        "AddGroupMember" => "GroupMemberAdded",
        "SendInvite" => "InvitationSent",
        "AcceptInvite" => "InvitationAccepted",
        "ProvisionSubscription" => "SubscriptionProvisioned",
        "RemoveGroupMember" => "GroupMemberRemoved",
        "AssignDirectoryRole" => "DirectoryRoleAssigned",
        "RemoveDirectoryRole" => "DirectoryRoleRemoved",
        "DeclineInvite" => "InvitationDeclined",
        "WithdrawInvite" => "InvitationWithdrawn",
        "RevokeDap" => "DapRevoked",
        "EndRelationship" if first.commit.size > 1 => "DapRevoked",
        "EndRelationship" => "RelationshipEnded",
        "RenegotiateContract" => "ContractRenegotiated",
        "RenewSubscription" => "SubscriptionRenewed",
        "CancelSubscription" => "SubscriptionCancelled",
        "AddDevice" => "DeviceAdded",
        "AdoptAutopilotPolicy" => "AutopilotPolicyAdopted",
        "OpenServiceRequest" => "ServiceRequestOpened",
        "DescribeUser" => "UserDescribed",
        "ErasePersonalData" => "PersonalDataErased",
        other => panic!("{other} is not simulated"),
    };
    let fields = serde_json::to_value(&submission.command).unwrap();
    let data: BTreeMap<String, Value> = serde_json::from_str(first.data.get()).unwrap();
    actor == first.actor
        && key.as_ref() == first.idempotency.as_ref().map(|idempotency| &idempotency.key)
        && first.event_type == begins_with
        && data.iter().all(|(name, value)| fields.get(name).is_none_or(|field| field == value))
}
