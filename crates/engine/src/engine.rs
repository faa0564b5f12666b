//! The engine as its callers see it: open a log, submit commands, ask at any moment.

use crate::{
    ambient::{Clock, Entropy},
    codec,
    horizon::Horizon,
    idempotency::{Accepted, IDEMPOTENCY_KEYS_MAX, Keys},
    submission::{Recorded, Submission, SubmitError},
    watched_clock::WatchedClock,
    writer::{OnFatal, QUEUE_COMMANDS_MAX, Waiting, Writer, cut},
};
use parking_lot::RwLock;
use procura_domain::{
    access::{self, Decision, Question},
    command::Command,
    event::Event,
    id::{CustomerId, PartnerId, TenantId},
    state::{Committed, FoldError, State},
    temporal::{Moment, Position, Timestamp},
    vocabulary::TenantKind,
};
use procura_eventlog::{Commit, Epochs, Log, Proofs, ReadError, Reader, Stored};
use procura_views::{ResidualRow, residual_access};
use sha2::{Digest, Sha256};
use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// What an engine is opened with.
pub struct Settings {
    /// Where invitations' links point, like `https://partners.example`.
    pub public_url: String,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Ids and salts.
    pub entropy: Entropy,
    /// Whether there is room left where the log is kept; where not, nothing is recorded.
    pub has_room: HasRoom,
    /// Ends the process when the log cannot be appended to.
    pub on_fatal: OnFatal,
}

/// Whether there is room left where the log is kept.
pub type HasRoom = Arc<dyn Fn() -> bool + Send + Sync>;

/// The record, running: clones share it.
#[derive(Clone)]
pub struct Engine {
    queue: mpsc::Sender<Waiting>,
    state: Arc<RwLock<State>>,
    horizon: Arc<Horizon>,
    clock: WatchedClock,
    reader: Reader,
    pub(crate) proofs: Proofs,
    pub(crate) epochs: Epochs,
    public_url: Arc<str>,
}

/// A commit that the log holds and the state cannot take in.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An event that this version cannot read.
    #[error(transparent)]
    Decode(#[from] codec::DecodeError),
    /// An event that does not follow from those before.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A key that could not have been accepted.
    #[error(transparent)]
    Key(#[from] crate::idempotency::KeyError),
}

/// An event that could not be read back from the log.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// This version cannot read the event.
    #[error(transparent)]
    Decode(#[from] codec::DecodeError),
}

/// Why a log was not opened.
pub type OpenError = procura_eventlog::OpenError<ReplayError>;

/// When a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The newest position and the clock.
    Now,
    /// An instant, not later than now.
    At(Timestamp),
    /// A position; one inside a commit counts as the commit's last.
    Position(Position),
}

/// A moment that cannot be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// An instant after now.
    #[error("{at} is after now, {now}; only now and the past can be asked about")]
    TimeAhead {
        /// The instant asked about.
        at: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// A position beyond the log.
    #[error("position {position} is beyond the newest, {newest}")]
    PositionAhead {
        /// The position asked about.
        position: Position,
        /// The newest one.
        newest: Position,
    },
}

impl Engine {
    /// Reads the whole log, checks it, folds it, and starts the writer. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`OpenError`] names the position and what is wrong there. Nothing is skipped.
    pub async fn open(stored: impl Into<Stored>, settings: Settings) -> Result<Self, OpenError> {
        let Settings { public_url, clock, entropy, has_room, on_fatal } = settings;
        let mut state = State::default();
        let mut keys = Keys::new(IDEMPOTENCY_KEYS_MAX);
        let log = Log::open(stored, |commit| replay(&mut state, &mut keys, &commit)).await?;
        let newest = state.timeline.newest().unwrap_or(Timestamp::UNIX_EPOCH);
        tracing::info!(position = %state.timeline.head(), "log opened");
        let horizon = Arc::new(Horizon::new(state.timeline.head(), newest));
        let state = Arc::new(RwLock::new(state));
        let (queue, waiting) = mpsc::channel(QUEUE_COMMANDS_MAX);
        let (reader, proofs, epochs) = (log.reader(), log.proofs(), log.epochs().clone());
        let public_url: Arc<str> = public_url.into();
        let clock = WatchedClock::new(clock);
        let writer = Writer {
            log,
            reader: reader.clone(),
            state: state.clone(),
            horizon: horizon.clone(),
            keys,
            clock: clock.clone(),
            entropy,
            has_room,
            public_url: public_url.clone(),
            on_fatal: on_fatal.clone(),
        };
        let runtime = Handle::current();
        thread::spawn(move || {
            // sled panics where it finds its own files damaged: no reason to go on without a writer.
            if catch_unwind(AssertUnwindSafe(|| writer.run(waiting, &runtime))).is_err() {
                on_fatal("the writer panicked");
            }
        });
        Ok(Self { queue, state, horizon, clock, reader, proofs, epochs, public_url })
    }

    /// Has a command decided and recorded. Returns when its events are on stable storage and visible.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing of the command was recorded.
    pub async fn submit(&self, submission: Submission) -> Result<Recorded, SubmitError> {
        self.enqueue(submission)?.await
    }

    /// Puts a command in the queue, behind those put there before; the future gives what [`Engine::submit`] does.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] where the queue is full, [`SubmitError::Stopping`] where nobody takes from it.
    pub fn enqueue(
        &self,
        submission: Submission,
    ) -> Result<impl Future<Output = Result<Recorded, SubmitError>> + Send + use<>, SubmitError> {
        let body_hash = submission.key.as_ref().map(|_| body_hash(&submission.command)).transpose()?;
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Waiting { submission, body_hash, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Stopping,
        })?;
        Ok(async move { answer.await.map_err(|_| SubmitError::Stopping)? })
    }

    /// The newest position that is durable and visible.
    pub fn position(&self) -> Position {
        self.horizon.published()
    }

    /// Whether commands are being taken.
    pub fn is_ready(&self) -> bool {
        !self.queue.is_closed()
    }

    /// The moment that is meant.
    ///
    /// # Errors
    /// [`MomentError`] where it lies ahead.
    pub fn moment(&self, when: When) -> Result<Moment, MomentError> {
        let now = self.horizon.now(cut(self.clock.to_read()));
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
            When::Position(position) => {
                let state = self.state.read();
                let position = state.timeline.commit_end(position);
                let at = state.timeline.recorded_at(position).unwrap_or(Timestamp::UNIX_EPOCH);
                Ok(Moment { position, at })
            }
        }
    }

    /// Answers an access question.
    pub fn decide(&self, question: &Question, at: Moment) -> Decision {
        access::decide(question, at, &*self.state.read())
    }

    /// Looks at the state. The writer waits meanwhile, so look at one customer and return.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read())
    }

    /// Every customer, by id.
    pub fn customers(&self) -> Vec<CustomerId> {
        self.read(|state| {
            let customers = state.tenants().filter(|tenant| tenant.kind == TenantKind::Customer);
            customers.map(|tenant| tenant.id.as_customer()).collect()
        })
    }

    /// The residual access in those customers' tenants, of one partner or all. It looks at one customer after the other,
    /// and commands go on being accepted in between.
    pub fn residual_access(
        &self,
        customers: Vec<CustomerId>,
        partner: Option<PartnerId>,
        at: Moment,
    ) -> Vec<ResidualRow> {
        let of_one = |customer| self.read(|state| residual_access(state, customer, partner, at));
        customers.into_iter().flat_map(of_one).collect()
    }

    /// Whether the tenant is registered as a customer.
    pub fn is_customer(&self, tenant: TenantId) -> bool {
        self.read(|state| state.tenant(tenant).is_some_and(|tenant| tenant.kind == TenantKind::Customer))
    }

    /// The event at that position, as the log has it; none beyond its end. What people wrote is kept there alone.
    ///
    /// # Errors
    /// [`EventError`] where the log cannot be read.
    pub async fn event(&self, position: Position) -> Result<Option<Event>, EventError> {
        let commit = self.reader.commit(position.0).await?;
        let events = commit.into_iter().flat_map(|commit| commit.events);
        let event = events.into_iter().find(|event| event.position == position.0);
        Ok(event.as_ref().map(codec::decode).transpose()?)
    }

    /// Where invitations' links point.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Reads the log itself.
    pub fn log(&self) -> &Reader {
        &self.reader
    }
}

/// SHA-256 of the command's name and fields, defaults filled in: two spellings of the same command are the same.
fn body_hash(command: &Command) -> Result<[u8; 32], SubmitError> {
    let fields = serde_json::to_vec(command).map_err(|error| SubmitError::Unfit(error.to_string()))?;
    Ok(Sha256::new().chain_update(command.name()).chain_update([0]).chain_update(fields).finalize().into())
}

/// Takes in a commit of the log as it was once taken in when it was written.
fn replay(state: &mut State, keys: &mut Keys, commit: &Commit) -> Result<(), ReplayError> {
    let Some(first) = commit.events.first() else { return Ok(()) };
    let events = commit.events.iter().map(codec::decode).collect::<Result<Vec<_>, _>>()?;
    let position = Position(first.position);
    state.fold(&Committed { first: position, at: first.recorded_at, events })?;
    if let Some(idempotency) = &first.idempotency {
        let accepted = Accepted { body_hash: idempotency.body_hash, first: position };
        keys.remember(codec::read_actor(&first.actor), idempotency.key.parse()?, accepted);
    }
    Ok(())
}
