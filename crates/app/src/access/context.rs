//! What an answer to an access question rests on, and that nobody else's is asked.

use crate::{Error, error::Code};
use procura_domain::{
    personal::People,
    rule::{RULES_VERSION, Rule},
    temporal::{Moment, Position, Timestamp},
};
use procura_views::Explanation;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseContext {
    /// The position it was given at.
    pub position: Position,
    /// The instant it was given for.
    pub time: Timestamp,
    /// The version of the rules.
    pub rules: Cow<'static, str>,
    /// Why, if that was asked.
    #[serde(flatten)]
    pub why: Option<Explanation>,
    /// What the people in it are called, if it says why.
    #[serde(default, skip_serializing_if = "People::is_empty")]
    pub people: People,
    /// What in the question is unknown here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Why the question was not answered: in a batch only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NotAnswered>,
}

/// Why one question of a batch was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAnswered {
    /// The HTTP status that it would have had alone.
    pub status: u16,
    /// What happened, in words.
    pub message: String,
}

impl ResponseContext {
    pub(super) fn moment(&self) -> Moment {
        Moment { position: self.position, at: self.time }
    }

    pub(super) fn at(at: Moment) -> Self {
        Self {
            position: at.position,
            time: at.at,
            rules: RULES_VERSION.into(),
            why: None,
            people: People::default(),
            unknown: None,
            error: None,
        }
    }
}

/// The reader asks about somebody whom it may not ask about (VIS-3).
pub(super) fn may_not_ask() -> Error {
    let detail = "ask about yourself, or about your own tenant's resources as its Global administrator";
    Error::new(Code::NotAllowed, detail).by_rule(Rule::Vis3)
}
