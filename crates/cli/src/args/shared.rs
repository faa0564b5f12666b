//! Flags and arguments that several commands share.

use crate::configuration::FREE_SPACE_MIN_MIB;
use clap::{Args, ValueEnum};
use procura_domain::vocabulary::PartnerGroup;
use procura_eventlog::{CheckpointKeyError, CheckpointVerifier};
use std::{fs::File, io::Read, path::PathBuf};

/// A data directory of this machine, or a server.
#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "where")]
pub(crate) struct Place {
    /// The data directory, whose server is not running [env: PROCURA_DATA]
    #[arg(long, value_name = "DIR", group = "where")]
    pub(crate) data: Option<PathBuf>,
    /// A server, like http://127.0.0.1:7878 [env: PROCURA_SERVER] [default: the context in use]
    #[arg(long, value_name = "URL", group = "where", requires = "token", value_parser = server_url)]
    pub(crate) server: Option<String>,
}

/// A log here or at a server.
#[derive(Debug, Args)]
pub(crate) struct LogAt {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server, an auditor's or operator's
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

/// How full the disk may get.
#[derive(Debug, Args)]
pub(crate) struct Room {
    /// Record nothing if less than this is free on the data directory's disk
    #[arg(long, value_name = "MIB", default_value_t = FREE_SPACE_MIN_MIB)]
    pub(crate) free_space_min: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { free_space_min: FREE_SPACE_MIN_MIB }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

pub(crate) fn property(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, like partner=fabrikam.com")?;
    if ["partner", "source", "user"].contains(&name) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err(format!("`{name}` is no property of a resource; there are `partner`, `source` and `user`"))
    }
}

/// A subject, with its type in front or told by its form: `alex@fabrikam.com`, `fabrikam.com/AdminAgents`.
pub(crate) fn subject(text: &str) -> Result<(String, String), String> {
    if let Some((kind @ ("user" | "group"), id)) = text.split_once(':') {
        return Ok((kind.to_owned(), id.to_owned()));
    }
    let is_group = text.rsplit_once('/').is_some_and(|(_, group)| group.parse::<PartnerGroup>().is_ok());
    match (is_group, text.contains('@') || text.contains('/')) {
        (true, _) => Ok(("group".to_owned(), text.to_owned())),
        (false, true) => Ok(("user".to_owned(), text.to_owned())),
        (false, false) => Err("write it like alex@fabrikam.com or fabrikam.com/AdminAgents".to_owned()),
    }
}

pub(crate) fn typed_id(text: &str) -> Result<(String, String), String> {
    let (kind, id) = text.split_once(':').ok_or("write it as TYPE:ID, like customer:contoso.com")?;
    Ok((kind.to_owned(), id.to_owned()))
}

/// The address of a server.
pub(crate) fn server_url(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    match text.split_once("://") {
        Some((scheme, _)) => Err(format!("a server is reached by http:// or https://, not by {scheme}://")),
        None => Err(format!("did you mean http://{text}?")),
    }
}

/// A verifier key, as it is or in a file.
pub(crate) fn verifier_key(text: &str) -> Result<CheckpointVerifier, String> {
    const FILE_BYTES_MAX: u64 = 4096;
    text.trim().parse().or_else(|error: CheckpointKeyError| {
        let mut found = String::new();
        match File::open(text).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut found)) {
            Ok(_) => found.trim().parse().map_err(|error: CheckpointKeyError| format!("in that file: {error}")),
            Err(_) => Err(format!("{error}; or name a file that holds it")),
        }
    })
}
