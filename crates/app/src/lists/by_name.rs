//! A partner's customers in the order of their names, as people look for them; the API's list is in the order of ids.
//!
//! All customers are gone through for a page, a part at a time, and no more of them are kept than it shows.

use super::{
    request::{ListPage, ListRequest},
    wanted::{NamePart, WantedRelationships},
};
use crate::{AsOf, Error, Page, moments::Moments, page::page_items, turns::SEARCHES};
use procura_domain::{
    id::{CustomerId, Id, PartnerId},
    state::State,
    temporal::Moment,
    visibility::{self, Reader},
    vocabulary::Pair,
};
use procura_engine::Engine;
use procura_views::Customer;
use std::collections::BTreeSet;

/// How many customers are gone through at once: commands go on being accepted in between.
const CUSTOMERS_AT_ONCE: usize = 500;

/// A page of customers, and how many there are on all pages.
pub type CountedCustomers = (ListPage<Customer>, usize);

/// The partner's customers that are wanted, by name. The page after one begins with the customer after its last.
///
/// # Errors
/// If the request cannot be read, or the reader may not see them.
pub async fn customers_by_name(
    engine: &Engine,
    reader: Reader,
    partner: PartnerId,
    request: ListRequest,
) -> Result<CountedCustomers, Error> {
    let request = request.takes(&["dap", "residual", "ended", "name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let limit = page_items(request.limit)?;
    let after = request.after.as_deref().map(str::parse::<CustomerId>).transpose();
    let after = after.map_err(|error| Error::invalid_parameter("after", error))?;
    let going = Going { reader, partner, at, now, limit, after, wanted: WantedRelationships::of(&request) };
    let (walked, name) = (engine.clone(), NamePart::of(&request));
    let (items, count, more) =
        SEARCHES.take(move || going.through(&walked, &name)).await?.ok_or_else(Error::not_found)?;
    let last = items.last().map(|row| row.customer.id.to_string());
    let next = more.then_some(ListRequest { limit: Some(limit), after: last, ..request });
    Ok((AsOf { at, answer: Page::new(items, next) }, count))
}

/// A request under way.
struct Going {
    reader: Reader,
    partner: PartnerId,
    at: Moment,
    now: Moment,
    limit: usize,
    after: Option<CustomerId>,
    wanted: WantedRelationships,
}

/// What customers are ordered by.
type Place = (String, CustomerId);

impl Going {
    /// The rows of the page, how many customers are wanted, and whether there are more after the page.
    fn through(&self, engine: &Engine, name: &NamePart) -> Option<(Vec<Customer>, usize, bool)> {
        let after = self.after.map(|after| engine.read(|state| (lowercase_name(state, after), after)));
        let (mut kept, mut count, mut from) = (BTreeSet::<Place>::new(), 0_usize, Some(CustomerId::MIN));
        while let Some(first) = from {
            let sees = engine.read(|state| {
                if !visibility::sees_customers(self.reader, self.partner, self.now, state) {
                    return false;
                }
                let mut customers = state.customers_from(self.partner, first);
                for customer in customers.by_ref().take(CUSTOMERS_AT_ONCE) {
                    if !self.wants(state, customer, name) {
                        continue;
                    }
                    count = count.saturating_add(1);
                    let place = (lowercase_name(state, customer), customer);
                    if after.as_ref().is_none_or(|after| place > *after) {
                        kept.insert(place);
                        // One more than is shown tells that there is another page.
                        if kept.len() > self.limit.saturating_add(1) {
                            kept.pop_last();
                        }
                    }
                }
                from = customers.next();
                true
            });
            if !sees {
                return None;
            }
        }
        let more = kept.len() > self.limit;
        let agent = None;
        let row = |(_, customer): &Place| {
            engine.read(|state| procura_views::customer(state, self.partner, *customer, agent, self.at))
        };
        Some((kept.iter().take(self.limit).filter_map(row).collect(), count, more))
    }

    fn wants(&self, state: &State, customer: CustomerId, name: &NamePart) -> bool {
        let pair = Pair { customer, partner: self.partner };
        let summary = procura_views::relationship_summary(state, pair, self.at);
        summary.is_some_and(|summary| {
            name.is_of(customer.into(), state) && self.wanted.has(pair, &summary, state, self.at)
        })
    }
}

fn lowercase_name(state: &State, customer: CustomerId) -> String {
    state.tenant(customer.into()).map(|tenant| tenant.name().to_lowercase()).unwrap_or_default()
}
