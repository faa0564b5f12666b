//! `procura export`: the events as CloudEvents, JSON lines.

use crate::{args::Export, bars::bar, data, failure::Failure};
use futures_util::StreamExt;
use indicatif::ProgressBar;
use procura_domain::temporal::Position;
use procura_engine::{When, cloud_event::CloudEvent};
use std::{
    io::{BufWriter, IsTerminal, Write},
    process::ExitCode,
};

pub(crate) async fn run(arguments: Export) -> Result<ExitCode, Failure> {
    let Export { data: path, after, epoch } = arguments;
    let data = data::open(&path).await?;
    let (log_id, epochs) = (data.directory.log_id(), data.directory.epochs());
    // A reader that has read further than this log goes, or another line of its history, is told so.
    data.engine.moment(When::Position(Position(after)))?;
    epochs.went_through(epoch.unwrap_or_else(|| epochs.of(after)), after)?;
    let stdout = std::io::stdout();
    let left = data.engine.position().0.saturating_sub(after);
    // On a terminal the lines themselves show that it goes on.
    let progress = if stdout.is_terminal() { ProgressBar::hidden() } else { bar(left) };
    let mut out = BufWriter::new(stdout.lock());
    let mut commits = data.engine.log().commits_after(after);
    while let Some(commit) = commits.next().await {
        for envelope in commit?.events {
            let event = CloudEvent::new(log_id, epochs, &envelope, |tenant| data.engine.is_customer(tenant))?;
            serde_json::to_writer(&mut out, &event).map_err(|error| Failure::Output(error.into()))?;
            out.write_all(b"\n").map_err(Failure::Output)?;
            progress.inc(1);
        }
    }
    out.flush().map_err(Failure::Output)?;
    progress.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}
