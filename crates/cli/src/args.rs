//! The command line: every command, its flags, an example each.

mod bench;
mod doing;
mod export;
mod help;
mod history;
mod import_users;
mod intervals;
mod lists;
mod login;
mod moment;
mod place;
mod report;
mod setup;
mod shared;
mod tell;

pub(crate) use bench::{Bench, Generate};
pub(crate) use doing::{Do, DoFlags, Issue, WhatIf};
pub(crate) use export::{EventFormat, Export};
pub(crate) use help::read;
pub(crate) use history::{History, HistoryFormat};
pub(crate) use import_users::ImportUsers;
pub(crate) use intervals::{Time, WhatCould, WhoCould};
pub(crate) use lists::{
    Customers, Devices, Invitations, List, ListFormat, Listing, Partners, People, Permissions, RelationshipFlags,
    Relationships, StateFlag, Subscriptions,
};
pub(crate) use login::{ContextCommand, Contexts, Login, Logout};
pub(crate) use report::{Language, Report, ReportFormat, VerifyReport, Wanted};
pub(crate) use setup::{Config, Setup};
pub(crate) use shared::{Format, LogAt, Place, Room};
pub(crate) use tell::Tell;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use import_users::IMPORT_USERS_HELP;
use moment::moment;
use procura_domain::invitation_link::InvitationLink;
use procura_eventlog::{CheckpointVerifier, LogOrigin};
use procura_server::{TOKEN_MINUTES_DEFAULT, TOKEN_MINUTES_MAX};
use shared::{property, subject, typed_id, verifier_key};
use std::path::PathBuf;

/// The record of who may act in whose tenant, on whose behalf, since when and why.
#[derive(Debug, Parser)]
#[command(name = "procura", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The certificates that a server's must be signed with, in PEM form, in place of the public ones
    #[arg(long, value_name = "FILE", env = "PROCURA_CA_FILE", global = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// The saved context to go to, in the place of the one in use; `procura context` lists them [env: PROCURA_CONTEXT]
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) context: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server on a data directory; makes the directory if there is none
    #[command(after_help = "Examples:\n  procura serve --data ./data --dev\n  \
        procura serve --config /etc/procura/procura.toml\n\n\
        What is set up stands in the file, in the environment (PROCURA_HTTP__LISTEN for `listen` under [http]) and in \
        flags; a flag goes before the environment, the environment before the file. docs/configuration.md says more.\n\n\
        Ctrl-C or SIGTERM stops it in order. Exits 0 after that, 2 where it did not start, 74 where the log could not \
        be written: what was acknowledged is in the log; start again when the disk is well. docs/operating.md says more.")]
    Serve(Box<Serve>),
    /// Show or check how a server is set up
    #[command(subcommand)]
    Config(Box<Config>),
    /// Log in to a server with a browser; commands without `--server` and `--data` go there then
    Login(Box<Login>),
    /// End a login, here and at the provider
    Logout(Logout),
    /// List saved servers and data directories, or take another one into use
    Context(Contexts),
    /// Print a bearer token of the built-in issuer
    #[command(after_help = "Example:\n  procura token --data ./data \\\n    \
        --tenant faaaaaaa-0000-4000-8000-000000000001 --user f0000000-0000-4000-8000-000000000010 \\\n    --role Operator\n\n\
        Keep it in PROCURA_TOKEN rather than on the command line, which others on the machine can read.")]
    Token(Token),
    /// Apply commands from JSON lines, one result line each
    #[command(after_help = "Examples:\n  procura apply --data ./data commands.jsonl\n  \
        procura apply --server http://127.0.0.1:7878 --token \"$TOKEN\" < commands.jsonl\n\n\
        A line, without the line breaks:\n  \
        {\"command\":\"SendInvite\",\"actor\":{\"tenant\":\"…\",\"user\":\"…\"},\n   \
        \"at\":\"2020-06-19T08:00:00Z\",\"id\":\"…\",\"data\":{…}}\n\
        `at` (when it happened; with --data only) and `id` (an idempotency key) may be left out. `actor` may be \
        {\"operator\":\"name\"}.\n\n\
        A refused command does not stop the run, a line that is no command does. Exits 0 where every line was read, \
        refused or not (with --strict 1 where some were refused), 2 on an error. The last line on standard error counts both.")]
    Apply(Apply),
    /// Bring in what is kept elsewhere
    #[command(subcommand)]
    Import(Import),
    /// Erase the personal data of invitations, service requests, devices or users, one result line each
    #[command(
        after_help = "Example:\n  procura erase --data ./data invitation:10000000-0000-4000-8000-000000000001\n\n\
        Whose data: `invitation:GUID` (recipient and message), `serviceRequest:GUID` (title), `device:GUID` \
        (product key), `user:TENANT/USER` or `user:alex@fabrikam.com` (names). Their key is destroyed, so that nobody reads them again; it cannot be undone. \
        The log keeps every byte and every proof, and says who erased, and when.\n\n\
        It does not reach backups made with their keys, copies made elsewhere, or e-mails that were sent: \
        erase those where they are. docs/personal-data.md says more.\n\n\
        Exits 0 where all were erased, 1 where some were refused, 2 on an error."
    )]
    Erase(Erase),
    /// Ask one access question; exits 0 allowed, 1 denied, 2 error
    #[command(
        after_help = "Examples:\n  procura check --data ./data --subject alex@fabrikam.com --action directory.administer \\\n    \
        --resource customer:contoso.com --at 2020-07-01\n  \
        procura check --data ./data --subject fabrikam.com/AdminAgents --action subscription.manage \\\n    \
        --resource 'subscription:Contoso Web Shop'\n\n\
        A tenant goes by its domain or name, a user by the name it signs in with, a device by its serial number; ids do \
        as well. What fits several things is refused with them."
    )]
    Check(Check),
    /// Tell what a command would change in who can do what, without issuing it; exits 0, 1 refused, 2 error
    #[command(after_help = "Examples:\n  \
        procura what-if RevokeDap --server http://127.0.0.1:7878 --token \"$TOKEN\" \\\n    \
        customer=contoso.com partner=fabrikam.com\n  \
        procura what-if AdoptAutopilotPolicy policy=dapRequired --data ./data\n\n\
        It tells which rows of the effective permissions begin and end, what is left to a partner all the same, with \
        the role assignments to remove; for a group what comes and goes with it, for a policy which partners get and \
        lose which actions in whose tenants. Nothing is recorded.\n\n\
        A field in a field is written principal.group=AdminAgents; a number that is a text, serialNumber='\"0815\"'.")]
    WhatIf(Box<WhatIf>),
    /// Issue a command: shows what it takes away, asks, says what is left and how to end it; exits 0, 1 not done, 2 error
    #[command(after_help = "Examples:\n  \
        procura do RevokeDap customer=contoso.com partner=fabrikam.com\n  \
        procura do AddGroupMember --data ./data --as greta@fabrikam.com \\\n    \
        partner=fabrikam.com group=AdminAgents user=alex@fabrikam.com\n\n\
        `procura do RevokeDap --help` lists its fields. A field in a field is written principal.group=AdminAgents; a number \
        that is a text, serialNumber='\"0815\"'.\n\n\
        What takes something away is shown first and asked about; where nobody can be asked, it needs --yes. With --data \
        the log says that who acted was stated. docs/doing.md says more.")]
    Do(Box<Do>),
    /// Tell the whole story of a person, customer or partner: what they hold, since when, why, and what ends it
    #[command(
        after_help = "Examples:\n  procura tell alex@fabrikam.com\n  procura tell contoso.com --at 2020-07-31\n\n\
        Over a server it tells what the token's user may see; on the data directory everything. docs/doing.md says more."
    )]
    Tell(Tell),
    /// Ask who could do something at any time between two moments, when exactly and why
    #[command(after_help = "Example:\n  procura who-could --data ./data --from 2020-06-19 \\\n    \
        --action directory.administer --resource customer:contoso.com\n\n\
        Each stretch of time is shown whole, also where it began before --from; `still` is at the end of the time asked \
        about. docs/over-time.md says more.")]
    WhoCould(WhoCould),
    /// Ask what somebody could do anywhere between two moments, when exactly and why
    #[command(after_help = "Example:\n  procura what-could --data ./data --resource-type subscription \\\n    \
        --subject alex@fabrikam.com\n\n\
        Each stretch of time is shown whole, also where it began before --from; `still` is at the end of the time asked \
        about. docs/over-time.md says more.")]
    WhatCould(WhatCould),
    /// Print what happened, who did it, and what access it gave and took
    #[command(after_help = "Examples:\n  procura history --data ./data --customer contoso.com\n  \
        procura history --server http://127.0.0.1:7878 --token \"$TOKEN\" \\\n    \
        --customer contoso.com --type DapRevoked --newest --limit 1\n  \
        procura history --data ./data --from 2020-07-01 --until 2020-07-31 --format csv > july.csv\n\n\
        Over a server it shows what the token's user may see; on the data directory everything. Of neither customer nor \
        partner it is the history of everybody, which a server shows to operators and auditors.\n\n\
        --format json prints JSON lines: one object for each entry. --format csv begins with a line of headings; a text \
        that a spreadsheet might take for a formula has an apostrophe before it.")]
    History(History),
    #[command(flatten)]
    List(List),
    /// Print the events, one JSON line each: as CloudEvents, or for a SIEM as OCSF records
    #[command(after_help = "Examples:\n  procura export --data ./data --after 100 > events.jsonl\n  \
        procura export --server https://procura.example.com --follow --format ocsf\n\n\
        Over a server it prints what the token's user may know; on the data directory everything. \
        --after takes `sequence` and `epoch` of a CloudEvent, like 100@1, or `metadata.original_event_uid` of a record.\n\n\
        --follow goes on without end: where the server is gone, it waits until it is back and goes on where it was. It ends \
        with Ctrl-C, or with its reader. docs/siem.md says more.")]
    Export(Export),
    /// List consumers and webhooks, and how far each has come
    #[command(after_help = "Example:\n  procura consumers --server http://127.0.0.1:7878 --token \"$TOKEN\"\n\n\
        `done` is how far it has dealt with the log, `behind` how many events come behind that, and for how long. A server \
        shows what the token's user may see: its own, its tenant's, or all. docs/feed.md says more.")]
    Consumers(Consumers),
    /// Make a compliance report, or check one
    #[command(
        subcommand,
        after_help = "Examples:\n  \
        procura report access-review --data ./data --customer contoso.com \\\n    \
        --format html --output review.html\n  \
        procura report verify review.html --data ./data\n\n\
        docs/reports.md says what each of them says."
    )]
    Report(Box<Report>),
    /// Check every frame, chain and fold of a log; exits 0 sound, 1 not, 2 error
    #[command(after_help = "Examples:\n  procura verify --data ./data\n  \
        procura verify --data ./data --checkpoint monday.note --key log.vkey\n\n\
        It works on a copy in the folder for temporary files (TMPDIR), which needs that much room, and changes \
        nothing, so a damaged log stays as it is. A server that has the directory must be stopped, or backed up and \
        the backup restored elsewhere.\n\n\
        With a checkpoint that was kept elsewhere it proves that today's log goes on from the one that the checkpoint \
        describes: nothing before it was altered, added or taken away.")]
    Verify(Verify),
    /// Write a log into one compressed file, also while its server runs
    #[command(after_help = "Examples:\n  procura backup --data ./data 2026-01-05.procura\n  \
        procura backup --server http://127.0.0.1:7878 \\\n    --token \"$TOKEN\" 2026-01-05.procura\n\n\
        The keys that sign checkpoints and tokens are never in it. The keys of personal data are only with \
        --with-keys: what is erased later can be read again from such a file, so keep it as long as you must and no longer.")]
    Backup(Backup),
    /// Make a new data directory out of a backup, verified on the way in
    #[command(after_help = "Example:\n  procura restore 2026-01-05.procura --data ./restored\n\n\
        A new epoch of the log begins behind the backup: a reader that had read further is told so, and outside it is another \
        log, with the epoch in the origin of its checkpoints. The key that signs \
        checkpoints is not in a backup: put the file checkpoint.key there again, or let a new one be made.")]
    Restore(Restore),
    /// Bring a data directory up to the newest format, in which a log takes a third of the room or less
    #[command(after_help = "Example:\n  procura upgrade --data ./data\n\n\
        The server of the directory must be stopped. The log is written anew beside the old one, read back, and takes its \
        place where both come down to the same root: no event changes, and every proof and checkpoint holds. The old log is \
        kept in `log.before-upgrade` in the directory: remove it once the new one is backed up. It needs room for both.\n\n\
        It is optional: an older directory is served as it is. docs/upgrading.md says more, and how to go back.")]
    Upgrade(Upgrade),
    #[command(hide = true)]
    VerifyCopy(VerifyCopy),
    /// Sign what the log is now, for others to keep; compare what was kept
    #[command(subcommand)]
    Checkpoint(Checkpoints),
    /// Show that an event is in the log
    #[command(subcommand)]
    Proof(Proof),
    /// Make large logs, to measure with
    #[command(subcommand)]
    Bench(Bench),
    /// Print what a shell completes commands and flags with
    #[command(after_help = "Examples:\n  \
        procura completions bash > /usr/share/bash-completion/completions/procura\n  \
        procura completions zsh > /usr/local/share/zsh/site-functions/_procura\n  \
        procura completions fish > ~/.config/fish/completions/procura.fish\n\n\
        The Debian package brings all three.")]
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Write the manual pages, one for each command, into a folder
    #[command(after_help = "Example:\n  procura man /usr/local/share/man/man1\n\n\
        `man procura-serve` then shows one. The Debian package brings them.")]
    Man {
        /// The folder, which is made if there is none
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The data directory, whose server is not running
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// A signed checkpoint that was kept elsewhere: the log must extend what it describes
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// The verifier key that the checkpoint was signed for [default: that of the data directory's own key]
    #[arg(long, value_name = "KEY|FILE", requires = "checkpoint", value_parser = verifier_key)]
    pub(crate) key: Option<CheckpointVerifier>,
    /// Cut off a damaged end behind where the log is known to have come; the log as it was is kept beside it
    #[arg(long, conflicts_with_all = ["checkpoint", "format"])]
    pub(crate) repair_tail: bool,
    /// Go on without keys of personal data that are lost for good: what they sealed is then shown as unavailable
    #[arg(long, conflicts_with_all = ["checkpoint", "format", "repair_tail"])]
    pub(crate) accept_lost_keys: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What this program asks of a child of its own.
#[derive(Debug, Args)]
pub(crate) struct VerifyCopy {
    pub(crate) copy: PathBuf,
    #[arg(long = "snapshot")]
    pub(crate) snapshots: Vec<PathBuf>,
    #[arg(long)]
    pub(crate) checkpoint: Option<PathBuf>,
    #[arg(long)]
    pub(crate) key: Option<CheckpointVerifier>,
    #[arg(long)]
    pub(crate) cut_off: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token of an operator, for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// With the keys that personal data is sealed under
    #[arg(long)]
    pub(crate) with_keys: bool,
    /// The file to make
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The data directory to make
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The verifier key that the backup's checkpoint must be signed for
    #[arg(long, value_name = "KEY|FILE", value_parser = verifier_key)]
    pub(crate) key: Option<CheckpointVerifier>,
}

#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// The data directory, whose server is not running
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Take tokens of the built-in issuer, for trying and for tests; loopback addresses only
    #[arg(long)]
    pub(crate) dev: bool,
    #[command(flatten)]
    pub(crate) setup: Setup,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    /// The data directory, whose server may be running
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The tenant (GUID)
    #[arg(long, value_name = "GUID")]
    pub(crate) tenant: String,
    /// The user's object id in it (GUID)
    #[arg(long, value_name = "GUID")]
    pub(crate) user: String,
    /// A service role the token carries; may be given more than once
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<Role>,
    /// How long the token is good for
    #[arg(long, value_name = "N", default_value_t = TOKEN_MINUTES_DEFAULT,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(TOKEN_MINUTES_MAX)))]
    pub(crate) minutes: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum Role {
    /// Registers tenants, reads everything
    Operator,
    /// Reads everything, writes nothing
    Auditor,
    /// Asks access questions about anybody
    Decider,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) room: Room,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Where the links of invitations point
    #[arg(long, value_name = "URL", env = "PROCURA_PUBLIC_URL", default_value = "http://127.0.0.1:7878")]
    pub(crate) public_url: String,
    /// Where the links of invitations point [default: PUBLIC_URL/invitations/{invitation}]
    #[arg(long, value_name = "URL")]
    pub(crate) invitation_link: Option<InvitationLink>,
    /// With `--data`: what a new log is called outside, like partners.example/procura, forever [default: procura/LOG]
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    pub(crate) origin: Option<LogOrigin>,
    /// Exit with 1 where commands were refused
    #[arg(long)]
    pub(crate) strict: bool,
    /// The file of JSON lines; standard input when left out
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Add Autopilot devices from the CSV file that Windows produces, one result line a row
    #[command(after_help = "Example:\n  procura import devices hashes.csv --data ./data \\\n    \
        --customer contoso.com --partner fabrikam.com --actor alex@fabrikam.com\n\n\
        The first line names the columns, in any order: `Device Serial Number`, and whichever of\n\
        `Windows Product ID`, `Hardware Hash`, `Group Tag`, `Assigned User` (not stored),\n\
        `Manufacturer name`, `Device Model` there are, with commas or semicolons between them.\n\n\
        A refused row does not stop the run. A device that is registered already is left as it is,\n\
        its group tag too, so the same file may be imported again.\n\n\
        Exits 0 where no row was refused, 1 where some were, 2 where the file cannot be read or the\n\
        run was broken off.")]
    Devices(ImportDevices),
    /// Say what a tenant's users are called, from the CSV file that Microsoft Entra exports, one result line a row
    #[command(after_help = IMPORT_USERS_HELP)]
    Users(ImportUsers),
}

#[derive(Debug, Args)]
pub(crate) struct ImportDevices {
    /// The CSV file, UTF-8, as Windows or Excel writes it
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The customer whose tenant the devices go to
    #[arg(long, value_name = "DOMAIN|NAME|GUID")]
    pub(crate) customer: String,
    #[command(flatten)]
    pub(crate) origin: Origin,
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) room: Room,
    /// With `--data`: who adds the devices
    #[arg(long, value_name = "NAME@DOMAIN|TENANT/USER", required_unless_present = "server", conflicts_with = "server")]
    pub(crate) actor: Option<String>,
    /// The bearer token for the server; its user adds the devices
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// The manufacturer, if a row names none
    #[arg(long, value_name = "NAME", default_value = "unknown")]
    pub(crate) manufacturer: String,
    /// The model, if a row names none
    #[arg(long, value_name = "NAME", default_value = "unknown")]
    pub(crate) model: String,
}

/// As whose the devices are added.
#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "origin")]
pub(crate) struct Origin {
    /// The partner that adds the devices
    #[arg(long, value_name = "DOMAIN|NAME|GUID", group = "origin")]
    pub(crate) partner: Option<String>,
    /// The customer's own channel through which it adds them
    #[arg(long, group = "origin")]
    pub(crate) source: Option<Source>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum Source {
    /// Microsoft Store for Business
    MicrosoftStoreForBusiness,
    /// Microsoft Store for Education
    MicrosoftStoreForEducation,
    /// Microsoft Intune
    Intune,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) place: Place,
    /// With `--data`: the operator who erases [default: $USER, else `local`]
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    pub(crate) operator: Option<String>,
    /// The bearer token for the server, an operator's
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Whose data, like `invitation:GUID` or `user:alex@fabrikam.com`; may be given more than once
    #[arg(value_name = "SUBJECT", required = true)]
    pub(crate) subjects: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Who, like `alex@fabrikam.com` or `fabrikam.com/AdminAgents`; `user:…` or `group:…` before it is optional
    #[arg(long, value_name = "SUBJECT", value_parser = subject)]
    pub(crate) subject: (String, String),
    /// What, like `directory.administer` or `subscription.manage`
    #[arg(long, value_name = "NAME")]
    pub(crate) action: String,
    /// To what, like `customer:contoso.com`; `partner:…`, `subscription:…`, `device:SERIAL`, `profile:…`
    #[arg(long, value_name = "TYPE:ID", value_parser = typed_id)]
    pub(crate) resource: (String, String),
    /// A property of the resource, like `partner=fabrikam.com`
    #[arg(long, value_name = "K=V", value_parser = property)]
    pub(crate) property: Vec<(String, String)>,
    /// When: a day (its end, in UTC), a time or a position [default: now]
    #[arg(long, value_name = "DAY|TIME|POSITION", value_parser = moment)]
    pub(crate) at: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Consumers {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// How they are shown: for people, or as JSON lines
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

// --- Checkpoints and proofs ---

#[derive(Debug, Subcommand)]
pub(crate) enum Checkpoints {
    /// Print the signed checkpoint of everything there is
    #[command(
        after_help = "Example:\n  procura checkpoint show --server http://127.0.0.1:7878 --token \"$TOKEN\" \\\n    > monday.note"
    )]
    Show {
        #[command(flatten)]
        log: LogAt,
    },
    /// Print the key that checks the log's checkpoints; the server may be running
    #[command(after_help = "Example:\n  procura checkpoint key --data ./data > log.vkey\n\n\
        Keep it where those who can change the data directory cannot change it. It is named after the origin of the log's \
        newest epoch, and checks the checkpoints of all its epochs.")]
    Key {
        /// The data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Find out whether the log of the second checkpoint begins with all of the first; exits 0 yes, 1 no, 2 error
    #[command(after_help = "Example:\n  procura checkpoint compare monday.note friday.note --key log.vkey \\\n    \
        --server http://127.0.0.1:7878 --token \"$TOKEN\"")]
    Compare(Box<Compare>),
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The older checkpoint
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The newer checkpoint
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// The key from `procura checkpoint key`, or a file with it
    #[arg(long, value_name = "KEY|FILE", value_parser = verifier_key)]
    pub(crate) key: CheckpointVerifier,
    #[command(flatten)]
    pub(crate) log: LogAt,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Proof {
    /// Print an event with the proof that it is in the log, as JSON
    #[command(
        after_help = "Example:\n  procura proof get 12 --server http://127.0.0.1:7878 --token \"$TOKEN\" \\\n    > event-12.json"
    )]
    Get {
        /// The event's position
        #[arg(value_name = "POSITION")]
        position: u64,
        #[command(flatten)]
        log: LogAt,
    },
    /// Check such a proof, without the log; exits 0 it holds, 1 it does not, 2 error
    #[command(after_help = "Example:\n  procura proof check event-12.json --key log.vkey")]
    Check {
        /// What `procura proof get` printed
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The key from `procura checkpoint key`, or a file with it
        #[arg(long, value_name = "KEY|FILE", value_parser = verifier_key)]
        key: CheckpointVerifier,
    },
}
