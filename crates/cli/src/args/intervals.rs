//! The flags of questions about a stretch of time.

use super::{
    moment::{beginning, moment},
    shared::{Format, Place, property, subject, typed_id},
};
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
    /// To what, like `customer:contoso.com`; `partner:…`, `subscription:…`, `device:SERIAL`, `profile:…`
    #[arg(long, value_name = "TYPE:ID", value_parser = typed_id)]
    pub(crate) resource: (String, String),
    /// A property of the resource, like `partner=fabrikam.com`
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
    /// Who, like `alex@fabrikam.com` or `fabrikam.com/AdminAgents`; `user:…` or `group:…` before it is optional
    #[arg(long, value_name = "SUBJECT", value_parser = subject)]
    pub(crate) subject: (String, String),
    /// Only this action
    #[arg(long, value_name = "NAME")]
    pub(crate) action: Option<String>,
    /// Only in this customer's tenant
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
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
    /// From when on: a day, a time or a position [default: the beginning]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = beginning)]
    pub(crate) from: Option<String>,
    /// Until when: a day, a time or a position [default: now]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) until: Option<String>,
}
