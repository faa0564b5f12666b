//! `procura what-if`: what a command would change in who can do what, without issuing it.

use crate::{
    args::{Format, WhatIf},
    exit::EXIT_NO,
    failure::Failure,
    issuing::{Answer, Issuing, internal},
    outcome::{BOLD, Told, print_refusal},
    terminal::Screen,
};
use procura_app::commands::Outcome;
use std::{
    io::{self, Write},
    process::ExitCode,
};

pub(crate) async fn run(WhatIf { command, issue }: WhatIf) -> Result<ExitCode, Failure> {
    let format = issue.format;
    let issuing = Issuing::of(command, issue).await?;
    let answer = issuing.what_if().await?;
    match (format, &answer) {
        (Format::Json, _) => print_json(&answer)?,
        (Format::Text, Ok(outcome)) => {
            let outcome: Outcome = serde_json::from_value(outcome.clone()).map_err(internal)?;
            let told = Told::of(&issuing.asked, &outcome).await?;
            let printed = print_heading(&issuing.command, &outcome);
            printed
                .and_then(|()| told.print_changes())
                .and_then(|()| told.print_left(true))
                .map_err(Failure::Output)?;
        }
        (Format::Text, Err(error)) => {
            print_refusal(&issuing, "would be refused", error).map_err(Failure::Output)?;
        }
    }
    Ok(if answer.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NO) })
}

/// The answer for programs.
pub(crate) fn print_json(answer: &Answer) -> Result<(), Failure> {
    let printed = match answer {
        Ok(outcome) => outcome.clone(),
        Err(error) => serde_json::to_value(error).map_err(internal)?,
    };
    writeln!(anstream::stdout(), "{printed}").map_err(Failure::Output)
}

fn print_heading(command: &str, outcome: &Outcome) -> io::Result<()> {
    let (mut out, screen) = (anstream::stdout(), Screen::output());
    let events: Vec<_> = outcome.recorded.events.iter().map(|event| event.event_type.name()).collect();
    let would = screen.hanging("", 0, &format!("{command} would record {}.", events.join(", ")), BOLD);
    let nothing = "Nothing was recorded.";
    let said = format!("{would} {nothing}");
    writeln!(out, "{}", if screen.fits(&said) { said } else { format!("{would}\n{nothing}") })
}
