//! A backup over HTTP, for operators: as it is made, while commands go on being recorded.

use crate::{
    answer::ReadAtPosition,
    caller::{Caller, ServiceRole},
    extract::Parameters,
    problem::Problem,
    service::Service,
};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use procura_app::{Code, Error};
use procura_domain::rule::Rule;
use procura_engine::Backup;
use serde::Deserialize;

/// How many are made at once.
pub(crate) const BACKUPS_MAX: usize = 2;
/// When to try again if so many are.
const RETRY_SECONDS: u64 = 30;

/// What goes into it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupQuery {
    /// The keys of personal data too.
    #[serde(default)]
    keys: bool,
}

/// `GET /v1/backup`: a stream of zstd. If it breaks off, it is no backup, and `procura restore` says so.
pub(crate) async fn backup(
    State(service): State<Service>,
    caller: Caller,
    Parameters(BackupQuery { keys }, _): Parameters<BackupQuery>,
) -> Result<Response, Problem> {
    if !caller.roles.contains(&ServiceRole::Operator) {
        return Err(Error::new(Code::NotAllowed, "only operators back up the log").by_rule(Rule::Vis4).into());
    }
    let turn = service.backups.clone().try_acquire_owned().map_err(|_| {
        let detail = format!("{BACKUPS_MAX} backups are being made: try again when one is done");
        Error::new(Code::TurnsTaken, detail).retry_after(RETRY_SECONDS)
    })?;
    let deliveries = service.deliveries.bytes(&service.engine).await.map_err(Error::internal)?;
    let Backup { position, pieces } = service.engine.backup(&service.key, keys, deliveries).await?;
    tracing::info!(%position, keys, "a backup begins");
    // The turn lasts until the last piece was taken.
    let pieces = pieces.inspect(move |_| _ = &turn);
    let headers = [(header::CONTENT_TYPE, "application/zstd")];
    Ok((Extension(ReadAtPosition(position)), headers, Body::from_stream(pieces)).into_response())
}
