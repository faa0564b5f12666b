//! What the people in a report are called. Whoever is told a user's id in it is told the name (PEO-2), and names are those of
//! now: the report states of which position. Made again to be checked, it has marks in place of the names that are others
//! since then.

use crate::Error;
use procura_domain::{personal::People, temporal::Position, vocabulary::User};
use procura_engine::{Engine, When};
use procura_reports::{Called, Findings};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

/// How many users are looked at before the state is let go of.
const USERS_AT_ONCE: usize = 1_000;

/// Of when the names in a report are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamesWanted {
    Now,
    /// Those that a report states which was made at that position. Names that were changed or erased since are marked.
    Stated(Position),
    /// No names of people: as in a report that states no position of them.
    Nobody,
}

/// A text that says of when no names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is a position, or `none`")]
pub struct NotNamesWanted;

impl FromStr for NamesWanted {
    type Err = NotNamesWanted;

    fn from_str(text: &str) -> Result<Self, NotNamesWanted> {
        match text {
            "none" => Ok(Self::Nobody),
            position => position.parse().map(|position| Self::Stated(Position(position))).map_err(|_| NotNamesWanted),
        }
    }
}

impl NamesWanted {
    /// As a parameter says it; names of now need none.
    pub(super) fn parameter(self) -> Option<String> {
        match self {
            Self::Now => None,
            Self::Stated(position) => Some(position.to_string()),
            Self::Nobody => Some("none".to_owned()),
        }
    }
}

/// Whether a report has marks in place of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    Some,
    None,
}

/// Has the report show what the people in it are called.
///
/// It states the position at which the newest of their names was given or erased, if that is after the moment it is about: so
/// whoever asks later gets the same bytes until one of these names changes.
pub(super) async fn call(
    engine: &Engine,
    findings: &mut Findings,
    at: Position,
    wanted: NamesWanted,
) -> Result<Marks, Error> {
    match wanted {
        NamesWanted::Nobody => Ok(Marks::None),
        NamesWanted::Now => {
            let users = findings.people();
            let (people, changed) = of_now(engine, &users).await?;
            let position = changed.map_or(at, |changed| changed.max(at));
            let called = |user: &User| Some((*user, Called::by(people.shown(*user)?)));
            findings.call(&users.iter().filter_map(called).collect(), position);
            Ok(Marks::None)
        }
        NamesWanted::Stated(position) => {
            let users: Vec<_> = findings.people().into_iter().collect();
            let people = engine.people(users.iter().copied()).await?;
            let (mut names, mut marks) = (BTreeMap::new(), Marks::None);
            for users in users.chunks(USERS_AT_ONCE) {
                engine.read(|state| {
                    for user in users {
                        // Who had no name then is shown without one.
                        let Some(then) = state.description_at(*user, position) else { continue };
                        let is_same = state.description(*user).is_some_and(|now| now.shown() == then.shown());
                        let called = match people.shown(*user) {
                            Some(name) if is_same => Called::by(name),
                            now => {
                                marks = Marks::Some;
                                Called::marked(*user, now)
                            }
                        };
                        names.insert(*user, called);
                    }
                });
            }
            findings.call(&names, position);
            Ok(marks)
        }
    }
}

/// The names of the users, and where the newest of them changed.
async fn of_now(engine: &Engine, users: &BTreeSet<User>) -> Result<(People, Option<Position>), Error> {
    let users: Vec<_> = users.iter().copied().collect();
    loop {
        let before = engine.moment(When::Now)?.position;
        let people = engine.people(users.iter().copied()).await?;
        let position = engine.moment(When::Now)?.position;
        let changed = |users: &[User]| {
            engine.read(|state| users.iter().filter_map(|user| state.name_changed(*user, position)).max())
        };
        let changed = users.chunks(USERS_AT_ONCE).filter_map(changed).max();
        // If a name was changed meanwhile, nobody can say whether the old or the new one was read. Those that were read are in
        // memory, so that the next round is quick.
        if changed.is_none_or(|changed| changed <= before) {
            return Ok((people, changed));
        }
    }
}
