//! The flags of `procura tell`.

use super::{moment::moment, shared::Place};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Tell {
    /// Whose story: alex@fabrikam.com, contoso.com, Contoso, an id
    #[arg(value_name = "WHO")]
    pub(crate) who: String,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// When: a day (its end, in UTC), a time or a position [default: now]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) at: Option<String>,
}
