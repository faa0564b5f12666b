//! The flags of `procura login`, `procura logout` and `procura context`.

use super::shared::{Format, server_url};
use crate::contexts::context_name;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// How long a login is waited for at most.
const WAIT_SECONDS_MAX: u64 = 3600;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  procura login --server https://procura.example.com\n  \
    procura login --device\n\n\
    The first time it shows the provider that the server names, and asks whether that is yours: the server gets your token. \
    `--issuer` says so on the command line.\n\n\
    The login is kept in a file that only you can read, and renewed as needed; `procura logout` ends it. \
    docs/login.md says more.")]
pub(crate) struct Login {
    /// The server [default: that of the context in use]
    #[arg(long, value_name = "URL", env = "PROCURA_SERVER", value_parser = server_url)]
    pub(crate) server: Option<String>,
    /// What the context is called [default: the server's host]
    #[arg(long, value_name = "NAME", value_parser = context_name)]
    pub(crate) name: Option<String>,
    /// With a code that is typed in a browser on any machine, where there is none on this one
    #[arg(long, conflicts_with = "no_browser")]
    pub(crate) device: bool,
    /// Only show the address, and open no browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The provider [default: the one that the server names, if you say yes to it]
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// This program's client id at the provider [default: the one that the server names]
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// A scope to ask for; may be given more than once [default: those that the server names]
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// What the token is said to be for (RFC 8707) [default: what the server names]
    #[arg(long, value_name = "URI")]
    pub(crate) resource: Option<String>,
    /// Your tenant, at a provider of many
    #[arg(long, value_name = "GUID", value_parser = tenant)]
    pub(crate) tenant: Option<String>,
    /// How long to wait for the login
    #[arg(long, value_name = "SECONDS", default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=WAIT_SECONDS_MAX))]
    pub(crate) wait: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  procura logout\n\nThe context stays: `procura login` logs in to it again.")]
pub(crate) struct Logout {
    /// The context [default: the one in use]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  procura context\n  procura context use procura.example.com\n\n\
        A flag goes before the environment (PROCURA_SERVER, PROCURA_DATA, PROCURA_TOKEN, PROCURA_CONTEXT), the \
        environment before the context in use. docs/login.md says more."
)]
pub(crate) struct Contexts {
    #[command(subcommand)]
    pub(crate) command: Option<ContextCommand>,
    /// How they are shown: for people, or as JSON lines
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContextCommand {
    /// Take a context into use: commands without `--server` and `--data` go there
    #[command(after_help = "Example:\n  procura context use procura.example.com")]
    Use {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Save a server, or a data directory of this machine, under a name
    #[command(after_help = "Examples:\n  procura context add story --data ./data\n  \
        procura context add production --server https://procura.example.com\n\n\
        `procura login` saves a server by itself.")]
    Add {
        /// Its name
        #[arg(value_name = "NAME", value_parser = context_name)]
        name: String,
        #[command(flatten)]
        place: SavedPlace,
    },
    /// Forget a context and its login
    #[command(after_help = "Example:\n  procura context remove story\n\n\
        Before that, `procura logout` has the provider end the login too.")]
    Remove {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// What a context is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "saved")]
pub(crate) struct SavedPlace {
    /// The data directory
    #[arg(long, value_name = "DIR", group = "saved")]
    pub(crate) data: Option<PathBuf>,
    /// The server, like http://127.0.0.1:7878
    #[arg(long, value_name = "URL", group = "saved", value_parser = server_url)]
    pub(crate) server: Option<String>,
}

/// It becomes a part of the provider's name, so it has to be nothing but a name itself.
fn tenant(text: &str) -> Result<String, String> {
    let wrong = |_| "a tenant is a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635".to_owned();
    text.parse::<procura_domain::id::TenantId>().map(|tenant| tenant.to_string()).map_err(wrong)
}
