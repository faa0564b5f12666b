//! How a server is set up, on the command line.

use crate::{
    configuration::{Layers, Read},
    failure::Failure,
};
use clap::{Args, Subcommand};
use procura_domain::invitation_link::InvitationLink;
use procura_eventlog::LogOrigin;
use procura_server::{Listen, TrustedProxy};
use std::{num::NonZeroU32, path::PathBuf};
use toml::Value;

/// What is set up with flags: each goes before its key in the environment and in the file.
#[derive(Debug, Clone, Args)]
pub(crate) struct Setup {
    /// The configuration file; docs/procura.toml has every key
    #[arg(long, value_name = "FILE", env = "PROCURA_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The data directory [env: PROCURA_DATA]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The address to listen on, where port 0 picks one, or a socket like unix:/run/procura/procura.sock
    /// [default: 127.0.0.1:7878]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<Listen>,
    /// The server's certificate for TLS and those that it was signed with, in PEM form; taken in again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The certificate's private key, in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A proxy whose `Forwarded` is believed: an address, a network like 10.0.0.0/8, or `unix`; may be given more than once
    #[arg(long, value_name = "ADDR")]
    pub(crate) proxy: Vec<TrustedProxy>,
    /// Where the server is reached from outside, and links point [default: the address listened on]
    /// [env: PROCURA_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Where the links of invitations point, like `https://portal.example/accept?i={invitation}`
    /// [default: PUBLIC_URL/invitations/{invitation}]
    #[arg(long, value_name = "URL")]
    pub(crate) invitation_link: Option<InvitationLink>,
    /// Record nothing if less than this is free on the data directory's disk [default: 256]
    #[arg(long, value_name = "MIB")]
    pub(crate) free_space_min: Option<u64>,
    /// Keep signed checkpoints in this folder, best on another machine: at the start, on a schedule, at the end
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoints: Option<PathBuf>,
    /// How often, if the log has grown [default: 60]
    #[arg(long, value_name = "MINUTES")]
    pub(crate) checkpoint_every: Option<NonZeroU32>,
    /// What a new log is called in its checkpoints, a domain of yours and a path like partners.example/procura, forever
    /// [default: procura/LOG]
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: Option<LogOrigin>,
}

impl Setup {
    /// What the file, the environment and the flags say together.
    ///
    /// # Errors
    /// [`Failure::Configuration`] gives the place of what does not fit.
    pub(crate) fn read(self) -> Result<Read, Failure> {
        let path = |path: PathBuf| path.display().to_string();
        let layers = match &self.config {
            Some(file) => Layers::default().file(file)?,
            None => Layers::default(),
        };
        let proxies = self.proxy.iter().map(|proxy| Value::String(proxy.to_string())).collect::<Vec<_>>();
        // One that is not UTF-8 is no setting.
        let variables = std::env::vars_os();
        let variables = variables.filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        layers
            .environment(variables)
            .flag("--data", "data", self.data.map(path))
            .flag("--listen", "http.listen", self.listen.map(|listen| listen.to_string()))
            .flag("--public-url", "http.public_url", self.public_url)
            .flag("--invitation-link", "http.invitation_link", self.invitation_link.map(String::from))
            .flag("--proxy", "http.proxies", (!proxies.is_empty()).then_some(proxies))
            .flag("--tls-certificate", "tls.certificate", self.tls_certificate.map(path))
            .flag("--tls-key", "tls.key", self.tls_key.map(path))
            .flag("--free-space-min", "storage.free_space_min_mib", self.free_space_min.map(toml_number))
            .flag("--checkpoints", "checkpoints.folder", self.checkpoints.map(path))
            .flag(
                "--checkpoint-every",
                "checkpoints.every_minutes",
                self.checkpoint_every.map(|every| i64::from(every.get())),
            )
            .flag("--origin", "checkpoints.origin", self.origin.map(String::from))
            .read()
    }
}

/// TOML has numbers up to here.
fn toml_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print what a server would run with, and where each value comes from
    #[command(after_help = "Example:\n  procura config show --config /etc/procura/procura.toml")]
    Show(Setup),
    /// Check what a server would run with, and the files that it names; exits 0 sound, 2 not
    #[command(after_help = "Example:\n  procura config check --config /etc/procura/procura.toml --fetch")]
    Check {
        #[command(flatten)]
        setup: Setup,
        /// Fetch the keys of every issuer as well
        #[arg(long)]
        fetch: bool,
    },
}
