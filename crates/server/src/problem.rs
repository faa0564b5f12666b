//! Errors as they leave the house: `application/problem+json` (RFC 9457), each with a stable code.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use procura_domain::{refusal::Refusal, rule::Rule};
use procura_engine::{
    BeginBackupError, EventError, MomentError, SubmitError, codec::CommandError, evidence::EvidenceError,
};
use procura_reports::ReportError;
use serde::Serialize;

/// A stable code. `docs/errors.md` lists them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// As programs read it.
    pub name: &'static str,
    /// The HTTP status it usually comes with.
    pub status: u16,
    /// As people read it.
    pub title: &'static str,
}

macro_rules! codes {
    ($($name:literal $status:literal $title:literal)+) => {
        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self { name: $name, status: $status, title: $title }),+];
        }
    };
}

codes! {
    "invalidCommand" 400 "The command is not well formed"
    "invalidRequest" 400 "The request is not well formed"
    "unauthenticated" 401 "No valid token"
    "notAllowed" 403 "Not allowed"
    "notFound" 404 "Not found"
    "methodNotAllowed" 405 "Not a method of this resource"
    "activeSubscriptions" 409 "Subscriptions that the partner provisioned are active"
    "alreadyErased" 409 "The personal data was erased already"
    "alreadyExists" 409 "The id exists already"
    "alreadyMember" 409 "Already a member"
    "alreadyRegistered" 409 "Already registered"
    "alreadyRenegotiated" 409 "The contract was renegotiated already"
    "deviceAlreadyRegistered" 409 "The device is registered already"
    "idempotencyKeyReused" 409 "The idempotency key was used for another command"
    "invitationDeclined" 409 "The invitation was declined"
    "invitationExpired" 409 "The invitation has expired"
    "invitationUsed" 409 "The invitation has been used"
    "invitationWithdrawn" 409 "The invitation was taken back"
    "lastGlobalAdministrator" 409 "The last Global administrator"
    "lastOwner" 409 "The last Owner"
    "noDap" 409 "No delegated admin privileges"
    "noRelationship" 409 "No reseller relationship"
    "notAzure" 409 "Not an Azure subscription"
    "notMember" 409 "Not a member"
    "nothingToGrant" 409 "Nothing to grant"
    "otherEpoch" 409 "The log was restored and went another way"
    "policyInForce" 409 "The policy is in force already"
    "profileInUse" 409 "The profile is applied to devices"
    "profileNotApplied" 409 "The profile is not applied"
    "roleAssignmentExists" 409 "The role is assigned already"
    "roleHeld" 409 "The role is held already"
    "roleNotHeld" 409 "The role is not held"
    "subscriptionNotActive" 409 "The subscription is cancelled"
    "erased" 410 "The personal data is gone"
    "positionConflict" 412 "There is something newer"
    "tooLarge" 413 "Too large"
    "unsupportedMediaType" 415 "Not JSON"
    "linkMissing" 422 "The message lacks the link"
    "timeGoesBack" 422 "Time goes back"
    "tooManyRequests" 429 "Too many requests"
    "internal" 500 "Internal fault"
    "clockUnfit" 503 "The clock is not one to record by"
    "stopping" 503 "Stopping"
    "notReady" 503 "Not ready"
    "lowSpace" 507 "The disk is nearly full"
}

impl Code {
    /// The code of that name; `internal` for one that is not listed.
    fn named(name: &str) -> Self {
        let internal = Self { name: "internal", status: 500, title: "Internal fault" };
        Self::ALL.iter().copied().find(|code| code.name == name).unwrap_or(internal)
    }
}

/// An error on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    problem_type: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
}

impl Problem {
    /// A problem of that code, with what happened in words.
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        let Code { name, status, title } = Code::named(code);
        let problem_type = format!("urn:procura:error:{name}");
        Self { problem_type, title, status, detail: detail.into(), code: name, rule: None }
    }

    /// The same, resting on a rule.
    pub fn by_rule(self, rule: Rule) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// A parameter or body that cannot be read.
    pub fn invalid_request(detail: impl Into<String>) -> Self {
        Self::new("invalidRequest", detail)
    }

    /// Unknown, or not the caller's to know.
    pub fn not_found() -> Self {
        Self::new("notFound", "there is no such thing, or it is not yours to know")
    }

    /// A value that is well formed and out of range.
    fn out_of_range(self) -> Self {
        Self { status: 422, ..self }
    }

    /// Its stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What happened, in words.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let detail = error.to_string();
        match error {
            CommandError::Unknown(_) => Self { status: 404, ..Self::new("invalidCommand", detail) },
            CommandError::NotJson(_) | CommandError::Malformed { .. } => Self::new("invalidCommand", detail),
            CommandError::OutOfRange { .. } => Self::new("invalidCommand", detail).out_of_range(),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let problem = Self::new(error.code(), error.to_string());
        match error {
            SubmitError::Refused(refusal) => {
                let problem = match refusal {
                    Refusal::InvalidCommand { .. } => problem.out_of_range(),
                    _ => problem,
                };
                Self { rule: refusal.rule(), ..problem }
            }
            SubmitError::TimeAhead { .. } | SubmitError::TimeUnfit(_) => problem.out_of_range(),
            _ => problem,
        }
    }
}

impl From<MomentError> for Problem {
    fn from(error: MomentError) -> Self {
        Self::invalid_request(error.to_string()).out_of_range()
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        let detail = error.to_string();
        match error {
            ReportError::Missing(_) => Self::invalid_request(detail),
            ReportError::TooManyRows => Self::invalid_request(detail).out_of_range(),
            ReportError::Unwritable(_) => Self::new("internal", detail),
        }
    }
}

impl From<BeginBackupError> for Problem {
    fn from(error: BeginBackupError) -> Self {
        Self::new("internal", error.to_string())
    }
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        Self::new("internal", error.to_string())
    }
}

impl From<EvidenceError> for Problem {
    fn from(error: EvidenceError) -> Self {
        let detail = error.to_string();
        match error {
            EvidenceError::NoEvent { .. } => Self::new("notFound", detail),
            error if error.is_out_of_range() => Self::invalid_request(detail).out_of_range(),
            _ => Self::new("internal", detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            401 => drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            429 | 503 => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => {}
        }
        response
    }
}
