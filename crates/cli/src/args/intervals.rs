//! The flags of questions about a stretch of time.

use super::shared::{Format, Place, property, typed_id};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct WhoCould {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// What, like `directory.administer` or `subscription.manage`
    #[arg(long, value_name = "NAME")]
    pub(crate) action: String,
    /// To what: `customer:…`, `partner:…`, `subscription:…`, `device:…` or `profile:…`
    #[arg(long, value_name = "TYPE:ID", value_parser = typed_id)]
    pub(crate) resource: (String, String),
    /// A property of the resource, like `partner=…`
    #[arg(long, value_name = "K=V", value_parser = property)]
    pub(crate) property: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) time: Time,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct WhatCould {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Who: `user:TENANT/USER` or `group:PARTNER/AdminAgents`
    #[arg(long, value_name = "TYPE:ID", value_parser = typed_id)]
    pub(crate) subject: (String, String),
    /// Only this action
    #[arg(long, value_name = "NAME")]
    pub(crate) action: Option<String>,
    /// Only in this customer's tenant
    #[arg(long, value_name = "GUID")]
    pub(crate) customer: Option<String>,
    /// Only on resources of this type, like `subscription`
    #[arg(long, value_name = "TYPE")]
    pub(crate) resource_type: Option<String>,
    #[command(flatten)]
    pub(crate) time: Time,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// A stretch of time.
#[derive(Debug, Args)]
pub(crate) struct Time {
    /// From when on: a time or a position [default: the beginning]
    #[arg(long, value_name = "TIME|POSITION")]
    pub(crate) from: Option<String>,
    /// Until when: a time or a position [default: now]
    #[arg(long, value_name = "TIME|POSITION")]
    pub(crate) until: Option<String>,
}
