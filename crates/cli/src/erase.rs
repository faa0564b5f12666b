//! `procura erase`: the personal data of things, one ErasePersonalData each.

use crate::{
    args::{Erase, Place},
    data,
    exit::EXIT_NO,
    failure::Failure,
    output::Output,
    recorder::Recorder,
    remote::Remote,
};
use procura_app::commands::Line;
use serde_json::json;
use std::{env, process::ExitCode};

pub(crate) async fn run(arguments: Erase) -> Result<ExitCode, Failure> {
    let Erase { place: Place { data, server }, operator, token, subjects } = arguments;
    let operator = self::operator(operator);
    // All of them are read before any is erased: there is no way back.
    let lines = subjects.iter().map(|subject| line(&operator, subject)).collect::<Result<Vec<_>, _>>()?;
    // Kept to the end: the directory is this process's as long as it is.
    let mut _directory = None;
    let recorder = match (data, server) {
        (Some(data), _) => {
            let data = data::open(&data).await?;
            _directory = Some(data.directory);
            Recorder::Here(data.engine)
        }
        (None, server) => Recorder::There(Remote::new(&server.unwrap_or_default(), &token.unwrap_or_default())),
    };
    let output = Output::new(None);
    let mut refused = false;
    for line in lines {
        let answer = recorder.record(&line).await?;
        refused |= !answer.is_recorded();
        output.line(&answer)?;
    }
    Ok(if refused { ExitCode::from(EXIT_NO) } else { ExitCode::SUCCESS })
}

/// The operator that is named, else the user who is logged in.
pub(crate) fn operator(named: Option<String>) -> String {
    let user = || env::var("USER").ok().filter(|name| !name.is_empty());
    named.or_else(user).unwrap_or_else(|| "local".to_owned())
}

/// The command, as that operator's; a server takes it as the token's user's.
fn line(operator: &str, subject: &str) -> Result<Line, Failure> {
    let line = json!({"command": "ErasePersonalData", "actor": {"operator": operator}, "data": {"subject": subject}});
    let line = Line::read(&line.to_string()).map_err(|error| Failure::Internal(error.to_string()))?;
    line.submission().map_err(|_| Failure::NotASubject(subject.to_owned()))?;
    Ok(line)
}
