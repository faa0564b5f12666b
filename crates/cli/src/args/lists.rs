//! The flags of the lists.

use super::{moment::moment, shared::Place};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum List {
    /// List customers, with their partners
    #[command(after_help = "Examples:\n  procura customers --data ./data --dap\n  \
        procura customers --server https://procura.example.com --name contoso\n\n\
        Over a server it lists what the token's user may know of: a partner's agent its customers; on the data directory \
        everything. --dap, --residual and --ended leave the customers for which it is so with a partner.\n\n\
        --format json prints JSON lines: one object for each row. --format csv begins with a line of headings; a text that a \
        spreadsheet might take for a formula has an apostrophe before it. So it is with every list.")]
    Customers(Customers),
    /// List partners, and how many customers each has
    #[command(after_help = "Examples:\n  procura partners --data ./data\n  \
        procura partners --server https://procura.example.com --residual")]
    Partners(Partners),
    /// List which customer has to do with which partner, since when, and what is left of it
    #[command(after_help = "Examples:\n  procura relationships --data ./data --residual\n  \
        procura relationships --server https://procura.example.com --customer contoso.com\n\n\
        `left` is how many rows of residual access a partner has: what it keeps after its privileges or the relationship \
        ended. `procura permissions` shows them.")]
    Relationships(Relationships),
    /// List who holds which role where in customers' tenants, and how they came by it
    #[command(after_help = "Examples:\n  \
        procura permissions --data ./data --customer contoso.com\n  \
        procura permissions --data ./data --at 2020-07-01 --of alex@fabrikam.com\n\n\
        --of takes a user, and lists what it holds itself and by the groups that it is in, as far as you may know that; or a \
        group, as fabrikam.com/AdminAgents.")]
    Permissions(Permissions),
    /// List customers' subscriptions
    #[command(after_help = "Examples:\n  procura subscriptions --data ./data --name production\n  \
        procura subscriptions --server https://procura.example.com --format csv > subscriptions.csv")]
    Subscriptions(Subscriptions),
    /// List customers' Autopilot devices
    #[command(after_help = "Examples:\n  procura devices --data ./data --serial PF1K2M3N\n  \
        procura devices --server https://procura.example.com --format csv > devices.csv\n\n\
        A partner's agent is shown the devices that it may manage or delete.")]
    Devices(Devices),
    /// List partners' invitations, the newest first
    #[command(after_help = "Examples:\n  procura invitations --data ./data --state open\n  \
        procura invitations --server https://procura.example.com --format json")]
    Invitations(Invitations),
    /// List a tenant's people: what they are called, their directory roles, their groups
    #[command(after_help = "Examples:\n  procura people --data ./data --name alex\n  \
        procura people --server https://procura.example.com\n\n\
        A server shows a tenant's Global administrators its own people, and operators and auditors those of all tenants. Names \
        are those of now. `procura import users` gives them.")]
    People(People),
}

/// What every list takes.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// As it was at the end of this day, at this time or position [default: now]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) at: Option<String>,
    /// How to print the rows
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Text,
    /// JSON lines: one object for each row
    Json,
    /// With a line of headings
    Csv,
}

/// Which relationships are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub(crate) struct RelationshipFlags {
    /// Only where delegated admin privileges are in force
    #[arg(long)]
    pub(crate) dap: bool,
    /// Only where there is residual access
    #[arg(long)]
    pub(crate) residual: bool,
    /// Only where the relationship has ended
    #[arg(long)]
    pub(crate) ended: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Customers {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only the customers of this partner
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// Only those with this in their name or domain
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) which: RelationshipFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Partners {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only the partners of this customer
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Only those with this in their name or domain
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) which: RelationshipFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Relationships {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only those of this customer
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Only those of this partner
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// Only those of tenants with this in their name or domain
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) which: RelationshipFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Permissions {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only in this customer's tenant [default: of each that you may know of]
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Only what this partner, its groups and its users hold
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// Only on this subscription
    #[arg(long, value_name = "NAME|GUID")]
    pub(crate) subscription: Option<String>,
    /// Only what this user or group holds
    #[arg(long, value_name = "NAME@DOMAIN|PARTNER/GROUP")]
    pub(crate) of: Option<String>,
    /// Those that have ended, too
    #[arg(long)]
    pub(crate) include_ended: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Subscriptions {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only in this customer's tenant [default: of each that you may know of]
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Only those with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only in this customer's tenant [default: of each that you may know of]
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: Option<String>,
    /// Only those with this serial number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) serial: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Invitations {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// Only those of this partner [default: of each that you may know of]
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) partner: Option<String>,
    /// Only those that stand so
    #[arg(long, value_enum)]
    pub(crate) state: Option<StateFlag>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateFlag {
    Open,
    Used,
    Withdrawn,
    Expired,
}

#[derive(Debug, Args)]
pub(crate) struct People {
    #[command(flatten)]
    pub(crate) listing: Listing,
    /// The tenant, a partner or a customer [default: your own; all, for operators and auditors]
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) tenant: Option<String>,
    /// Only those with this in one of their names
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
}
