//! Evidence for outsiders: signed checkpoints, and proofs against them. For operators and auditors (VIS-4).

use crate::{Code, Error};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_domain::temporal::Position;
use procura_engine::{
    CheckpointKey, Engine,
    evidence::{EventProof, SignedCheckpoint},
};
use procura_eventlog::{ConsistencyProof, NotATile, TileName};
use serde::{Deserialize, Serialize};

/// Between which sizes of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrowthRequest {
    pub from: u64,
    /// The newest unless given.
    pub to: Option<u64>,
}

/// The proof that a log begins with all of an earlier one, and the roots of the two, in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Growth {
    pub old_root: String,
    pub proof: ConsistencyProof,
    pub root: String,
}

/// The signed note of everything there is.
///
/// # Errors
/// If the log cannot be read.
pub async fn checkpoint(engine: &Engine, key: &CheckpointKey) -> Result<SignedCheckpoint, Error> {
    Ok(engine.checkpoint(key).await?)
}

/// The event at that position, with the proof that it is in the log of the newest checkpoint.
///
/// # Errors
/// If there is no such event, or the log cannot be read.
pub async fn event_proof(engine: &Engine, key: &CheckpointKey, position: Position) -> Result<EventProof, Error> {
    Ok(engine.event_proof(position.0, key).await?)
}

/// The hashes of the tile with that path, 32 bytes each; whether they will ever be more.
///
/// # Errors
/// If there is no such tile, or the log cannot be read.
pub async fn tile(engine: &Engine, path: &str) -> Result<(Vec<u8>, bool), Error> {
    let name: TileName = path.parse().map_err(|error: NotATile| Error::new(Code::NotFound, error.to_string()))?;
    Ok((engine.tile(name).await?, !name.is_full()))
}

/// The proof that the log only grew from one size to another.
///
/// # Errors
/// If there is no proof between such sizes, or the log cannot be read.
pub async fn growth_proof(engine: &Engine, request: GrowthRequest) -> Result<Growth, Error> {
    let (proof, roots) = engine.growth_proof(request.from, request.to).await?;
    let [old_root, root] = roots.map(|root| BASE64_STANDARD.encode(root));
    Ok(Growth { old_root, proof, root })
}
