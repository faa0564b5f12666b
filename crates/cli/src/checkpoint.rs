//! `procura checkpoint`: what the log is now, signed; the key to check that with; whether the log only grew.

use crate::{
    args::{Checkpoints, Compare, LogAt, Place},
    data,
    exit::EXIT_NO,
    failure::Failure,
    input::{NOTE_BYTES_MAX, read_file},
    remote::Remote,
    terminal::note,
};
use procura_app::{
    evidence::{Growth, GrowthRequest, growth_proof},
    link,
};
use procura_eventlog::{
    CHECKPOINT_KEY_FILE, Checkpoint, CheckpointError, CheckpointKey, CheckpointVerifier, DataDirectory,
};
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

pub(crate) async fn run(arguments: Checkpoints) -> Result<ExitCode, Failure> {
    match arguments {
        Checkpoints::Show { log } => print(&newest(&log).await?),
        Checkpoints::Key { data } => print(&format!("{}\n", verifier(&data)?)),
        Checkpoints::Compare(arguments) => compare(&arguments).await,
    }
}

fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// The signed note of everything there is.
async fn newest(LogAt { place: Place { data, server }, token }: &LogAt) -> Result<String, Failure> {
    if let Some(path) = data {
        let data = data::open(path).await?;
        return Ok(data.engine.checkpoint(&data.checkpoint_key()?).await?.note);
    }
    Remote::of(server.as_deref(), token.as_deref()).get("/v1/log/checkpoint")
}

/// The verifier key of the log. Reads two files alone, so that the server may be running.
fn verifier(data: &Path) -> Result<CheckpointVerifier, Failure> {
    if !data.join(CHECKPOINT_KEY_FILE).exists() {
        return Err(Failure::NoCheckpointKey(data.to_owned()));
    }
    // Under the origin of today, which a witness knows the log by; it checks what any other epoch signed as well.
    let (verifier, origin) = (CheckpointKey::read(data)?.verifier(), DataDirectory::origin_of(data)?);
    Ok(verifier.named(&origin).unwrap_or(verifier))
}

async fn compare(Compare { old, new, key, log }: &Compare) -> Result<ExitCode, Failure> {
    let open = |path: &Path| -> Result<Result<Checkpoint, CheckpointError>, Failure> {
        let note = read_file(path, NOTE_BYTES_MAX)?;
        Ok(Checkpoint::open(&note, key))
    };
    let (before, after) = match (open(old)?, open(new)?) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(error), _) => return Ok(no(&format!("{}: {error}", old.display()))),
        (_, Err(error)) => return Ok(no(&format!("{}: {error}", new.display()))),
    };
    let request = GrowthRequest { from: before.position, to: Some(after.position) };
    let proof = match &log.place {
        Place { data: Some(data), .. } => {
            let data = data::open(data).await?;
            growth_proof(&data.engine, request).await?.proof
        }
        Place { server, .. } => {
            let remote = Remote::of(server.as_deref(), log.token.as_deref());
            remote.get_json::<Growth>(&link("/v1/log/consistency-proof", &request))?.proof
        }
    };
    match proof.verify(&before.tree_head(), &after.tree_head()) {
        Ok(()) => print(&format!("yes: the log at {} begins with all of the log at {}\n", at(&after), at(&before))),
        Err(error) => Ok(no(&error.to_string())),
    }
}

/// A position and its time, for people.
pub(crate) fn at(Checkpoint { position, recorded_at, .. }: &Checkpoint) -> String {
    match recorded_at {
        Some(time) => format!("position {position} ({time:?})"),
        None => format!("position {position}"),
    }
}

/// What is not so is said on standard error, so that nobody takes it for a result.
pub(crate) fn no(why: &str) -> ExitCode {
    note(&format!("no: {why}"));
    ExitCode::from(EXIT_NO)
}
