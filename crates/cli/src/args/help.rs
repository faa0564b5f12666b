//! The help of the program as a whole: first steps, then the commands by what they are for; and what to do about a piece
//! that is missing on the command line.

use super::place::completed;
use crate::failure::Failure;
use clap::{
    Command, Parser,
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

/// What the commands are for. Those that are named nowhere are the last group's.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Ask", &["tell", "check", "what-if", "who-could", "what-could", "history", "report"]),
    (
        "List",
        &["customers", "partners", "relationships", "permissions", "subscriptions", "devices", "invitations", "people"],
    ),
    ("Change", &["do", "apply", "import", "erase"]),
    ("Evidence", &["verify", "checkpoint", "proof", "export"]),
    (
        "Operate",
        &[
            "login",
            "logout",
            "context",
            "serve",
            "config",
            "token",
            "backup",
            "restore",
            "upgrade",
            "consumers",
            "bench",
            "completions",
            "man",
        ],
    ),
];

const FIRST_STEPS: [(&str, &str); 4] = [
    ("procura apply --data ./data commands.jsonl", "Record commands in a log of your own"),
    ("procura history --data ./data", "See what happened"),
    ("procura serve --data ./data --dev", "Serve it on this machine, to try it"),
    ("procura help COMMAND", "Read about a command; each has examples"),
];

/// What gives a piece that is missing: the flag as clap names it, and what to do.
const MISSING: [(&str, &str); 3] = [
    (
        "--token <TOKEN>",
        "`--token` or the variable PROCURA_TOKEN gives it, or `procura login --server URL` gets one; for a server with `--dev`, `procura token --data DIR` makes one",
    ),
    (
        "--server <URL>",
        "`--data DIR` is a log on this machine, `--server URL` one that is served; that needs a token, in PROCURA_TOKEN or `--token`. `procura login` and `procura context` save either for good",
    ),
    ("--key <KEY|FILE>", "`procura checkpoint key --data DIR` prints the key; `--key` takes it, or a file with it"),
];

/// The command line of this process, with what it leaves to the environment and to saved contexts. Where it does not fit,
/// that is said, and the process ends.
///
/// # Errors
/// If what is saved cannot be used.
pub(crate) fn read<T: Parser>() -> Result<T, Failure> {
    let command = grouped(T::command());
    let words = completed(&command, std::env::args_os().collect())?;
    let read = command.try_get_matches_from(words).and_then(|matches| T::from_arg_matches(&matches));
    Ok(read.unwrap_or_else(|error| with_tip(error).exit()))
}

/// The commands in groups, in the place of one list.
fn grouped(mut command: Command) -> Command {
    command.build();
    let header = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let mut text = format!("{header}First steps:{header:#}\n");
    for (step, what) in FIRST_STEPS {
        text.push_str(&format!("  {literal}{step:<44}{literal:#}{what}\n"));
    }
    let last = GROUPS.len().saturating_sub(1);
    for (index, (title, names)) in GROUPS.into_iter().enumerate() {
        text.push_str(&format!("\n{header}{title}:{header:#}\n"));
        let named = names.iter().filter_map(|name| command.find_subcommand(name));
        let rest = command.get_subcommands().filter(|found| {
            let is_named = GROUPS.iter().any(|(_, names)| names.contains(&found.get_name()));
            index == last && !is_named && !found.is_hide_set()
        });
        for found in named.chain(rest) {
            let about = found.get_about().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {literal}{:<14}{literal:#}{about}\n", found.get_name()));
        }
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{text}\n{header}Options:{header:#}\n{{options}}"
    ))
}

/// The error, with what gives the piece that is missing.
fn with_tip(mut error: Error) -> Error {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return error;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return error };
    let given = MISSING.iter().filter(|(name, _)| missing.iter().any(|text| text.contains(name)));
    let tips: Vec<StyledStr> = given.map(|(_, tip)| StyledStr::from(*tip)).collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}
