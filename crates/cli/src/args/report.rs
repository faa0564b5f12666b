//! `procura report`: which reports there are, and their flags.

use super::{
    moment::{beginning, moment},
    shared::{LogAt, server_url, verifier_key},
};
use clap::{Args, Subcommand, ValueEnum};
use procura_eventlog::CheckpointVerifier;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Every permission in force: who holds it, who granted it, what changed last; and who held what when
    #[command(
        after_help = "Examples:\n  procura report access-review --data ./data --format html --output review.html \\\n    \
        --customer contoso.com --at 2020-07-31\n  \
        procura report access-review --server http://127.0.0.1:7878 --token \"$TOKEN\" --format csv \\\n    \
        --partner fabrikam.com\n\n\
        Of a customer, of all customers of a partner, or of what one holds at the other."
    )]
    AccessReview(Wanted),
    /// What partners still hold after their privileges or relationship ended, the longest first
    #[command(
        after_help = "Example:\n  procura report residual-access --data ./data --format csv --output residual.csv"
    )]
    ResidualAccess(Wanted),
    /// Which partners hold delegated admin privileges with whom, and how many people use them, over time
    #[command(after_help = "Example:\n  procura report dap-inventory --data ./data --format html --lang fr \\\n    \
        --output inventaire.html")]
    DapInventory(Wanted),
    /// What began and ended between two moments: permissions, and memberships of the groups that use them
    #[command(after_help = "Example:\n  procura report changes --data ./data --format csv \\\n    \
        --from 2020-07-01T00:00:00Z --until 2020-08-01T00:00:00Z\n\n\
        What was recorded after the first moment and up to the second.")]
    Changes(Between),
    /// Which partner owes which customer support, since when, and by which route
    #[command(after_help = "Example:\n  procura report support-duties --data ./data --format json")]
    SupportDuties(Wanted),
    /// Make a report again and compare every byte, or check its signature; exits 0 the same, 1 not, 2 error, 3 other names
    #[command(after_help = "Examples:\n  procura report verify review.html --data ./data\n  \
        procura report verify review.csv --server http://127.0.0.1:7878 --token \"$TOKEN\" \\\n    \
        --key log.vkey\n  \
        procura report verify review.html --key log.vkey\n\n\
        The last needs no log: it checks the signature in review.html.sig, which `--sign` wrote. \
        With a log, the report says itself how it was made: its moment, its parameters, the signed checkpoint of the log. It is \
        sound if the log gives the same bytes today, whatever was recorded since. \
        Names of people can be changed and erased: if they were, everything else is compared, and the exit code is 3.")]
    Verify(VerifyReport),
}

#[derive(Debug, Args)]
pub(crate) struct Wanted {
    #[command(flatten)]
    pub(crate) log: LogAt,
    /// Of this customer
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Of this partner
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// The moment it is about: a day (its end), a time or a position [default: now]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) at: Option<String>,
    /// In which form
    #[arg(long, value_enum)]
    pub(crate) format: ReportFormat,
    /// In which language the page is written
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
    /// The file to write, whole or not at all [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Sign the file with the log's key, into a file beside it whose name ends in .sig; with --output
    #[arg(long, requires = "output")]
    pub(crate) sign: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Between {
    /// What was recorded after this moment: a day (its beginning), a time or a position
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = beginning)]
    pub(crate) from: String,
    /// … and up to this one [default: the moment of the report]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) wanted: Wanted,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyReport {
    /// The report, in any form
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The data directory of its log, whose server is not running
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub(crate) data: Option<PathBuf>,
    /// The server of its log, like http://127.0.0.1:7878
    #[arg(long, value_name = "URL", requires = "token", value_parser = server_url)]
    pub(crate) server: Option<String>,
    /// The bearer token for the server, an auditor's or operator's
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// The key from `procura checkpoint key`, or a file with it, kept elsewhere. It must have signed the report's
    /// checkpoint; without a log, the report itself
    #[arg(long, value_name = "KEY|FILE", value_parser = verifier_key)]
    pub(crate) key: Option<CheckpointVerifier>,
    /// The signature that `--sign` wrote, to check without a log [default: FILE.sig]
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["data", "server"])]
    pub(crate) signature: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// For people: one page that needs nothing else, and prints
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// French
    Fr,
}
