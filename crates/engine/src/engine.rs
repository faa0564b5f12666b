//! The engine as its callers see it: open a log, submit commands, ask at any moment.

use crate::{
    ambient::{Clock, Entropy},
    below_snapshot::{BelowSnapshot, Check, CheckBelow},
    cloud_event::{CloudEvent, source},
    codec,
    fatal::{Fatal, OnFatal},
    horizon::Horizon,
    keyring::{Keyring, KeyringError},
    logged_event::{LoggedEvent, Who},
    metrics::WriterMetrics,
    names::Names,
    opening::OpeningProgress,
    personal::{EventError, Personal},
    replay::{PreparedCommit, Replay, ReplayError},
    seal::Sealed,
    snapshot::{Snapshot, SnapshotFolder},
    snapshotting::{HasRoom, Snapshotting},
    submission::{Fault, Recorded, Submission, SubmitError},
    sync::{Handle, Mutex, RwLock, thread},
    tail::Tail,
    watched_clock::{ClockError, WatchedClock},
    when::{MomentError, When},
    writer::{QUEUE_COMMANDS_MAX, Run, Waiting, Writer, cut},
};
use procura_domain::{
    access::{self, Decision, Question},
    command::Command,
    event::Event,
    id::TenantId,
    invitation_link::InvitationLink,
    personal::PersonalData,
    state::State,
    temporal::{Moment, Position, Timestamp},
    vocabulary::TenantKind,
};
use procura_eventlog::{Envelope, Epochs, Log, LogReader, OpenLogError, Proofs, Stored, Unread};
use serde::ser::Error as _;
use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// About how many bytes a CloudEvent is in JSON, so that there is room for it.
const EVENT_JSON_BYTES: usize = 1_024;

/// What an engine is opened with.
pub struct Settings {
    /// Where callers reach this service, like `https://partners.example`.
    pub public_url: String,
    /// Where invitations' links point; below `public_url` unless given.
    pub invitation_link: Option<InvitationLink>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Ids, salts and keys.
    pub entropy: Entropy,
    /// Where snapshots are kept, if any are.
    pub snapshots: Option<SnapshotFolder>,
    /// The keys that personal data is sealed under.
    pub keyring: Keyring,
    /// Whether there is room left where the log is kept; where not, nothing is recorded.
    pub has_room: HasRoom,
    /// How many idempotency keys a tenant's users together, or an operator, may have in use.
    pub idempotency_keys_max: usize,
    /// Ends the process when the log cannot be appended to, or the keys not written, or what is served is not sound.
    pub on_fatal: OnFatal,
}

/// The record, running: clones share it.
#[derive(Clone)]
pub struct Engine {
    queue: mpsc::Sender<Waiting>,
    pub(crate) state: Arc<RwLock<State>>,
    horizon: Arc<Horizon>,
    tail: Arc<Tail>,
    clock: WatchedClock,
    log_id: Uuid,
    pub(crate) epochs: Arc<Epochs>,
    pub(crate) proofs: Proofs,
    pub(crate) reader: LogReader,
    pub(crate) keyring: Arc<Mutex<Keyring>>,
    pub(crate) names: Arc<Mutex<Names>>,
    public_url: Arc<str>,
    invitation_link: Arc<InvitationLink>,
    metrics: WriterMetrics,
    /// Where the snapshot stands that it was opened with; 0 where it was opened without one.
    opened_behind: Position,
    /// What is below that.
    below: Option<Arc<CheckBelow>>,
    /// The last field: the queue is let go of before this is waited for.
    _writing: Arc<Writing>,
}

/// The writer's thread. The last engine waits for it, so that a process which is done has written everything: also where
/// the log ends, which nobody else waits for.
struct Writing(Option<thread::JoinHandle<()>>);

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // What it had to say of a failure it has said.
            let _ = thread.join();
        }
    }
}

/// Why a log was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The log cannot be read, or not be followed.
    #[error(transparent)]
    Log(#[from] OpenLogError<ReplayError>),
    /// The keys beside it are not those that it needs.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl OpenError {
    /// Whether nothing is wrong: it was [told to stop](OpeningProgress::stop).
    pub fn was_stopped(&self) -> bool {
        matches!(self, Self::Log(OpenLogError::Commit { source: ReplayError::Stopped, .. }))
    }
}

impl Engine {
    /// Reads the whole log, checks it, folds it, and starts the writer. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`] names the position and what is wrong there. Nothing is skipped.
    pub async fn open(stored: impl Into<Stored>, settings: Settings) -> Result<Self, OpenError> {
        Self::open_watched(stored, settings, &OpeningProgress::default()).await
    }

    /// The same, telling how far it is. It may take long, and gives way to nothing else on its thread.
    ///
    /// # Errors
    /// [`OpenError`], also where it was stopped.
    pub async fn open_watched(
        stored: impl Into<Stored>,
        settings: Settings,
        progress: &OpeningProgress,
    ) -> Result<Self, OpenError> {
        let Settings {
            public_url,
            invitation_link,
            clock,
            entropy,
            snapshots,
            mut keyring,
            has_room,
            idempotency_keys_max,
            on_fatal,
        } = settings;
        let mut stored = stored.into();
        let from = match &snapshots {
            // Whether something is sealed for which a key is needed, only all of the log says.
            Some(folder) if !keyring.is_missing() => folder.newest(&stored).await,
            _ => None,
        };
        let began = from.as_ref().map_or(0, |snapshot| snapshot.tree.size());
        let mut replay = match from {
            None => Replay::default(),
            Some(Snapshot { state, keys, tree, recorded_at }) => {
                progress.reach(tree.size());
                stored.begin_behind(tree, recorded_at);
                Replay::behind(state, keys)
            }
        };
        let take_in = |prepared: PreparedCommit, next: Option<&PreparedCommit>| {
            if progress.is_stopped() {
                return Err(ReplayError::Stopped);
            }
            let reached = prepared.last_position;
            replay.take_in(prepared, next)?;
            progress.reach(reached);
            Ok(())
        };
        let log = Log::open_prepared(stored, |commit| PreparedCommit::of(&commit), take_in).await?;
        let head_failed = on_fatal.clone();
        log.on_head_failure(move |error| head_failed(&Fatal::Unwritten(error.to_string())));
        replay.check_keys(&keyring)?;
        let Replay { state, mut keys, .. } = replay;
        keys.quota = idempotency_keys_max;
        keyring.settle(|subject| state.erased(subject).is_some())?;
        keyring.prepare()?;
        let (keyring, names) = (Arc::new(Mutex::new(keyring)), Arc::new(Mutex::new(Names::default())));
        let newest = state.timeline.newest().unwrap_or(Timestamp::UNIX_EPOCH);
        tracing::info!(position = %state.timeline.head(), "log opened");
        let horizon = Arc::new(Horizon::new(state.timeline.head(), newest));
        let state = Arc::new(RwLock::new(state));
        let (queue, waiting) = mpsc::channel(QUEUE_COMMANDS_MAX);
        let (log_id, tail) = (log.id(), Arc::new(Tail::default()));
        let (reader, proofs, epochs) = (log.reader(), log.proofs(), Arc::new(log.epochs().clone()));
        let invitation_link = Arc::new(invitation_link.unwrap_or_else(|| InvitationLink::below(&public_url)));
        let public_url: Arc<str> = public_url.into();
        let clock = WatchedClock::new(clock);
        let metrics = WriterMetrics::default();
        let below = Unread::of(&log).map(|unread| {
            let (state, keyring, on_fatal) = (state.clone(), keyring.clone(), on_fatal.clone());
            Arc::new(CheckBelow::new(Check { unread, state, keyring, on_fatal }))
        });
        let writer = Writer {
            log,
            reader: reader.clone(),
            state: state.clone(),
            horizon: horizon.clone(),
            tail: tail.clone(),
            keys: Arc::new(Mutex::new(keys)),
            snapshots: snapshots.map(|folder| Snapshotting::new(folder, began, has_room.clone())),
            keyring: keyring.clone(),
            names: names.clone(),
            clock: clock.clone(),
            entropy,
            has_room,
            invitation_link: invitation_link.clone(),
            on_fatal: on_fatal.clone(),
            metrics: metrics.clone(),
        };
        let runtime = Handle::current();
        let writing = thread::spawn(move || {
            // sled panics where it finds its own files damaged: no reason to go on without a writer.
            if catch_unwind(AssertUnwindSafe(|| writer.run(waiting, &runtime))).is_err() {
                on_fatal(&Fatal::Unwritten("the writer panicked".to_owned()));
            }
        });
        let _writing = Arc::new(Writing(Some(writing)));
        Ok(Self {
            queue,
            state,
            horizon,
            tail,
            clock,
            log_id,
            epochs,
            proofs,
            reader,
            keyring,
            names,
            public_url,
            invitation_link,
            metrics,
            opened_behind: Position(began),
            below,
            _writing,
        })
    }

    /// Has a command decided and recorded. Returns when its events are on stable storage and visible.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing of the command was recorded.
    pub async fn submit(&self, submission: Submission) -> Result<Recorded, SubmitError> {
        self.prepare(&submission).await?;
        self.enqueue(submission)?.await
    }

    /// Puts a command in the queue, behind those put there before; the future gives what [`Engine::submit`] does, which
    /// [prepares](Engine::prepare) it first.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] where the queue is full, [`SubmitError::Stopping`] where nobody takes from it.
    pub fn enqueue(
        &self,
        submission: Submission,
    ) -> Result<impl Future<Output = Result<Recorded, SubmitError>> + Send + use<>, SubmitError> {
        self.send(submission, Run::Real)
    }

    /// Has a command decided as it would be now, behind those in the queue, without recording anything: the answer that
    /// it would be given, except if its events would be too large for a commit, which only recording finds out. An
    /// idempotency key is passed over.
    ///
    /// # Errors
    /// The [`SubmitError`] that it would be given.
    pub async fn dry_run(&self, submission: Submission) -> Result<Recorded, SubmitError> {
        self.prepare(&submission).await?;
        self.send(Submission { key: None, ..submission }, Run::Dry)?.await
    }

    /// Has the names read that the writer needs for the command: it reads nothing itself.
    ///
    /// # Errors
    /// [`SubmitError::NamesUnreadable`] where the log cannot be read.
    pub async fn prepare(&self, submission: &Submission) -> Result<(), SubmitError> {
        match submission.given_name() {
            Some((tenant, name)) => self.user_named(tenant, name).await.map(drop).map_err(SubmitError::NamesUnreadable),
            None => Ok(()),
        }
    }

    fn send(
        &self,
        submission: Submission,
        run: Run,
    ) -> Result<impl Future<Output = Result<Recorded, SubmitError>> + Send + use<>, SubmitError> {
        let body = submission.key.as_ref().map(|_| body(&submission.command)).transpose()?;
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Waiting { submission, run, body, fresh: None, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Stopping,
        })?;
        Ok(async move { answer.await.map_err(|_| SubmitError::Stopping)? })
    }

    /// The newest position that is durable and visible.
    pub fn position(&self) -> Position {
        self.horizon.published()
    }

    /// Resolves once everything up to `position` is durable and visible.
    pub async fn reach(&self, position: Position) {
        self.horizon.reach(position).await;
    }

    /// Whether commands are being taken.
    pub fn is_ready(&self) -> bool {
        !self.queue.is_closed()
    }

    /// How many commands wait for the writer.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity().saturating_sub(self.queue.capacity())
    }

    /// The position of the snapshot that the log was opened with; 0 where all of it was folded.
    pub fn opened_behind(&self) -> Position {
        self.opened_behind
    }

    /// Begins to check what lies below the snapshot that the log was opened with, if it was and this was not called yet, on
    /// a thread of its own and slowly: all that a start which reads the log from its beginning looks at, except that events
    /// are not folded again. What is wrong there ends the process. To be called inside a tokio runtime.
    pub fn check_below_snapshot(&self) {
        if let Some(below) = &self.below {
            below.begin();
        }
    }

    /// How far that is, as long as it is not done.
    pub fn below_snapshot(&self) -> Option<BelowSnapshot> {
        self.below.as_ref()?.now()
    }

    /// What is measured of the writer.
    pub fn metrics(&self) -> &WriterMetrics {
        &self.metrics
    }

    /// Whether a command would be recorded by the clock, and how far that is behind the newest record.
    pub fn clock(&self) -> (Result<(), ClockError>, Duration) {
        let newest = self.read(|state| state.timeline.newest()).unwrap_or(Timestamp::UNIX_EPOCH);
        (self.clock.to_record(newest).map(drop), self.clock.behind(newest))
    }

    /// The newest position that is visible, and the clock.
    pub fn now(&self) -> Moment {
        self.horizon.now(cut(self.clock.to_read()))
    }

    /// The moment that is meant.
    ///
    /// # Errors
    /// [`MomentError`] where it lies ahead.
    pub fn moment(&self, when: When) -> Result<Moment, MomentError> {
        let now = self.now();
        match when {
            When::Now => Ok(now),
            When::At(at) if at > now.at => Err(MomentError::TimeAhead { at, now: now.at }),
            When::At(at) => {
                let position = self.state.read().timeline.position_at(at);
                Ok(Moment { position: position.min(now.position), at })
            }
            When::Position(position) if position > now.position => {
                Err(MomentError::PositionAhead { position, newest: now.position })
            }
            When::Position(position) => Ok(self.state.read().timeline.moment(position)),
        }
    }

    /// Answers an access question.
    pub fn decide(&self, question: &Question, at: Moment) -> Decision {
        access::decide(question, at, &self.state.read().remembering())
    }

    /// Looks at the state. The writer waits meanwhile, so look at one customer and return.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read())
    }

    /// Whether the tenant is registered as a customer.
    pub fn is_customer(&self, tenant: TenantId) -> bool {
        self.read(|state| state.tenant(tenant).is_some_and(|tenant| tenant.kind() == TenantKind::Customer))
    }

    /// What people wrote beside the event at that position. Whether it is erased is decided by what holds now:
    /// erasing reaches the past as well.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read, or what is sealed there is not what was sealed.
    pub async fn personal(&self, position: Position) -> Result<Personal, EventError> {
        let commit = self.reader.commit(position.0).await?;
        let mut events = commit.into_iter().flat_map(|commit| commit.events);
        match events.find(|event| event.position == position.0) {
            Some(event) => self.opened(&event),
            None => Ok(Personal::Known(PersonalData::default())),
        }
    }

    /// What stands sealed beside the event.
    pub(crate) fn opened(&self, event: &Envelope) -> Result<Personal, EventError> {
        let Some(about) = codec::decode(event)?.data_subject() else {
            return Ok(Personal::Known(PersonalData::default()));
        };
        // In this order: a key is destroyed after the state says so.
        let key = self.keyring.lock().key(about);
        if self.state.read().erased(about).is_some() {
            return Ok(Personal::Erased);
        }
        let opened = match (&event.sealed, key) {
            (None, _) => return Ok(Personal::Known(PersonalData::default())),
            (Some(_), None) => return Ok(Personal::Unavailable),
            (Some(slot), Some(key)) => Sealed::read(slot, Some(about)).and_then(|sealed| key.unseal(&sealed, event.id)),
        };
        let position = Position(event.position);
        opened.map(Personal::Known).map_err(|source| EventError::Seal { position, source })
    }

    /// The event at that position, as the log has it; none beyond its end.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read.
    pub async fn event(&self, position: Position) -> Result<Option<Event>, EventError> {
        let commit = self.reader.commit(position.0).await?;
        let events = commit.into_iter().flat_map(|commit| commit.events);
        let event = events.into_iter().find(|event| event.position == position.0);
        Ok(event.as_ref().map(codec::decode).transpose()?)
    }

    /// The events right after that position, some of them; none if there are no more yet. Those recorded lately are in memory
    /// and decoded once for all who read them; of others not more than `events_max` are read.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read.
    pub async fn events_after(&self, after: Position, events_max: usize) -> Result<Vec<Arc<LoggedEvent>>, EventError> {
        if let Some(events) = self.recent_after(after) {
            return Ok(events);
        }
        let events = self.reader.frame_events(after.0.saturating_add(1), events_max).await?;
        Ok(events.into_iter().map(|envelope| LoggedEvent::read(envelope).map(Arc::new)).collect::<Result<_, _>>()?)
    }

    /// The same, if it takes no reading: there are none, or they are in memory.
    pub fn recent_after(&self, after: Position) -> Option<Vec<Arc<LoggedEvent>>> {
        let published = self.position();
        if after >= published { Some(vec![]) } else { self.tail.after(after, published) }
    }

    /// Resolves once there is something after that position; to false if there will be nothing any more.
    pub async fn grown(&self, after: Position) -> bool {
        self.tail.heralded(&self.horizon).wait_for(|reached| *reached > after).await.is_ok()
    }

    /// The event as others read it.
    pub fn cloud_event<'a>(&self, logged: &'a LoggedEvent, who: Who) -> CloudEvent<'a> {
        CloudEvent::of(logged, who, self.log_id, &self.epochs, |tenant| self.is_customer(tenant))
    }

    /// The same in JSON, which is written once for all readers.
    ///
    /// # Errors
    /// If it cannot be written as JSON, which is a fault.
    pub fn cloud_event_json<'a>(&self, logged: &'a LoggedEvent, who: Who) -> Result<&'a str, Fault> {
        let write = || {
            let mut json = Vec::with_capacity(EVENT_JSON_BYTES);
            serde_json::to_writer(&mut json, &self.cloud_event(logged, who))?;
            String::from_utf8(json).map_err(serde_json::Error::custom)
        };
        Ok(logged.json(who, write)?)
    }

    /// What the events at that position come from, as CloudEvents say it.
    pub fn source(&self, position: Position) -> String {
        source(self.log_id, self.epochs.of(position.0))
    }

    /// The id of the log; nil if it is kept nowhere.
    pub fn log_id(&self) -> Uuid {
        self.log_id
    }

    /// Where callers reach this service.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Where invitations' links point.
    pub fn invitation_link(&self) -> &InvitationLink {
        &self.invitation_link
    }

    /// The lines of the log's history.
    pub fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// Reads the log itself.
    pub fn log(&self) -> &LogReader {
        &self.reader
    }
}

/// The command's name and fields, defaults filled in: two spellings of the same command are the same.
fn body(command: &Command) -> Result<Vec<u8>, SubmitError> {
    let fields = serde_json::to_vec(command).map_err(Fault::from)?;
    Ok([command.name().as_bytes(), &[0], &fields].concat())
}
