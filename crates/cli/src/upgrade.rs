//! `procura upgrade`: a data directory in the newest format, with the log as it was beside it.

use crate::{args::Upgrade, bars::bar, data, failure::Failure, terminal::say};
use procura_engine::ambient::Entropy;
use procura_eventlog::{DIRECTORY_FORMAT, DataDirectory, Upgraded};
use std::process::ExitCode;

pub(crate) async fn run(Upgrade { data: path }: &Upgrade) -> Result<ExitCode, Failure> {
    data::expect_log(path)?;
    let mut directory = DataDirectory::open(path, Entropy::from_os().guid())?;
    // Read, written, and read back.
    let events = directory.reached();
    let progress = bar(3 * events);
    let (mut before, mut last) = (0, 0);
    let upgraded = directory.upgrade(|position| {
        if position < last {
            before += events;
        }
        last = position;
        progress.set_position(before + position);
    });
    let upgraded = upgraded.await;
    progress.finish_and_clear();
    match upgraded? {
        Some(Upgraded { head, bytes: [was, is], kept }) => say(&format!(
            "{} has format {DIRECTORY_FORMAT} now: {} events in {is} bytes, which took {was}; the log as it was is kept in {}, \
             to be removed once the new one is backed up",
            path.display(),
            head.position,
            kept.display()
        )),
        None => say(&format!("{} has the newest format already, {DIRECTORY_FORMAT}", path.display())),
    }
    .map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
