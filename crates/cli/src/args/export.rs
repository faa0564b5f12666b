//! The flags of `procura export`.

use super::shared::Place;
use clap::{Args, ValueEnum};
use procura_app::feed::FeedFormat;
use procura_eventlog::Cursor;

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Only events after this cursor, like 17, or 17@1790000000000 where the log was restored
    #[arg(long, value_name = "CURSOR", default_value = "0")]
    pub(crate) after: Cursor,
    /// The epoch of a cursor without one
    #[arg(long, value_name = "N")]
    pub(crate) epoch: Option<u64>,
    /// Only events of these types, like DapGranted,DapRevoked
    #[arg(long = "type", value_name = "TYPES")]
    pub(crate) event_type: Option<String>,
    /// Only what concerns this customer
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Only what concerns this partner
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// How to print each event
    #[arg(long, value_enum, default_value_t = EventFormat::Cloudevents)]
    pub(crate) format: EventFormat,
    /// Go on with each event that is recorded, without end; needs --server
    #[arg(long)]
    pub(crate) follow: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventFormat {
    /// CloudEvents 1.0
    Cloudevents,
    /// Records of OCSF 1.8.0
    Ocsf,
}

impl From<EventFormat> for FeedFormat {
    fn from(format: EventFormat) -> Self {
        match format {
            EventFormat::Cloudevents => Self::CloudEvents,
            EventFormat::Ocsf => Self::Ocsf,
        }
    }
}
