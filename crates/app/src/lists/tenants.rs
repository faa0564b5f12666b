//! Who is registered, and who has to do with whom: as far as a reader may know of them.

use super::{
    request::{ListKey, ListPage, ListRequest},
    wanted::{NamePart, WantedRelationships},
};
use crate::{Error, moments::Moments};
use procura_domain::{
    aggregate::tenant::Tenant,
    id::{CustomerId, Id, PartnerId},
    state::State,
    temporal::Moment,
    visibility::{self, Reader},
    vocabulary::{Pair, TenantKind},
};
use procura_engine::Engine;
use procura_views::{Looked, RegisteredTenant, RelationshipRow};
use std::{fmt, str::FromStr};

/// The customers of which the reader may know: all, its own tenant, or its partner's (VIS-1, VIS-2, VIS-4).
///
/// # Errors
/// If the request cannot be read.
pub fn registered_customers(
    engine: &Engine,
    reader: Reader,
    request: ListRequest,
) -> Result<ListPage<RegisteredTenant>, Error> {
    let request = request.takes(&["customer", "name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let (only, name) = (request.customer, NamePart::of(&request));
    request.page(engine, at, |state, from| {
        let from = only.into_iter().chain(from).max().unwrap_or(CustomerId::MIN);
        let customers = reader.customers_from(now, state, from);
        let wanted = customers.take_while(move |customer| only.is_none_or(|only| only == *customer));
        let name = name.clone();
        Some(Box::new(wanted.map(move |customer| {
            let known = visibility::customer_scope(reader, customer, now, state);
            let row = known.and_then(|_| RegisteredTenant::of(state, customer.into(), at));
            Looked { key: customer, row }.filter(|row| name.is_of(row.id, state))
        })))
    })
}

/// The partners of which the reader may know: all, its own, or those that have or had access in its tenant (VIS-1, VIS-2,
/// VIS-4).
///
/// # Errors
/// If the request cannot be read.
pub fn registered_partners(
    engine: &Engine,
    reader: Reader,
    request: ListRequest,
) -> Result<ListPage<RegisteredTenant>, Error> {
    let request = request.takes(&["partner", "name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let (only, name) = (request.partner, NamePart::of(&request));
    // Of a customer's partners those that its page shows at the moment.
    let own = match reader {
        Reader::User(user) => Some(user.tenant),
        Reader::Overseer | Reader::Decider => None,
    };
    request.page(engine, at, |state, from| {
        let from = only.into_iter().chain(from).max().unwrap_or(PartnerId::MIN);
        let partners = reader.partners_from(now, state, from);
        let wanted = partners.take_while(move |partner| only.is_none_or(|only| only == *partner));
        let name = name.clone();
        Some(Box::new(wanted.map(move |partner| {
            let kind = state.tenant(partner.into()).map(Tenant::kind);
            let is_told = own.is_none_or(|own| {
                let pair = Pair { customer: own.as_customer(), partner };
                own == partner.into() || procura_views::has_to_do_with(state, pair, at)
            });
            let shown = is_told && kind == Some(TenantKind::Partner);
            let row = if shown { RegisteredTenant::of(state, partner.into(), at) } else { None };
            Looked { key: partner, row }.filter(|row| name.is_of(row.id, state))
        })))
    })
}

/// A customer and a partner among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(Pair);

impl ListKey for Key {
    const IS_KNOWN: bool = true;
}

/// `CUSTOMER/PARTNER`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Pair { customer, partner }) = self;
        write!(f, "{customer}/{partner}")
    }
}

impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let not_a_key = || Error::invalid_request("not a pair");
        let (customer, partner) = text.split_once('/').ok_or_else(not_a_key)?;
        let customer = customer.parse().map_err(|_| not_a_key())?;
        Ok(Self(Pair { customer, partner: partner.parse().map_err(|_| not_a_key())? }))
    }
}

/// Every customer of which the reader may know with every partner of which it may know there: by customer and partner.
///
/// # Errors
/// If the request cannot be read, or the reader may not know of the customer that it names.
pub fn relationships(
    engine: &Engine,
    reader: Reader,
    request: ListRequest,
) -> Result<ListPage<RelationshipRow>, Error> {
    let request = request.takes(&["customer", "partner", "dap", "residual", "ended", "name"])?;
    let Moments { at, now } = request.moments(engine)?;
    let (only, partner) = (request.customer, request.partner);
    let asked = Asked { reader, partner, at, now };
    let (wanted, name) = (WantedRelationships::of(&request), NamePart::of(&request));
    request.page(engine, at, |state, from: Option<Key>| {
        if let Some(customer) = only {
            visibility::customer_scope(reader, customer, now, state)?;
        }
        let first = only.unwrap_or(CustomerId::MIN);
        let Pair { customer: first, partner: from } =
            from.map_or(Pair { customer: first, partner: PartnerId::MIN }, |Key(pair)| pair);
        let customers = reader.customers_from(now, state, first);
        let customers = customers.take_while(move |customer| only.is_none_or(|only| only == *customer));
        let name = name.clone();
        let pairs = customers.flat_map(move |customer| {
            let from = if customer == first { from } else { PartnerId::MIN };
            // To look at a customer is as much as a row.
            let key = Key(Pair { customer, partner: PartnerId::MIN });
            let passed = (from == PartnerId::MIN).then_some(Looked { key, row: None });
            passed.into_iter().chain(asked.of_one(state, customer, from))
        });
        Some(Box::new(pairs.map(move |looked| {
            let pair = looked.key.0;
            looked.filter(|row: &RelationshipRow| {
                (name.is_of(pair.customer.into(), state) || name.is_of(pair.partner.into(), state))
                    && wanted.has(pair, &row.with.relationship, state, at)
            })
        })))
    })
}

#[derive(Clone, Copy)]
struct Asked {
    reader: Reader,
    partner: Option<PartnerId>,
    at: Moment,
    now: Moment,
}

impl Asked {
    /// What the reader may know of what the customer has to do with its partners.
    fn of_one(
        self,
        state: &State,
        customer: CustomerId,
        from: PartnerId,
    ) -> impl Iterator<Item = Looked<Key, RelationshipRow>> {
        let scope = visibility::customer_scope(self.reader, customer, self.now, state);
        let scope = scope.and_then(|scope| scope.narrowed(self.partner));
        let rows = scope.map(|scope| procura_views::relationships(state, customer, scope.partner(), self.at, from));
        rows.into_iter().flatten().map(move |Looked { key: partner, row }| {
            let key = Key(Pair { customer, partner });
            Looked { key, row }
        })
    }
}
