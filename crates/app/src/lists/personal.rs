//! What people wrote about a thing, which stands sealed beside the event that made it.

use super::request::ListPage;
use crate::{AsOf, Error, Page};
use procura_domain::{personal::PersonalData, temporal::EventRef};
use procura_engine::{Engine, Personal};
use serde::Serialize;

/// A row with what people wrote about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithPersonal<T> {
    #[serde(flatten)]
    pub row: T,
    #[serde(flatten)]
    pub written: Option<PersonalData>,
    #[serde(flatten)]
    pub gone: Option<Gone>,
}

/// What people wrote is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "personalData", rename_all = "camelCase")]
pub enum Gone {
    Erased,
    /// Its key is not there: the log came back from a backup without its keys.
    Unavailable,
}

impl Gone {
    /// What people wrote, or that it is gone.
    pub(crate) fn or(personal: Personal) -> Result<PersonalData, Self> {
        match personal {
            Personal::Known(written) => Ok(written),
            Personal::Erased => Err(Self::Erased),
            Personal::Unavailable => Err(Self::Unavailable),
        }
    }
}

/// The page, with what people wrote beside each row's event.
pub(super) async fn beside<T>(
    engine: &Engine,
    page: ListPage<T>,
    event: impl Fn(&T) -> EventRef,
) -> Result<ListPage<WithPersonal<T>>, Error> {
    let AsOf { at, answer: Page { items: rows, people, next } } = page;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let (written, gone) = match Gone::or(engine.personal(event(&row).position).await?) {
            Ok(written) => (Some(written), None),
            Err(gone) => (None, Some(gone)),
        };
        items.push(WithPersonal { row, written, gone });
    }
    Ok(AsOf { at, answer: Page { items, people, next } })
}
