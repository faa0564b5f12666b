//! `procura erase`: the personal data of things, one ErasePersonalData each.

use crate::{
    args::Erase, asking::Asked, exit::EXIT_NO, failure::Failure, naming::Naming, output::Output, recorder::Recorder,
};
use procura_app::{commands::Line, find::ThingKind};
use serde_json::json;
use std::{env, process::ExitCode};

pub(crate) async fn run(arguments: Erase) -> Result<ExitCode, Failure> {
    let Erase { place, operator, token, subjects } = arguments;
    let operator = self::operator(operator);
    let asked = Asked::open(&place, token.as_deref()).await?;
    // All of them are read before any is erased: there is no way back.
    let mut lines = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let subject = match subject.strip_prefix("user:") {
            Some(user) => format!("user:{}", Naming::by(&asked).id(&subject, ThingKind::User, user).await?),
            None => subject,
        };
        lines.push(line(&operator, &subject)?);
    }
    let recorder = match &asked {
        Asked::Here(data) => Recorder::Here(data.engine.clone()),
        Asked::There(remote) => Recorder::There(remote.clone()),
    };
    let output = Output::new(None);
    let mut refused = false;
    for line in lines {
        let answer = recorder.record(&line).await.await?;
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
