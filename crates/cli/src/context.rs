//! `procura context`: which servers and data directories are saved, and which of them is in use.

use crate::{
    args::{ContextCommand, Contexts as Arguments, Format},
    columns::aligned,
    contexts::{Context, Contexts, absolute},
    failure::Failure,
    login::address,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

/// A context as it is shown, without its tokens.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    name: &'a str,
    in_use: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    renews: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let contexts = Contexts::of_person()?;
    let done = match arguments.command {
        None => return list(&contexts, arguments.format),
        Some(ContextCommand::Use { name }) => contexts.change(|saved| {
            saved.named(&name)?;
            saved.current = Some(name.clone());
            Ok(format!("the context `{name}` is in use"))
        }),
        Some(ContextCommand::Add { name, place }) => {
            let context = match (place.server, place.data) {
                (Some(server), _) => Context::of_server(address::server(&server)?),
                (None, data) => Context::of_data(absolute(&data.unwrap_or_default())?),
            };
            contexts.change(|saved| {
                if saved.contexts.contains_key(&name) {
                    return Err(Failure::ContextTaken(name.clone()));
                }
                saved.contexts.insert(name.clone(), context);
                // The first one is in use, as nothing else can be meant.
                let in_use = saved.current.get_or_insert_with(|| name.clone()) == &name;
                let then = if in_use { "is in use" } else { "is saved; `procura context use` takes it into use" };
                Ok(format!("the context `{name}` {then}"))
            })
        }
        Some(ContextCommand::Remove { name }) => contexts.change(|saved| {
            let had_login = saved.named(&name)?.login.is_some();
            saved.contexts.remove(&name);
            saved.current = saved.current.take().filter(|current| *current != name);
            let login = if had_login { ", and its login; the provider was not told" } else { "" };
            Ok(format!("the context `{name}` is removed{login}"))
        }),
    };
    writeln!(stdout(), "{}", done?).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn list(contexts: &Contexts, format: Format) -> Result<ExitCode, Failure> {
    let saved = contexts.read()?;
    let rows: Vec<_> =
        saved.contexts.iter().map(|(name, context)| row(name, context, saved.current.as_ref())).collect();
    let mut out = anstream::stdout();
    match format {
        Format::Json => {
            for row in &rows {
                let line = serde_json::to_string(row).map_err(|error| Failure::Internal(error.to_string()))?;
                writeln!(out, "{line}").map_err(Failure::Output)?;
            }
        }
        Format::Text if rows.is_empty() => {
            anstream::eprintln!(
                "there are none; `procura login --server URL` or `procura context add NAME --data DIR` makes one"
            );
        }
        Format::Text => {
            let heading = ["", "name", "where", "logged in as", "until"].map(str::to_owned);
            for line in aligned(std::iter::once(heading).chain(rows.iter().map(Row::cells)).collect()) {
                writeln!(out, "{line}").map_err(Failure::Output)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row<'a>(name: &'a str, context: &'a Context, current: Option<&String>) -> Row<'a> {
    let login = context.login.as_ref();
    Row {
        name,
        in_use: current.is_some_and(|current| current == name),
        server: context.server.as_deref(),
        data: context.data.as_ref(),
        issuer: context.provider.as_ref().map(|provider| provider.issuer.as_str()),
        user: login.map(|login| login.user.as_str()),
        until: login.and_then(|login| login.until),
        renews: login.is_some_and(|login| login.refresh_token.is_some()),
    }
}

impl Row<'_> {
    fn cells(&self) -> [String; 5] {
        let place = self.data.map(|data| data.display().to_string());
        let place = place.or(self.server.map(str::to_owned)).unwrap_or_default();
        let until = match (self.renews, self.until) {
            (true, _) => "renewed as needed".to_owned(),
            (false, Some(until)) => until.to_rfc3339_opts(SecondsFormat::Secs, true),
            (false, None) => String::new(),
        };
        let mark = if self.in_use { "*" } else { "" };
        [mark.to_owned(), self.name.to_owned(), place, self.user.unwrap_or_default().to_owned(), until]
    }
}
