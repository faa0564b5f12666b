//! What went wrong, in a sentence that says what to do next.

use crate::{exit::EXIT_ERROR, login::error::LoginError, terminal::Screen};
use anstyle::{AnsiColor, Style};
use procura_app::{DeliveriesError, Error, commands::LineError, find::ThingKind};
use procura_engine::{
    BeginBackupError, EventError, KeyringError, MomentError, NotAMoment, OpenError,
    evidence::{Divergence, EvidenceError},
};
use procura_eventlog::{
    BackupError, CheckpointError, CheckpointFolderError, CheckpointKeyError, DirectoryError, Elsewhere,
    FileSignatureError, StoreError, UpgradeError, private_file::PrivateFileError,
};
use procura_server::{IdentityError, IssuerError, Listen, ListenError, TlsError};
use std::{io, path::PathBuf, process::ExitCode};

/// Why a command of this program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Deliveries(#[from] DeliveriesError),
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    #[error(transparent)]
    Moment(#[from] MomentError),
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    #[error(transparent)]
    CheckpointKey(#[from] CheckpointKeyError),
    #[error(transparent)]
    CheckpointFolder(#[from] CheckpointFolderError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(
        "this log does not go on from the newest checkpoint in {folder}: {cause}. Somebody put back an older copy of the data directory, or changed it: put back the right one. If a backup was restored on purpose, keep that folder and name another one with `--checkpoints`"
    )]
    Divergence { folder: PathBuf, cause: Box<Divergence> },
    #[error(
        "the newest checkpoint in {folder} is not one of this log's: {cause}. Look whether `checkpoint.key` in the data directory is the one that was there. If a backup was restored without it on purpose, keep that folder and name another one with `--checkpoints`; each log needs a folder of its own"
    )]
    ForeignCheckpoint { folder: PathBuf, cause: CheckpointError },
    #[error("{0} has no checkpoint key yet; `procura serve` or `procura checkpoint show --data DIR` makes one")]
    NoCheckpointKey(PathBuf),
    #[error("{path} is not a proof as `procura proof get` writes it: {source}; fetch it again")]
    NotAProof { path: PathBuf, source: serde_json::Error },
    #[error("{0} holds no log that you may read; `procura serve --data DIR` or `procura apply --data DIR` makes one")]
    NoLog(PathBuf),
    #[error("{0} holds something already: name a directory that is to be made, or is empty")]
    LogInTheWay(PathBuf),
    #[error(
        "the directory {0} is in use by another process: stop that one, or make a backup with `procura backup --server`, restore that into another directory and verify this"
    )]
    VerifiedInUse(PathBuf),
    #[error(
        "no identity provider is configured: name one under [[issuers]] in the file that `--config` names, as docs/configuration.md says; to try Procura on this machine, add `--dev`"
    )]
    NoProvider,
    #[error("`--dev` goes without configured issuers: they and the built-in one would speak for the same tenants")]
    DevBesideIssuers,
    #[error("{place}: {problem}")]
    Configuration { place: String, problem: String },
    #[error("there is no data directory: name it with `--data DIR`, PROCURA_DATA, or `data` in the configuration file")]
    NoDataDirectory,
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(
        "`--dev` takes tokens that anybody who can read the data directory makes, so it listens on this machine only; other machines reach {0}"
    )]
    DevBeyondLoopback(Listen),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("a Unix socket has no address for the links of invitations: name the proxy's with `--public-url`")]
    NoPublicUrl,
    #[error("the server signed other bytes than it gave: another version answers there now? Ask for the report again")]
    OtherReportSigned,
    #[error("decisions cannot be logged: {0}; `decisions.to` names a folder that this account may write into, or `-`")]
    Decisions(io::Error),
    #[error("{url} is no longer served: {source}")]
    Serve { url: String, source: io::Error },
    #[error("{path}: {source}{}", advice(.source))]
    File { path: PathBuf, source: io::Error },
    #[error("{} holds no certificates in PEM form (`-----BEGIN CERTIFICATE-----`)", .0.display())]
    NoCertificates(PathBuf),
    #[error("{path}: {problem}")]
    CsvFile { path: PathBuf, problem: String },
    #[error("`{flag}`: {problem}")]
    Flag { flag: String, problem: String },
    #[error("`{flag}`: `{text}` fits more than one thing; name the one that is meant by its id:{candidates}")]
    Ambiguous { flag: String, text: String, candidates: String },
    #[error("`{flag}`: `{text}` is no {kind} that you know of; its id works too")]
    Unnamed { flag: String, text: String, kind: ThingKind },
    #[error("{0}")]
    Output(#[source] io::Error),
    #[error("invalidCommand: line {line}: {source}")]
    Line { line: u64, source: LineError },
    #[error("line {line} is not UTF-8 or cannot be read: {source}")]
    Unreadable { line: u64, source: io::Error },
    #[error("line {line}: {problem}")]
    NotOverHttp { line: u64, problem: &'static str },
    #[error("the tenant and the user are GUIDs like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635")]
    NotAUser,
    #[error("{0}")]
    NotAsked(String),
    #[error(transparent)]
    When(#[from] NotAMoment),
    #[error(transparent)]
    Answer(#[from] Error),
    #[error("{url}: {problem}")]
    Server { url: String, problem: String },
    #[error("{url}: the answer is {status}, and not in Procura's words; does something else answer there?")]
    Status { url: String, status: u16 },
    #[error("{url}: {problem}; is a Procura of this version what answers there?")]
    Unfit { url: String, problem: String },
    #[error("{} ({}): {}", .0.code(), .0.status(), .0.detail())]
    Refused(Error),
    #[error(
        "the answer was lost, so it is not known whether {command} was recorded: look at `procura history` before you do it again ({cause})"
    )]
    Unanswered { command: String, cause: String },
    #[error(
        "{0} takes something away, and nobody can be asked here: look at what with `procura what-if` and the same words, then add `--yes`; nothing was done"
    )]
    NobodyToAsk(String),
    #[error(
        "there is no person, customer or partner `{0}` that you know of; write it like alex@fabrikam.com or contoso.com, or give the id"
    )]
    NobodyCalled(String),
    #[error("{path}: {problem}")]
    Restore { path: PathBuf, problem: String },
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    BeginBackup(#[from] BeginBackupError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    FileSignature(#[from] FileSignatureError),
    #[error("{}: {source}; `procura report … --sign` writes the signature beside the report, and `--signature FILE` names another place", path.display())]
    NoFileSignature { path: PathBuf, source: io::Error },
    #[error(
        "name the log of the report with `--data DIR` or `--server URL`, or the key of its signature with `--key FILE`"
    )]
    NoLogToVerifyWith,
    #[error("`{0}`: a data subject is written invitation:GUID, serviceRequest:GUID or device:GUID")]
    NotASubject(String),
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    PrivateFile(#[from] PrivateFileError),
    #[error("there is no context `{0}`; `procura context` lists them, `procura login --server URL` makes one")]
    NoContext(String),
    #[error("no context is in use: `procura context` lists them, `procura logout NAME` names one")]
    NoContextInUse,
    #[error("the context `{0}` is about something else: take another name, or `procura context remove` it first")]
    ContextTaken(String),
    #[error("there is no folder for contexts and logins: HOME is not set; PROCURA_CONFIG_DIR names one")]
    NoConfigFolder,
    #[error("{path}: others can look into it (mode {mode:04o}), and logins are kept there: run `chmod 700` on it")]
    OpenFolder { path: PathBuf, mode: u32 },
    #[error("{path} is not as `procura context` writes it: remove it, and log in again")]
    NotContexts { path: PathBuf },
    #[error("{path} would become too large: `procura context remove` those that you no longer need")]
    TooManyContexts { path: PathBuf },
    #[error("`--context {0}` goes without `--server` and `--data`, which say where to go themselves")]
    ContextBesidePlace(String),
    #[error(
        "PROCURA_SERVER and PROCURA_DATA are both set, and a command goes to one place: unset one, or say `--server` or `--data`"
    )]
    ServerBesideData,
    #[error("internal fault: {0}")]
    Internal(String),
}

impl Failure {
    /// Whether nothing went wrong: the opening of the log was stopped.
    pub(crate) fn is_stop(&self) -> bool {
        matches!(self, Self::Open(error) if error.was_stopped())
    }

    /// Whether the server may be well again in a moment, for somebody who waits for it.
    pub(crate) fn may_pass(&self) -> bool {
        let passes = |status: u16| matches!(status, 408 | 429 | 500..);
        match self {
            Self::Server { .. } => true,
            Self::Refused(error) => passes(error.status()),
            Self::Status { status, .. } => passes(*status),
            _ => false,
        }
    }

    /// Whether it says nothing of what became of a command that was sent.
    pub(crate) fn leaves_open(&self) -> bool {
        match self {
            Self::Server { .. } => true,
            Self::Refused(error) => error.status() >= 500,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Says it on standard error; the exit code to leave with.
    pub(crate) fn report(&self) -> ExitCode {
        if matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::from(EXIT_ERROR); // the reader of our output has had enough
        }
        let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        let label = format!("{red}error{red:#}: ");
        anstream::eprintln!("{}", Screen::errors().paragraphs(&label, "error: ".len(), &self.to_string()));
        ExitCode::from(EXIT_ERROR)
    }
}

/// What to do where a file cannot be used, if that is not said already.
fn advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(_) => "; check the path, the permissions and the disk",
        None => "",
    }
}
