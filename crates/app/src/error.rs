//! Errors as callers get them: a stable code, the rule where one decides, and what happened in words.
//!
//! An error travels as a problem document (RFC 9457): a server answers with it, and the command line prints and reads the
//! same. So the status stands here, as a number, once. `docs/errors.md` lists the codes.

use procura_domain::{access::NotAsked, named, refusal::Refusal, rule::Rule, vocabulary::Locale};
use procura_engine::{
    BeginBackupError, EventError, MomentError, OpeningProgress, SubmitError, codec::CommandError,
    evidence::EvidenceError,
};
use procura_reports::ReportError;
use procura_words::Words;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

macro_rules! codes {
    ($($code:ident $name:literal $status:literal)+) => {
        named! {
            /// A stable code: programs rely on it.
            Code { $($code $name,)+ }
        }

        impl Code {
            /// The HTTP status of most errors with this code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status),+ }
            }
        }
    };
}

codes! {
    InvalidCommand "invalidCommand" 400
    InvalidRequest "invalidRequest" 400
    Unauthenticated "unauthenticated" 401
    NotAllowed "notAllowed" 403
    OwnerLostAccess "ownerLostAccess" 403
    NotFound "notFound" 404
    MethodNotAllowed "methodNotAllowed" 405
    ActiveSubscriptions "activeSubscriptions" 409
    AlreadyErased "alreadyErased" 409
    AlreadyExists "alreadyExists" 409
    AlreadyMember "alreadyMember" 409
    AlreadyRegistered "alreadyRegistered" 409
    AlreadyRenegotiated "alreadyRenegotiated" 409
    DeviceAlreadyRegistered "deviceAlreadyRegistered" 409
    IdempotencyKeyReused "idempotencyKeyReused" 409
    InvitationDeclined "invitationDeclined" 409
    InvitationExpired "invitationExpired" 409
    InvitationUsed "invitationUsed" 409
    InvitationWithdrawn "invitationWithdrawn" 409
    LastGlobalAdministrator "lastGlobalAdministrator" 409
    LastOwner "lastOwner" 409
    NameTaken "nameTaken" 409
    NoDap "noDap" 409
    NoRelationship "noRelationship" 409
    NotAzure "notAzure" 409
    NotMember "notMember" 409
    NothingToGrant "nothingToGrant" 409
    OtherEpoch "otherEpoch" 409
    PolicyInForce "policyInForce" 409
    ProfileInUse "profileInUse" 409
    ProfileNotApplied "profileNotApplied" 409
    RoleAssignmentExists "roleAssignmentExists" 409
    RoleHeld "roleHeld" 409
    RoleNotHeld "roleNotHeld" 409
    SubscriptionNotActive "subscriptionNotActive" 409
    TooManyFeeds "tooManyFeeds" 409
    Erased "erased" 410
    PositionConflict "positionConflict" 412
    TooLarge "tooLarge" 413
    UnsupportedMediaType "unsupportedMediaType" 415
    LinkMissing "linkMissing" 422
    TimeGoesBack "timeGoesBack" 422
    IdempotencyQuota "idempotencyQuota" 429
    RateLimited "rateLimited" 429
    TurnsTaken "turnsTaken" 429
    Internal "internal" 500
    IssuerUnreachable "issuerUnreachable" 503
    ClockUnfit "clockUnfit" 503
    Stopping "stopping" 503
    NotReady "notReady" 503
    LowSpace "lowSpace" 507
}

impl Code {
    /// The code in a few words.
    pub fn title(self, words: Words) -> Cow<'static, str> {
        words.word(&format!("error-{self}"))
    }

    /// What to do about it, in a sentence.
    pub fn next_step(self, words: Words) -> Cow<'static, str> {
        words.word(&format!("error-{self}-next"))
    }
}

/// When to try again what should be possible in a moment.
const RETRY_SECONDS: u64 = 1;

/// Why a caller did not get what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    status: u16,
    detail: String,
    rule: Option<Rule>,
    /// In how many seconds the same may be tried again, if it is known to be later than in a moment.
    retry_after: Option<u64>,
    /// How far the log is opened, while it is.
    opening: Option<Opening>,
}

/// How far a log is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Opening {
    position: u64,
    of: u64,
}

impl Error {
    /// `detail` says in words what happened and what to do about it.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, status: code.status(), detail: detail.into(), rule: None, retry_after: None, opening: None }
    }

    /// The log is being opened, and nothing can be asked or done yet.
    pub fn opening(progress: &OpeningProgress) -> Self {
        let (position, of) = (progress.position(), progress.end());
        let detail = format!("the log is being opened, and is read up to position {position} of {of}: try again soon");
        Self { opening: Some(Opening { position, of }), ..Self::new(Code::NotReady, detail) }
    }

    /// The same, resting on a rule.
    pub fn by_rule(self, rule: Rule) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// The same, worth another try in so many seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// A parameter or body that cannot be read.
    pub fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// A parameter of that name that cannot be read.
    pub fn invalid_parameter(name: &str, problem: impl fmt::Display) -> Self {
        Self::invalid_request(format!("`{name}`: {problem}"))
    }

    /// Unknown, or not the caller's to know.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "there is no such thing, or it is not yours to know")
    }

    /// A fault of this program.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, cause.to_string())
    }

    /// A value that is well formed and out of range.
    #[must_use]
    pub fn out_of_range(self) -> Self {
        Self { status: 422, ..self }
    }

    pub fn code(&self) -> Code {
        self.code
    }

    /// The HTTP status: of most codes it is always the same.
    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn rule(&self) -> Option<Rule> {
        self.rule
    }

    /// In how many seconds the same may be tried again; none if trying again does not help.
    pub fn seconds_to_wait(&self) -> Option<u64> {
        let passing = matches!(self.status, 429 | 503);
        self.retry_after.or(passing.then_some(RETRY_SECONDS))
    }

    /// Whether the rules said no to a well-formed command, as opposed to one that never reached them.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self.code,
            Code::InvalidCommand
                | Code::InvalidRequest
                | Code::Unauthenticated
                | Code::MethodNotAllowed
                | Code::Erased
                | Code::TooLarge
                | Code::UnsupportedMediaType
                | Code::TimeGoesBack
                | Code::IdempotencyQuota
                | Code::RateLimited
                | Code::TurnsTaken
                | Code::Internal
                | Code::ClockUnfit
                | Code::Stopping
                | Code::NotReady
                | Code::LowSpace
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Error {}

/// An error as it is written: a problem document.
#[derive(Serialize, Deserialize)]
struct ProblemDocument {
    #[serde(rename = "type", skip_deserializing)]
    problem_type: String,
    #[serde(skip_deserializing)]
    title: Cow<'static, str>,
    status: u16,
    detail: String,
    code: Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(default, flatten)]
    opening: Option<Opening>,
}

impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { code, status, detail, rule, opening, .. } = self.clone();
        let problem_type = format!("urn:procura:error:{code}");
        let title = code.title(Words::of(Locale::En));
        ProblemDocument { problem_type, title, status, detail, code, rule, opening }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ProblemDocument { status, detail, code, rule, opening, .. } = ProblemDocument::deserialize(deserializer)?;
        Ok(Self { code, status, detail, rule, retry_after: None, opening })
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        let invalid = Self::new(Code::InvalidCommand, error.to_string());
        match error {
            CommandError::Unknown(_) => Self { status: 404, ..invalid },
            CommandError::NotJson(_) | CommandError::Malformed { .. } => invalid,
            CommandError::OutOfRange { .. } => invalid.out_of_range(),
        }
    }
}

impl From<SubmitError> for Error {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Refused(refusal) => {
                let error = Self { rule: refusal.rule(), ..Self::new(Code::from(&refusal), detail) };
                if matches!(refusal, Refusal::InvalidCommand { .. }) { error.out_of_range() } else { error }
            }
            SubmitError::IdempotencyKeyReused => Self::new(Code::IdempotencyKeyReused, detail),
            SubmitError::TimeGoesBack { .. } => Self::new(Code::TimeGoesBack, detail),
            SubmitError::TimeAhead { .. } | SubmitError::TimeUnfit(_) => {
                Self::new(Code::InvalidCommand, detail).out_of_range()
            }
            SubmitError::PositionConflict { .. } | SubmitError::PositionAhead { .. } => {
                Self::new(Code::PositionConflict, detail)
            }
            SubmitError::Clock(_) => Self::new(Code::ClockUnfit, detail),
            SubmitError::LowSpace => Self::new(Code::LowSpace, detail),
            SubmitError::TooLarge { .. } => Self::new(Code::TooLarge, detail),
            SubmitError::IdempotencyQuota { seconds } => Self::new(Code::IdempotencyQuota, detail).retry_after(seconds),
            SubmitError::Busy => Self::new(Code::TurnsTaken, detail),
            SubmitError::Stopping => Self::new(Code::Stopping, detail),
            SubmitError::Fault(_) | SubmitError::Unreadable(_) | SubmitError::NamesUnreadable(_) => {
                Self::internal(detail)
            }
        }
    }
}

impl From<&Refusal> for Code {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::InvalidCommand { .. } => Self::InvalidCommand,
            Refusal::NotAllowed { .. } => Self::NotAllowed,
            Refusal::NotFound(_) => Self::NotFound,
            Refusal::AlreadyRegistered => Self::AlreadyRegistered,
            Refusal::AlreadyExists(_) => Self::AlreadyExists,
            Refusal::AlreadyMember => Self::AlreadyMember,
            Refusal::NotMember => Self::NotMember,
            Refusal::RoleHeld => Self::RoleHeld,
            Refusal::RoleNotHeld => Self::RoleNotHeld,
            Refusal::LastGlobalAdministrator => Self::LastGlobalAdministrator,
            Refusal::LinkMissing => Self::LinkMissing,
            Refusal::InvitationWithdrawn => Self::InvitationWithdrawn,
            Refusal::InvitationDeclined => Self::InvitationDeclined,
            Refusal::InvitationUsed => Self::InvitationUsed,
            Refusal::InvitationExpired(_) => Self::InvitationExpired,
            Refusal::NothingToGrant => Self::NothingToGrant,
            Refusal::NoRelationship => Self::NoRelationship,
            Refusal::NoDap => Self::NoDap,
            Refusal::ActiveSubscriptions(_) => Self::ActiveSubscriptions,
            Refusal::AlreadyRenegotiated => Self::AlreadyRenegotiated,
            Refusal::SubscriptionNotActive => Self::SubscriptionNotActive,
            Refusal::NotAzure => Self::NotAzure,
            Refusal::RoleAssignmentExists => Self::RoleAssignmentExists,
            Refusal::LastOwner => Self::LastOwner,
            Refusal::DeviceAlreadyRegistered => Self::DeviceAlreadyRegistered,
            Refusal::ProfileInUse(_) => Self::ProfileInUse,
            Refusal::ProfileNotApplied(_) => Self::ProfileNotApplied,
            Refusal::PolicyInForce => Self::PolicyInForce,
            Refusal::AlreadyErased(_) => Self::AlreadyErased,
            Refusal::NameTaken => Self::NameTaken,
            Refusal::TooManyFeeds(_) => Self::TooManyFeeds,
        }
    }
}

impl From<MomentError> for Error {
    fn from(error: MomentError) -> Self {
        Self::invalid_request(error.to_string()).out_of_range()
    }
}

impl From<NotAsked> for Error {
    fn from(error: NotAsked) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Missing(_) => Self::invalid_request(error.to_string()),
            ReportError::TooManyRows => Self::invalid_request(error.to_string()).out_of_range(),
            ReportError::Unwritable(_) => Self::internal(error),
        }
    }
}

impl From<BeginBackupError> for Error {
    fn from(error: BeginBackupError) -> Self {
        Self::internal(error)
    }
}

impl From<EventError> for Error {
    fn from(error: EventError) -> Self {
        Self::internal(error)
    }
}

impl From<EvidenceError> for Error {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::NoEvent { .. } | EvidenceError::NoTile { .. } => {
                Self::new(Code::NotFound, error.to_string())
            }
            error if error.is_out_of_range() => Self::invalid_request(error.to_string()).out_of_range(),
            error => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{
        access::Missing,
        id::{DeviceId, Id},
        personal::{DataSubject, Erasable},
        temporal::Timestamp,
    };

    /// The code of a refusal is its name.
    #[test]
    fn every_refusal_has_its_own_code() {
        let refusals = [
            Refusal::InvalidCommand { field: "", problem: "" },
            Refusal::not_allowed(Rule::Dap1, Missing::Dap),
            Refusal::NotFound(""),
            Refusal::AlreadyRegistered,
            Refusal::AlreadyExists(""),
            Refusal::AlreadyMember,
            Refusal::NotMember,
            Refusal::RoleHeld,
            Refusal::RoleNotHeld,
            Refusal::LastGlobalAdministrator,
            Refusal::LinkMissing,
            Refusal::InvitationWithdrawn,
            Refusal::InvitationDeclined,
            Refusal::InvitationUsed,
            Refusal::InvitationExpired(Timestamp::UNIX_EPOCH),
            Refusal::NothingToGrant,
            Refusal::NoRelationship,
            Refusal::NoDap,
            Refusal::ActiveSubscriptions(1),
            Refusal::AlreadyRenegotiated,
            Refusal::SubscriptionNotActive,
            Refusal::NotAzure,
            Refusal::RoleAssignmentExists,
            Refusal::LastOwner,
            Refusal::DeviceAlreadyRegistered,
            Refusal::ProfileInUse(1),
            Refusal::ProfileNotApplied(DeviceId::MIN),
            Refusal::PolicyInForce,
            Refusal::AlreadyErased(Erasable::Subject(DataSubject::Device(DeviceId::MIN))),
            Refusal::NameTaken,
            Refusal::TooManyFeeds(100),
        ];
        for refusal in refusals {
            let name = format!("{refusal:?}");
            let name = name.split([' ', '(']).next().unwrap();
            let code = Code::from(&refusal);
            assert_eq!(format!("{code:?}"), name);
            assert!(code.name().eq_ignore_ascii_case(name), "{code}");
            assert_eq!(Error::from(SubmitError::from(refusal)).is_refusal(), code != Code::InvalidCommand, "{code}");
        }
    }

    #[test]
    fn an_error_is_read_back_as_it_was_written() {
        let error = Error::new(Code::NotAllowed, "no").by_rule(Rule::Vis4);
        let written = serde_json::to_string(&error).unwrap();
        let expected = r#"{"type":"urn:procura:error:notAllowed","title":"Not allowed","status":403,"detail":"no","code":"notAllowed","rule":"VIS-4"}"#;
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_str::<Error>(&written).unwrap(), error);
        let error = Error::opening(&OpeningProgress::default());
        let written = serde_json::to_value(&error).unwrap();
        assert_eq!((&written["position"], &written["of"]), (&0.into(), &0.into()));
        assert_eq!(serde_json::from_value::<Error>(written).unwrap(), error);
        let written = serde_json::to_string(&Error::new(Code::NotAllowed, "no").by_rule(Rule::Vis4)).unwrap();
        assert!(serde_json::from_str::<Error>(&written.replace("notAllowed\",\"rule", "x\",\"rule")).is_err());
    }
}
