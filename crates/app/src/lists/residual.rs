//! View 5: what partners hold after their privileges or relationship ended, of one customer or of all that a reader may know.

use super::request::{ListCursor, ListKey, ListPage, ListRequest};
use crate::{Error, moments::Moments, page::link, people::with_people};
use procura_domain::{
    id::{CustomerId, Id, PartnerId},
    state::State,
    temporal::Moment,
    visibility::{self, Reader},
    vocabulary::Pair,
};
use procura_engine::Engine;
use procura_views::{Looked, Mentions, PermissionKey, ResidualKey, ResidualRow};
use std::{fmt, str::FromStr};

/// A row among all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    customer: CustomerId,
    row: ResidualKey,
}

impl ListKey for Key {
    const IS_KNOWN: bool = true;
}

/// `CUSTOMER/PARTNER/17`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { customer, row: ResidualKey { partner, permission } } = self;
        write!(f, "{customer}/{partner}/{permission}")
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let not_a_key = || Error::invalid_request("not a row");
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or_else(not_a_key);
        let customer = part()?.parse().map_err(|_| not_a_key())?;
        let partner = part()?.parse().map_err(|_| not_a_key())?;
        let permission = part()?.parse().map_err(|_| not_a_key())?;
        Ok(Self { customer, row: ResidualKey { partner, permission } })
    }
}

/// View 5: what partners hold after their privileges or relationship ended: what the reader may know of it.
///
/// # Errors
/// If the request cannot be read, or the reader may not know of the customer that it names.
pub async fn residual_access(
    engine: &Engine,
    reader: Reader,
    request: ListRequest,
) -> Result<ListPage<ResidualRow>, Error> {
    let request = request.takes(&["partner", "customer"])?;
    let Moments { at, now } = request.moments(engine)?;
    let ListRequest { partner, customer, .. } = request;
    let asked = Asked { reader, partner, at, now };
    let page = request.page(engine, at, |state, from: Option<Key>| {
        if let Some(customer) = customer {
            visibility::customer_scope(reader, customer, now, state)?;
            let row = from.map_or(ResidualKey::MIN, |from| from.row);
            return Some(Box::new(asked.of_one(state, customer, row)));
        }
        let from = from.unwrap_or(Key { customer: CustomerId::MIN, row: ResidualKey::MIN });
        let customers = reader.customers_from(now, state, from.customer);
        Some(Box::new(customers.flat_map(move |customer| {
            let row = if customer == from.customer { from.row } else { ResidualKey::MIN };
            // To look at a customer is as much as a row.
            let passed = (row == ResidualKey::MIN).then_some(Looked { key: Key { customer, row }, row: None });
            passed.into_iter().chain(asked.of_one(state, customer, row))
        })))
    });
    with_people(engine, page?, |row, each| row.mentions(each)).await
}

#[derive(Clone, Copy)]
struct Asked {
    reader: Reader,
    partner: Option<PartnerId>,
    at: Moment,
    now: Moment,
}

impl Asked {
    /// What the reader may know of the rows of one customer.
    fn of_one(
        self,
        state: &State,
        customer: CustomerId,
        from: ResidualKey,
    ) -> impl Iterator<Item = Looked<Key, ResidualRow>> {
        let scope = visibility::customer_scope(self.reader, customer, self.now, state);
        let scope = scope.and_then(|scope| scope.narrowed(self.partner));
        let rows = scope.map(|scope| procura_views::residual_access(state, customer, scope.partner(), self.at, from));
        rows.into_iter().flatten().map(move |Looked { key, row }| Looked { key: Key { customer, row: key }, row })
    }
}

/// The link to what there is between the two after a row.
pub(crate) fn residual_access_after(pair: Pair, after: PermissionKey, at: Moment) -> String {
    let Pair { customer, partner } = pair;
    let row = ResidualKey { partner, permission: after };
    let after = ListCursor { named: Some(Key { customer, row }), passed: 0 }.to_string();
    let (customer, partner) = (Some(customer), Some(partner));
    let at = Some(at.position.to_string());
    link("/v1/residual-access", &ListRequest { at, after: Some(after), customer, partner, ..ListRequest::default() })
}
