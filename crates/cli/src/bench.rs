//! `procura bench`: made-up histories, to measure with.

mod calendar;
mod chance;
mod history;
mod line;
mod names;
mod partner;
mod step;
mod story;
mod telling;

use crate::{
    args::{Bench, Generate, Room},
    bars::shown,
    data::{self, Links},
    failure::Failure,
    pipeline::pipeline,
    recorder::Recorder,
};
use history::History;
use indicatif::ProgressBar;
use procura_app::commands::{Line, LineAnswer};
use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

/// So many events a customer has, nearly: for the bar.
const EVENTS_A_CUSTOMER: u64 = 30;
/// So many commands those take.
const COMMANDS_A_CUSTOMER: u64 = 24;
/// So much is written at a time.
const WRITTEN_BYTES: usize = 1 << 18;

pub(crate) async fn run(bench: Bench) -> Result<ExitCode, Failure> {
    let Bench::Generate(Generate { customers, seed, data }) = bench;
    let history = History::new(customers, seed);
    match data {
        Some(data) => fill(history, customers, &data).await?,
        None => print(history, customers)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the lines.
fn print(mut history: History, customers: u32) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    // Lines that go to the terminal show themselves how far it is.
    let bar = bar(!out.is_terminal(), u64::from(customers) * COMMANDS_A_CUSTOMER, "commands");
    let (mut text, mut lines) = (String::with_capacity(WRITTEN_BYTES + (1 << 14)), 0_u64);
    while history.next(&mut text) {
        lines += 1;
        if text.len() >= WRITTEN_BYTES {
            out.write_all(text.as_bytes()).map_err(Failure::Output)?;
            text.clear();
            bar.set_position(lines);
        }
    }
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
    bar.finish_and_clear();
    anstream::eprintln!("generated {lines} commands");
    Ok(())
}

/// Records them in a new log, as `apply` would.
async fn fill(mut history: History, customers: u32, path: &Path) -> Result<(), Failure> {
    if path.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::LogInTheWay(path.to_owned()));
    }
    let data = data::open_or_make(path, Links::default(), &Room::default()).await?;
    let (recorder, bar) = (Recorder::Here(data.engine), bar(true, u64::from(customers) * EVENTS_A_CUSTOMER, "events"));
    let lines = std::iter::from_fn(move || {
        let mut text = String::new();
        history.next(&mut text).then_some(Ok(text))
    });
    let send = async |text: String| {
        let line = Line::read(&text).map_err(|source| Failure::Internal(format!("{source}: {text}")))?;
        Ok(recorder.record(&line).await)
    };
    let mut recorded = 0_u64;
    let answered = |answer: LineAnswer| match answer {
        LineAnswer::Recorded { positions, .. } => {
            recorded += u64::try_from(positions.len()).unwrap_or_default();
            bar.set_position(recorded);
            Ok(())
        }
        LineAnswer::Refused { code, message, .. } => {
            Err(Failure::Internal(format!("a generated command was refused, {code}: {message}")))
        }
    };
    pipeline(lines, send, answered).await?;
    bar.finish_and_clear();
    anstream::eprintln!("recorded {recorded} events");
    Ok(())
}

/// A bar over nearly so many of them.
fn bar(shows: bool, length: u64, of: &str) -> ProgressBar {
    let bar = if shows { ProgressBar::new(length) } else { ProgressBar::hidden() };
    shown(bar, &format!("{{bar:40}} {{human_pos}} of about {{human_len}} {of}, {{eta}} left"))
}
