//! Support duties: which partner owes which customer support, since when, and by which route.

use crate::{
    called::Called,
    contents::Contents,
    permission::Recorded,
    source::{ReportError, Source, Walk},
    table::{Cell, Kind, Table, columns},
};
use procura_domain::{
    aggregate::relationship::Relationship,
    state::State,
    temporal::Position,
    visibility::Audience,
    vocabulary::{SupportRoute, User},
};
use procura_views::TenantSummary;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct SupportDuties {
    items: Vec<Duty>,
}

/// Support that is owed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Duty {
    customer: TenantSummary,
    partner: TenantSummary,
    owed_since: Recorded,
    route: SupportRoute,
    relationship: Bond,
    /// How many requests the partner opened on the customer's behalf, ever.
    requests: usize,
}

/// How the relationship stands that the duty came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Bond {
    Active,
    Ended,
}

impl SupportDuties {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let (at, partner, audience) = (walk.at.position, walk.parameters.partner, walk.audience);
        let items = walk.over_customers(|state, customer| {
            let relationships = state.relationships_of(customer);
            let wanted =
                relationships.filter(|between| partner.is_none_or(|partner| partner == between.pair().partner));
            wanted.filter_map(|between| Duty::of(state, between, at, audience)).collect()
        })?;
        Ok(Self { items })
    }
}

impl Duty {
    fn of(state: &State, between: Relationship<'_>, at: Position, audience: Audience) -> Option<Self> {
        let opened = between.service_requests_from(Position(0)).filter(|request| request.opened.position <= at);
        let relationship = if between.relationship(at).is_in_force() { Bond::Active } else { Bond::Ended };
        Some(Self {
            customer: TenantSummary::of(state, between.pair().customer.into())?,
            partner: TenantSummary::of(state, between.pair().partner.into())?,
            owed_since: Recorded::of(state, between.owed().at(at)?.from, audience)?,
            route: between.support(at)?,
            relationship,
            requests: opened.count(),
        })
    }
}

impl Contents for SupportDuties {
    fn people(&mut self, each: &mut dyn FnMut(User, &mut Called)) {
        self.items.iter_mut().for_each(|duty| duty.owed_since.people(each));
    }

    fn tables(&self) -> Vec<Table<'_>> {
        let columns = columns(&[
            ("customer", Kind::Tenant),
            ("partner", Kind::Tenant),
            ("owedSince", Kind::Event),
            ("route", Kind::Word),
            ("relationship", Kind::Word),
            ("requests", Kind::Number),
        ]);
        let row = |duty: &Duty| {
            let bond = match duty.relationship {
                Bond::Active => "active",
                Bond::Ended => "ended",
            };
            vec![
                Cell::Tenant(duty.customer.clone()),
                Cell::Tenant(duty.partner.clone()),
                Cell::Event(duty.owed_since.clone()),
                Cell::Word(duty.route.name()),
                Cell::Word(bond),
                Cell::Number(duty.requests),
            ]
        };
        vec![Table::of("supportDuty", columns, &self.items, row)]
    }
}
