//! Where reports look things up: one customer at a time, so that commands go on being accepted in between.

use crate::{Statement, statement::Parameters};
use procura_domain::{
    id::{CustomerId, PartnerId, TenantId},
    state::State,
    temporal::Moment,
    visibility::Audience,
    vocabulary::{Pair, TenantKind},
};
use procura_views::{Looked, customer_ids};
use std::error::Error;

/// How many rows a report has at most.
pub const REPORT_ROWS_MAX: usize = 200_000;

/// How many rows of a customer are looked at before others have their turn.
const ROWS_AT_ONCE: usize = 500;

/// Something that shows the state, for one short look after the other. Nothing is remembered between two looks but what
/// does not change any more: everything is asked about one moment, which is past.
pub trait Source {
    /// Looks at the state.
    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T;
}

impl Source for State {
    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self)
    }
}

/// The rows of a list of a customer, from one of them on.
pub(crate) type Rows<'s, K, R> = Box<dyn Iterator<Item = Looked<K, R>> + 's>;

/// How far the making of a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// So many customers were looked at …
    pub done: usize,
    /// … of so many.
    pub of: usize,
}

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{0} is missing: this report needs it")]
    Missing(&'static str),
    #[error(
        "the report would have more than {REPORT_ROWS_MAX} rows: narrow it, by naming a customer, a partner, or two moments that are closer together"
    )]
    TooManyRows,
    /// It could not be written down: a fault of this program.
    #[error("the report could not be written: {0}; report this fault")]
    Unwritable(Box<dyn Error + Send + Sync>),
}

impl ReportError {
    pub(crate) fn unwritable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unwritable(error.into())
    }
}

/// A walk over the customers that a report is about.
pub(crate) struct Walk<'a, S> {
    source: &'a S,
    pub(crate) parameters: Parameters,
    pub(crate) at: Moment,
    /// Who it is for, no matter who asks, so that everybody gets the same bytes: a report of a customer for that customer,
    /// one of a partner for that partner's people, one of both for both.
    pub(crate) audience: Audience,
    told: &'a mut dyn FnMut(Progress),
    rows: usize,
}

impl<'a, S: Source> Walk<'a, S> {
    pub(crate) fn new(source: &'a S, statement: &Statement, told: &'a mut dyn FnMut(Progress)) -> Self {
        let parameters = statement.parameters;
        let audience = match (parameters.customer, parameters.partner) {
            (Some(customer), Some(partner)) => Audience::Between(Pair { customer, partner }),
            (Some(customer), None) => Audience::Customer(customer),
            (None, Some(partner)) => Audience::PeopleOf(partner.into()),
            (None, None) => Audience::Everything,
        };
        Self { source, parameters, at: statement.at.moment(), audience, told, rows: 0 }
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.source.look(look)
    }

    /// What is found at each customer, in the order of their ids.
    pub(crate) fn over_customers<T>(
        &mut self,
        mut find: impl FnMut(&State, CustomerId) -> Vec<T>,
    ) -> Result<Vec<T>, ReportError> {
        let customers = self.customers();
        let mut all = Vec::new();
        for (done, customer) in customers.iter().enumerate() {
            let found = self.source.look(|state| find(state, *customer));
            self.count(found.len())?;
            all.extend(found);
            (self.told)(Progress { done: done.saturating_add(1), of: customers.len() });
        }
        Ok(all)
    }

    /// What is found of each row of a list at each customer, in the order of their ids. A list may be long: so many rows are
    /// looked at, and the look ends.
    pub(crate) fn over_rows<K: Copy, R, T>(
        &mut self,
        list: impl for<'s> Fn(&'s State, CustomerId, Option<K>) -> Rows<'s, K, R>,
        mut find: impl FnMut(&State, CustomerId, R) -> Vec<T>,
    ) -> Result<Vec<T>, ReportError> {
        let customers = self.customers();
        let mut all = Vec::new();
        for (done, customer) in customers.iter().enumerate() {
            let mut from = None;
            loop {
                let before = all.len();
                let more = self.source.look(|state| {
                    let mut rest = list(state, *customer, from).skip(usize::from(from.is_some()));
                    for Looked { key, row } in rest.by_ref().take(ROWS_AT_ONCE) {
                        from = Some(key);
                        all.extend(row.into_iter().flat_map(|row| find(state, *customer, row)));
                    }
                    rest.next().is_some()
                });
                self.count(all.len().saturating_sub(before))?;
                if !more {
                    break;
                }
            }
            (self.told)(Progress { done: done.saturating_add(1), of: customers.len() });
        }
        Ok(all)
    }

    /// What is found at each partner, in the order of their ids.
    pub(crate) fn over_partners<T>(
        &mut self,
        partners: impl IntoIterator<Item = PartnerId>,
        mut find: impl FnMut(&State, PartnerId) -> Vec<T>,
    ) -> Result<Vec<T>, ReportError> {
        let mut all = Vec::new();
        for partner in partners {
            let found = self.source.look(|state| find(state, partner));
            self.count(found.len())?;
            all.extend(found);
        }
        Ok(all)
    }

    /// The partner that the report is about; those that its customer has or had a relationship with, if it is about one;
    /// else all there were.
    pub(crate) fn partners(&self) -> Vec<PartnerId> {
        match (self.parameters.customer, self.parameters.partner) {
            (_, Some(partner)) => vec![partner],
            (Some(customer), None) => self.look(|state| {
                state.relationships_of(customer).map(|relationship| relationship.pair().partner).collect()
            }),
            (None, None) => self.tenants(TenantKind::Partner, TenantId::as_partner),
        }
    }

    /// The customer that the report is about; those of its partner, if it is about one; else all there were.
    fn customers(&self) -> Vec<CustomerId> {
        match (self.parameters.customer, self.parameters.partner) {
            (Some(customer), _) => vec![customer],
            (None, Some(partner)) => self.look(|state| customer_ids(state, partner, self.at)),
            (None, None) => self.tenants(TenantKind::Customer, TenantId::as_customer),
        }
    }

    fn tenants<T>(&self, kind: TenantKind, id: impl Fn(TenantId) -> T) -> Vec<T> {
        self.look(|state| {
            let there = state
                .tenants()
                .filter(|tenant| tenant.kind() == kind && tenant.registered().position <= self.at.position);
            there.map(|tenant| id(tenant.id())).collect()
        })
    }

    fn count(&mut self, rows: usize) -> Result<(), ReportError> {
        self.rows = self.rows.saturating_add(rows);
        if self.rows > REPORT_ROWS_MAX { Err(ReportError::TooManyRows) } else { Ok(()) }
    }
}
