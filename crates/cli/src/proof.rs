//! `procura proof`: an event with what shows that it is in the log, and checking that without the log.

use crate::{
    args::{LogAt, Place, Proof},
    checkpoint::{at, no},
    data,
    failure::Failure,
    input::{PROOF_BYTES_MAX, read_file},
    remote::Remote,
};
use procura_engine::evidence::EventProof;
use procura_eventlog::CheckpointVerifier;
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

pub(crate) async fn run(arguments: Proof) -> Result<ExitCode, Failure> {
    match arguments {
        Proof::Get { position, log } => get(position, &log).await,
        Proof::Check { file, key } => check(&file, &key),
    }
}

async fn get(position: u64, LogAt { place: Place { data, server }, token }: &LogAt) -> Result<ExitCode, Failure> {
    let text = match data {
        Some(path) => {
            let data = data::open(path).await?;
            let proof = data.engine.event_proof(position, &data.checkpoint_key()?).await?;
            serde_json::to_string(&proof).map_err(|error| Failure::Internal(error.to_string()))?
        }
        None => Remote::of(server.as_deref(), token.as_deref()).get(&format!("/v1/events/{position}/proof"))?,
    };
    writeln!(io::stdout(), "{text}").map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn check(path: &Path, key: &CheckpointVerifier) -> Result<ExitCode, Failure> {
    let bytes = read_file(path, PROOF_BYTES_MAX)?;
    let proof: EventProof =
        serde_json::from_slice(&bytes).map_err(|source| Failure::NotAProof { path: path.to_owned(), source })?;
    match proof.check(key) {
        Ok(checkpoint) => {
            let (log, position, all) = (key.log(), proof.position, at(&checkpoint));
            writeln!(io::stdout(), "yes: this event is in the log {log} at position {position}, as of {all}")
                .map_err(Failure::Output)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(no(&error.to_string())),
    }
}
