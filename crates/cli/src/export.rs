//! `procura export`: the events as CloudEvents, JSON lines.

use crate::{args::Export, bars::bar, data, failure::Failure};
use indicatif::ProgressBar;
use procura_domain::temporal::Position;
use procura_engine::{When, Who};
use std::{
    io::{BufWriter, IsTerminal, Write},
    process::ExitCode,
};

pub(crate) async fn run(arguments: Export) -> Result<ExitCode, Failure> {
    let Export { data: path, after, epoch } = arguments;
    let engine = data::open(&path).await?.engine;
    // A reader that has read further than this log goes, or another line of its history, is told so.
    engine.moment(When::Position(Position(after)))?;
    let epochs = engine.epochs();
    epochs.went_through(epoch.unwrap_or_else(|| epochs.of(after)), after)?;
    let stdout = std::io::stdout();
    let left = engine.position().0.saturating_sub(after);
    // On a terminal the lines themselves show that it goes on.
    let progress = if stdout.is_terminal() { ProgressBar::hidden() } else { bar(left) };
    let mut out = BufWriter::new(stdout.lock());
    let mut reached = Position(after);
    while reached < engine.position() {
        for logged in engine.events_after(reached).await? {
            let event = engine.cloud_event(&logged, Who::Told);
            serde_json::to_writer(&mut out, &event).map_err(|error| Failure::Output(error.into()))?;
            out.write_all(b"\n").map_err(Failure::Output)?;
            progress.inc(1);
            reached = logged.position();
        }
    }
    out.flush().map_err(Failure::Output)?;
    progress.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}
