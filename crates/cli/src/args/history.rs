//! The flags of `procura history`.

use super::{
    moment::{beginning, moment},
    shared::Place,
};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// The history of this customer
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// The history of this partner; beside a customer, of the two with each other
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// Only what is about this subscription
    #[arg(long, value_name = "NAME|GUID")]
    pub(crate) subscription: Option<String>,
    /// Only what is about this device
    #[arg(long, value_name = "SERIAL|GUID")]
    pub(crate) device: Option<String>,
    /// Only what is about this user: its roles and memberships
    #[arg(long, value_name = "NAME@DOMAIN")]
    pub(crate) user: Option<String>,
    /// Only what this user or operator did
    #[arg(long, value_name = "NAME@DOMAIN|NAME")]
    pub(crate) actor: Option<String>,
    /// Only events of this type, like DapRevoked
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) event_type: Option<String>,
    /// Only from this day, time or position on
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = beginning)]
    pub(crate) from: Option<String>,
    /// Only up to this day, time or position
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) until: Option<String>,
    /// As it was known at the end of this day, at this time or position [default: now]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) at: Option<String>,
    /// The newest first
    #[arg(long)]
    pub(crate) newest: bool,
    /// So many entries and no more [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// How to print the entries
    #[arg(long, value_enum, default_value_t = HistoryFormat::Text)]
    pub(crate) format: HistoryFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryFormat {
    /// For people
    Text,
    /// JSON lines: one object for each entry
    Json,
    /// With a line of headings
    Csv,
}
