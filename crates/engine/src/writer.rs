//! The one writer: a thread that decides commands at the head of the log, one after the other.
//!
//! It takes what is waiting, decides each command, folds its events at once, and packs the commits of the group into
//! one frame. All that was decided in the group, refusals too, is answered when the frame is on stable storage: an
//! answer never rests on something that a power cut could take. A failed append ends the process.

use crate::{
    ambient::Entropy,
    codec::{self, CommitHead},
    fatal::{Fatal, OnFatal},
    horizon::{Horizon, TICK},
    idempotency::{IdempotencyKey, Keys},
    keyring::{Keyring, KeyringError},
    metrics::WriterMetrics,
    names::{Names, Unread},
    seal::SubjectKey,
    snapshot::SnapshotRequest,
    snapshotting::{HasRoom, Snapshotting},
    submission::{AnswerError, Fault, Recorded, Submission, SubmitError},
    sync::{Handle, Mutex, RwLock},
    tail::Tail,
    watched_clock::{ClockError, WatchedClock},
};
use procura_domain::{
    aggregate::description::Description,
    command::Command,
    decide::{Context, FreshIds, decide},
    event::{Event, PersonalDataErased},
    id::{ObjectId, RoleAssignmentId},
    invitation_link::InvitationLink,
    personal::{DataSubject, Erasable, PersonalData},
    refusal::Refusal,
    state::{Committed, State},
    temporal::{Position, Timestamp},
    vocabulary::Actor,
};
use procura_eventlog::{
    AppendError, CommitPart, EVENT_OVERHEAD_BYTES, FRAME_BYTES_MAX, FRAME_OVERHEAD_BYTES, Log, LogReader, NewCommit,
};
use sha2::{Digest, Sha256};
use std::{mem, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// How many commands may wait; beyond that callers are told to come back.
pub const QUEUE_COMMANDS_MAX: usize = 4_096;
/// The largest commit, in bytes of its stored events.
pub const COMMIT_BYTES_MAX: usize = 96 * 1024;
/// What the events of a frame may take.
const GROUP_BYTES_MAX: usize = FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES;
const _: () = assert!(COMMIT_BYTES_MAX <= GROUP_BYTES_MAX, "the largest commit fits in a frame");

/// A command on its way to the writer.
pub(crate) struct Waiting {
    pub(crate) submission: Submission,
    pub(crate) run: Run,
    /// The command's name and fields, if a key came with it.
    pub(crate) body: Option<Vec<u8>>,
    /// The ids that it may give, from when it was first decided: decided again, it makes the same things.
    pub(crate) fresh: Option<FreshIds>,
    pub(crate) reply: oneshot::Sender<Result<Recorded, SubmitError>>,
}

impl Waiting {
    /// The idempotency key and what it stands for.
    fn key(&self) -> Option<(&IdempotencyKey, &[u8])> {
        self.submission.key.as_ref().zip(self.body.as_deref())
    }
}

/// Whether a command is to be recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    Real,
    /// It is decided, and nothing else.
    Dry,
}

/// What the writer works with.
pub(crate) struct Writer {
    pub(crate) log: Log,
    pub(crate) reader: LogReader,
    pub(crate) state: Arc<RwLock<State>>,
    pub(crate) horizon: Arc<Horizon>,
    pub(crate) tail: Arc<Tail>,
    pub(crate) keys: Arc<Mutex<Keys>>,
    pub(crate) snapshots: Option<Snapshotting>,
    pub(crate) keyring: Arc<Mutex<Keyring>>,
    pub(crate) names: Arc<Mutex<Names>>,
    pub(crate) clock: WatchedClock,
    pub(crate) entropy: Entropy,
    pub(crate) has_room: HasRoom,
    pub(crate) invitation_link: Arc<InvitationLink>,
    pub(crate) on_fatal: OnFatal,
    pub(crate) metrics: WriterMetrics,
}

/// The commits decided since the last frame, and the answers that wait for it.
struct Group {
    commits: Vec<NewCommit>,
    bytes: usize,
    /// Whose personal data is erased.
    erased: Vec<DataSubject>,
    /// The newest position and recorded time, those of the group included.
    position: Position,
    recorded_at: Timestamp,
    /// What the clock says, where anything can be recorded by it.
    clock: Result<Timestamp, ClockError>,
    /// The earliest time for the group's first commit.
    stamp: Timestamp,
    /// Whether there is room for its frame.
    has_room: bool,
    answers: Vec<(oneshot::Sender<Result<Recorded, SubmitError>>, Answer)>,
}

/// What of a command is sealed beside the event of what it makes, and with which key.
struct Sealing {
    subject: DataSubject,
    key: SubjectKey,
    personal: PersonalData,
}

/// What became of a command in a group.
enum Taken {
    /// It is answered when the group's frame is durable.
    Answered(Answer),
    /// Its commit goes into the next frame. Nothing of it was done.
    PutOff,
}

enum Answer {
    Ready(Result<Recorded, SubmitError>),
    /// The first answer to the same command, to be read from the log.
    Repeat(Repeat),
}

/// A command that may be the one that stands in the log at a position.
struct Repeat {
    first: Position,
    actor: Actor,
    key: IdempotencyKey,
    body: Vec<u8>,
    /// The answer if that one has another key.
    otherwise: SubmitError,
}

/// What the rules made of a command.
struct Decided {
    first: Position,
    recorded_at: Timestamp,
    imported_at: Option<Timestamp>,
    events: Vec<Event>,
}

/// A decided command, ready for the frame.
struct Prepared {
    command: Uuid,
    commit: NewCommit,
    bytes: usize,
    committed: Committed,
}

/// Why a frame, or the keys that go with it, was not written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Log(#[from] AppendError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl Writer {
    /// Works until the last sender of commands is gone, or the log fails.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Waiting>, runtime: &Handle) {
        let mut put_off = None;
        while let Some(first) = put_off.take().or_else(|| runtime.block_on(queue.recv())) {
            let mut since = self.clock.steady();
            let mut group = self.open_group();
            put_off = self.take(first, &mut group, &mut since);
            while put_off.is_none() && group.answers.len() < QUEUE_COMMANDS_MAX {
                let Ok(next) = queue.try_recv() else { break };
                put_off = self.take(next, &mut group, &mut since);
            }
            if let Err(error) = self.write(&mut group, runtime) {
                tracing::error!(%error, "the log cannot be appended to");
                queue.close();
                (self.on_fatal)(&Fatal::Unwritten(error.to_string()));
                return;
            }
            self.begin_snapshot(&group);
            for (reply, answer) in group.answers {
                let answer = match answer {
                    Answer::Ready(answer) => answer,
                    Answer::Repeat(repeat) => runtime.block_on(self.first_answer(repeat)),
                };
                // The caller may have gone away; what was recorded stays recorded.
                let _ = reply.send(answer);
            }
        }
        if let Some(snapshots) = self.snapshots.take() {
            snapshots.end(&self.snapshot_request(), &self.state, &self.keys);
        }
    }

    /// Has a snapshot written if one is due: the log ends with a frame here, and the state with it.
    fn begin_snapshot(&mut self, group: &Group) {
        let is_due = self.snapshots.as_ref().is_some_and(|snapshots| snapshots.is_due(self.log.head()));
        if is_due && group.has_room {
            let request = self.snapshot_request();
            if let Some(snapshots) = &mut self.snapshots {
                snapshots.begin(request, &self.state, &self.keys);
            }
        }
    }

    /// What there is now.
    fn snapshot_request(&self) -> SnapshotRequest {
        let state = self.state.read();
        let recorded_at = state.timeline.newest().unwrap_or(Timestamp::UNIX_EPOCH);
        SnapshotRequest { marks: state.snapshot_marks(), tree: self.log.tree().clone(), recorded_at }
    }

    /// The keys first, then what is sealed with them, for all to see; what is erased is gone before anybody is told.
    fn write(&mut self, group: &mut Group, runtime: &Handle) -> Result<(), WriteError> {
        if !group.commits.is_empty() {
            let since = self.clock.steady();
            self.keyring.lock().save()?;
            let frame_id = self.entropy.guid();
            let frame_bytes = runtime.block_on(self.log.append(frame_id, &group.commits))?;
            self.metrics.appends.observe(self.clock.steady().saturating_sub(since).as_secs_f64());
            self.metrics.frame_bytes.observe(frame_bytes as f64);
            self.tail.add(group.position, mem::take(&mut group.commits));
        }
        self.horizon.publish(group.position, group.recorded_at);
        Ok(self.keyring.lock().destroy(&group.erased)?)
    }

    fn open_group(&self) -> Group {
        let (position, newest) = {
            let state = self.state.read();
            (state.timeline.head(), state.timeline.newest())
        };
        let recorded_at = newest.unwrap_or(Timestamp::UNIX_EPOCH);
        let clock = self.clock.to_record(recorded_at).map(cut).inspect_err(|error| tracing::error!(%error, "clock"));
        let stamp = self.horizon.stamp(clock.unwrap_or(recorded_at));
        let has_room = (self.has_room)();
        Group {
            commits: Vec::new(),
            bytes: 0,
            erased: Vec::new(),
            position,
            recorded_at,
            clock,
            stamp,
            has_room,
            answers: Vec::new(),
        }
    }

    /// Decides a command, for the group. Gives it back if its commit does not fit in the group's frame any more: the first
    /// in a group always does. It began at `since`, and the next one begins when this is done.
    fn take(&mut self, mut waiting: Waiting, group: &mut Group, since: &mut Duration) -> Option<Waiting> {
        let answered = self.answer(&mut waiting, group);
        let began = mem::replace(since, self.clock.steady());
        self.metrics.decisions.observe(since.saturating_sub(began).as_secs_f64());
        let answer = match answered {
            Ok(Taken::Answered(answer)) => answer,
            Ok(Taken::PutOff) => return Some(waiting),
            Err(error) => Answer::Ready(Err(error)),
        };
        group.answers.push((waiting.reply, answer));
        None
    }

    fn answer(&mut self, waiting: &mut Waiting, group: &mut Group) -> Result<Taken, SubmitError> {
        if let Some(repeat) = self.repeated(waiting, group)? {
            return Ok(Taken::Answered(repeat));
        }
        let decided = self.decided(waiting, group)?;
        if waiting.run == Run::Dry {
            let Decided { first, recorded_at, events, .. } = decided;
            let recorded = Recorded::new(self.entropy.guid(), recorded_at, first, events);
            return Ok(Taken::Answered(Answer::Ready(Ok(recorded))));
        }
        let prepared = self.prepared(waiting, decided)?;
        if group.bytes + prepared.bytes > GROUP_BYTES_MAX {
            return Ok(Taken::PutOff);
        }
        let recorded = self.admit(waiting, prepared, group)?;
        Ok(Taken::Answered(Answer::Ready(Ok(recorded))))
    }

    /// The answer to a command that may have been recorded before; none for a new one. Its author may have used too many
    /// keys.
    fn repeated(&self, waiting: &Waiting, group: &Group) -> Result<Option<Answer>, SubmitError> {
        let Submission { by, at, .. } = &waiting.submission;
        let Some((key, body)) = waiting.key() else { return Ok(None) };
        let recorded_at = at.unwrap_or(group.stamp.max(group.recorded_at + TICK));
        let repeat = |first, otherwise| {
            let (actor, key, body) = (by.actor.clone(), key.clone(), body.to_vec());
            Ok(Some(Answer::Repeat(Repeat { first, actor, key, body, otherwise })))
        };
        let accepted = self.keys.lock().accepted(&by.actor, key, recorded_at);
        if let Some(first) = accepted {
            return repeat(first, SubmitError::IdempotencyKeyReused);
        }
        // One that was brought in with its own time stands there, however long ago its key was forgotten.
        if let Some((at, first)) = at.and_then(|at| Some((at, self.state.read().timeline.first_at(at)?))) {
            return repeat(first, SubmitError::TimeGoesBack { at, newest: group.recorded_at });
        }
        let wait = self.keys.lock().wait(by, recorded_at);
        match wait {
            Some(wait) => Err(SubmitError::IdempotencyQuota { seconds: wait.as_secs().saturating_add(1) }),
            None => Ok(None),
        }
    }

    /// Asks the rules.
    fn decided(&mut self, waiting: &mut Waiting, group: &Group) -> Result<Decided, SubmitError> {
        let Submission { command, by, at, if_match, .. } = &waiting.submission;
        let (recorded_at, imported_at) = self.time_for(*at, group)?;
        let fresh = *waiting.fresh.get_or_insert_with(|| FreshIds {
            entity: self.entropy.guid(),
            role_assignment: RoleAssignmentId::new(self.entropy.guid()),
        });
        let (actor, position, invitation_link) = (&by.actor, group.position, &*self.invitation_link);
        let name_holder = self.name_holder(&waiting.submission)?;
        let context = Context { actor, at: recorded_at, position, fresh, name_holder, invitation_link };
        let decided = decide(command, &context, &self.state.read());
        if let Some(expected) = if_match {
            self.unchanged_since(*expected, command, decided.as_ref().err())?;
        }
        let events = decided?;
        if !group.has_room {
            return Err(SubmitError::LowSpace);
        }
        Ok(Decided { first: Position(group.position.0 + 1), recorded_at, imported_at, events })
    }

    /// Seals what is personal and encodes the commit.
    fn prepared(&mut self, waiting: &Waiting, decided: Decided) -> Result<Prepared, SubmitError> {
        let Submission { command, by, .. } = &waiting.submission;
        let Decided { first, recorded_at, imported_at, events } = decided;
        let sealing = self.sealing(command, &events);
        let hashed = waiting.key().map(|(key, body)| (key, body_hash(sealing.as_ref().map(|s| &s.key), body)));
        let head = CommitHead { command: self.entropy.guid(), by, idempotency: hashed, recorded_at, imported_at };
        let commit = self.encode(head, first, &events, sealing.as_ref())?;
        let bytes: usize = commit.events.iter().map(|event| event.len() + EVENT_OVERHEAD_BYTES).sum();
        if bytes > COMMIT_BYTES_MAX {
            return Err(SubmitError::TooLarge { bytes, max: COMMIT_BYTES_MAX });
        }
        let committed = Committed { first, at: recorded_at, by: by.clone(), events };
        Ok(Prepared { command: head.command, commit, bytes, committed })
    }

    /// Folds the commit and adds it to the group: what does not fold is never written.
    fn admit(&mut self, waiting: &Waiting, prepared: Prepared, group: &mut Group) -> Result<Recorded, SubmitError> {
        let Prepared { command: id, commit, bytes, committed } = prepared;
        let Submission { command, key, .. } = &waiting.submission;
        let (erased, described) = {
            let state = self.state.read();
            let erased: Vec<_> = committed.events.iter().filter_map(|event| state.erases(event)).collect();
            (erased, command.names().and_then(|names| state.description(names.user)))
        };
        self.state.write().fold(&committed).map_err(|error| {
            tracing::error!(%error, command = command.name(), "a decided event does not fold");
            SubmitError::from(Fault::from(error))
        })?;
        let Committed { first, at, by, events } = committed;
        if let Some(key) = key {
            self.keys.lock().remember(&by, key, first, at);
        }
        group.erased.extend(erased);
        self.keep_names(command, described, &events);
        group.position = Position(group.position.0 + events.len() as u64);
        group.recorded_at = at;
        group.bytes += bytes;
        group.commits.push(commit);
        tracing::debug!(command = command.name(), %id, position = %group.position, "decided");
        Ok(Recorded::new(id, at, first, events))
    }

    /// Who has the user principal name that the command gives.
    fn name_holder(&self, submission: &Submission) -> Result<Option<ObjectId>, SubmitError> {
        let Some((tenant, name)) = submission.given_name() else { return Ok(None) };
        let state = self.state.read();
        let holder = self.names.lock().holder(tenant, name, &state);
        holder.map_err(|Unread| Fault::NamesUnread.into())
    }

    /// Takes in the names that a command gave and took, which the state knows of already. `described`: where those stood that
    /// the user had before.
    fn keep_names(&self, command: &Command, described: Option<Description>, events: &[Event]) {
        let state = self.state.read();
        let mut names = self.names.lock();
        if let Some(given) = command.names() {
            names.learn(&given, described, &state);
        }
        for event in events {
            if let Event::PersonalDataErased(PersonalDataErased { subject: Erasable::User(user), .. }) = event {
                names.forget(*user);
            }
        }
    }

    /// Refuses a command where there is something newer than `expected` about the customer or else the partner that it
    /// names. A caller who may not know of those gets the same refusal either way.
    fn unchanged_since(
        &self,
        expected: Position,
        command: &Command,
        refusal: Option<&Refusal>,
    ) -> Result<(), SubmitError> {
        if matches!(refusal, Some(Refusal::InvalidCommand { .. } | Refusal::NotAllowed { .. } | Refusal::NotFound(_))) {
            return Ok(());
        }
        let state = self.state.read();
        let newest = state.timeline.head();
        if expected > newest {
            return Err(SubmitError::PositionAhead { expected, newest });
        }
        match state.about(command).and_then(|tenant| state.positions(tenant).last()) {
            Some(newest) if newest > expected => Err(SubmitError::PositionConflict { expected }),
            _ => Ok(()),
        }
    }

    /// What is to be sealed of a command that was decided, with its subject's key, made if there is none.
    fn sealing(&mut self, command: &Command, events: &[Event]) -> Option<Sealing> {
        let personal = command.personal();
        let subject = events.iter().find_map(Event::data_subject).filter(|_| !personal.is_empty())?;
        let key = self.keyring.lock().key_or(subject, || self.entropy.bytes());
        Some(Sealing { subject, key, personal })
    }

    /// When the next commit is recorded, and when it was brought in where its time was given.
    fn time_for(&self, at: Option<Timestamp>, group: &Group) -> Result<(Timestamp, Option<Timestamp>), SubmitError> {
        let clock = group.clock?;
        let Some(at) = at else { return Ok((group.stamp.max(group.recorded_at + TICK), None)) };
        // A leap second has no form in the log: its nanoseconds go beyond a second's.
        if cut(at) != at || at < Timestamp::UNIX_EPOCH || at.timestamp_subsec_nanos() >= 1_000_000_000 {
            return Err(SubmitError::TimeUnfit(at));
        }
        if at > clock {
            return Err(SubmitError::TimeAhead { at, clock });
        }
        if group.position > Position(0) && at <= group.recorded_at {
            return Err(SubmitError::TimeGoesBack { at, newest: group.recorded_at });
        }
        Ok((at, Some(clock)))
    }

    fn encode(
        &mut self,
        head: CommitHead,
        first: Position,
        events: &[Event],
        sealing: Option<&Sealing>,
    ) -> Result<NewCommit, SubmitError> {
        let size = u32::try_from(events.len()).map_err(Fault::from)?;
        let mut encoded = Vec::with_capacity(events.len());
        for ((position, index), event) in (first.0..).zip(0..).zip(events) {
            let (id, salt) = (self.entropy.guid(), self.entropy.bytes());
            let sealing = sealing.filter(|sealing| event.data_subject() == Some(sealing.subject));
            let sealed = sealing
                .map(|Sealing { subject, key, personal }| key.seal(personal, *subject, id, self.entropy.bytes()));
            let sealed = sealed.transpose().map_err(Fault::from)?;
            let bytes = codec::encode(head, event, position, CommitPart { index, size }, id, salt, sealed);
            encoded.push(bytes.map_err(Fault::from)?);
        }
        Ok(NewCommit { recorded_at: head.recorded_at, events: encoded })
    }

    /// The answer that the command was given when it was recorded. Nobody can tell whether it is that one once the key is gone
    /// that its hash was made with.
    async fn first_answer(&self, repeat: Repeat) -> Result<Recorded, SubmitError> {
        let Repeat { first, actor, key, body, otherwise } = repeat;
        let commit = self.reader.commit(first.0).await.map_err(AnswerError::from)?;
        let envelopes = commit.map(|commit| commit.events).unwrap_or_default();
        let head = envelopes.first().ok_or(AnswerError::Nothing(first))?;
        let accepted = head.idempotency.as_ref().filter(|accepted| accepted.key == key.as_str());
        let Some(accepted) = accepted.filter(|_| codec::read_actor(&head.actor) == actor) else {
            return Err(otherwise);
        };
        let events = envelopes.iter().map(codec::decode).collect::<Result<Vec<_>, _>>().map_err(AnswerError::from)?;
        let sealed = envelopes.iter().zip(&events).find(|(envelope, _)| envelope.sealed.is_some());
        let hash = match sealed.and_then(|(_, event)| event.data_subject()).map(|of| self.keyring.lock().key(of)) {
            None => Some(body_hash(None, &body)),
            Some(key) => key.map(|key| body_hash(Some(&key), &body)),
        };
        if hash != Some(accepted.body_hash) {
            return Err(SubmitError::IdempotencyKeyReused);
        }
        Ok(Recorded::new(head.command, head.recorded_at, first, events))
    }
}

/// The hash of a command's name and fields: with the key where it brought personal data, or guesses of them could be
/// compared with it forever.
fn body_hash(key: Option<&SubjectKey>, body: &[u8]) -> [u8; 32] {
    key.map_or_else(|| Sha256::digest(body).into(), |key| key.hash(body))
}

/// Cuts an instant to whole microseconds, as recorded times are.
pub(crate) fn cut(at: Timestamp) -> Timestamp {
    let below = u64::from(at.timestamp_subsec_nanos() % 1_000);
    at - Duration::from_nanos(below)
}
