//! How a server is set up: a file, the environment over it, flags over both. `docs/procura.toml` has every key.
//!
//! Nothing secret stands in it: keys and certificates are files of their own, which it names.

mod layers;

pub(crate) use layers::{Layers, Origin, Read, keys};

use crate::failure::Failure;

use procura_console::ConsoleSettings;
use procura_domain::invitation_link::InvitationLink;
use procura_eventlog::LogOrigin;
use procura_server::{
    DecisionLogSettings, FeedSettings, IssuerSettings, Limits, Listen, Tls, TraceSettings, TrustedProxy, WebhookLimits,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// MiB that stay free unless configured otherwise.
pub(crate) const FREE_SPACE_MIN_MIB: u64 = 256;
/// Minutes between two checkpoints unless configured otherwise.
pub(crate) const CHECKPOINT_EVERY_MINUTES: u32 = 60;

/// Everything that is configured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Configuration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    pub(crate) http: Http,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<Tls>,
    pub(crate) storage: Storage,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) metrics: MetricsAddress,
    pub(crate) logs: Logs,
    pub(crate) traces: TraceSettings,
    pub(crate) feeds: FeedSettings,
    pub(crate) webhooks: WebhookLimits,
    pub(crate) decisions: DecisionLogSettings,
    pub(crate) identity: IdentityFiles,
    pub(crate) issuers: Vec<IssuerSettings>,
    pub(crate) console: ConsoleSettings,
    pub(crate) limits: Limits,
}

impl Configuration {
    /// Whether the values fit, which their types do not say.
    ///
    /// # Errors
    /// [`Failure::Configuration`] names the key.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let limits = self.limits.check();
        limits.map_err(|(key, problem)| Failure::Configuration { place: format!("limits.{key}"), problem })?;
        let decisions = self.decisions.check();
        decisions.map_err(|(key, problem)| Failure::Configuration {
            place: format!("decisions.{key}"),
            problem: problem.to_owned(),
        })?;
        let traces = self.traces.check();
        traces.map_err(|(key, problem)| Failure::Configuration { place: format!("traces.{key}"), problem })?;
        match &self.metrics.listen {
            Some(listen) if !listen.may_be_plain() => {
                let problem = "other machines reach it, and no token is asked for there: give an address of this machine \
                               alone; from elsewhere metrics are read at `http.listen`, with a token";
                Err(Failure::Configuration { place: "metrics.listen".to_owned(), problem: problem.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// Where it is reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) listen: Listen,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invitation_link: Option<InvitationLink>,
    pub(crate) proxies: Vec<TrustedProxy>,
}

impl Default for Http {
    fn default() -> Self {
        let listen = Listen::Tcp { host: "127.0.0.1".to_owned(), port: 7878 };
        Self { listen, public_url: None, invitation_link: None, proxies: vec![] }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Storage {
    pub(crate) free_space_min_mib: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self { free_space_min_mib: FREE_SPACE_MIN_MIB }
    }
}

/// Where signed checkpoints are kept, how often, and what the log is called in them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Checkpoints {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<PathBuf>,
    pub(crate) every_minutes: std::num::NonZeroU32,
    /// What a new log is called in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<LogOrigin>,
}

impl Default for Checkpoints {
    fn default() -> Self {
        let every_minutes = std::num::NonZeroU32::MIN.saturating_add(CHECKPOINT_EVERY_MINUTES - 1);
        Self { folder: None, every_minutes, origin: None }
    }
}

/// Where metrics are given without a token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MetricsAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) listen: Option<Listen>,
}

/// What the server says on standard error.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Logs {
    pub(crate) format: LogFormat,
    /// Whether each answer is a line.
    pub(crate) access: bool,
}

/// How a line of a log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// Files that say more about who is calling.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IdentityFiles {
    /// What was revoked: `tokens` by their id, and `users`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_file: Option<PathBuf>,
}
