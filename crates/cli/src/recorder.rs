//! Where commands go: into the log of this process, or to a server as the token's user. The answers are alike.

use crate::{failure::Failure, pipeline::Pending, remote::Remote};
use futures_util::{FutureExt, future::ready};
use procura_app::{
    Code, Error,
    commands::{Line, LineAnswer},
};
use procura_engine::{Engine, Recorded, SubmitError};
use serde::Deserialize;

/// Takes commands; clones are the same one.
#[derive(Clone)]
pub(crate) enum Recorder {
    /// The log of this process.
    Here(Engine),
    /// A server. The user whom its token names is the actor, whatever a line says.
    There(Remote),
}

impl Recorder {
    /// Sends a command. Here it is in the queue when this returns, and many may wait; a server answers one at a time.
    pub(crate) async fn record(&self, line: &Line) -> Pending<LineAnswer> {
        match self {
            Self::Here(engine) => {
                let (id, submitted) = (line.id.clone(), enqueue(engine, line).await);
                let answered = async { submitted?.await.map_err(Error::from) };
                answered.map(move |outcome| Ok(LineAnswer::new(id.as_ref(), outcome))).boxed()
            }
            Self::There(remote) => ready(post(remote, line)).boxed(),
        }
    }
}

async fn enqueue(
    engine: &Engine,
    line: &Line,
) -> Result<impl Future<Output = Result<Recorded, SubmitError>> + Send + use<>, Error> {
    let submission = line.submission()?;
    engine.prepare(&submission).await?;
    Ok(engine.enqueue(submission)?)
}

/// Posts the line. What is no answer to this command ends the run.
fn post(remote: &Remote, line: &Line) -> Result<LineAnswer, Failure> {
    let key = line.id.as_ref().map(ToString::to_string);
    let outcome = match remote.post(&format!("/v1/commands/{}", line.command), key.as_deref(), line.data.get()) {
        Ok(recorded) => Ok(Recorded::deserialize(recorded).map_err(|error| Failure::Internal(error.to_string()))?),
        Err(Failure::Refused(error)) if is_of_this_command(&error) => Err(error),
        Err(failure) => return Err(failure),
    };
    Ok(LineAnswer::new(line.id.as_ref(), outcome))
}

/// Whether it is this command that was refused, where another might be taken.
fn is_of_this_command(error: &Error) -> bool {
    !matches!(
        error.code(),
        Code::Unauthenticated
            | Code::UnsupportedMediaType
            | Code::IdempotencyQuota
            | Code::RateLimited
            | Code::TurnsTaken
            | Code::Internal
            | Code::ClockUnfit
            | Code::Stopping
            | Code::NotReady
            | Code::LowSpace
    )
}
