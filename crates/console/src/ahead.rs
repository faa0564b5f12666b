//! What a command would change, for the page that asks before it is done: who loses and gains what, and what is left.

use crate::{names::Names, visit::Visit};
use procura_app::{Access, AsOf, Error, GroupGrantRow, ResidualRow, commands::Outcome};
use procura_domain::temporal::{Position, Timestamp};
use serde_json::Value;

/// How many rows of what is left are shown.
const LEFT_MAX: usize = 20;

/// What a command would change, in words.
#[derive(Debug, Clone)]
pub(crate) struct Ahead {
    /// The newest position that it was decided against.
    pub(crate) position: Position,
    pub(crate) gained: Vec<String>,
    pub(crate) lost: Vec<String>,
    /// What its partner can do all the same.
    pub(crate) left: Vec<StillHeld>,
    pub(crate) more_left: bool,
}

/// Something that a partner holds after its privileges or relationship ended.
#[derive(Debug, Clone)]
pub(crate) struct StillHeld {
    pub(crate) text: String,
    pub(crate) since: Timestamp,
}

impl StillHeld {
    pub(crate) fn of(names: &Names<'_>, row: &ResidualRow) -> Self {
        Self { text: names.access(&row.permission.access()), since: row.permission.from.time }
    }
}

impl Ahead {
    /// What the command would do if the person issued it now.
    ///
    /// # Errors
    /// The error that the command would be given.
    pub(crate) async fn of(visit: &Visit, name: &str, fields: &Value) -> Result<Self, Error> {
        Ok(Self::told(visit, &visit.preview(name, fields).await?))
    }

    /// That outcome, told.
    pub(crate) fn told(visit: &Visit, AsOf { at, answer: outcome }: &AsOf<Outcome>) -> Self {
        let names = visit.names(&outcome.people);
        let Outcome { consequences, member_changes, .. } = outcome;
        let told = |rows: &[Access]| rows.iter().map(|access| names.access(access)).collect::<Vec<_>>();
        let (mut gained, mut lost) =
            (told(&consequences.access_changes.gained), told(&consequences.access_changes.lost));
        if let Some(changes) = member_changes {
            let with_group = |rows: &[GroupGrantRow]| rows.iter().map(|row| names.group_grant(row)).collect::<Vec<_>>();
            gained.extend(with_group(&changes.gained));
            lost.extend(with_group(&changes.lost));
        }
        let left = &consequences.residual_access;
        Self {
            position: at.position,
            gained,
            lost,
            left: left.iter().take(LEFT_MAX).map(|row| StillHeld::of(&names, row)).collect(),
            more_left: left.len() > LEFT_MAX || consequences.more_residual_access,
        }
    }
}
