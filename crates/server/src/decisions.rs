//! The decision log: commands that were refused for lack of rights and, if that is configured, access answers. JSON lines
//! in files that are bounded, or on standard output; docs/watching.md says what stands in them.
//!
//! It is no part of the record. Nothing waits for it: what cannot be written in time is counted, and lost.

mod files;

use crate::{caller::Caller, request_ids::RequestId};
use axum::http::Extensions;
use files::{Files, Kept};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use procura_app::{
    Code, Error,
    access::{EvaluationRequest, EvaluationResponse},
};
use procura_domain::{
    id::TenantId,
    rule::{RULES_VERSION, Rule},
    temporal::{Position, Timestamp},
};
use procura_engine::ambient::{Clock, SystemClock};
use prometheus_client::metrics::{counter::Counter, family::Family};
use serde::{Deserialize, Serialize};
use std::{
    io::{self, Write},
    num::NonZeroU32,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread,
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How many lines wait to be written at most, and how long one is at most: longer ones leave out the question.
const LINES_WAITING_MAX: usize = 8_192;
const LINE_BYTES_MAX: usize = 4 * 1024;
/// So much is kept of the name of a command.
const COMMAND_CHARS_MAX: usize = 64;
/// So much is written at once.
const BATCH_BYTES: usize = 64 * 1024;
/// How often files that are too old are looked for while nothing is logged.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);
const MIB: u64 = 1 << 20;
/// How long a stop waits for the last lines.
const CLOSING_PATIENCE: Duration = Duration::from_secs(5);
/// Why a line was lost: too many were waiting, it could not be written, or its tenant has had its share.
pub(crate) const LOST: [&str; 3] = [TOO_MANY, UNWRITABLE, OVER_SHARE];
const TOO_MANY: &str = "tooMany";
const UNWRITABLE: &str = "unwritable";
const OVER_SHARE: &str = "overShare";
/// A tenant's users together have so many lines a second, and so many at once after a while without any: nobody fills the
/// files with their own, so that others' go. Those who have a service role act for many, and have as many as they need.
const TENANT_LINES_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
const TENANT_LINES_BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);

/// What is logged, where, and how much of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionLogSettings {
    /// Nowhere, unless it says where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Destination>,
    /// Whether access answers are logged too.
    pub answers: bool,
    /// A file is closed when its day is over, or at that size.
    pub file_mib: u64,
    /// How much is kept at most; the oldest file goes first.
    pub mib: u64,
    /// For how many days.
    pub days: u32,
}

impl Default for DecisionLogSettings {
    fn default() -> Self {
        Self { to: None, answers: false, file_mib: 64, mib: 1024, days: 90 }
    }
}

impl DecisionLogSettings {
    /// Whether they fit.
    ///
    /// # Errors
    /// The key that does not, with what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        match self {
            Self { file_mib: 0, .. } => Err(("file_mib", "is 0: then nothing could be written")),
            Self { days: 0, .. } => Err(("days", "is 0: then nothing would be kept")),
            Self { file_mib, mib, .. } if mib < file_mib => Err(("mib", "is less than `file_mib`")),
            _ => Ok(()),
        }
    }

    fn kept(&self) -> Kept {
        let bytes = |mib: u64| mib.saturating_mul(MIB);
        Kept { file_bytes: bytes(self.file_mib), bytes: bytes(self.mib), days: self.days }
    }
}

/// Where decisions are logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PathBuf", into = "PathBuf")]
pub enum Destination {
    /// Written `-`.
    StandardOutput,
    Folder(PathBuf),
}

/// How standard output is written.
const STANDARD_OUTPUT: &str = "-";

impl From<PathBuf> for Destination {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == STANDARD_OUTPUT { Self::StandardOutput } else { Self::Folder(path) }
    }
}

impl From<Destination> for PathBuf {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::StandardOutput => STANDARD_OUTPUT.into(),
            Destination::Folder(path) => path,
        }
    }
}

/// Takes decisions, and has them written by a thread of its own.
pub struct DecisionLog {
    /// None if nothing is logged.
    queue: Option<SyncSender<Queued>>,
    answers: bool,
    shares: DefaultKeyedRateLimiter<TenantId>,
    counts: Counts,
}

/// How many lines were written and lost.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) written: Counter,
    pub(crate) lost: Family<[(&'static str, &'static str); 1], Counter>,
}

enum Queued {
    Line(Vec<u8>),
    /// Tells when everything before it was written.
    Close(oneshot::Sender<()>),
}

/// A line of the log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decision<'a> {
    /// When it was made.
    logged: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    caller: &'a Caller,
    #[serde(flatten)]
    what: What<'a>,
    rules: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum What<'a> {
    CommandRefused {
        command: &'a str,
        dry_run: bool,
        code: Code,
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Rule>,
        position: Position,
    },
    AccessAnswer {
        /// None if it is too long.
        question: Option<&'a EvaluationRequest>,
        decision: bool,
        position: Position,
        time: Timestamp,
    },
}

impl DecisionLog {
    /// The log of those settings.
    ///
    /// # Errors
    /// What the system says of the folder, or of a thread.
    pub fn open(settings: &DecisionLogSettings) -> io::Result<Self> {
        let Some(to) = &settings.to else { return Ok(Self::new(None, false)) };
        let mut sink = match to {
            Destination::StandardOutput => Sink::StandardOutput,
            Destination::Folder(folder) => Sink::Files(Files::open(folder, settings.kept())?),
        };
        let (queue, queued) = sync_channel(LINES_WAITING_MAX);
        let log = Self::new(Some(queue), settings.answers);
        let counts = log.counts.clone();
        thread::Builder::new().name("decisions".to_owned()).spawn(move || write_all(&queued, &mut sink, &counts))?;
        Ok(log)
    }

    fn new(queue: Option<SyncSender<Queued>>, answers: bool) -> Self {
        let share = Quota::per_second(TENANT_LINES_PER_SECOND).allow_burst(TENANT_LINES_BURST);
        Self { queue, answers, shares: RateLimiter::keyed(share), counts: Counts::default() }
    }

    /// Forgets the tenants that have all of their share again.
    pub(crate) fn tidy(&self) {
        self.shares.retain_recent();
        self.shares.shrink_to_fit();
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Whether anything is logged.
    pub(crate) fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// Logs a command that was refused, if that was for lack of rights. Who may not even know what the command is about
    /// lacks them too, and is told `notFound`.
    pub(crate) fn refused(&self, by: &DecidedFor<'_>, command: &str, dry_run: bool, error: &Error, position: Position) {
        let code = error.code();
        if self.is_on() && matches!(code, Code::NotAllowed | Code::NotFound) {
            // Whoever has no right to a command may call it anything.
            let command = &*command.chars().take(COMMAND_CHARS_MAX).collect::<String>();
            self.log(by, |_| What::CommandRefused { command, dry_run, code, rule: error.rule(), position });
        }
    }

    /// Logs an access answer, if they are to be logged.
    pub(crate) fn answered(&self, by: &DecidedFor<'_>, question: &EvaluationRequest, response: &EvaluationResponse) {
        if !self.answers {
            return;
        }
        let (decision, position, time) = (response.decision, response.context.position, response.context.time);
        self.log(by, |whole| What::AccessAnswer { question: whole.then_some(question), decision, position, time });
    }

    fn log<'a>(&self, by: &'a DecidedFor<'a>, what: impl Fn(bool) -> What<'a>) {
        let Some(queue) = &self.queue else { return };
        if by.caller.roles.is_empty() && self.shares.check_key(&by.caller.user.tenant).is_err() {
            return self.counts.lose(OVER_SHARE, 1);
        }
        let logged = SystemClock.now();
        let line = |whole| {
            let (request_id, rules) = (by.request_id, RULES_VERSION);
            let decision = Decision { logged, request_id, caller: by.caller, what: what(whole), rules };
            let mut line = serde_json::to_vec(&decision).unwrap_or_default();
            line.push(b'\n');
            line
        };
        let mut text = line(true);
        if text.len() > LINE_BYTES_MAX {
            text = line(false);
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(Queued::Line(text)) {
            self.counts.lose(TOO_MANY, 1);
        }
    }

    /// Waits until what was logged is written, for a while.
    pub(crate) async fn close(&self) {
        let Some(queue) = &self.queue else { return };
        let (told, written) = oneshot::channel();
        let asked = async {
            let mut close = Queued::Close(told);
            while let Err(TrySendError::Full(back)) = queue.try_send(close) {
                close = back;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let _ = written.await;
        };
        let _ = timeout(CLOSING_PATIENCE, asked).await;
    }
}

impl Counts {
    fn lose(&self, why: &'static str, lines: u64) {
        self.lost.get_or_create(&[("reason", why)]).inc_by(lines);
    }
}

/// Whom something was decided for.
pub(crate) struct DecidedFor<'a> {
    pub(crate) caller: &'a Caller,
    request_id: Option<&'a str>,
}

impl<'a> DecidedFor<'a> {
    pub(crate) fn new(caller: &'a Caller, extensions: &'a Extensions) -> Self {
        let request_id = extensions.get::<RequestId>().and_then(|id| id.0.to_str().ok());
        Self { caller, request_id }
    }

    /// For a caller of a page.
    pub(crate) fn page(caller: &'a Caller) -> Self {
        Self { caller, request_id: None }
    }
}

/// Where lines go.
enum Sink {
    StandardOutput,
    Files(Files),
}

impl Sink {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::StandardOutput => {
                let mut out = io::stdout().lock();
                out.write_all(lines).and_then(|()| out.flush())
            }
            Self::Files(files) => files.write(lines, SystemClock.now().date_naive()),
        }
    }

    /// Removes what is kept no longer.
    fn tidy(&self) -> io::Result<()> {
        match self {
            Self::StandardOutput => Ok(()),
            Self::Files(files) => files.tidy(SystemClock.now().date_naive()),
        }
    }
}

/// Writes what is queued until nobody queues any more.
fn write_all(queued: &Receiver<Queued>, sink: &mut Sink, counts: &Counts) {
    let mut is_written = true;
    loop {
        let first = match queued.recv_timeout(TIDY_EVERY) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                // What cannot be removed now is tried again.
                let _ = sink.tidy();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let (mut batch, mut lines, mut close) = (Vec::new(), 0, None);
        let mut next = Some(first);
        while let Some(queued_next) = next {
            match queued_next {
                Queued::Line(line) => {
                    batch.extend_from_slice(&line);
                    lines += 1;
                }
                Queued::Close(told) => close = Some(told),
            }
            let has_room = batch.len() < BATCH_BYTES && close.is_none();
            next = if has_room { queued.try_recv().ok() } else { None };
        }
        if lines > 0 {
            let written = sink.write(&batch);
            match &written {
                Ok(()) => drop(counts.written.inc_by(lines)),
                Err(error) => {
                    counts.lose(UNWRITABLE, lines);
                    if is_written {
                        tracing::warn!(%error, "decisions cannot be logged; what is lost is counted");
                    }
                }
            }
            is_written = written.is_ok();
        }
        if let Some(told) = close {
            let _ = told.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceRole;
    use procura_domain::{
        id::{Id, ObjectId},
        text::TokenIssuer,
        vocabulary::User,
    };

    fn caller() -> Caller {
        let user = User { tenant: TenantId::MIN, user: ObjectId::MIN };
        Caller { user, roles: [ServiceRole::Decider].into(), issuer: TokenIssuer::new("urn:test").unwrap() }
    }

    fn refuse(log: &DecisionLog, command: &str) {
        let caller = caller();
        let by = DecidedFor { caller: &caller, request_id: None };
        log.refused(&by, command, false, &Error::new(Code::NotAllowed, "no"), Position(7));
    }

    /// A sink that never takes anything holds nobody up: what there is no room for is counted.
    #[test]
    fn what_cannot_be_written_in_time_is_counted() {
        let (queue, queued) = sync_channel(2);
        let log = DecisionLog::new(Some(queue), true);
        (0..5).for_each(|_| refuse(&log, "RevokeDap"));
        let lost = |why| log.counts.lost.get_or_create(&[("reason", why)]).get();
        assert_eq!([lost(TOO_MANY), log.counts.written.get()], [3, 0]);
        drop(queued);
        refuse(&log, "RevokeDap");
        assert_eq!(lost(TOO_MANY), 4);
    }

    /// One tenant's flood is its own loss: others' lines are kept.
    #[test]
    fn a_tenant_has_its_share_and_service_roles_need_none() {
        let (queue, queued) = sync_channel(4_000);
        let log = DecisionLog::new(Some(queue), true);
        let user = |tenant| {
            let tenant = TenantId::new(uuid::Uuid::from_u128(tenant));
            Caller { user: User { tenant, user: ObjectId::MIN }, roles: [].into(), ..caller() }
        };
        let refuse = |caller: &Caller| {
            let by = DecidedFor { caller, request_id: None };
            log.refused(&by, "RevokeDap", false, &Error::new(Code::NotAllowed, "no"), Position(7));
        };
        (0..1_500).for_each(|_| refuse(&user(1)));
        refuse(&user(2));
        (0..1_500).for_each(|_| refuse(&caller()));
        let lost = log.counts.lost.get_or_create(&[("reason", OVER_SHARE)]).get();
        // Some of it comes back meanwhile.
        assert!((400..=500).contains(&lost), "{lost}");
        drop(log);
        assert_eq!(queued.iter().count() as u64, 3_001 - lost);
    }

    #[tokio::test]
    async fn what_is_logged_is_written_before_the_log_is_closed_and_lines_are_bounded() {
        let home = tempfile::tempdir().unwrap();
        let to = Some(Destination::Folder(home.path().join("decisions")));
        let log = DecisionLog::open(&DecisionLogSettings { to, answers: true, ..Default::default() }).unwrap();
        refuse(&log, "RevokeDap");
        let asked: EvaluationRequest =
            serde_json::from_value(serde_json::json!({"subject": {"type": "user", "id": "x".repeat(10_000)}})).unwrap();
        let answer = serde_json::json!({"decision": false,
            "context": {"position": 7, "time": "2026-01-01T00:00:00Z", "rules": "2"}});
        let caller = caller();
        let by = DecidedFor { caller: &caller, request_id: Some("one") };
        log.answered(&by, &asked, &serde_json::from_value(answer).unwrap());
        log.close().await;
        let folder = std::fs::read_dir(home.path().join("decisions")).unwrap();
        let files: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
        let [file] = &*files else { panic!("{files:?}") };
        let text = std::fs::read_to_string(file).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!((&lines[0]["kind"], &lines[0]["code"]), (&"commandRefused".into(), &"notAllowed".into()));
        assert_eq!((&lines[1]["question"], &lines[1]["requestId"]), (&serde_json::Value::Null, &"one".into()));
        assert_eq!(log.counts.written.get(), 2);
    }

    /// Where nothing can be written, the server goes on.
    #[tokio::test]
    async fn what_cannot_be_written_at_all_is_counted() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("decisions");
        let to = Some(Destination::Folder(folder.clone()));
        let log = DecisionLog::open(&DecisionLogSettings { to, ..Default::default() }).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        refuse(&log, "RevokeDap");
        log.close().await;
        let lost = log.counts.lost.get_or_create(&[("reason", UNWRITABLE)]).get();
        assert_eq!((lost, log.counts.written.get()), (1, 0));
        std::fs::create_dir(&folder).unwrap();
        refuse(&log, "RevokeDap");
        log.close().await;
        assert_eq!(log.counts.written.get(), 1, "once it can be, it is");
    }
}
