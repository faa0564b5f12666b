//! How a list is asked for, and its pages cut.

use crate::{
    AsOf, Error, Page,
    moments::{Moments, pinned},
    page::page_items,
};
use procura_domain::{
    id::{CustomerId, DeviceId, ObjectId, PartnerId, ProfileId, SubscriptionId},
    state::State,
    temporal::{Moment, Position},
};
use procura_engine::Engine;
use procura_views::{InvitationState, Looked, PermissionKey};
use serde::{Deserialize, Serialize};
use std::{
    fmt::{self, Display},
    str::FromStr,
};

/// How many rows, shown or not, a page looks at: one that shows none among so many ends, and the next goes on.
const PAGE_LOOKED_MAX: usize = 2_000;
/// How many of them at once.
const LOOKED_AT_ONCE: usize = 100;

/// Which page of a list, and at which moment; the filters that some lists take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListRequest {
    /// A time or a position; now unless given.
    pub at: Option<String>,
    /// How many items a page has at most.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub after: Option<String>,
    pub partner: Option<PartnerId>,
    pub customer: Option<CustomerId>,
    pub subscription: Option<SubscriptionId>,
    pub include_ended: Option<bool>,
    /// Only what has this in its name, in whatever case; of a tenant, in its name or domain.
    pub name: Option<String>,
    /// Only where delegated admin privileges are in force, or only where they are not.
    pub dap: Option<bool>,
    /// Only where there is residual access, or only where there is none.
    pub residual: Option<bool>,
    /// Only where the relationship has ended, or only where it has not.
    pub ended: Option<bool>,
    /// Only devices with this serial number, in whatever case.
    pub serial: Option<String>,
    /// Only what this user or group holds: `tenant/user`, or `partner/AdminAgents`.
    pub principal: Option<String>,
    /// Only invitations that stand so.
    pub state: Option<InvitationState>,
}

/// A page of a list, and the moment it was read at.
pub type ListPage<T> = AsOf<Page<T, ListRequest>>;

impl ListRequest {
    /// The request, if it has no other filters than those; any other is an error, not a filter that was not applied.
    pub(crate) fn takes(self, filters: &[&str]) -> Result<Self, Error> {
        let Self { partner, customer, subscription, include_ended, .. } = &self;
        let Self { name, dap, residual, ended, serial, principal, state, .. } = &self;
        let given = [
            ("partner", partner.is_some()),
            ("customer", customer.is_some()),
            ("subscription", subscription.is_some()),
            ("includeEnded", include_ended.is_some()),
            ("name", name.is_some()),
            ("dap", dap.is_some()),
            ("residual", residual.is_some()),
            ("ended", ended.is_some()),
            ("serial", serial.is_some()),
            ("principal", principal.is_some()),
            ("state", state.is_some()),
        ];
        match given.iter().find(|(name, given)| *given && !filters.contains(name)) {
            Some((name, _)) => {
                let taken = ["at", "limit", "after"].iter().chain(filters).copied().collect::<Vec<_>>().join(", ");
                Err(Error::invalid_request(format!("`{name}` is no parameter of this list, which takes {taken}")))
            }
            None => Ok(self),
        }
    }

    /// The request, if it has no filters, and its moments.
    pub(crate) fn unfiltered(self, engine: &Engine) -> Result<(Self, Moments), Error> {
        let request = self.takes(&[])?;
        let moments = request.moments(engine)?;
        Ok((request, moments))
    }

    pub(crate) fn moments(&self, engine: &Engine) -> Result<Moments, Error> {
        Moments::of(engine, self.at.as_deref())
    }

    /// One page of the list, from where the page before ended. `list` gives what the reader may see of it from a key on, or
    /// from its beginning; `None`, if the reader may not see it. The cursor names the moment, so that the pages belong
    /// together.
    ///
    /// A page looks at so much and no more, a little at once: commands go on being accepted in between.
    pub(crate) fn page<K, T>(
        self,
        engine: &Engine,
        at: Moment,
        list: impl for<'s> Fn(&'s State, Option<K>) -> Option<List<'s, K, T>>,
    ) -> Result<ListPage<T>, Error>
    where
        K: ListKey,
    {
        let limit = page_items(self.limit)?;
        let mut cursor: ListCursor<K> = self.after.as_deref().map_or(Ok(ListCursor::BEGIN), str::parse)?;
        let (mut from, mut to_skip) = (cursor.named, cursor.passed);
        let (mut items, mut looked) = (Vec::new(), 0);
        let more = loop {
            let more = engine.read(|state| {
                // The one that was looked at last comes again, as the first.
                let mut rest = list(state, from)?.skip(to_skip.saturating_add(usize::from(from.is_some())));
                to_skip = 0;
                for Looked { key, row } in rest.by_ref().take(LOOKED_AT_ONCE) {
                    looked += 1;
                    from = Some(key);
                    cursor = if row.is_some() || K::IS_KNOWN {
                        ListCursor { named: Some(key), passed: 0 }
                    } else {
                        ListCursor { passed: cursor.passed.saturating_add(1), ..cursor }
                    };
                    items.extend(row);
                    if items.len() == limit {
                        break;
                    }
                }
                Some(rest.next().is_some())
            });
            let more = more.ok_or_else(Error::not_found)?;
            if !more || items.len() == limit || looked >= PAGE_LOOKED_MAX {
                break more;
            }
        };
        let next = more.then(|| {
            let moment = pinned(self.at.as_deref(), at.at);
            Self { at: Some(moment), limit: Some(limit), after: Some(cursor.to_string()), ..self }
        });
        Ok(AsOf { at, answer: Page::new(items, next) })
    }
}

/// What a list goes on from.
pub(crate) trait ListKey: Copy + Display + FromStr {
    /// Whether the reader may know of things on the list that are not shown: those that were there once, and positions.
    const IS_KNOWN: bool;
}

macro_rules! list_keys {
    ($is_known:literal: $($key:ty)+) => { $(impl ListKey for $key { const IS_KNOWN: bool = $is_known; })+ };
}

list_keys! { true: Position PermissionKey CustomerId PartnerId SubscriptionId DeviceId }
// A profile that an agent may not change (VIS-6); who held a role or was in a group.
list_keys! { false: ProfileId ObjectId }

/// What a list looks at, one after the other.
pub(crate) type List<'s, K, T> = Box<dyn Iterator<Item = Looked<K, T>> + 's>;

/// Where a page ended: at a row that may be named, and how many were passed since that may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListCursor<K> {
    pub(super) named: Option<K>,
    pub(super) passed: usize,
}

impl<K> ListCursor<K> {
    const BEGIN: Self = Self { named: None, passed: 0 };
}

/// `KEY`, `KEY+3`, and `+3` if none was named.
impl<K: Display> Display for ListCursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(named) = &self.named {
            named.fmt(f)?;
        }
        if self.passed > 0 { write!(f, "+{}", self.passed) } else { Ok(()) }
    }
}

impl<K: ListKey> FromStr for ListCursor<K> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let not_an_end = || Error::invalid_request("`after` is not where a page ended: follow `nextLink`");
        let (key, passed) = text.split_once('+').unwrap_or((text, "0"));
        let named = if key.is_empty() { None } else { Some(key.parse().map_err(|_| not_an_end())?) };
        let passed = passed.parse().ok().filter(|passed| !K::IS_KNOWN || *passed == 0).ok_or_else(not_an_end)?;
        Ok(Self { named, passed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let id = "90000000-0000-4000-8000-000000000001";
        for text in [id, &format!("{id}+3"), "+3", ""] {
            assert_eq!(text.parse::<ListCursor<ProfileId>>().unwrap().to_string(), text);
        }
        for wrong in ["x", "+", "+x", "+-1", "-1", "+99999999999999999999"] {
            for text in [wrong.to_owned(), format!("{id}{wrong}")] {
                assert!(text.parse::<ListCursor<ProfileId>>().is_err(), "{text}");
            }
        }
        // Whose things may all be named passes none.
        assert_eq!("17".parse::<ListCursor<Position>>().unwrap().to_string(), "17");
        assert!("17+3".parse::<ListCursor<Position>>().is_err());
    }
}
