//! HTTP: routes, who is calling, how a request is read and an answer written.
//!
//! Every route asks for a token first, but the two health checks and the description of all routes. What a caller gets, `procura_app` says. Absent here: rules,
//! and any way to the log but the engine's.

mod access;
mod answer;
mod answers;
mod backup;
mod caller;
mod commands;
mod connections;
mod evidence;
mod extract;
mod history;
mod intervals;
mod invitations;
mod issuer;
mod lists;
mod negotiation;
mod openapi;
mod problem;
mod quotas;
mod reports;
mod routes;
mod service;
mod slots;

pub use caller::{Caller, ServiceRole};
pub use issuer::{Issuer, IssuerError, TOKEN_KEY_FILE, TOKEN_MINUTES_DEFAULT, TOKEN_MINUTES_MAX};
pub use routes::{open_routes, routes, serve};
