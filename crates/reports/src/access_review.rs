//! The access review: every grant in force, who gave it, what changed last, who uses it; and who held what when.

use crate::{
    held::{Held, Memberships, Recorded, began},
    report::{Contents, Picture},
    source::{ReportError, Source, Walk},
    statement::Stamp,
    table::{Cell, Kind, Table, held_cells, held_columns},
};
use procura_domain::{id::ObjectId, vocabulary::Principal};
use procura_views::{Filter, Holder, effective_permissions};
use serde::{Serialize, Serializer};
use std::sync::Arc;

#[derive(Debug, Serialize)]
pub(crate) struct AccessReview {
    items: Vec<Grant>,
    /// Every stretch of time that somebody held something, up to the moment.
    periods: Vec<HeldPeriod>,
}

/// A permission in force.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    #[serde(flatten)]
    held: Held,
    granted: Recorded,
    /// The newest event that changed who holds it.
    last_change: Recorded,
    /// Who is in the group that holds it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "listed")]
    members: Option<Arc<[ObjectId]>>,
}

/// A permission, from when until when.
#[derive(Debug, Serialize)]
pub(crate) struct HeldPeriod {
    #[serde(flatten)]
    pub(crate) held: Held,
    pub(crate) from: Stamp,
    pub(crate) until: Option<Stamp>,
}

fn listed<S: Serializer>(members: &Option<Arc<[ObjectId]>>, into: S) -> Result<S::Ok, S::Error> {
    into.collect_seq(members.iter().flat_map(|members| members.iter()))
}

enum Found {
    Grant(Grant),
    Period(HeldPeriod),
}

impl AccessReview {
    pub(crate) fn of<S: Source>(mut walk: Walk<'_, S>) -> Result<Self, ReportError> {
        let (at, partner) = (walk.at, walk.parameters.partner);
        if walk.parameters.customer.is_none() && partner.is_none() {
            return Err(ReportError::Missing("`customer` or `partner`"));
        }
        let mut memberships = Memberships::at(at.position);
        let filter = Filter { partner, include_ended: true, ..Filter::default() };
        let found = walk.over_customers(|state, customer| {
            let mut found = Vec::new();
            for row in effective_permissions(state, customer, at, filter) {
                let Some(held) = Held::of(state, customer, &row) else { continue };
                let (begun, until) = (began(&row), row.ended_by.and_then(|position| Stamp::of(state, position)));
                if until.is_none() {
                    let membership = match row.principal {
                        Holder::Principal(Principal::Group(group)) => Some(memberships.of(state, group)),
                        Holder::Principal(Principal::User(_)) | Holder::Partner { .. } => None,
                    };
                    let changed =
                        membership.and_then(|membership| membership.changed).max(Some(begun)).unwrap_or(begun);
                    let members = membership.map(|membership| membership.members.clone());
                    let (granted, last_change) = (Recorded::of(state, begun), Recorded::of(state, changed));
                    if let (Some(granted), Some(last_change)) = (granted, last_change) {
                        found.push(Found::Grant(Grant { held: held.clone(), granted, last_change, members }));
                    }
                }
                if let Some(from) = Stamp::of(state, row.granted_by) {
                    found.push(Found::Period(HeldPeriod { held, from, until }));
                }
            }
            found
        })?;
        let mut review = Self { items: Vec::new(), periods: Vec::new() };
        for found in found {
            match found {
                Found::Grant(grant) => review.items.push(grant),
                Found::Period(period) => review.periods.push(period),
            }
        }
        Ok(review)
    }
}

impl Contents for AccessReview {
    fn tables(&self) -> Vec<Table> {
        let columns =
            held_columns(&[("granted", Kind::Event), ("lastChange", Kind::Event), ("members", Kind::Members)]);
        let row = |Grant { held, granted, last_change, members }: &Grant| {
            let members = members.clone().map_or(Cell::Nothing, Cell::Members);
            held_cells(held, [Cell::Event(granted.clone()), Cell::Event(last_change.clone()), members])
        };
        vec![Table { row: "grant", columns, rows: self.items.iter().map(row).collect() }]
    }

    fn picture(&self) -> Option<Picture<'_>> {
        (!self.periods.is_empty()).then_some(Picture::Lanes(&self.periods))
    }
}
