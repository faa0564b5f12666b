//! The flags of `procura what-if`.

use super::shared::{Format, Place};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    /// The command, like RevokeDap
    #[arg(value_name = "COMMAND")]
    pub(crate) command: String,
    /// Its fields, like `customer=contoso.com` or `principal.group=AdminAgents`
    #[arg(value_name = "FIELD=VALUE", value_parser = field)]
    pub(crate) fields: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server; its user would issue the command
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// With `--data`: the user who would issue it
    #[arg(long, value_name = "NAME@DOMAIN", conflicts_with_all = ["server", "operator"])]
    pub(crate) actor: Option<String>,
    /// With `--data`: the operator who would issue it [default: $USER, else `local`]
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    pub(crate) operator: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as FIELD=VALUE, like partner=fabrikam.com")?;
    Ok((name.to_owned(), value.to_owned()))
}
