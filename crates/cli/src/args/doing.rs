//! The flags of `procura do` and `procura what-if`: a command, its fields, and who issues it. Under `do` each command is one of
//! its own, so that the help lists its fields and a shell completes them.

use super::shared::{Format, Place};
use crate::shell_words::shell_line;
use clap::{
    Arg, ArgMatches, Args, Command, Error, FromArgMatches,
    builder::{PossibleValue, TypedValueParser},
    error::ErrorKind,
};
use procura_app::schemas::{COMMANDS, CommandDescription, FieldDescription};
use std::ffi::OsStr;

/// What goes with a command, whether it is issued or asked about.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// Its fields, like `customer=contoso.com` or `principal.group=AdminAgents`
    #[arg(value_name = "FIELD=VALUE", value_parser = field)]
    pub(crate) fields: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bearer token for the server; its user issues the command
    #[arg(long, value_name = "TOKEN", env = "PROCURA_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// With `--data`: who issues it, like alex@fabrikam.com or operator:NAME [default: the operator $USER, else `local`]
    #[arg(long = "as", value_name = "WHO", alias = "actor", conflicts_with = "server")]
    pub(crate) issuer: Option<String>,
    /// The same for an operator
    #[arg(long, value_name = "NAME", hide = true, conflicts_with_all = ["server", "issuer"])]
    pub(crate) operator: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    /// The command, like RevokeDap; `procura do --help` lists them
    #[arg(value_name = "COMMAND", value_parser = Completed(commands), hide_possible_values = true)]
    pub(crate) command: String,
    #[command(flatten)]
    pub(crate) issue: Issue,
}

/// A command to be issued.
#[derive(Debug)]
pub(crate) struct Do {
    pub(crate) command: String,
    pub(crate) flags: DoFlags,
}

#[derive(Debug, Args)]
pub(crate) struct DoFlags {
    #[command(flatten)]
    pub(crate) issue: Issue,
    /// Take away what it takes away without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

impl FromArgMatches for Do {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, flags) = matches.subcommand().ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        Ok(Self { command: name.to_owned(), flags: DoFlags::from_arg_matches(flags)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Do {
    fn augment_args(command: Command) -> Command {
        let command = command.subcommand_required(true).arg_required_else_help(true).subcommand_value_name("COMMAND");
        command.subcommands(COMMANDS.iter().map(described))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// A command with its fields.
fn described(of: &'static CommandDescription) -> Command {
    let command = DoFlags::augment_args(Command::new(of.name)).about(of.does);
    let fields = move || of.takes().map(|field| format!("{}=", field.name)).collect();
    let command = command.mut_arg("fields", |argument: Arg| {
        argument.value_parser(Completed(fields).try_map(|text| field(&text))).hide_possible_values(true)
    });
    command.after_help(help(of))
}

fn help(of: &CommandDescription) -> String {
    let width = of.takes().map(|field| field.name.len()).max().unwrap_or_default();
    let line = |FieldDescription { name, says, optional }: FieldDescription| {
        let optional = if optional { " (optional)" } else { "" };
        format!("  {name:<width$}  {says}{optional}\n")
    };
    let fields: String = of.takes().map(line).collect();
    let events = of.events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", ");
    let example = shell_line(&example(of));
    let issuers = of.issuers;
    format!("Fields:\n{fields}\nIssued by: {issuers}\nRecords: {events}\n\nExample:\n  {example}")
}

/// A command line that issues it, with the fields that it cannot do without.
fn example(of: &CommandDescription) -> Vec<String> {
    let values = |field: FieldDescription| -> Vec<String> {
        let value = match (of.name, field.name) {
            ("RegisterPartner" | "RegisterCustomer", "partner" | "customer") | (_, "globalAdministrator") => GUID,
            ("RegisterPartner", "name") => "Fabrikam",
            ("RegisterPartner", "domain") | ("AddDevice", "partner") => "fabrikam.com",
            ("RegisterCustomer", "name") => "Contoso",
            ("SetConsumer" | "DeleteConsumer" | "SetWebhook" | "DeleteWebhook", "name") => "billing",
            ("CreateProfile", "name") => "Contoso standard",
            ("AssignDirectoryRole" | "RemoveDirectoryRole", "role") => "HelpdeskAdministrator",
            ("DescribeUser", "displayName") => "Alex Weber",
            ("UpdateProfile", "settings") => return vec!["settings.skipEula=true".to_owned()],
            _ if field.optional => return Vec::new(),
            (_, "principal") => {
                return ["principal.group=AdminAgents", "principal.partner=fabrikam.com"].map(str::to_owned).into();
            }
            (_, name) => SAMPLES.iter().find(|(of, _)| *of == name).map_or(GUID, |(_, value)| value),
        };
        vec![format!("{}={value}", field.name)]
    };
    let command = ["procura", "do", of.name].map(str::to_owned);
    command.into_iter().chain(of.takes().flat_map(values)).collect()
}

/// What stands in an example for an id that has no name.
const GUID: &str = "10000000-0000-4000-8000-000000000001";

/// What stands in an example for a field.
const SAMPLES: [(&str, &str); 21] = [
    ("customer", "contoso.com"),
    ("partner", "fabrikam.com"),
    ("tenant", "fabrikam.com"),
    ("domain", "contoso.com"),
    ("user", "alex@fabrikam.com"),
    ("group", "AdminAgents"),
    ("role", "Reader"),
    ("delegatedAdmin", "true"),
    ("locale", "en"),
    ("subscription", "Contoso Web Shop"),
    ("name", "Contoso Web Shop"),
    ("kind", "azure"),
    ("device", "PF1K2M3N"),
    ("devices", r#"["PF1K2M3N"]"#),
    ("serialNumber", "PF1K2M3N"),
    ("manufacturer", "Lenovo"),
    ("model", "ThinkPad X1 Carbon"),
    ("groupTag", "front desk"),
    ("profile", "Contoso standard"),
    ("policy", "dapRequired"),
    ("url", "https://siem.example.com/procura"),
];

/// What a shell may complete a word with; any other word is taken as well, and checked where it is used.
#[derive(Clone)]
struct Completed<F>(F);

impl<F: Fn() -> Vec<String> + Clone + Send + Sync + 'static> TypedValueParser for Completed<F> {
    type Value = String;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        value.to_str().map(str::to_owned).ok_or_else(|| Error::new(ErrorKind::InvalidUtf8).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

fn commands() -> Vec<String> {
    COMMANDS.iter().map(|command| command.name.to_owned()).collect()
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as FIELD=VALUE, like partner=fabrikam.com")?;
    Ok((name.to_owned(), value.to_owned()))
}
