//! How a list is asked for, and its pages cut.

use crate::{
    AsOf, Error, Page,
    moments::{Moments, instant},
    page::page_items,
};
use procura_domain::{
    id::{CustomerId, PartnerId, SubscriptionId},
    state::State,
    temporal::Moment,
};
use procura_engine::Engine;
use serde::{Deserialize, Serialize};

/// Which page of a list, and at which moment; the filters that some lists take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListRequest {
    /// A time or a position; now unless given.
    pub at: Option<String>,
    /// How many items a page has at most.
    pub limit: Option<usize>,
    /// How many items the pages before had.
    pub skip: Option<usize>,
    pub partner: Option<PartnerId>,
    pub customer: Option<CustomerId>,
    pub subscription: Option<SubscriptionId>,
    pub include_ended: Option<bool>,
}

/// A page of a list, and the moment it was read at.
pub type ListPage<T> = AsOf<Page<T, ListRequest>>;

impl ListRequest {
    /// The request, if it has no other filters than those; any other is an error, not a filter that was not applied.
    pub(crate) fn takes(self, filters: &[&str]) -> Result<Self, Error> {
        let Self { partner, customer, subscription, include_ended, .. } = &self;
        let given = [
            ("partner", partner.is_some()),
            ("customer", customer.is_some()),
            ("subscription", subscription.is_some()),
            ("includeEnded", include_ended.is_some()),
        ];
        match given.iter().find(|(name, given)| *given && !filters.contains(name)) {
            Some((name, _)) => Err(Error::invalid_request(format!("`{name}` is no parameter of this list"))),
            None => Ok(self),
        }
    }

    pub(crate) fn moments(&self, engine: &Engine) -> Result<Moments, Error> {
        Moments::of(engine, self.at.as_deref())
    }

    /// One page of the rows of a list without filters, if the reader may see them.
    pub(crate) fn list<T>(
        self,
        engine: &Engine,
        rows: impl FnOnce(&State, Moments) -> Option<Vec<T>>,
    ) -> Result<ListPage<T>, Error> {
        let request = self.takes(&[])?;
        let moments = request.moments(engine)?;
        let rows = engine.read(|state| rows(state, moments)).ok_or_else(Error::not_found)?;
        request.page(rows, moments.at)
    }

    /// One page of the rows. The cursor names the moment, so that the pages belong together.
    pub(crate) fn page<T>(self, rows: Vec<T>, at: Moment) -> Result<ListPage<T>, Error> {
        let limit = page_items(self.limit)?;
        let skip = self.skip.unwrap_or(0);
        let end = skip.saturating_add(limit);
        let next = (end < rows.len()).then(|| {
            let moment = self.at.clone().unwrap_or_else(|| instant(at.at));
            Self { at: Some(moment), limit: Some(limit), skip: Some(end), ..self }
        });
        let items = rows.into_iter().skip(skip).take(limit).collect();
        Ok(AsOf { at, answer: Page { items, next } })
    }
}
