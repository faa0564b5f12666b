//! The history of a customer, of a partner, of everybody: what happened, who did it, under which rule, and what that
//! changed; a page at a time, each at one moment.

mod entry;
mod selection;
#[cfg(test)]
mod tests;

pub use entry::{ActorRow, HistoryEntry};
pub use selection::Order;

use crate::{
    AsOf, Error, Page,
    moments::{Moments, pinned, when},
    page::page_items,
};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    temporal::Position,
    visibility::{self, Reader, VisibleScope},
    vocabulary::Locale,
};
use procura_engine::Engine;
use procura_words::Words;
use selection::{Filter, Selection};
use serde::{Deserialize, Serialize};
use std::{fmt::Display, str::FromStr};

/// What of a history is asked for: the parameters, each as callers write it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryRequest {
    /// The moment it is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Not before this time or position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Not after this time or position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What concerns this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What concerns this partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// About this user, `tenant/user`: its roles and memberships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Events of this type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// Done by this user, `tenant/user`, or operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// How many entries a page has at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// The language that it is told in.
    #[serde(skip)]
    pub locale: Locale,
}

/// Whose history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// All of it to the customer; to a partner's agents what concerns them (VIS-1, VIS-2).
    Customer(CustomerId),
    Partner(PartnerId),
    /// For operators and auditors alone (VIS-4).
    Everybody,
}

/// A page of the history. The cursor pins the moment, so that the pages belong together.
///
/// # Errors
/// If a parameter cannot be read, its moment lies ahead, or the reader may not know of the tenant.
pub async fn history(
    engine: &Engine,
    reader: Reader,
    whose: Whose,
    request: HistoryRequest,
) -> Result<AsOf<Page<HistoryEntry, HistoryRequest>>, Error> {
    let Moments { at, now } = Moments::of(engine, request.at.as_deref())?;
    let (of, with) = match whose {
        Whose::Customer(customer) => (Some(customer.into()), request.partner()?.map(TenantId::from)),
        Whose::Partner(partner) => (Some(partner.into()), request.customer()?.map(TenantId::from)),
        Whose::Everybody => (None, None),
    };
    let scope = engine.read(|state| match whose {
        Whose::Customer(customer) => visibility::customer_scope(reader, customer, now, state),
        Whose::Partner(partner) => visibility::partner_scope(reader, partner, now, state),
        Whose::Everybody => (reader == Reader::Overseer).then_some(VisibleScope::Everything),
    });
    let selection = Selection {
        of,
        scope: scope.ok_or_else(Error::not_found)?,
        reader: (reader, now),
        filter: request.filter(with)?,
        order: request.order.unwrap_or(Order::Oldest),
        after: request.after.map(Position),
        limit: page_items(request.limit)?,
        words: Words::of(request.locale),
    };
    let Page { items, people, next } = selection.page(engine, at).await?;
    let moment = pinned(request.at.as_deref(), at.at);
    let next = next.map(|after| HistoryRequest { at: Some(moment), after: Some(after.0), ..request });
    Ok(AsOf { at, answer: Page { items, people, next } })
}

impl HistoryRequest {
    /// Whose history the parameters name: the customer's, else the partner's, else everybody's.
    ///
    /// # Errors
    /// If they are not ids.
    pub fn whose(&self) -> Result<Whose, Error> {
        let partner = || Ok(self.partner()?.map_or(Whose::Everybody, Whose::Partner));
        self.customer()?.map_or_else(partner, |customer| Ok(Whose::Customer(customer)))
    }

    fn customer(&self) -> Result<Option<CustomerId>, Error> {
        read("customer", self.customer.as_deref())
    }

    fn partner(&self) -> Result<Option<PartnerId>, Error> {
        read("partner", self.partner.as_deref())
    }

    fn filter(&self, with: Option<TenantId>) -> Result<Filter, Error> {
        let bound = |name, text: &Option<String>| text.as_deref().map(|text| when(name, text)).transpose();
        Ok(Filter {
            with,
            subscription: read("subscription", self.subscription.as_deref())?,
            device: read("device", self.device.as_deref())?,
            user: read("user", self.user.as_deref())?,
            event_type: read("type", self.event_type.as_deref())?,
            actor: self.actor.clone().map(Into::into),
            from: bound("from", &self.from)?,
            until: bound("until", &self.until)?,
        })
    }
}

fn read<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Error> {
    text.map(|text| text.parse().map_err(|error| Error::invalid_parameter(name, error))).transpose()
}
