//! `procura config`: what a server would run with.

use crate::{
    args::Config,
    configuration::{Configuration, Origin, Read, keys},
    exit::EXIT_ERROR,
    failure::Failure,
};
use procura_server::{Identity, Tls};
use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, process::ExitCode};
use toml::{Table, Value};

pub(crate) async fn run(arguments: Config) -> Result<ExitCode, Failure> {
    match arguments {
        Config::Show(setup) => {
            let Read { configuration, origins } = setup.read()?;
            let text = shown(&configuration, &origins)?;
            std::io::stdout().write_all(text.as_bytes()).map_err(Failure::Output)?;
            Ok(ExitCode::SUCCESS)
        }
        Config::Check { setup, fetch } => check(&setup.read()?.configuration, fetch).await,
    }
}

async fn check(configuration: &Configuration, fetch: bool) -> Result<ExitCode, Failure> {
    configuration.check()?;
    configuration.tls.as_ref().map(Tls::check).transpose()?;
    let identity = Identity::configured(&configuration.issuers, configuration.identity.revoked_file.clone())?;
    let mut out = std::io::stdout();
    let mut code = ExitCode::SUCCESS;
    if fetch {
        for (issuer, fetched) in identity.try_issuers().await {
            let line = match fetched {
                Ok(keys) => format!("{issuer}: {keys} keys"),
                Err(problem) => {
                    code = ExitCode::from(EXIT_ERROR);
                    format!("{issuer}: {problem}")
                }
            };
            writeln!(out, "{line}").map_err(Failure::Output)?;
        }
    }
    if configuration.data.is_none() {
        anstream::eprintln!("note: no data directory is named; `--data` has to");
    }
    if configuration.issuers.is_empty() {
        anstream::eprintln!("note: no issuer is configured; only `--dev` can serve");
    }
    if code == ExitCode::SUCCESS {
        writeln!(out, "sound").map_err(Failure::Output)?;
    }
    Ok(code)
}

/// The configuration as TOML, with a comment at each value that says where it comes from.
fn shown(configuration: &Configuration, origins: &BTreeMap<String, Origin>) -> Result<String, Failure> {
    let unwritable = |error: toml::ser::Error| Failure::Internal(error.to_string());
    let mut table = Table::try_from(configuration).map_err(unwritable)?;
    let issuers = table.remove("issuers");
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    for key in keys(&table) {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", &key));
        let parts = key.split('.');
        let value = parts.fold(Some(&Value::Table(table.clone())).cloned(), |value, part| value?.get(part).cloned());
        let Some(value) = value else { continue };
        let origin = origins.get(&key).map_or_else(|| "default".to_owned(), ToString::to_string);
        let text = sections.entry(section.to_owned()).or_default();
        let _ = writeln!(text, "{name} = {value}  # {origin}");
    }
    let mut text = String::new();
    for (section, lines) in sections {
        if !section.is_empty() {
            let _ = writeln!(text, "\n[{section}]");
        }
        text.push_str(&lines);
    }
    for issuer in issuers.iter().filter_map(Value::as_array).flatten() {
        let lines = toml::to_string(issuer).map_err(unwritable)?;
        let lines = lines
            .replace("[[applications]]", "[[issuers.applications]]")
            .replace("[login]", "[issuers.login]")
            .replace("[console]", "[issuers.console]");
        let origin = origins.get("issuers").map_or_else(String::new, |origin| format!("  # {origin}"));
        let _ = write!(text, "\n[[issuers]]{origin}\n{lines}");
    }
    Ok(text)
}
