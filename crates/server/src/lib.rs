//! HTTP: routes, who is calling, how a request is read and an answer written.
//!
//! Every route asks for a token first, but the two health checks and the description of all routes. What a caller gets, `procura_app` says. Absent here: rules,
//! and any way to the log but the engine's.

mod access;
mod answer;
mod answers;
mod asyncapi;
mod backup;
mod caller;
mod commands;
mod connections;
mod consumers;
mod decisions;
mod evidence;
mod extract;
mod feed;
mod find;
mod history;
mod http_server;
mod identity;
mod intervals;
mod invitations;
mod limits;
mod lists;
mod metrics;
mod negotiation;
mod openapi;
mod opening;
mod problem;
mod protected_resource;
mod quotas;
mod reception;
mod reports;
mod request_ids;
mod routes;
mod scrape;
mod service;
mod traces;
mod webhooks;

pub use answers::AnswerLimits;
pub use caller::{Caller, ServiceRole};
pub use commands::IssuedCommand;
pub use connections::{
    forwarded::{NotAProxy, TrustedProxy},
    limits::{ConnectionLimits, LimitError},
    listen::{Listen, ListenError, Listener, NotAPlace},
    tls::{Tls, TlsError},
};
pub use decisions::{DecisionLog, DecisionLogSettings, Destination};
pub use extract::{client_address, form_bytes};
pub use feed::settings::FeedSettings;
pub use http_server::{HttpServer, Opened};
pub use identity::{
    Application, BuiltInIssuer, ConsoleClient, Identity, IdentityError, IssuerError, IssuerSettings, LoginSettings,
    PendingSignIn, Preset, SignInAnswer, SignInError, SignInOffer, SignedIn, SigningAlgorithm, TOKEN_KEY_FILE,
    TOKEN_MINUTES_DEFAULT, TOKEN_MINUTES_MAX, Tenants,
};
pub use limits::Limits;
pub use metrics::FreeSpace;
pub use negotiation::language as preferred_language;
pub use quotas::RateLimits;
pub use reception::{MakePages, Pages, Reception, Weight};
pub use routes::{open_routes, routes};
pub use traces::TraceSettings;
#[cfg(feature = "traces")]
pub use traces::Traces;
pub use webhooks::settings::{AllowedNetwork, WebhookLimits};
