//! The moments of a question: the one it is about, and the one it is asked at.

use crate::{Code, Error, turns::AHEAD};
use chrono::SecondsFormat;
use procura_domain::temporal::{Moment, Position, Timestamp};
use procura_engine::{Engine, When};
use std::time::Duration;
use tokio::time::timeout;

/// An answer, and the moment that it holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf<T> {
    pub at: Moment,
    pub answer: T,
}

/// The two moments of a question. The answer shows what held at one; who may see it is decided at the other.
#[derive(Clone, Copy)]
pub(crate) struct Moments {
    pub(crate) at: Moment,
    /// A user who lost a right has lost the past with it (DAP-6).
    pub(crate) now: Moment,
}

impl Moments {
    /// Now, and the moment that the parameter `at` names.
    pub(crate) fn of(engine: &Engine, at: Option<&str>) -> Result<Self, Error> {
        let now = engine.moment(When::Now)?;
        let Some(at) = at else { return Ok(Self { at: now, now }) };
        Ok(Self { at: engine.moment(when("at", at)?)?, now })
    }
}

/// How long a request waits for a position.
const POSITION_PATIENCE: Duration = Duration::from_secs(5);

/// Waits until everything up to the position is durable and visible.
///
/// # Errors
/// `notReady` if that takes too long, `turnsTaken` if too many of the same owner's requests wait already.
pub async fn reach(engine: &Engine, position: Position) -> Result<(), Error> {
    if engine.position() >= position {
        return Ok(());
    }
    let _place = AHEAD.take()?;
    timeout(POSITION_PATIENCE, engine.reach(position)).await.map_err(|_| {
        let detail = format!("position {position} was not reached in {} s", POSITION_PATIENCE.as_secs());
        Error::new(Code::NotReady, detail)
    })
}

/// The moment that a parameter of that name gives.
pub(crate) fn when(name: &str, text: &str) -> Result<When, Error> {
    text.parse().map_err(|error| Error::invalid_parameter(name, error))
}

/// The moment of a page, for the next one: as it was asked for, if that means the same later.
pub(crate) fn pinned(asked: Option<&str>, at: Timestamp) -> String {
    match asked.map(str::parse) {
        Some(Ok(When::At(_) | When::Position(_))) => asked.unwrap_or_default().to_owned(),
        _ => instant(at),
    }
}

/// An instant as a parameter takes it. Pages that belong together name one.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
