//! HTTP: who the caller is, commands, queries, access questions.
//!
//! Every route but the two health checks asks for a token first; what the caller may then see or do is decided by the
//! domain. Absent here: rules, and any way to the log but the engine's.

mod access;
mod backup;
mod caller;
mod commands;
mod eml;
mod evidence;
mod history;
mod intervals;
mod invitations;
mod issuer;
mod problem;
mod queries;
mod reports;
mod routes;
mod when;

pub use access::{Action, Answer, Context, EvaluationRequest, Explained, Properties, What, Who, ask};
pub use caller::{Caller, ServiceRole};
pub use commands::what_if;
pub use history::{HistoryOrder, HistoryPage, HistoryQuery, history};
pub use intervals::{Answered, WhatCould, WhoCould, what_could, who_could};
pub use issuer::{Issuer, IssuerError, TOKEN_KEY_FILE, TOKEN_MINUTES_DEFAULT, TOKEN_MINUTES_MAX};
pub use problem::{Code, Problem};
pub use procura_domain::vocabulary::Locale;
pub use procura_reports::{Format as ReportFormat, Progress, ReportName, Statement, cell_text};
pub use reports::{ReportRequest, report};
pub use routes::{routes, serve};
pub use when::parse_when;
