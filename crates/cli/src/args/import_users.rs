//! The flags of `procura import users`.

use super::shared::{Place, Room};
use clap::Args;
use std::path::PathBuf;

pub(super) const IMPORT_USERS_HELP: &str = "Examples:\n  procura import users exportUsers.csv --data ./data --tenant fabrikam.com\n  \
     procura import users exportUsers.csv --server https://procura.example.com \\\n    --tenant fabrikam.com\n\n\
     It is the file of Users > Bulk operations > Download users in the Entra admin centre. The first line names the\n\
     columns, in any order: `id`, and `displayName`, `userPrincipalName`, or both; all others are passed over.\n\n\
     A refused row does not stop the run. A user who is called so already is left as it is, so the same file may be\n\
     imported again. An empty cell takes no name away; `procura erase user:TENANT/USER` does.\n\n\
     Exits 0 where no row was refused, 1 where some were, 2 where the file cannot be read or the run was broken off.";

#[derive(Debug, Args)]
pub(crate) struct ImportUsers {
    /// The CSV file, UTF-8, as Entra or Excel writes it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The tenant whose users they are, a partner or a customer
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) tenant: String,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) room: Room,
    /// With `--data`: who says so [default: the operator $USER, else `local`]
    #[arg(long, value_name = "TENANT/USER|operator:NAME", conflicts_with = "server")]
    pub(crate) actor: Option<String>,
    /// The bearer token for the server: an operator's, or that of one of the tenant's Global administrators
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}
