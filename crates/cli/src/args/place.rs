//! Where a command goes that does not say so: a flag goes before the environment, the environment before a saved context.
//!
//! What is found is put among the words of the command line, so that it is read and checked as if it had been typed.

use crate::{
    contexts::{Context, Contexts, Saved},
    failure::Failure,
    login::{address, error::LoginError, renewal},
};
use clap::Command;
use std::{env, ffi::OsString};

/// Commands that never go where another was meant to go: they make a directory.
const MAKE_A_DIRECTORY: [&str; 2] = ["restore", "generate"];

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A server or a data directory.
    Place,
    /// The same, or a key in its place.
    PlaceOrKey,
    /// A data directory.
    Data,
    Nothing,
}

/// What the words say themselves.
#[derive(Debug, Default)]
struct Said {
    server: Option<String>,
    data: bool,
    token: bool,
    key: bool,
    context: Option<String>,
    help: bool,
}

/// Where to go.
enum Place {
    Server(String),
    Data(OsString),
}

/// The words of a command line, with the place and the token that it does not name.
///
/// # Errors
/// If what is saved cannot be used, or says that nobody is logged in where the command goes.
pub(super) fn completed(command: &Command, words: Vec<OsString>) -> Result<Vec<OsString>, Failure> {
    let (leaf, at) = leaf(command, &words);
    let takes = takes(leaf);
    let said = said(&words);
    if takes == Takes::Nothing || said.help || (takes == Takes::PlaceOrKey && said.key) {
        return Ok(words);
    }
    let mut more = Vec::new();
    let server = if said.server.is_some() || said.data {
        if let Some(name) = said.context {
            return Err(Failure::ContextBesidePlace(name));
        }
        said.server
    } else {
        match place(said.context, takes)? {
            Some(Place::Data(data)) => {
                more.push(flag("--data", &data));
                None
            }
            Some(Place::Server(server)) => {
                more.push(flag("--server", &OsString::from(&server)));
                Some(server)
            }
            None => None,
        }
    };
    // What is no address, or one that nobody logs in at, is told about where flags are read.
    let server = server.and_then(|server| address::server(&server).ok());
    if let Some(server) = server.filter(|_| !said.token && variable("PROCURA_TOKEN").is_none()) {
        let (contexts, saved) = saved()?;
        if let (Some(contexts), Some((name, login))) = (contexts, saved.login_at(&server)) {
            more.push(flag("--token", &OsString::from(login.access_token.secret())));
            renewal::use_login(contexts, name, &server, login);
        } else if saved.contexts.values().any(|context| context.server.as_ref() == Some(&server)) {
            return Err(LoginError::NotLoggedIn { server }.into());
        }
    }
    let mut words = words;
    words.splice(at..at, more);
    Ok(words)
}

/// The command that the words name, and where its own words begin.
fn leaf<'a>(command: &'a Command, words: &[OsString]) -> (&'a Command, usize) {
    let (mut found, mut at, mut is_value) = (command, 1.min(words.len()), false);
    for (index, word) in words.iter().enumerate().skip(1) {
        let word = word.to_str().unwrap_or_default();
        let (is_flag, was_value) = (word.starts_with('-'), is_value);
        is_value = !was_value && ["--ca-file", "--context"].contains(&word);
        if was_value || (is_flag && word != "--") {
            continue;
        }
        let Some(below) = found.find_subcommand(word) else { break };
        (found, at) = (below, index.saturating_add(1));
    }
    (found, at)
}

fn takes(command: &Command) -> Takes {
    let takes = |name: &str| command.get_arguments().find(|argument| argument.get_id() == name);
    if command.get_groups().any(|group| group.get_id() == "where") {
        return Takes::Place;
    }
    match (takes("server"), takes("data"), takes("key")) {
        (Some(_), Some(_), Some(_)) => Takes::PlaceOrKey,
        (None, Some(data), _) if data.is_required_set() && !MAKE_A_DIRECTORY.contains(&command.get_name()) => {
            Takes::Data
        }
        _ => Takes::Nothing,
    }
}

fn said(words: &[OsString]) -> Said {
    let mut said = Said::default();
    let mut words = words.iter().skip(1).map(|word| word.to_str().unwrap_or_default());
    while let Some(word) = words.next().filter(|word| *word != "--") {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value.to_owned())));
        match name {
            "--server" => said.server = value.or_else(|| words.next().map(str::to_owned)),
            "--context" => said.context = value.or_else(|| words.next().map(str::to_owned)),
            "--data" => said.data = true,
            "--token" => said.token = true,
            "--key" => said.key = true,
            "--help" | "-h" => said.help = true,
            _ => {}
        }
    }
    said
}

/// Where the environment says, else what is saved.
fn place(named: Option<String>, takes: Takes) -> Result<Option<Place>, Failure> {
    let fits = |place: &Place| takes != Takes::Data || matches!(place, Place::Data(_));
    if let Some(name) = named {
        return Ok(of_context(saved()?.1.named(&name)?).filter(fits));
    }
    let server = variable("PROCURA_SERVER").filter(|_| takes != Takes::Data);
    match (server, variable("PROCURA_DATA")) {
        (Some(_), Some(_)) => return Err(Failure::ServerBesideData),
        (Some(server), None) => return Ok(server.into_string().ok().map(Place::Server)),
        (None, Some(data)) => return Ok(Some(Place::Data(data))),
        (None, None) => {}
    }
    let (_, saved) = saved()?;
    let named = variable("PROCURA_CONTEXT").and_then(|name| name.into_string().ok());
    let name = named.or_else(|| saved.current.clone());
    let context = name.map(|name| saved.named(&name)).transpose()?;
    Ok(context.and_then(of_context).filter(fits))
}

fn of_context(context: &Context) -> Option<Place> {
    let data = context.data.as_ref().map(|data| Place::Data(data.clone().into_os_string()));
    data.or_else(|| context.server.clone().map(Place::Server))
}

/// What is saved, and where; nothing for an account that has no home, as a service's.
fn saved() -> Result<(Option<Contexts>, Saved), Failure> {
    match Contexts::of_person() {
        Ok(contexts) => contexts.read().map(|saved| (Some(contexts), saved)),
        Err(Failure::NoConfigFolder) => Ok((None, Saved::default())),
        Err(failure) => Err(failure),
    }
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn flag(name: &str, value: &OsString) -> OsString {
    let mut word = OsString::from(name);
    word.push("=");
    word.push(value);
    word
}
